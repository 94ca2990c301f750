// Package kernel is what every system is built on: read it first. A System is
// a folder under systems; an App is one running program with all of them.
package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// A System is one folder under systems/: its texts, tables, kinds, pages, operations and jobs.
type System struct {
	Name   string
	Texts  []fs.FS // each has a texts.yaml
	Schema fs.FS   // migrations, or nil
	Kinds  func(*App) ([]*dossier.Kind, error)
	Old    func(a *App, name, version string) (*dossier.Kind, error) // kinds of earlier versions, or nil
	Routes func(*App) []Route
	Ops    func(*App, *web.API)
	Jobs   func(*App) map[string]job.Do
	Calls  func(*App) map[string]job.Do // jobs that call other machines: done apart, so that a slow one delays no alarm
	After  func(*App) dossier.Then      // runs after every act, in its transaction
	Start  func(context.Context, *App) error

	Links []Link // to its pages, around those of others

	// Onward is where the applicant goes on with a dossier outside the kernel's pages, "": nowhere.
	Onward func(*Request, *dossier.Dossier) (string, error)

	// Elsewhere says whether a body carries dossiers of a kind in its own software,
	// when one is opened; nil: it knows of none.
	Elsewhere func(ctx context.Context, a *App, body, kind string) (bool, error)
	Every     []Task

	// Held are the tables of the system with an id or a word of persons, Keeps what it does about persons beside them.
	Held  []held.Table
	Keeps func(*App) held.Keeps
	// Deeds are the acts of its registers that are administrators' doing, by name.
	Deeds []string

	// SignedOut is told in their transaction which browsers were signed out, by the number of their sessions.
	SignedOut func(*App) func(tx *db.Tx, sessions []id.ID) error
	// Used is told what an app of others did for a person who lets it, by the scope
	// that it needed for that; nil: it is not asked.
	Used func(r *Request, scope string) error
	// Recovered is told in its transaction that a person got his account back: what
	// he could be signed in with until now is to be his no more.
	Recovered func(*App) func(tx *db.Tx, person id.ID) error
	// Unproved is told in its transaction that p is less surely known now, by the word of by; 0: of the node.
	Unproved func(*App) func(tx *db.Tx, by, p who.Person) error
	// Alert is what a person is to see on his own page before all else; nothing: an empty title.
	Alert func(*Request) (ui.Note, error)
	// Beyond is the origin outside to which a page of ours may lead the browser on
	// without being asked, "": none. A form that leads there has to allow it.
	Beyond func(r *Request, path string) (string, error)

	// Confirmed goes on where a person confirmed a matter of the purpose, by its number
	// (confirm.Ask): in his request, after what he said is durable.
	Confirmed func(*App) map[string]func(*Request, id.ID) (web.Answer, error)

	// Reported takes a line in which another body reports on a dossier that was
	// filed here (Line.Origin is its code here), outside any transaction; taken
	// false leaves it to the next system. It may be called again with the same line.
	Reported func(*App) func(ctx context.Context, by who.Person, sender string, l *mirror.Line) (a mirror.Answer, taken bool, err error)

	// Stands are the dossiers filed here as their bodies so reported them: those of
	// these codes or, without any, those that body opened in the span.
	Stands func(*App) func(ctx context.Context, body string, from, to time.Time, codes []string) ([]mirror.Stand, error)
}

// Unproved tells the systems that p is less surely known than before.
func (a *App) Unproved(tx *db.Tx, by, p who.Person) (err error) {
	for _, s := range a.Systems {
		if s.Unproved != nil && err == nil {
			err = s.Unproved(a)(tx, by, p)
		}
	}
	return err
}

// A Link leads to a page of a system.
type Link struct {
	At          At
	Path, Text  string // Text is a key
	Icon, About string // at Admin: a drawing of it, and the key of what one does there
	Who         Access // to whom it is shown
}

// At is where a link stands.
type At int

// The places of links.
const (
	Foot    At = iota // below every page of the public
	Office            // above every page of officials
	Admin             // on the administrators' first page
	Mine              // on a person's own page
	Safe              // there, about signing in and who is let in
	Told              // there, about what is known of him
	Counter           // on the first page of the counter
)

// Leading allows the forms of page to lead to a page of ours, and from there to
// where a system leads on.
func (r *Request) Leading(page web.Answer, to string) (web.Answer, error) {
	for _, s := range r.App.Systems {
		if s.Beyond == nil || to == "" {
			continue
		}
		origin, err := s.Beyond(r, to)
		if err != nil {
			return page, err
		}
		if origin != "" {
			return page.With("Content-Security-Policy", web.Policy("form-action 'self' "+origin)), nil
		}
	}
	return page, nil
}

