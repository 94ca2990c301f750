package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/level"
	"motcua/kernel/who"
)

// levels compares how surely each person is known, and by which proofs, with the
// acts by which that was reached and withdrawn.
func levels(ctx context.Context, a *kernel.App) (found []string, err error) {
	var held []grade
	var rows map[id.ID][]string
	said, ended := map[id.ID][]level.Proof{}, map[id.ID]bool{}
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		clear(said)
		clear(ended)
		if held, err = grades(tx); err != nil {
			return err
		}
		if rows, err = proofs(tx); err != nil {
			return err
		}
		_, err = db.List(tx, func(into func(...any) error) (n struct{}, err error) {
			var act, body string
			if err := into(&act, &body); err != nil {
				return n, err
			}
			var c struct {
				Person id.ID `json:"about"`
				Body   struct {
					level.Proof
					Proofs []id.ID `json:"proofs"` // that were withdrawn
				} `json:"body"`
			}
			switch bad := json.Unmarshal([]byte(body), &c); {
			case bad != nil: // it is named as changed
			case act == "account.close":
				delete(said, c.Person)
			case act == "level.withdraw":
				for _, x := range c.Body.Proofs {
					ended[x] = true
				}
				said[c.Person] = slices.DeleteFunc(said[c.Person], func(x level.Proof) bool {
					return ended[x.ID] || x.ID == 0 && ended[c.Person] // of before proofs had numbers, as one
				})
			default:
				said[c.Person] = append(said[c.Person], c.Body.Proof)
			}
			return n, nil
		}, `select act, coalesce(body, '') from act where act in ('level.reach', 'level.withdraw', 'account.close') order by id`)
		return err
	})
	for _, s := range held {
		all, ok := said[s.Person]
		kept := rows[s.Person]
		delete(said, s.Person)
		delete(rows, s.Person)
		l, number := level.Sum(all)
		if !ok {
			found = append(found, fmt.Sprintf("level %s of person %s: was slipped in: no act reached it", s.Level, s.Person))
		} else if l != s.Level || number != s.Number {
			found = append(found, fmt.Sprintf("level %s of person %s: the acts say %s, or another number", s.Level, s.Person, l))
		}
		if ok && !slices.Equal(kept, standing(s.Person, all)) {
			found = append(found, fmt.Sprintf("proofs of person %s: are not those that the acts say", s.Person))
		}
	}
	for p := range rows {
		found = append(found, fmt.Sprintf("proofs of person %s: were slipped in: no level is reached by them", p))
	}
	for p, all := range said {
		if l, _ := level.Sum(all); l != "" {
			found = append(found, fmt.Sprintf("level %s of person %s: is missing: an act reached it", l, p))
		}
	}
	slices.Sort(found)
	return found, err
}

// row is a proof as far as acts and table must agree on it.
func row(n id.ID, l who.Level, number string) string { return fmt.Sprintf("%s %s %s", n, l, number) }

// standing are the proofs by acts. All of before proofs had numbers are one, under
// that of their person.
func standing(person id.ID, all []level.Proof) (rows []string) {
	var old []level.Proof
	for _, x := range all {
		if x.ID == 0 {
			old = append(old, x)
		} else {
			rows = append(rows, row(x.ID, x.Level, x.Number))
		}
	}
	if l, number := level.Sum(old); l != "" {
		rows = append(rows, row(person, l, number))
	}
	slices.Sort(rows)
	return rows
}

// proofs are those that stand, as the table has them, by person.
func proofs(tx *db.Tx) (map[id.ID][]string, error) {
	all := map[id.ID][]string{}
	_, err := db.List(tx, func(into func(...any) error) (n struct{}, err error) {
		var x, person id.ID
		var l who.Level
		var number string
		err = into(&x, &person, &l, &number)
		all[person] = append(all[person], row(x, l, number))
		return n, err
	}, `select id, person, level, number from level_proof where ended = 0`)
	for _, rows := range all {
		slices.Sort(rows)
	}
	return all, err
}

// grade is the level of a person and the number that was proved, as the table has them.
type grade struct {
	Person id.ID
	Level  who.Level
	Number string
}

// grades are those of all who have reached a level, for doctor.
func grades(tx *db.Tx) ([]grade, error) {
	return db.List(tx, func(into func(...any) error) (s grade, err error) {
		return s, into(&s.Person, &s.Level, &s.Number)
	}, `select id, level, coalesce(proven, '') from person where level <> '' or proven is not null order by id`)
}
