// Package ways is a person's page of the ways by which he signs in: passkeys,
// contacts that answer, and what he falls back upon.
//
// What changes them asks for a sign-in of a moment ago, as sure as the surest way
// he has: who stole a password cannot make himself a passkey with it.
package ways

import (
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/contact"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/second"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var files embed.FS

// System is the page of ways to sign in.
func System() kernel.System {
	me := kernel.SignedIn()
	return kernel.System{Name: "ways", Texts: []fs.FS{files},
		Links: []kernel.Link{{At: kernel.Safe, Path: "/me/ways", Text: "ways.title", Who: me}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /me/ways", Who: me, Do: show},
				{Pattern: "POST /me/ways/keys", Who: me, Do: addKey},
				{Pattern: "POST /me/ways/keys/{key}/remove", Who: me, Do: removeKey},
				{Pattern: "POST /me/ways/app", Who: me, Do: beginApp},
				{Pattern: "POST /me/ways/app/code", Who: me, Do: confirmApp},
				{Pattern: "POST /me/ways/app/remove", Who: me, Do: removeApp},
				{Pattern: "POST /me/ways/recovery", Who: me, Do: recovery},
				{Pattern: "POST /me/ways/password", Who: me, Do: setPassword},
				{Pattern: "POST /me/ways/contacts/{kind}", Who: me, Do: sendCode},
				{Pattern: "POST /me/ways/contacts/{kind}/code", Who: me, Do: checkCode},
				{Pattern: "POST /me/ways/contacts/{kind}/new", Who: me, Do: askNew},
				{Pattern: "POST /me/ways/contacts/{kind}/new/code", Who: me, Do: answerNew},
				{Pattern: "POST /me/ways/contacts/{kind}/new/now", Who: me, Do: newNow},
				{Pattern: "POST /me/ways/contacts/{kind}/new/stop", Who: me, Do: stopNew}}
		}}
}

// lately is how long a sign-in is good for changing the ways.
const lately = 15 * time.Minute

// A view is the page.
type view struct {
	*kernel.Request
	keys     []passkey.Key
	contacts []onetime.Contact
	sent     map[string]bool // by kind: a code waits
	changes  []contact.Change
	password bool
	options  string   // to make a passkey; "": there are none here
	app      bool     // gives codes
	appWaits bool     // was begun with and not confirmed
	secret   []byte   // of an app not confirmed
	left     int      // recovery codes
	codes    []string // recovery codes just made
	wrong    string
	field    string // which is wrong
	to       string // where he goes on when a contact has answered
}

func read(r *kernel.Request) (*view, error) {
	if r.Session.Sort != web.Browser { // a program with a token of his is not he
		return nil, fault.New(fault.Forbidden, "web.notyours")
	}
	v := &view{Request: r, sent: map[string]bool{}, to: web.Inside(r.FormValue("to"))}
	err := r.App.DB.Read(r.Context(), v.read)
	if err == nil && v.appWaits {
		v.secret, err = second.Secret(r.Context(), r.App, r.Me.ID)
	}
	if err == nil && passkey.Possible(r.App) && len(v.keys) < passkey.Most {
		v.options, err = passkey.Offer(r, v.keys)
	}
	return v, err
}

func (v *view) read(tx *db.Tx) (err error) {
	if v.keys, err = passkey.Of(tx, v.Me.ID); err != nil {
		return err
	}
	if v.contacts, err = onetime.Contacts(tx, v.Me); err != nil {
		return err
	}
	for _, c := range v.contacts {
		if _, v.sent[string(c.Kind)], err = onetime.Waits(tx, v.App, v.Me.ID, about(c)); err != nil {
			return err
		}
	}
	if v.changes, err = contact.Open(tx, v.App, v.Me.ID); err != nil {
		return err
	}
	if v.app, v.appWaits, err = second.App(tx, v.Me.ID); err != nil {
		return err
	}
	if v.left, err = second.Left(tx, v.Me.ID); err != nil {
		return err
	}
	v.password, err = v.App.Book.HasPassword(tx, v.Me.ID)
	return err
}

func show(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	return v.show()
}

func (v *view) show() (web.Answer, error) {
	if v.wrong != "" {
		return web.ShowWrong(v.page())
	}
	return web.Show(v.page())
}

// here is the page at that place, which remembers where the person goes on.
func (v *view) here(at string) (web.Answer, error) {
	if v.to == "" {
		return web.Goto("/me/ways#%s", at)
	}
	return web.Goto("/me/ways?to=%s#%s", url.QueryEscape(v.to), at)
}

// least is how sure a sign-in has to be to change the ways.
func (v *view) least() who.Level {
	switch {
	case len(passkey.Good(v.keys)) > 0:
		return who.High
	case v.app:
		return who.Substantial
	}
	return who.Low
}

// wrongPassword is what is wrong with a new password, in words.
func wrongPassword(r *kernel.Request, err error) string {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return r.T(f.Fields[0].Code, f.Fields[0].Args...)
	}
	return r.T("web.detail.422")
}

// Sure sends r's person away who has to sign in once more before he is given
// another way in, wherever that is, and from there back; ok: he need not.
func Sure(r *kernel.Request, back string) (a web.Answer, ok bool, err error) {
	v, err := read(r)
	if err == nil {
		a, ok, err = v.sure(back)
	}
	return a, ok, err
}

// sure is Sure of what was read. Who came in with what stands in for a lost way
// is as sure as he can be.
func (v *view) sure(back string) (a web.Answer, ok bool, err error) {
	if v.Session.Made.Add(lately).Before(v.App.Now()) {
		a, err = web.Goto("/sign-in?again=1&to=%s", url.QueryEscape(back))
		return a, false, err
	}
	for _, w := range who.Ways(v.Session.Scope) {
		if w == who.Recovery {
			return a, true, nil
		}
	}
	return confirm.Surer(v.Request, v.least(), back)
}

// change is read and sure at once.
func change(r *kernel.Request) (v *view, a web.Answer, ok bool, err error) {
	if v, err = read(r); err == nil {
		a, ok, err = v.sure("/me/ways")
	}
	return v, a, ok, err
}
