// Package paper is what a person keeps: receipt, form, letters and result as
// signed PDF, and the messages that go with them.
//
// A paper rests on one act: what it says is what stood after that act, however
// late somebody asks for it. It is made when it is first asked for, kept, and
// from then on served as the same bytes; its hash is in the ledger.
package paper

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

//go:embed schema/*.sql
var files embed.FS

// System is the papers and their messages.
func System() kernel.System {
	m := &maker{turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "paper", Texts: []fs.FS{texts}, Schema: schema,
		Held: []held.Table{{Name: "paper", Dossier: "dossier = $1", Told: "dossiers", Files: "sum"}}, Routes: m.routes, Start: m.start,
		After: func(*kernel.App) dossier.Then { return m.tell }}
}

// A maker makes papers and keeps them.
type maker struct {
	*kernel.App
	turns chan struct{} // as many are made at once as there are processors
}

func (m *maker) start(_ context.Context, a *kernel.App) error {
	m.App = a
	return nil
}

func (m *maker) routes(*kernel.App) []kernel.Route {
	mine, officials := kernel.SignedIn(), kernel.Roles(who.Clerk, who.Officer, who.Leader)
	const kept = "a paper is made and kept when it is first asked for; an official's reading is recorded"
	var all []kernel.Route
	for base, access := range map[string]kernel.Access{"/c/{id}": mine, "/work/d/{id}": officials} {
		for _, s := range []Sort{Receipt, Form, Result} {
			all = append(all, kernel.Route{Pattern: "GET " + base + "/" + string(s) + ".pdf", Who: access, Do: m.serve(s), Writes: kept})
		}
		all = append(all, kernel.Route{Pattern: "GET " + base + "/letter/{act}", Who: access, Do: m.serve(""), Writes: kept})
	}
	all = append(all, kernel.Route{Pattern: "GET /work/d/{id}/" + string(Control) + ".pdf", Who: officials, Do: m.serve(Control), Writes: kept})
	for _, s := range []Sort{Receipt, Result} {
		all = append(all, kernel.Route{Pattern: "GET /api/v1/dossiers/{id}/" + string(s) + ".pdf", Who: mine, API: true, Scope: web.ScopeRead, Do: m.serve(s), Writes: kept})
	}
	return all
}

// A Sort is which paper of a dossier it is. Those not named here are letters.
type Sort string

// The sorts.
const (
	Receipt    Sort = "receipt"
	Form       Sort = "form"       // what was asked and answered
	Result     Sort = "result"     // the decision
	Supplement Sort = "supplement" // what is missing
	Refusal    Sort = "refusal"    // why not
	Apology    Sort = "apology"    // a later appointment, and why
	Stopping   Sort = "stopping"   // that nothing more is done
	Control    Sort = "control"    // each hand-over inside the body; not for the applicant
	Payment    Sort = "payment"    // for money that came: a system's own (Press), known by Kind.Receipt
)

// A Paper is one that a dossier has.
type Paper struct {
	Sort Sort
	Act  *dossier.Act // that it rests on
}

// Title is what the paper is called.
func (p Paper) Title(v lang.Voice) string { return v.T("paper.sort." + string(p.Sort)) }

// Name is the title with the number that a decision has.
func (p Paper) Name(v lang.Voice, k *dossier.Kind) string {
	r := p.Act.Entry.Result
	if p.Sort != Result || r == nil {
		return p.Title(v)
	}
	return v.T("paper.titled", resultTitle(v, k), r.Number)
}

// Last is the last day on which a result holds, YYYY-MM-DD, "" without end.
func (p Paper) Last(k *dossier.Kind) string {
	s, r := service(k), p.Act.Entry.Result
	if s == nil || r == nil || s.Result.Days == 0 {
		return ""
	}
	day, err := time.Parse(time.DateOnly, r.Day)
	if err != nil {
		return ""
	}
	return day.AddDate(0, 0, s.Result.Days).Format(time.DateOnly)
}

func resultTitle(v lang.Voice, k *dossier.Kind) string {
	if s := service(k); s != nil && len(s.Result.Title) > 0 {
		return v.Of(s.Result.Title)
	}
	return v.Of(k.Title)
}

