package form

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"motcua/base/data"
	"motcua/base/lang"
)

// A Fault is what is wrong with a form as written: where in its file, and why.
type Fault struct {
	File string
	Line int    // 0: look the path up
	Path string // RFC 6901 into the file, such as /sections/0/pages/2/fields/1/name
	Why  string
}

// Faults is every fault of a form, as one error.
type Faults []Fault

func (f Faults) Error() string {
	var b strings.Builder
	for i, x := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		if x.Line > 0 {
			fmt.Fprintf(&b, "%s:%d: %s", x.File, x.Line, x.Why)
		} else {
			fmt.Fprintf(&b, "%s: %s: %s", x.File, x.Path, x.Why)
		}
	}
	return b.String()
}

// sorts is what each type of answer is to a formula, and which of Min, Max and the others mean something to it.
var sorts = map[Type]struct {
	cel     *cel.Type
	limits  bool // Min, Max
	options bool
}{
	Text:     {cel: cel.StringType, limits: true},
	Long:     {cel: cel.StringType, limits: true},
	Number:   {cel: cel.IntType, limits: true},
	Money:    {cel: cel.IntType, limits: true},
	Date:     {cel: cel.StringType},
	Choice:   {cel: cel.StringType, options: true},
	Choices:  {cel: cel.ListType(cel.StringType), options: true},
	Yes:      {cel: cel.BoolType},
	Tick:     {cel: cel.BoolType},
	Email:    {cel: cel.StringType},
	Phone:    {cel: cel.StringType},
	PersonID: {cel: cel.StringType},
	Address:  {cel: cel.MapType(cel.StringType, cel.StringType)},
	Group:    {cel: cel.ListType(cel.MapType(cel.StringType, cel.DynType)), limits: true},
}

