// Package contact is a person's change to another phone or mail. Whoever takes a
// session over wants just this: with a contact of his own he gets codes and the
// account for good. So the new one has to answer first; every contact that the
// person had is told, with a link that stops it; and it waits for Wait, unless he
// confirms this very change by a passkey or by a code sent to a contact that he
// had before. A contact that just became his is not enough to come in with alone,
// and makes recovery at a counter slower (package recover).
package contact

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/onetime"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// Wait is how long everybody whom it concerns has to stop a change that nothing
// but a session speaks for.
const Wait = 72 * time.Hour

// told is how long contacts of before are told what happens to the account.
const told = 30 * 24 * time.Hour

// Purpose is what confirmations are for here.
const Purpose = "contact.set"

const (
	scopeStop = "contact-stop" // of the links that stop a change
	jobName   = "contact.ripe" // a change whose time has come
)

// System is the links that stop a change, and what time does.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	drop := func(tx *db.Tx, person id.ID) error {
		_, err := tx.Exec(`delete from contact_new where person = $1`, person)
		return err
	}
	return kernel.System{Name: "contact", Texts: []fs.FS{files}, Schema: schema, Alert: alert,
		Held:      []held.Table{{Name: "contact_new", Of: "person = $1", Goes: held.Closed, Tell: "kind, recipient, state", Times: "made, due"}},
		Recovered: func(*kernel.App) func(*db.Tx, id.ID) error { return drop },
		Jobs: func(a *kernel.App) map[string]job.Do {
			return map[string]job.Do{jobName: func(ctx context.Context, body []byte) error { return ripe(ctx, a, body) }}
		},
		Confirmed: func(*kernel.App) map[string]func(*kernel.Request, id.ID) (web.Answer, error) {
			return map[string]func(*kernel.Request, id.ID) (web.Answer, error){Purpose: confirmed}
		},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /contact/stop/{secret}", Who: kernel.Anyone(), Do: showStop},
				{Pattern: "POST /contact/stop/{secret}", Who: kernel.Anyone(), Do: stopByLink}}
		}}
}

// A Change is another contact that a person wants.
type Change struct {
	ID     id.ID
	Person id.ID
	Kind   post.Kind
	To     string
	Due    time.Time // zero: it has not answered yet
}

// about is the matter of the code that is sent to it.
func (c Change) about() string { return "newcontact/" + c.ID.String() }

func (c Change) contact() onetime.Contact { return onetime.Contact{Kind: c.Kind, To: c.To} }

const columns = `select id, person, kind, recipient, due from contact_new `

func scan(into func(...any) error) (c Change, err error) {
	var due db.Time
	err = into(&c.ID, &c.Person, &c.Kind, &c.To, &due)
	c.Due = due.Time
	return c, err
}

// Open are the changes of a person that wait: for an answer, or for their time.
func Open(tx *db.Tx, a *kernel.App, person id.ID) ([]Change, error) {
	return db.List(tx, scan, columns+`where person = $1 and (state = 'waits' or state = 'asked' and made > $2) order by id`, person, db.At(a.Now().Add(-onetime.Life)))
}

func find(tx *db.Tx, where string, args ...any) (c Change, err error) {
	all, err := db.List(tx, scan, columns+where, args...)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Gone, "contact.gone")
	}
	if err != nil {
		return c, err
	}
	return all[0], nil
}

// Ask begins a change: a code goes to the new contact. What was begun for that
// kind before is no more.
func Ask(r *kernel.Request, kind post.Kind, to string) error {
	asked := map[post.Kind]form.Type{post.SMS: form.Phone, post.Mail: form.Email}[kind]
	title := lang.Say(r.T("contact.subject"))
	f := form.Of(title, form.Field{Name: "to", Type: asked, Label: title})
	if err := f.Compile("contact"); err != nil {
		return err
	}
	good, err := f.Check(form.Answers{"to": strings.TrimSpace(to)}, r.App.Env(r.App.Today(""), r.Me, 0))
	if err != nil {
		return err
	}
	to, _ = good["to"].(string)
	if kind == post.SMS {
		to = strings.ReplaceAll(to, " ", "")
	}
	c := Change{ID: r.App.IDs.New(), Person: r.Me.ID, Kind: kind, To: to}
	return r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if to == strings.ReplaceAll(r.Me.Phone, " ", "") || to == r.Me.Email {
			return fault.New(fault.Conflict, "contact.same")
		}
		if _, err := tx.Exec(`update contact_new set state = 'stopped' where person = $1 and kind = $2 and state in ('asked', 'waits')`, c.Person, string(kind)); err != nil {
			return err
		}
		if _, err := tx.Exec(`insert into contact_new (id, person, kind, recipient, state, made, due, matter) values ($1, $2, $3, $4, 'asked', $5, 0, 0)`,
			c.ID, c.Person, string(kind), to, db.At(r.App.Now())); err != nil {
			return err
		}
		return onetime.Send(tx, r.App, r.Me, c.contact(), c.about(), "contact.code")
	})
}

// Answer takes the code that was sent to the new contact. From then on the change
// waits; where the person has no contact at all there is nobody to ask.
func Answer(r *kernel.Request, kind post.Kind, code string) (right bool, err error) {
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := find(tx, `where person = $1 and kind = $2 and state = 'asked' order by id desc limit 1`, r.Me.ID, string(kind))
		if err != nil {
			return err
		}
		if right, err = onetime.Check(tx, r.App, r.Me.ID, c.about(), code); err != nil || !right {
			return err
		}
		p, err := r.App.Book.Find(tx, r.Me.ID)
		if err != nil {
			return err
		}
		before, err := r.App.Book.Contacts(tx, p, r.App.Now().Add(-told))
		if err != nil {
			return err
		}
		if len(before) == 0 {
			return c.set(tx, r.App, p, "only")
		}
		return c.wait(tx, r.App, p)
	})
	return right, err
}