// Links are those of all systems that stand at that place for r's person, in
// the systems' order.
func (r *Request) Links(at At) (all []ui.Link) {
	for _, s := range r.App.Systems {
		for _, l := range s.Links {
			if l.At == at && l.Who.Allows(r.Me) == nil {
				all = append(all, ui.Link{Text: r.T(l.Text), Href: l.Path})
			}
		}
	}
	return all
}

// A Task is done by each program again and again.
type Task struct {
	Name  string
	Pause time.Duration
	Do    func(context.Context, *App) error
}

// An Access is who may use a route. The zero Access is refused at start.
type Access struct {
	rule  string
	roles []who.Role
}

// Anyone, signed in or not.
func Anyone() Access { return Access{rule: "anyone"} }

// SignedIn is every person with a session.
func SignedIn() Access { return Access{rule: "signed in"} }

// Roles is who holds one of the roles in some body; what of the body he sees is
// asked where dossiers are read.
func Roles(roles ...who.Role) Access { return Access{rule: "roles", roles: roles} }

// String says the access as the golden matrix prints it.
func (a Access) String() string {
	if a.rule != "roles" {
		return a.rule
	}
	var all []string
	for _, r := range a.roles {
		all = append(all, string(r))
	}
	return strings.Join(all, "|")
}

// Allows asks whether p may.
func (a Access) Allows(p who.Person) error {
	switch {
	case a.rule == "anyone", a.rule == "signed in" && p.ID != 0, a.rule == "roles" && p.Holds(a.roles...):
		return nil
	case p.ID == 0:
		return fault.New(fault.Unidentified, "web.signin")
	}
	return fault.New(fault.Forbidden, "web.notyours")
}

// A Route is one page or form target. Its pattern is the whole path.
type Route struct {
	Pattern string // "GET /services/{code}"
	Who     Access
	Do      func(*Request) (web.Answer, error)
	Limit   int64         // bytes of body; 0: 1 MiB
	API     bool          // errors are problem+json
	Scope   string        // what a token must be good for; "": write, or read where nothing is changed, and nothing for apps of others
	Writes  string        // why a GET changes something a person would notice; "": it does not
	Still   time.Duration // how long the page may be shown to everybody who brings nothing private as it was made for one; it is dropped earlier when registers or services change
}

// A Request is a request of a person.
type Request struct {
	*web.Request
	App *App
	Me  who.Person

	Rest []who.Grant // dangerous roles of his that this sign-in does not carry: one factor opened it
}

// Frame is what stands around a page of the public.
func (r *Request) Frame(title, code string) ui.Frame {
	f := ui.Frame{Title: title, Code: code, Place: r.T("kernel.place"),
		Nav:     []ui.Link{{Text: r.T("kernel.nav.services"), Href: "/services"}, {Text: r.T("kernel.nav.track"), Href: "/track"}, {Text: r.T("kernel.nav.verify"), Href: "/verify"}},
		Account: ui.Link{Text: r.T("kernel.nav.signin"), Href: "/sign-in"},
		Foot:    append(r.Links(Foot), ui.Link{Text: r.T("kernel.nav.privacy"), Href: "/privacy"}, ui.Link{Text: r.T("kernel.nav.access"), Href: "/accessibility"}, ui.Link{Text: r.T("kernel.nav.api"), Href: "/api/docs"}),
		State:   r.T("kernel.state.ok")}
	if r.Me.ID != 0 {
		f.Account = ui.Link{Text: r.Me.Name, Href: "/me"}
		if r.Me.Holds(who.Clerk, who.Officer, who.Leader) {
			f.Nav = append(f.Nav, ui.Link{Text: r.T("kernel.nav.work"), Href: "/work"})
		}
	}
	return f
}

// Office is what stands around a page of officials.
func (r *Request) Office(title, code string) ui.Frame {
	f := ui.Frame{Title: title, Code: code, Office: true, Home: map[bool]string{true: "/admin", false: "/me"}[r.Me.Holds(who.Admin)], Account: ui.Link{Text: r.Me.Name, Href: "/me"}}
	if r.Me.Holds(who.Clerk, who.Officer, who.Leader) {
		f.Home, f.Nav = "/work", []ui.Link{{Text: r.T("kernel.nav.inbox"), Href: "/work"}}
	}
	if r.Me.Holds(who.Clerk) {
		f.Nav = append(f.Nav, ui.Link{Text: r.T("kernel.nav.counter"), Href: "/counter"})
	}
	f.Nav = append(f.Nav, r.Links(Office)...)
	if r.Me.Holds(who.Admin) {
		f.Nav = append(f.Nav, ui.Link{Text: r.T("kernel.nav.admin"), Href: "/admin"})
	}
	if len(r.Rest) > 0 {
		f.Nav = append(f.Nav, ui.Link{Text: r.T("kernel.nav.surer"), Href: "/me/surer"})
	}
	if all := r.Me.Bodies(); len(all) > 0 {
		f.Place = r.BodyName(all[0])
	}
	return f.At(r.URL.Path)
}

