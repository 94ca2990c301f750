// Package level is how surely it is known who a person is, and why: each proof of
// it is an act, and so is its end. What a person has reached is what his standing
// proofs say together; nothing else raises or lowers it.
package level

import (
	"errors"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/who"
)

// The ways by which a level is reached.
const (
	Contact  = "contact"  // a contact answered
	Register = "register" // the population register said yes
	Counter  = "counter"  // shown in person with a document
	Passkey  = "passkey"  // a passkey bound to one device, beside a proof of the number
)

// A Proof is how a person reached a level of assurance. It stands in the act.
type Proof struct {
	ID     id.ID     `json:"proof,omitzero"`
	Level  who.Level `json:"level"`
	Way    string    `json:"way"`
	Ref    string    `json:"ref,omitempty"`    // which contact, the register's number of its answer, the passkey, or the sort and number of the document; never a picture
	Body   string    `json:"body,omitempty"`   // where the person was shown
	Number string    `json:"number,omitempty"` // in the population register, from Substantial on
	Name   string    `json:"name,omitempty"`
	Born   string    `json:"born,omitempty"`
	Made   db.Time   `json:"-"`
}

// A Fall is the end of proofs, as the act tells it.
type Fall struct {
	Proofs []id.ID   `json:"proofs"`
	Why    string    `json:"why"`
	Level  who.Level `json:"level"`            // what is left
	Number string    `json:"number,omitempty"` // that is still proved
}

// Sum is what standing proofs say together: the level, and the number that is
// proved. A passkey says that it is the same person as before, not who he is: it
// counts beside a proof of the number alone.
func Sum(standing []Proof) (l who.Level, number string) {
	for _, x := range standing {
		if x.Way != Passkey && x.Number != "" {
			number = x.Number
		}
	}
	for _, x := range standing {
		if (l == "" || !l.Reaches(x.Level)) && (x.Way != Passkey || number != "") {
			l = x.Level
		}
	}
	return l, number
}

// Standing are the proofs of a person that were not withdrawn, the oldest first.
func Standing(tx *db.Tx, p id.ID) ([]Proof, error) {
	return db.List(tx, func(into func(...any) error) (x Proof, err error) {
		return x, into(&x.ID, &x.Level, &x.Way, &x.Ref, &x.Body, &x.Number, &x.Made)
	}, `select id, level, way, ref, body, number, made from level_proof where person = $1 and ended = 0 order by made, id`, p)
}

// Hold is Standing, and nobody else changes what p proved until tx ends: who
// decides by it does not decide by what was taken back meanwhile.
func Hold(tx *db.Tx, p id.ID) ([]Proof, error) {
	if _, err := tx.Exec(`update person set level = level where id = $1`, p); err != nil { // locks the row on PostgreSQL
		return nil, err
	}
	return Standing(tx, p)
}

// Reach raises p's level as x says; what he has reached stays. From Substantial
// on the number is his: no other account has it while the proof stands, and the
// name and day of birth are those that were proved.
func Reach(tx *db.Tx, b *who.Book, by who.Person, p id.ID, x Proof) error {
	like := func(o Proof) bool { return o.Level == x.Level && o.Way == x.Way }
	all, err := Standing(tx, p)
	if err != nil || x.Level == "" || slices.ContainsFunc(all, like) {
		return err
	}
	if all, err = Hold(tx, p); err != nil || slices.ContainsFunc(all, like) {
		return err
	}
	_, proved := Sum(all)
	if x.Level == who.Low {
		x.Number, x.Name, x.Born = "", "", ""
	} else {
		holder, known, err := Holder(tx, b, x.Number)
		switch {
		case err != nil:
			return err
		case x.Number == "" || known && holder.ID != p || proved != "" && proved != x.Number || x.Way == Passkey && proved == "":
			return fault.New(fault.Conflict, "who.proven")
		}
		if _, err := tx.Exec(`update person set number = $1, name = $2, born = $3 where id = $4`, x.Number, x.Name, x.Born, p); err != nil {
			return err
		}
	}
	x.ID, x.Made = b.IDs.New(), db.At(b.Now())
	ref := map[bool]string{true: x.Ref}[x.Way == Passkey]
	if _, err := tx.Exec(`insert into level_proof (id, person, level, way, ref, body, number, made, ended) values ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		x.ID, p, string(x.Level), x.Way, ref, x.Body, x.Number, x.Made); err != nil {
		return err
	}
	if err := put(tx, p, append(all, x)); err != nil {
		return err
	}
	return b.Record(tx, by, "level.reach", p, x)
}

// put writes what the standing proofs say of p.
func put(tx *db.Tx, p id.ID, standing []Proof) error {
	l, number := Sum(standing)
	var proven any
	if number != "" {
		proven = number
	}
	if _, err := tx.Exec(`update person set level = $1, proven = $2 where id = $3`, string(l), proven, p); err != nil {
		return err
	}
	return tx.Bump("who")
}

// Withdraw ends a proof of p that was wrong, and with it what rests on it. Once
// no proof of the number stands, the number and the day of birth are his no more:
// another account may prove them. The name stays, for his dossiers bear it.
func Withdraw(tx *db.Tx, b *who.Book, by who.Person, p, wrong id.ID, why string) (Fall, error) {
	f := Fall{Why: why}
	all, err := Hold(tx, p)
	if err != nil {
		return f, err
	}
	left := slices.DeleteFunc(slices.Clone(all), func(x Proof) bool { return x.ID == wrong })
	if len(left) == len(all) {
		return f, fault.New(fault.Conflict, "who.proof.over")
	}
	f.Level, f.Number = Sum(left)
	if f.Number == "" {
		left = slices.DeleteFunc(left, func(x Proof) bool { return x.Way == Passkey })
		if _, err := tx.Exec(`update person set number = '', born = '' where id = $1`, p); err != nil {
			return f, err
		}
	}
	for _, x := range all {
		if slices.ContainsFunc(left, func(o Proof) bool { return o.ID == x.ID }) {
			continue
		}
		f.Proofs = append(f.Proofs, x.ID)
		if _, err := tx.Exec(`update level_proof set ended = $1 where id = $2`, db.At(b.Now()), x.ID); err != nil {
			return f, err
		}
	}
	if err := put(tx, p, left); err != nil {
		return f, err
	}
	return f, b.Record(tx, by, "level.withdraw", p, f)
}

// Lost withdraws the proof by a passkey that is no more, if there is one.
func Lost(tx *db.Tx, b *who.Book, by who.Person, p, key id.ID, why string) error {
	all, err := Standing(tx, p)
	for _, x := range all {
		if err == nil && x.Way == Passkey && x.Ref == key.String() {
			_, err = Withdraw(tx, b, by, p, x.ID, why)
		}
	}
	return err
}

// Holder finds the one account whose number is proved to be this.
func Holder(tx *db.Tx, b *who.Book, number string) (p who.Person, known bool, err error) {
	var n id.ID
	err = tx.Row(`select id from person where proven = $1`, number).Scan(&n)
	if errors.Is(err, fault.NotFound) || number == "" {
		return who.Person{}, false, nil
	}
	if err == nil {
		p, err = b.Find(tx, n)
	}
	return p, err == nil, err
}
