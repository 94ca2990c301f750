package confirm

import (
	"crypto/sha256"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// entering is the purpose of a confirmation that makes a session surer.
const entering = "enter"

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
	var n id.ID
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		n, err = Ask(tx, r, Matter{Purpose: entering, Digest: session(r), Title: r.T("confirm.enter"), Least: least, Back: back})
		return err
	})
	if err == nil {
		a, err = web.Goto("%s", Path(n))
	}
	return a, false, err
}

// session is the digest of the sign-in that is to be surer.
func session(r *kernel.Request) [32]byte {
	return sha256.Sum256([]byte("enter " + r.Session.Number.String()))
}

// entered gives the browser a fresh secret for the same session, entered by one way more.
func (v *view) entered() (web.Answer, error) {
	var secret string
	err := v.App.DB.Write(v.Context(), func(tx *db.Tx) error {
		said, err := Take(tx, v.App, v.Me.ID, entering, session(v.Request))
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
