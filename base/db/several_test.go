package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
)

func TestWatch(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel() // it waits for clocks
		here, there := dbtest.Open(t, url), dbtest.Open(t, url)
		var a, b, other atomic.Int32
		here.Watch("roles", func() { a.Add(1) })
		there.Watch("roles", func() { b.Add(1) })
		there.Watch("kinds", func() { other.Add(1) })
		for want := int32(1); want <= 2; want++ {
			err := here.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(tx.Bump("roles"), tx.Bump("roles")) })
			if err != nil {
				t.Fatal(err)
			}
			if a.Load() < want {
				t.Error("the writing instance was not told before Write returned")
			}
			// Counted in looks at the database, as many as fit a second: on a machine that is slow, these are too.
			for looks := 0; b.Load() < want; looks++ {
				if looks > int(time.Second/db.WatchEvery) {
					t.Fatalf("bump %d: the other instance was not told within a second", want)
				}
				time.Sleep(db.WatchEvery)
				if err := there.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select 1`).Scan(new(int)) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		refused := errors.New("no")
		before := a.Load()
		here.Write(t.Context(), func(tx *db.Tx) error { tx.Bump("kinds"); tx.Tell("roles"); return refused })
		if err := here.Write(t.Context(), func(tx *db.Tx) error { tx.Tell("kinds"); tx.Tell("roles"); return nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * db.WatchEvery)
		if a.Load() <= before || other.Load() != 0 {
			t.Errorf("got %d here, %d there; want what was told here alone, and nothing of what was undone", a.Load()-before, other.Load())
		}
	})
}

func instance(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := d.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInstancesDiffer(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a, b := dbtest.Open(t, url), dbtest.Open(t, url)
		if x, y, again := instance(t, a), instance(t, b), instance(t, a); x != 0 || y != 1 || again != x {
			t.Errorf("got %d, %d and %d again; want 0, 1, 0", x, y, again)
		}
		a.Close()
		c := dbtest.Open(t, url)
		if n := instance(t, c); n != 2 {
			t.Errorf("got %d, want 2: what was given back comes last", n)
		}
	})
}

func TestInstanceNumbersRunOutAndExpire(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		d := dbtest.Open(t, url)
		// fill lets each number be in use for a second less than the one before it.
		fill := func(most time.Duration) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(`delete from lease`)
				for n := range 256 {
					_, e := tx.Exec(`insert into lease (name, holder, until) values ($1, 'x', $2)`, fmt.Sprint("instance/", n), db.At(time.Now().Add(most-time.Duration(n)*time.Second)))
					err = errors.Join(err, e)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		fill(time.Hour)
		if _, err := d.Instance(t.Context()); !errors.Is(err, fault.Unavailable) {
			t.Errorf("all in use: got %v", err)
		}
		fill(254 * time.Second) // 255 and 254 have expired
		if n := instance(t, d); n != 255 {
			t.Errorf("got %d, want 255, free the longest", n)
		}
	})
}

func TestWhoLostItsNumberStopsWriting(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		sleeper, d := dbtest.Open(t, url), dbtest.Open(t, url)
		instance(t, sleeper)
		sleeper.RenewOnce()
		if err := sleeper.Write(t.Context(), func(*db.Tx) error { return nil }); err != nil {
			t.Errorf("renewed: %v", err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update lease set holder = 'another' where name = 'instance/0'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		sleeper.RenewOnce()
		if err := sleeper.Write(t.Context(), func(*db.Tx) error { return nil }); !errors.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want unavailable", err)
		}
		if err := sleeper.Read(t.Context(), func(*db.Tx) error { return nil }); err != nil {
			t.Errorf("reading goes on: %v", err)
		}
		all := sleeper.Checks(context.Background())
		if last := all[len(all)-1]; last.OK || last.Name != "writing" {
			t.Errorf("doctor does not see it: %+v", last)
		}
	})
}

// Rows that many writers bump are locked in one order, so nobody waits in a circle.
func TestBumpsDoNotDeadlock(t *testing.T) {
	d := dbtest.Open(t, dbtest.Postgres(t))
	names := []string{"a", "b", "c", "d"}
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 20 {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					return errors.Join(tx.Bump(names[(w+i)%4]), tx.Bump(names[(w+3*i+1)%4]), tx.Bump(names[(w+i+2)%4]))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := d.Stats().Retries; n != 0 {
		t.Errorf("got %d deadlocks", n)
	}
}
