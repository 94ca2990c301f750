package door

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/job"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/onetime"
	"motcua/kernel/second"
	"motcua/kernel/who"
)

// A form is a page of the door with one thing to fill in or two.
type form struct {
	name   string // text keys door.<name>.title, .lead and .button
	action string
	fields []ui.Field
	hidden [][2]string
	wrong  string
	links  []ui.Link
}

func (f form) show(r *kernel.Request) (web.Answer, error) {
	if f.wrong != "" {
		f.fields[len(f.fields)-1].Error = f.wrong
		return web.ShowWrong(formPage(r, f))
	}
	a, err := web.Show(formPage(r, f))
	if err != nil {
		return a, err
	}
	return r.Leading(a, f.to())
}

// to is where the person wants to go in the end.
func (f form) to() string {
	for _, h := range f.hidden {
		if h[0] == "to" {
			return h[1]
		}
	}
	return ""
}

// said is an error in words.
func said(r *kernel.Request, err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return r.T(f.Code, f.Args...)
	}
	return r.T("web.detail.500")
}

// half is how long somebody may take between his password and the code of his app.
const half = 10 * time.Minute

// Further lets a person in who showed these ways, or asks for a code of his app
// first: who has one is asked for it wherever one way would do, at his body's own
// provider too, unless that asked for two factors itself.
func Further(r *kernel.Request, p who.Person, to string, ways ...who.Way) (web.Answer, error) {
	var has bool
	if who.Strength(ways).Reaches(who.Substantial) {
		return Enter(r, p, to, ways...)
	}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		has, _, err = second.App(tx, p.ID)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	if !has {
		return Enter(r, p, to, ways...)
	}
	var secret string
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		secret, err = r.App.Sessions.Make(tx, web.OneTime, p.ID, "half "+who.Scope(ways), p.Login, half)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return appForm(r, secret, to).show(r)
}

func appForm(r *kernel.Request, secret, to string) form {
	return form{name: "app", action: "/sign-in/app", hidden: [][2]string{{"half", secret}, {"to", to}}, fields: []ui.Field{codeField(r)},
		links: []ui.Link{{Text: r.T("door.recovery.link"), Href: "/sign-in/recovery"}}}
}

func codeField(r *kernel.Request) ui.Field {
	return ui.Field{Type: ui.Code, Name: "code", Label: r.T("door.code"), Auto: "one-time-code", Size: 6, Max: 12}
}

// useApp takes the code of an app, after the way before it.
func useApp(r *kernel.Request) (web.Answer, error) {
	secret, to := r.PostFormValue("half"), web.Inside(r.PostFormValue("to"))
	s, err := r.App.Sessions.Find(r.Context(), web.OneTime, secret)
	if err != nil {
		return web.Answer{}, err
	}
	ways, ok := strings.CutPrefix(s.Scope, "half ")
	if !ok {
		return web.Answer{}, fault.New(fault.Gone, "door.halfgone")
	}
	f, t := appForm(r, secret, to), try(r, "app", s.Label)
	if a, ok, err := slow(r, t, f); !ok {
		return a, err
	}
	shared, err := second.Secret(r.Context(), r.App, s.Subject)
	if err != nil {
		return web.Answer{}, err
	}
	var right bool
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if right, err = second.Check(tx, r.App, s.Subject, shared, r.PostFormValue("code")); err == nil && right {
			_, err = r.App.Sessions.Use(tx, secret)
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	if !right {
		f.wrong = r.T("door.code.wrong")
		return f.show(r)
	}
	r.App.Guard.Right(t)
	p, err := r.App.Book.Person(r.Context(), s.Subject)
	if err != nil {
		return web.Answer{}, err
	}
	return Enter(r, p, to, append(who.Ways(ways), who.App)...)
}

func loginField(r *kernel.Request, login string) ui.Field {
	return ui.Field{Type: ui.Text, Name: "login", Label: r.T("door.login"), Value: login, Auto: "username"}
}

func codeAsk(r *kernel.Request, to string) form {
	return form{name: "codeask", action: "/sign-in/code", hidden: [][2]string{{"to", to}}, fields: []ui.Field{loginField(r, r.PostFormValue("login")),
		{Type: ui.Choice, Name: "kind", Label: r.T("door.where"), Value: string(post.SMS), Options: []ui.Option{{Value: string(post.SMS), Label: r.T("door.where.sms")}, {Value: string(post.Mail), Label: r.T("door.where.mail")}}}}}
}

func askCode(r *kernel.Request) (web.Answer, error) {
	return codeAsk(r, web.Inside(r.URL.Query().Get("to"))).show(r)
}

// codeJob sends a code to who has an account with a contact that answered. It is
// done later and apart, so that the page takes the same time whether there is one.
const codeJob = "sign-in code"

type wanted struct {
	Login string    `json:"login"`
	Kind  post.Kind `json:"kind"`
	About string    `json:"about"`
}

// entering is what a code is for that signs somebody in. Who is known on his
// device has codes of his own, which nobody elsewhere can use up.
func entering(r *kernel.Request, login string) string {
	if d := try(r, "", login).Device; d != "" {
		return "enterknown/" + d
	}
	return "enter"
}

func sendCode(r *kernel.Request) (web.Answer, error) {
	to, login := web.Inside(r.PostFormValue("to")), strings.ToLower(strings.TrimSpace(r.PostFormValue("login")))
	t := try(r, "code for", login)
	if a, ok, err := slow(r, t, codeAsk(r, to)); !ok {
		return a, err
	}
	now := r.App.Now()
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		return job.Add(tx, codeJob, r.App.IDs.New().String(), now, wanted{login, post.Kind(r.PostFormValue("kind")), entering(r, login)})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return codeForm(r, login, to).show(r)
}

func codeForm(r *kernel.Request, login, to string) form {
	return form{name: "codeenter", action: "/sign-in/code/enter", hidden: [][2]string{{"login", login}, {"to", to}}, fields: []ui.Field{codeField(r)},
		links: []ui.Link{{Text: r.T("door.code.again"), Href: "/sign-in/code"}}}
}

func deliverCode(ctx context.Context, a *kernel.App, body []byte) error {
	var w wanted
	if err := json.Unmarshal(body, &w); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.Book.ByLogin(tx, w.Login)
		if err != nil {
			return err
		}
		all, err := onetime.Contacts(tx, p)
		if err != nil {
			return err
		}
		var to onetime.Contact
		for _, c := range all {
			if c.Alone(a.Now()) && (to.Kind == "" || c.Kind == w.Kind) {
				to = c
			}
		}
		if to.Kind == "" {
			return nil
		}
		if p.Lang == "" {
			p.Lang = lang.All()[0]
		}
		return onetime.Send(tx, a, p, to, w.About, "door.code.text")
	})
	switch fault.Of(err) {
	case fault.NotFound, fault.TooMany: // nobody, or he has enough of them
		return nil
	}
	return err
}

