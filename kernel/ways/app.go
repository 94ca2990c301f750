package ways

import (
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/second"
)

// beginApp gives the person a secret to put into his app.
func beginApp(r *kernel.Request) (web.Answer, error) {
	_, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return second.Begin(tx, r.App, r.Me.ID) })
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/ways#app")
}

// confirmApp takes the first code of the app: it counts from now on.
func confirmApp(r *kernel.Request) (web.Answer, error) {
	v, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	if !v.appWaits {
		return web.Goto("/me/ways")
	}
	var right bool
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if right, err = second.Check(tx, r.App, r.Me.ID, v.secret, r.PostFormValue("code")); err != nil || !right {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "app.add", r.Me.ID, nil); err != nil {
			return err
		}
		return device.Tell(r, tx, r.Me, "added", r.T("ways.app"))
	})
	if err != nil {
		return web.Answer{}, err
	}
	if !right {
		v.field, v.wrong = "app", r.T("ways.app.wrong")
		return v.show()
	}
	return web.Goto("/me/ways#app")
}

// removeApp takes the app away; the password stays.
func removeApp(r *kernel.Request) (web.Answer, error) {
	_, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := second.Remove(tx, r.App, r.Me.ID); err != nil {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "app.remove", r.Me.ID, nil); err != nil {
			return err
		}
		return device.Tell(r, tx, r.Me, "removed", r.T("ways.app"))
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/ways#app")
}

// recovery gives the person new recovery codes: the answer shows them, nothing later does.
func recovery(r *kernel.Request) (web.Answer, error) {
	v, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if v.codes, err = second.Recovery(tx, r.App, r.Me.ID); err != nil {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "recovery.make", r.Me.ID, nil); err != nil {
			return err
		}
		return device.Tell(r, tx, r.Me, "added", r.T("ways.recovery"))
	})
	if err != nil {
		return web.Answer{}, err
	}
	v.left = len(v.codes)
	return v.show()
}

// setPassword sets another password, or the first. Other browsers are signed out.
func setPassword(r *kernel.Request) (web.Answer, error) {
	v, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	hash, err := r.App.Guard.Hash(r.Context(), r.Me, r.PostFormValue("password"))
	if fault.Of(err) == fault.Invalid {
		v.field, v.wrong = "password", wrongPassword(r, err)
		return v.show()
	}
	var secret string
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			if err = r.App.Book.SetPassword(tx, r.Me, hash); err != nil {
				return err
			}
			if err = device.Tell(r, tx, r.Me, "password"); err != nil {
				return err
			}
			if err = r.App.Sessions.EndAll(tx, web.Browser, r.Me.ID); err != nil {
				return err
			}
			if secret, err = r.App.Sessions.Make(tx, web.Browser, r.Me.ID, r.Session.Scope, r.Session.Label, web.Life); err != nil {
				return err
			}
			return r.App.Sessions.Rests(tx, secret, r.Session.Idle)
		})
	}
	if err != nil {
		return web.Answer{}, err
	}
	r.SetCookie(secret)
	return web.Goto("/me/ways")
}
