package assure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/contact"
	"motcua/kernel/level"
	"motcua/kernel/passkey"
	"motcua/kernel/who"
)

// keyWait is how long everybody whom it concerns has to say that it is not he who
// asks for High by a passkey: as long as for another contact.
const keyWait = contact.Wait

const (
	keyJob    = "assure.key"  // a lift whose time has come
	scopeStop = "assure-stop" // of the links that stop one
)

// A lift is the way from Substantial to High by a passkey that is bound to one
// device. Who he is was proved before; that it is he who has the account is what
// gets surer: he signed in by two factors beside that key, used the key, and
// nobody who reads any contact of the account objected.
type lift struct {
	ID     id.ID
	Person id.ID
	Key    id.ID
	State  string
	Due    db.Time
}

// The states of a lift.
const (
	liftWaits = "waits"
	liftDone  = "done"
	liftStop  = "stopped"
	liftOver  = "over" // its time came, but not all held any more
)

// waiting is the person's lift that waits, if there is one.
func waiting(tx *db.Tx, where string, args ...any) (l lift, err error) {
	all, err := db.List(tx, func(into func(...any) error) (l lift, err error) {
		return l, into(&l.ID, &l.Person, &l.Key, &l.State, &l.Due)
	}, `select id, person, passkey, state, due from assure_key where state = '`+liftWaits+`' and `+where, args...)
	if err == nil && len(all) > 0 {
		l = all[0]
	}
	return l, err
}

// keyAbout is what the challenge is for: in this browser alone.
func keyAbout(r *kernel.Request) string { return "level " + r.Session.Number.String() }

// bound are the passkeys of r's person that lift him, and the options by which one is shown.
func bound(r *kernel.Request, tx *db.Tx) (all []passkey.Key, err error) {
	all, err = passkey.Of(tx, r.Me.ID)
	return slices.DeleteFunc(passkey.Good(all), func(k passkey.Key) bool { return !k.Bound() }), err
}

// apart makes sure that the session is substantial without any passkey.
func (h *house) apart(r *kernel.Request) (web.Answer, error) {
	a, ok, err := confirm.Apart(r, "/me/level")
	if err == nil && ok {
		a, err = web.Goto("/me/level")
	}
	return a, err
}

// key takes the passkey's answer: from now on the lift waits.
func (h *house) key(r *kernel.Request) (web.Answer, error) {
	a, ok, err := confirm.Apart(r, "/me/level")
	if err != nil || !ok {
		return a, err
	}
	err = passkey.Check(r, keyAbout(r), nil, r.Me.ID, r.PostFormValue("answer"), func(tx *db.Tx, s passkey.Shown) error {
		p, err := h.app.Book.Find(tx, r.Me.ID)
		if err != nil {
			return err
		}
		was, err := waiting(tx, `person = $1`, p.ID)
		switch {
		case err != nil:
			return err
		case p.Level.Reaches(who.High):
			return fault.New(fault.Conflict, "assure.already")
		case !p.Level.Reaches(who.Substantial):
			return fault.New(fault.Conflict, "assure.key.first")
		case !s.Key.Bound():
			return fault.New(fault.Conflict, "assure.key.moves")
		case was.ID != 0:
			return fault.New(fault.Conflict, "assure.key.waits")
		}
		l := lift{ID: h.app.IDs.New(), Person: p.ID, Key: s.Key.ID, Due: db.At(h.app.Now().Add(keyWait))}
		if _, err := tx.Exec(`insert into assure_key (id, person, passkey, state, made, due) values ($1, $2, $3, 'waits', $4, $5)`, l.ID, l.Person, l.Key, db.At(h.app.Now()), l.Due); err != nil {
			return err
		}
		if err := contact.Announce(tx, h.app, p, "assure.key.notice", l.Due.Time, contact.Link{Scope: scopeStop, About: l.ID, Path: "/level/stop/"}); err != nil {
			return err
		}
		if err := job.Add(tx, keyJob, l.ID.String(), l.Due.Time, l.ID); err != nil {
			return err
		}
		return h.app.Engine.Record(tx, p, "level.ask", p.ID, map[string]any{"lift": l.ID, "way": level.Passkey, "ref": l.Key, "due": l.Due})
	})
	if fault.Of(err) == fault.Unidentified {
		return back("", "refused")
	}
	if err != nil {
		return web.Answer{}, err
	}
	return back("", "waits")
}

