package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// A lease is a right that one running program holds until a moment, told in the
// table lease: a number for its ids, and the right to migrate. It is renewed
// four times within its time. A killed program's number may wait, because there
// are others; its right to migrate is free soon, because the next start waits for it.
const (
	numberTime = time.Minute
	rightTime  = 3 * time.Second
	leaseBeat  = rightTime / 4
)

// leases are what this DB holds.
type leases struct {
	holder string // this DB among all that ever open the database

	mu   sync.Mutex
	held map[string]time.Duration // its time
}

// Holder is the name of this open database among all that were ever open.
func (d *DB) Holder() string { return d.leases.holder }

// startLeases makes the table by itself, because migrating needs a lease.
func (d *DB) startLeases(ctx context.Context) error {
	d.leases.holder = rand.Text()
	d.leases.held = map[string]time.Duration{}
	var err error
	for range 5 { // two programs making it at once: PostgreSQL lets one of them fail
		err = d.Write(ctx, func(t *Tx) error {
			_, err := t.Exec(`create table if not exists lease
				(name text not null primary key, holder text not null, until bigint not null)`)
			return err
		})
		if err == nil {
			break
		}
	}
	if err == nil {
		d.work.Go(d.renew)
	}
	return err
}

// take leases name for some time if nobody holds it.
func (d *DB) take(ctx context.Context, name string, long time.Duration) (bool, error) {
	var rows int64
	err := d.Write(ctx, func(t *Tx) error {
		now := time.Now()
		var err error
		rows, err = t.Exec(`insert into lease (name, holder, until) values ($1, $2, $3)
			on conflict (name) do update set holder = excluded.holder, until = excluded.until
			where lease.until < $4`, name, d.leases.holder, At(now.Add(long)), At(now))
		return err
	})
	if err != nil || rows == 0 {
		return false, err
	}
	d.leases.mu.Lock()
	d.leases.held[name] = long
	d.leases.mu.Unlock()
	return true, nil
}

// hold waits until it has leased name; free gives it back.
func (d *DB) hold(ctx context.Context, name string) (free func(), err error) {
	for {
		ok, err := d.take(ctx, name, rightTime)
		if err != nil {
			return nil, err
		}
		if ok {
			return func() { d.give(ctx, name) }, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the right to %s: %w", name, ctx.Err())
		}
	}
}

// give ends a lease now. Its row stays: the number used last is given out again last.
func (d *DB) give(ctx context.Context, name string) {
	d.leases.mu.Lock()
	_, held := d.leases.held[name]
	delete(d.leases.held, name)
	d.leases.mu.Unlock()
	if !held {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := d.Write(ctx, func(t *Tx) error {
		_, err := t.Exec(`update lease set until = $1 where name = $2 and holder = $3`, At(time.Now()), name, d.leases.holder)
		return err
	})
	if err != nil {
		slog.Warn("a lease is not given back and will expire", "lease", name, "error", err)
	}
}

func (d *DB) giveBack() {
	for name := range d.leases.all() {
		d.give(context.Background(), name)
	}
}

func (l *leases) all() map[string]time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.held)
}

// renew keeps the leases until the DB closes.
func (d *DB) renew() {
	beat := time.NewTicker(leaseBeat)
	defer beat.Stop()
	for n := 1; ; n++ {
		select {
		case <-d.stop:
			return
		case <-beat.C:
			for name, long := range d.leases.all() {
				if n%int(long/rightTime) == 0 {
					d.renewOnce(name, long)
				}
			}
		}
	}
}

// renewOnce renews one lease. When another program took the number of this one
// (it slept too long), two would make the same ids: this one stops writing.
func (d *DB) renewOnce(name string, long time.Duration) {
	var rows int64
	err := d.Write(context.Background(), func(t *Tx) error {
		var err error
		rows, err = t.Exec(`update lease set until = $1 where name = $2 and holder = $3`, At(time.Now().Add(long)), name, d.leases.holder)
		return err
	})
	_, held := d.leases.all()[name]
	switch {
	case err != nil:
		slog.Error("a lease is not renewed", "lease", name, "error", err)
	case rows > 0 || !held: // or it was given back meanwhile
	case long == numberTime:
		d.halt("another program took the lease " + name + " while this one slept")
	default: // what is left to migrate is done by one of the two, and fails for the other
		slog.Error("another program took a lease", "lease", name)
	}
}

// Instance is this program's number among all that have the database open, 0 to
// 255, for id.Source. It is leased once, kept while the DB is open, and given
// out again as late as possible: ids of its last user may be ahead of our clock.
func (d *DB) Instance(ctx context.Context) (int, error) {
	for name := range d.leases.all() {
		var n int
		if _, err := fmt.Sscanf(name, "instance/%d", &n); err == nil {
			return n, nil
		}
	}
	used := map[int]Time{}
	err := d.Read(ctx, func(t *Tx) error {
		_, err := List(t, func(into func(...any) error) (struct{}, error) {
			var name string
			var until Time
			err := into(&name, &until)
			var n int
			if _, bad := fmt.Sscanf(name, "instance/%d", &n); bad == nil {
				used[n] = until
			}
			return struct{}{}, err
		}, `select name, until from lease`)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, n := range longestUnused(used) {
		ok, err := d.take(ctx, fmt.Sprintf("instance/%d", n), numberTime)
		if err != nil || ok {
			return n, err
		}
	}
	return 0, away(errors.New("all 256 instance numbers are in use"))
}

// longestUnused is 0 to 255, never used numbers first, then by when their lease ended.
func longestUnused(until map[int]Time) []int {
	all := make([]int, 256)
	for n := range all {
		all[n] = n
	}
	slices.SortStableFunc(all, func(a, b int) int { return until[a].Compare(until[b].Time) })
	return all
}
