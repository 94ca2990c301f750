// Package rights is how dangerous roles are given: one administrator asks, and the
// role holds when a second one of the body, or of a body above it, approves. Both
// acts are in the ledger. Who asked, whom it is for and whom either of them made
// an administrator lately does not approve. Taking a role away takes one.
//
// A role asked for stands in no table of roles: until it is given, nobody holds it.
package rights

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// Life is how long a role may be asked for before the asking is over.
const Life = 7 * 24 * time.Hour

// System is the register of roles asked for, and its page.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	admins := kernel.Roles(who.Admin)
	return kernel.System{Name: "rights", Texts: []fs.FS{files}, Schema: schema,
		Held:  []held.Table{{Name: "right_ask", Of: "person = $1", Tell: "role, body, state", Times: "at, decided", Stays: "who asked for which right for whom, and who agreed, is answered for by acts: numbers alone, and the reason they gave"}},
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/rights", Text: "rights.title", Icon: "people", About: "rights.about", Who: admins}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /admin/rights", Who: admins, Do: show}, {Pattern: "POST /admin/rights", Who: admins, Do: decide}}
		},
		Every: []kernel.Task{{Name: "end roles asked for too long ago", Pause: time.Hour, Do: Lapse}}}
}

// A State is where an asking stands.
type State string

// The states.
const (
	Open    State = "open"
	Given   State = "given"
	Used    State = "used" // of a password link: it was handed out
	Refused State = "refused"
	Over    State = "over" // nobody answered in time
)

// Password is what is asked for in place of a role where an administrator wants to
// hand out a password link to somebody with a dangerous role: who has the link has
// the account, and all its roles.
const Password who.Role = "password"

// Provider is what is asked for where an administrator wants his body's people let
// in as another provider says: it could say that anybody is their leader.
const Provider who.Role = "provider"

// Seal is what is asked for where a body is to have a seal; its page decides it.
const Seal who.Role = "seal"

// An Ask is a role that somebody asked for.
type Ask struct {
	ID       id.ID // of the act of asking
	Person   id.ID
	Role     who.Role
	Body     string
	Until    time.Time // of the role; zero: for good
	By, Hand id.ID     // who asked; whose hand that account is, 0: its own
	At       time.Time
	Expires  time.Time
	State    State
	Second   id.ID // who answered; 0: nobody, or the one at the machine
	Decided  time.Time
	Note     string
	// Confirmed is who confirmed the role in a review since it was given.
	Confirmed id.ID
	Detail    string // what exactly is asked for, of what is no role
	Page      string // where it is decided; "": on the page of rights
}

const columns = `id, person, role, body, until, by, hand, at, expires, state, second, decided, note, confirmed, detail, page`

func scan(into func(...any) error) (k Ask, err error) {
	var role, state string
	var until, at, expires, decided db.Time
	err = into(&k.ID, &k.Person, &role, &k.Body, &until, &k.By, &k.Hand, &at, &expires, &state, &k.Second, &decided, &k.Note, &k.Confirmed, &k.Detail, &k.Page)
	k.Role, k.State, k.Until, k.At, k.Expires, k.Decided = who.Role(role), State(state), until.Time, at.Time, expires.Time, decided.Time
	return k, err
}

// Find is one asking.
func Find(tx *db.Tx, n id.ID) (Ask, error) { return one(tx, `where id = $1`, n) }

func one(tx *db.Tx, where string, args ...any) (Ask, error) {
	all, err := db.List(tx, scan, `select `+columns+` from right_ask `+where, args...)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "rights.none")
	}
	if err != nil {
		return Ask{}, err
	}
	return all[0], nil
}

// find is one asking that is decided here.
func find(tx *db.Tx, n id.ID) (Ask, error) {
	k, err := Find(tx, n)
	if err == nil && k.Page != "" {
		err = fault.New(fault.Conflict, "rights.there")
	}
	return k, err
}

// entry is what an act about an asking says.
type entry struct {
	Ask    id.ID    `json:"ask,omitempty"`
	Role   who.Role `json:"role"`
	Body   string   `json:"body"`
	Until  db.Time  `json:"until"`
	Hand   id.ID    `json:"hand,omitempty"`
	Note   string   `json:"note,omitempty"`
	Detail string   `json:"detail,omitempty"`
}

