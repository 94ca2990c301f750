package procedure

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// voice says in a fault what the form says to the applicant; files are written in English around their texts.
var voice = sync.OnceValue(func() lang.Voice {
	c, _ := lang.Load(form.Texts)
	return lang.Voice{Lang: lang.EN, Zone: time.UTC, Catalogue: c}
})

// examples carries out each story on paper, with the kind's own table of acts:
// an example that cannot be filed is a fault of the file.
func (c *checker) examples() {
	p := c.p
	c.bad(len(p.Examples) < 3, "/examples", "%d examples: want at least three", len(p.Examples))
	straight, completed, closed := false, false, false
	names := map[string]bool{}
	for i := range p.Examples {
		x, at := &p.Examples[i], fmt.Sprintf("/examples/%d", i)
		x.whole(p)
		c.bad(x.Name == "" || names[x.Name], at, "example %q: want a name, each once", x.Name)
		names[x.Name] = true
		c.bad(!slices.Contains(p.For, x.Applicant), at+"/applicant", "a %q may not file it", x.Applicant)
		if p.pack.Body != nil {
			b, ok := p.pack.Body(x.Body)
			c.bad(!ok || !p.Decides(b), at+"/body", "body %q does not decide on it", x.Body)
		}
		did := func(act string) bool {
			return slices.ContainsFunc(x.Story, func(t Turn) bool { return t.Act == act })
		}
		switch good := x.Ends == "granted" || x.Ends == "returned"; {
		case good && !did("supplement"):
			straight = true
		case good && did("supply"):
			completed = true
		case x.Ends == "refused" || x.Ends == "withdrawn" || x.Ends == "declined":
			closed = true
		}
		c.story(*x, at)
	}
	c.bad(!straight, "/examples", "no example goes straight through")
	c.bad(!completed, "/examples", "no example is sent back, completed and granted")
	c.bad(!closed, "/examples", "no example is refused, declined or withdrawn")
}

// whole makes the answers those that are filed, with how the result is to be had.
func (x *Example) whole(p *Procedure) {
	if x.Answers == nil {
		x.Answers = form.Answers{}
	}
	if x.Receive != "" && (p.Form.Has(wayField) || x.Receive != p.Receive[0]) {
		x.Answers[wayField] = x.Receive
	}
}

// A telling is where an example's story stands.
type telling struct {
	c    *checker
	env  form.Env
	d    dossier.Dossier
	acts []dossier.Act
}

func (c *checker) story(x Example, at string) {
	t := &telling{c: c, env: c.p.pack.Env}
	t.env.Applicant = map[string]any{"kind": x.Applicant}
	answers, err := c.p.Form.Check(x.Answers, t.env)
	if t.wrong(err, at); err != nil {
		return // what follows would only repeat it
	}
	t.d = dossier.Dossier{State: "submitted", Answers: answers}
	t.given(x.Papers, func(Paper) bool { return true }, at)
	for i, turn := range x.Story {
		at := fmt.Sprintf("%s/story/%d", at, i)
		if turn.Act == "submit" && i == 0 {
			continue
		}
		if !t.turn(turn, at) {
			return
		}
	}
	c.bad(string(t.d.State) != x.Ends, at+"/ends", "the story ends %q, not %q", t.d.State, x.Ends)
}

// turn does one act, and after it what the node does by itself.
func (t *telling) turn(turn Turn, at string) bool {
	if turn.By == Payer {
		return t.pay(at)
	}
	by := []dossier.By{dossier.At(who.Role(turn.By))}
	if turn.By == "applicant" {
		by = []dossier.By{dossier.Applicant, dossier.Mandate}
	}
	step := t.find(turn.Act, by)
	if step == nil {
		t.c.fault(at, "%s cannot %q when the dossier is %q", turn.By, turn.Act, t.d.State)
		return false
	}
	before := len(t.c.faults)
	t.answer(step, turn, at)
	t.do(step, turn.Answers)
	for _, s := range t.c.p.kind.Steps {
		if slices.Contains(s.By, dossier.Clock) && s.After.IsZero() && slices.Contains(s.From, t.d.State) && (s.If == nil || s.If(&t.d, t.acts)) {
			t.do(&s, nil)
		}
	}
	return len(t.c.faults) == before
}

// Payer is who pays, in a story, what the dossier waits for. Where fees are
// paid outside this program, nothing waits and the turn is passed over.
const Payer = "payer"

func (t *telling) pay(at string) bool {
	if t.c.p.pack.Orders == "" {
		return true
	}
	paid := false
	for range t.c.p.Fee(CaseOf(&t.d)) { // one order a line; the last one lets the dossier go on, where it waits
		s := t.find(OrderPaid, []dossier.By{dossier.Parent})
		if s == nil {
			break
		}
		t.do(s, nil)
		if paid = true; s.To != "" {
			break
		}
	}
	t.c.bad(!paid, at, "there is nothing to pay when the dossier is %q", t.d.State)
	return paid
}

