// Package leave is how a person leaves: what ends when his account is closed, what
// is kept how long and why, and the erasure of what is kept once its time is over.
package leave

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"time"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// A Rule says how long the content of a kind of dossier is kept after it ended.
type Rule struct {
	Kind  string    `yaml:"kind"`  // as of path.Match
	Years int       `yaml:"years"` // 0: for ever
	Why   lang.Text `yaml:"why"`
	Law   lang.Text `yaml:"law"`
}

// Rules are what the pack says of keeping.
type Rules struct {
	Wait   int    `yaml:"wait"` // days between asking to leave and leaving
	Kinds  []Rule `yaml:"kinds"`
	Book   Rule   `yaml:"book"`   // of the registers that bodies drew up
	Sealed Rule   `yaml:"sealed"` // of what bodies had sealed beside their dossiers
}

// ReadRules reads retention.yaml. Every kind must fit a line.
func ReadRules(pack fs.FS) (r Rules, err error) {
	b, err := fs.ReadFile(pack, "retention.yaml")
	if err != nil {
		return r, err
	}
	if err := data.Read("retention.yaml", b, &r); err != nil {
		return r, err
	}
	if n := len(r.Kinds); n == 0 || r.Kinds[n-1].Kind != "*" || r.Wait <= 0 {
		return r, fmt.Errorf("retention.yaml: want days to wait, and a last line for every other kind")
	}
	for _, k := range r.Kinds {
		if _, err := path.Match(k.Kind, "x"); err != nil || k.Years < 0 {
			return r, fmt.Errorf("retention.yaml: %q, %d years", k.Kind, k.Years)
		}
	}
	return r, nil
}

// Of is the rule of a kind.
func (r Rules) Of(kind string) Rule {
	for _, k := range r.Kinds {
		if ok, _ := path.Match(k.Kind, kind); ok {
			return k
		}
	}
	return r.Kinds[len(r.Kinds)-1]
}

// Until is when what ended then may be erased; never: it is kept for ever.
func (k Rule) Until(ended time.Time) (at time.Time, never bool) {
	return ended.AddDate(k.Years, 0, 0), k.Years == 0
}

// house is the rules beside the program.
type house struct {
	app   *kernel.App
	rules Rules
}

// System is leaving.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	h, me := new(house), kernel.SignedIn()
	return kernel.System{Name: "leave", Texts: []fs.FS{files}, Schema: schema,
		Start: func(_ context.Context, a *kernel.App) (err error) {
			h.app = a
			h.rules, err = ReadRules(a.Pack.Files)
			return err
		},
		Held:  own(),
		Links: []kernel.Link{{At: kernel.Told, Path: "/me/close", Text: "leave.title", Who: me}},
		Every: []kernel.Task{{Name: "close accounts and erase", Pause: time.Hour, Do: h.hourly}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /me/close", Who: me, Do: h.show},
				{Pattern: "POST /me/close", Who: me, Do: h.ask},
				{Pattern: "POST /me/close/undo", Who: me, Do: h.undo},
			}
		}}
}
