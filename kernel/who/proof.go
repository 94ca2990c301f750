package who

import (
	"errors"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Proof is how a person reached a level of assurance. It stands in the act.
type Proof struct {
	Level  Level  `json:"level"`
	Way    string `json:"way"`              // contact, register, counter
	Ref    string `json:"ref,omitempty"`    // which contact, the register's number of its answer, or the sort and number of the document; never a picture
	Body   string `json:"body,omitempty"`   // where the person was shown
	Number string `json:"number,omitempty"` // in the population register, from Substantial on
	Name   string `json:"name,omitempty"`
	Born   string `json:"born,omitempty"`
}

// Prove raises p's level as x says; what he has reached stays. From Substantial
// on the number is his: no other account has it, now or later, and the name and
// day of birth are those that were proved.
func (b *Book) Prove(tx *db.Tx, by Person, p id.ID, x Proof) error {
	was, err := b.Find(tx, p)
	if err != nil {
		return err
	}
	if x.Level == "" || was.Level != "" && was.Level.Reaches(x.Level) {
		return nil
	}
	if x.Level == Low {
		x.Number, x.Name, x.Born = "", "", ""
		_, err = tx.Exec(`update person set level = $1 where id = $2`, string(x.Level), p)
	} else {
		holder, known, bad := b.Proven(tx, x.Number)
		switch {
		case bad != nil:
			return bad
		case x.Number == "" || known && holder.ID != p || was.Level.Reaches(Substantial) && was.Number != x.Number:
			return fault.New(fault.Conflict, "who.proven")
		}
		_, err = tx.Exec(`update person set level = $1, proven = $2, number = $2, name = $3, born = $4 where id = $5`, string(x.Level), x.Number, x.Name, x.Born, p)
	}
	if err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	return b.Record(tx, by, "level.reach", p, x)
}

// Proven finds the one account whose number was proved to be this.
func (b *Book) Proven(tx *db.Tx, number string) (p Person, known bool, err error) {
	var n id.ID
	err = tx.Row(`select id from person where proven = $1`, number).Scan(&n)
	if errors.Is(err, fault.NotFound) || number == "" {
		return Person{}, false, nil
	}
	if err == nil {
		p, err = b.Find(tx, n)
	}
	return p, err == nil, err
}
