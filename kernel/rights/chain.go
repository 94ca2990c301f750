package rights

import (
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// Young is how long an administrator does not approve what those ask who made him
// one, unless somebody else confirmed him in a review before: a person invented to
// be the second pair of eyes would be seen by then.
const Young = 30 * 24 * time.Hour

// May says why by does not approve k, or nothing. It looks at what holds now, in
// the transaction: who was taken out a moment ago approves nothing.
func May(tx *db.Tx, a *kernel.App, by who.Person, k Ask) error {
	switch {
	case k.State != Open:
		return fault.New(fault.Conflict, "rights.answered")
	case !k.Expires.After(a.Now()):
		return fault.New(fault.Conflict, "rights.over")
	}
	me, err := a.Book.Find(tx, by.ID)
	switch {
	case err != nil:
		return err
	case !a.Country.Rules(me, k.Body):
		return fault.New(fault.NotFound, "rights.none")
	case slices.Contains(k.parties(), me.ID):
		return fault.New(fault.Forbidden, "rights.own")
	}
	if err := stands(tx, a, k); err != nil {
		return err
	}
	for _, g := range me.Grants {
		if g.Role != who.Admin || !covers(a, g.Body, k.Body) {
			continue
		}
		if made, err := madeBy(tx, a, me.ID, g.Body, k.parties(), nil); err != nil || !made {
			return err
		}
	}
	return fault.New(fault.Forbidden, "rights.young")
}

// parties are those whose own matter k is.
func (k Ask) parties() []id.ID { return []id.ID{k.By, k.Hand, k.Person} }

// stands says whether who asked could still ask.
func stands(tx *db.Tx, a *kernel.App, k Ask) error {
	n := k.By
	if k.Hand != 0 {
		n = k.Hand
	}
	asker, err := a.Book.Find(tx, n)
	if err == nil && !a.Country.Rules(asker, k.Body) {
		err = fault.New(fault.Conflict, "rights.askergone")
	}
	return err
}

// covers reports whether an administrator of body rules below.
func covers(a *kernel.App, body, below string) bool {
	return a.Country.Rules(who.Person{Grants: []who.Grant{{Role: who.Admin, Body: body}}}, below)
}

// madeBy reports whether p became an administrator lately (of body; "*": of any) by
// one of those, or by somebody whom they made one lately, however long that chain is.
func madeBy(tx *db.Tx, a *kernel.App, p id.ID, body string, those, seen []id.ID) (bool, error) {
	all, err := db.List(tx, scan, `select `+columns+` from right_ask where person = $1 and role = 'admin' and state = 'given' and decided > $2 order by id`,
		p, db.At(a.Now().Add(-Young)))
	if err != nil {
		return false, err
	}
	for _, k := range all {
		confirmed := k.Confirmed != 0 && !slices.Contains(those, k.Confirmed)
		if body != "*" && k.Body != body || confirmed || k.Second == 0 { // 0: the one at the machine looked at it
			continue
		}
		for _, n := range []id.ID{k.By, k.Hand, k.Second} {
			switch {
			case n == 0 || slices.Contains(seen, n):
			case slices.Contains(those, n):
				return true, nil
			default:
				seen = append(seen, n)
				if made, err := madeBy(tx, a, n, "*", those, seen); made || err != nil {
					return made, err
				}
			}
		}
	}
	return false, nil
}

// AtMachine gives a role in the name of whoever has the machine, where no
// administrator is left who could: a node's second one, for a start.
func AtMachine(tx *db.Tx, a *kernel.App, n id.ID) error {
	k, err := find(tx, n)
	if err != nil {
		return err
	}
	if k.State != Open || !k.Expires.After(a.Now()) {
		return fault.New(fault.Conflict, "rights.answered")
	}
	if err := stands(tx, a, k); err != nil {
		return err
	}
	others, err := Able(tx, a, k)
	if err == nil && len(others) > 0 {
		err = fault.New(fault.Conflict, "rights.others", others[0].Name)
	}
	if err != nil {
		return err
	}
	return give(tx, a, who.Person{}, k)
}

// Able are the administrators who may approve k, those nearest to the body first.
func Able(tx *db.Tx, a *kernel.App, k Ask) (all []who.Person, err error) {
	var bodies []string
	for _, b := range a.Country.Path(k.Body) {
		bodies = append(bodies, b.Code)
	}
	for _, body := range append(bodies, "") {
		found, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
			`select distinct person from grants where body = $1 and role = 'admin' and (until = 0 or until > $2) order by person`, body, db.At(a.Now()))
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			p, err := a.Book.Find(tx, n)
			if err == nil {
				err = May(tx, a, p, k)
			}
			switch {
			case fault.Of(err) == fault.Forbidden || slices.ContainsFunc(all, func(x who.Person) bool { return x.ID == n }):
			case err != nil:
				return nil, err
			default:
				all = append(all, p)
			}
		}
	}
	return all, nil
}