// Give gives p a role in body or, where that takes two, asks for it: the one way
// in which people and lists give roles. hand is who speaks through by's account
// when it is a machine's, else 0; he or by has to administer the body.
func Give(tx *db.Tx, a *kernel.App, by who.Person, hand id.ID, p who.Person, role who.Role, body string, until time.Time) (asked bool, err error) {
	if p.Is(role, body) {
		return false, nil
	}
	if !role.Dangerous() {
		return false, a.Book.Grant(tx, by, p.ID, role, body, 0, until)
	}
	return true, ask(tx, a, Ask{Person: p.ID, Role: role, Body: body, Until: until, By: by.ID, Hand: hand})
}

// Allowed reports whether by may do what is no role, about p and exactly as detail
// says, and uses up that a second administrator approved it; else it is asked for.
func Allowed(tx *db.Tx, a *kernel.App, by who.Person, what who.Role, p id.ID, body, detail string) (bool, error) {
	n, err := tx.Exec(`update right_ask set state = 'used' where person = $1 and body = $2 and by = $3 and role = $4 and detail = $5 and state = 'given' and decided > $6`,
		p, body, by.ID, string(what), detail, db.At(a.Now().Add(-Life)))
	if err != nil || n > 0 {
		return n > 0, err
	}
	return false, ask(tx, a, Ask{Person: p, Role: what, Body: body, By: by.ID, Detail: detail})
}

// Latest is what by asked for last that is no role, about p, if it waits or may be done.
func Latest(tx *db.Tx, a *kernel.App, by who.Person, what who.Role, p id.ID) (k Ask, ok bool, err error) {
	all, err := db.List(tx, scan, `select `+columns+` from right_ask where person = $1 and role = $2 and by = $3 and (state = 'open' and expires > $4 or state = 'given' and decided > $5)
		order by id desc limit 1`, p, string(what), by.ID, db.At(a.Now()), db.At(a.Now().Add(-Life)))
	if err != nil || len(all) == 0 {
		return Ask{}, false, err
	}
	return all[0], true, nil
}

// ask writes k down, unless just that waits already.
func ask(tx *db.Tx, a *kernel.App, k Ask) error {
	by := who.Person{ID: k.By}
	asker, err := a.Book.Find(tx, cmp.Or(k.Hand, k.By))
	if err == nil && !a.Country.Rules(asker, k.Body) {
		err = fault.New(fault.NotFound, "who.body")
	}
	if err != nil {
		return err
	}
	waits, err := instead(tx, a, k)
	if err != nil || waits {
		return err
	}
	k.ID, err = a.Engine.RecordAs(tx, by, "role.ask", k.Person, entry{Role: k.Role, Body: k.Body, Until: db.At(k.Until), Hand: k.Hand, Detail: k.Detail})
	if err != nil {
		return err
	}
	return enter(tx, a, k)
}

// enter writes down that k waits, and tells those who may answer it.
func enter(tx *db.Tx, a *kernel.App, k Ask) error {
	k.At, k.Expires, k.State = a.Now(), a.Now().Add(Life), Open
	_, err := tx.Exec(`insert into right_ask (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 0, 0, '', 0, $10, $11)`,
		k.ID, k.Person, string(k.Role), k.Body, db.At(k.Until), k.By, k.Hand, db.At(k.At), db.At(k.Expires), k.Detail, k.Page)
	if err != nil {
		return err
	}
	return tellAble(tx, a, k)
}

// instead ends what waits in the place of k, unless just that does.
func instead(tx *db.Tx, a *kernel.App, k Ask) (waits bool, err error) {
	all, err := db.List(tx, scan, `select `+columns+` from right_ask where person = $1 and role = $2 and body = $3 and state = 'open'`, k.Person, string(k.Role), k.Body)
	for _, was := range all {
		switch {
		case err != nil:
		case !was.Expires.After(a.Now()):
			err = end(tx, a, who.Person{}, was, Over, "")
		case was.Detail == k.Detail:
			return true, nil
		default: // something else is wanted now: nobody is to approve what is wanted no more
			err = end(tx, a, who.Person{ID: k.By}, was, Refused, "")
		}
	}
	return false, err
}

// Await enters what is asked for, answered and recorded by a page of its own, among
// all that waits for a second administrator. k.ID is the act of asking.
func Await(tx *db.Tx, a *kernel.App, k Ask) error {
	if waits, err := instead(tx, a, k); err != nil || waits {
		return err
	}
	return enter(tx, a, k)
}

