package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	_ "motcua/base/db" // its drivers
)

const (
	together  = 100 // rows of a statement
	perCommit = 2000
)

// A loader writes rows as fast as can be while durable.
type loader interface {
	commit(rows [][]any) error
	close() error
}

// loadRows copies the reported dossiers of a database to a fresh table with the
// same columns and indexes, 2,000 to a transaction: one of its own on SQLite,
// by COPY on PostgreSQL. Only the writing is timed, and its CPU: this process
// does nothing else meanwhile.
func (b *bench) loadRows(from database) (a Arm, err error) {
	src, err := from.open()
	if err != nil {
		return a, err
	}
	defer src.Close()
	rows, err := src.Query(`select * from mirror order by id`)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return a, err
	}
	var to loader
	if from.pg != nil {
		to, err = newCopier(from, columns)
	} else {
		to, err = newInserter(src, filepath.Join(b.dir, fmt.Sprintf("limit%d.db", time.Now().UnixNano())), columns)
	}
	if err != nil {
		return a, err
	}
	defer to.close()
	spent := func() time.Duration { return used() + from.pg.used() }
	var wall, cpu time.Duration
	n := 0
	for {
		values, err := some(rows, len(columns))
		if err != nil {
			return a, err
		}
		if len(values) == 0 {
			break
		}
		began, before := time.Now(), spent()
		if err := to.commit(values); err != nil {
			return a, err
		}
		wall, cpu, n = wall+time.Since(began), cpu+spent()-before, n+len(values)
	}
	return Arm{Rate: float64(n) / wall.Seconds(), CPU: float64(cpu.Microseconds()) / float64(n)}, rows.Err()
}

// some reads the next rows.
func some(rows *sql.Rows, wide int) (all [][]any, err error) {
	for len(all) < perCommit && rows.Next() {
		row, into := make([]any, wide), make([]any, wide)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// An inserter is the loader of SQLite.
type inserter struct {
	path       string
	d          *sql.DB
	whole, one *sql.Stmt
}

func newInserter(src *sql.DB, path string, columns []string) (*inserter, error) {
	d, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32000)")
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	schema, err := texts(src, `select sql from sqlite_master where tbl_name = 'mirror' and sql is not null order by type desc`)
	for _, q := range schema {
		if err == nil {
			_, err = d.Exec(q)
		}
	}
	if err != nil {
		return nil, err
	}
	row := "(?" + strings.Repeat(",?", len(columns)-1) + ")"
	insert := "insert into mirror (" + strings.Join(columns, ", ") + ") values " + row
	l := &inserter{path: path, d: d}
	if l.one, err = d.Prepare(insert); err == nil {
		l.whole, err = d.Prepare(insert + strings.Repeat(","+row, together-1))
	}
	return l, err
}

func texts(d *sql.DB, q string) (all []string, err error) {
	rows, err := d.Query(q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func (l *inserter) commit(rows [][]any) error {
	tx, err := l.d.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for len(rows) > 0 {
		s, k := tx.Stmt(l.whole), together
		if len(rows) < k {
			s, k = tx.Stmt(l.one), 1
		}
		var values []any
		for _, r := range rows[:k] {
			values = append(values, r...)
		}
		if _, err := s.Exec(values...); err != nil {
			return err
		}
		rows = rows[k:]
	}
	return tx.Commit()
}

func (l *inserter) close() error { return errors.Join(l.d.Close(), os.Remove(l.path)) }

// A copier is the loader of PostgreSQL.
type copier struct {
	c       *pgx.Conn
	columns []string
}

func newCopier(at database, columns []string) (*copier, error) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, at.url)
	if err != nil {
		return nil, err
	}
	for _, q := range []string{"drop schema if exists copied cascade", "create schema copied", "create table copied.mirror (like public.mirror including all)"} {
		if _, err := c.Exec(ctx, q); err != nil {
			return nil, err
		}
	}
	return &copier{c, columns}, nil
}

func (l *copier) commit(rows [][]any) error {
	_, err := l.c.CopyFrom(context.Background(), pgx.Identifier{"copied", "mirror"}, l.columns, pgx.CopyFromRows(rows))
	return err
}

func (l *copier) close() error { return l.c.Close(context.Background()) }