// Path is where the paper is found below the page of its dossier.
func (p Paper) Path() string {
	switch p.Sort {
	case Receipt, Form, Result, Control:
		return string(p.Sort) + ".pdf"
	}
	return "letter/" + p.Act.ID.String() + ".pdf"
}

// letters says which letter goes with a state, by its number among the states
// of the national portal (3 not received, 5 something asked, 8 stopped, 9 finished).
var letters = map[int]Sort{3: Refusal, 5: Supplement, 8: Stopping, 9: Refusal}

// Of lists the papers of d that its applicant gets, as they are now: result,
// letters the latest first, receipt, form.
func Of(d *dossier.Dossier, k *dossier.Kind) (all []Paper) {
	if d.Applicant == 0 && d.Org == 0 { // the node itself opened it: nobody gets papers
		return nil
	}
	var result, receipt, form Paper
	var due int64
	for i := range d.Acts {
		a := &d.Acts[i]
		e, to := a.Entry, k.Stands[a.Entry.To]
		if e.More != "" && e.Due > due { // once only, and excused
			all = append(all, Paper{Apology, a})
		}
		if taken := k.Stands[e.From].Sent && !to.Sent && e.To != ""; e.Open != nil && !to.Sent || taken || e.Due != 0 && e.Due != due && !to.Sent { // the appointment is new
			receipt, due = Paper{Receipt, a}, e.Due
		}
		if e.Open != nil || len(e.Answers) > 0 && (e.As == dossier.Applicant || e.As == dossier.Mandate || k.Stands[e.From].Waits == clock.Supplement || a.Act == "correct") {
			form = Paper{Form, a}
		}
		if e.Result != nil {
			result = Paper{Result, a}
		}
		s := letters[to.National]
		if s != "" && e.To != e.From && (len(e.Reasons) > 0 || s == Stopping) && !to.Result {
			all = append(all, Paper{s, a})
		}
	}
	slices.Reverse(all)
	if result.Act != nil && k.Stands[d.State].Result {
		all = slices.Insert(all, 0, result)
	}
	if receipt.Act != nil { // until the body has it there is nothing to acknowledge
		all = append(all, receipt)
	}
	return append(all, form)
}

// Inside lists the papers of d that its officials see: the control slip, then
// those of the applicant.
func Inside(d *dossier.Dossier, k *dossier.Kind) []Paper {
	all := Of(d, k)
	if moved := stays(d.Acts); len(moved) > 0 {
		all = slices.Insert(all, 0, Paper{Control, moved[0].act})
	}
	return all
}

// serve answers a paper of a dossier to who may see it.
func (m *maker) serve(s Sort) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		none := fault.New(fault.NotFound, "paper.none")
		n, err := id.Parse(r.PathValue("id"))
		if err != nil {
			return web.Answer{}, none
		}
		d, k, err := m.Engine.See(r.Context(), r.Me, n)
		if err != nil {
			return web.Answer{}, err
		}
		if s == Result && !dossier.Official(r.Me, d) && !d.Asked(r.Me, who.Receive) {
			return web.Answer{}, fault.New(fault.Forbidden, "who.mandate.power")
		}
		letter, _ := strings.CutSuffix(r.PathValue("act"), ".pdf")
		all := Inside(d, k)
		i := slices.IndexFunc(all, func(p Paper) bool {
			return p.Sort == s || s == "" && p.Act.ID.String() == letter && p.Path() == "letter/"+letter+".pdf"
		})
		if i < 0 {
			if s == Result && d.Result != nil {
				none = fault.New(fault.Gone, "paper.gone")
			}
			return web.Answer{}, none
		}
		size := pdf.Size("")
		if s == Receipt && r.URL.Query().Get("format") == string(pdf.Roll) {
			size = pdf.Roll
		}
		b, err := m.give(r.Context(), d, k, all[i], size)
		name := fmt.Sprintf("%s-%s.pdf", d.Code, all[i].Sort)
		return web.File(name, "application/pdf", b, r.URL.Query().Get("download") != ""), err
	}
}
