// Package admin is who works where: an administrator of a body adds people to
// it and to the bodies below, gives them roles and takes them back.
package admin

import (
	"cmp"
	"embed"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/review"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// welcome is how long the link lives with which somebody sets a first password.
const welcome = 7 * 24 * time.Hour

// listed is how many of the bodies below one are listed; the rest, which may be
// thousands, are looked for by name.
const listed = 100

// System is the administration.
func System() kernel.System {
	admins := kernel.Roles(who.Admin)
	return kernel.System{Name: "admin", Texts: []fs.FS{texts}, Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{
			{Pattern: "GET /admin", Who: admins, Do: home},
			{Pattern: "GET /admin/people", Who: admins, Do: people},
			{Pattern: "POST /admin/people", Who: admins, Do: add},
			{Pattern: "GET /admin/people/{id}", Who: admins, Do: person},
			{Pattern: "POST /admin/people/{id}", Who: admins, Do: change},
			{Pattern: "POST /admin/people/{id}/remove", Who: admins, Do: remove},
			{Pattern: "POST /admin/people/{id}/grant", Who: admins, Do: grant},
			{Pattern: "POST /admin/people/{id}/withdraw", Who: admins, Do: withdraw},
			{Pattern: "POST /admin/people/{id}/link", Who: admins, Do: link},
		}
	}}
}

// body finds a body that the administrator rules; any other does not exist for him.
func body(r *kernel.Request, code string) (who.Body, error) {
	b, ok := named(r, code)
	if !ok || !r.App.Country.Rules(r.Me, b.Code) {
		return b, fault.New(fault.NotFound, "who.body")
	}
	return b, nil
}

// named is the body of a code; the node has none.
func named(r *kernel.Request, code string) (who.Body, bool) {
	if code == "" {
		return who.Body{Name: lang.Text{r.Lang: r.T("admin.node"), lang.VI: r.T("admin.node")}}, true
	}
	return r.App.Country.Body(code)
}

// own are the bodies of which one is administrator.
func own(r *kernel.Request) (all []who.Body) {
	for _, g := range r.Me.Grants {
		if b, ok := named(r, g.Body); ok && g.Role == who.Admin {
			all = append(all, b)
		}
	}
	return all
}

