// Package counter is where a clerk files for a citizen who came in person: one
// long page, one slip, the list of what goes on to the desks.
package counter

import (
	"embed"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// most is how many bytes the papers of one page may have together.
const most = 100 << 20

// System is the counter.
func System() kernel.System {
	return kernel.System{Name: "counter", Texts: []fs.FS{texts}, Routes: routes}
}

func routes(a *kernel.App) []kernel.Route {
	c := &counter{person: personForm(a.Texts)}
	clerks := kernel.Roles(who.Clerk)
	return []kernel.Route{
		{Pattern: "GET /counter", Who: clerks, Do: home},
		{Pattern: "GET /counter/new", Who: clerks, Do: c.begin},
		{Pattern: "POST /counter/new", Who: clerks, Do: c.save, Limit: most},
		{Pattern: "GET /counter/d/{draft}", Who: clerks, Do: c.show},
		{Pattern: "POST /counter/d/{draft}", Who: clerks, Do: c.save, Limit: most},
		{Pattern: "POST /counter/d/{draft}/drop", Who: clerks, Do: drop},
		{Pattern: "GET /counter/done/{id}", Who: clerks, Do: done, Writes: "an official's reading is recorded"},
		{Pattern: "GET /counter/handover", Who: clerks, Do: handover},
	}
}

// A counter knows how to ask who is helped.
type counter struct{ person *form.Form }

// Names of the questions about who is helped; no service asks them.
const (
	number = "helped_number"
	name   = "helped_name"
	born   = "helped_born"
	phone  = "helped_phone"
	email  = "helped_email"
)

// personForm asks who is helped: the number first, because the register may know the rest.
func personForm(c *lang.Catalogue) *form.Form {
	say := func(key string) lang.Text {
		t := lang.Text{}
		for _, l := range lang.All() {
			t[l] = lang.Voice{Lang: l, Catalogue: c}.T("counter." + key)
		}
		return t
	}
	f := form.Of(say("person"),
		form.Field{Name: number, Type: form.PersonID, Label: say("number"), Hint: say("number.hint"), Optional: true},
		form.Field{Name: name, Type: form.Text, Label: say("name.label")},
		form.Field{Name: born, Type: form.Date, Label: say("born"), Before: "today", Optional: true},
		form.Field{Name: phone, Type: form.Phone, Label: say("phone"), Optional: true},
		form.Field{Name: email, Type: form.Email, Label: say("email"), Optional: true})
	if err := f.Compile("counter"); err != nil {
		panic(err) // the form is part of the program
	}
	return f
}

// A choice is a service and those of the clerk's bodies that take it.
type choice struct {
	kind   *dossier.Kind
	bodies []who.Body
}

// href is where filing begins, or where one says at which body.
func (c choice) href() string {
	q := url.Values{"kind": {c.kind.Name}}
	if len(c.bodies) > 1 {
		return "/counter?" + q.Encode()
	}
	q.Set("body", c.bodies[0].Code)
	return "/counter/new?" + q.Encode()
}

// choices are the services that the clerk's bodies take and a clerk may file,
// those that hold every word first typed; each once, however many bodies take it.
func choices(r *kernel.Request, words string) (all []choice) {
	q := strings.Fields(lang.Fold(words))
	for _, code := range r.Me.Bodies(who.Clerk) {
		b, ok := r.App.Country.Body(code)
		if !ok {
			continue
		}
		for _, k := range r.App.Kinds() {
			s := k.Opening()
			if s == nil || !slices.Contains(s.By, dossier.At(who.Clerk)) || k.Takes != nil && !k.Takes(b) {
				continue
			}
			if i := slices.IndexFunc(all, func(c choice) bool { return c.kind.Name == k.Name }); i >= 0 {
				all[i].bodies = append(all[i].bodies, b)
				continue
			}
			text := " " + lang.Fold(strings.Join(called(k), " "))
			if !slices.ContainsFunc(q, func(w string) bool { return !strings.Contains(text, " "+w) }) {
				all = append(all, choice{k, []who.Body{b}})
			}
		}
	}
	return all
}

// called are the names by which a service is looked for.
func called(k *dossier.Kind) (all []string) {
	_, code, _ := strings.Cut(k.Name, "/")
	all = append(all, code, strings.ReplaceAll(code, ".", ""))
	for _, t := range k.Title {
		all = append(all, t)
	}
	if p, ok := k.Service.(*procedure.Procedure); ok {
		all = append(all, p.Words...)
	}
	return all
}

// A homePage is what a clerk begins with.
type homePage struct {
	*kernel.Request
	words   string
	one     bool // the choices are of one service
	choices []choice
	drafts  []*dossier.Draft
}

func home(r *kernel.Request) (web.Answer, error) {
	words := strings.TrimSpace(r.URL.Query().Get("q"))
	p := &homePage{Request: r, words: words, choices: choices(r, words)}
	if kind := r.URL.Query().Get("kind"); kind != "" { // one service, body by body
		var each []choice
		for _, c := range p.choices {
			for _, b := range c.bodies {
				if c.kind.Name == kind {
					each = append(each, choice{c.kind, []who.Body{b}})
				}
			}
		}
		p.choices, p.one = each, true
	}
	if words != "" && len(p.choices) == 1 {
		return web.Goto("%s", p.choices[0].href())
	}
	drafts, err := r.App.Engine.Drafts(r.Context(), r.Me.ID)
	for _, d := range drafts {
		if d.Helped != nil {
			p.drafts = append(p.drafts, d)
		}
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// own finds a draft of this clerk's counter; another's does not exist.
func own(r *kernel.Request) (*dossier.Draft, error) {
	none := fault.New(fault.NotFound, "dossier.draftmissing")
	n, err := id.Parse(r.PathValue("draft"))
	if err != nil {
		return nil, none
	}
	d, err := r.App.Engine.FindDraft(r.Context(), n)
	if err == nil && (d.Owner != r.Me.ID || d.Helped == nil && d.Dossier == 0) {
		err = none
	}
	return d, err
}

func drop(r *kernel.Request) (web.Answer, error) {
	d, err := own(r)
	if err == nil {
		err = r.App.Engine.DropDraft(r.Context(), d.ID)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/counter")
}
