// Package shown is somebody who stands at a counter with an identity document:
// what the clerk reads off it, and at which body. The document's number is kept
// in an act; a picture of it never is.
package shown

import (
	"embed"
	"net/url"
	"slices"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// Documents are the sorts of document by which a person is known (Law on Citizen
// Identification 2014 Art. 20; Law on Exit and Entry 2019 Art. 6).
var documents = []string{"identity", "passport", "foreigner"}

// A Form asks a clerk what he reads off the document, and what else its page asks.
type Form struct{ form *form.Form }

// A Seen is a person as his document shows him.
type Seen struct {
	Number, Name, Born string
	Document           string // its sort and its number
	Body               string // of the clerk
	More               form.Answers
}

// Say is a sentence in all languages, for the labels of more questions.
func Say(c *lang.Catalogue, key string) lang.Text {
	t := lang.Text{}
	for _, l := range lang.All() {
		t[l] = lang.Voice{Lang: l, Catalogue: c}.T(key)
	}
	return t
}

// Of is the form with these questions besides, which stand first.
func Of(c *lang.Catalogue, more ...form.Field) *Form {
	say := func(key string) lang.Text { return Say(c, "shown."+key) }
	sort := form.Field{Name: "document", Type: form.Choice, Label: say("document")}
	for _, d := range documents {
		sort.Options = append(sort.Options, form.Option{Value: d, Label: say("document." + d)})
	}
	f := form.Of(say("title"), append(slices.Clone(more),
		form.Field{Name: "number", Type: form.PersonID, Label: say("number")},
		form.Field{Name: "name", Type: form.Text, Label: say("name"), Hint: say("name.hint")},
		form.Field{Name: "born", Type: form.Date, Label: say("born"), Before: "today"},
		sort,
		form.Field{Name: "document_number", Type: form.Text, Label: say("docnumber")})...)
	if err := f.Compile("shown"); err != nil {
		panic(err) // the form is part of the program
	}
	return &Form{f}
}

// Sheet shows the form with what was typed and what is wrong with it.
func (f *Form) Sheet(r *kernel.Request, in url.Values, wrong map[string]string) ask.Sheet {
	return ask.Sheet{Voice: r.Voice, Country: r.App.Country, Form: f.form, Env: r.App.Env(r.App.Today(Body(r)), who.Person{}, 0), In: in, Wrong: wrong}
}

// Questions are all of the form, in order.
func (f *Form) Questions() []form.Field { return f.form.Sections[0].Pages[0].Fields }

// Read is what the clerk typed. What is wrong is named by place.
func (f *Form) Read(r *kernel.Request) (s Seen, err error) {
	if err := r.ParseForm(); err != nil {
		return s, fault.New(fault.Invalid, "fault.invalid")
	}
	if s.Body = Body(r); s.Body == "" {
		return s, fault.New(fault.Forbidden, "web.notyours")
	}
	first := f.form.Sections[0].Pages[0]
	a, err := f.form.Check(ask.Given(f.form.ReadPage(first.ID(), r.PostForm)), r.App.Env(r.App.Today(s.Body), who.Person{}, 0))
	if err != nil {
		return s, err
	}
	get := func(name string) string { t, _ := a[name].(string); return t }
	s.Number, s.Name, s.Born, s.Document, s.More = get("number"), get("name"), get("born"), get("document")+" "+get("document_number"), a
	return s, nil
}

// Body is the body at whose counter the clerk stands: the one he chose, or his first.
func Body(r *kernel.Request) string {
	all := r.Me.Bodies(who.Clerk)
	if b := r.FormValue("body"); slices.Contains(all, b) {
		return b
	}
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
