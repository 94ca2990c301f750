package procedure

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

var (
	codeRule = regexp.MustCompile(`^\d\.\d{6}$`)
	idRule   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// What a file may say, where it must say one of a few things.
var (
	levels   = []string{"commune", "district", "province", "ministry", "department"}
	audience = []string{"citizen", "business"}
	ways     = []string{online, counter, post}
	doubts   = []string{"limit", "fees", "papers", "code", "law"}
	desks    = []who.Role{who.Clerk, who.Officer, who.Leader}
	// taken are names that acts use beside the questions of a form.
	taken = []string{wayField, placeField, proposalField, groundField, "reasons", "note", "holder"}
)

// A checker collects what is wrong with one procedure and prepares what was right.
type checker struct {
	p      *Procedure
	lines  func() data.Lines // looked up only when something is wrong
	faults []Fault
}

func (c *checker) fault(at, why string, args ...any) {
	c.faults = append(c.faults, Fault{c.p.File, c.lines().Of(at), fmt.Sprintf(why, args...)})
}

// bad notes a fault at the pointer when is holds.
func (c *checker) bad(is bool, at, why string, args ...any) {
	if is {
		c.fault(at, why, args...)
	}
}

func (c *checker) text(t lang.Text, at, what string) {
	c.bad(strings.TrimSpace(t[lang.VI]) == "", at, "%s is missing in %s", what, lang.VI)
}

// among checks that each of got is one of want, and none twice.
func among[T ~string](c *checker, got, want []T, at, what string) {
	for i, g := range got {
		c.bad(!slices.Contains(want, g) || slices.Contains(got[:i], g), fmt.Sprintf("%s/%d", at, i), "%s %q: want some of %q, each once", what, g, want)
	}
}

// check is everything but the examples. Without its forms (false) there is no procedure at all.
func (c *checker) check() bool {
	p := c.p
	c.bad(!codeRule.MatchString(p.Code), "/code", "code %q: want one digit, a point, six digits", p.Code)
	c.text(p.Title, "/title", "the title")
	c.text(p.Summary, "/summary", "the summary")
	c.text(p.Declare, "/declare", "the declaration")
	c.bad(p.Level < 1 || p.Level > 4, "/level", "level %d: want 1 to 4", p.Level)
	c.bad(!slices.Contains([]who.Level{"", who.Substantial, who.High}, p.Assurance), "/assurance", "there is no assurance %q: want substantial or high", p.Assurance)
	c.bad(p.Sign != "" && (!slices.Contains([]who.Level{who.Substantial, who.High}, p.Sign) || !p.Assurance.Reaches(who.Substantial)), "/sign", "sign %q: want substantial or high, with an assurance: only who is known can sign", p.Sign)
	c.bad(!c.p.pack.sector(p.Sector), "/sector", "there is no sector %q", p.Sector)
	for i, id := range p.Events {
		c.bad(!c.p.pack.event(id), fmt.Sprintf("/events/%d", i), "there is no event %q", id)
	}
	c.bad(len(p.For) == 0, "/for", "nobody may file it")
	among(c, p.For, audience, "/for", "for")
	c.bad(len(p.Receive) == 0, "/receive", "there is no way to get the result")
	among(c, p.Receive, ways, "/receive", "receive")
	among(c, p.Unverified, doubts, "/unverified", "unverified")
	c.bodies()
	c.grounds()
	if !c.forms() {
		return false // the formulas below would only repeat what is wrong
	}
	c.times()
	c.money()
	c.papers()
	c.law()
	c.outcome()
	return true
}

func (c *checker) bodies() {
	p := c.p
	c.bad(p.Body == "" && len(p.Bodies) == 0, "/body", "no body decides")
	c.bad(p.Body != "" && !slices.Contains(levels, p.Body), "/body", "body %q: want one of %q", p.Body, levels)
	for i, code := range p.Bodies {
		if c.p.pack.Body == nil || strings.HasSuffix(code, "*") {
			continue
		}
		_, ok := c.p.pack.Body(code)
		c.bad(!ok, fmt.Sprintf("/bodies/%d", i), "there is no body %q", code)
	}
}

// forms compiles the questions, with those that every procedure has, and the steps' fields.
func (c *checker) forms() bool {
	p, before := c.p, len(c.faults)
	for _, q := range p.Form.Fields() {
		c.bad(slices.Contains(taken, q.Name), "/sections", "question %q: the name is used by acts", q.Name)
	}
	c.bad(len(p.Form.Sections) == 0, "/sections", "nothing is asked")
	p.Form.Sections = append(slices.Clone(p.Form.Sections), p.receiving()...)
	c.compiled(p.Form.Compile(p.File), "")
	c.bad(len(p.Steps) == 0, "/steps", "nobody decides")
	seen := []string{"submitted", "waiting", "declined", "refused", "withdrawn", "stopped", "granted", "returned", "revoked", "replaced", "intake"}
	var fields []form.Field
	for i := range p.Steps {
		s, at := &p.Steps[i], fmt.Sprintf("/steps/%d", i)
		c.bad(!idRule.MatchString(s.ID) || slices.Contains(seen, s.ID), at+"/id", "step %q: want lower_snake, once, not the name of a state", s.ID)
		seen = append(seen, s.ID)
		c.text(s.Title, at, "the step's title")
		c.bad(!slices.Contains(desks, s.Role), at+"/role", "role %q: want one of %q", s.Role, desks)
		for j, t := range s.Checks {
			c.text(t, fmt.Sprintf("%s/checks/%d", at, j), "the check")
		}
		for j, q := range s.Fields {
			twice := p.Form.Has(q.Name) || slices.ContainsFunc(fields, func(f form.Field) bool { return f.Name == q.Name })
			c.text(q.Label, fmt.Sprintf("%s/fields/%d", at, j), fmt.Sprintf("the label of %q", q.Name))
			c.bad(twice || slices.Contains(taken, q.Name), fmt.Sprintf("%s/fields/%d", at, j), "field %q: the name is used already", q.Name)
			fields = append(fields, q)
		}
		if len(s.Fields) > 0 {
			s.form = form.Of(s.Title, slices.Clone(s.Fields)...)
			c.compiled(s.form.Compile(p.File), at)
		}
	}
	if len(c.faults) > before {
		return false
	}
	var err error
	if p.wide, err = p.Form.With(slices.Clone(fields)); err != nil {
		c.fault("/steps", "%v", err)
		return false
	}
	if p.propose = p.proposing(); before == 0 { // a ground without its text is named already
		c.compiled(p.propose.Compile(p.File), "/steps")
	} else if p.propose.Compile(p.File) != nil {
		return false
	}
	if len(fields) > 0 {
		p.reissue = form.Of(word("act.replace"), fields...)
		c.compiled(p.reissue.Compile(p.File), "/steps")
	}
	return len(c.faults) == before
}

// compiled turns the faults of a form that stands at a place of the file into faults of the file.
func (c *checker) compiled(err error, at string) {
	var bad form.Faults
	if err != nil && !errors.As(err, &bad) {
		c.fault(at, "%v", err)
	}
	for _, f := range bad {
		if f.Line == 0 {
			f.Line = c.lines().Of(at + strings.TrimPrefix(f.Path, map[bool]string{true: "/sections/0/pages/0"}[at != ""]))
		}
		c.faults = append(c.faults, Fault{c.p.File, f.Line, f.Why})
	}
}

// condition compiles a formula that is read again long after filing: it sees answers, not the day or the person.
func (c *checker) condition(e data.Expr, at string) *form.Formula {
	f, err := c.p.Form.Condition(c.p.File, e)
	c.compiled(err, at)
	for _, name := range []string{"today", "applicant"} {
		c.bad(f.Reads(name), at, "the condition reads %q: here it can read answers alone", name)
	}
	return f
}

func (c *checker) limit(s, at string) clock.Limit {
	l, err := clock.ParseLimit(s)
	if err != nil {
		c.fault(at, "%v", err)
	}
	return l
}

// source checks "act-id article", which may be left out of what stands in unverified.
func (c *checker) source(s, about, at string) {
	if s == "" {
		c.bad(!slices.Contains(c.p.Unverified, about), at, "no law is named: say which, or put %q into unverified", about)
		return
	}
	_, _, ok := c.p.pack.Cited(s)
	c.bad(!ok, at, "law %q: want the id of an act of law.yaml, then the article", s)
}

// times checks that what the desks may take together is not more than the law gives.
func (c *checker) times() {
	p := c.p
	p.limit = c.limit(p.Limit.Time, "/limit/time")
	c.source(p.Limit.Law, "limit", "/limit")
	for i := range p.Limit.Cases {
		l, at := &p.Limit.Cases[i], fmt.Sprintf("/limit/cases/%d", i)
		p.cases = append(p.cases, timed{when: c.condition(l.When, at+"/when"), limit: c.limit(l.Time, at+"/time")})
		c.bad(l.When.Text == "" || l.Time == "", at, "a case has when and time")
		c.text(l.Say, at, "what the case says")
		c.source(l.Law, "limit", at)
	}
	p.budgets = map[string]clock.Limit{"intake": c.limit(p.Intake, "/intake")}
	for i, s := range p.Steps {
		p.budgets[s.ID] = c.limit(s.Budget, fmt.Sprintf("/steps/%d/budget", i))
		c.consult(&p.Steps[i], fmt.Sprintf("/steps/%d/consult", i))
	}
	why := unsummed(p.budgets, p.limit)
	c.bad(why != "", "/limit", "%s", why)
	for i := range p.cases {
		l, at := &p.Limit.Cases[i], fmt.Sprintf("/limit/cases/%d", i)
		x := &p.cases[i]
		x.budgets = maps.Clone(p.budgets)
		if l.Intake != "" {
			x.budgets["intake"] = c.limit(l.Intake, at+"/intake")
		}
		for _, step := range slices.Sorted(maps.Keys(l.Steps)) {
			_, ok := p.budgets[step]
			c.bad(!ok || step == "intake", at+"/steps", "there is no step %q", step)
			x.budgets[step] = c.limit(l.Steps[step], at+"/steps/"+step)
		}
		why := unsummed(x.budgets, x.limit)
		c.bad(why != "", at, "%s", why)
	}
}

// unsummed says why budgets do not add up to a limit exactly, "" where they do.
// Less would promise more than the desks are asked for, more what no desk keeps;
// where the law sets no limit there is nothing to share out.
func unsummed(budgets map[string]clock.Limit, limit clock.Limit) string {
	if limit.IsZero() {
		return ""
	}
	sum := clock.Limit{Unit: limit.Unit}
	for _, step := range slices.Sorted(maps.Keys(budgets)) {
		b := budgets[step]
		if b.IsZero() {
			return fmt.Sprintf("%s has no budget of the limit of %s", step, limit)
		}
		if b.Unit != limit.Unit {
			return fmt.Sprintf("the budget %s of %s is not counted as the limit of %s is", b, step, limit)
		}
		sum.Quarters += b.Quarters
	}
	if sum != limit {
		return fmt.Sprintf("intake and steps take %s together, not exactly the limit of %s", sum, limit)
	}
	return ""
}

func (c *checker) money() {
	p := c.p
	for i := range p.Fees {
		f, at := &p.Fees[i], fmt.Sprintf("/fees/%d", i)
		for _, why := range f.ready(p, at) {
			c.fault(at, "%s", why)
		}
		c.source(f.Law, "fees", at)
	}
	c.bad(len(p.Fees) == 0 && !slices.Contains(p.Unverified, "fees"), "", "no fee is named: a line with amount 0 says that it is free")
}

func (c *checker) papers() {
	p := c.p
	seen := map[string]bool{}
	for i := range p.Papers {
		x, at := &p.Papers[i], fmt.Sprintf("/papers/%d", i)
		c.bad(!idRule.MatchString(x.ID) || seen[x.ID] || p.Form.Has(x.ID), at, "paper %q: want lower_snake, once, not the name of a question", x.ID)
		seen[x.ID] = true
		c.text(x.Name, at, "the paper's name")
		c.bad(x.Max < 0 || x.Max > 20, at+"/max", "max %d: want 1 to 20", x.Max)
		c.source(x.Law, "papers", at)
		x.asked = c.condition(x.When, at+"/when")
	}
}

func (c *checker) law() {
	c.bad(len(c.p.Law) == 0 && !slices.Contains(c.p.Unverified, "law"), "", "no law is cited")
	for i, l := range c.p.Law {
		c.cite(l, fmt.Sprintf("/law/%d", i))
	}
	if c.p.Partly != nil {
		c.cite(*c.p.Partly, "/partly")
		c.bad(c.p.Level == Whole, "/partly", "level %d goes wholly online: there is nothing to explain", Whole)
		c.bad(len(c.p.Partly.About) == 0, "/partly/about", "the reason is missing")
	}
}

func (c *checker) cite(l Cite, at string) {
	_, ok := c.p.pack.Act(l.Act)
	c.bad(!ok, at+"/act", "law.yaml has no act %q", l.Act)
	c.bad(strings.TrimSpace(l.Article) == "", at, "the article is missing")
}

// grounds checks on what it may be refused.
func (c *checker) grounds() {
	seen := map[string]bool{}
	for i, g := range c.p.Refusals {
		at := fmt.Sprintf("/refusals/%d", i)
		c.bad(!idRule.MatchString(g.ID) || seen[g.ID], at, "ground %q: want lower_snake, once", g.ID)
		seen[g.ID] = true
		c.text(g.Say, at, "the ground")
		c.source(g.Law, "law", at)
	}
	c.bad(len(c.p.Refusals) == 0, "", "there is no ground on which it may be refused")
}

func (c *checker) outcome() {
	p := c.p
	for i, name := range p.Subject {
		c.bad(!p.Form.Has(name), fmt.Sprintf("/subject/%d", i), "there is no question %q", name)
	}
	c.text(p.Result.Title, "/result", "the result's title")
	c.bad(len(p.Result.Lines) == 0, "/result", "the result says nothing")
	c.bad(p.Result.Signed != "" && !slices.Contains(who.Levels(), p.Result.Signed), "/result/signed", "there is no level %q", p.Result.Signed)
	for i := range p.Result.Lines {
		l, at := &p.Result.Lines[i], fmt.Sprintf("/result/lines/%d", i)
		c.text(l.Label, at, "the line's label")
		if p.wide.Has(l.Value.Text) {
			continue
		}
		f, err := p.wide.Formula(p.File, l.Value)
		c.compiled(err, at+"/value")
		c.bad(l.Value.Text == "", at, "the line has no value")
		c.bad(f.Reads("today") || f.Reads("applicant"), at, "a result is read long after: it cannot depend on today or the applicant's account")
		l.gives = f
	}
	for i, l := range p.Letters {
		c.bad(!idRule.MatchString(l.ID), fmt.Sprintf("/letters/%d", i), "letter %q: want lower_snake", l.ID)
		c.text(l.Text, fmt.Sprintf("/letters/%d", i), "the letter's text")
	}
	for i, o := range p.Outside {
		c.text(o.Say, fmt.Sprintf("/outside/%d", i), "the step outside")
	}
}

// Alike names pairs of procedures of which one shares more than half of its
// questions with the other: they are one service in two files.
func (s *Set) Alike() (faults []Fault) {
	names := func(p *Procedure) map[string]bool {
		m := map[string]bool{}
		for _, q := range p.Form.Fields() {
			m[q.Name] = !slices.Contains(taken, q.Name)
		}
		maps.DeleteFunc(m, func(_ string, own bool) bool { return !own })
		return m
	}
	for i, p := range s.all {
		for _, q := range s.all[:i] {
			a, b, both := names(p), names(q), 0
			for name := range a {
				if b[name] {
					both++
				}
			}
			if fewer := min(len(a), len(b)); 2*both > fewer {
				faults = append(faults, Fault{p.File, 1, fmt.Sprintf("shares %d of %d questions with %s", both, fewer, q.File)})
			}
		}
	}
	return faults
}
