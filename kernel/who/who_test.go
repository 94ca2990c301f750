package who_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

func book(t *testing.T, d *db.DB, now func() time.Time) *who.Book {
	t.Helper()
	if err := d.Migrate(context.Background(), "who", who.Schema()); err != nil {
		t.Fatal(err)
	}
	b := &who.Book{DB: d, IDs: id.NewSource(1, time.Now), Now: now, Record: func(*db.Tx, who.Person, string, id.ID, any) error { return nil }}
	d.Watch("who", b.Drop)
	return b
}

func TestGrantsAreSeenAtOnceAndEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now := context.Background(), time.Now()
		b := book(t, d, func() time.Time { return now })
		var p who.Person
		write := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) (err error) {
			p, err = b.Add(tx, p, who.Person{Login: "an.thu", Name: "An Thử"}, "")
			return err
		})
		holds := func(role who.Role, want bool) {
			t.Helper()
			got, err := b.Person(ctx, p.ID)
			if err != nil || got.Is(role, "H01") != want {
				t.Errorf("%s in H01: %v %v, want %v", role, got.Is(role, "H01"), err, want)
			}
		}
		holds(who.Clerk, false)
		write(func(tx *db.Tx) error { return b.Grant(tx, p, p.ID, who.Clerk, "H01", 0, time.Time{}) })
		holds(who.Clerk, true)
		write(func(tx *db.Tx) error { return b.Withdraw(tx, p, p.ID, who.Clerk, "H01") })
		holds(who.Clerk, false)
		write(func(tx *db.Tx) error {
			return b.Grant(tx, who.Person{}, p.ID, who.Leader, "H01", 9, now.Add(time.Hour))
		})
		holds(who.Leader, true)
		now = now.Add(2 * time.Hour)
		holds(who.Leader, false)
		for _, bad := range []who.Person{{Login: "An Thu", Name: "x"}, {Login: "an.thu", Name: "x"}, {Login: "other", Name: "  "}} {
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := b.Add(tx, p, bad, ""); return err })
			if fault.Of(err) != fault.Invalid {
				t.Errorf("%+v: %v, want invalid", bad, err)
			}
		}
	})
}

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now := context.Background(), time.Now()
		b := book(t, d, func() time.Time { return now })
		g := who.NewGuard(b)
		if _, err := g.Hash(ctx, who.Person{}, "ngắn"); fault.Of(err) != fault.Invalid {
			t.Errorf("a short password: %v", err)
		}
		hash, err := g.Hash(ctx, who.Person{}, "một câu dễ nhớ")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := b.Add(tx, who.Person{}, who.Person{Login: "lan", Name: "Lan Thử"}, hash)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if p, err := g.SignIn(ctx, throttle.Try{Account: " LAN ", From: netip.MustParseAddr("192.0.2.1")}, "một câu dễ nhớ"); err != nil || p.Name != "Lan Thử" {
			t.Errorf("got %v %v", p.Name, err)
		}
		for range 5 {
			if _, err := g.SignIn(ctx, throttle.Try{Account: "lan", From: netip.MustParseAddr("192.0.2.1")}, "sai"); fault.Of(err) != fault.Unidentified {
				t.Errorf("a wrong password: %v", err)
			}
		}
		if _, err := g.SignIn(ctx, throttle.Try{Account: "lan", From: netip.MustParseAddr("192.0.2.1")}, "một câu dễ nhớ"); fault.Of(err) != fault.TooMany {
			t.Errorf("the sixth try: %v, want too many", err)
		}
		if _, err := g.SignIn(ctx, throttle.Try{Account: "nobody", From: netip.MustParseAddr("192.0.2.1")}, "sai"); fault.Of(err) != fault.Unidentified {
			t.Errorf("others wait too: %v", err)
		}
		now = now.Add(2 * time.Minute)
		if _, err := g.SignIn(ctx, throttle.Try{Account: "lan", From: netip.MustParseAddr("192.0.2.1")}, "một câu dễ nhớ"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}
