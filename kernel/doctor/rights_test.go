package doctor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/doctor"
	"motcua/kernel/kerneltest"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// TestNoDangerousRoleStandsOnOnePerson plants roles with acts that look right, as
// somebody could who has the database and the node's own program: each is named
// with its reason, and what two gave is not.
func TestNoDangerousRoleStandsOnOnePerson(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, rights.System())
		here := kerneltest.Here
		root, admin := r.People["root"], r.People["admin"]
		write := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := r.DB.Write(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		said := func() (all []string) {
			t.Helper()
			found, err := doctor.Examine(t.Context(), r.App, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Check == "rights" && !f.OK {
					all = append(all, f.Detail)
				}
			}
			return all
		}
		newcomer := func(tx *db.Tx) who.Person {
			p, err := r.Book.Add(tx, who.Person{}, who.Person{Name: "Người Mới"}, "")
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		write(func(tx *db.Tx) error {
			_, err := rights.Give(tx, r.App, root, 0, newcomer(tx), who.Leader, here, time.Time{})
			var n id.ID
			if err == nil {
				err = tx.Row(`select id from right_ask`).Scan(&n)
			}
			if err == nil {
				err = rights.Approve(tx, r.App, admin, n)
			}
			return err
		})
		if all := said(); len(all) > 0 {
			t.Fatalf("two gave it: %v", all)
		}

		type body = map[string]any
		// plant writes a role into the table, and the act that gives it.
		plant := func(tx *db.Tx, by who.Person, p id.ID, covers id.ID, more body) error {
			b := body{"role": who.Leader, "body": here, "covers": covers, "until": db.Time{}}
			for k, v := range more {
				b[k] = v
			}
			_, err := tx.Exec(`insert into grants (id, person, role, body, covers, since, until, by) values ($1, $2, 'leader', $3, $4, 0, 0, $5)`, r.IDs.New(), p, here, covers, by.ID)
			if err == nil {
				err = r.Engine.Record(tx, by, "role.grant", p, b)
			}
			return err
		}
		ask := func(tx *db.Tx, by who.Person, p id.ID, more body) id.ID {
			b := body{"role": who.Leader, "body": here}
			for k, v := range more {
				b[k] = v
			}
			n, err := r.Engine.RecordAs(tx, by, "role.ask", p, b)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		var want []string
		for _, x := range []struct {
			why   string
			plant func(tx *db.Tx, p id.ID) error
		}{
			{"given by one alone: nobody asked", func(tx *db.Tx, p id.ID) error { return plant(tx, root, p, 0, nil) }},
			{"who asked, or who has it, approved", func(tx *db.Tx, p id.ID) error {
				return plant(tx, root, p, 0, body{"ask": ask(tx, root, p, nil), "asker": admin.ID})
			}},
			{"who asked, or who has it, approved", func(tx *db.Tx, p id.ID) error {
				return plant(tx, who.Person{ID: p}, p, 0, body{"ask": ask(tx, root, p, nil), "asker": root.ID})
			}},
			{"who asked, or who has it, approved", func(tx *db.Tx, p id.ID) error {
				return plant(tx, root, p, 0, body{"ask": ask(tx, admin, p, body{"hand": root.ID}), "asker": admin.ID})
			}},
			{"another role was asked for", func(tx *db.Tx, p id.ID) error {
				return plant(tx, root, p, 0, body{"ask": ask(tx, admin, p, body{"body": kerneltest.Away}), "asker": admin.ID})
			}},
			{"another role was asked for", func(tx *db.Tx, p id.ID) error {
				return plant(tx, root, p, 0, body{"ask": ask(tx, admin, admin.ID, nil), "asker": admin.ID})
			}},
			{"somebody answered already", func(tx *db.Tx, p id.ID) error {
				n := ask(tx, admin, p, nil)
				if err := r.Engine.Record(tx, root, "role.refuse", p, body{"ask": n}); err != nil {
					return err
				}
				return plant(tx, root, p, 0, body{"ask": n, "asker": admin.ID})
			}},
			{"lent by somebody who does not have it", func(tx *db.Tx, p id.ID) error {
				return plant(tx, r.People["clerk"], p, r.People["clerk"].ID, nil)
			}},
			{"lent by somebody who does not have it", func(tx *db.Tx, p id.ID) error { return plant(tx, root, p, r.People["leader"].ID, nil) }},
			{"in which nobody gave it", func(tx *db.Tx, p id.ID) error { return plant(tx, root, p, 0, body{"from": kerneltest.Above}) }},
			{"given by nobody", func(tx *db.Tx, p id.ID) error { return plant(tx, who.Person{}, p, 0, nil) }},
		} {
			write(func(tx *db.Tx) error {
				p := newcomer(tx)
				want = append(want, p.ID.String()+": "+x.why)
				return x.plant(tx, p.ID)
			})
		}
		all := said()
		for _, w := range want {
			person, why, _ := strings.Cut(w, ": ")
			if !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, person) && strings.Contains(s, why) }) {
				t.Errorf("doctor does not say %q", w)
			}
		}
		if len(all) != len(want) {
			t.Errorf("%d planted, doctor says %d:\n%s", len(want), len(all), strings.Join(all, "\n"))
		}
	})
}
