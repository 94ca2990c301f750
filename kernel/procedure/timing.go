package procedure

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"motcua/base/data"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Timing is what a country's law says of time beyond days and hours: clock.yaml
// of its pack. Without the file a supplement restarts the limit, and no more.
type Timing struct {
	Rules      []TimeRule `yaml:"rules"` // in order of preference
	Supplement struct {
		Within string `yaml:"within"` // after receipt
		Law    string `yaml:"law"`
	} `yaml:"supplement"`
	Apology struct {
		Days int    `yaml:"days"` // working days before the limit ends
		Law  string `yaml:"law"`
	} `yaml:"apology"`
	Law        map[string]string `yaml:"law"` // by what clock.Explain names
	Unverified []string          `yaml:"unverified"`

	within clock.Limit
}

// A TimeRule is one way to count a limit around a supplement, and when it holds.
type TimeRule struct {
	ID   clock.Rule `yaml:"id"`
	Say  lang.Text  `yaml:"say"`
	Law  string     `yaml:"law"` // "act-id article"
	From string     `yaml:"from"`
	To   string     `yaml:"to"` // last day; "" is open
}

func readTiming(fsys fs.FS, p *Pack) error {
	const name = "clock.yaml"
	b, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = data.Read(name, b, &p.Timing)
	}
	if err != nil {
		return err
	}
	t := &p.Timing
	var bad []error
	source := func(what, law string) {
		if _, _, ok := p.Cited(law); !ok {
			bad = append(bad, fmt.Errorf("%s: %s: law %q: want the id of an act of law.yaml, then the article", name, what, law))
		}
	}
	for _, r := range t.Rules {
		if r.ID != clock.Restart && r.ID != clock.Subtract {
			bad = append(bad, fmt.Errorf("%s: rule %q: want %s or %s", name, r.ID, clock.Restart, clock.Subtract))
		}
		source("rule "+string(r.ID), r.Law)
	}
	if t.within, err = clock.ParseLimit(t.Supplement.Within); err != nil {
		bad = append(bad, fmt.Errorf("%s: supplement: %w", name, err))
	}
	if !t.within.IsZero() {
		source("supplement", t.Supplement.Law)
	}
	if t.Apology.Days < 0 || t.Apology.Days > 30 {
		bad = append(bad, fmt.Errorf("%s: apology: %d days: want 0 to 30", name, t.Apology.Days))
	}
	for why, law := range t.Law {
		source(why, law)
	}
	return errors.Join(bad...)
}

// Rule is the rule in force on a day; named is the one that a procedure asks
// for. Outside every rule's time the law is silent and the kernel's own holds.
func (t Timing) Rule(named clock.Rule, day string) (r TimeRule, ok bool) {
	holds := func(r TimeRule) bool { return cmp.Or(r.From, day) <= day && day <= cmp.Or(r.To, day) }
	i := slices.IndexFunc(t.Rules, func(r TimeRule) bool { return holds(r) && r.ID == named })
	if i < 0 {
		i = slices.IndexFunc(t.Rules, holds)
	}
	if i < 0 {
		return r, false
	}
	return t.Rules[i], true
}

// Source is the legal act and the article behind a step of an explanation, for
// what was filed on that day; "" when the law names none.
func (p Pack) Source(why string, named clock.Rule, day string) (act LegalAct, article string, ok bool) {
	law := p.Timing.Law[why]
	if why == "restart" || why == string(clock.Supplement) {
		r, _ := p.Timing.Rule(named, day)
		law = r.Law
	}
	return p.Cited(law)
}

// Names of the kinds that a service opens beside itself, of kernel/watch.
const (
	Delay        = "watch/delay"        // a promise that will be or was broken, before the head
	Consultation = "watch/consultation" // another body is asked for its opinion
)

// A Consult is whom a desk may ask for an opinion.
type Consult struct {
	Limit  string      `yaml:"limit"` // until the answer, by the calendar of who is asked
	Waits  bool        `yaml:"waits"` // the legal clock waits for it
	Law    string      `yaml:"law"`
	Bodies []Consulted `yaml:"bodies"`

	limit clock.Limit
	form  *form.Form
}

// A Consulted is a body by its code; one that begins with a dot is that of the
// province of the body that asks.
type Consulted struct {
	Body string    `yaml:"body"`
	Say  lang.Text `yaml:"say"`
}

