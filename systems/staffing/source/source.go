// Package source is where a body's people come from: its own directory, which
// says who works there (SCIM), and its own provider, where they sign in (OpenID
// Connect). A body says so of its own people alone.
package source

import (
	"context"
	"errors"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// Scope is what the token of a directory is good for, and nothing else.
const Scope = "scim"

// TokenLife is how long the token of a directory is good for.
const TokenLife = 365 * 24 * time.Hour

// A Source is what a body configured.
type Source struct {
	Body    string
	Account id.ID  // in whose name the directory acts
	Hand    id.ID  // who made its token: what it asks for, he asked for
	Issuer  string // of the body's provider; "": it has none
	Client  string // what this node is called there
}

// A User is somebody whom a body's directory brought in. He is of that body for
// good: no other body's directory can touch him.
type User struct {
	Person                             id.ID
	Body                               string
	Login, External, Name, Mail, Phone string // External: what the directory and the provider call him
	Active                             bool
	Gone                               bool // taken out of the directory: he is not there any more, and not active
	Made, Changed                      time.Time
}

const sourceColumns = `body, account, hand, issuer, client`

func scanSource(into func(...any) error) (s Source, err error) {
	return s, into(&s.Body, &s.Account, &s.Hand, &s.Issuer, &s.Client)
}

func one[T any](all []T, err error) (x T, e error) {
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "staffing.none")
	}
	if err == nil {
		x = all[0]
	}
	return x, err
}

// Of is what a body configured.
func Of(tx *db.Tx, body string) (Source, error) {
	return one(db.List(tx, scanSource, `select `+sourceColumns+` from staffing_source where body = $1`, body))
}

// At is the source whose directory acts in the name of an account.
func At(tx *db.Tx, account id.ID) (Source, error) {
	return one(db.List(tx, scanSource, `select `+sourceColumns+` from staffing_source where account = $1`, account))
}

// Providers are the sources whose people sign in at a provider of their body.
func Providers(tx *db.Tx) ([]Source, error) {
	return db.List(tx, scanSource, `select `+sourceColumns+` from staffing_source where issuer <> '' order by body`)
}

func keyName(body string) string { return "staff/" + body }

// Put writes down what a body configured: an act. secret "" keeps the one before,
// unless the provider or its client is another: nobody is shown another's secret.
func Put(tx *db.Tx, a *kernel.App, by who.Person, s Source, secret string) error {
	was, err := Of(tx, s.Body)
	if err != nil && fault.Of(err) != fault.NotFound {
		return err
	}
	if was.Issuer != s.Issuer || was.Client != s.Client {
		if err := a.Keys.Forget(tx, keyName(s.Body)); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`insert into staffing_source (body, account, issuer, client, changed) values ($1, $2, $3, $4, $5)
		on conflict (body) do update set account = excluded.account, issuer = excluded.issuer, client = excluded.client, changed = excluded.changed`,
		s.Body, s.Account, s.Issuer, s.Client, db.At(a.Now()))
	if err == nil && secret != "" {
		err = a.Keys.Keep(tx, keyName(s.Body), []byte(secret))
	}
	if err != nil {
		return err
	}
	return a.Engine.Record(tx, by, "staffing.source", s.Account, map[string]any{"body": s.Body, "issuer": s.Issuer, "client": s.Client, "secret": secret != ""})
}

// Secret is what this node proves itself with at the body's provider; "": nothing.
func Secret(ctx context.Context, a *kernel.App, body string) (string, error) {
	b, err := a.Keys.Kept(ctx, keyName(body))
	if errors.Is(err, fault.NotFound) {
		return "", nil
	}
	return string(b), err
}

// Token gives a body's directory a new token in place of the one it had: an act.
func Token(tx *db.Tx, a *kernel.App, by who.Person, s Source) (string, error) {
	if err := a.Sessions.EndAll(tx, web.Token, s.Account); err != nil {
		return "", err
	}
	secret, err := a.Sessions.Make(tx, web.Token, s.Account, Scope, s.Body, TokenLife)
	if err == nil {
		_, err = tx.Exec(`update staffing_source set hand = $1 where body = $2`, by.ID, s.Body)
	}
	if err != nil {
		return "", err
	}
	return secret, a.Engine.Record(tx, by, "staffing.token", s.Account, map[string]any{"body": s.Body})
}

const userColumns = `person, body, login, external, name, email, phone, active, made, changed`

func scanUser(into func(...any) error) (u User, err error) {
	var active int
	var made, changed db.Time
	err = into(&u.Person, &u.Body, &u.Login, &u.External, &u.Name, &u.Mail, &u.Phone, &active, &made, &changed)
	u.Active, u.Gone, u.Made, u.Changed = active == 1, active < 0, made.Time, changed.Time
	return u, err
}

// Users are those whom a body's directory brought in, the first first.
func Users(tx *db.Tx, body string) ([]User, error) {
	return db.List(tx, scanUser, `select `+userColumns+` from staffing_user where body = $1 and active >= 0 order by person`, body)
}

// Find is one of them; those of others do not exist.
func Find(tx *db.Tx, body string, n id.ID) (User, error) {
	return one(db.List(tx, scanUser, `select `+userColumns+` from staffing_user where body = $1 and person = $2 and active >= 0`, body, n))
}

// Active reports whether n may come in: nobody's directory has put him out.
func Active(tx *db.Tx, n id.ID) (bool, error) {
	all, err := db.List(tx, scanUser, `select `+userColumns+` from staffing_user where person = $1`, n)
	return err == nil && (len(all) == 0 || all[0].Active), err
}

