// Package draft is who may open a draft, and how it goes to another device: a
// draft belongs to an account, or to whoever knows its secret, which the browser
// keeps in a cookie. Nothing needs an account before submitting.
package draft

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// A Draft is a draft on its way through one request.
type Draft struct {
	*dossier.Draft
	R    *kernel.Request
	K    *dossier.Kind
	Form *form.Form // of the opening act, never nil
	Env  form.Env
}

// The browser keeps a draft's secret under one of two names: who only keeps it
// may save, so that a session that ends in the middle of a page loses nothing;
// who holds it may read too, as a visitor without an account or by the link
// that the owner made.
const (
	holds = "draft-"
	keeps = "keep-"
)

func cookie(r *kernel.Request, name string, n id.ID, secret string) *http.Cookie {
	return r.Keep(name+n.String(), secret, dossier.Keep)
}

// secret is what the browser keeps for draft n under a name.
func secret(r *kernel.Request, name string, n id.ID) string {
	return r.Kept(name + n.String())
}

// A Page answers a request about a draft.
type Page func(*Draft) (web.Answer, error)

// Reading opens a draft for who may see it.
func Reading(do Page) func(*kernel.Request) (web.Answer, error) { return opened(do, false) }

// Writing opens a draft for who may save into it.
func Writing(do Page) func(*kernel.Request) (web.Answer, error) { return opened(do, true) }

func opened(do Page, save bool) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		n, err := id.Parse(r.PathValue("draft"))
		if err != nil {
			return web.Answer{}, missing(r.PathValue("draft"))
		}
		d, err := r.App.Engine.FindDraft(r.Context(), n)
		if err != nil {
			return web.Answer{}, err
		}
		if err := may(r, d, save); err != nil {
			return web.Answer{}, err
		}
		if d.Dossier != 0 && r.Header.Get("X-Autosave") != "" { // a page left open
			return web.Answer{}, fault.New(fault.Gone, "dossier.draftgone")
		}
		if d.Dossier != 0 {
			return web.Goto("/c/%s", d.Dossier)
		}
		x, err := prepared(r, d)
		if err != nil {
			return web.Answer{}, err
		}
		return do(x)
	}
}

func missing(n any) error {
	return fmt.Errorf("draft %v: %w", n, fault.New(fault.NotFound, "dossier.draftmissing"))
}

// may asks whether the visitor may read d, or save into it.
func may(r *kernel.Request, d *dossier.Draft, save bool) error {
	switch {
	case r.Me.ID != 0 && d.Owner == r.Me.ID, d.Knows(secret(r, holds, d.ID)), save && r.Me.ID == 0 && d.Knows(secret(r, keeps, d.ID)):
		return nil
	case r.Me.ID == 0 && d.Owner != 0:
		return fault.New(fault.Unidentified, "web.signin")
	}
	return missing(d.ID)
}

func prepared(r *kernel.Request, d *dossier.Draft) (*Draft, error) {
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return nil, err
	}
	x := &Draft{Draft: d, R: r, K: k, Form: &form.Form{}}
	if s := k.Opening(); s != nil && s.Form != nil {
		x.Form = s.Form
	} else if err := x.Form.Compile(k.Name); err != nil {
		return nil, err
	}
	x.Env = r.App.Env(r.App.Today(d.Body), r.Me, d.Org)
	return x, nil
}

// Change saves what f changes in the draft as it stands now; a visitor's draft
// becomes his own once he has signed in.
func (d *Draft) Change(f func(*dossier.Draft) error) error {
	saved, err := d.R.App.Engine.Change(d.R.Context(), d.ID, func(x *dossier.Draft) error {
		if x.Owner == 0 {
			x.Owner = d.R.Me.ID
		}
		return f(x)
	})
	if err == nil {
		d.Draft = saved
	}
	return err
}

// Shown reports whether the visitor may see what is in the draft; without he may only save.
func (d *Draft) Shown() bool { return may(d.R, d.Draft, false) == nil }

// Path is the address of a page of the draft.
func (d *Draft) Path(format string, args ...any) string {
	return "/d/" + d.ID.String() + fmt.Sprintf(format, args...)
}

