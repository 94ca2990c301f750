package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
)

func put(id int) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into note (id, text) values ($1, $2)`, id, fmt.Sprint("n", id))
		return err
	}
}

// together runs the writes so that they wait at the same time: on SQLite they are one group.
func together(t *testing.T, d *db.DB, writes ...func(*db.Tx) error) []error {
	t.Helper()
	d.GroupLong(time.Minute)
	first, begun := make(chan bool), make(chan bool)
	errs := make([]error, len(writes))
	var all sync.WaitGroup
	all.Go(func() {
		d.Write(t.Context(), func(*db.Tx) error { close(begun); <-first; return nil })
	})
	<-begun
	for i, f := range writes {
		all.Go(func() { errs[i] = d.Write(t.Context(), f) })
		if !d.Postgres() {
			for d.Stats().Waiting <= i {
				runtime.Gosched()
			}
		}
	}
	close(first)
	all.Wait()
	return errs
}

func TestOneRefusalHarmsNoNeighbour(t *testing.T) {
	refused := fault.New(fault.Conflict, "test.no")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		before := d.Stats()
		errs := together(t, d, put(1),
			func(tx *db.Tx) error { put(2)(tx); return refused },
			put(3),
			func(tx *db.Tx) error { put(4)(tx); panic("oh") },
			func(tx *db.Tx) error { put(5)(tx); _, err := tx.Exec(`insert into nowhere values (1)`); return err },
			func(tx *db.Tx) error { put(6)(tx); tx.Exec(`insert into nowhere values (1)`); return nil },
			put(7))
		for i, want := range []string{"", "test.no", "", "panic", "nowhere", "nowhere", ""} {
			if got := errs[i]; (got == nil) != (want == "") || got != nil && !strings.Contains(got.Error(), want) {
				t.Errorf("write %d: got %v, want %q", i+1, got, want)
			}
		}
		if !errors.Is(errs[1], fault.Conflict) || fault.Of(errs[4]) != "" {
			t.Errorf("a refusal is %q, a mistake of ours is %q", fault.Of(errs[1]), fault.Of(errs[4]))
		}
		if n := count(t, d); n != 3 {
			t.Errorf("got %d rows, want those of 1, 3 and 7", n)
		}
		after := d.Stats()
		if got := after.Writes - before.Writes; got != 4 {
			t.Errorf("got %d writes, want 4", got)
		}
		if got := after.Commits - before.Commits; !d.Postgres() && got > 2 {
			t.Errorf("got %d commits, want the first and one for the rest", got)
		}
	})
}

func TestWhatEndsTheWholeGroupIsRunAlone(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	note(t, d)
	runs := make([]int, 3)
	counted := func(i int, f func(*db.Tx) error) func(*db.Tx) error {
		return func(tx *db.Tx) error { runs[i]++; return f(tx) }
	}
	// "or rollback" undoes the transaction and its savepoints, as a full disk does.
	errs := together(t, d, counted(0, put(1)), counted(1, func(tx *db.Tx) error {
		_, err := tx.Exec(`insert or rollback into note (id, text) values (9, null)`)
		return err
	}), counted(2, put(3)))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	if n := count(t, d); n != 2 {
		t.Errorf("got %d rows, want 2", n)
	}
	if s := d.Stats(); s.Replays != 1 || runs[0] != 2 || runs[1] != 2 {
		t.Errorf("got %d replays, runs %v; want the first two twice", s.Replays, runs)
	}
}

func TestATransactionInsideATransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		nothing := func(*db.Tx) error { return nil }
		for name, outer := range map[string]func(context.Context, func(*db.Tx) error) error{"write": d.Write, "read": d.Read} {
			for name2, inner := range map[string]func(context.Context, func(*db.Tx) error) error{"write": d.Write, "read": d.Read} {
				err := outer(t.Context(), func(tx *db.Tx) error {
					if inner(tx.Context(), nothing) == nil {
						t.Errorf("a %s inside a %s passed", name2, name)
					}
					return nil
				})
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

func TestACancelledCaller(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		gone, cancel := context.WithCancel(t.Context())
		err := d.Write(gone, func(tx *db.Tx) error {
			cancel() // in the middle: the outcome is waited for, and neighbours are safe
			return put(1)(tx)
		})
		if err != nil {
			t.Errorf("cancelled in the middle: %v", err)
		}
		if err := d.Write(gone, put(2)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: got %v", err)
		}
		if err := d.Read(gone, func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("reading: got %v", err)
		}
		if n := count(t, d); n != 1 {
			t.Errorf("got %d rows, want 1", n)
		}
	})
}

func TestACallerWhoLeavesTheQueueIsNeverRun(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	note(t, d)
	begun, first := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() { d.Write(t.Context(), func(*db.Tx) error { close(begun); <-first; return nil }) })
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	all.Go(func() {
		for d.Stats().Waiting == 0 {
			runtime.Gosched()
		}
		cancel()
	})
	if err := d.Write(ctx, put(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	close(first)
	all.Wait()
	if err := d.Write(t.Context(), put(2)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, d); n != 1 {
		t.Errorf("got %d rows, want only the one who waited", n)
	}
}

func TestAWriteThatEndsItsGoroutine(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	note(t, d)
	errs := together(t, d, put(1), func(tx *db.Tx) error { put(2)(tx); runtime.Goexit(); return nil }, put(3))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	if n := count(t, d); n != 2 {
		t.Errorf("got %d rows, want 2", n)
	}
}

func TestSixteenWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		if err := d.Write(t.Context(), put(0)); err != nil {
			t.Fatal(err)
		}
		const writers, each = 16, 25
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						// One row that all of them read and change: nothing may be lost.
						var n int
						q := `select length(text) from note where id = 0`
						if d.Postgres() {
							q += ` for update`
						}
						if err := tx.Row(q).Scan(&n); err != nil {
							return err
						}
						if _, err := tx.Exec(`update note set text = $1 where id = 0`, strings.Repeat("x", n+1)); err != nil {
							return err
						}
						return put(1 + w*each + i)(tx)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		var n int
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select length(text) from note where id = 0`).Scan(&n)
		})
		if want := len("n0") + writers*each; err != nil || n != want || count(t, d) != writers*each+1 {
			t.Errorf("got %d, %d rows, %v; want %d", n, count(t, d), err, want)
		}
		t.Logf("%+v", d.Stats())
	})
}

func TestDeadlocksAreTriedAgain(t *testing.T) {
	d := dbtest.Open(t, dbtest.Postgres(t))
	note(t, d)
	for i := range 2 {
		if err := d.Write(t.Context(), put(i)); err != nil {
			t.Fatal(err)
		}
	}
	var all, both sync.WaitGroup
	both.Add(2)
	for i := range 2 {
		var once sync.Once
		all.Go(func() {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(`update note set text = text || 'a' where id = $1`, i); err != nil {
					return err
				}
				once.Do(both.Done)
				both.Wait()
				_, err := tx.Exec(`update note set text = text || 'b' where id = $1`, 1-i)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s := d.Stats(); s.Retries == 0 {
		t.Errorf("got %+v, want a retry", s)
	}
}

func TestClose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := d.Write(t.Context(), put(i)); err != nil && !errors.Is(err, fault.Unavailable) {
					t.Error(err)
				}
			})
		}
		began := time.Now()
		d.Close()
		all.Wait()
		d.Close()
		if err := d.Write(t.Context(), put(99)); !errors.Is(err, fault.Unavailable) {
			t.Errorf("after Close: got %v", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Close took %v", took)
		}
	})
}
