package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// A group ends at groupMost writes or groupLong after it began, so that nobody
// waits long for others; a caller whose turn does not come in patience is told
// that the database is away (and a Write inside a Write that hid its context
// ends so, instead of never).
const (
	groupMost = 512
	groupLong = 5 * time.Millisecond
	patience  = 20 * time.Second
)

// A writer owns the one connection that writes to SQLite. Its
// goroutine alone uses the connection, the group and held.
type writer struct {
	c     *conn
	queue chan *wait
	later chan *wait // of those that can wait
	share share
	group []*wait      // taken, not yet answered
	now   *wait        // whose f runs
	held  *wait        // taken from the queue, to be run by itself after the group
	most  atomic.Int32 // writes of a group
	long  atomic.Int64 // time of a group
	d     *DB
}

// A wait is one write on its way through the writer.
type wait struct {
	ctx   context.Context
	f     func(*Tx) error
	how   manner
	state atomic.Int32
	tx    *Tx
	err   error
	done  chan struct{}
}

// A manner is in which company a wait is run.
type manner int

const (
	grouped  manner = iota
	yielding        // grouped with its like, after the others
	alone           // in a transaction of its own, and once only
	outside         // of any transaction
)

// The states of a wait. Who moves it from queued owns what happens next.
const (
	queued int32 = iota
	taken        // by the writer: its outcome comes
	left         // by its caller, before his turn: it never runs
)

func newWriter(ctx context.Context, one *sql.DB, d *DB) (*writer, error) {
	one.SetMaxOpenConns(1)
	w := &writer{c: &conn{pool: one}, queue: make(chan *wait, groupMost), later: make(chan *wait, groupMost), d: d}
	w.most.Store(groupMost)
	w.long.Store(int64(groupLong))
	var mode string
	var sync int
	err := one.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode)
	// Two programs that make one new file's journal at once would wait for each
	// other, so SQLite sends one away at once, whatever busy_timeout says.
	for end := time.Now().Add(patience); troubleOf(err) == busy && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
		err = one.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode)
	}
	if err != nil {
		return nil, err
	}
	if err := one.QueryRowContext(ctx, "pragma synchronous").Scan(&sync); err != nil {
		return nil, err
	}
	if mode != "wal" || sync != 2 {
		return nil, fmt.Errorf("not durable: journal_mode %s, synchronous %d; want wal, 2", mode, sync)
	}
	d.work.Go(w.loop)
	return w, nil
}

// do queues f and waits for its outcome.
func (w *writer) do(ctx context.Context, f func(*Tx) error, how manner) (*Tx, error) {
	r := &wait{ctx: ctx, f: f, how: how, done: make(chan struct{})}
	late := time.NewTimer(patience)
	defer late.Stop()
	queue := w.queue
	if how == yielding {
		queue = w.later
	}
	var why error
	select {
	case queue <- r:
		select {
		case <-r.done:
			return r.tx, r.err
		case <-ctx.Done():
			why = ctx.Err()
		case <-late.C:
			why = away(fmt.Errorf("no turn to write within %s", patience))
		case <-w.d.stop:
			why = away(errors.New("the database is closed"))
		}
	case <-ctx.Done():
		why = ctx.Err()
	case <-late.C:
		why = away(fmt.Errorf("no place in the queue of writes within %s", patience))
	case <-w.d.stop:
		why = away(errors.New("the database is closed"))
	}
	if r.state.CompareAndSwap(queued, left) {
		return nil, why
	}
	<-r.done
	return r.tx, r.err
}

// loop takes groups until the database closes.
func (w *writer) loop() {
	defer w.rescue()
	for {
		w.rest() // what a group held back, or a rescued goroutine left
		switch r := w.next(); {
		case r == nil:
			return
		case r.how == yielding:
			w.pieces(r)
		default:
			w.commit(r)
		}
	}
}

// rescue goes on after a write ended the goroutine (runtime.Goexit, which
// testing's Fatal calls): that write fails, its neighbours are run again.
func (w *writer) rescue() {
	r := w.now
	if r == nil {
		return // the database closes
	}
	w.now = nil
	w.c.exec(context.Background(), "rollback", nil)
	w.group = slices.DeleteFunc(w.group, func(other *wait) bool { return other == r })
	r.err = errors.New("the write ended its goroutine")
	close(r.done)
	w.d.work.Go(w.loop)
}

