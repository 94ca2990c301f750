package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

// waiting waits until n writes are in the queues.
func waiting(d *db.DB, n int) {
	for d.Stats().Waiting < n {
		runtime.Gosched()
	}
}

// What can wait lets those go first who came after it.
func TestAPersonOvertakesWorkThatCanWait(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	note(t, d)
	begun, first := make(chan bool), make(chan bool)
	var order []string
	var all sync.WaitGroup
	all.Go(func() { d.Write(t.Context(), func(*db.Tx) error { close(begun); <-first; return nil }) })
	<-begun
	for i := range 5 {
		all.Go(func() {
			d.Yield(t.Context(), func(tx *db.Tx) error { order = append(order, "work"); return put(i)(tx) })
		})
	}
	waiting(d, 5)
	all.Go(func() {
		d.Write(t.Context(), func(tx *db.Tx) error { order = append(order, "person"); return put(9)(tx) })
	})
	waiting(d, 6)
	close(first)
	all.Wait()
	// One piece may have its turn first: it has had nothing of the writer so far.
	if at := slices.Index(order, "person"); at > 1 || len(order) != 6 {
		t.Errorf("got %v, want the person first or second", order)
	}
	if n := count(t, d); n != 6 {
		t.Errorf("got %d rows, want 6", n)
	}
}

// In the middle of a piece it gives way at its next statement, and does less when it comes again.
func TestWorkGivesWayInTheMiddle(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	note(t, d)
	time.Sleep(60 * time.Millisecond) // nobody wrote lately
	var order, hurried []any
	var all sync.WaitGroup
	err := d.Yield(t.Context(), func(tx *db.Tx) error {
		order, hurried = append(order, "work"), append(hurried, tx.Hurry())
		if err := put(1)(tx); err != nil {
			return err
		}
		if len(order) == 1 {
			all.Go(func() {
				d.Write(t.Context(), func(tx *db.Tx) error { order = append(order, "person"); return put(2)(tx) })
			})
			waiting(d, 1)
		}
		return put(3)(tx)
	})
	all.Wait()
	if err != nil || fmt.Sprint(order) != "[work person work]" || fmt.Sprint(hurried) != "[false true]" {
		t.Errorf("got %v, in a hurry %v, %v", order, hurried, err)
	}
	if n := count(t, d); n != 3 {
		t.Errorf("got %d rows, want 3", n)
	}
}

// However many persons write without end, work that can wait goes on.
func TestWorkThatCanWaitIsNotStarved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		var over atomic.Bool
		var persons atomic.Int64
		var all sync.WaitGroup
		for w := range 16 {
			all.Go(func() {
				for i := 0; !over.Load(); i++ {
					if err := d.Write(t.Context(), put(1_000_000*(w+1)+i)); err != nil {
						t.Error(err)
						return
					}
					persons.Add(1)
				}
			})
		}
		// What this machine writes in the time after which a piece waits no longer.
		for persons.Load() < 100 { // all have begun
			time.Sleep(time.Millisecond)
		}
		began := persons.Load()
		time.Sleep(db.YieldWait)
		most := 4 * (persons.Load() - began)
		for i := range 20 {
			before := persons.Load()
			if err := d.Yield(t.Context(), put(i)); err != nil {
				t.Error(err)
			}
			if n := persons.Load() - before; n > most {
				t.Errorf("piece %d waited for %d writes, want %d at most", i, n, most)
			}
		}
		over.Store(true)
		all.Wait()
	})
}

// Whatever comes together, each write ends once: kept, refused, or left before its turn.
func TestEveryWriteEndsOnce(t *testing.T) {
	refused := errors.New("no")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		var all sync.WaitGroup
		var kept atomic.Int64
		for w := range 12 {
			r := rand.New(rand.NewPCG(uint64(w), 4))
			all.Go(func() {
				for i := range 25 {
					id := 1000*w + 2*i
					write, end := d.Write, r.IntN(5)
					if r.IntN(2) == 0 {
						write = d.Yield
					}
					ctx, cancel := context.WithCancel(t.Context())
					if end == 0 {
						go cancel()
					}
					err := write(ctx, func(tx *db.Tx) error {
						if err := put(id)(tx); err != nil {
							return err
						}
						switch end {
						case 1:
							return refused
						case 2:
							panic("oh")
						}
						return put(id + 1)(tx)
					})
					cancel()
					switch {
					case err == nil:
						kept.Add(2)
					case end > 2, end == 0 && !errors.Is(err, context.Canceled):
						t.Errorf("write %d: %v", id, err)
					}
				}
			})
		}
		all.Wait()
		if n := count(t, d); int64(n) != kept.Load() {
			t.Errorf("%d rows, %d are kept", n, kept.Load())
		}
	})
}