// BodyName is what a body is called in r's language.
func (r *Request) BodyName(code string) string {
	b, _ := r.App.Country.Body(code)
	return r.Voice.Of(b.Name)
}

// tones are the colours of the public states.
var tones = map[dossier.Public]ui.Tone{dossier.Drafted: ui.Plain, dossier.Submitted: ui.Info, dossier.Action: ui.Soon, dossier.Progress: ui.Info,
	dossier.Ready: ui.Good, dossier.Closed: ui.Plain}

// Tag is what a citizen is told of a public state.
func (r *Request) Tag(p dossier.Public) ui.Tag {
	return ui.Tag{Text: r.T("kernel.public." + string(p)), Tone: tones[p]}
}

// ActTitle is what an act is called in r's language.
func (r *Request) ActTitle(k *dossier.Kind, s *dossier.Step) string { return ActTitle(r.Voice, k, s) }

// ActTitle is what an act is called.
func ActTitle(v lang.Voice, k *dossier.Kind, s *dossier.Step) string {
	if s.Title != nil {
		return v.Of(s.Title)
	}
	return v.T(system(k.Name) + ".act." + s.Act)
}

// StateTitle is what a state is called.
func StateTitle(v lang.Voice, k *dossier.Kind, s dossier.State) string {
	if t := k.Stands[s].Title; t != nil {
		return v.Of(t)
	}
	return v.T(system(k.Name) + ".state." + string(s))
}

func system(kind string) string {
	name, _, _ := strings.Cut(kind, "/")
	return name
}

// mount puts every route on mux; one that says nobody may use it is an error.
func (a *App) mount(mux *http.ServeMux, routes []Route) error {
	var bad []error
	for _, rt := range routes {
		if rt.Who.rule == "" {
			bad = append(bad, fmt.Errorf("route %q does not say who may use it", rt.Pattern))
			continue
		}
		mux.Handle(rt.Pattern, a.Web.Handle(web.Options{Limit: rt.Limit, API: rt.API, Scope: rt.Scope, Still: rt.Still}, func(r *web.Request) (web.Answer, error) {
			r.Request = r.WithContext(dossier.Through(r.Context(), dossier.WayOf(rt.Pattern, rt.API)))
			q, err := a.request(r)
			if err == nil {
				err = q.allowed(rt.Who)
			}
			if err == errSurer && !rt.API && r.Method == http.MethodGet {
				return web.Goto("/me/surer?to=%s", url.QueryEscape(r.URL.RequestURI()))
			}
			if err != nil {
				return web.Answer{}, err
			}
			answer, err := rt.Do(q)
			if err == nil {
				err = q.used(rt.Scope)
			}
			return answer, err
		}))
	}
	return errors.Join(bad...)
}

// request finds the person of a session.
func (a *App) request(r *web.Request) (*Request, error) {
	q := &Request{Request: r, App: a}
	if n := r.Session.Subject; n != 0 {
		p, err := a.Book.Person(r.Context(), n)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		q.Me = p
		if r.Session.Sort == web.App { // it acts for the person alone, never with the rights of his office or his company
			q.Me.Grants, q.Me.Mandates = nil, nil
		}
		q.carry()
	}
	return q, nil
}

// used tells the systems what an app did.
func (r *Request) used(scope string) error {
	if r.Session.Sort != web.App {
		return nil
	}
	for _, s := range r.App.Systems {
		if s.Used != nil {
			if err := s.Used(r, scope); err != nil {
				return err
			}
		}
	}
	return nil
}

// Op adds an operation of the API for those whom access allows.
func Op[I, O any](a *App, api *web.API, op web.Op, access Access, do func(*Request, *I) (*O, error)) {
	a.ops = append(a.ops, Route{Pattern: op.Method + " " + op.Path, Who: access, API: true, Scope: op.Scope})
	op.Open = access.rule == "anyone"
	web.Add(api, op, func(r *web.Request) (*Request, error) {
		r.Request = r.WithContext(dossier.Through(r.Context(), dossier.WayOf(op.Path, true)))
		q, err := a.request(r)
		if err != nil {
			return nil, err
		}
		return q, q.allowed(access)
	}, func(r *Request, in *I) (*O, error) {
		out, err := do(r, in)
		if err == nil {
			err = r.used(op.Scope)
		}
		return out, err
	})
}
