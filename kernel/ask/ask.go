// Package ask shows the questions of a form as the fields of a page, with what
// was typed and what is wrong with it.
package ask

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// many is from how many options on a choice is a list that opens.
const many = 8

// A Sheet shows questions of Form. The names of boxes are those that
// form.ReadPage reads.
type Sheet struct {
	Voice   lang.Voice
	Country *who.Country
	Form    *form.Form
	Answers form.Answers // decide what is asked in the rows of groups
	Env     form.Env
	In      url.Values        // what stands in the boxes
	Wrong   map[string]string // the sentence of what is wrong, by name
	Notes   map[string]string // what to add to the hint, by name
	Head    string            // the question that is the h1 of the page
	Units   string            // address that lists the units under one, for scripts
}

// Pages are the pages of the form as it is asked now, in order.
func Pages(sections []form.Section) (all []form.Page) {
	for _, s := range sections {
		all = append(all, s.Pages...)
	}
	return all
}

// Read is what was typed on the pages that asked names, over what was known:
// answers of pages that were not shown stay.
func Read(f *form.Form, asked []string, v url.Values, known form.Answers) form.Answers {
	all := form.Answers{}
	for name, x := range known {
		all[name] = x
	}
	for _, page := range asked {
		for name, x := range f.ReadPage(page, v) {
			all[name] = x
		}
	}
	return all
}

// Values is what the boxes of the whole form hold for these answers.
func Values(f *form.Form, a form.Answers) url.Values {
	v := url.Values{}
	for _, p := range Pages(f.Sections) {
		for name, x := range f.Values(p.ID(), a) {
			v[name] = x
		}
	}
	return v
}

// Given are the answers without those left empty.
func Given(a form.Answers) form.Answers {
	out := form.Answers{}
	for name, v := range a {
		if v != nil {
			out[name] = v
		}
	}
	return out
}

// Wrong is the sentence of every wrong place that err names, by the name of its
// box; nil when err is of another kind.
func Wrong(v lang.Voice, err error) map[string]string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) == 0 {
		return nil
	}
	wrong := map[string]string{}
	for _, x := range f.Fields {
		name := Name(x.Pointer)
		if _, told := wrong[name]; !told {
			wrong[name] = v.T(x.Code, x.Args...)
		}
	}
	return wrong
}

// Name is the name of the box that a pointer into what was sent means:
// /answers/children/0/name is children.0.name, other places keep their first part.
func Name(pointer string) string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(pointer, "/answers"), "/"), "/", ".")
}

// Errors is the error summary: lines for the fields in the order shown, then
// what is wrong elsewhere.
func (s Sheet) Errors(fields []form.Field) ui.ErrorSummary { return Rest(s.Lines(fields), s.Wrong) }

// Lines are those of the error summary that are about these fields, in their order.
func (s Sheet) Lines(fields []form.Field) (all ui.ErrorSummary) {
	for _, q := range fields {
		for _, part := range []string{"", ".province", ".district", ".commune", ".line"} {
			if say := s.Wrong[q.Name+part]; say != "" {
				all = append(all, ui.Link{Text: Said(s.Voice.Of(q.Label), say), Href: ui.Anchor(q.Name + part)})
			}
		}
		for _, r := range s.rows(q) {
			all = append(all, s.Lines(r.fields)...)
		}
	}
	return all
}

// Rest adds to a summary what is wrong elsewhere.
func Rest(all ui.ErrorSummary, wrong map[string]string) ui.ErrorSummary {
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		if !slices.ContainsFunc(all, func(l ui.Link) bool { return l.Href == ui.Anchor(name) }) {
			all = append(all, ui.Link{Text: wrong[name], Href: ui.Anchor(name)})
		}
	}
	return all
}

// Said joins a question and what is said of its answer.
func Said(label, say string) string {
	if strings.HasSuffix(label, "?") || strings.HasSuffix(label, ".") {
		return label + " " + say
	}
	return label + ": " + say
}

