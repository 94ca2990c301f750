package who

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
)

//go:embed schema/*.sql
var schema embed.FS

// Schema holds the tables of persons, organisations, mandates and grants.
func Schema() fs.FS { sub, _ := fs.Sub(schema, "schema"); return sub }

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// A Book is the register of persons and of what they may do.
type Book struct {
	DB  *db.DB
	IDs *id.Source
	Now func() time.Time
	// Record writes the act of a change of the register; every verb calls it in its transaction.
	Record func(tx *db.Tx, by Person, act string, about id.ID, body any) error

	mu    sync.Mutex
	known map[id.ID]known // dropped by Drop
	drops int             // how often: what was read before a drop is not kept after it
}

// known is a person as read a moment ago. What is granted until a time ends at
// most fresh later; every other change drops it at once, here and elsewhere.
type known struct {
	person Person
	until  time.Time
}

const fresh = 5 * time.Second

// Drop forgets what is known of persons. The database calls it (Watch "who").
func (b *Book) Drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known = nil
	b.drops++
}

var login = regexp.MustCompile(`^[a-z0-9][a-z0-9.@_-]{2,39}$`)

// Add registers a person. An empty login is somebody without an account, such
// as a citizen helped at a counter. Password is a hash made by Hash, or "".
func (b *Book) Add(tx *db.Tx, by Person, p Person, password string) (Person, error) {
	p.Login = strings.ToLower(strings.TrimSpace(p.Login))
	p.Name = strings.TrimSpace(p.Name)
	if err := p.legible(); err != nil {
		return p, err
	}
	if p.Login != "" && !login.MatchString(p.Login) {
		return p, fault.Wrong(fault.Field{Pointer: "/login", Code: "who.loginshape"})
	}
	if p.Lang == "" {
		p.Lang = lang.VI
	}
	var account any
	if p.Login != "" {
		account = p.Login
		var n int
		if err := tx.Row(`select count(*) from person where login in ($1, $2)`, p.Login, left(p.Login)).Scan(&n); err != nil {
			return p, err
		}
		if n > 0 {
			return p, fault.Wrong(fault.Field{Pointer: "/login", Code: "who.login"})
		}
	}
	p.ID = b.IDs.New()
	_, err := tx.Exec(`insert into person (id, login, name, email, phone, number, born, lang, password, made) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.ID, account, p.Name, p.Email, p.Phone, p.Number, p.Born, string(p.Lang), password, db.At(b.Now()))
	if err != nil {
		return p, err
	}
	return p, b.Record(tx, by, "person.add", p.ID, map[string]any{"login": p.Login})
}

// Change writes another name and other contacts of a person whose account is his
// body's to keep. What he proved of a contact was of the one he had.
func (b *Book) Change(tx *db.Tx, by, p Person) error {
	p.Name = strings.TrimSpace(p.Name)
	if err := p.legible(); err != nil {
		return err
	}
	if _, err := tx.Exec(`update person set name = $1, email = $2, phone = $3 where id = $4`, p.Name, p.Email, p.Phone, p.ID); err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, by, "person.change", p.ID, nil)
}

// legible refuses a person without a name, or with a letter that nobody sees.
func (p Person) legible() error {
	if p.Name == "" || len(p.Name) > 200 {
		return fault.Wrong(fault.Field{Pointer: "/name", Code: "who.name"})
	}
	for _, x := range [][2]string{{"name", p.Name}, {"email", p.Email}, {"phone", p.Phone}} {
		if strings.ContainsFunc(x[1], lang.Hidden) {
			return fault.Wrong(fault.Field{Pointer: "/" + x[0], Code: "who.hidden"})
		}
	}
	return nil
}

// Helped finds the person of this number, or registers him without an account.
func (b *Book) Helped(tx *db.Tx, by Person, p Person) (Person, error) {
	found, known, err := b.Numbered(tx, p.Number)
	if err != nil || known {
		return found, err
	}
	p.Login = ""
	return b.Add(tx, by, p, "")
}

const personColumns = `id, coalesce(login, ''), name, email, phone, number, born, lang, level`

func scanPerson(into func(...any) error) (p Person, err error) {
	l := ""
	err = into(&p.ID, &p.Login, &p.Name, &p.Email, &p.Phone, &p.Number, &p.Born, &l, &p.Level)
	p.Lang = lang.Lang(l)
	return p, err
}

// Find reads a person with the grants and mandates in force.
func (b *Book) Find(tx *db.Tx, n id.ID) (Person, error) {
	all, err := db.List(tx, scanPerson, `select `+personColumns+` from person where id = $1`, n)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("person %s: %w", n, fault.New(fault.NotFound, "who.missing"))
	}
	if err != nil {
		return Person{}, err
	}
	p := all[0]
	now := db.At(b.Now())
	p.Grants, err = db.List(tx, func(into func(...any) error) (g Grant, err error) {
		role := ""
		err = into(&role, &g.Body, &g.For)
		g.Role = Role(role)
		return g, err
	}, `select role, body, covers from grants where person = $1 and since <= $2 and (until = 0 or until > $2) order by id`, n, now)
	if err != nil {
		return p, err
	}
	p.Mandates, err = mandates(tx, n, now)
	return p, err
}

// Person reads one person, outside any transaction of the caller.
func (b *Book) Person(ctx context.Context, n id.ID) (p Person, err error) {
	now := b.Now()
	b.mu.Lock()
	k, ok := b.known[n]
	drops := b.drops
	b.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.person, nil
	}
	defer func() {
		if err != nil {
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.drops != drops {
			return
		}
		if b.known == nil || len(b.known) > 10_000 {
			b.known = map[id.ID]known{}
		}
		b.known[n] = known{p, now.Add(fresh)}
	}()
	err = b.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = b.Find(tx, n)
		return err
	})
	return p, err
}

// Known is a person as read a moment ago, if he was: for who is inside a
// transaction and needs only how to address him.
func (b *Book) Known(n id.ID) (Person, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.known[n]
	return k.person, ok && b.Now().Before(k.until)
}

// Staff are the persons who hold one of the roles in body.
func (b *Book) Staff(ctx context.Context, body string, roles ...Role) (all []Person, err error) {
	err = b.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		found, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
			`select distinct person from grants where body = $1 and (until = 0 or until > $2)`, body, db.At(b.Now()))
		if err != nil {
			return err
		}
		for _, n := range found {
			p, err := b.Find(tx, n)
			if err != nil {
				return err
			}
			for _, r := range roles {
				if p.Is(r, body) {
					all = append(all, p)
					break
				}
			}
		}
		return nil
	})
	return all, err
}

// A Basis is what a dangerous role rests on beside the act that gives it.
type Basis struct {
	Ask   id.ID  `json:"ask,omitempty"`   // the act by which it was asked for
	Asker id.ID  `json:"asker,omitempty"` // who asked
	From  string `json:"from,omitempty"`  // or the body that ended, in which the person had the same role
}

// Grant gives p a role in body, from now on or until the given time (zero: no
// end). covers is the colleague on leave whose work it is, or 0. A dangerous
// role is given so by nobody (the one at the machine, who founds a node), or lent by its holder.
func (b *Book) Grant(tx *db.Tx, by Person, p id.ID, role Role, body string, covers id.ID, until time.Time) error {
	return b.GrantOn(tx, by, Basis{}, p, role, body, covers, until)
}

// GrantOn is Grant with what the role rests on. No dangerous role comes into the
// register by one person alone: this is the one place where it could.
func (b *Book) GrantOn(tx *db.Tx, by Person, on Basis, p id.ID, role Role, body string, covers id.ID, until time.Time) error {
	if !slices.Contains(Roles(), role) {
		return fault.Wrong(fault.Field{Pointer: "/role", Code: "who.role"})
	}
	lent := covers != 0 && covers == by.ID && role != Admin && slices.Contains(by.Grants, Grant{Role: role, Body: body})
	asked := on.Ask != 0 && on.Asker != by.ID && p != by.ID
	if role.Dangerous() && by.ID != 0 && !lent && !asked && on.From == "" {
		return fault.New(fault.Forbidden, "who.eyes")
	}
	n := b.IDs.New()
	_, err := tx.Exec(`insert into grants (id, person, role, body, covers, since, until, by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		n, p, string(role), body, covers, db.At(b.Now()), db.At(until), by.ID)
	if err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, by, "role.grant", p, struct {
		Role   Role    `json:"role"`
		Body   string  `json:"body"`
		Covers id.ID   `json:"covers"`
		Until  db.Time `json:"until"`
		Right  id.ID   `json:"right"`
		Basis
	}{role, body, covers, db.At(until), n, on})
}