// Names of the questions about time.
const (
	moreField     = "more"     // how much later
	toField       = "to"       // which body is asked
	questionField = "question" // what
	limitField    = "limit"    // until when
	codeField     = "code"     // of the dossier
)

func restingAt(s dossier.State) dossier.State  { return "resting-" + s }
func consulting(s dossier.State) dossier.State { return "consulting-" + s }

// pauses are the states in which the clock waits on a ground other than a supplement.
func (p *Procedure) pauses(all map[dossier.State]dossier.Stand) {
	for _, s := range p.Steps {
		if p.Pause {
			all[restingAt(dossier.State(s.ID))] = dossier.Stand{Title: word("state.resting"), Public: dossier.Action, National: 4, Waits: clock.Request}
		}
		if c := s.Consult; c != nil && c.Waits {
			all[consulting(dossier.State(s.ID))] = dossier.Stand{Title: word("state.consulting"), Public: dossier.Progress, National: 4, Desk: s.Role, Waits: clock.Consultation}
		}
	}
}

// paused are those states in order.
func (p *Procedure) paused() []dossier.State {
	all := map[dossier.State]dossier.Stand{}
	p.pauses(all)
	return slices.Sorted(maps.Keys(all))
}

// timing gives the kind what the country's law says of time, and the acts that follow from it.
func (p *Procedure) timing(k *dossier.Kind, asks []dossier.By) {
	k.Rule = func(day string) clock.Rule {
		r, _ := p.pack.Timing.Rule(p.Limit.Rule, day)
		return r.ID
	}
	var (
		stages  = []dossier.State{"submitted"}
		resting = []dossier.State{}
		leader  = dossier.At(who.Leader)
		add     = func(s dossier.Step) { k.Steps = append(k.Steps, s) }
	)
	for i := range p.Steps {
		stage := dossier.State(p.Steps[i].ID)
		stages = append(stages, stage)
		p.consults(&p.Steps[i], add)
		if p.Pause {
			rest := restingAt(stage)
			resting = append(resting, rest)
			add(dossier.Step{Act: "pause", From: []dossier.State{stage}, To: rest, By: asks})
			add(dossier.Step{Act: "resume", From: []dossier.State{rest}, To: stage, By: asks})
		}
	}
	if len(resting) > 0 {
		add(dossier.Step{Act: "stop", From: resting, To: "stopped", By: []dossier.By{dossier.Clock}, After: stopAfter, Frees: true})
	}
	add(dossier.Step{Act: "extend", From: stages[1:], By: []dossier.By{leader, dossier.Parent}, Reasons: true, Form: extension(),
		If:   func(_ *dossier.Dossier, acts []dossier.Act) bool { return dossier.Did(acts, "extend") == 0 },
		More: func(a form.Answers) clock.Limit { s, _ := a[moreField].(string); l, _ := clock.ParseLimit(s); return l }})
	add(dossier.Step{Act: "reappoint", From: stages, By: []dossier.By{leader}, Reasons: true, Anew: true})
	for _, act := range []string{"foresee", "expire"} {
		add(dossier.Step{Act: act, From: stages, By: []dossier.By{dossier.Clock}, Watched: true, If: once(act)})
	}
	for i := range k.Steps {
		s := &k.Steps[i]
		if s.Act == "supplement" && !slices.Contains(s.From, "submitted") {
			s.Within = p.pack.Timing.within
		}
		if paused := p.paused(); s.After.IsZero() && slices.Contains(s.From, "waiting") && (s.Act == "withdraw" || s.Act == "stop") {
			s.From = slices.Concat(s.From, paused) // what may be done while a supplement is waited for
		}
	}
}

// once reports whether act was not done yet since the promise last moved.
func once(act string) dossier.If {
	return func(_ *dossier.Dossier, acts []dossier.Act) bool {
		for _, a := range slices.Backward(acts) {
			if a.Act == act {
				return false
			}
			if a.Entry.Due != 0 {
				return true
			}
		}
		return true
	}
}

