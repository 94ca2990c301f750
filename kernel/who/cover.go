package who

import (
	"context"
	"time"

	"motcua/base/db"
	"motcua/base/id"
)

// A Cover is a role that a colleague has while its holder is on leave.
type Cover struct {
	By    id.ID // the colleague
	Name  string
	Role  Role
	Body  string
	Until time.Time
}

// Covers are the covers of p's work in force now.
func (b *Book) Covers(ctx context.Context, p id.ID) (all []Cover, err error) {
	err = b.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (c Cover, err error) {
			var until db.Time
			err = into(&c.By, &c.Name, &c.Role, &c.Body, &until)
			c.Until = until.Time
			return c, err
		}, `select g.person, p.name, g.role, g.body, g.until from grants g join person p on p.id = g.person
			where g.covers = $1 and g.since <= $2 and (g.until = 0 or g.until > $2) order by g.id`, p, db.At(b.Now()))
		return err
	})
	return all, err
}

// Uncover ends the covers of absent's role in body by p now. What p holds in his own right stays.
func (b *Book) Uncover(tx *db.Tx, by Person, p id.ID, role Role, body string, absent id.ID) error {
	_, err := tx.Exec(`update grants set until = $1 where person = $2 and role = $3 and body = $4 and covers = $5 and (until = 0 or until > $1)`,
		db.At(b.Now()), p, string(role), body, absent)
	if err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, by, "role.withdraw", p, map[string]any{"role": role, "body": body, "covers": absent})
}