// field is q as a field of the page.
func (s Sheet) field(q form.Field) ui.Field {
	f := ui.Field{Type: ui.Type(q.Type), Name: q.Name, Label: s.Voice.Of(q.Label), Hint: s.hint(q), Error: s.Wrong[q.Name],
		Optional: q.Optional, In: s.In, Heading: q.Name == s.Head, Auto: autos[q.From], Source: s.Units}
	for _, o := range q.Options {
		f.Options = append(f.Options, ui.Option{Value: o.Value, Label: s.Voice.Of(o.Label), Hint: s.Voice.Of(o.Hint)})
	}
	switch {
	case q.Type == form.Choice && len(q.Options) >= many:
		f.Type = ui.Select
	case q.Type == form.Money:
		f.Unit = "₫"
	case q.Type == form.Address:
		f.Levels = s.levels(q.Name)
	}
	if q.Max != nil && (q.Type == form.Text || q.Type == form.Long) {
		f.Max = int(*q.Max)
		if f.Max <= short {
			f.Size = f.Max
		}
	}
	return f
}

// short is up to how many characters a box is as wide as its answer.
const short = 20

// autos are what a browser may fill in where an answer is about the applicant.
var autos = map[string]string{"applicant.name": "name", "applicant.phone": "tel", "applicant.email": "email", "applicant.born": "bday",
	"org.name": "organization"}

func (s Sheet) hint(q form.Field) string {
	return strings.TrimSpace(s.Voice.Of(q.Hint) + " " + s.Notes[q.Name])
}

// levels are the lists of an address, each that of the unit chosen before it.
// Where provinces hold communes, no district is asked.
func (s Sheet) levels(name string) (all []ui.Level) {
	under, known := "", true
	for _, part := range []string{"province", "district", "commune"} {
		if part == "district" && known && !s.deep(under) {
			continue
		}
		at := name + "." + part
		l := ui.Level{Part: part, Label: s.Voice.T("kernel.unit." + part), Error: s.Wrong[at]}
		if known {
			for _, u := range s.Country.Inside(under) {
				l.Options = append(l.Options, ui.Option{Value: u.Code, Label: s.Voice.Of(s.Country.UnitName(u.Code))})
			}
		}
		all = append(all, l)
		chosen := s.In.Get(at)
		known = known && s.Country.Has(chosen, under) // not when another was chosen above since
		under = chosen
	}
	return all
}

// deep reports whether the units inside code have units inside them, or code has none.
func (s Sheet) deep(code string) bool {
	inside := s.Country.Inside(code)
	return len(inside) == 0 || slices.ContainsFunc(inside, func(u who.Unit) bool { return len(s.Country.Inside(u.Code)) > 0 })
}

// A row is one of a group, its fields named after the group and their place.
type row struct {
	name   string
	fields []form.Field
}

func (s Sheet) rows(q form.Field) (all []row) {
	if q.Type != form.Group {
		return nil
	}
	n := 1
	if q.Min != nil {
		n = max(int(*q.Min), 1)
	}
	if q.Optional && !s.has(q.Name, 0) {
		n = 0
	}
	given, _ := s.Answers[q.Name].([]any)
	n = max(n, len(given))
	for s.has(q.Name, n) {
		n++
	}
	for i := range n {
		r := row{name: q.Name + "." + strconv.Itoa(i)}
		var answers form.Answers
		if i < len(given) {
			m, _ := given[i].(map[string]any)
			answers = m
		}
		for _, in := range s.Form.Row(q, answers, s.Answers, s.Env) {
			in.Name = r.name + "." + in.Name
			r.fields = append(r.fields, in)
		}
		all = append(all, r)
	}
	return all
}

// has reports whether anything stands in row n of the group.
func (s Sheet) has(group string, n int) bool {
	prefix := group + "." + strconv.Itoa(n) + "."
	for name := range s.In {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