func (t *telling) find(act string, by []dossier.By) *dossier.Step {
	for _, s := range t.c.p.kind.Steps {
		if s.Act == act && slices.Contains(s.From, t.d.State) && (s.If == nil || s.If(&t.d, t.acts)) &&
			slices.ContainsFunc(s.By, func(b dossier.By) bool { return slices.Contains(by, b) }) {
			return &s
		}
	}
	return nil
}

func (t *telling) do(s *dossier.Step, answers form.Answers) {
	a := dossier.Act{Act: s.Act}
	a.Entry.From, a.Entry.To, a.Entry.Answers = t.d.State, s.To, answers
	t.acts = append(t.acts, a)
	if s.To != "" {
		t.d.State = s.To
	}
}

// answer checks what the turn says: the form of the act, its reasons, what the applicant was asked to change.
func (t *telling) answer(s *dossier.Step, turn Turn, at string) {
	p, rest := t.c.p, maps.Clone(turn.Answers)
	delete(rest, "note")
	delete(rest, "holder")
	if s.Reasons {
		t.reasons(s, rest["reasons"], at+"/answers")
	}
	delete(rest, "reasons")
	switch {
	case s.Form != nil:
		_, err := s.Form.Check(rest, t.env)
		t.wrong(err, at)
	case s.Act == "supply":
		for name, v := range rest {
			asked := slices.ContainsFunc(t.d.Reasons, func(r dossier.Reason) bool { return r.Ref == name })
			t.c.bad(!asked, at+"/answers/"+name, "%q was not asked for", name)
			t.d.Answers[name] = v
		}
		answers, err := p.Form.Check(t.d.Answers, t.env)
		if t.wrong(err, at); err == nil {
			t.d.Answers = answers
		}
		t.given(turn.Papers, func(x Paper) bool {
			return slices.ContainsFunc(t.d.Reasons, func(r dossier.Reason) bool { return r.Ref == x.ID })
		}, at)
	case s.Act == "correct": // any answer
	default:
		t.c.bad(len(rest) > 0, at+"/answers", "%q takes no answers", s.Act)
	}
}

func (t *telling) reasons(s *dossier.Step, v any, at string) {
	p := t.c.p
	rows, _ := v.([]any)
	t.d.Reasons = nil
	for _, row := range rows {
		m, _ := row.(map[string]any)
		ref, _ := m["ref"].(string)
		text, _ := m["text"].(string)
		isPaper := slices.ContainsFunc(p.Papers, func(x Paper) bool { return x.ID == ref })
		isGround := slices.ContainsFunc(p.Refusals, func(g Ground) bool { return g.ID == ref })
		t.c.bad(text == "", at, "a reason without text")
		t.c.bad(s.Opens && !isPaper && !p.Form.Has(ref), at, "there is no question or paper %q", ref)
		t.c.bad(s.Grounds && !isGround, at, "there is no ground %q", ref)
		t.d.Reasons = append(t.d.Reasons, dossier.Reason{Ref: ref, Text: text})
	}
	t.c.bad(len(rows) == 0, at, "%q needs reasons: [{ref, text, fix}]", s.Act)
}

// given checks the sample papers against those asked for.
func (t *telling) given(papers map[string]string, asked func(Paper) bool, at string) {
	for id, sample := range papers {
		known := slices.ContainsFunc(t.c.p.Papers, func(x Paper) bool { return x.ID == id && asked(x) })
		t.c.bad(!known, at+"/papers/"+id, "the paper %q is not asked for", id)
		t.c.bad(!slices.Contains([]string{"pdf", "jpg", "png"}, sample), at+"/papers/"+id, "sample %q: want pdf, jpg or png", sample)
	}
	for _, x := range t.c.p.Papers {
		if holds, err := x.asked.Holds(t.d.Answers, form.Env{}); holds && err == nil && asked(x) && !x.Optional {
			t.c.bad(papers[x.ID] == "", at+"/papers", "the paper %q is missing", x.ID)
		}
	}
}

// wrong makes faults of the file of what the form says about answers.
func (t *telling) wrong(err error, at string) {
	var bad *fault.Error
	if err != nil && !errors.As(err, &bad) {
		t.c.fault(at, "%v", err)
	}
	if bad != nil {
		for _, f := range bad.Fields {
			t.c.fault(at+f.Pointer, "%s: %s", f.Pointer, voice().T(f.Code, f.Args...))
		}
	}
}
