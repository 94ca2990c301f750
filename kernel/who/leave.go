package who

import (
	"crypto/sha256"
	"encoding/hex"

	"motcua/base/db"
	"motcua/base/id"
)

// left is what stands for the sign-in name of a closed account: nobody can sign in
// with it, and nobody else is ever given the name.
func left(login string) string {
	sum := sha256.Sum256([]byte(login))
	return "~" + hex.EncodeToString(sum[:16])
}

// Close ends a person's account: nobody can sign in to it any more, its contacts
// are gone, mandates end, and what it proved counts no more. Name and number stay for the dossiers that are kept.
func (b *Book) Close(tx *db.Tx, p Person) error {
	var login any
	if p.Login != "" {
		login = left(p.Login)
	}
	if _, err := tx.Exec(`update person set login = $1, password = '', email = '', phone = '', level = '', proven = null where id = $2`, login, p.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`delete from contact_left where person = $1`, p.ID); err != nil {
		return err
	}
	all, err := Mandates(tx, p.ID, p.ID)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.State == Ended {
			continue
		}
		if err := b.turn(tx, Person{}, m, Ended, "mandate.revoke", Trust{}); err != nil {
			return err
		}
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, Person{}, "account.close", p.ID, nil)
}

// Forget takes out what is still known of a person whose account was closed. His
// id stays, and is given to nobody else.
func (b *Book) Forget(tx *db.Tx, n id.ID) error {
	if _, err := tx.Exec(`update person set name = '', number = '', born = '' where id = $1`, n); err != nil {
		return err
	}
	return tx.Bump("who")
}