// Add brings somebody in: a person with an account of its own, for work alone.
func Add(tx *db.Tx, a *kernel.App, by who.Person, u User) (User, error) {
	p, err := a.Book.Add(tx, by, who.Person{Login: u.Login, Name: u.Name, Email: u.Mail, Phone: u.Phone}, "")
	if err != nil {
		return u, err
	}
	u.Person, u.Login, u.Name = p.ID, p.Login, p.Name
	u.Made, u.Changed = a.Now(), a.Now()
	return u, write(tx, a, by, u, "staffing.add")
}

// Change writes what the directory now says of somebody. Who is put out loses
// his roles here and every session in the same transaction; who is let in again
// gets his roles anew, from those who give them.
func Change(tx *db.Tx, a *kernel.App, by who.Person, was, u User) (User, error) {
	u.Person, u.Body, u.Made, u.Changed = was.Person, was.Body, was.Made, a.Now()
	p, err := a.Book.Find(tx, u.Person)
	if err != nil {
		return u, err
	}
	if u.Name != was.Name || u.Mail != was.Mail || u.Phone != was.Phone {
		p.Name, p.Email, p.Phone = u.Name, u.Mail, u.Phone
		if err := a.Book.Change(tx, by, p); err != nil {
			return u, err
		}
	}
	if err := write(tx, a, by, u, "staffing.change"); err != nil || u.Active || !was.Active {
		return u, err
	}
	if err := rights.Cancel(tx, a, by, p.ID, u.Body, append(who.Roles(), rights.Password)...); err != nil {
		return u, err
	}
	for _, g := range p.Grants {
		if err := a.Book.Withdraw(tx, by, p.ID, g.Role, g.Body); err != nil {
			return u, err
		}
	}
	return u, errors.Join(a.Sessions.EndAll(tx, web.Browser, p.ID), a.Sessions.EndAll(tx, web.Token, p.ID), a.Sessions.EndAll(tx, web.App, p.ID), a.Sessions.EndAll(tx, web.OneTime, p.ID))
}

func write(tx *db.Tx, a *kernel.App, by who.Person, u User, act string) error {
	active := 0
	switch {
	case u.Gone:
		active = -1
	case u.Active:
		active = 1
	}
	_, err := tx.Exec(`insert into staffing_user (`+userColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (person) do update set external = excluded.external, name = excluded.name, email = excluded.email, phone = excluded.phone,
		active = excluded.active, changed = excluded.changed`,
		u.Person, u.Body, u.Login, u.External, u.Name, u.Mail, u.Phone, active, db.At(u.Made), db.At(u.Changed))
	if err != nil {
		return err
	}
	return a.Engine.Record(tx, by, act, u.Person, map[string]any{"body": u.Body, "external": u.External, "active": u.Active})
}

// SetRole gives or takes somebody's role in his body. A dangerous one is asked
// for, in the name of who holds the directory's token, and another administrator
// approves it; until then the directory sees him without it.
func SetRole(tx *db.Tx, a *kernel.App, s Source, u User, role who.Role, has bool) error {
	by := who.Person{ID: s.Account}
	p, err := a.Book.Find(tx, u.Person)
	switch {
	case err != nil || has && p.Is(role, u.Body):
		return err
	case !has:
		if err := rights.Cancel(tx, a, by, p.ID, u.Body, role); err != nil || !p.Is(role, u.Body) {
			return err
		}
		return a.Book.Withdraw(tx, by, p.ID, role, u.Body)
	case !u.Active:
		return fault.New(fault.Conflict, "staffing.inactive")
	case role.Dangerous() && s.Hand == 0:
		return fault.New(fault.Forbidden, "staffing.eyes")
	}
	_, err = rights.Give(tx, a, by, s.Hand, p, role, u.Body, time.Time{})
	return err
}

// Link writes down that somebody of a body is who its provider calls subject: an act.
func Link(tx *db.Tx, a *kernel.App, by who.Person, s Source, subject string, person id.ID) error {
	n, err := tx.Exec(`insert into staffing_link (body, issuer, subject, person, at) values ($1, $2, $3, $4, $5) on conflict (body, issuer, subject) do nothing`,
		s.Body, s.Issuer, subject, person, db.At(a.Now()))
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "staffing.linked")
	}
	if err != nil {
		return err
	}
	return a.Engine.Record(tx, by, "staffing.link", person, map[string]any{"body": s.Body, "issuer": s.Issuer})
}

// Unlink ends what links a person to providers of bodies: he got his account back,
// and who linked it may be whom he got it back from.
func Unlink(tx *db.Tx, person id.ID) error {
	_, err := tx.Exec(`delete from staffing_link where person = $1`, person)
	return err
}

// Linked is whom a body's provider means by subject: by what was linked, or by
// what the body's own directory calls him. An address of mail is never asked.
func Linked(tx *db.Tx, s Source, subject string) (n id.ID, err error) {
	err = tx.Row(`select person from staffing_link where body = $1 and issuer = $2 and subject = $3`, s.Body, s.Issuer, subject).Scan(&n)
	if fault.Of(err) != fault.NotFound {
		return n, err
	}
	all, err := db.List(tx, scanUser, `select `+userColumns+` from staffing_user where body = $1 and external = $2 and active >= 0`, s.Body, subject)
	if err == nil && (len(all) != 1 || subject == "") {
		err = fault.New(fault.NotFound, "staffing.unknown")
	}
	if err != nil {
		return 0, err
	}
	return all[0].Person, nil
}
