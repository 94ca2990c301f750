package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
)

func note(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`create table note (id bigint primary key, text text not null)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from note`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteAndRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			rows, err := tx.Exec(`insert into note (id, text) values ($2, $1), (8, 'đ')`, "một", 7)
			if rows != 2 {
				t.Errorf("got %d rows, want 2", rows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			got, err := db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
				`select text from note order by id`)
			if len(got) != 2 || got[0] != "một" || got[1] != "đ" {
				t.Errorf("got %q", got)
			}
			if err := tx.Row(`select text from note where id = 9`).Scan(new(string)); !errors.Is(err, fault.NotFound) {
				t.Errorf("got %v, want not found", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAReaderCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		if err := d.Read(t.Context(), put(1)); err == nil {
			t.Error("a write inside a read passed")
		}
		if n := count(t, d); n != 0 {
			t.Errorf("got %d rows, want none", n)
		}
	})
}

func TestAReaderSeesOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			for range 2 {
				var n int
				if err := tx.Row(`select count(*) from note`).Scan(&n); err != nil || n != 0 {
					t.Errorf("got %d rows, %v; want 0", n, err)
				}
				if err := d.Write(context.Background(), put(1)); err != nil && n == 0 {
					t.Log(err) // the second time the row is there
				}
			}
			return nil
		})
		if err != nil || count(t, d) != 1 {
			t.Errorf("got %v, %d rows afterwards", err, count(t, d))
		}
	})
}

func TestNothingFollowsAFailedStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			put(1)(tx)
			if put(1)(tx) == nil {
				t.Error("the same key twice passed")
			}
			if put(2)(tx) == nil {
				t.Error("a statement after a failed one passed")
			}
			return nil // passed over
		})
		if err == nil || count(t, d) != 0 {
			t.Errorf("got %v, %d rows; want the error and none", err, count(t, d))
		}
		if strings.Contains(err.Error(), "n1") {
			t.Errorf("a value stands in %q", err)
		}
	})
}

func TestALookIsOneStatementThatReads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		if err := d.Write(t.Context(), put(1)); err != nil {
			t.Fatal(err)
		}
		n := 0
		one := func(tx *db.Tx) error { return tx.Row(`select count(*) from note`).Scan(&n) }
		if err := d.Look(t.Context(), one); err != nil || n != 1 {
			t.Errorf("got %d, %v", n, err)
		}
		if err := d.Look(t.Context(), func(tx *db.Tx) error { return errors.Join(one(tx), one(tx)) }); err == nil {
			t.Error("a second statement passed")
		}
		if err := d.Look(t.Context(), put(2)); err == nil || count(t, d) != 1 {
			t.Errorf("a write: %v, %d rows", err, count(t, d))
		}
		if err := d.Look(t.Context(), func(tx *db.Tx) error { return d.Look(tx.Context(), one) }); err == nil {
			t.Error("a look inside a look passed")
		}
		err := d.Look(t.Context(), func(tx *db.Tx) error { return tx.Row(`select id from note where id = 9`).Scan(&n) })
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("no row: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Look(gone, one); !errors.Is(err, context.Canceled) {
			t.Errorf("who is gone: %v", err)
		}
	})
}

func TestAListAllowsNoSecondQuestion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		if err := d.Write(t.Context(), put(1)); err != nil {
			t.Fatal(err)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := db.List(tx, func(func(...any) error) (n int, err error) {
				return n, tx.Row(`select count(*) from note`).Scan(&n)
			}, `select id from note`)
			return err
		})
		if err == nil {
			t.Error("a statement while a list is read passed")
		}
	})
}

// What one database keeps and the other refuses, or cannot be backed up, is kept by neither.
func TestUnreadableText(t *testing.T) {
	type word string
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		for _, text := range []any{"a\x00b", "\x00", "a\xffb", word("\xed\xa0\x80")} {
			for name, do := range map[string]func(tx *db.Tx) error{
				"written": func(tx *db.Tx) error {
					_, err := tx.Exec(`insert into note (id, text) values (1, $1)`, text)
					return err
				},
				"among many": func(tx *db.Tx) error { return tx.Insert("note", "id, text", [][]any{{1, "a"}, {2, text}}) },
				"asked for":  func(tx *db.Tx) error { return tx.Row(`select id from note where text = $1`, text).Scan(new(int)) },
				"listed by it": func(tx *db.Tx) error {
					_, err := db.List(tx, func(into func(...any) error) (n int, err error) { return n, into(&n) }, `select id from note where text = $1`, text)
					return err
				},
			} {
				if err := d.Write(t.Context(), do); fault.Of(err) != fault.Invalid {
					t.Errorf("%q %s: %v", text, name, err)
				}
				if err := d.Read(t.Context(), do); fault.Of(err) != fault.Invalid {
					t.Errorf("%q %s by who reads: %v", text, name, err)
				}
			}
		}
		if n := count(t, d); n != 0 {
			t.Errorf("%d rows were kept", n)
		}
	})
}

