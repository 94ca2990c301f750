package who

import (
	"time"

	"motcua/base/db"
	"motcua/base/id"
)

// SetContact gives p another phone or, with mail, another address of mail. The
// one he had is remembered: what is dangerous is told there for a while still.
func (b *Book) SetContact(tx *db.Tx, by Person, p id.ID, mail bool, to string) error {
	was, err := b.Find(tx, p)
	if err != nil {
		return err
	}
	column, kind, old := "phone", "sms", was.Phone
	if mail {
		column, kind, old = "email", "mail", was.Email
	}
	if old == to {
		return nil
	}
	_, err = tx.Exec(`insert into contact_left (id, person, mail, recipient, at) values ($1, $2, $3, $4, $5)`, b.IDs.New(), p, mail, old, db.At(b.Now()))
	if err == nil {
		_, err = tx.Exec(`update person set `+column+` = $1 where id = $2`, to, p)
	}
	if err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, by, "contact.set", p, map[string]any{"kind": kind})
}

// A Contact is where a person can be reached, by mail or by phone.
type Contact struct {
	Mail bool
	To   string
}

// Contacts are those that p has, and those that he had since then.
func (b *Book) Contacts(tx *db.Tx, p Person, since time.Time) (all []Contact, err error) {
	all, err = db.List(tx, func(into func(...any) error) (c Contact, err error) { return c, into(&c.Mail, &c.To) },
		`select distinct mail, recipient from contact_left where person = $1 and at > $2 and recipient <> ''`, p.ID, db.At(since))
	for _, c := range []Contact{{false, p.Phone}, {true, p.Email}} {
		if c.To != "" {
			all = append(all, c)
		}
	}
	return all, err
}
