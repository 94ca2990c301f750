package recover

import (
	"errors"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/contact"
	"motcua/kernel/who"
)

// behind is the case behind a one-time link of this scope.
func (h *house) behind(tx *db.Tx, s web.Session, scope string) (m matter, err error) {
	n, bad := id.Parse(s.Label)
	if s.Scope != scope || bad != nil {
		return m, fault.New(fault.Gone, "web.linkgone")
	}
	if m, err = find(tx, n); err == nil && (m.Person != s.Subject || h.over(m)) {
		err = fault.New(fault.Gone, "web.linkgone")
	}
	return m, err
}

// peek looks at a link without using it.
func (h *house) peek(r *kernel.Request, scope string) (m matter, err error) {
	s, err := h.app.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
	if err == nil {
		err = h.app.DB.Read(r.Context(), func(tx *db.Tx) error { m, err = h.behind(tx, s, scope); return err })
	}
	return m, err
}

// ready reports whether the way in is open: the wait is over, and as many clerks
// looked as have to.
func (h *house) ready(m matter) error {
	if h.app.Now().Before(m.Due.Time) || !m.seen() {
		return fault.New(fault.Conflict, "recover.early")
	}
	return nil
}

func (h *house) showIn(r *kernel.Request) (web.Answer, error) {
	m, err := h.peek(r, scopeIn)
	if err == nil {
		err = h.ready(m)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(inPage(r, ""))
}

// finish gives the account a new password and ends whatever else it could be
// signed in with, in one transaction with the link.
func (h *house) finish(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	a := h.app
	asked, err := h.peek(r, scopeIn) // no hashing for who has no link
	if err != nil {
		return web.Answer{}, err
	}
	owner, err := a.Book.Person(r.Context(), asked.Person)
	if err != nil {
		return web.Answer{}, err
	}
	hash, err := a.Guard.Hash(r.Context(), owner, r.PostForm.Get("password"))
	var wrong *fault.Error
	if errors.As(err, &wrong) && len(wrong.Fields) > 0 {
		return web.ShowWrong(inPage(r, r.T(wrong.Fields[0].Code, wrong.Fields[0].Args...)))
	}
	if err != nil {
		return web.Answer{}, err
	}
	err = a.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := a.Sessions.Use(tx, r.PathValue("secret"))
		if err != nil {
			return err
		}
		m, err := h.behind(tx, s, scopeIn)
		if err == nil {
			err = h.ready(m)
		}
		if err != nil {
			return err
		}
		p, err := a.Book.Find(tx, m.Person)
		if err != nil {
			return err
		}
		all, err := h.trusted(tx, p, a.Now())
		if err != nil {
			return err
		}
		if len(all) == 0 {
			err = contact.Tell(tx, a, p, "recover.done")
		} else {
			err = contact.Tell(tx, a, p, "recover.done.trust", len(all), a.Voice(p.Lang, "").Moment(all[0].ID.At()), a.URL+trustPath)
		}
		if err != nil {
			return err
		}
		if err = recovered(a, tx, p.ID); err != nil {
			return err
		}
		if err = a.Book.SetPassword(tx, p, hash); err != nil {
			return err
		}
		if err = a.Book.SetContact(tx, p, p.ID, m.Kind == string(post.Mail), m.Contact); err != nil {
			return err
		}
		return h.end(tx, p, m, done, "recover.done")
	})
	if err != nil {
		return web.Answer{}, err
	}
	r.SetCookie("")
	return web.Goto("/sign-in")
}

// end ends a case by an act.
func (h *house) end(tx *db.Tx, by who.Person, m matter, state, act string) error {
	n, err := tx.Exec(`update recover_case set state = $1, ended = $2 where id = $3 and state = 'waiting'`, state, db.At(h.app.Now()), m.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Gone, "web.linkgone")
	}
	if err != nil {
		return err
	}
	return h.app.Engine.Record(tx, by, act, m.Person, map[string]any{"case": m.ID})
}

func (h *house) showStop(r *kernel.Request) (web.Answer, error) {
	m, err := h.peek(r, scopeStop)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(stopPage(r, m))
}

// stopByLink stops a recovery without signing in: whoever reads the account's
// contacts may say that it was not he.
func (h *house) stopByLink(r *kernel.Request) (web.Answer, error) {
	a := h.app
	err := a.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := a.Sessions.Use(tx, r.PathValue("secret"))
		if err != nil {
			return err
		}
		m, err := h.behind(tx, s, scopeStop)
		if err != nil {
			return err
		}
		return h.end(tx, who.Person{ID: m.Person}, m, stopped, "recover.stop")
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(stoppedPage(r))
}

// mine is the case that waits for r's person.
func (h *house) mine(r *kernel.Request) (m matter, err error) {
	err = h.app.DB.Read(r.Context(), func(tx *db.Tx) error { m, err = latest(tx, r.Me.ID); return err })
	if err == nil && (m.ID == 0 || h.over(m)) {
		err = fault.New(fault.NotFound, "recover.none")
	}
	return m, err
}

func (h *house) showMine(r *kernel.Request) (web.Answer, error) {
	m, err := h.mine(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(stopPage(r, m))
}

func (h *house) stopMine(r *kernel.Request) (web.Answer, error) {
	m, err := h.mine(r)
	if err == nil {
		err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error { return h.end(tx, r.Me, m, stopped, "recover.stop") })
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(stoppedPage(r))
}