// commit runs r and whoever else waits in one transaction, then answers them all.
func (w *writer) commit(r *wait) {
	began := time.Now()
	if err := w.begin(r.ctx); err != nil {
		w.fail(r, err)
		return
	}
	for r != nil {
		if r.how != grouped {
			w.held = r
			break
		}
		if r.state.CompareAndSwap(queued, taken) {
			w.group = append(w.group, r)
			if whole := w.one(r); !whole {
				w.replay()
				return
			}
		}
		if len(w.group) >= int(w.most.Load()) || time.Since(began) > time.Duration(w.long.Load()) {
			break
		}
		select {
		case r = <-w.queue:
		default:
			r = nil
		}
	}
	if len(w.group) > 0 {
		w.share.person = time.Now()
	}
	w.finish()
}

// finish commits the group and answers it.
func (w *writer) finish() {
	if err := w.end(); err != nil {
		for _, r := range w.group {
			if r.err == nil {
				r.err = err
			}
		}
	}
	for i, r := range w.group {
		close(r.done)
		w.group[i] = nil
	}
	w.group = w.group[:0]
}

func (w *writer) begin(ctx context.Context) error {
	if why := w.d.halted.Load(); why != nil {
		return away(errors.New(*why))
	}
	if _, err := w.c.exec(context.WithoutCancel(ctx), "begin immediate", nil); err != nil {
		return explain(err)
	}
	return nil
}

// one runs r in a savepoint. It reports false when the transaction around it
// is no longer whole: some errors (a full disk) undo all of it.
func (w *writer) one(r *wait) (whole bool) {
	r.tx = begin(r.ctx, w.c)
	if _, err := w.c.exec(r.tx.ctx, "savepoint one", nil); err != nil {
		return false
	}
	w.run(r)
	if r.err != nil {
		if _, err := w.c.exec(r.tx.ctx, "rollback to one", nil); err != nil {
			return false
		}
	}
	_, err := w.c.exec(r.tx.ctx, "release one", nil)
	return err == nil
}

func (w *writer) run(r *wait) {
	w.now = r
	r.err = r.tx.answer(r.tx.call(r.f))
	w.now = nil
}

// end commits. After a failed sync the journal may have a hole that would
// swallow every later commit when it is read again, so nothing more is written.
func (w *writer) end() error {
	began := time.Now()
	_, err := w.c.exec(context.Background(), "commit", nil)
	w.d.count.groups.Add(1)
	w.d.count.commit.Add(int64(time.Since(began)))
	if err == nil {
		return nil
	}
	w.c.exec(context.Background(), "rollback", nil)
	if troubleOf(err) == lost {
		w.d.halt("the disk failed at a commit: " + err.Error())
	}
	return explainCommit(err)
}

// replay undoes the group and runs each of its writes in a transaction of its own.
func (w *writer) replay() {
	w.c.exec(context.Background(), "rollback", nil)
	w.d.count.replays.Add(1)
	w.rest()
}

// rest runs what is left in the group, one transaction each, then what was held back.
func (w *writer) rest() {
	for len(w.group) > 0 {
		w.single(w.group[0])
		w.group = w.group[1:]
	}
	if r := w.held; r != nil {
		w.held = nil
		if r.state.CompareAndSwap(queued, taken) {
			w.single(r)
		}
	}
}

func (w *writer) single(r *wait) {
	if r.how == outside {
		r.tx = begin(r.ctx, w.c)
		w.run(r)
	} else if r.err = w.begin(r.ctx); r.err == nil {
		r.tx = begin(r.ctx, w.c)
		if w.run(r); r.err != nil {
			w.c.exec(r.tx.ctx, "rollback", nil)
		} else {
			r.err = w.end()
		}
	}
	close(r.done)
}

func (w *writer) fail(r *wait, err error) {
	if r.state.CompareAndSwap(queued, taken) {
		r.err = err
		close(r.done)
	}
}

// Group sets how many writes share a commit on SQLite; 1 is to compare with.
func (d *DB) Group(most int) {
	if d.write != nil {
		d.write.most.Store(int32(most))
	}
}
