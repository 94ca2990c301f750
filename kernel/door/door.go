// Package door is how people come in: signing in and out, one-time links, the
// first administrator, an account of one's own.
package door

import (
	"context"
	"embed"
	"errors"
	"io/fs"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/passkey"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the door.
func System() kernel.System {
	return kernel.System{Name: "door", Texts: []fs.FS{texts}, Routes: routes,
		Jobs: func(a *kernel.App) map[string]job.Do {
			return map[string]job.Do{codeJob: func(ctx context.Context, body []byte) error { return deliverCode(ctx, a, body) }}
		}}
}

func routes(*kernel.App) []kernel.Route {
	anyone := kernel.Anyone()
	return []kernel.Route{
		{Pattern: "GET /sign-in", Who: anyone, Do: showSignIn},
		{Pattern: "POST /sign-in", Who: anyone, Do: signIn},
		{Pattern: "POST /sign-in/passkey", Who: anyone, Do: signInByKey},
		{Pattern: "POST /sign-in/app", Who: anyone, Do: useApp},
		{Pattern: "GET /sign-in/code", Who: anyone, Do: askCode},
		{Pattern: "POST /sign-in/code", Who: anyone, Do: sendCode},
		{Pattern: "POST /sign-in/code/enter", Who: anyone, Do: useCode},
		{Pattern: "GET /sign-in/recovery", Who: anyone, Do: askRecovery},
		{Pattern: "POST /sign-in/recovery", Who: anyone, Do: useRecovery},
		{Pattern: "POST /sign-out", Who: anyone, Do: signOut},
		{Pattern: "GET /me/name", Who: kernel.SignedIn(), Do: showName},
		{Pattern: "GET /register", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return ask(r, register, nil, nil) }},
		{Pattern: "POST /register", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return answer(r, register) }},
		{Pattern: "GET /once/{secret}", Who: anyone, Do: showOnce},
		{Pattern: "POST /once/{secret}", Who: anyone, Do: useOnce},
		{Pattern: "GET /setup/{secret}", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return ask(r, setup, nil, nil) }},
		{Pattern: "POST /setup/{secret}", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return answer(r, setup) }},
		{Pattern: "GET /welcome/{secret}", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return ask(r, welcome, nil, nil) }},
		{Pattern: "POST /welcome/{secret}", Who: anyone, Do: func(r *kernel.Request) (web.Answer, error) { return answer(r, welcome) }},
		{Pattern: "GET /me", Who: kernel.SignedIn(), Do: me},
		{Pattern: "POST /me/everywhere", Who: kernel.SignedIn(), Do: signOutEverywhere},
	}
}

func showSignIn(r *kernel.Request) (web.Answer, error) {
	to := web.Inside(r.URL.Query().Get("to"))
	if r.Me.ID != 0 && !r.URL.Query().Has("again") {
		return web.Goto("%s", start(r.Me, to))
	}
	return showPage(r, to, "", "")
}

// showPage is the sign-in page; what was wrong is said on it.
func showPage(r *kernel.Request, to, login, wrong string) (web.Answer, error) {
	options := ""
	if passkey.Possible(r.App) {
		var err error
		if options, err = passkey.Ask(r.App, "sign-in", nil, nil); err != nil {
			return web.Answer{}, err
		}
	}
	page := signInPage(r, to, login, wrong, options)
	a, err := web.Show(page)
	if wrong != "" {
		a, err = web.ShowWrong(page)
	}
	if err != nil {
		return a, err
	}
	return r.Leading(a, to)
}

// start is where a person begins.
func start(p who.Person, to string) string {
	switch {
	case to != "":
		return to
	case p.Holds(who.Clerk, who.Officer, who.Leader):
		return "/work"
	case p.Holds(who.Admin):
		return "/admin"
	}
	return "/my"
}