// GoTo leads on after something was saved. Whose session ended in the middle of
// a page signs in first.
func (d *Draft) GoTo(to string) (web.Answer, error) {
	if !d.Shown() {
		to = "/sign-in?to=" + url.QueryEscape(to)
	}
	return web.Goto("%s", to)
}

// Merged are the draft's answers with those of one page.
func Merged(known, page form.Answers) form.Answers {
	all := maps.Clone(known)
	if all == nil {
		all = form.Answers{}
	}
	maps.Copy(all, page)
	return all
}

// Link makes a new link to the draft; those made before no longer work.
func Link(d *Draft) (web.Answer, error) {
	fresh, stored := dossier.NewSecret()
	if err := d.Change(func(x *dossier.Draft) error { x.Secret = stored; return nil }); err != nil {
		return web.Answer{}, err
	}
	name := keeps
	if d.Owner == 0 || secret(d.R, holds, d.ID) != "" {
		name = holds
	}
	a, err := web.Goto("%s", d.Path("?link=1#link"))
	return a.Cookie(cookie(d.R, name, d.ID, fresh)), err
}

// Linked is the address of the link to show, or "".
func (d *Draft) Linked() string {
	if d.R.URL.Query().Get("link") == "" {
		return ""
	}
	for _, name := range []string{holds, keeps} {
		if s := secret(d.R, name, d.ID); d.Knows(s) {
			return d.R.App.URL + "/resume/" + d.ID.String() + "/" + s
		}
	}
	return ""
}

// Drop deletes the draft with its answers; its files are swept later.
func Drop(d *Draft) (web.Answer, error) {
	if err := d.R.App.Engine.DropDraft(d.R.Context(), d.ID); err != nil {
		return web.Answer{}, err
	}
	to := "/"
	if d.R.Me.ID != 0 {
		to = "/my"
	}
	a, err := web.Goto("%s", to)
	for _, name := range []string{holds, keeps} {
		c := cookie(d.R, name, d.ID, "")
		c.MaxAge = -1
		a = a.Cookie(c)
	}
	return a, err
}

// Mine are the visitor's open drafts, the latest first: those of his account,
// without one those whose secret the browser holds.
func Mine(r *kernel.Request) (all []*dossier.Draft, err error) {
	if r.Me.ID != 0 {
		return r.App.Engine.Drafts(r.Context(), r.Me.ID)
	}
	for _, c := range r.Cookies() {
		s, ok := strings.CutPrefix(c.Name, holds)
		n, err := id.Parse(s)
		if !ok || err != nil || len(all) == 5 {
			continue
		}
		d, err := r.App.Engine.FindDraft(r.Context(), n)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil && d.Dossier == 0 && d.Owner == 0 && d.Knows(c.Value) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *dossier.Draft) int { return b.Saved.Compare(a.Saved) })
	return all, nil
}

// meant is the draft that a link of the request leads to.
func meant(r *kernel.Request) (*dossier.Draft, error) {
	n, err := id.Parse(r.PathValue("draft"))
	if err != nil {
		return nil, fault.New(fault.Gone, "draft.linkgone")
	}
	d, err := r.App.Engine.FindDraft(r.Context(), n)
	if errors.Is(err, fault.NotFound) || err == nil && (d.Dossier != 0 || !d.Knows(r.PathValue("secret"))) {
		return nil, fault.New(fault.Gone, "draft.linkgone")
	}
	return d, err
}

// ShowResume shows one button: programs that open links by themselves change nothing.
func ShowResume(r *kernel.Request) (web.Answer, error) {
	d, err := meant(r)
	if err != nil {
		return web.Answer{}, err
	}
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(resumePage(r, r.Voice.Of(k.Title), r.Voice.Moment(d.Saved)))
}

// Resume gives the browser the secret of the link.
func Resume(r *kernel.Request) (web.Answer, error) {
	d, err := meant(r)
	if err != nil {
		return web.Answer{}, err
	}
	a, err := web.Goto("/d/%s", d.ID)
	return a.Cookie(cookie(r, holds, d.ID, r.PathValue("secret"))), err
}
