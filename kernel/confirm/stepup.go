package confirm

import (
	"crypto/sha256"
	"net/url"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// The purposes of a confirmation that makes a session surer: by whatever way, or
// by a code alone.
const (
	entering = "enter"
	coding   = "enter.code"
)

// steps reports whether the confirmation makes a session surer.
func (o open) steps() bool { return o.Purpose == entering || o.Purpose == coding }

// Surer sends r's person to the page of confirmation when he did not sign in as
// surely as a thing needs, and from there back to the path; ok: it was sure enough.
func Surer(r *kernel.Request, least who.Level, back string) (a web.Answer, ok bool, err error) {
	if r.Me.ID == 0 {
		return a, false, fault.New(fault.Unidentified, "web.signin")
	}
	if r.Session.Sort != web.Browser {
		return a, false, fault.New(fault.Forbidden, "web.notyours")
	}
	if who.Strength(who.Ways(r.Session.Scope)).Reaches(least) {
		return a, true, nil
	}
	return ask(r, entering, least, back)
}

// Apart sends r's person to the page of confirmation when what he signed in with
// beside passkeys is no second factor, for a code, or to sign in with a password
// first; ok: it is one. What lets a passkey count for more asks it, so that no
// passkey vouches for itself.
func Apart(r *kernel.Request, back string) (a web.Answer, ok bool, err error) {
	ways := beside(r)
	switch {
	case r.Session.Sort != web.Browser:
		return a, false, fault.New(fault.Forbidden, "web.notyours")
	case Beside(r):
		return a, true, nil
	case !who.Strength(append(ways, who.Code)).Reaches(who.Substantial):
		a, err = web.Goto("/sign-in?again=1&to=%s", url.QueryEscape(back))
		return a, false, err
	}
	return ask(r, coding, who.Substantial, back)
}

func ask(r *kernel.Request, purpose string, least who.Level, back string) (a web.Answer, ok bool, err error) {
	var n id.ID
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		n, err = Ask(tx, r, Matter{Purpose: purpose, Digest: session(r), Title: r.T("confirm.enter"), Least: least, Back: back})
		return err
	})
	if err == nil {
		a, err = web.Goto("%s", Path(n))
	}
	return a, false, err
}

// Beside reports whether what r's person signed in with beside passkeys is a
// second factor: whether Apart has nothing to ask.
func Beside(r *kernel.Request) bool { return who.Strength(beside(r)).Reaches(who.Substantial) }

// beside are the ways that the session was entered by, without passkeys.
func beside(r *kernel.Request) []who.Way {
	return slices.DeleteFunc(who.Ways(r.Session.Scope), func(w who.Way) bool { return w == who.Passkey })
}

// session is the digest of the sign-in that is to be surer.
func session(r *kernel.Request) [32]byte {
	return sha256.Sum256([]byte("enter " + r.Session.Number.String()))
}

// entered gives the browser a fresh secret for the same session, entered by one way more.
func (v *view) entered() (web.Answer, error) {
	var secret string
	err := v.App.DB.Write(v.Context(), func(tx *db.Tx) error {
		said, err := Take(tx, v.App, v.Me.ID, v.Purpose, session(v.Request))
		if err == nil {
			secret, err = v.App.Sessions.Again(tx, v.Session, who.Scope(append(who.Ways(v.Session.Scope), said.Way)), web.Life)
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	v.SetCookie(secret)
	return web.Goto("%s", v.Back)
}
