package mirror

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/who"
)

// TestTenStreamsGetNoMoreThanOne lets one body send ten streams at once while
// another sends one: between the beginning and the end of a batch of the latter,
// hardly more than one of the former's gets in. Counted, not timed.
func TestTenStreamsGetNoMoreThanOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := open(t, d)
		put := func(sender, code string, version int) error {
			var lines []string
			for i := range 20 {
				lines = append(lines, line(fmt.Sprintf("%s-%d", code, i), version, 4, ""))
			}
			_, err := s.Put(context.Background(), who.Person{}, sender, parse(t, sender, lines...))
			return err
		}
		var batches atomic.Int64 // of the body with ten streams
		over := make(chan struct{})
		var all sync.WaitGroup
		for k := range 10 {
			all.Go(func() {
				for v := 1; ; v++ {
					select {
					case <-over:
						return
					default:
					}
					if err := put("H26", fmt.Sprintf("K%d", k), v); err != nil {
						t.Error(err)
						return
					}
					batches.Add(1)
				}
			})
		}
		var between []int64
		for v := 1; v <= 40; v++ {
			before := batches.Load()
			if err := put("G01", "one", v); err != nil {
				t.Error(err)
			}
			between = append(between, batches.Load()-before)
		}
		close(over)
		all.Wait()
		slices.Sort(between)
		if middle := between[len(between)/2]; middle > 4 {
			t.Errorf("%d batches of the body with ten streams get in before one of the other's: %v", middle, between)
		}
	})
}
