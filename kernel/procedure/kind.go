package procedure

import (
	"embed"
	"maps"
	"path"
	"slices"
	"sync"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// words are the texts as data: kinds carry the names of their states and acts with them.
var words = sync.OnceValue(func() map[string]lang.Text {
	b, err := Texts.ReadFile("texts.yaml")
	m := map[string]lang.Text{}
	if err == nil {
		err = data.Read("texts.yaml", b, &m)
	}
	if err != nil {
		panic(err) // the file is part of the program
	}
	return m
})

func word(key string) lang.Text { return words()["procedure."+key] }

// Names of the questions that every procedure has.
const (
	wayField      = "receive"         // how the result is to be had
	placeField    = "receive_address" // where to, by post
	proposalField = "proposal"        // of the official: grant or refuse
	groundField   = "ground"          // and on which ground
	online        = "online"
	counter       = "counter"
	post          = "post"
	grant         = "grant"
	refuse        = "refuse"
)

// KindOf is what the kind of a procedure is called, be it known here or not.
func KindOf(code string) string { return "portal/" + code }

// stopAfter is how long an applicant has to complete a dossier before it is stopped.
var stopAfter = clock.Limit{Quarters: 4 * 30, Unit: clock.CalendarDays}

// receiving is the last section of every form: how the result is to be had.
// Where there is one way only and it asks for no address, nothing is asked.
func (p *Procedure) receiving() []form.Section {
	if len(p.Receive) == 1 && p.Receive[0] != post {
		return nil
	}
	way := form.Field{Name: wayField, Type: form.Choice, Label: word("receive")}
	for _, w := range p.Receive {
		way.Options = append(way.Options, form.Option{Value: w, Label: word("receive." + w), Hint: word("receive." + w + ".hint")})
	}
	pages := []form.Page{{Fields: []form.Field{way}}}
	if slices.Contains(p.Receive, post) {
		pages = append(pages, form.Page{
			When:   data.Expr{Text: wayField + ` == "` + post + `"`},
			Fields: []form.Field{{Name: placeField, Type: form.Address, Label: word("receive_address"), Hint: word("receive_address.hint")}},
		})
	}
	return []form.Section{{ID: "receive", Title: word("receive.section"), Pages: pages}}
}

// way is how the applicant gets the result.
func (p *Procedure) way(a form.Answers) string {
	if s, ok := a[wayField].(string); ok {
		return s
	}
	return p.Receive[0]
}

// proposing is the form of the last desk before the one that decides: grant,
// with what this desk adds, or refuse.
func (p *Procedure) proposing() *form.Form {
	option := func(value string) form.Option { return form.Option{Value: value, Label: word("proposal." + value)} }
	f := form.Of(word("proposal"), form.Field{Name: proposalField, Type: form.Choice, Label: word("proposal"), Options: []form.Option{option(grant), option(refuse)}})
	pages := &f.Sections[0].Pages
	if n := len(p.Steps) - 2; n >= 0 && len(p.Steps[n].Fields) > 0 {
		*pages = append(*pages, form.Page{Title: p.Steps[n].Title, Fields: slices.Clone(p.Steps[n].Fields),
			When: data.Expr{Text: proposalField + ` == "` + grant + `"`}})
	}
	if len(p.Refusals) > 0 {
		ground := form.Field{Name: groundField, Type: form.Choice, Label: word("ground"), Optional: true}
		for _, g := range p.Refusals {
			ground.Options = append(ground.Options, form.Option{Value: g.ID, Label: g.Say})
		}
		*pages = append(*pages, form.Page{Fields: []form.Field{ground}, When: data.Expr{Text: proposalField + ` == "` + refuse + `"`}})
	}
	return f
}

// compile makes the kind. States: submitted, one for each step, waiting and
// waiting-<step> for the applicant, then the ends.
func (p *Procedure) compile() *dossier.Kind {
	k := &dossier.Kind{
		Name: KindOf(p.Code), Version: p.Version, Title: p.Title, Subject: p.Subject, Service: p, Needs: p.Assurance, Signs: p.Sign,
		Limit: p.LimitFor, Takes: p.Decides, Counts: rated, Stands: p.stands(), Moved: map[dossier.State]dossier.State{},
	}
	k.Budget = func(s dossier.State, a form.Answers, body string) clock.Limit {
		name := string(s)
		if s == "submitted" {
			name = "intake"
		}
		_, budgets := p.timeFor(a, body)
		return budgets[name]
	}
	for from, to := range p.Moved {
		k.Moved[dossier.State(from)] = dossier.State(to)
	}
	for _, x := range p.Papers {
		k.Papers = append(k.Papers, dossier.Paper{ID: x.ID, Name: x.Name, Hint: x.Hint, Optional: x.Optional, Max: x.Max, Reuse: x.Reuse,
			When: func(a form.Answers) bool {
				asked, err := x.asked.Holds(a, form.Env{})
				return asked || err != nil
			}})
	}
	for _, g := range p.Refusals {
		k.Grounds = append(k.Grounds, g.ID)
	}
	k.Steps = p.charged(p.acts())
	p.timing(k, p.asks())
	for i := range k.Steps {
		if s := &k.Steps[i]; s.Title == nil {
			s.Title = word("act." + s.Act)
		}
	}
	return k
}

// stands says what each state means, with the state of the national portal
// (the ten of its synchronisation service; received is passed through at once).
func (p *Procedure) stands() map[dossier.State]dossier.Stand {
	waits := dossier.Stand{Title: word("state.waiting"), Public: dossier.Action, National: 5, Waits: clock.Supplement}
	all := map[dossier.State]dossier.Stand{
		"submitted": {Public: dossier.Submitted, National: 1, Desk: who.Clerk, Budget: p.budgets["intake"]},
		"waiting":   waits,
		"declined":  {Public: dossier.Closed, National: 3, Ends: true},
		"refused":   {Public: dossier.Closed, National: 9, Ends: true},
		"withdrawn": {Public: dossier.Closed, National: 7, Ends: true},
		"stopped":   {Public: dossier.Closed, National: 8, Ends: true},
		"granted":   {Public: dossier.Ready, National: 9, Desk: who.Clerk, Ends: true, Result: true},
		"returned":  {Public: dossier.Ready, National: 10, Ends: true, Result: true},
		"replaced":  {Public: dossier.Ready, National: 10, Ends: true, Result: true},
		"revoked":   {Public: dossier.Closed, National: 10, Ends: true},
	}
	for _, s := range p.Steps {
		all[dossier.State(s.ID)] = dossier.Stand{Title: s.Title, Public: dossier.Progress, National: 4, Desk: s.Role, Budget: p.budgets[s.ID]}
		all[dossier.State("waiting-"+s.ID)] = waits
	}
	maps.Copy(all, elsewhereStands())
	p.pauses(all)
	for state, s := range all {
		if s.Title == nil {
			s.Title = word("state." + string(state))
			all[state] = s
		}
	}
	return p.owing(all)
}

// acts is the table of what may be done, by whom, from where to where.
func (p *Procedure) acts() []dossier.Step {
	var (
		clerk, leader = dossier.At(who.Clerk), dossier.At(who.Leader)
		asks          = p.asks()
		stages        = []dossier.State{"submitted"}
		waiting       = []dossier.State{"waiting"}
		done          = []dossier.State{"granted", "returned", "replaced"}
		last          = len(p.Steps) - 1
	)
	for _, s := range p.Steps {
		stages = append(stages, dossier.State(s.ID))
		waiting = append(waiting, dossier.State("waiting-"+s.ID))
	}
	acts := []dossier.Step{
		{Act: "submit", To: "submitted", By: append(slices.Clone(asks), clerk), Form: &p.Form, Papers: true, If: here},
		{Act: "submit", To: sent, By: append(slices.Clone(asks), clerk), Form: &p.Form, Papers: true, If: there},
		{Act: "receive", From: stages[:1], To: stages[1], By: []dossier.By{clerk}, Starts: true, Frees: true},
	}
	for i, s := range p.Steps {
		here, desk := stages[i+1:i+2], []dossier.By{dossier.At(s.Role)}
		switch i {
		case last:
			acts = append(acts,
				dossier.Step{Act: "approve", From: here, To: "granted", By: desk, Form: s.form, If: p.proposed, Frees: true},
				dossier.Step{Act: "refuse", From: here, To: "refused", By: desk, Reasons: true, Grounds: true, Frees: true})
			if last > 0 {
				acts = append(acts, dossier.Step{Act: "sendback", From: here, To: stages[i], By: desk, Reasons: true, Frees: true})
			}
		case last - 1:
			acts = append(acts, dossier.Step{Act: "propose", From: here, To: stages[i+2], By: desk, Form: p.propose, Frees: true})
		default:
			acts = append(acts, dossier.Step{Act: "pass", From: here, To: stages[i+2], By: desk, Form: s.form, Frees: true})
		}
	}
	for i, stage := range stages {
		desk := clerk
		if i > 0 {
			desk = dossier.At(p.Steps[i-1].Role)
		}
		acts = append(acts, dossier.Step{Act: "supplement", From: stages[i : i+1], To: waiting[i], By: []dossier.By{desk},
			Reasons: true, Opens: true, If: func(_ *dossier.Dossier, acts []dossier.Act) bool { return !supplemented(acts, stage) }})
	}
	for i, stage := range stages {
		// The clerk too: a citizen without an account brings the paper to the counter.
		acts = append(acts, dossier.Step{Act: "supply", From: waiting[i : i+1], To: stage, By: append(slices.Clone(asks), clerk), Papers: true})
	}
	acts = append(acts,
		dossier.Step{Act: "decline", From: stages[:1], To: "declined", By: []dossier.By{clerk}, Reasons: true, Frees: true},
		dossier.Step{Act: "withdraw", From: slices.Concat(stages, waiting), To: "withdrawn", By: asks, Frees: true},
		dossier.Step{Act: "stop", From: waiting, To: "stopped", By: []dossier.By{dossier.Clock}, After: stopAfter, Frees: true},
		dossier.Step{Act: "stop", From: slices.Concat(stages[1:], waiting), To: "stopped", By: []dossier.By{leader}, Reasons: true, Frees: true},
		dossier.Step{Act: "return", From: done[:1], To: "returned", By: []dossier.By{dossier.Clock}, If: p.atOnce},
		dossier.Step{Act: "return", From: done[:1], To: "returned", By: []dossier.By{clerk}, Frees: true},
		dossier.Step{Act: "correct", From: done, By: []dossier.By{leader}, Reasons: true},
		dossier.Step{Act: "replace", From: done, To: "replaced", By: []dossier.By{leader}, Reasons: true, Form: p.reissue},
		dossier.Step{Act: "revoke", From: done, To: "revoked", By: []dossier.By{leader}, Reasons: true},
	)
	return append(slices.Concat(acts, elsewhere(asks), p.deskwork(stages)), rates(asks))
}

// asks is who asks the State for it.
func (p *Procedure) asks() (asks []dossier.By) {
	for audience, by := range map[string]dossier.By{"citizen": dossier.Applicant, "business": dossier.Mandate} {
		if slices.Contains(p.For, audience) {
			asks = append(asks, by)
		}
	}
	slices.Sort(asks)
	return asks
}

// deskwork is what officials do among themselves: take a dossier, hand it on, write a note.
func (p *Procedure) deskwork(stages []dossier.State) (acts []dossier.Step) {
	at := map[who.Role][]dossier.State{who.Clerk: {"submitted", "granted"}}
	for i, s := range p.Steps {
		at[s.Role] = append(at[s.Role], stages[i+1])
	}
	everybody := []dossier.By{}
	for _, role := range desks {
		everybody = append(everybody, dossier.At(role))
		if len(at[role]) > 0 {
			acts = append(acts,
				dossier.Step{Act: "claim", From: at[role], By: []dossier.By{dossier.At(role)}, Claims: true},
				dossier.Step{Act: "assign", From: at[role], By: slices.Compact([]dossier.By{dossier.At(role), dossier.At(who.Leader)})})
		}
	}
	var all []dossier.State
	for state := range p.stands() {
		all = append(all, state)
	}
	slices.Sort(all)
	return append(acts, dossier.Step{Act: "note", From: all, By: everybody})
}

// supplemented reports whether the applicant was asked to complete the dossier
// at this stage already: once is all that the rules of the one door allow.
func supplemented(acts []dossier.Act, stage dossier.State) bool {
	return slices.ContainsFunc(acts, func(a dossier.Act) bool { return a.Act == "supplement" && a.Entry.From == stage })
}

// proposed reports whether the last proposal was to grant; without a desk that proposes it holds.
func (p *Procedure) proposed(_ *dossier.Dossier, acts []dossier.Act) bool {
	for _, a := range slices.Backward(acts) {
		if a.Act == "propose" {
			return a.Entry.Answers[proposalField] == grant
		}
		if a.Act == dossier.ActTakeOver { // it was proposed where it was begun
			return true
		}
	}
	return len(p.Steps) == 1
}

// atOnce reports whether the result is handed out by the node itself: the applicant reads it online.
func (p *Procedure) atOnce(d *dossier.Dossier, _ []dossier.Act) bool {
	return p.way(d.Answers) == online
}

// Decides reports whether the body may decide on such dossiers.
func (p *Procedure) Decides(b who.Body) bool {
	for _, pattern := range p.Bodies {
		if ok, _ := path.Match(pattern, b.Code); ok {
			return true
		}
	}
	return p.Body != "" && b.Level == p.Body
}
