package db

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// A Check is one thing doctor looks at: in order or not, and what was found.
type Check struct {
	Name   string
	OK     bool
	Detail string
}

// With less than this free the disk counts as full soon.
const freeLow = 1 << 30

// Checks examines the settings that durability rests on, and the database itself.
func (d *DB) Checks(ctx context.Context) []Check {
	var all []Check
	if d.Postgres() {
		all = d.checkPostgres(ctx)
	} else {
		all = d.checkSQLite(ctx)
	}
	if why := d.halted.Load(); why != nil {
		all = append(all, Check{"writing", false, *why})
	}
	return all
}

func (d *DB) checkSQLite(ctx context.Context) []Check {
	var all []Check
	add := func(name string, ok bool, detail string) { all = append(all, Check{name, ok, detail}) }
	err := d.Read(ctx, func(t *Tx) error {
		version, err := value(t, "select sqlite_version()")
		if err != nil {
			return err
		}
		add("database", true, "SQLite "+version+", "+d.path)
		for _, want := range []struct{ pragma, value, meaning string }{
			{"journal_mode", "wal", "wal"},
			{"synchronous", "2", "full"},
			{"foreign_keys", "1", "on"},
		} {
			got, err := value(t, "pragma "+want.pragma)
			if err != nil {
				return err
			}
			if got == want.value {
				got = want.meaning
			}
			add(want.pragma, got == want.meaning, got)
		}
		got, err := value(t, "pragma quick_check(1)")
		if err == nil {
			add("integrity", got == "ok", got)
		}
		return err
	})
	if err != nil {
		add("database", false, err.Error())
	}
	if i, err := os.Stat(d.path + "-wal"); err == nil {
		add("journal", i.Size() < 1<<30, fmt.Sprintf("%d MB", i.Size()>>20))
	}
	if free, err := freeDisk(filepath.Dir(d.path)); err == nil {
		add("free disk", free > freeLow, fmt.Sprintf("%d MB", free>>20))
	}
	return all
}

func anything(string) bool { return true }
func on(s string) bool     { return s == "on" }

// value is the one value that q answers, as text.
func value(t *Tx, q string) (s string, err error) {
	err = t.Row(q).Scan(&s)
	return s, err
}

func (d *DB) checkPostgres(ctx context.Context) []Check {
	var all []Check
	add := func(name string, ok bool, detail string) { all = append(all, Check{name, ok, detail}) }
	err := d.Read(ctx, func(t *Tx) error {
		for _, c := range []struct {
			name, q string
			ok      func(string) bool
		}{
			{"database", `select version()`, anything},
			{"fsync", `show fsync`, on},
			{"synchronous_commit", `show synchronous_commit`, func(s string) bool { return s != "off" }},
			{"full_page_writes", `show full_page_writes`, on},
			{"encoding", `select pg_encoding_to_char(encoding) from pg_database where datname = current_database()`,
				func(s string) bool { return s == "UTF8" }},
			// Texts sort by their bytes, as on SQLite, so that pages continue where they ended.
			{"collation", `select datcollate from pg_database where datname = current_database()`,
				func(s string) bool { return s == "C" || s == "POSIX" || s == "C.UTF-8" || s == "C.utf8" }},
			{"checksums", `show data_checksums`, anything},
			{"connections", `select count(*) || ' of ' || current_setting('max_connections') from pg_stat_activity`, anything},
		} {
			v, err := value(t, c.q)
			if err != nil {
				return err
			}
			add(c.name, c.ok(v), v)
		}
		return nil
	})
	if err != nil {
		add("database", false, err.Error())
	}
	return all
}
