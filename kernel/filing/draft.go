package filing

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// A draft is a draft on its way through one request.
type draft struct {
	*dossier.Draft
	r    *kernel.Request
	kind *dossier.Kind
	form *form.Form // of the opening act, never nil
	env  form.Env
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
	return &http.Cookie{Name: name + n.String(), Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil, MaxAge: int(dossier.Keep.Seconds())}
}

// secret is what the browser keeps for draft n under a name.
func secret(r *kernel.Request, name string, n id.ID) string {
	if c, err := r.Cookie(name + n.String()); err == nil {
		return c.Value
	}
	return ""
}

type page func(*draft) (web.Answer, error)

// reading opens a draft for who may see it.
func reading(do page) func(*kernel.Request) (web.Answer, error) { return opened(do, false) }

// writing opens a draft for who may save into it.
func writing(do page) func(*kernel.Request) (web.Answer, error) { return opened(do, true) }

func opened(do page, save bool) func(*kernel.Request) (web.Answer, error) {
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

func prepared(r *kernel.Request, d *dossier.Draft) (*draft, error) {
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return nil, err
	}
	x := &draft{Draft: d, r: r, kind: k, form: &form.Form{}}
	if s := k.Opening(); s != nil && s.Form != nil {
		x.form = s.Form
	} else if err := x.form.Compile(k.Name); err != nil {
		return nil, err
	}
	x.env = r.App.Env(r.App.Today(d.Body), r.Me, d.Org)
	return x, nil
}

// change saves what f changes in the draft as it stands now; a visitor's draft
// becomes his own once he has signed in.
func (d *draft) change(f func(*dossier.Draft) error) error {
	saved, err := d.r.App.Engine.Change(d.r.Context(), d.ID, func(x *dossier.Draft) error {
		if x.Owner == 0 {
			x.Owner = d.r.Me.ID
		}
		return f(x)
	})
	if err == nil {
		d.Draft = saved
	}
	return err
}

// path is the address of a page of the draft.
func (d *draft) path(format string, args ...any) string {
	return "/d/" + d.ID.String() + fmt.Sprintf(format, args...)
}

// goTo leads on after something was saved. Whose session ended in the middle of
// a page signs in first.
func (d *draft) goTo(to string) (web.Answer, error) {
	if may(d.r, d.Draft, false) != nil {
		to = "/sign-in?to=" + url.QueryEscape(to)
	}
	return web.Goto("%s", to)
}

// asked are the papers that these answers ask for.
func (d *draft) asked() (all []dossier.Paper) {
	for _, p := range d.kind.Papers {
		if p.When == nil || p.When(d.Answers) {
			all = append(all, p)
		}
	}
	return all
}

// merged are the draft's answers with those of one page.
func merged(known, page form.Answers) form.Answers {
	all := maps.Clone(known)
	if all == nil {
		all = form.Answers{}
	}
	maps.Copy(all, page)
	return all
}

// link makes a new link to the draft; those made before no longer work.
func link(d *draft) (web.Answer, error) {
	fresh, stored := dossier.NewSecret()
	if err := d.change(func(x *dossier.Draft) error { x.Secret = stored; return nil }); err != nil {
		return web.Answer{}, err
	}
	name := keeps
	if d.Owner == 0 || secret(d.r, holds, d.ID) != "" {
		name = holds
	}
	a, err := web.Goto("%s", d.path("?link=1#link"))
	return a.Cookie(cookie(d.r, name, d.ID, fresh)), err
}

// linked is the secret of the link to show on the hub, or "".
func (d *draft) linked() string {
	if d.r.URL.Query().Get("link") == "" {
		return ""
	}
	for _, name := range []string{holds, keeps} {
		if s := secret(d.r, name, d.ID); d.Knows(s) {
			return s
		}
	}
	return ""
}

// drop deletes the draft with its answers; its files are swept later.
func drop(d *draft) (web.Answer, error) {
	if err := d.r.App.Engine.DropDraft(d.r.Context(), d.ID); err != nil {
		return web.Answer{}, err
	}
	to := "/"
	if d.r.Me.ID != 0 {
		to = "/my"
	}
	a, err := web.Goto("%s", to)
	for _, name := range []string{holds, keeps} {
		c := cookie(d.r, name, d.ID, "")
		c.MaxAge = -1
		a = a.Cookie(c)
	}
	return a, err
}

// meant is the draft that a link of the request leads to.
func meant(r *kernel.Request) (*dossier.Draft, error) {
	n, err := id.Parse(r.PathValue("draft"))
	if err != nil {
		return nil, fault.New(fault.Gone, "filing.linkgone")
	}
	d, err := r.App.Engine.FindDraft(r.Context(), n)
	if errors.Is(err, fault.NotFound) || err == nil && (d.Dossier != 0 || !d.Knows(r.PathValue("secret"))) {
		return nil, fault.New(fault.Gone, "filing.linkgone")
	}
	return d, err
}

// showResume shows one button: programs that open links by themselves change nothing.
func showResume(r *kernel.Request) (web.Answer, error) {
	d, err := meant(r)
	if err != nil {
		return web.Answer{}, err
	}
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(resumePage(r, r.Voice.Of(k.Title), d.Saved))
}

func resume(r *kernel.Request) (web.Answer, error) {
	d, err := meant(r)
	if err != nil {
		return web.Answer{}, err
	}
	a, err := web.Goto("/d/%s", d.ID)
	return a.Cookie(cookie(r, holds, d.ID, r.PathValue("secret"))), err
}
