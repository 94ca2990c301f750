package level_test

import (
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/doctor"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/who"
)

// sick is what doctor says of levels.
func sick(t *testing.T, r *kerneltest.Rig) (all string) {
	t.Helper()
	found, err := doctor.Examine(t.Context(), r.App, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !f.OK && f.Check == "levels" {
			all += f.Detail
		}
	}
	return all
}

// TestWithdrawnMeanwhile: a contact that answers in the moment in which a wrong
// proof is taken back does not bring the level back that fell.
func TestWithdrawnMeanwhile(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil)
		p, clerk := r.People["applicant"], r.People["clerk"]
		reach := func(x level.Proof) error {
			return r.DB.Write(t.Context(), func(tx *db.Tx) error { return level.Reach(tx, r.Book, p, p.ID, x) })
		}
		if err := reach(level.Proof{Level: who.High, Way: level.Counter, Number: "001193000012", Name: p.Name, Born: "1993-05-06"}); err != nil {
			t.Fatal(err)
		}
		answered := make(chan error, 1)
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			all, err := level.Standing(tx, p.ID)
			if err != nil {
				return err
			}
			_, err = level.Withdraw(tx, r.Book, clerk, p.ID, all[0].ID, "another's document")
			go func() { answered <- reach(level.Proof{Level: who.Low, Way: level.Contact, Ref: "sms"}) }()
			time.Sleep(200 * time.Millisecond) // it comes as far as it can
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
		r.Book.Drop()
		if p, err := r.Book.Person(t.Context(), p.ID); err != nil || p.Level != who.Low || p.Number != "" {
			t.Errorf("level %q, number %q, %v; want what the contact says alone", p.Level, p.Number, err)
		}
		if bad := sick(t, r); bad != "" {
			t.Error(bad)
		}
	})
}

// TestSlippedIn: doctor names a proof that no act gave, of whom nothing is known
// and beside others, and one that was made to say more.
func TestSlippedIn(t *testing.T) {
	const put = `insert into level_proof (id, person, level, way, ref, body, number, made, ended) select 7, id, 'high', 'counter', '', '', '001193000099', 1, 0 from person where login = `
	for what, q := range map[string]string{"of nobody known": put + `'officer'`, "beside another": put + `'applicant'`,
		"a level raised": `update level_proof set level = 'high'`, "another number": `update level_proof set number = '001193000099'`} {
		t.Run(what, func(t *testing.T) {
			r := kerneltest.Open(t, dbtest.SQLite(t), nil)
			p := r.People["applicant"]
			crime := func(tx *db.Tx) error { _, err := tx.Exec(q); return err }
			proof := func(tx *db.Tx) error {
				return level.Reach(tx, r.Book, p, p.ID, level.Proof{Level: who.Substantial, Way: level.Register, Number: "001193000012", Name: p.Name, Born: "1993-05-06"})
			}
			for _, f := range []func(*db.Tx) error{proof, crime} {
				if bad := sick(t, r); bad != "" {
					t.Fatalf("before it: %s", bad)
				}
				if err := r.DB.Write(t.Context(), f); err != nil {
					t.Fatal(err)
				}
			}
			if bad := sick(t, r); !strings.Contains(bad, "proofs of person") {
				t.Errorf("doctor says %q", bad)
			}
		})
	}
}
