package job

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "job", Schema); err != nil {
			t.Fatal(err)
		}
		f(t, d)
	})
}

func add(t *testing.T, d *db.DB, name, key string, at time.Time, body any) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return Add(tx, name, key, at, body) }); err != nil {
		t.Fatal(err)
	}
}

func counts(t *testing.T, d *db.DB, now time.Time) (c Counts) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		c, err = Count(tx, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAJobIsDoneOnceAndOnlyWhenDue(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var got []string
		r := New(d, map[string]Do{"mail": func(_ context.Context, b []byte) error {
			got = append(got, string(b))
			return nil
		}})
		now := time.Now()
		add(t, d, "mail", "a", now, map[string]int{"n": 1})
		add(t, d, "mail", "a", now, map[string]int{"n": 2}) // the same, not begun
		add(t, d, "mail", "b", now.Add(time.Hour), 3)
		add(t, d, "unknown", "a", now, 4)
		if err := r.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got, " "); s != `{"n":1}` {
			t.Errorf("got %s, want the first alone", s)
		}
		r.Now = func() time.Time { return now.Add(2 * time.Hour) }
		if err := r.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got, " "); s != `{"n":1} 3` {
			t.Errorf("got %s, want the second too", s)
		}
		if c := counts(t, d, r.Now()); c != (Counts{Due: 1}) {
			t.Errorf("got %+v, want the job of a name we do not know", c)
		}
	})
}

func TestAskedAgainWhileItRunsItRunsAgain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		runs := 0
		var r *Runner
		r = New(d, map[string]Do{"fold": func(ctx context.Context, _ []byte) error {
			if runs++; runs == 1 {
				add(t, d, "fold", "", time.Now(), nil)
				if j, err := r.next(ctx, nil); j != nil || err != nil {
					t.Errorf("got %v, %v: it ran beside itself", j, err)
				}
			}
			return nil
		}})
		add(t, d, "fold", "", time.Now(), nil)
		if err := r.Drain(t.Context()); err != nil || runs != 2 {
			t.Errorf("got %d runs, %v; want 2", runs, err)
		}
	})
}

func TestWhatFailsIsPutOffThenQuarantined(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		heal := false
		r := New(d, map[string]Do{"call": func(context.Context, []byte) error {
			if heal {
				return nil
			}
			panic("no answer")
		}})
		r.Now = func() time.Time { return now }
		add(t, d, "call", "x", now, nil)
		tries := 0
		for ; counts(t, d, now).Quarantined == 0 && tries < 20; tries++ {
			if err := r.Drain(t.Context()); err == nil {
				t.Fatalf("try %d: Drain hid the failure", tries)
			}
			if c := counts(t, d, now); c.Due != 0 {
				t.Fatalf("try %d: due again at once", tries)
			}
			now = now.Add(longPause + longPause/4)
		}
		if tries != mostTries {
			t.Errorf("got %d tries, want %d", tries, mostTries)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			all, err := Quarantined(tx)
			if len(all) != 1 || !strings.Contains(all[0].Reason, "no answer") || all[0].Tries != mostTries {
				t.Errorf("got %+v", all)
			}
			return errors.Join(err, Replay(tx, "call", "x", time.Now()))
		})
		if err != nil {
			t.Fatal(err)
		}
		heal = true
		if err := r.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c := counts(t, d, now); c != (Counts{}) {
			t.Errorf("got %+v, want nothing left", c)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return Replay(tx, "call", "x", time.Now()) }); err == nil {
			t.Error("a job that is not there was replayed")
		}
	})
}

// The next program of a folder takes over what the last one had leased when it
// was killed, not what a program in another folder has, and not while it lives.
func TestAKilledProgramLeavesItsJobs(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		file := filepath.Join(t.TempDir(), "jobs")
		last, other, next := dbtest.Open(t, url), dbtest.Open(t, url), dbtest.Open(t, url)
		if err := last.Migrate(t.Context(), "job", Schema); err != nil {
			t.Fatal(err)
		}
		lease := func(d *db.DB, key string) {
			add(t, d, "x", key, time.Now(), nil)
			if j, err := New(d, map[string]Do{"x": nil}).next(t.Context(), nil); err != nil || j == nil || j.Key != key {
				t.Fatalf("leased %v, %v; want %s", j, err, key)
			}
		}
		take := func(d *db.DB, want int64) (free func()) {
			t.Helper()
			n, free, err := TakeOver(t.Context(), d, file)
			if err != nil || n != want {
				t.Errorf("took over %d, %v; want %d", n, err, want)
			}
			return free
		}
		die := take(last, 0)
		lease(last, "a")
		lease(other, "b")
		take(next, 0)() // the last one lives
		if c := counts(t, next, time.Now()); c != (Counts{Waiting: 2}) {
			t.Errorf("got %+v while both live", c)
		}
		die() // as the system does for a killed program
		defer take(next, 1)()
		var done []string
		r := New(next, map[string]Do{"x": func(context.Context, []byte) error { done = append(done, "x"); return nil }})
		if err := r.Drain(t.Context()); err != nil || len(done) != 1 {
			t.Errorf("did %d, %v; want the one of the dead", len(done), err)
		}
		if c := counts(t, next, time.Now()); c != (Counts{Waiting: 1}) {
			t.Errorf("got %+v, want that of the other program leased", c)
		}
	})
}

