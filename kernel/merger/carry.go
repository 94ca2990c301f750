package merger

import (
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
)

// carry gives everybody who holds a role in the body from the same role in the
// body to, which carries on its work, until the same time, and ends the old one.
// It says how many roles there were; done again, none. A dangerous role rests on
// the one it carries on, which two gave.
func (m *Merger) carry(tx *db.Tx, from, to string) (int, error) {
	b := m.App.Book
	type held struct {
		person, covers id.ID
		role           who.Role
		until          time.Time
	}
	all, err := db.List(tx, func(into func(...any) error) (h held, err error) {
		role, until := "", db.Time{}
		err = into(&h.person, &role, &h.covers, &until)
		h.role, h.until = who.Role(role), until.Time
		return h, err
	}, `select person, role, covers, until from grants where body = $1 and (until = 0 or until > $2) order by id`, from, db.At(b.Now()))
	if err != nil {
		return 0, err
	}
	for _, h := range all {
		p, err := b.Find(tx, h.person)
		if err != nil {
			return 0, err
		}
		known := false
		for _, g := range p.Grants {
			known = known || g.Role == h.role && g.Body == to && g.For == h.covers
		}
		if !known {
			if err := b.GrantOn(tx, m.By, who.Basis{From: from}, h.person, h.role, to, h.covers, h.until); err != nil {
				return 0, err
			}
		}
	}
	for _, h := range all {
		if err := b.Withdraw(tx, m.By, h.person, h.role, from); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