func TestTimes(t *testing.T) {
	hanoi := time.FixedZone("", 7*3600)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, want := range []db.Time{
			{},
			db.At(time.Date(2026, 2, 25, 23, 30, 0, 123456789, hanoi)),
			db.At(time.Date(1890, 5, 19, 0, 0, 0, 0, time.UTC)),
		} {
			var got, null db.Time
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row(`select cast($1 as bigint), cast(null as bigint)`, want).Scan(&got, &null)
			})
			if err != nil || !got.Equal(want.Time) || got.Location() != time.UTC || !null.IsZero() {
				t.Errorf("got %v, %v, %v; want %v", got, null, err, want)
			}
		}
		if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select 'x'`).Scan(new(db.Time)) }); err == nil {
			t.Error("a text passed as a time")
		}
	})
}

func TestIntegerKeysAreTheRowItself(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	files := fstest.MapFS{"001_x.sql": {Data: []byte("-- +goose Up\ncreate table a (id bigint not null primary key);\ncreate table b (id BIGINT primary key);\ncreate table c (x bigint, y bigint, primary key (x, y));")}}
	if err := d.Migrate(t.Context(), "x", files); err != nil {
		t.Fatal(err)
	}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		var n int
		err := tx.Row(`select count(*) from sqlite_master where type = 'index' and tbl_name in ('a', 'b')`).Scan(&n)
		if n != 0 {
			t.Errorf("got %d second trees, want none", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "mysql://x", t.TempDir()} {
		if d, err := db.Open(t.Context(), url); err == nil {
			d.Close()
			t.Errorf("%q opened", url)
		}
	}
	server := dbtest.Postgres(t)
	if d, err := db.Open(t.Context(), server+"&synchronous_commit=off"); err == nil || !strings.Contains(err.Error(), "not durable") {
		d.Close()
		t.Errorf("synchronous_commit=off: got %v", err)
	}
	_, err := db.Open(t.Context(), "postgres://user:secret@127.0.0.1:1/x")
	if !errors.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody listens: got %v", err)
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b.db", "hồ sơ?.db", "50%25#.db"} {
		path := filepath.Join(t.TempDir(), name)
		note(t, dbtest.Open(t, path))
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestChecks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := d.Checks(t.Context())
		if len(all) < 6 {
			t.Errorf("got only %v", all)
		}
		for _, c := range all {
			if !c.OK || c.Detail == "" {
				t.Errorf("got %+v", c)
			}
		}
	})
}

func TestMigrateByMany(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 5 {
		files[fmt.Sprintf("%03d_x.sql", i+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "-- +goose Up\ncreate table x%d (id bigint primary key);", i)}
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { // programs started at once
				d, err := db.Open(context.Background(), url)
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				for _, name := range []string{"one", "one"} {
					if err := d.Migrate(context.Background(), name, files); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	})
}

func TestErrorsHoldNoValues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`insert into note (id, text) values (1, 'bí mật')`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(*db.Tx) error{
			"encode": func(tx *db.Tx) error {
				return tx.Row(`select id from note where id = $1`, "bí mật").Scan(new(int))
			},
			"scan": func(tx *db.Tx) error { return tx.Row(`select text from note`).Scan(new(int)) },
			"cast": func(tx *db.Tx) error {
				return tx.Row(`select cast(text as bigint) from note`).Scan(new(int))
			},
		} {
			if err := d.Read(t.Context(), f); err != nil && strings.Contains(err.Error(), "mật") {
				t.Errorf("%s: the value stands in %q", name, err)
			} else {
				t.Logf("%s: %v", name, err)
			}
		}
	})
}