// consults adds the acts by which the desk s asks another body.
func (p *Procedure) consults(s *Step, add func(dossier.Step)) {
	c := s.Consult
	if c == nil {
		return
	}
	here, there := dossier.State(s.ID), dossier.State("")
	from := []dossier.State{here}
	if c.Waits {
		there = consulting(here)
		from = []dossier.State{there}
	}
	back := func(x dossier.Step) dossier.Step {
		x.From, x.Asks = from, func(string, form.Answers) (string, clock.Limit) { return "", clock.Limit{} }
		if x.If = outstanding(true); c.Waits {
			x.To = here
		}
		return x
	}
	add(dossier.Step{Act: "consult", From: []dossier.State{here}, To: there, By: []dossier.By{dossier.At(s.Role)}, Form: c.form, If: outstanding(false),
		Asks: func(body string, a form.Answers) (string, clock.Limit) {
			to, _ := a[toField].(string)
			return c.of(body, to), c.limit
		},
		Then: func(do *dossier.Doing) error {
			a := do.Act.Entry.Answers
			_, err := do.Open(dossier.Order{Kind: Consultation, Body: do.Act.Entry.Asks.Body,
				Answers: form.Answers{questionField: a[questionField], limitField: c.limit.String(), codeField: do.Dossier.Code}})
			return err
		}})
	add(back(dossier.Step{Act: "answered", By: []dossier.By{dossier.Parent}}))
	add(back(dossier.Step{Act: "goon", By: []dossier.By{dossier.At(who.Leader)}, Reasons: true, Then: func(do *dossier.Doing) error {
		return OpenChildren(do, Consultation, func(n id.ID) error {
			_, err := do.Do(dossier.Order{Dossier: n, Act: "recall"})
			return err
		})
	}}))
}

// OpenChildren calls f with each child of the doing's dossier that is of a kind and has not ended.
func OpenChildren(do *dossier.Doing, kind string, f func(id.ID) error) error {
	all, err := do.Children()
	for _, d := range all {
		if err == nil && d.Kind == kind && d.Ended.IsZero() {
			err = f(d.ID)
		}
	}
	return err
}

// outstanding reports whether a body that was asked has not answered yet, or the opposite.
func outstanding(want bool) dossier.If {
	return func(_ *dossier.Dossier, acts []dossier.Act) bool {
		for _, a := range slices.Backward(acts) {
			if x := a.Entry.Asks; x != nil {
				return (x.Body != "") == want
			}
		}
		return !want
	}
}

// of is the code of the body that an answer means where body asks.
func (c *Consult) of(body, answer string) string {
	province, _, _ := strings.Cut(body, ".")
	for _, b := range c.Bodies {
		if b.Body == "."+answer {
			return province + b.Body
		}
	}
	return answer
}

// extension is the form of the one new appointment: how much later. Why stands in its reasons.
var extension = sync.OnceValue(func() *form.Form {
	more := form.Field{Name: moreField, Type: form.Choice, Label: word("more")}
	for _, l := range []string{"1d", "2d", "3d", "5d", "10d", "15d"} {
		more.Options = append(more.Options, form.Option{Value: l, Label: word("more." + l)})
	}
	f := form.Of(word("more"), more)
	if err := f.Compile("extend"); err != nil {
		panic(err) // it is part of the program
	}
	return f
})

// consult checks whom a desk may ask, and makes its form.
func (c *checker) consult(s *Step, at string) {
	x := s.Consult
	if x == nil {
		return
	}
	x.limit = c.limit(x.Limit, at+"/limit")
	c.bad(x.limit.IsZero(), at, "who is asked for an opinion has a limit to give it")
	c.source(x.Law, "limit", at)
	to := form.Field{Name: toField, Type: form.Choice, Label: word("consult.to")}
	for i, b := range x.Bodies {
		c.text(b.Say, fmt.Sprintf("%s/bodies/%d", at, i), "the body's name")
		if c.p.pack.Body != nil && !strings.HasPrefix(b.Body, ".") {
			_, ok := c.p.pack.Body(b.Body)
			c.bad(!ok, at, "there is no body %q", b.Body)
		}
		to.Options = append(to.Options, form.Option{Value: strings.TrimPrefix(b.Body, "."), Label: b.Say})
	}
	c.bad(len(to.Options) == 0, at, "no body is named that may be asked")
	longest := int64(4000)
	x.form = form.Of(word("act.consult"), to, form.Field{Name: questionField, Type: form.Long, Label: word("consult.question"), Max: &longest})
	if err := x.form.Compile(c.p.File); err != nil {
		c.bad(true, at, "%v", err)
	}
}
