package main

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// bare commits copies of one filing's rows as fast as the database goes: in
// groups on SQLite, each by itself on PostgreSQL, which groups them.
type bare struct {
	rows   []string // "table: columns"
	d      *sql.DB
	copies []copied
	n      atomic.Int64
	queue  chan chan error // SQLite alone
	done   chan struct{}
}

// tables are those in which a filing leaves rows, with the columns that must differ in every copy.
var tables = []struct {
	name  string
	fresh []string
}{
	{"dossier", []string{"id", "code"}}, {"act", []string{"id", "dossier"}}, {"ledger_open", []string{"act"}}, {"figure_open", []string{"id"}},
	{"once", []string{"key"}}, {"post", []string{"id"}}, {"job", []string{"key", "id"}},
}

type copied struct {
	insert *sql.Stmt
	values []any
	fresh  []int // positions that must differ
}

// newBare learns the rows of the latest filing in from, and makes an empty
// database with the same tables: a file at to, or a schema beside.
func newBare(from database, to string) (*bare, error) {
	src, err := from.open()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	b := &bare{done: make(chan struct{})}
	b.n.Store(1 << 40)
	if from.pg != nil {
		b.d, err = likeOf(from, src)
	} else {
		b.d, err = copyOf(src, to)
	}
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := b.learn(src, t.name, t.fresh); err != nil {
			return nil, err
		}
	}
	if from.pg == nil {
		b.queue = make(chan chan error, 1024)
		go b.run()
	}
	return b, nil
}

// likeOf makes the tables in another schema of the database.
func likeOf(at database, d *sql.DB) (*sql.DB, error) {
	if _, err := d.Exec("create schema bare"); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if _, err := d.Exec("create table bare." + t.name + " (like public." + t.name + " including all)"); err != nil {
			return nil, err
		}
	}
	d, err := sql.Open("pgx", at.url+"&search_path=bare")
	if err == nil {
		d.SetMaxOpenConns(24) // as many as the product takes
		d.SetMaxIdleConns(24)
	}
	return d, err
}

// copyOf makes the tables in a file.
func copyOf(src *sql.DB, to string) (*sql.DB, error) {
	d, err := sql.Open("sqlite", "file:"+to+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	for _, t := range tables {
		schema, err := texts(src, "select sql from sqlite_master where tbl_name = '"+t.name+"' and sql is not null order by type desc")
		if err != nil {
			return nil, err
		}
		for _, q := range schema {
			if _, err := d.Exec(q); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// learn takes the latest row of a table as what is to be copied.
func (b *bare) learn(src *sql.DB, table string, fresh []string) error {
	rows, err := src.Query(`select * from ` + table + ` order by ` + fresh[0] + ` desc limit 1`)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	c := copied{values: make([]any, len(names))}
	into := make([]any, len(names))
	var places []string
	for i, name := range names {
		into[i] = &c.values[i]
		places = append(places, fmt.Sprintf("$%d", i+1))
		if slices.Contains(fresh, name) {
			c.fresh = append(c.fresh, i)
		}
	}
	if rows.Next() {
		err = rows.Scan(into...)
	} else if c.values = taken[table]; c.values == nil {
		return rows.Err() // a filing leaves none
	}
	if err != nil {
		return err
	}
	if c.insert, err = b.d.Prepare(`insert into ` + table + ` (` + strings.Join(names, ", ") + `) values (` + strings.Join(places, ", ") + `)`); err != nil {
		return err
	}
	b.copies = append(b.copies, c)
	b.rows = append(b.rows, table+": "+strings.Join(names, ", "))
	return nil
}

// taken are rows that the node has gone on with before they can be learned.
var taken = map[string][]any{
	"ledger_open": {int64(0), make([]byte, 32)},
	"figure_open": {int64(0), "2026-11-22", "H26.002", "portal/1.001193", "online", "", "submitted", true, false, false, "due@2026-11-27=1"},
}

// insert writes one copy of every row.
func (b *bare) insert(tx *sql.Tx) error {
	n := b.n.Add(1)
	for _, c := range b.copies {
		values := slices.Clone(c.values)
		for _, at := range c.fresh {
			if _, text := values[at].(string); text {
				values[at] = fmt.Sprintf("H26.002.00061-20261122-%07d", n)
			} else {
				values[at] = n
			}
		}
		if _, err := tx.Stmt(c.insert).Exec(values...); err != nil {
			return err
		}
	}
	return nil
}

// run commits all that wait together.
func (b *bare) run() {
	defer close(b.done)
	for first := range b.queue {
		group := []chan error{first}
		for more := true; more && len(group) < 512; {
			select {
			case w, ok := <-b.queue:
				if more = ok; ok {
					group = append(group, w)
				}
			default:
				more = false
			}
		}
		err := b.together(len(group))
		for _, w := range group {
			w <- err
		}
	}
}

// together commits n copies.
func (b *bare) together(n int) error {
	tx, err := b.d.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for range n {
		if err := b.insert(tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (b *bare) commit() error {
	if b.queue == nil {
		return b.together(1)
	}
	w := make(chan error, 1)
	b.queue <- w
	return <-w
}

func (b *bare) close() {
	if b.queue != nil {
		close(b.queue)
		<-b.done
	}
	b.d.Close()
}
