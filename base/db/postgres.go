package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Of one program; three of them stay under PostgreSQL's usual 100 connections.
const postgresConns = 24

// How often a transaction is tried that others were in the way of.
const tries = 10

func (d *DB) openPostgres(ctx context.Context) error {
	conf, err := pgx.ParseConfig(d.url)
	if err != nil {
		return err
	}
	conf.RuntimeParams["application_name"] = "motcua"
	conf.RuntimeParams["statement_timeout"] = "60s"
	conf.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 5 * time.Second
	}
	d.pool = stdlib.OpenDB(*conf)
	d.pool.SetMaxOpenConns(postgresConns)
	d.pool.SetMaxIdleConns(postgresConns)
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var v string
		if err := d.pool.QueryRowContext(ctx, "show "+name).Scan(&v); err != nil {
			return explain(err)
		}
		if v == "off" {
			return fmt.Errorf("not durable: %s is off", name)
		}
	}
	return nil
}

// postgres runs try until no other transaction is in its way.
func (d *DB) postgres(ctx context.Context, f func(*Tx) error, try func(context.Context, func(*Tx) error) (*Tx, error)) (*Tx, error) {
	for n := 0; ; n++ {
		t, err := try(ctx, f)
		if err == nil || n == tries || troubleOf(err) != again {
			return t, err
		}
		d.count.retries.Add(1)
		pause := time.Millisecond << n
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (d *DB) writePostgres(ctx context.Context, f func(*Tx) error) (*Tx, error) {
	sqltx, free, err := d.beginPostgres(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer free()
	t := begin(ctx, driverTx{sqltx})
	if err := t.answer(t.call(f)); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := sqltx.Commit(); err != nil {
		return nil, explainCommit(err)
	}
	d.count.groups.Add(1)
	d.count.commit.Add(int64(time.Since(began)))
	return t, nil
}

func (d *DB) readPostgres(ctx context.Context, f func(*Tx) error) (*Tx, error) {
	sqltx, free, err := d.beginPostgres(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer free()
	t := begin(ctx, driverTx{sqltx})
	t.reader = ctx
	return t, t.answer(f(t))
}

func (d *DB) lookPostgres(ctx context.Context, f func(*Tx) error) (*Tx, error) {
	c, err := d.connPostgres(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	t := begin(ctx, driverLook{driverTx{c}})
	t.reader = ctx
	return t, t.answer(f(t))
}

// beginPostgres begins a transaction, which is not cut off in the middle. free
// ends it and gives its connection back.
func (d *DB) beginPostgres(ctx context.Context, kind *sql.TxOptions) (t *sql.Tx, free func(), err error) {
	c, err := d.connPostgres(ctx)
	if err != nil {
		return nil, nil, err
	}
	if t, err = c.BeginTx(context.WithoutCancel(ctx), kind); err != nil {
		c.Close()
		return nil, nil, explain(err)
	}
	return t, func() { t.Rollback(); c.Close() }, nil
}

// connPostgres waits for a connection as long as the caller does.
func (d *DB) connPostgres(ctx context.Context) (*sql.Conn, error) {
	turn, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := d.pool.Conn(turn)
	switch {
	case err == nil && ctx.Err() == nil:
		return c, nil
	case c != nil:
		c.Close()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, away(err)
}

// A driverTx is a transaction of the driver, which prepares statements itself.
type driverTx struct {
	tx interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	}
}

// A driverLook is a connection without a transaction: it only reads.
type driverLook struct{ driverTx }

func (driverLook) exec(context.Context, string, []any) (int64, error) {
	return 0, errors.New("a write in a look")
}

func (driverLook) insert(context.Context, insertion, []any) (int64, error) {
	return 0, errors.New("a write in a look")
}

func (r driverTx) exec(ctx context.Context, q string, args []any) (int64, error) {
	res, err := r.tx.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (r driverTx) insert(ctx context.Context, i insertion, args []any) (int64, error) {
	return r.exec(ctx, i.text(), args)
}

func (r driverTx) query(ctx context.Context, q string, args []any) (*sql.Rows, error) {
	return r.tx.QueryContext(ctx, q, args...)
}

// Learn lets PostgreSQL count a table anew that has grown much. It does so by
// itself, but once a minute: until then it takes the table for small, and reads
// all of it for a question after two hundred rows. SQLite takes the index anyhow.
func (d *DB) Learn(ctx context.Context, table string) error {
	if !d.Postgres() {
		return nil
	}
	_, err := d.pool.ExecContext(ctx, "analyze "+table)
	return explain(err)
}
