package admin

import (
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// dangerous reports whether x holds a dangerous role anywhere.
func dangerous(x who.Person) bool {
	return slices.ContainsFunc(x.Grants, func(g who.Grant) bool { return g.Role.Dangerous() })
}

// changes reports whether an administrator may write x's name and contacts: of an
// account for work alone in bodies he rules, and of nobody with a dangerous role.
// He changes them himself: whoever changed them for him could have his notices.
func changes(r *kernel.Request, x who.Person) bool { return resets(r, x) && !dangerous(x) }

// person shows somebody of the body.
func person(r *kernel.Request) (web.Answer, error) {
	p, x, err := member(r)
	if err == nil {
		err = p.about(x)
	}
	if err != nil {
		return web.Answer{}, err
	}
	p.typed.Set("name", x.Name)
	p.typed.Set("email", x.Email)
	p.typed.Set("phone", x.Phone)
	return web.Show(p.one(x))
}

// about reads what x holds in the body, and the names of who gave it.
func (p *peoplePage) about(x who.Person) error {
	return p.App.DB.Read(p.Context(), func(tx *db.Tx) error {
		held, err := rights.Holders(tx, p.App.Now(), p.body.Code)
		p.held, p.names = nil, map[id.ID]string{}
		for _, h := range held {
			if h.Person == x.ID {
				p.held = append(p.held, h)
				if err == nil {
					err = rights.Named(tx, p.names, h.By, h.Asker, h.Covers)
				}
			}
		}
		return err
	})
}

// change writes another name and other contacts.
func change(r *kernel.Request) (web.Answer, error) {
	p, x, err := member(r)
	if err == nil && !changes(r, x) {
		err = fault.New(fault.Forbidden, "admin.change.not")
	}
	if err != nil {
		return web.Answer{}, err
	}
	p.typed = r.PostForm
	get := func(name string) string { return strings.TrimSpace(p.typed.Get(name)) }
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		y, err := r.App.Book.Find(tx, x.ID)
		if err == nil && !changes(r, y) {
			err = fault.New(fault.Forbidden, "admin.change.not")
		}
		if err != nil {
			return err
		}
		y.Name, y.Email, y.Phone = get("name"), get("email"), get("phone")
		return r.App.Book.Change(tx, r.Me, y)
	})
	if p.wrong = ask.Wrong(r.Voice, err); p.wrong != nil {
		if err := p.about(x); err != nil {
			return web.Answer{}, err
		}
		return web.ShowWrong(p.one(x))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/admin/people/%s?body=%s", x.ID, p.body.Code)
}

// remove takes every role that somebody has or waits for in the body, at once.
func remove(r *kernel.Request) (web.Answer, error) {
	p, x, err := member(r)
	if err == nil && x.ID == r.Me.ID {
		err = fault.New(fault.Conflict, "admin.self")
	}
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := rights.Cancel(tx, r.App, r.Me, x.ID, p.body.Code, append(slices.Clone(who.Roles()), rights.Password)...); err != nil {
				return err
			}
			y, err := r.App.Book.Find(tx, x.ID)
			for _, role := range who.Roles() {
				if err == nil && y.Is(role, p.body.Code) {
					err = r.App.Book.Withdraw(tx, r.Me, x.ID, role, p.body.Code)
				}
			}
			return err
		})
	}
	if err != nil {
		return web.Answer{}, err
	}
	return p.back()
}
