// Package form is questions, answers and what is wrong with them: the only
// validator there is, for pages and the API alike.
package form

import (
	"cmp"

	"motcua/base/data"
	"motcua/base/lang"
)

// A Type is what an answer is.
type Type string

// The types of answers and the JSON they are stored as.
const (
	Text     Type = "text"     // string, one line
	Long     Type = "long"     // string, several lines
	Number   Type = "number"   // whole number
	Money    Type = "money"    // whole number of the smallest unit of the currency
	Date     Type = "date"     // string YYYY-MM-DD
	Choice   Type = "choice"   // string, one of the options
	Choices  Type = "choices"  // array of strings
	Yes      Type = "yes"      // boolean: yes or no
	Tick     Type = "tick"     // boolean that must be true
	Email    Type = "email"    // string
	Phone    Type = "phone"    // string of digits
	PersonID Type = "personid" // string: the person's number, checked by the pack's rule
	Address  Type = "address"  // object {province, district, commune, line}: codes of units, then free text
	Group    Type = "group"    // array of objects: Fields repeated Min to Max times
)

// A Form is questions in sections (the tasks of the hub), in pages, in order.
// Compile makes it ready; copies share what was compiled, which never changes.
type Form struct {
	Sections []Section `yaml:"sections"`

	all *scope // every question by its name; nil: not compiled
}

// A Section is one task of the hub.
type Section struct {
	ID    string    `yaml:"id"`
	Title lang.Text `yaml:"title"`
	Pages []Page    `yaml:"pages"`
}

// A Page is one question, or the few that people answer in one breath.
type Page struct {
	Title  lang.Text `yaml:"title"` // empty: the label of its only field
	Why    lang.Text `yaml:"why"`   // why we ask
	When   data.Expr `yaml:"when"`  // CEL over the answers; empty: always shown
	Fields []Field   `yaml:"fields"`

	when *Formula
	id   string // of a copy that shows not all fields
}

// ID names the page in addresses: its first field, shown or not.
func (p *Page) ID() string { return cmp.Or(p.id, p.Fields[0].Name) }

// A Field is one question.
type Field struct {
	Name     string    `yaml:"name"` // lower_snake, unique in the form; the CEL variable and the JSON key
	Type     Type      `yaml:"type"`
	Label    lang.Text `yaml:"label"`
	Hint     lang.Text `yaml:"hint"`
	Optional bool      `yaml:"optional"`
	When     data.Expr `yaml:"when"`
	Must     []Rule    `yaml:"must"`
	Options  []Option  `yaml:"options"`
	Min      *int64    `yaml:"min"` // number, money: value; text: length; group: rows; date: see After/Before
	Max      *int64    `yaml:"max"`
	After    string    `yaml:"after"`  // date: not before this day: YYYY-MM-DD or "today" or "today-60d"
	Before   string    `yaml:"before"` // date: not after this day
	Fields   []Field   `yaml:"fields"` // of a group
	From     string    `yaml:"from"`   // where a first answer comes from: applicant.name, applicant.number, applicant.phone, applicant.email, applicant.born, org.name, org.number

	when *Formula
}

// A Rule is a condition an answer must meet and the sentence said when it does not.
type Rule struct {
	If   data.Expr `yaml:"if"`   // CEL, at most three operators, must be true
	Rule string    `yaml:"rule"` // or the name of a Go rule, such as adult
	Say  lang.Text `yaml:"say"`

	holds *Formula
}

// An Option is one possible answer.
type Option struct {
	Value string    `yaml:"value"`
	Label lang.Text `yaml:"label"`
	Hint  lang.Text `yaml:"hint"`
}

// Answers are what somebody filled in: JSON values by field name. A name with
// nil was seen and left empty; Check leaves it out.
type Answers map[string]any

// An Env is what answers are checked against besides the form.
type Env struct {
	Today     string                         // YYYY-MM-DD where the body is
	Channel   string                         // online, counter, post: how it is filed, where that is known
	Applicant map[string]any                 // name, number, phone, email, born, kind (citizen, business), org_name, org_number
	Person    func(number string) bool       // the pack's rule for the number of a person; nil: 12 digits
	Business  func(number string) bool       // and of a business; nil: 10 digits, or 13 for a branch
	Whole     func(code string) bool         // whether the unit is not divided further, as island districts are; nil: none is
	Unit      func(code, parent string) bool // whether parent ("" is the country) has this unit; nil: not asked
}

// about is who asks, with every key, as formulas see it.
func (e Env) about() map[string]string {
	m := make(map[string]string, len(aboutKeys))
	for _, k := range aboutKeys {
		m[k], _ = e.Applicant[k].(string)
	}
	return m
}

var aboutKeys = []string{"name", "number", "phone", "email", "born", "kind", "org_name", "org_number"}

// Of is a form of one page with these fields, such as what an official adds with an act.
func Of(title lang.Text, fields ...Field) *Form {
	return &Form{Sections: []Section{{ID: "only", Title: title, Pages: []Page{{Title: title, Fields: fields}}}}}
}

// Fields are the questions of the whole form in order; the fields of groups stand in them.
func (f *Form) Fields() (all []*Field) {
	for s := range f.Sections {
		for p := range f.Sections[s].Pages {
			page := &f.Sections[s].Pages[p]
			for i := range page.Fields {
				all = append(all, &page.Fields[i])
			}
		}
	}
	return all
}

// Has reports whether the form asks this question; answers to others are refused.
func (f *Form) Has(name string) bool { return f.Field(name) != nil }

// Field is the question of this name, or nil.
func (f *Form) Field(name string) *Field {
	if f.all == nil {
		return nil
	}
	return f.all.fields[name]
}

// Page is the page of this ID, or nil.
func (f *Form) Page(id string) *Page {
	for s := range f.Sections {
		for p := range f.Sections[s].Pages {
			if page := &f.Sections[s].Pages[p]; page.ID() == id {
				return page
			}
		}
	}
	return nil
}