var (
	nameRule   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	optionRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$`)
	fromRule   = regexp.MustCompile(`^(applicant\.(name|number|phone|email|born)|org\.(name|number))$`)
	// reserved mean something else in a formula.
	reserved = strings.Fields(`true false null in as break const continue else for function if import let loop package
		namespace return var void while bool bytes double int uint list map string type null_type today applicant`)
)

// A compiler walks a form in order and collects what is wrong.
type compiler struct {
	file   string
	all    *scope
	order  map[string]int // of the top fields: a condition reads only what was asked before
	faults Faults
}

func (c *compiler) fault(path, why string, args ...any) {
	c.faults = append(c.faults, Fault{File: c.file, Path: path, Why: fmt.Sprintf(why, args...)})
}

// Compile checks that the form makes sense and prepares its conditions and
// rules; where names its file in Faults. A field without a label gets the title
// of its page, and a page without a title the label of its only field.
func (f *Form) Compile(where string) error {
	c := &compiler{file: where, order: map[string]int{}}
	c.names(f)
	if len(c.faults) > 0 {
		return c.faults // the conditions would only repeat them
	}
	var err error
	if c.all, err = newScope(f.Fields()); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	n := 0
	for s := range f.Sections {
		for p := range f.Sections[s].Pages {
			page, path := &f.Sections[s].Pages[p], fmt.Sprintf("/sections/%d/pages/%d", s, p)
			page.when = c.condition(c.all, path+"/when", page.When, n)
			for i := range page.Fields {
				c.field(&page.Fields[i], fmt.Sprintf("%s/fields/%d", path, i), n)
				n++
			}
		}
	}
	if len(c.faults) > 0 {
		return c.faults
	}
	f.all = c.all
	return nil
}

// names checks everything but the formulas.
func (c *compiler) names(f *Form) {
	seen := map[string]bool{}
	for s := range f.Sections {
		section, path := &f.Sections[s], fmt.Sprintf("/sections/%d", s)
		if !nameRule.MatchString(section.ID) || seen["section "+section.ID] {
			c.fault(path, "section id %q: want lower_snake, once in the form", section.ID)
		}
		seen["section "+section.ID] = true
		c.text(path, "the section's title", section.Title)
		if len(section.Pages) == 0 {
			c.fault(path, "the section has no page")
		}
		for p := range section.Pages {
			page, path := &section.Pages[p], fmt.Sprintf("%s/pages/%d", path, p)
			if len(page.Fields) == 0 {
				c.fault(path, "the page has no field")
				continue
			}
			if only := &page.Fields[0]; len(page.Fields) == 1 && len(only.Label) == 0 {
				only.Label = page.Title
			} else if len(page.Fields) == 1 && len(page.Title) == 0 {
				page.Title = only.Label
			}
			c.text(path, "the page's title", page.Title)
			for i := range page.Fields {
				c.shape(&page.Fields[i], fmt.Sprintf("%s/fields/%d", path, i), seen)
				c.order[page.Fields[i].Name] = len(c.order)
			}
		}
	}
}

func (c *compiler) text(path, what string, t lang.Text) {
	if strings.TrimSpace(t[lang.VI]) == "" {
		c.fault(path, "%s is missing in %s", what, lang.VI)
	}
}

// shape checks one field but for its formulas.
func (c *compiler) shape(q *Field, path string, seen map[string]bool) {
	sort, known := sorts[q.Type]
	bad := func(is bool, why string, args ...any) {
		if is {
			c.fault(path, "field %q: "+why, append([]any{q.Name}, args...)...)
		}
	}
	bad(!nameRule.MatchString(q.Name), "want a name in lower_snake, at most 40 characters")
	bad(seen[q.Name] || seen["row "+q.Name], "the name stands twice")
	bad(slices.Contains(reserved, q.Name), "this word means something else in a formula")
	seen[q.Name] = true
	c.text(path, fmt.Sprintf("the label of %q", q.Name), q.Label)
	bad(!known, "there is no type %q", q.Type)
	bad(known && !sort.limits && (q.Min != nil || q.Max != nil), "%s has no min or max", q.Type)
	bad(q.Min != nil && q.Max != nil && *q.Min > *q.Max, "min %d is above max %d", deref(q.Min), deref(q.Max))
	bad(q.Max != nil && *q.Max > hardMax(q.Type), "max is at most %d", hardMax(q.Type))
	bad((q.After != "" || q.Before != "") && q.Type != Date, "only a date has after and before")
	for _, s := range []string{q.After, q.Before} {
		_, ok := bound(s, "2020-01-01")
		bad(s != "" && !ok, `%q: want YYYY-MM-DD, "today" or such as "today-60d"`, s)
	}
	bad(q.From != "" && !fromRule.MatchString(q.From), "there is nothing to take from %q", q.From)
	bad(sort.options != (len(q.Options) > 0), "choice and choices have options, others have none")
	values := map[string]bool{}
	for i, o := range q.Options {
		at := fmt.Sprintf("%s/options/%d", path, i)
		if !optionRule.MatchString(o.Value) || values[o.Value] {
			c.fault(at, "option %q: want letters, digits, _ . -, each once", o.Value)
		}
		values[o.Value] = true
		c.text(at, fmt.Sprintf("the label of option %q", o.Value), o.Label)
	}
	for i, r := range q.Must {
		at := fmt.Sprintf("%s/must/%d", path, i)
		if (r.If.Text == "") == (r.Rule == "") {
			c.fault(at, "a rule has either if or rule")
		}
		if r.If.Text != "" {
			c.text(at, "what the rule says", r.Say)
		}
		if rule, ok := rules[r.Rule]; r.Rule != "" && (!ok || rule.of != sorts[q.Type].cel) {
			c.fault(at, "there is no rule %q for %s; there are %s", r.Rule, q.Type, strings.Join(ruleNames(), ", "))
		}
	}
	bad((q.Type == Group) != (len(q.Fields) > 0), "a group has fields, others have none")
	inner := map[string]bool{}
	for name := range seen {
		inner[name] = !strings.HasPrefix(name, "row ")
	}
	for i := range q.Fields {
		at := fmt.Sprintf("%s/fields/%d", path, i)
		if q.Fields[i].Type == Group {
			c.fault(at, "field %q: a group in a group is too much to ask", q.Fields[i].Name)
			continue
		}
		c.shape(&q.Fields[i], at, inner)
		seen["row "+q.Fields[i].Name] = true // another group may have it too, the form itself not
	}
}

// field compiles the formulas of the n-th field.
func (c *compiler) field(q *Field, path string, n int) {
	q.when = c.condition(c.all, path+"/when", q.When, n)
	c.must(c.all, q, path)
	if q.Type != Group {
		return
	}
	var row []*Field
	for i := range q.Fields {
		row = append(row, &q.Fields[i])
	}
	in, err := c.all.with(row)
	if err != nil {
		c.fault(path, "%v", err)
		return
	}
	for i := range q.Fields {
		at := fmt.Sprintf("%s/fields/%d", path, i)
		q.Fields[i].when = c.condition(in, at+"/when", q.Fields[i].When, n)
		c.must(in, &q.Fields[i], at)
		if w := q.Fields[i].when; w != nil {
			for _, later := range q.Fields[i:] {
				if slices.Contains(w.names, later.Name) {
					c.fault(at+"/when", "the condition reads %q, which is not asked before it", later.Name)
				}
			}
		}
	}
}

func (c *compiler) must(in *scope, q *Field, path string) {
	for i := range q.Must {
		if r := &q.Must[i]; r.If.Text != "" {
			r.holds = c.formula(in, fmt.Sprintf("%s/must/%d/if", path, i), r.If, cel.BoolType)
		}
	}
}

// condition compiles a When: it may read only what is asked before the n-th field.
func (c *compiler) condition(in *scope, path string, e data.Expr, n int) *Formula {
	f := c.formula(in, path, e, cel.BoolType)
	if f == nil {
		return nil
	}
	for _, name := range f.names {
		if at, top := c.order[name]; top && at >= n && in.fields[name] == c.all.fields[name] {
			c.faults = append(c.faults, Fault{c.file, e.Line, path, fmt.Sprintf("the condition reads %q, which is not asked before it", name)})
		}
	}
	return f
}

func (c *compiler) formula(in *scope, path string, e data.Expr, want *cel.Type) *Formula {
	if strings.TrimSpace(e.Text) == "" {
		return nil
	}
	f, err := in.compile(fmt.Sprintf("%s:%d", c.file, e.Line), e, want)
	if err != nil {
		c.faults = append(c.faults, Fault{c.file, e.Line, path, err.Error()})
	}
	return f
}

// With is f for formulas that also read fields filled in later by somebody
// else, such as the officials: Condition, Formula and Field know them, Check does not ask them.
func (f *Form) With(more []Field) (*Form, error) {
	var fields []*Field
	for i := range more {
		fields = append(fields, &more[i])
	}
	all, err := f.all.with(fields)
	return &Form{Sections: f.Sections, all: all}, err
}

// Condition compiles e, which stands outside the form but reads its answers, such as when a paper is asked.
// An empty e is the nil Formula.
func (f *Form) Condition(where string, e data.Expr) (*Formula, error) {
	return f.outside(where, e, cel.BoolType)
}

// Formula compiles e, which gives a string.
func (f *Form) Formula(where string, e data.Expr) (*Formula, error) {
	return f.outside(where, e, cel.StringType)
}

func (f *Form) outside(where string, e data.Expr, want *cel.Type) (*Formula, error) {
	if f.all == nil {
		return nil, fmt.Errorf("%s: the form is not compiled", where)
	}
	c := &compiler{file: where, all: f.all}
	x := c.formula(f.all, "", e, want)
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	return x, nil
}

func deref(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