// ripe raises the level of who asked for it by a passkey, when its time has come
// and what it rests on still holds.
func (h *house) ripe(ctx context.Context, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("level by a passkey: %w", err)
	}
	return h.app.DB.Write(ctx, func(tx *db.Tx) error {
		l, err := waiting(tx, `id = $1 and due <= $2`, n, db.At(h.app.Now()))
		if err != nil || l.ID == 0 {
			return err
		}
		p, err := h.app.Book.Find(tx, l.Person)
		if errors.Is(err, fault.NotFound) {
			return h.end(tx, l, liftOver)
		}
		if err != nil {
			return err
		}
		keys, err := passkey.Of(tx, p.ID)
		if err != nil {
			return err
		}
		held := slices.ContainsFunc(passkey.Good(keys), func(k passkey.Key) bool { return k.ID == l.Key && k.Bound() })
		if p.Level != who.Substantial || !held {
			if err := h.end(tx, l, liftOver); err != nil {
				return err
			}
			return h.app.Engine.Record(tx, p, "level.refuse", p.ID, map[string]any{"way": level.Passkey, "why": "over", "lift": l.ID})
		}
		if err := h.end(tx, l, liftDone); err != nil {
			return err
		}
		return h.reach(tx, p, p, level.Proof{Level: who.High, Way: level.Passkey, Ref: l.Key.String(), Number: p.Number, Name: p.Name, Born: p.Born})
	})
}

func (h *house) end(tx *db.Tx, l lift, state string) error {
	n, err := tx.Exec(`update assure_key set state = $1 where id = $2 and state = 'waits'`, state, l.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Gone, "assure.key.gone")
	}
	return err
}

// stop ends a lift before its time.
func (h *house) stop(tx *db.Tx, by who.Person, l lift) error {
	if err := h.end(tx, l, liftStop); err != nil {
		return err
	}
	return h.app.Engine.Record(tx, by, "level.stop", l.Person, map[string]any{"lift": l.ID})
}

// stopMine stops it for who is signed in: any sign-in is enough for that.
func (h *house) stopMine(r *kernel.Request) (web.Answer, error) {
	err := h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		l, err := waiting(tx, `person = $1`, r.Me.ID)
		if err != nil {
			return err
		}
		return h.stop(tx, r.Me, l)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return back("", "stopped")
}

// behind is the lift behind a link.
func behind(tx *db.Tx, s web.Session) (lift, error) {
	n, err := id.Parse(s.Label)
	if s.Scope != scopeStop || err != nil {
		return lift{}, fault.New(fault.Gone, "web.linkgone")
	}
	return waiting(tx, `id = $1 and person = $2`, n, s.Subject)
}

func (h *house) showStop(r *kernel.Request) (web.Answer, error) {
	s, err := h.app.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
	var l lift
	if err == nil {
		err = h.app.DB.Read(r.Context(), func(tx *db.Tx) error { l, err = behind(tx, s); return err })
	}
	if err == nil && l.ID == 0 {
		err = fault.New(fault.Gone, "assure.key.gone")
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(contact.StopPage(r, r.T("assure.stop"), r.T("assure.stop.lead", r.Voice.Moment(l.Due.Time))))
}

// stopByLink stops it without signing in: whoever reads the account's contacts may
// say that it was not he.
func (h *house) stopByLink(r *kernel.Request) (web.Answer, error) {
	err := h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := h.app.Sessions.Use(tx, r.PathValue("secret"))
		if err != nil {
			return err
		}
		l, err := behind(tx, s)
		if err != nil {
			return err
		}
		return h.stop(tx, who.Person{ID: l.Person}, l)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(contact.StoppedPage(r, r.T("assure.stopped.lead", h.app.Help)))
}

// alert is what every signed-in browser of the person shows while it waits.
func (h *house) alert(r *kernel.Request) (n ui.Note, err error) {
	err = h.app.DB.Read(r.Context(), func(tx *db.Tx) error {
		l, err := waiting(tx, `person = $1`, r.Me.ID)
		if err == nil && l.ID != 0 {
			n = ui.Note{Tone: ui.Soon, Title: r.T("assure.key.alert", r.Voice.Moment(l.Due.Time)), Link: ui.Link{Text: r.T("contact.look"), Href: "/me/level"}}
		}
		return err
	})
	return n, err
}

// recovered stops what waits when a person got his account back: who asked for it
// may be who had the account until now.
func (h *house) recovered(tx *db.Tx, person id.ID) error {
	_, err := tx.Exec(`update assure_key set state = 'stopped' where person = $1 and state = 'waits'`, person)
	return err
}
