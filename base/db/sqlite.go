package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// What every connection is told. Checkpoints are ours (checkpoint.go).
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)" +
	"&_pragma=foreign_keys(1)&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(67108864)" +
	"&_pragma=temp_store(memory)"

func (d *DB) dsn(more string) (string, error) {
	abs, err := filepath.Abs(d.path)
	if err != nil {
		return "", err
	}
	u := url.URL{Path: filepath.ToSlash(abs)}
	return "file:" + u.EscapedPath() + pragmas + more, nil
}

func (d *DB) openSQLite(ctx context.Context) error {
	if d.path == "" || strings.Contains(d.path, "://") {
		return fmt.Errorf("want a file, sqlite:FILE or postgres://…, got %q", d.url)
	}
	// What is deleted is overwritten in the pages that are written anyway; Scrub does the rest.
	dsn, err := d.dsn("&_pragma=cache_size(-32000)&_pragma=secure_delete(fast)&_txlock=immediate")
	if err != nil {
		return err
	}
	one, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	w, err := newWriter(ctx, one, d)
	if err != nil {
		one.Close()
		return err
	}
	d.write = w

	dsn, err = d.dsn("&_pragma=cache_size(-8000)&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	if d.pool, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	readers := max(4, 2*runtime.NumCPU())
	d.pool.SetMaxOpenConns(readers)
	d.read = make(chan *conn, readers)
	for range readers {
		d.read <- &conn{pool: d.pool}
	}
	if dsn, err = d.dsn(""); err != nil {
		return err
	}
	mover, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	mover.SetMaxOpenConns(1)
	d.work.Go(func() { d.checkpoints(mover) })
	return nil
}

func (d *DB) readSQLite(ctx context.Context, f func(*Tx) error) error {
	var c *conn
	select {
	case c = <-d.read:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { d.read <- c }()
	t := begin(ctx, c)
	t.reader = ctx
	if _, err := c.exec(t.ctx, "begin", nil); err != nil {
		return explain(err)
	}
	defer c.exec(t.ctx, "rollback", nil)
	return t.answer(f(t))
}

// A conn is one connection to SQLite and the statements prepared on it. One goroutine uses it at a time.
type conn struct {
	pool  *sql.DB
	c     *sql.Conn
	stmts map[string]*sql.Stmt
	many  map[insertion]*sql.Stmt
}

// stmt is q prepared.
func (c *conn) stmt(ctx context.Context, q string) (*sql.Stmt, error) {
	return prepared(ctx, c, &c.stmts, q, func() string { return q })
}

// prepared is the statement of a key. Texts made anew each time would fill the
// map, so a full one starts afresh.
func prepared[K comparable](ctx context.Context, c *conn, all *map[K]*sql.Stmt, key K, text func() string) (*sql.Stmt, error) {
	if s := (*all)[key]; s != nil {
		return s, nil
	}
	if c.c == nil {
		one, err := c.pool.Conn(ctx)
		if err != nil {
			return nil, err
		}
		c.c = one
	}
	if len(*all) >= 500 {
		for _, s := range *all {
			s.Close()
		}
		*all = nil
	}
	s, err := c.c.PrepareContext(ctx, inOrderOf(text()))
	if err != nil {
		return nil, err
	}
	if *all == nil {
		*all = map[K]*sql.Stmt{}
	}
	(*all)[key] = s
	return s, nil
}

// inOrderOf writes the values of a statement that names $1, $2, $3 … each once
// and in this order as ? without a name: the driver looks a name up among all
// names, and of two thousand values that took longer than to store them.
func inOrderOf(q string) string {
	var b strings.Builder
	n, quoted := 0, false
	for i := 0; i < len(q); i++ {
		if q[i] == '\'' {
			quoted = !quoted
		}
		if q[i] != '$' || quoted {
			b.WriteByte(q[i])
			continue
		}
		end := i + 1
		for end < len(q) && q[end] >= '0' && q[end] <= '9' {
			end++
		}
		if n++; q[i+1:end] != strconv.Itoa(n) {
			return q
		}
		b.WriteByte('?')
		i = end - 1
	}
	return b.String()
}

func (c *conn) exec(ctx context.Context, q string, args []any) (int64, error) {
	s, err := c.stmt(ctx, q)
	if err != nil {
		return 0, err
	}
	return changed(s.ExecContext(ctx, args...))
}

func (c *conn) insert(ctx context.Context, i insertion, args []any) (int64, error) {
	s, err := prepared(ctx, c, &c.many, i, i.text)
	if err != nil {
		return 0, err
	}
	return changed(s.ExecContext(ctx, args...))
}

func changed(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c *conn) query(ctx context.Context, q string, args []any) (*sql.Rows, error) {
	s, err := c.stmt(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// closeAll closes the connections of either database.
func (d *DB) closeAll() error {
	var err error
	if d.write != nil {
		err = d.write.c.pool.Close()
	}
	if d.pool != nil {
		err = errors.Join(err, d.pool.Close())
	}
	return err
}
