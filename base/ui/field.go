package ui

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// A Type is what a field asks for. Those a form can ask have the form's own names.
type Type string

// The types of fields.
const (
	Text     Type = "text"
	Long     Type = "long"     // several lines
	Number   Type = "number"   // digits
	Money    Type = "money"    // digits, with Unit after the box
	Date     Type = "date"     // three boxes: NAME.day, NAME.month, NAME.year
	Choice   Type = "choice"   // one of few, all in sight
	Select   Type = "select"   // one of many
	Choices  Type = "choices"  // any of several
	Yes      Type = "yes"      // sends yes or no
	Tick     Type = "tick"     // one box that sends yes
	Email    Type = "email"    //
	Phone    Type = "phone"    //
	PersonID Type = "personid" // the number of a person's card
	Address  Type = "address"  // one select for each of Levels, then NAME.line
	File     Type = "file"     // papers
	Secret   Type = "secret"   // a password
	Code     Type = "code"     // a short code read off a paper or a phone
)

// A Field asks one thing: label, hint, error, control, in this order. It says
// everything in HTML; no script wires it.
type Field struct {
	Type     Type
	Name     string // of the value sent
	Label    string
	Hint     string
	Error    string
	Optional bool
	Heading  bool // the label is the h1 of the page
	Fixed    bool // shown, not to be changed here

	Value string     // what stands in the box
	In    url.Values // or what stands in all boxes of the page, by name; it wins

	Options []Option // of Choice, Select, Choices
	Levels  []Level  // of Address, the largest unit first
	Source  string   // of Address: ?under=VALUE gives a script the units under one, [{"value","label"}]

	Unit   string // after the box: kg, m², ₫
	Size   int    // characters expected: up to 2, 4, 12 or 20 make a narrow box
	Max    int    // characters taken
	Rows   int    // lines of Long
	Auto   string // autocomplete: what a browser may fill in, such as name or bday
	Accept string // of File: media types with commas
	Many   bool   // of File: several at once
	Given  []Given
}

// An Option may be chosen.
type Option struct {
	Value, Label, Hint string
	Count              string // how many there are, in filters
}

// A Level is one select of an address: province, district, commune.
type Level struct {
	Part    string // after NAME and a dot
	Label   string
	Error   string
	Options []Option
}

// A Given is a file already there.
type Given struct {
	Name   string // as the person named it
	About  string // size and pages, in words
	Href   string
	Thumb  string // address of a small picture, when there is one
	Tone   Tone   // Good: readable; Bad: not
	Check  string // the word for the tone
	Remove string // value of the button called "remove"; "" shows none
}

func (f Field) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// ID is the id of the first control of the field called name (of an address or
// a group: of the whole).
func ID(name string) string {
	var b strings.Builder
	b.WriteString("f-")
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// Anchor is where a line of the error summary leads.
func Anchor(name string) string { return "#" + ID(name) }

func (f Field) id() string { return ID(f.Name) }

// holds is what stands in the box called the field's name and part.
func (f Field) holds(part string) string {
	if f.In != nil {
		return f.In.Get(f.Name + part)
	}
	if part == "" {
		return f.Value
	}
	return ""
}

func (f Field) chosen() []string {
	if f.In != nil {
		return f.In[f.Name]
	}
	return []string{f.Value}
}

// described is aria-describedby of the control.
func (f Field) described() string {
	return join(when(f.Hint != "", f.id()+"-hint"), when(f.Error != "", f.id()+"-error"))
}

// An entry is how a browser should take one line of text, and how wide its box is.
type entry struct {
	kind, mode, auto string
	size             int
}

var entries = map[Type]entry{
	Text:     {kind: "text"},
	Number:   {kind: "text", mode: "decimal", auto: "off", size: 4},
	Money:    {kind: "text", mode: "numeric", auto: "off", size: 12},
	Email:    {kind: "email", mode: "email", auto: "email", size: 20},
	Phone:    {kind: "tel", mode: "tel", auto: "tel", size: 12},
	PersonID: {kind: "text", mode: "numeric", auto: "off", size: 12},
	Secret:   {kind: "password", auto: "current-password", size: 20},
	Code:     {kind: "text", auto: "off", size: 12},
}

func (f Field) width() string {
	size := f.Size
	if size == 0 {
		size = entries[f.Type].size
	}
	for _, w := range []int{2, 4, 12, 20} {
		if size > 0 && size <= w {
			return "w" + strconv.Itoa(w)
		}
	}
	return ""
}

// control is what every control of the field carries.
func (f Field) control(class string) templ.OrderedAttributes {
	e := entries[f.Type]
	exact := f.Type == PersonID || f.Type == Secret || f.Type == Code
	a := attributes("class", join("ds-input", class), "id", f.id(), "name", f.Name,
		"aria-describedby", f.described(), "aria-invalid", when(f.Error != "", "true"), "inputmode", e.mode,
		"autocomplete", or(f.Auto, e.auto),
		"maxlength", when(f.Max > 0, strconv.Itoa(f.Max)), "spellcheck", when(exact, "false"))
	if f.Fixed {
		a = append(a, templ.KeyValue[string, any]{Key: "readonly", Value: true})
	}
	return a
}

// A box is one of several controls of a field.
type box struct{ id, name, value, label, most, auto string }

// dmy are the boxes of a date.
func (f Field) dmy(ctx context.Context) []box {
	var all []box
	for i, part := range []string{"day", "month", "year"} {
		b := box{id: f.id(), name: f.Name + "." + part, value: f.holds("." + part), label: t(ctx, "date."+part), most: "2", auto: "off"}
		if i > 0 {
			b.id += "-" + part
		}
		if part == "year" {
			b.most = "4"
		}
		if f.Auto == "bday" {
			b.auto = "bday-" + part
		}
		all = append(all, b)
	}
	if ymd := strings.Split(f.Value, "-"); f.In == nil && len(ymd) == 3 {
		all[0].value, all[1].value, all[2].value = ymd[2], ymd[1], ymd[0]
	}
	return all
}

// pickID is the field's own id for the first, so that an error's link finds it.
func (f Field) pickID(i int) string {
	if i == 0 {
		return f.id()
	}
	return f.id() + "-" + strconv.Itoa(i)
}

// offered are the options, of Yes in the language of ctx unless said otherwise.
func (f Field) offered(ctx context.Context) []Option {
	if f.Type == Yes && len(f.Options) == 0 {
		return []Option{{Value: "yes", Label: t(ctx, "yes")}, {Value: "no", Label: t(ctx, "no")}}
	}
	return f.Options
}

// next is the id of the select that a choice at level i fills.
func (f Field) next(i int) string {
	if i+1 < len(f.Levels) {
		return ID(f.Name + "." + f.Levels[i+1].Part)
	}
	return ""
}

// unfilled says that a chosen unit still has to bring the list of the next level.
func (f Field) unfilled() bool {
	return slices.ContainsFunc(f.Levels, func(l Level) bool { return len(l.Options) == 0 })
}

// attributes pairs keys with values and leaves out the empty ones.
func attributes(pairs ...string) templ.OrderedAttributes {
	var a templ.OrderedAttributes
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			a = append(a, templ.KeyValue[string, any]{Key: pairs[i], Value: pairs[i+1]})
		}
	}
	return a
}

// join makes one attribute of the words that are not empty.
func join(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

func when(is bool, word string) string {
	if is {
		return word
	}
	return ""
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
