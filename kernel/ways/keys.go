package ways

import (
	"cmp"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/passkey"
)

// addKey stores the passkey that the browser made.
func addKey(r *kernel.Request) (web.Answer, error) {
	v, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	name := strings.TrimSpace(r.PostFormValue("name"))
	if len(name) > 60 {
		v.field, v.wrong = "name", r.T("ways.key.long")
		return v.show()
	}
	name = cmp.Or(name, device.Name(r.UserAgent()), r.T("device.unknown"))
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := passkey.Add(tx, r, name, r.PostFormValue("answer")); err != nil {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "passkey.add", r.Me.ID, nil); err != nil {
			return err
		}
		return device.Tell(r, tx, r.Me, "added", name)
	})
	if fault.Of(err) == fault.Unidentified {
		passkey.Log(r, err)
		v.field, v.wrong = "name", r.T("passkey.refused")
		return v.show()
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/ways")
}

// removeKey takes a passkey away, but never the last way in.
func removeKey(r *kernel.Request) (web.Answer, error) {
	v, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	n, err := id.Parse(r.PathValue("key"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "passkey.none")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		w := view{Request: r, sent: map[string]bool{}}
		if err := w.read(tx); err != nil {
			return err
		}
		name, left, last := "", 0, false
		for _, k := range w.keys {
			switch good := k.Stopped.IsZero(); {
			case k.ID == n:
				name, last = k.Name, good
			case good:
				left++
			}
		}
		if last && left == 0 && !w.others() {
			return fault.New(fault.Conflict, "ways.last")
		}
		if err := passkey.Remove(tx, r.App, r.Me, r.Me.ID, n); err != nil {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "passkey.remove", r.Me.ID, nil); err != nil {
			return err
		}
		return device.Tell(r, tx, r.Me, "removed", name)
	})
	if fault.Of(err) == fault.Conflict {
		v.field, v.wrong = "keys", r.T("ways.last")
		return v.show()
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/ways")
}

// others reports whether the person comes in without any passkey.
func (v *view) others() bool {
	if v.password {
		return true
	}
	for _, c := range v.contacts {
		if !c.Answered.IsZero() {
			return true
		}
	}
	return false
}
