// Package staffing is how bodies bring their own people: from their directory (SCIM
// 2.0), and through their own provider (OpenID Connect), so that who left there
// has left here. A body does so for its own people alone.
package staffing

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/held"
	"motcua/kernel/rights"
	"motcua/kernel/ways"
	"motcua/kernel/who"
	"motcua/systems/staffing/scim"
	"motcua/systems/staffing/source"
	"motcua/systems/staffing/upstream"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// A house is the system in one program.
type house struct{ upstream *upstream.House }

// System is the bodies' own people.
func System() kernel.System {
	h := new(house)
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "staffing", Texts: []fs.FS{files}, Schema: schema, Routes: h.routes,
		Deeds: []string{"staffing.source", "staffing.token", "staffing.add", "staffing.change", "staffing.link"},
		Held: []held.Table{
			{Name: "staffing_source", Told: "what bodies configured", Stays: "the account of a directory is nobody's"},
			{Name: "staffing_user", Of: "person = $1", Goes: held.Closed, Tell: "body, login, external, name, email, phone", Times: "made, changed"},
			{Name: "staffing_link", Of: "person = $1", Goes: held.Closed, Tell: "body, issuer, subject", Times: "at"},
			{Name: "staffing_try", Of: "person = $1", Goes: held.Closed, Told: "good for minutes"}},
		Recovered: func(*kernel.App) func(*db.Tx, id.ID) error { return source.Unlink },
		Start:     func(_ context.Context, a *kernel.App) error { h.upstream = upstream.NewHouse(a); return nil },
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/staff", Text: "staffing.title", Icon: "person", About: "staffing.about", Who: kernel.Roles(who.Admin)},
			{At: kernel.Foot, Path: "/staff", Text: "staffing.in.link", Who: kernel.Anyone()}}}
}

func (h *house) routes(*kernel.App) []kernel.Route {
	anyone, admin := kernel.Anyone(), kernel.Roles(who.Admin)
	return append(scim.Routes(),
		kernel.Route{Pattern: "GET /staff", Who: anyone, Do: list},
		kernel.Route{Pattern: "POST /staff/in", Who: anyone, Do: h.in},
		kernel.Route{Pattern: "POST /staff/link", Who: kernel.SignedIn(), Do: h.link},
		kernel.Route{Pattern: "GET " + upstream.Back, Who: anyone, Do: h.back, Writes: "the provider sends the browser back by a GET; the request it answers is used up"},
		kernel.Route{Pattern: "GET /admin/staff", Who: admin, Do: show},
		kernel.Route{Pattern: "POST /admin/staff", Who: admin, Do: save},
		kernel.Route{Pattern: "POST /admin/staff/token", Who: admin, Do: token})
}

// A page is a body's source before its administrator.
type page struct {
	*kernel.Request
	body   who.Body
	source source.Source
	ask    rights.Ask // for another provider, by this administrator
	asked  bool       // there is such an asking
	users  []source.User
	typed  url.Values
	wrong  *fault.Error
	token  string // shown once
}

// open finds the body that the form names, or the administrator's own first.
func open(r *kernel.Request) (*page, error) {
	if err := r.ParseForm(); err != nil {
		return nil, fault.New(fault.Invalid, "fault.invalid")
	}
	code := r.Form.Get("body")
	for _, g := range r.Me.Grants {
		if code == "" && g.Role == who.Admin {
			code = g.Body
		}
	}
	b, ok := r.App.Country.Body(code)
	if code != "" && (!ok || !r.App.Country.Rules(r.Me, code)) {
		return nil, fault.New(fault.NotFound, "who.body")
	}
	p := &page{Request: r, body: b, typed: url.Values{}}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if p.source, err = source.Of(tx, b.Code); fault.Of(err) == fault.NotFound {
			p.source, err = source.Source{Body: b.Code}, nil
		}
		if err == nil {
			p.users, err = source.Users(tx, b.Code)
		}
		if err == nil && p.source.Account != 0 {
			p.ask, p.asked, err = rights.Latest(tx, r.App, r.Me, rights.Provider, p.source.Account)
		}
		return err
	})
	issuer, client := p.source.Issuer, p.source.Client
	if p.asked {
		issuer, client, _ = strings.Cut(p.ask.Detail, " ")
	}
	p.typed.Set("issuer", issuer)
	p.typed.Set("client", client)
	return p, err
}

