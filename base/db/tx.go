package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/base/fault"
)

// A Tx is one transaction. It belongs to the function it was given to and to
// one goroutine, and is dead afterwards.
type Tx struct {
	ctx    context.Context
	run    runner
	reader context.Context // a Read's caller: when he is gone, the next statement is refused
	err    error           // the first statement that failed; nothing follows it
	open   bool            // a List is being read
	once   bool            // a Look's: it takes one statement
	asked  bool            // it did
	bumped []string        // names for every instance, with a row each
	told   []string        // names for this instance alone
	hurry  bool            // see Hurry
	first  chan *wait      // who is in it goes before this one, which can wait
	gave   bool            // it did
}

// A runner is what a Tx speaks to: a connection with its prepared statements
// (SQLite) or a transaction of the driver (PostgreSQL, whose driver prepares).
type runner interface {
	exec(ctx context.Context, q string, args []any) (int64, error)
	query(ctx context.Context, q string, args []any) (*sql.Rows, error)
	insert(ctx context.Context, i insertion, args []any) (int64, error)
}

// inside marks the context of a transaction.
type inside struct{}

func begin(ctx context.Context, run runner) *Tx {
	return &Tx{ctx: context.WithValue(context.WithoutCancel(ctx), inside{}, true), run: run}
}

// Context has the caller's values but is never cancelled; Write and Read refuse it.
func (t *Tx) Context() context.Context { return t.ctx }

// Exec runs one statement and tells how many rows it wrote.
func (t *Tx) Exec(q string, args ...any) (rows int64, err error) {
	if err := t.ready(args...); err != nil {
		return 0, err
	}
	rows, err = t.run.exec(t.ctx, q, args)
	return rows, t.failed(q, err)
}

// A Row is the first row of a query.
type Row struct {
	t    *Tx
	q    string
	args []any
}

// Row asks for one row; the query runs when it is scanned.
func (t *Tx) Row(q string, args ...any) Row { return Row{t, q, args} }

// Scan reads the row into dest. No row is a fault for which errors.Is(err, fault.NotFound) holds.
func (r Row) Scan(dest ...any) error {
	if err := r.t.ready(r.args...); err != nil {
		return err
	}
	rows, err := r.t.run.query(r.t.ctx, r.q, r.args)
	if err != nil {
		return r.t.failed(r.q, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return r.t.failed(r.q, err)
		}
		return fault.New(fault.NotFound, "db.none")
	}
	if err := rows.Scan(dest...); err != nil {
		return r.t.failed(r.q, err)
	}
	return r.t.failed(r.q, rows.Close())
}

// List reads every row of q, turning each into a T with scan. scan must not use
// the Tx: PostgreSQL cannot answer a second question while it lists.
func List[T any](t *Tx, scan func(into func(...any) error) (T, error), q string, args ...any) ([]T, error) {
	var all []T
	err := t.each(q, args, func(rows *sql.Rows) error {
		v, err := scan(rows.Scan)
		all = append(all, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// each calls f on every row of q.
func (t *Tx) each(q string, args []any, f func(*sql.Rows) error) error {
	if err := t.ready(args...); err != nil {
		return err
	}
	rows, err := t.run.query(t.ctx, q, args)
	if err != nil {
		return t.failed(q, err)
	}
	defer rows.Close()
	t.open = true
	defer func() { t.open = false }()
	for rows.Next() {
		if t.reader != nil && t.reader.Err() != nil {
			return t.reader.Err()
		}
		if err := f(rows); err != nil {
			return err
		}
	}
	return t.failed(q, rows.Err())
}

// Bump makes the caches called name stale from this commit on: see Watch.
func (t *Tx) Bump(name string) error {
	if err := t.ready(); err != nil {
		return err
	}
	if !slices.Contains(t.bumped, name) {
		t.bumped = append(t.bumped, name)
	}
	return nil
}

// Tell calls what watches name on this instance once the transaction is
// durable. It costs no row, and other instances do not hear it: it is for
// waking what looks by itself every second anyway.
func (t *Tx) Tell(name string) {
	if !slices.Contains(t.told, name) {
		t.told = append(t.told, name)
	}
}

// ready refuses a statement after a failed one, and text that is none (invalid
// UTF-8, the character nought): PostgreSQL would, and SQLite must not differ.
func (t *Tx) ready(args ...any) error {
	switch {
	case t.err != nil:
		return t.err
	case t.open:
		return errors.New("a statement while a list is read")
	case slices.ContainsFunc(args, unreadable):
		t.err = fault.New(fault.Invalid, "db.letters")
	case t.once && t.asked:
		t.err = errors.New("a second statement in a look")
	case t.reader != nil:
		t.asked = true
		return t.reader.Err()
	case len(t.first) > 0:
		t.err, t.gave = errGaveWay, true
	}
	return t.err
}

func unreadable(arg any) bool {
	v := reflect.ValueOf(arg)
	return v.Kind() == reflect.String && (!utf8.ValidString(v.String()) || strings.Contains(v.String(), "\x00"))
}

// failed keeps the first error of a statement and says which it was, without its values.
func (t *Tx) failed(q string, err error) error {
	if err == nil {
		return nil
	}
	q = strings.Join(strings.Fields(q), " ")
	if r := []rune(q); len(r) > 60 {
		q = string(r[:60]) + "…"
	}
	err = fmt.Errorf("%s: %w", q, withoutValues(err))
	if t.err == nil {
		t.err = err
	}
	return err
}

// answer is what the caller is told when f ended with err. The Tx is dead then:
// on SQLite its connection goes on to other people's transactions.
func (t *Tx) answer(err error) error {
	defer func() { t.err = errors.New("the transaction has ended") }()
	if err != nil && t.err != nil && !errors.Is(err, t.err) {
		err = fmt.Errorf("%w: %w", err, t.err) // f said it in its own words; the cause still decides
	}
	if err != nil {
		return explain(err)
	}
	return nil
}

// call runs f and then the bumps: in one order, and last, because every
// instance that bumps the same name waits here for the others' commits.
func (t *Tx) call(f func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if t.err != nil {
		return fmt.Errorf("an error was passed over: %w", t.err)
	}
	slices.Sort(t.bumped)
	for _, name := range t.bumped {
		_, err := t.Exec(`insert into changed (name, version) values ($1, 1)
			on conflict (name) do update set version = changed.version + 1`, name)
		if err != nil {
			return err
		}
	}
	return nil
}
