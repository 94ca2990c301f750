// Package desk is what every kind of dossier has for officials: the inbox, the
// page of a dossier, its acts one by one and in bulk, the team, leave.
package desk

import (
	"embed"
	"io/fs"
	"slices"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the desk.
func System() kernel.System {
	return kernel.System{Name: "desk", Texts: []fs.FS{texts}, Routes: routes}
}

func routes(*kernel.App) []kernel.Route {
	officials := kernel.Roles(desks...)
	return []kernel.Route{
		{Pattern: "GET /work", Who: officials, Do: inbox},
		{Pattern: "GET /work/d/{id}", Who: officials, Do: show, Writes: "an official's reading is recorded"},
		{Pattern: "GET /work/d/{id}/papers/{paper}/{n}", Who: officials, Do: paper, Writes: "an official's reading is recorded"},
		{Pattern: "GET /work/d/{id}/act/{act}", Who: officials, Do: askAct, Writes: "an official's reading is recorded"},
		{Pattern: "POST /work/d/{id}/act/{act}", Who: officials, Do: doAct, Limit: 32 << 20},
		{Pattern: "GET /work/bulk", Who: officials, Do: confirmBulk},
		{Pattern: "POST /work/bulk", Who: officials, Do: doBulk},
		{Pattern: "GET /work/bulk/done", Who: officials, Do: doneBulk},
	}
}

// desks are the roles that dossiers wait for.
var desks = []who.Role{who.Clerk, who.Officer, who.Leader}

// keys are the keys of acts by their usual names; an act of another name gets
// one when it is the main one of its page.
var keys = map[string]string{
	"receive": "y", "pass": "y", "propose": "y", "approve": "y", "return": "y", "supply": "u", "supplement": "r",
	"refuse": "n", "decline": "n", "sendback": "b", "claim": "a", "assign": "m", "note": "c",
}

// besides are acts that carry a dossier no further: what officials do among themselves.
var besides = []string{"claim", "assign", "note"}

// An offered act is one as a page offers it.
type offered struct {
	*dossier.Step
	title  string
	key    string
	weight string // of its button
	grey   bool
}

// offer orders the acts that are possible: what carries the dossier on first,
// then what holds it up, then what officials do among themselves.
func offer(r *kernel.Request, k *dossier.Kind, possible []*dossier.Step) (all []offered) {
	rank := func(s *dossier.Step) int {
		switch {
		case slices.Contains(besides, s.Act):
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
		o := offered{Step: s, title: r.ActTitle(k, s), key: keys[s.Act], weight: "secondary"}
		switch {
		case i == 0 && rank(s) == 0:
			o.weight, o.key = "", "y"
		case rank(s) == 2:
			o.weight, o.grey = "tertiary", true
		}
		if taken[o.key] {
			o.key = ""
		}
		taken[o.key] = true
		all = append(all, o)
	}
	return all
}

// parse reads the id of a path; what is none does not exist.
func parse(s string) (id.ID, error) {
	n, err := id.Parse(s)
	if err != nil {
		return 0, fault.New(fault.NotFound, "dossier.missing")
	}
	return n, nil
}

// kindOf is the kind a dossier was filed under, or one that knows its name alone
// where its system is no more.
func kindOf(r *kernel.Request, d *dossier.Dossier) *dossier.Kind {
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		k = &dossier.Kind{Name: d.Kind, Title: lang.Say(d.Kind)}
	}
	return k
}

// service is the procedure that a kind was compiled from, or nil.
func service(k *dossier.Kind) *procedure.Procedure {
	p, _ := k.Service.(*procedure.Procedure)
	return p
}