// home shows what waits for r's person before all else.
func home(r *kernel.Request) (web.Answer, error) {
	var notes []ui.Note
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		notes = nil
		asked, err := rights.Waiting(tx, r.App, r.Me)
		late := 0
		if err == nil {
			late, err = review.Overdue(tx, r.App, r.Me)
		}
		if asked > 0 {
			notes = append(notes, ui.Note{Tone: ui.Soon, Text: r.T("admin.waiting", asked), Link: ui.Link{Text: r.T("admin.waiting.see"), Href: "/admin/rights"}})
		}
		if late > 0 {
			notes = append(notes, ui.Note{Tone: ui.Bad, Text: r.T("review.below", late), Link: ui.Link{Text: r.T("admin.waiting.see"), Href: "/admin/reviews"}})
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(homePage(r, notes, own(r), r.App.Country.Seek(r.URL.Query().Get("q"), func(b who.Body) bool { return r.App.Country.Rules(r.Me, b.Code) }, 30)))
}

// A peoplePage is a body and those who work in it.
type peoplePage struct {
	*kernel.Request
	body  who.Body
	above []who.Body // that one rules too, highest first
	below []who.Body
	staff []who.Person
	asked []rights.Ask // roles that wait for a second administrator
	held  []rights.Held
	names map[id.ID]string
	words string
	typed url.Values
	wrong map[string]string
	fresh *who.Person // for whom the link is
	link  string      // shown once
}

func open(r *kernel.Request, code string) (*peoplePage, error) {
	b, err := body(r, code)
	if err != nil {
		return nil, err
	}
	p := &peoplePage{Request: r, body: b, below: r.App.Country.Below(b.Code), typed: url.Values{}}
	for _, x := range r.App.Country.Path(b.Code) {
		if x.Code != b.Code && r.App.Country.Rules(r.Me, x.Code) {
			p.above = append([]who.Body{x}, p.above...)
		}
	}
	return p, nil
}

// fill reads the staff; the words look in names and sign-in names.
func (p *peoplePage) fill(words string) error {
	staff, err := p.App.Book.Staff(p.Context(), p.body.Code, who.Roles()...)
	if err == nil {
		err = p.App.DB.Read(p.Context(), func(tx *db.Tx) (err error) {
			p.names = map[id.ID]string{}
			if p.held, err = rights.Holders(tx, p.App.Now(), p.body.Code); err == nil {
				p.asked, err = rights.In(tx, p.App, p.body.Code)
			}
			for _, h := range p.held {
				if err == nil {
					err = rights.Named(tx, p.names, h.By)
				}
			}
			for _, k := range p.asked {
				if err == nil && !slices.ContainsFunc(staff, func(x who.Person) bool { return x.ID == k.Person }) {
					var x who.Person
					x, err = p.App.Book.Find(tx, k.Person)
					staff = append(staff, x)
				}
			}
			return err
		})
	}
	p.words = strings.TrimSpace(words)
	q := lang.Fold(p.words)
	p.staff = slices.DeleteFunc(staff, func(x who.Person) bool { return !strings.Contains(lang.Fold(x.Name+" "+x.Login), q) })
	slices.SortFunc(p.staff, func(a, b who.Person) int { return cmp.Compare(a.Name, b.Name) })
	return err
}

func people(r *kernel.Request) (web.Answer, error) {
	code := r.URL.Query().Get("body")
	if all := own(r); !r.URL.Query().Has("body") && len(all) > 0 {
		code = all[0].Code
	}
	p, err := open(r, code)
	if err == nil {
		err = p.fill(r.URL.Query().Get("q"))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// add registers somebody, or finds who has the sign-in name already, and gives a first role.
func add(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	p, err := open(r, r.PostForm.Get("body"))
	if err != nil {
		return web.Answer{}, err
	}
	p.typed = r.PostForm
	get := func(name string) string { return strings.TrimSpace(p.typed.Get(name)) }
	var secret string
	var x who.Person
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		secret = ""
		if get("login") == "" {
			return fault.Wrong(fault.Field{Pointer: "/login", Code: "who.loginshape"})
		}
		x, err = r.App.Book.ByLogin(tx, get("login"))
		known := err == nil
		if err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
		if !known {
			if x, err = r.App.Book.Add(tx, r.Me, who.Person{Login: get("login"), Name: get("name"), Email: get("email"), Phone: get("phone")}, ""); err != nil {
				return err
			}
			if secret, err = r.App.Sessions.Make(tx, web.OneTime, x.ID, "password", "", welcome); err != nil {
				return err
			}
		}
		return p.give(tx, x, who.Role(get("role")))
	})
	if p.wrong = ask.Wrong(r.Voice, err); p.wrong != nil {
		if err := p.fill(""); err != nil {
			return web.Answer{}, err
		}
		return web.ShowWrong(p.page())
	}
	if err != nil {
		return web.Answer{}, err
	}
	if secret == "" {
		return web.Goto("/admin/people?%s", url.Values{"body": {p.body.Code}, "q": {x.Login}}.Encode())
	}
	return p.once(x, secret)
}

// give lets x hold a role in the page's body.
func (p *peoplePage) give(tx *db.Tx, x who.Person, role who.Role) error {
	switch {
	case x.Is(role, p.body.Code):
		return nil
	case p.body.Code == "" && role != who.Admin && role != who.Warden: // the node has no desks
		return fault.Wrong(fault.Field{Pointer: "/role", Code: "who.role"})
	}
	_, err := rights.Give(tx, p.App, p.Me, 0, x, role, p.body.Code, time.Time{})
	return err
}

// once shows the link for setting a password. It stands in this answer alone:
// in an address it would stay in histories, so the page is not redirected to.
func (p *peoplePage) once(x who.Person, secret string) (web.Answer, error) {
	p.typed, p.fresh, p.link = url.Values{}, &x, p.App.URL+"/welcome/"+secret
	if err := p.fill(""); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// member is the person of the path, who works in the body of the form.
func member(r *kernel.Request) (p *peoplePage, x who.Person, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, x, fault.Wrong()
	}
	if p, err = open(r, r.Form.Get("body")); err != nil {
		return nil, x, err
	}
	n, err := id.Parse(r.PathValue("id"))
	if err == nil {
		x, err = r.App.Book.Person(r.Context(), n)
	}
	if err == nil {
		err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			p.asked, err = rights.In(tx, r.App, p.body.Code)
			return err
		})
	}
	if err != nil || !slices.ContainsFunc(x.Grants, func(g who.Grant) bool { return g.Body == p.body.Code }) && !slices.ContainsFunc(p.asked, func(k rights.Ask) bool { return k.Person == x.ID }) {
		return nil, x, fault.New(fault.NotFound, "who.missing")
	}
	return p, x, nil
}