// Withdraw ends a role of p in body now, and what he lent of it.
func (b *Book) Withdraw(tx *db.Tx, by Person, p id.ID, role Role, body string) error {
	_, err := tx.Exec(`update grants set until = $1 where (person = $2 or covers = $2) and role = $3 and body = $4 and (until = 0 or until > $1)`,
		db.At(b.Now()), p, string(role), body)
	if err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, by, "role.withdraw", p, map[string]any{"role": role, "body": body, "lent": true})
}

// SignedIn notes when somebody who works for a body signed in: whether a role is
// still needed is judged by it.
func (b *Book) SignedIn(tx *db.Tx, p Person) error {
	if len(p.Grants) == 0 {
		return nil
	}
	_, err := tx.Exec(`update person set seen = $1 where id = $2`, db.At(b.Now()), p.ID)
	return err
}

// AddOrg registers an organisation, or finds it by its number.
func (b *Book) AddOrg(tx *db.Tx, by Person, name, number string) (id.ID, error) {
	var n id.ID
	err := tx.Row(`select id from org where number = $1`, number).Scan(&n)
	if err == nil || !errors.Is(err, fault.NotFound) {
		return n, err
	}
	n = b.IDs.New()
	if _, err := tx.Exec(`insert into org (id, name, number, made) values ($1, $2, $3, $4)`, n, name, number, db.At(b.Now())); err != nil {
		return 0, err
	}
	return n, b.Record(tx, by, "org.add", n, map[string]any{"number": number})
}

