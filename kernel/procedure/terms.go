package procedure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/form"
)

// Terms are what holds at one body: the procedure's own, changed by what the
// body and those above it set. The nearest body decides, but the shortest limit holds.
type Terms struct {
	Limit   clock.Limit
	Fees    []Fee
	Budgets map[string]clock.Limit // by step; "intake" too
	Office  lang.Text
	Set     map[string]string // code of the body that set "limit", "fees", "office", "intake" or a step; none: the procedure
	Law     map[string]string // the source it names
}

// TermsAt are the terms at this body.
func (p *Procedure) TermsAt(body string) Terms {
	t := Terms{Limit: p.limit, Fees: p.Fees, Budgets: maps.Clone(p.budgets), Set: map[string]string{}, Law: map[string]string{"limit": p.Limit.Law}}
	above := p.pack.above(body)
	for _, code := range slices.Backward(above) { // from the farthest to the nearest
		for _, o := range p.Overlays {
			if o.Body == code {
				t.overlay(o)
			}
		}
	}
	return t
}

func (t *Terms) overlay(o Overlay) {
	set := func(what string) { t.Set[what], t.Law[what] = o.Body, o.Law }
	if l, err := clock.ParseLimit(o.Limit); err == nil && !l.IsZero() && l.Less(t.Limit) {
		t.Limit = l
		set("limit")
	}
	if o.Fees != nil {
		t.Fees = o.Fees
		set("fees")
	}
	if len(o.Office) > 0 {
		t.Office = o.Office
		set("office")
	}
	budgets := maps.Clone(o.Steps)
	if o.Intake != "" {
		if budgets == nil {
			budgets = map[string]string{}
		}
		budgets["intake"] = o.Intake
	}
	for step, b := range budgets {
		if l, err := clock.ParseLimit(b); err == nil {
			t.Budgets[step] = l
			set(step)
		}
	}
}

// LimitFor is the time the body has for these answers: the first case that
// holds, else the limit, or less where the body promises less.
func (p *Procedure) LimitFor(a form.Answers, body string) clock.Limit {
	limit, _ := p.timeFor(a, body)
	return limit
}

// timeFor is LimitFor with what of it each desk has.
func (p *Procedure) timeFor(a form.Answers, body string) (limit clock.Limit, budgets map[string]clock.Limit) {
	t := p.TermsAt(body)
	for _, c := range p.cases {
		if holds, err := c.when.Holds(a, form.Env{}); holds && err == nil {
			if t.Set["limit"] != "" && t.Limit.Less(c.limit) {
				break
			}
			return c.limit, c.budgets
		}
	}
	return t.Limit, t.Budgets
}

// sums refuses the overlays at a body whose budgets, with those of the bodies
// above it, do not add up to the limit there; they are left out one by one.
func (p *Procedure) sums(all []*overlay) (faults []Fault) {
	slices.SortStableFunc(all, func(a, b *overlay) int { return cmp.Compare(len(a.Body), len(b.Body)) })
	for _, o := range all {
		p.Overlays = append(p.Overlays, o.Overlay)
		t := p.TermsAt(o.Body)
		if why := unsummed(t.Budgets, t.Limit); why != "" {
			faults = append(faults, Fault{o.file, o.line, p.Code + ": " + why})
			p.Overlays = p.Overlays[:len(p.Overlays)-1]
		}
	}
	return faults
}

// overlay says what is wrong with what one body sets differently; it may promise more, never ask more.
func (p *Procedure) overlay(o *overlay) (faults []Fault) {
	bad := func(is bool, why string, args ...any) {
		if is {
			faults = append(faults, Fault{o.file, o.line, p.Code + ": " + fmt.Sprintf(why, args...)})
		}
	}
	bad(o.Body == "", "no body is named")
	if p.pack.Body != nil {
		_, ok := p.pack.Body(o.Body)
		bad(!ok, "there is no body %q", o.Body)
	}
	if o.Limit != "" {
		l, err := clock.ParseLimit(o.Limit)
		bad(err != nil, "%v", err)
		bad(err == nil && p.limit.Less(l), "the limit %s is longer than the %s of the procedure", l, p.limit)
	}
	set := func(step, s string) {
		_, err := clock.ParseLimit(s)
		bad(err != nil, "%s: %v", step, err)
	}
	if o.Intake != "" {
		set("intake", o.Intake)
	}
	for _, step := range slices.Sorted(maps.Keys(o.Steps)) {
		_, ok := p.budgets[step]
		if !ok || step == "intake" {
			bad(true, "there is no step %q", step)
			continue
		}
		set(step, o.Steps[step])
	}
	for i := range o.Fees {
		f := &o.Fees[i]
		if f.Law == "" {
			f.Law = o.Law
		}
		_, _, ok := p.pack.Cited(f.Law)
		bad(!ok, "law %q: want the id of an act of law.yaml, then the article", f.Law)
		for _, why := range f.ready(p, o.file) {
			bad(true, "%s", why)
		}
	}
	return faults
}