func show(r *kernel.Request) (web.Answer, error) {
	p, err := open(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// now is the source as it stands, with the account that its directory acts in the
// name of.
func (p *page) now(tx *db.Tx) (source.Source, error) {
	s, err := source.Of(tx, p.body.Code)
	if fault.Of(err) != fault.NotFound {
		return s, err
	}
	x, err := p.App.Book.Add(tx, p.Me, who.Person{Name: p.T("staffing.account", p.Voice.Of(p.body.Name))}, "")
	if s = (source.Source{Body: p.body.Code, Account: x.ID}); err == nil {
		err = source.Put(tx, p.App, p.Me, s, "")
	}
	return s, err
}

// save writes what the administrator says of his body's provider. Another provider,
// or another client of it, takes a second administrator; its secret, which only
// shows it that we ask, and having none any more take one.
func save(r *kernel.Request) (web.Answer, error) {
	p, err := open(r)
	if err != nil {
		return web.Answer{}, err
	}
	said := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	issuer, client := strings.TrimSuffix(said("issuer"), "/"), said("client")
	var wrong []fault.Field
	if u, err := url.Parse(issuer); issuer != "" && (err != nil || strings.ContainsFunc(issuer, unicode.IsSpace) || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && r.App.Demo)) {
		wrong = append(wrong, fault.Field{Pointer: "/issuer", Code: "staffing.wrong.issuer"})
	}
	if issuer != "" && (client == "" || len(client) > 200) {
		wrong = append(wrong, fault.Field{Pointer: "/client", Code: "staffing.wrong.client"})
	}
	if p.body.Code == "" {
		wrong = append(wrong, fault.Field{Pointer: "/body", Code: "staffing.wrong.body"})
	}
	if wrong != nil {
		p.typed, p.wrong = r.PostForm, &fault.Error{Kind: fault.Invalid, Code: "fault.invalid", Fields: wrong}
		return web.ShowWrong(p.page())
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := p.now(tx)
		if err == nil && issuer != "" && (s.Issuer != issuer || s.Client != client) {
			allowed, err := rights.Allowed(tx, r.App, r.Me, rights.Provider, s.Account, s.Body, issuer+" "+client)
			if err != nil || !allowed {
				return err
			}
		}
		if err != nil {
			return err
		}
		s.Issuer, s.Client = issuer, client
		return source.Put(tx, r.App, r.Me, s, said("secret"))
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/admin/staff?%s", url.Values{"body": {p.body.Code}}.Encode())
}

// token gives the body's directory a new token, shown once.
func token(r *kernel.Request) (web.Answer, error) {
	p, err := open(r)
	if err == nil && p.body.Code == "" {
		err = fault.New(fault.Conflict, "staffing.wrong.body")
	}
	if err != nil {
		return web.Answer{}, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := p.now(tx)
		if err != nil {
			return err
		}
		p.token, err = source.Token(tx, r.App, r.Me, s)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// list shows the bodies whose people sign in at their own provider.
func list(r *kernel.Request) (web.Answer, error) {
	var all []source.Source
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = source.Providers(tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	allow := "form-action 'self'"
	for _, s := range all {
		if u, err := url.Parse(s.Issuer); err == nil {
			allow += " " + u.Scheme + "://" + u.Host
		}
	}
	a, err := web.Show(listPage(r, all))
	return a.With("Content-Security-Policy", web.Policy(allow)), err
}

const cookie = "staff"

func (h *house) in(r *kernel.Request) (web.Answer, error) { return h.begin(r, upstream.Try{}) }

// link lets somebody who is signed in here say who he is over there: another way
// in, and so asked for as surely as any.
func (h *house) link(r *kernel.Request) (web.Answer, error) {
	if a, ok, err := ways.Sure(r, "/staff"); err != nil || !ok {
		return a, err
	}
	return h.begin(r, upstream.Try{Person: r.Me.ID})
}

func (h *house) begin(r *kernel.Request, t upstream.Try) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	t.Onward = web.Inside(r.PostForm.Get("to"))
	var s source.Source
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		s, err = source.Of(tx, r.PostForm.Get("body"))
		return err
	})
	switch {
	case err != nil:
		return web.Answer{}, err
	case s.Issuer == "" || t.Person != 0 && !works(r.Me, s.Body):
		return web.Answer{}, fault.New(fault.NotFound, "staffing.none")
	}
	to, browser, err := h.upstream.Begin(r.Context(), s, t)
	if err != nil {
		slog.WarnContext(r.Context(), "staff provider does not answer", "body", s.Body, "err", err)
		return web.Answer{}, fault.New(fault.Unavailable, "staffing.away")
	}
	a, err := web.Goto("%s", to)
	return a.Cookie(r.Keep(cookie, browser, upstream.Life)), err
}

// works reports whether somebody holds a role in the body.
func works(p who.Person, body string) bool {
	return slices.ContainsFunc(p.Grants, func(g who.Grant) bool { return g.Body == body })
}

// back takes who comes back from his body's provider. He comes in only as
// somebody of that body; what the provider says of others is not believed.
func (h *house) back(r *kernel.Request) (web.Answer, error) {
	t, s, said, err := h.upstream.End(r.Context(), r.URL.Query(), r.Kept(cookie))
	refused := func(why error) (web.Answer, error) {
		slog.WarnContext(r.Context(), "staff refused", "body", s.Body, "err", why)
		return web.ShowWrong(refusedPage(r))
	}
	switch {
	case errors.Is(err, upstream.ErrAnswer):
		return refused(err)
	case err != nil:
		return web.Answer{}, err
	case t.Person != 0 && (r.Session.Sort != web.Browser || r.Me.ID != t.Person || !works(r.Me, s.Body)):
		return refused(errors.New("somebody else came back to link"))
	}
	if t.Person != 0 {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := source.Link(tx, r.App, r.Me, s, said.Subject, r.Me.ID); err != nil {
				return err
			}
			return device.Tell(r, tx, r.Me, "added", r.BodyName(s.Body))
		})
		if err != nil {
			return web.Answer{}, err
		}
		return web.Goto("/staff")
	}
	var p who.Person
	may := false
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		n, err := source.Linked(tx, s, said.Subject)
		if err == nil {
			may, err = source.Active(tx, n)
		}
		if err == nil {
			p, err = r.App.Book.Find(tx, n)
		}
		return err
	})
	if fault.Of(err) == fault.NotFound || err == nil && (!may || !works(p, s.Body)) {
		return refused(errors.New("nobody of this body"))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return door.Further(r, p, t.Onward, said.Ways...) // the other cookie is good for nothing any more, and ends by itself
}

func (p *page) field(name string, kind ui.Type) ui.Field {
	f := ui.Field{Type: kind, Name: name, Label: p.T("staffing." + name), Hint: p.T("staffing." + name + ".hint"), Value: p.typed.Get(name), Optional: name == "secret"}
	if p.wrong != nil {
		for _, w := range p.wrong.Fields {
			if w.Pointer == "/"+name {
				f.Error = p.T(w.Code, w.Args...)
			}
		}
	}
	return f
}
