// Package db is the one door to the database: SQLite in one file or
// PostgreSQL, behind one SQL.
//
// Everything happens inside Read or Write; the transaction is an argument
// everywhere else. SQL is written once for both databases: $1 placeholders,
// types bigint, text, boolean, bytea and double precision, times as Time,
// dates as text YYYY-MM-DD, bytes bound as []byte and text as string.
//
// On SQLite one goroutine writes. It takes every waiting write, runs each in a
// savepoint of its own and commits them together, so that one fsync serves
// many people and one refusal harms nobody else (writer.go). On PostgreSQL
// each write is a transaction of its own (postgres.go).
package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"motcua/base/fault"
)

//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var files embed.FS

// A DB is an open database. Its methods may be called from many goroutines.
type DB struct {
	url   string
	path  string  // of the SQLite file, "" on PostgreSQL
	pool  *sql.DB // PostgreSQL, or the connections of readers on SQLite
	read  chan *conn
	write *writer // SQLite alone
	gate  gate    // PostgreSQL alone
	watch watches
	count counters

	leases  leases
	halted  atomic.Pointer[string] // why this program must not write any more
	closing sync.Once
	stop    chan struct{}
	work    sync.WaitGroup
}

// Open opens the database at url: a path or sqlite:path is an SQLite file,
// postgres:// is PostgreSQL. A database that would not survive a power cut
// (synchronous or fsync off) is refused.
func Open(ctx context.Context, url string) (*DB, error) {
	d := &DB{url: url, stop: make(chan struct{}), gate: gate{turn: make(chan struct{}, 1)}}
	var err error
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		err = d.openPostgres(ctx)
	} else {
		d.path = strings.TrimPrefix(url, "sqlite:")
		err = d.openSQLite(ctx)
	}
	if err == nil {
		err = d.startLeases(ctx)
	}
	if err == nil {
		schema, _ := fs.Sub(files, "schema")
		err = d.Migrate(ctx, "db", schema)
	}
	if err == nil {
		err = d.startWatch(ctx)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open database %s: %w", d.Name(), err)
	}
	return d, nil
}

// Close ends the writes that run, refuses those that wait, and gives back what this program leased.
func (d *DB) Close() error {
	var err error
	d.closing.Do(func() {
		d.giveBack()
		close(d.stop)
		d.work.Wait()
		err = d.closeAll()
	})
	return err
}

// Postgres reports whether this is PostgreSQL; only base/job may ask.
func (d *DB) Postgres() bool { return d.path == "" }

// Name is the database's address without its password, for logs and doctor.
func (d *DB) Name() string {
	if !d.Postgres() {
		return d.path
	}
	scheme, rest, _ := strings.Cut(d.url, "://")
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + "://" + rest
}

// Write runs f in a transaction and returns once it is durable, or with f's
// error once it is undone. f may run more than once, so it touches nothing but
// its Tx and what it sets anew each time. ctx only decides whether the caller
// still waits for his turn: once f has begun, its outcome is waited for.
func (d *DB) Write(ctx context.Context, f func(*Tx) error) error {
	return d.run(ctx, f, grouped)
}

func (d *DB) run(ctx context.Context, f func(*Tx) error, how manner) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	if why := d.halted.Load(); why != nil {
		return away(errors.New(*why))
	}
	var t *Tx
	var err error
	switch {
	case !d.Postgres():
		t, err = d.write.do(ctx, f, how)
	case how == yielding:
		t, err = d.yieldPostgres(ctx, f)
	default:
		t, err = d.postgres(ctx, f, d.writePostgres)
		d.gate.person.Store(time.Now().UnixNano())
	}
	if err != nil {
		d.count.refused.Add(1)
		return err
	}
	d.count.writes.Add(1)
	d.watch.drop(t.bumped)
	d.watch.drop(t.told)
	return nil
}

// Read runs f over one consistent snapshot; a write in it is an error. Like
// Write's, f may run more than once.
func (d *DB) Read(ctx context.Context, f func(*Tx) error) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	d.count.reads.Add(1)
	if d.Postgres() {
		_, err := d.postgres(ctx, f, d.readPostgres)
		return err
	}
	return d.readSQLite(ctx, f)
}

// Look is a Read of one statement, which is a snapshot by itself: on PostgreSQL
// beginning and ending a transaction around it would cost twice what it costs.
// A second statement in f is an error.
func (d *DB) Look(ctx context.Context, f func(*Tx) error) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	d.count.reads.Add(1)
	once := func(t *Tx) error {
		t.once = true
		return f(t)
	}
	if d.Postgres() {
		_, err := d.postgres(ctx, once, d.lookPostgres)
		return err
	}
	return d.readSQLite(ctx, once)
}

// enter refuses a transaction inside a transaction: on SQLite it would wait for itself.
func (d *DB) enter(ctx context.Context) error {
	if ctx.Value(inside{}) != nil {
		return fmt.Errorf("a transaction inside a transaction: pass the Tx on instead")
	}
	select {
	case <-d.stop:
		return away(fmt.Errorf("the database is closed"))
	default:
	}
	return ctx.Err()
}

// halt stops all writing until the program is started again.
func (d *DB) halt(why string) {
	d.halted.Store(&why)
	slog.Error("nothing is written any more until the program is started again", "why", why)
}

func away(why error) error {
	return fmt.Errorf("%w: %w", fault.New(fault.Unavailable, "db.away"), why)
}