// Awaited is what Await entered for a body and nobody answered yet; none is a fault.NotFound.
func Awaited(tx *db.Tx, a *kernel.App, what who.Role, body string) (Ask, error) {
	return one(tx, `where person = 0 and role = $1 and body = $2 and state = 'open' and expires > $3`, string(what), body, db.At(a.Now()))
}

// Answered notes what by's page answered to what Await entered.
func Answered(tx *db.Tx, a *kernel.App, by who.Person, k Ask, as State) error {
	return settle(tx, a, by, k, as, "")
}

// Approve gives the role that was asked for: the second act, by another.
func Approve(tx *db.Tx, a *kernel.App, by who.Person, n id.ID) error {
	k, err := find(tx, n)
	if err == nil {
		err = May(tx, a, by, k)
	}
	if err != nil {
		return err
	}
	return give(tx, a, by, k)
}

func give(tx *db.Tx, a *kernel.App, by who.Person, k Ask) error {
	if err := settle(tx, a, by, k, Given, ""); err != nil {
		return err
	}
	switch k.Role {
	case Password:
		return a.Engine.Record(tx, by, "password.allow", k.Person, entry{Ask: k.ID, Body: k.Body})
	case Provider:
		return a.Engine.Record(tx, by, "provider.allow", k.Person, entry{Ask: k.ID, Body: k.Body, Detail: k.Detail})
	}
	return a.Book.GrantOn(tx, by, who.Basis{Ask: k.ID, Asker: k.By}, k.Person, k.Role, k.Body, 0, k.Until)
}

// Refuse ends an asking without giving the role. Who asked may take it back so.
func Refuse(tx *db.Tx, a *kernel.App, by who.Person, n id.ID, note string) error {
	k, err := find(tx, n)
	if err != nil {
		return err
	}
	switch by, err = a.Book.Find(tx, by.ID); {
	case err != nil:
		return err
	case !a.Country.Rules(by, k.Body):
		return fault.New(fault.NotFound, "rights.none")
	}
	return end(tx, a, by, k, Refused, note)
}

// Cancel ends what is asked for p: his body's directory, or who closes his
// account, takes it back.
func Cancel(tx *db.Tx, a *kernel.App, by who.Person, p id.ID, body string, roles ...who.Role) error {
	all, err := db.List(tx, scan, `select `+columns+` from right_ask where person = $1 and body = $2 and state = 'open'`, p, body)
	for _, k := range all {
		if slices.Contains(roles, k.Role) {
			err = errors.Join(err, end(tx, a, by, k, Refused, ""))
		}
	}
	return err
}

// Lapse ends what nobody answered in time.
func Lapse(ctx context.Context, a *kernel.App) error {
	var all []Ask
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = db.List(tx, scan, `select `+columns+` from right_ask where state = 'open' and expires <= $1 order by id limit 1000`, db.At(a.Now()))
		return err
	})
	for _, k := range all {
		bad := a.DB.Write(ctx, func(tx *db.Tx) error { return end(tx, a, who.Person{}, k, Over, "") })
		if fault.Of(bad) != fault.Conflict { // else somebody answered meanwhile
			err = errors.Join(err, bad)
		}
	}
	return err
}

// end writes the act by which an asking ends without the role.
func end(tx *db.Tx, a *kernel.App, by who.Person, k Ask, as State, note string) error {
	if err := settle(tx, a, by, k, as, note); err != nil {
		return err
	}
	act := "role.refuse"
	if as == Over {
		act = "role.lapse"
	}
	return a.Engine.Record(tx, by, act, k.Person, entry{Ask: k.ID, Role: k.Role, Body: k.Body, Note: note})
}

// settle answers an asking once: of two who answer at the same moment one finds it answered.
func settle(tx *db.Tx, a *kernel.App, by who.Person, k Ask, as State, note string) error {
	n, err := tx.Exec(`update right_ask set state = $1, second = $2, decided = $3, note = $4 where id = $5 and state = 'open'`,
		string(as), by.ID, db.At(a.Now()), note, k.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "rights.answered")
	}
	if err == nil {
		err = tellAsker(tx, a, by.ID, k)
	}
	return err
}
