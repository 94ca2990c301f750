package main

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"
)

// the table of reported dossiers with its indexes, as kernel/mirror declares it.
var mirrorTable = []string{
	`create table mirror (id bigint not null primary key, body text not null, code text not null, version bigint not null, sum bigint not null,
		state bigint not null, procedure text not null, channel text not null, owner bigint not null, name text not null, opened bigint not null,
		due bigint not null, ended bigint not null, changed bigint not null, batch bigint not null, salt blob not null, line text not null)`,
	`create unique index mirror_code on mirror (code, body)`,
	`create index mirror_owner on mirror (owner, id) where owner <> 0`,
	`create index mirror_open on mirror (body, due, id) where ended = 0`,
}

const (
	mirrorColumns = `id, body, code, version, sum, state, procedure, channel, owner, name, opened, due, ended, changed, batch, salt, line`
	mirrorWide    = 17
	together      = 100 // rows of a statement
	perCommit     = 2000
)

// loadRows copies the rows of one database to a fresh one, as fast as can be
// while durable. Only the writing is timed, and its CPU: this process does
// nothing else meanwhile.
func loadRows(from, to string) (a Arm, err error) {
	src, err := sql.Open("sqlite", "file:"+from+"?mode=ro")
	if err != nil {
		return a, err
	}
	defer src.Close()
	dst, err := sql.Open("sqlite", "file:"+to+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32000)")
	if err != nil {
		return a, err
	}
	defer dst.Close()
	dst.SetMaxOpenConns(1)
	for _, q := range mirrorTable {
		if _, err := dst.Exec(strings.Replace(q, "id bigint not null primary key", "id integer not null primary key", 1)); err != nil {
			return a, err
		}
	}
	whole, err := dst.Prepare(insertOf(together))
	if err != nil {
		return a, err
	}
	one, err := dst.Prepare(insertOf(1))
	if err != nil {
		return a, err
	}
	rows, err := src.Query(`select ` + mirrorColumns + ` from mirror order by id`)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	var wall, cpu time.Duration
	n := 0
	for {
		values, err := some(rows)
		if err != nil {
			return a, err
		}
		if len(values) == 0 {
			break
		}
		began, before := time.Now(), used()
		if err := insertAll(dst, whole, one, values); err != nil {
			return a, err
		}
		wall, cpu, n = wall+time.Since(began), cpu+used()-before, n+len(values)/mirrorWide
	}
	return Arm{Rate: float64(n) / wall.Seconds(), CPU: float64(cpu.Microseconds()) / float64(n)}, rows.Err()
}

// some reads the next rows, side by side.
func some(rows *sql.Rows) (values []any, err error) {
	for len(values) < perCommit*mirrorWide && rows.Next() {
		row, into := make([]any, mirrorWide), make([]any, mirrorWide)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		values = append(values, row...)
	}
	return values, rows.Err()
}

func insertAll(d *sql.DB, whole, one *sql.Stmt, values []any) error {
	tx, err := d.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for len(values) > 0 {
		s, k := tx.Stmt(whole), together*mirrorWide
		if len(values) < k {
			s, k = tx.Stmt(one), mirrorWide
		}
		if _, err := s.Exec(values[:k]...); err != nil {
			return err
		}
		values = values[k:]
	}
	return tx.Commit()
}

func insertOf(rows int) string {
	row := "(?" + strings.Repeat(",?", mirrorWide-1) + ")"
	return "insert into mirror (" + mirrorColumns + ") values " + row + strings.Repeat(","+row, rows-1)
}

// count is how many rows a table of a database in use has.
func count(path, table string) (n int, err error) {
	d, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return n, d.QueryRow("select count(*) from " + table).Scan(&n)
}

// weigh is the database's bytes without its ledger for each byte of JSON, and
// the ledger's bytes for each dossier: the bodies of the batches' acts.
func weigh(path string, json int64, n int) (ratio, ledger float64, err error) {
	d, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return 0, 0, err
	}
	defer d.Close()
	var acts, pages, free, size int64
	err = d.QueryRow(`select coalesce(sum(length(body)), 0) from act where act = 'mirror.batch'`).Scan(&acts)
	for _, q := range []struct {
		of   string
		into *int64
	}{{"page_count", &pages}, {"freelist_count", &free}, {"page_size", &size}} {
		if err == nil {
			err = d.QueryRow("pragma " + q.of).Scan(q.into)
		}
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	if info, e := os.Stat(path); e == nil && info.Size() < (pages-free)*size { // the rest is in the log
		pages = info.Size()/size + 1
	}
	return float64((pages-free)*size-acts) / float64(json), float64(acts) / float64(n), nil
}