func signIn(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	login, to := r.PostForm.Get("login"), web.Inside(r.PostForm.Get("to"))
	p, err := r.App.Guard.SignIn(r.Context(), try(r, throttle.Password, login), r.PostForm.Get("password"))
	var f *fault.Error
	if errors.As(err, &f) && (f.Kind == fault.Unidentified || f.Kind == fault.TooMany) {
		return showPage(r, to, login, r.T(f.Code, f.Args...))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return Further(r, p, to, who.Password)
}

// signInByKey takes the answer of a passkey, whosever it is.
func signInByKey(r *kernel.Request) (web.Answer, error) {
	to := web.Inside(r.PostFormValue("to"))
	var p who.Person
	err := passkey.Check(r, "sign-in", nil, 0, r.PostFormValue("answer"), func(_ *db.Tx, s passkey.Shown) error {
		p = s.Person
		return nil
	})
	if fault.Of(err) == fault.Unidentified {
		return showPage(r, to, "", r.T("passkey.refused"))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return Enter(r, p, to, who.Passkey)
}

// Enter begins a session under a fresh secret, whatever the browser had before:
// the same person signs in again, another one takes the browser over.
func Enter(r *kernel.Request, p who.Person, to string, ways ...who.Way) (web.Answer, error) {
	return enter(r, p, to, false, ways...)
}

// enter is Enter; told says that the person was just told of what this browser did.
func enter(r *kernel.Request, p who.Person, to string, told bool, ways ...who.Way) (web.Answer, error) {
	var secret string
	scope := who.Scope(ways)
	was, a := r.Session, r.App
	if was.Sort == web.Browser && was.Subject != p.ID {
		if err := a.Sessions.End(r.Context(), r.Secret()); err != nil {
			return web.Answer{}, err
		}
	}
	name := device.Name(r.UserAgent())
	err := a.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if err := a.Book.SignedIn(tx, p); err != nil {
			return err
		}
		if was.Sort == web.Browser && was.Subject == p.ID && was.Number != 0 {
			secret, err = a.Sessions.Again(tx, was, scope, web.Life)
			return err
		}
		if !told {
			if err = device.Seen(r, tx, p, name); err != nil {
				return err
			}
		}
		if secret, err = a.Sessions.Make(tx, web.Browser, p.ID, scope, name, web.Life); err != nil {
			return err
		}
		return a.Sessions.Rests(tx, secret, rest(p))
	})
	if err != nil {
		return web.Answer{}, err
	}
	r.SetCookie(secret)
	remember(r, p.Login)
	return web.Goto("%s", start(p, to))
}

func signOut(r *kernel.Request) (web.Answer, error) {
	if err := r.App.Sessions.End(r.Context(), r.Secret()); err != nil {
		return web.Answer{}, err
	}
	r.SetCookie("")
	return web.Goto("/")
}

func signOutEverywhere(r *kernel.Request) (web.Answer, error) {
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return r.App.Sessions.EndAll(tx, web.Browser, r.Me.ID) })
	if err != nil {
		return web.Answer{}, err
	}
	r.SetCookie("")
	return web.Goto("/sign-in")
}

// showOnce shows one button: programs that open links in mails burn nothing.
func showOnce(r *kernel.Request) (web.Answer, error) {
	s, err := r.App.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
	if err != nil {
		return web.Answer{}, err
	}
	if s.Scope != "sign-in" {
		return web.Answer{}, fault.New(fault.Gone, "web.linkgone")
	}
	p, err := r.App.Book.Person(r.Context(), s.Subject)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(oncePage(r, p.Name, s.Label))
}

func useOnce(r *kernel.Request) (web.Answer, error) {
	var s web.Session
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if s, err = r.App.Sessions.Use(tx, r.PathValue("secret")); err == nil && s.Scope != "sign-in" {
			err = fault.New(fault.Gone, "web.linkgone")
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	p, err := r.App.Book.Person(r.Context(), s.Subject)
	if err != nil {
		return web.Answer{}, err
	}
	ways := []who.Way{who.Link}
	if r.App.Demo { // whoever was given somebody's part there has what that person knows
		ways = append(ways, who.Password)
	}
	return Enter(r, p, "", ways...)
}

func me(r *kernel.Request) (web.Answer, error) { return web.Show(mePage(r)) }