// wait lets a change wait, and tells every contact of before how to stop it.
func (c Change) wait(tx *db.Tx, a *kernel.App, p who.Person) error {
	due := a.Now().Add(Wait)
	if _, err := tx.Exec(`update contact_new set state = 'waits', due = $1 where id = $2`, db.At(due), c.ID); err != nil {
		return err
	}
	if err := job.Add(tx, jobName, c.ID.String(), due, c.ID); err != nil {
		return err
	}
	if err := Announce(tx, a, p, "contact.notice."+string(c.Kind), due, Link{Scope: scopeStop, About: c.ID, Path: "/contact/stop/"}); err != nil {
		return err
	}
	return a.Engine.Record(tx, p, "contact.ask", p.ID, map[string]any{"change": c.ID, "kind": c.Kind, "due": due})
}

// A Link is the one by which whoever reads a contact stops what waits, without
// signing in.
type Link struct {
	Scope string // of its secret
	About id.ID
	Path  string    // before the secret
	Until time.Time // zero: until it happens
}

// Announce tells every contact that p has, or had in the last thirty days, what
// happens at due unless it is stopped, in the words of key: {0} is when, {1} the
// link that stops it, and more follow.
func Announce(tx *db.Tx, a *kernel.App, p who.Person, key string, due time.Time, l Link, more ...any) error {
	if l.Until.IsZero() {
		l.Until = due
	}
	return each(tx, a, p, func(x who.Contact) error {
		secret, err := a.Sessions.Make(tx, web.OneTime, p.ID, l.Scope, l.About.String(), l.Until.Sub(a.Now()))
		if err != nil {
			return err
		}
		return tell(tx, a, p, x, key, due, append([]any{a.URL + l.Path + secret}, more...)...)
	})
}

// Tell tells every contact that p has, or had in the last thirty days, what
// happened just now, in the words of key: {0} is when, {1} the help line,
// and more follow.
func Tell(tx *db.Tx, a *kernel.App, p who.Person, key string, more ...any) error {
	return each(tx, a, p, func(x who.Contact) error {
		return tell(tx, a, p, x, key, a.Now(), append([]any{a.Help}, more...)...)
	})
}

func each(tx *db.Tx, a *kernel.App, p who.Person, do func(who.Contact) error) error {
	all, err := a.Book.Contacts(tx, p, a.Now().Add(-told))
	for _, x := range all {
		if err == nil {
			err = do(x)
		}
	}
	return err
}

// set makes the new contact the person's, and tells those of before.
func (c Change) set(tx *db.Tx, a *kernel.App, p who.Person, how string) error {
	n, err := tx.Exec(`update contact_new set state = 'done' where id = $1 and state in ('asked', 'waits')`, c.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Gone, "contact.gone")
	}
	if err == nil {
		err = a.Book.SetContact(tx, p, p.ID, c.Kind == post.Mail, c.To)
	}
	if err == nil {
		err = a.Engine.Record(tx, p, "contact.done", p.ID, map[string]any{"change": c.ID, "kind": c.Kind, "how": how})
	}
	if err != nil {
		return err
	}
	return Tell(tx, a, p, "contact.changed."+string(c.Kind))
}

// digest is what the person confirms.
func (c Change) digest() [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "contact %s %s %s", c.ID, c.Kind, c.To))
}

// Now asks the person to confirm the change by what he had before it.
func Now(r *kernel.Request, kind post.Kind) (path string, err error) {
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := find(tx, `where person = $1 and kind = $2 and state = 'waits' order by id desc limit 1`, r.Me.ID, string(kind))
		if err != nil {
			return err
		}
		n, err := confirm.Ask(tx, r, confirm.Matter{Purpose: Purpose, Digest: c.digest(), Title: r.T("contact.matter."+string(kind), c.To), Least: who.Substantial, Back: "/me/ways#" + string(kind)})
		if err == nil {
			path = confirm.Path(n)
			_, err = tx.Exec(`update contact_new set matter = $1 where id = $2`, n, c.ID)
		}
		return err
	})
	return path, err
}

// confirmed makes the change that the person confirmed.
func confirmed(r *kernel.Request, matter id.ID) (web.Answer, error) {
	var c Change
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if c, err = find(tx, `where matter = $1 and person = $2 and state = 'waits'`, matter, r.Me.ID); err != nil {
			return err
		}
		said, err := confirm.Take(tx, r.App, r.Me.ID, Purpose, c.digest())
		if err == nil && !said.Level.Reaches(who.Substantial) {
			err = fault.New(fault.Forbidden, "confirm.none")
		}
		if err != nil {
			return err
		}
		return c.set(tx, r.App, r.Me, string(said.Way))
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/ways#%s", c.Kind)
}

// ripe makes a change whose time has come and that nobody stopped.
func ripe(ctx context.Context, a *kernel.App, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("change of a contact: %w", err)
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := find(tx, `where id = $1 and state = 'waits' and due <= $2`, n, db.At(a.Now()))
		if errors.Is(err, fault.Gone) {
			return nil
		}
		var p who.Person
		if err == nil {
			p, err = a.Book.Find(tx, c.Person)
		}
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.set(tx, a, p, "time")
	})
}
