package main

import (
	"context"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/level"
	"motcua/kernel/play"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
)

// testApp is the whole program on its own database and folder.
func testApp(t testing.TB, url string) *kernel.App {
	t.Helper()
	return testAppWith(t, url, func(*settings) {})
}

func testAppWith(t testing.TB, url string, change func(*settings)) *kernel.App {
	t.Helper()
	s := defaults()
	s.Dir, s.DB = t.TempDir(), url
	s.finish()
	change(&s)
	a, err := open(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// cast registers the six who act in every story, with their roles in bodies.
func cast(t testing.TB, a *kernel.App, bodies []string) (play.Cast, id.ID) {
	t.Helper()
	c, org := play.Cast{}, id.ID(0)
	err := a.DB.Write(context.Background(), func(tx *db.Tx) error {
		for name, roles := range map[string][]who.Role{"citizen": nil, "other": nil, "business": nil, "clerk": {who.Clerk}, "officer": {who.Officer}, "leader": {who.Leader}} {
			number := "001095000001"
			if name == "business" {
				number = "001095000002"
			}
			p, err := a.Book.Add(tx, who.Person{}, who.Person{Login: name, Name: "Thử " + name, Phone: "0900000000", Number: number}, "")
			if err != nil {
				return err
			}
			for _, r := range roles {
				for _, b := range bodies {
					if err := a.Book.Grant(tx, who.Person{}, p.ID, r, b, 0, time.Time{}); err != nil {
						return err
					}
				}
			}
			if name == "citizen" || name == "business" {
				proof := level.Proof{Level: who.Substantial, Way: "register", Number: p.Number, Name: p.Name, Born: "1995-01-01"}
				if err := level.Reach(tx, a.Book, p, p.ID, proof); err != nil {
					return err
				}
				// Their phone answered: codes that confirm what they sign are sent there.
				if _, err := tx.Exec(`insert into onetime_answered (person, kind, recipient, at) values ($1, 'sms', $2, 1)`, p.ID, p.Phone); err != nil {
					return err
				}
			}
			if name == "business" {
				if org, err = a.Book.AddOrg(tx, p, "Công ty Thử Nghiệm", "0100000001"); err != nil {
					return err
				}
				if err := a.Book.Mandate(tx, p, p.ID, org); err != nil {
					return err
				}
			}
			if c[name], err = a.Book.Find(tx, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, org
}

// payOnline lets the gateway say that the applicant has paid whatever d waits for.
func payOnline(t testing.TB, a *kernel.App, d id.ID) {
	t.Helper()
	orders, err := a.Engine.Children(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	paid := 0
	for _, o := range orders {
		if o.Kind != book.Order || !o.Ended.IsZero() {
			continue
		}
		whole, err := a.Engine.Find(context.Background(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		p := book.Payment{Source: book.Gateway, Ref: "DEMO" + o.ID.String(), Amount: book.Rest(whole), Day: "2020-03-02", Order: o.ID}
		if got, _, err := book.Take(context.Background(), a.Engine, p); err != nil || got != "paid" {
			t.Fatalf("paying %s: %s, %v", o.ID, got, err)
		}
		paid++
	}
	if paid == 0 {
		t.Fatalf("dossier %s: there is nothing to pay", d)
	}
}

// exampleBodies are the bodies that decide in the examples.
func exampleBodies(a *kernel.App) (all []string) {
	seen := map[string]bool{}
	for _, p := range a.Procedures.All() {
		for _, x := range p.Examples {
			if !seen[x.Body] {
				seen[x.Body] = true
				all = append(all, x.Body)
			}
		}
	}
	return all
}

// TestPlays plays every example of every procedure, on both databases; after
// it the projections are what the acts say and the ledger holds every act.
func TestPlays(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a := testApp(t, url)
		people, org := cast(t, a, exampleBodies(a))
		ctx, told := context.Background(), 0
		for _, p := range a.Procedures.All() {
			for _, x := range p.Examples {
				t.Run(p.Code+" "+x.Name, func(t *testing.T) {
					c := play.Cast{"applicant": people[x.Applicant], "clerk": people["clerk"], "officer": people["officer"], "leader": people["leader"]}
					s := &play.Stage{App: a, Engine: a.Engine, Blobs: a.Blobs, Cast: c, Org: org}
					d, err := s.Tell(ctx, p.Kind(), x, func() error { return a.Jobs.Drain(ctx) })
					if err != nil {
						t.Fatal(err)
					}
					if string(d.State) != x.Ends {
						t.Errorf("ends %s, the file says %s", d.State, x.Ends)
					}
					told++
				})
			}
		}
		if told < 24 {
			t.Errorf("%d plays were told, want at least 24", told)
		}
		if err := a.Log.Advance(ctx); err != nil {
			t.Fatal(err)
		}
		rows, err := a.Engine.Projections(ctx, false)
		if err != nil {
			t.Fatal(err)
		}
		history, err := a.Engine.History(ctx, a.Log)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range append(rows, history...) {
			t.Error(f)
		}
	})
}
