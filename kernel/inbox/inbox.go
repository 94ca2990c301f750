// Package inbox is where officials find what waits for them: lists by due date,
// acts on many dossiers at once, what is in doubt, the
// team, and leave.
package inbox

import (
	"embed"
	"io/fs"
	"slices"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the inbox.
func System() kernel.System {
	return kernel.System{Name: "inbox", Texts: []fs.FS{texts}, Routes: routes, Alert: alert}
}

func routes(*kernel.App) []kernel.Route {
	officials := kernel.Roles(Desks()...)
	return []kernel.Route{
		{Pattern: "GET /work", Who: officials, Do: show},
		{Pattern: "GET /work/bulk", Who: officials, Do: confirmBulk},
		{Pattern: "POST /work/bulk", Who: officials, Do: doBulk},
		{Pattern: "GET /work/bulk/done", Who: officials, Do: doneBulk},
		{Pattern: "GET /work/shortcuts", Who: officials, Do: func(r *kernel.Request) (web.Answer, error) { return web.Show(keysPage(r)) }},
		{Pattern: "GET /work/team", Who: kernel.Roles(who.Leader), Do: team},
		{Pattern: "GET /work/doubts", Who: officials, Do: showDoubts},
		{Pattern: "GET /work/delegate", Who: officials, Do: showLeave},
		{Pattern: "POST /work/delegate", Who: officials, Do: leave},
	}
}

// Desks are the roles that dossiers wait for.
func Desks() []who.Role { return []who.Role{who.Clerk, who.Officer, who.Leader} }

// Beside reports whether an act carries a dossier no further: it is what
// officials do among themselves.
func Beside(act string) bool { return act == "claim" || act == "assign" || act == "note" }

// keys are the keys of acts by their usual names; an act of another name gets
// one when it is the main one of its page.
var keys = map[string]string{
	"receive": "y", "pass": "y", "propose": "y", "approve": "y", "return": "y", "supply": "u", "supplement": "r",
	"refuse": "n", "decline": "n", "sendback": "b", "claim": "a", "assign": "m", "note": "c",
}

// An Offered act is one as a page offers it: its button.
type Offered struct {
	*dossier.Step
	Title  string
	Key    string
	Weight string
	Grey   bool
}

// Offer orders the acts that are possible: what carries the dossier on first,
// then what holds it up, then what officials do among themselves.
func Offer(r *kernel.Request, k *dossier.Kind, possible []*dossier.Step) (all []Offered) {
	rank := func(s *dossier.Step) int {
		switch {
		case Beside(s.Act):
			return 2
		case s.Reasons:
			return 1
		}
		return 0
	}
	steps := slices.Clone(possible)
	slices.SortStableFunc(steps, func(a, b *dossier.Step) int { return rank(a) - rank(b) })
	taken := map[string]bool{}
	for i, s := range steps {
		o := Offered{Step: s, Title: r.ActTitle(k, s), Key: keys[s.Act], Weight: ui.Second}
		switch {
		case i == 0 && rank(s) == 0:
			o.Weight, o.Key = ui.Main, "y"
		case rank(s) == 2:
			o.Weight, o.Grey = ui.Quiet, true
		}
		if taken[o.Key] {
			o.Key = ""
		}
		taken[o.Key] = true
		all = append(all, o)
	}
	return all
}

// Frame is what stands around a page of work.
func Frame(r *kernel.Request, title, code string) ui.Frame {
	f := r.Office(title, code)
	f.Nav[0].Now = true
	return f
}

// Parse reads the id of a path; what is none does not exist.
func Parse(s string) (id.ID, error) {
	n, err := id.Parse(s)
	if err != nil {
		return 0, fault.New(fault.NotFound, "dossier.missing")
	}
	return n, nil
}

// KindOf is the kind a dossier was filed under, or one that knows its name alone
// where its system is no more.
func KindOf(r *kernel.Request, d *dossier.Dossier) *dossier.Kind {
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		k = &dossier.Kind{Name: d.Kind, Title: lang.Say(d.Kind)}
	}
	return k
}