func (p *peoplePage) back() (web.Answer, error) {
	return web.Goto("/admin/people?%s", url.Values{"body": {p.body.Code}}.Encode())
}

func grant(r *kernel.Request) (web.Answer, error) {
	p, x, err := member(r)
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return p.give(tx, x, who.Role(r.PostForm.Get("role"))) })
	}
	if err != nil {
		return web.Answer{}, err
	}
	return p.back()
}

// withdraw takes a role back; nobody shuts himself out.
func withdraw(r *kernel.Request) (web.Answer, error) {
	p, x, err := member(r)
	role := who.Role(r.PostFormValue("role"))
	if err == nil && x.ID == r.Me.ID && role == who.Admin {
		err = fault.New(fault.Conflict, "admin.self")
	}
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return r.App.Book.Withdraw(tx, r.Me, x.ID, role, p.body.Code) })
	}
	if err != nil {
		return web.Answer{}, err
	}
	return p.back()
}

// resets reports whether a new password of x is the administrator's to give: the
// account is for work alone, and for bodies that he rules alone. Whoever else
// had it would be somebody with other rights, or a citizen.
func resets(r *kernel.Request, x who.Person) bool {
	return x.Login != "" && x.Number == "" && len(x.Mandates) == 0 &&
		!slices.ContainsFunc(x.Grants, func(g who.Grant) bool { return !r.App.Country.Rules(r.Me, g.Body) })
}

// link makes a new link for somebody who lost his password.
func link(r *kernel.Request) (web.Answer, error) {
	p, x, err := member(r)
	if err == nil && !resets(r, x) {
		err = fault.New(fault.Forbidden, "admin.link.not")
	}
	var secret string
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			secret = ""
			if x, err = r.App.Book.Find(tx, x.ID); err != nil {
				return err
			}
			if dangerous(x) {
				allowed, err := rights.Allowed(tx, r.App, r.Me, rights.Password, x.ID, p.body.Code, "")
				if err != nil || !allowed {
					return err
				}
			}
			if secret, err = r.App.Sessions.Make(tx, web.OneTime, x.ID, "password", "", welcome); err != nil {
				return err
			}
			return r.App.Engine.Record(tx, r.Me, "password.link", x.ID, map[string]any{"body": p.body.Code})
		})
	}
	if err != nil {
		return web.Answer{}, err
	}
	if secret == "" { // another administrator has to approve first
		return p.back()
	}
	return p.once(x, secret)
}

// errors are the lines of the error summary.
func (p *peoplePage) errors() (all ui.ErrorSummary) { return ask.Rest(nil, p.wrong) }
