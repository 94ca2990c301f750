package rights

import (
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
)

// A Held is a role that somebody holds in a body.
type Held struct {
	Right       id.ID // its number in the register
	Person      id.ID
	Role        who.Role
	Body        string
	Covers      id.ID // the colleague whose work it is, or 0
	Since       time.Time
	Until       time.Time // zero: for good
	By, Asker   id.ID     // who gave or approved it, and who had asked; 0: nobody, or not known
	Seen        time.Time // when he last signed in; zero: never, or before it was kept
	Name, Login string
}

// Holders are the roles that hold in a body now, by person.
func Holders(tx *db.Tx, now time.Time, body string) ([]Held, error) {
	return db.List(tx, func(into func(...any) error) (h Held, err error) {
		var role string
		var since, until, seen db.Time
		err = into(&h.Right, &h.Person, &role, &h.Body, &h.Covers, &since, &until, &h.By, &h.Asker, &seen, &h.Name, &h.Login)
		h.Role, h.Since, h.Until, h.Seen = who.Role(role), since.Time, until.Time, seen.Time
		return h, err
	}, `select g.id, g.person, g.role, g.body, g.covers, g.since, g.until, g.by, coalesce((select k.by from right_ask k
			where k.person = g.person and k.role = g.role and k.body = g.body and k.state = 'given' order by k.decided desc limit 1), 0), p.seen, p.name, coalesce(p.login, '')
		from grants g join person p on p.id = g.person where g.body = $1 and g.since <= $2 and (g.until = 0 or g.until > $2) order by p.name, p.id, g.id`, body, db.At(now))
}

// Confirmed notes that somebody found in a review that p still needs the role: who
// was given it is no stranger any more (Young).
func Confirmed(tx *db.Tx, by, p id.ID, role who.Role, body string) error {
	_, err := tx.Exec(`update right_ask set confirmed = $1 where person = $2 and role = $3 and body = $4 and state = 'given'`, by, p, string(role), body)
	return err
}
