package db

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// Work that can wait gives way. On SQLite, where there is one writer: to whoever
// waits already, and in the middle to whoever comes. While persons write it
// gets a quarter of the writer's time, so that it goes on whatever they do;
// while nobody else writes, pieces of it are committed together for yieldLong.
// On PostgreSQL, where transactions run side by side, it is the machine that is
// shared: while persons write, one piece at a time runs, a quarter of the time.
const (
	yieldLong  = 20 * time.Millisecond
	yieldShare = 4                      // of the time, while persons write
	yieldWait  = 250 * time.Millisecond // and no longer at once, however slow the last commit was
	lately     = 50 * time.Millisecond  // after one wrote, more are expected
)

// errGaveWay ends a piece of work in whose middle somebody came. Nobody is told: it runs again.
var errGaveWay = errors.New("somebody else writes first")

// Yield is Write for work that can wait: what other bodies report, sums that
// catch up, imports. f may be cut off at any of its statements and run again.
// Run so, or while others write, Tx.Hurry asks it to do a small part only.
func (d *DB) Yield(ctx context.Context, f func(*Tx) error) error {
	return d.run(ctx, f, yielding)
}

// Hurry reports whether others want to write: work that can be done in parts
// does one of a few milliseconds, and comes again for the rest.
func (t *Tx) Hurry() bool { return t.hurry }

// Parts runs f over all of them in transactions that Yield: one, or a few of
// them at a time while others write. After an error the parts before it stay.
func Parts[T any](ctx context.Context, d *DB, all []T, few int, f func(tx *Tx, some []T) error) error {
	for len(all) > 0 {
		n := 0
		err := d.Yield(ctx, func(tx *Tx) error {
			if n = len(all); tx.Hurry() {
				n = min(n, few)
			}
			return f(tx, all[:n])
		})
		if err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// A share is what work that can wait has of the writer, whose goroutine alone uses it.
type share struct {
	back   []*wait   // they gave way, and are the first of those that wait
	due    time.Time // before this it waits while persons write; after it, it goes before them
	person time.Time // when somebody last wrote
}

// dueAfter is when the next piece goes before persons, after one that began then.
func dueAfter(began time.Time) time.Time {
	return time.Now().Add(min((yieldShare-1)*time.Since(began), yieldWait))
}

// next is whose turn it is; nil once the database closes.
func (w *writer) next() *wait {
	for {
		pause, calm := time.Until(w.share.due), lately-time.Since(w.share.person)
		if pause <= 0 || calm <= 0 && len(w.queue) == 0 {
			if r := w.waiting(); r != nil {
				return r
			}
		}
		later, turn := w.later, (<-chan time.Time)(nil)
		if pause > 0 && (calm > 0 || len(w.queue) > 0) {
			later, turn = nil, time.After(min(pause, max(calm, 0)))
		}
		select {
		case r := <-w.queue:
			return r
		case r := <-later:
			return r
		case <-turn:
		case <-w.d.stop:
			return nil
		}
	}
}

// waiting is the next piece of work that can wait, if there is any.
func (w *writer) waiting() *wait {
	if back := w.share.back; len(back) > 0 {
		w.share.back = back[1:]
		return back[0]
	}
	select {
	case r := <-w.later:
		return r
	default:
		return nil
	}
}

// pieces runs r, and what else can wait as long as nobody comes, in one
// transaction. There are no savepoints, which cost a copy of every page that is
// changed: a piece that is refused undoes all, and each is run again alone; one
// that gives way undoes all, and they wait again.
func (w *writer) pieces(r *wait) {
	began := time.Now()
	defer func() { w.share.due = dueAfter(began) }()
	hurry := len(w.queue) > 0 || began.Sub(w.share.person) < lately
	if err := w.begin(r.ctx); err != nil {
		w.fail(r, err)
		return
	}
	for r != nil {
		if r.state.CompareAndSwap(queued, taken) {
			w.group = append(w.group, r)
			r.tx = begin(r.ctx, w.c)
			if r.tx.hurry = hurry; !hurry {
				r.tx.first = w.queue
			}
			switch w.run(r); {
			case r.tx.gave:
				w.giveWay()
				return
			case r.err != nil:
				w.replay()
				return
			}
		}
		if r = nil; !hurry && len(w.queue) == 0 && time.Since(began) < yieldLong {
			r = w.waiting()
		}
	}
	w.finish()
}

// giveWay undoes the group and lets it wait again.
func (w *writer) giveWay() {
	w.c.exec(context.Background(), "rollback", nil)
	for _, r := range w.group {
		r.state.Store(queued)
	}
	w.share.back = append(slices.Clone(w.group), w.share.back...)
	clear(w.group)
	w.group = w.group[:0]
}

// A gate is the share that work that can wait has of PostgreSQL.
type gate struct {
	turn   chan struct{}
	due    time.Time    // before this the piece whose turn it is waits while persons write
	person atomic.Int64 // when somebody last wrote, in nanoseconds
}

func (g *gate) busy() bool { return time.Since(time.Unix(0, g.person.Load())) < lately }

// yieldPostgres is postgres for work that can wait.
func (d *DB) yieldPostgres(ctx context.Context, f func(*Tx) error) (*Tx, error) {
	g := &d.gate
	if !g.busy() {
		return d.postgres(ctx, f, d.writePostgres)
	}
	closed := away(errors.New("the database is closed"))
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.stop:
		return nil, closed
	}
	for pause := time.Until(g.due); pause > 0 && g.busy(); pause = time.Until(g.due) {
		select {
		case <-time.After(min(pause, lately)):
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-d.stop:
			return nil, closed
		}
	}
	began := time.Now()
	t, err := d.postgres(ctx, f, d.writePostgres)
	g.due = dueAfter(began)
	return t, err
}