func TestALeaseExpires(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		runs := 0
		r := New(d, map[string]Do{"x": func(context.Context, []byte) error { runs++; return nil }})
		r.Now = func() time.Time { return now }
		add(t, d, "x", "", now, nil)
		lost, err := r.next(t.Context(), nil) // and the program dies
		if err != nil || lost == nil {
			t.Fatal(lost, err)
		}
		if err := r.Drain(t.Context()); err != nil || runs != 0 {
			t.Errorf("got %d runs, %v: the lease did not hold", runs, err)
		}
		now = now.Add(lease)
		if err := r.Drain(t.Context()); err != nil || runs != 1 {
			t.Errorf("got %d runs, %v; want 1", runs, err)
		}
		// The dead program was only slow: what it settles now is no longer its own.
		add(t, d, "x", "", now, nil)
		if _, err := r.next(t.Context(), &result{job: *lost}); err != nil {
			t.Fatal(err)
		}
		if c := counts(t, d, now); c.Waiting != 1 {
			t.Errorf("got %+v, want the new job, leased", c)
		}
	})
}

func TestAJobThatKillsItsProgramIsQuarantined(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		r := New(d, map[string]Do{"bomb": func(context.Context, []byte) error { t.Error("ran once more"); return nil }})
		r.Now = func() time.Time { return now }
		add(t, d, "bomb", "", now, nil)
		for range mostTries {
			if j, err := r.next(t.Context(), nil); j == nil || err != nil {
				t.Fatal(j, err)
			}
			now = now.Add(lease)
		}
		r.Drain(t.Context())
		if c := counts(t, d, now); c.Quarantined != 1 {
			t.Errorf("got %+v, want it quarantined", c)
		}
	})
}

func TestRunnersShareTheWorkAndWakeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const n = 200
		var mu sync.Mutex
		runs := map[string]int{}
		done := make(chan bool)
		kinds := map[string]Do{"x": func(_ context.Context, b []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if runs[string(b)]++; len(runs) == n {
				close(done)
			}
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { New(d, kinds).Run(ctx) })
		}
		began := time.Now()
		for i := range n {
			add(t, d, "x", string(rune('a'+i)), time.Now(), i)
		}
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Error("not all were done")
		}
		t.Logf("%d jobs in %v", n, time.Since(began))
		stop()
		all.Wait()
		for b, k := range runs {
			if k != 1 {
				t.Errorf("job %s ran %d times", b, k)
			}
		}
		if c := counts(t, d, time.Now()); c != (Counts{}) {
			t.Errorf("got %+v, want nothing left", c)
		}
	})
}

func TestStoppingIsNoFailure(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithCancel(t.Context())
		var seen atomic.Bool
		r := New(d, map[string]Do{"slow": func(ctx context.Context, _ []byte) error {
			seen.Store(true)
			stop()
			<-ctx.Done()
			return ctx.Err()
		}})
		add(t, d, "slow", "", time.Now(), nil)
		r.Run(ctx)
		if !seen.Load() {
			t.Fatal("it never ran")
		}
		var tries int
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select tries from job where at <= $1`, db.At(time.Now())).Scan(&tries)
		})
		if err != nil || tries != 0 {
			t.Errorf("got %d tries, %v; want it due again, 0 tries", tries, err)
		}
	})
}

func TestPause(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n <= mostTries; n++ {
		p := pause(n)
		if p < firstPause*3/4 || p > longPause*5/4 {
			t.Errorf("try %d: %v", n, p)
		}
		if p < last/2 {
			t.Errorf("try %d: %v after %v", n, p, last)
		}
		last = p
	}
}
