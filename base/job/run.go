package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
)

// How jobs are done. A job that fails waits firstPause, then four times as long
// each time up to longPause (about a day in all), and is quarantined after mostTries.
const (
	workers    = 3
	look       = time.Second
	lease      = 5 * time.Minute
	timeLimit  = 4 * time.Minute
	firstPause = 5 * time.Second
	longPause  = 6 * time.Hour
	mostTries  = 10
)

// A Do does one kind of job. It must bear being run twice, and its error must
// not hold personal data: it is kept and logged.
type Do func(ctx context.Context, body []byte) error

// A Runner does the jobs of one database. Jobs of a name it does not know are
// left to programs that do, such as the next version beside this one.
type Runner struct {
	Now func() time.Time // what time it is; tests set another

	d     *db.DB
	kinds map[string]Do
	names []any
	due   string // the query for the next due job of these names
	lock  string // what PostgreSQL adds to lease it
	wake  chan struct{}
}

// New is a Runner of kinds: how the jobs of each name are done.
func New(d *db.DB, kinds map[string]Do) *Runner {
	r := &Runner{Now: time.Now, d: d, kinds: kinds, wake: make(chan struct{}, workers)}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		r.names = append(r.names, name)
	}
	// A fresh job waits for the one of its name and key that was begun before it.
	// The name is made an expression so that the index on at is used: by the one
	// on names every due job would be read and sorted for the first of them.
	r.due = `select ` + columns + ` from job where at <= $1 and name || '' in (` + db.Places(2, len(kinds)) + `)
		and (not fresh or not exists (select 1 from job b
			where b.name = job.name and b.key = job.key and not b.fresh and b.at is not null))
		order by at limit 1`
	if d.Postgres() {
		r.lock = " for update of job skip locked"
	}
	d.Watch(topic, func() {
		for {
			select {
			case r.wake <- struct{}{}:
			default:
				return
			}
		}
	})
	return r
}

// Run does jobs as they fall due until ctx ends, then lets the running ones stop.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { r.work(ctx) })
	}
	all.Wait()
}

// Drain does every job that is due now, one after the other, and returns what
// failed. It is for tests and tools: what fails is put off as usual.
func (r *Runner) Drain(ctx context.Context) error {
	var failed []error
	var last *result
	for {
		j, err := r.next(ctx, last)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		if j == nil {
			return errors.Join(failed...)
		}
		last = r.do(ctx, *j)
		if last.err != nil {
			failed = append(failed, fmt.Errorf("job %s %s: %w", j.Name, j.Key, last.err))
		}
	}
}

// work is one worker: it settles what it did last and leases what comes next in one transaction.
func (r *Runner) work(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var last *result
	for ctx.Err() == nil || last != nil {
		j, err := r.next(ctx, last)
		switch {
		case err == nil && j != nil:
			last = r.do(ctx, *j)
			continue
		case err == nil:
			last = nil
		case ctx.Err() != nil:
			return // what was done and could not be settled is done again after its lease
		default:
			slog.Error("jobs cannot be leased", "error", err)
		}
		select {
		case <-tick.C:
		case <-r.wake:
		case <-ctx.Done():
		}
	}
}

// A result is how a leased job ended.
type result struct {
	job     Job // as leased
	err     error
	stopped bool // the program is being stopped: it does not count as a try
}

func (r *Runner) do(ctx context.Context, j Job) *result {
	if j.Tries > mostTries { // leased that often and never settled
		return &result{job: j, err: errors.New("its program ended each time before it was done: " + j.Reason)}
	}
	limit, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	err := safely(limit, r.kinds[j.Name], []byte(j.body))
	res := &result{job: j, err: err, stopped: err != nil && ctx.Err() != nil}
	if err != nil && !res.stopped {
		slog.Warn("job failed", "job", j.Name, "key", j.Key, "try", j.Tries, "error", err)
	}
	return res
}

func safely(ctx context.Context, f Do, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx, body)
}

// next settles last, if there is one, and leases the next due job; nil when there is none.
func (r *Runner) next(ctx context.Context, last *result) (*Job, error) {
	now := r.Now()
	if last == nil { // look before writing: most of the time nothing is due
		if j, err := r.find(ctx, now); j == nil || err != nil {
			return nil, err
		}
	}
	var leased *Job
	err := r.d.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		leased = nil
		if last != nil {
			if err := settle(tx, *last, now); err != nil {
				return err
			}
		}
		if ctx.Err() != nil || len(r.names) == 0 {
			return nil
		}
		j, err := scan(tx.Row(r.due+r.lock, append([]any{db.At(now)}, r.names...)...).Scan)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil {
			leased, err = begin(tx, j, now, r.d.Holder())
		}
		return err
	})
	return leased, err
}

func (r *Runner) find(ctx context.Context, now time.Time) (found *Job, err error) {
	if len(r.names) == 0 {
		return nil, nil
	}
	err = r.d.Read(ctx, func(tx *db.Tx) error {
		j, err := scan(tx.Row(r.due, append([]any{db.At(now)}, r.names...)...).Scan)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		found = &j
		return err
	})
	return found, err
}

// begin leases j, unless another worker was quicker. A quarantined job of its
// name and key has had its answer: somebody asked again.
func begin(tx *db.Tx, j Job, now time.Time, holder string) (*Job, error) {
	if j.Fresh {
		if _, err := tx.Exec(`delete from job where name = $1 and key = $2 and not fresh and at is null`, j.Name, j.Key); err != nil {
			return nil, err
		}
	}
	until := db.At(now.Add(lease))
	n, err := tx.Exec(`update job set fresh = false, at = $1, tries = tries + 1, holder = $2
		where name = $3 and key = $4 and fresh = $5 and at = $6`, until, holder, j.Name, j.Key, j.Fresh, j.Due)
	if err != nil || n == 0 {
		return nil, err
	}
	j.Fresh, j.Due = false, until
	j.Tries++
	return &j, nil
}

// settle strikes out a job that was done and puts off one that failed. If its
// lease ran out meanwhile and another worker has it, there is nothing to settle.
func settle(tx *db.Tx, r result, now time.Time) error {
	j := r.job
	const mine = ` where name = $1 and key = $2 and not fresh and at = $3`
	var err error
	switch {
	case r.err == nil:
		_, err = tx.Exec(`delete from job`+mine, j.Name, j.Key, j.Due)
	case r.stopped:
		_, err = tx.Exec(`update job set at = $4, tries = tries - 1`+mine, j.Name, j.Key, j.Due, db.At(now))
	case j.Tries >= mostTries:
		slog.Error("job is quarantined", "job", j.Name, "key", j.Key, "error", r.err)
		_, err = tx.Exec(`update job set at = null, reason = $4`+mine, j.Name, j.Key, j.Due, short(r.err))
	default:
		_, err = tx.Exec(`update job set at = $4, reason = $5`+mine, j.Name, j.Key, j.Due, db.At(now.Add(pause(j.Tries))), short(r.err))
	}
	if err != nil {
		return fmt.Errorf("job %s %s: %w", j.Name, j.Key, err)
	}
	return nil
}

// pause is how long to wait after try n failed, give or take a quarter, so that
// what failed together does not come back together.
func pause(n int) time.Duration {
	p := min(longPause, firstPause<<(2*min(n-1, 10)))
	return p - p/4 + rand.N(p/2)
}

func short(err error) string {
	s := []rune(strings.ToValidUTF8(err.Error(), "?"))
	return string(s[:min(len(s), 1000)])
}
