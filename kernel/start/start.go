// Package start is where filing begins: which body decides, in whose name, and
// what it takes. It ends with a draft.
package start

import (
	"embed"
	"encoding/json"
	"io/fs"

	"motcua/base/web"
	"motcua/kernel"
)

//go:embed texts.yaml
var texts embed.FS

// System is the pages before a draft.
func System() kernel.System {
	return kernel.System{Name: "start", Texts: []fs.FS{texts}, Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{
			{Pattern: "GET /start/{system}/{name}", Who: kernel.Anyone(), Do: show},
			{Pattern: "POST /start/{system}/{name}", Who: kernel.Anyone(), Do: begin},
			{Pattern: "GET /units", Who: kernel.Anyone(), Do: units, API: true},
		}
	}}
}

// units lists the territories inside one, for the selects of addresses.
func units(r *kernel.Request) (web.Answer, error) {
	type unit struct {
		Value string `json:"value"`
		Label string `json:"label"`
	}
	all := []unit{}
	for _, u := range r.App.Country.Inside(r.URL.Query().Get("under")) {
		all = append(all, unit{u.Code, r.Voice.Of(r.App.Country.UnitName(u.Code))})
	}
	b, err := json.Marshal(all)
	return web.Raw("application/json", b).With("Cache-Control", "public, max-age=86400"), err
}
