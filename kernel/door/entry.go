package door

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

// An entry is one way to get an account: what is asked and what is then done.
type entry struct {
	name   string // text keys door.<name>.title and .lead
	scope  string // of the one-time secret in the path; "": none
	to     string // where one goes then; "": where he begins
	fields []string
}

var (
	register = entry{"register", "", "/me/name", []string{"name", "number", "phone", "email", "password"}}
	setup    = entry{"setup", "setup", "", []string{"name", "login", "password"}}
	welcome  = entry{"welcome", "password", "", []string{"password"}}
)

// ask shows the form of an entry, with what was typed and what is wrong.
func ask(r *kernel.Request, e entry, typed url.Values, wrong *fault.Error) (web.Answer, error) {
	if e.scope != "" {
		s, err := r.App.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
		if err != nil {
			return web.Answer{}, err
		}
		if s.Scope != e.scope {
			return web.Answer{}, fault.New(fault.Gone, "web.linkgone")
		}
	}
	page := entryPage(r, e, fields(r, e, typed, wrong), wrong)
	if wrong != nil {
		return web.ShowWrong(page)
	}
	return web.Show(page)
}

func fields(r *kernel.Request, e entry, typed url.Values, wrong *fault.Error) (all []ui.Field) {
	types := map[string]ui.Type{"number": ui.PersonID, "phone": ui.Phone, "email": ui.Email, "password": ui.Secret}
	auto := map[string]string{"name": "name", "phone": "tel", "email": "email", "login": "username", "password": "new-password"}
	for _, name := range e.fields {
		f := ui.Field{Type: types[name], Name: name, Label: r.T("door." + name), Auto: auto[name], Optional: name == "email" || name == "phone"}
		if f.Type == "" {
			f.Type = ui.Text
		}
		if hint := "door." + name + ".hint"; r.App.Texts.Has(hint) {
			f.Hint = r.T(hint)
		}
		if name != "password" {
			f.Value = typed.Get(name)
		}
		if wrong != nil {
			for _, w := range wrong.Fields {
				if w.Pointer == "/"+name {
					f.Error = r.T(w.Code, w.Args...)
				}
			}
		}
		all = append(all, f)
	}
	return all
}

// answer does what an entry is for, in one transaction with its one-time secret.
func answer(r *kernel.Request, e entry) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	v := r.PostForm
	p := who.Person{Name: v.Get("name"), Login: v.Get("login"), Number: strings.ReplaceAll(v.Get("number"), " ", ""),
		Phone: v.Get("phone"), Email: strings.TrimSpace(v.Get("email")), Lang: r.Lang}
	err := check(r, e, p)
	var hash string
	owner := p
	if e.name == "welcome" {
		if owner, err = invited(r, e); err != nil {
			return web.Answer{}, err
		}
	}
	if h, bad := r.App.Guard.Hash(r.Context(), owner, v.Get("password")); bad != nil {
		err = join(err, bad)
	} else {
		hash = h
	}
	t := throttle.Try{Sort: "register", From: r.From()}
	if err == nil {
		err = r.App.Guard.Slow(t)
	}
	if err == nil && e.name == register.name {
		err = told(r, p.Phone, p.Email)
	}
	if err == nil {
		if p, err = finish(r, e, p, hash); err == nil {
			r.App.Guard.Right(t)
		}
	}
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Kind == fault.Invalid {
		return ask(r, e, v, wrong)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return enter(r, p, e.to, e.name != setup.name, who.Password)
}

// invited is whose the link of an entry is.
func invited(r *kernel.Request, e entry) (who.Person, error) {
	s, err := r.App.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
	if err == nil && s.Scope != e.scope {
		err = fault.New(fault.Gone, "web.linkgone")
	}
	if err != nil {
		return who.Person{}, err
	}
	return r.App.Book.Person(r.Context(), s.Subject)
}

func check(r *kernel.Request, e entry, p who.Person) error {
	var wrong []fault.Field
	if slices.Contains(e.fields, "name") && strings.TrimSpace(p.Name) == "" {
		wrong = append(wrong, fault.Field{Pointer: "/name", Code: "who.name"})
	}
	if slices.Contains(e.fields, "number") && !r.App.Pack.Person(p.Number) {
		wrong = append(wrong, fault.Field{Pointer: "/number", Code: "form.personid"})
	}
	if wrong != nil {
		return fault.Wrong(wrong...)
	}
	return nil
}

func join(a, b error) error {
	var x, y *fault.Error
	if errors.As(a, &x) && errors.As(b, &y) {
		return fault.Wrong(append(slices.Clip(x.Fields), y.Fields...)...)
	}
	return errors.Join(a, b)
}

func finish(r *kernel.Request, e entry, p who.Person, hash string) (who.Person, error) {
	a := r.App
	err := a.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		var s web.Session
		if e.scope != "" {
			if s, err = a.Sessions.Use(tx, r.PathValue("secret")); err == nil && s.Scope != e.scope {
				err = fault.New(fault.Gone, "web.linkgone")
			}
			if err != nil {
				return err
			}
		}
		if e.name == "welcome" {
			if p, err = a.Book.Find(tx, s.Subject); err != nil {
				return err
			}
			if err = a.Book.SetPassword(tx, p, hash); err != nil {
				return err
			}
			if err = device.Tell(r, tx, p, "password"); err != nil {
				return err
			}
			return a.Sessions.EndAll(tx, web.Browser, p.ID)
		}
		if e.name == "register" {
			p, err = open(r, tx, p, hash)
			return err
		}
		if e.name == "setup" {
			var n int
			if err := tx.Row(`select count(*) from grants where role = 'admin'`).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fault.New(fault.Conflict, "door.setup.closed")
			}
		}
		if p, err = a.Book.Add(tx, p, p, hash); err != nil || e.name != "setup" {
			return err
		}
		err = a.Book.Grant(tx, who.Person{}, p.ID, who.Admin, "", 0, time.Time{}) // who has the machine founds the node: nobody is there yet
		p.Grants = []who.Grant{{Role: who.Admin}}
		return err
	})
	return p, err
}