// Count says how many persons hold role anywhere.
func (b *Book) Count(ctx context.Context, role Role) (n int, err error) {
	err = b.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select count(*) from grants where role = $1`, string(role)).Scan(&n)
	})
	return n, err
}

// SetLang remembers the language a person reads.
func (b *Book) SetLang(ctx context.Context, p id.ID, l lang.Lang) error {
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`update person set lang = $1 where id = $2`, string(l), p); err != nil {
			return err
		}
		return tx.Bump("who")
	})
}

// Numbered finds the person with this number in the population register: the
// account that proved it, or else somebody without an account. What an account
// merely says of itself finds nobody, or who registers first with another's
// number would be given what is filed for him.
func (b *Book) Numbered(tx *db.Tx, number string) (p Person, known bool, err error) {
	var n id.ID
	err = tx.Row(`select id from person where number = $1 and number <> '' and (proven = $1 or login is null)
		order by case when proven = $1 then 0 else 1 end, id limit 1`, number).Scan(&n)
	if errors.Is(err, fault.NotFound) {
		return Person{}, false, nil
	}
	if err == nil {
		p, err = b.Find(tx, n)
	}
	return p, err == nil, err
}

// SetPassword stores a hash made by Guard.Hash.
func (b *Book) SetPassword(tx *db.Tx, p Person, hash string) error {
	if _, err := tx.Exec(`update person set password = $1 where id = $2`, hash, p.ID); err != nil {
		return err
	}
	return b.Record(tx, p, "password.set", p.ID, nil)
}

// HasPassword reports whether a person signs in with a password.
func (b *Book) HasPassword(tx *db.Tx, n id.ID) (has bool, err error) {
	return has, tx.Row(`select password <> '' from person where id = $1`, n).Scan(&has)
}

// ByLogin finds a person by the sign-in name.
func (b *Book) ByLogin(tx *db.Tx, login string) (Person, error) {
	var n id.ID
	if err := tx.Row(`select id from person where login = $1`, strings.ToLower(login)).Scan(&n); err != nil {
		if errors.Is(err, fault.NotFound) {
			err = fault.New(fault.NotFound, "who.missing")
		}
		return Person{}, fmt.Errorf("login %q: %w", login, err)
	}
	return b.Find(tx, n)
}