// useCode takes the code that was sent.
func useCode(r *kernel.Request) (web.Answer, error) {
	login, to := strings.ToLower(strings.TrimSpace(r.PostFormValue("login"))), web.Inside(r.PostFormValue("to"))
	f, t := codeForm(r, login, to), try(r, "code", login)
	if a, ok, err := slow(r, t, f); !ok {
		return a, err
	}
	var p who.Person
	var right bool
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		p, err = r.App.Book.ByLogin(tx, login)
		if err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
		right, err = onetime.Check(tx, r.App, p.ID, entering(r, login), r.PostFormValue("code"))
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	if !right || p.ID == 0 {
		f.wrong = r.T("door.code.wrong")
		return f.show(r)
	}
	r.App.Guard.Right(t)
	return Further(r, p, to, who.Code)
}

func recoveryForm(r *kernel.Request) form {
	return form{name: "recovery", action: "/sign-in/recovery", fields: []ui.Field{loginField(r, r.PostFormValue("login")),
		{Type: ui.Text, Name: "code", Label: r.T("door.recovery.code"), Hint: r.T("door.recovery.hint"), Max: 40}}}
}

func askRecovery(r *kernel.Request) (web.Answer, error) { return recoveryForm(r).show(r) }

// useRecovery lets somebody in with one of his codes on paper. He lost something:
// every other browser is signed out, and he is told everywhere.
func useRecovery(r *kernel.Request) (web.Answer, error) {
	f, t := recoveryForm(r), try(r, "recovery", r.PostFormValue("login"))
	if a, ok, err := slow(r, t, f); !ok {
		return a, err
	}
	var p who.Person
	var ok bool
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		person, yes, err := second.Recover(tx, r.App, r.PostFormValue("login"), r.PostFormValue("code"))
		if ok = yes; err != nil || !ok {
			return err
		}
		if p, err = r.App.Book.Find(tx, person); err != nil {
			return err
		}
		left, err := second.Left(tx, person)
		if err != nil {
			return err
		}
		if err := r.App.Sessions.EndAll(tx, web.Browser, person); err != nil {
			return err
		}
		if err := r.App.Engine.Record(tx, p, "recovery.use", p.ID, nil); err != nil {
			return err
		}
		return device.Tell(r, tx, p, "recovery", left)
	})
	if err != nil {
		return web.Answer{}, err
	}
	if !ok {
		f.wrong = r.T("door.recovery.wrong")
		return f.show(r)
	}
	r.App.Guard.Right(t)
	return Enter(r, p, "/me/ways", who.Recovery)
}
