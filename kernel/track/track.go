// Package track is what a person sees of his dossier after he filed it: the
// receipt, where it is and who holds it, what he has to do, and the same in
// short for who knows the printed code.
package track

import (
	"embed"
	"io/fs"
	"time"

	"motcua/base/web"
	"motcua/kernel"
)

//go:embed texts.yaml
var texts embed.FS

// System is the pages of dossiers for those who asked.
func System() kernel.System {
	tries := &Limiter{Most: 20, Per: time.Minute}
	return kernel.System{Name: "track", Texts: []fs.FS{texts}, Routes: func(a *kernel.App) []kernel.Route {
		signed, anyone := kernel.SignedIn(), kernel.Anyone()
		return []kernel.Route{
			{Pattern: "GET /c/{id}", Who: signed, Do: show},
			{Pattern: "GET /c/{id}/act/{act}", Who: signed, Do: showAct},
			{Pattern: "POST /c/{id}/act/{act}", Who: signed, Do: act, Limit: 100 << 20},
			{Pattern: "GET /c/{id}/papers/{paper}/{n}", Who: signed, Do: showPaper},
			{Pattern: "GET /c/{id}/appointment.ics", Who: signed, Do: appointment},
			{Pattern: "GET /track", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return track(r, tries) }},
			{Pattern: "GET /track/states", Who: anyone, Do: showStates},
		}
	}}
}
