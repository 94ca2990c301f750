package db_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

// A table of every kind, and one that refers to it and stands before it in the alphabet.
var shapes = fstest.MapFS{"001_shape.sql": {Data: []byte(`-- +goose Up
create table thing (
  id bigint not null primary key, text text not null, yes boolean not null, bytes bytea, real double precision not null,
  "order" bigint, at bigint not null);
create table about (thing bigint not null references thing (id), word text not null, primary key (word, thing));
create table empty (id bigint primary key);
`)}}

// filled opens url and gives it rows of every kind.
func filled(t *testing.T, url string) *db.DB {
	t.Helper()
	d := emptied(t, url)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		things := [][]any{
			{math.MaxInt64, "Nguyễn \"B\"\n\t<&>\u2028 𝄞", true, []byte{0, 255, 10}, 1.5, nil, db.At(time.Unix(0, 0))},
			{-1, "", false, nil, 3.0, 2, db.Time{}},
			{0, strings.Repeat("dài ", 5000), true, []byte{}, -1e300, math.MinInt64, db.At(time.Now())},
		}
		for i := range 300 {
			things = append(things, []any{i + 1, fmt.Sprint(i), i%2 == 0, []byte(fmt.Sprint(i)), float64(i) / 3, i, db.At(time.Now())})
		}
		about := [][]any{{1, "đường"}, {1, "Zalo"}, {1, "an"}, {2, "an"}}
		return errors.Join(
			tx.Insert("thing", `id, text, yes, bytes, real, "order", at`, things),
			tx.Insert("about", "thing, word", about), tx.Bump("roles"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Once(t.Context(), "o", "k", "h", func(*db.Tx) ([]byte, error) { return []byte("a"), nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Instance(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func emptied(t *testing.T, url string) *db.DB {
	t.Helper()
	d := dbtest.Open(t, url)
	if err := d.Migrate(t.Context(), "shape", shapes); err != nil {
		t.Fatal(err)
	}
	return d
}

func dump(t *testing.T, d *db.DB) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Dump(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// rows is a dump without its header and trailer, which hold the time.
func rows(dump string) string {
	_, dump, _ = strings.Cut(dump, "\n")
	return dump[:strings.LastIndex(strings.TrimSuffix(dump, "\n"), "\n")]
}

func TestDumpAndLoadEveryWay(t *testing.T) {
	open := map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres}
	for from, a := range open {
		for to, b := range open {
			t.Run(from+" to "+to, func(t *testing.T) {
				want := dump(t, filled(t, a(t)))
				if n := strings.Count(want, "\n"); n != 1+4+303+4+1+1 {
					t.Errorf("got %d lines", n)
				}
				d := emptied(t, b(t))
				if err := d.Load(t.Context(), strings.NewReader(want)); err != nil {
					t.Fatal(err)
				}
				if got := dump(t, d); rows(got) != rows(want) {
					t.Errorf("got\n%.3000s\nwant\n%.3000s", rows(got), rows(want))
				}
				answer, replayed, err := d.Once(t.Context(), "o", "k", "h", nil)
				if string(answer) != "a" || !replayed || err != nil {
					t.Errorf("what was done once would be done again: %q, %v, %v", answer, replayed, err)
				}
				if err := d.Load(t.Context(), strings.NewReader(want)); err == nil || !strings.Contains(err.Error(), "not empty") {
					t.Errorf("a second time: got %v", err)
				}
				if err := errors.Join(d.Empty(t.Context()), d.Load(t.Context(), strings.NewReader(want))); err != nil {
					t.Errorf("emptied and loaded again: %v", err)
				}
			})
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		whole := dump(t, filled(t, dbtest.SQLite(t)))
		d := emptied(t, url)
		lines := strings.SplitAfter(whole, "\n")
		head, middle := lines[0], len(lines)/2
		for name, file := range map[string]string{
			"nothing":           "",
			"cut in a line":     whole[:len(whole)/2],
			"cut after a line":  strings.Join(lines[:middle], ""),
			"without a trailer": strings.Join(lines[:len(lines)-2], ""),
			"a line missing":    strings.Join(lines[:middle], "") + strings.Join(lines[middle+1:], ""),
			"a changed value":   strings.Replace(whole, `"Zalo"`, `"zalo"`, 1),
			"more at the end":   whole + "\n",
			"another format":    strings.Replace(whole, `"motcua_dump":1`, `"motcua_dump":2`, 1),
			"another version":   strings.Replace(whole, `"shape":1`, `"shape":2`, 1),
			"another package":   strings.Replace(head, `"shape":1`, `"form":1`, 1) + strings.Join(lines[1:], ""),
			"an unknown table":  strings.Replace(whole, `"table":"empty"`, `"table":"void"`, 1),
			"an unknown column": strings.Replace(whole, `"word"`, `"words"`, 1),
			"a table twice":     strings.Replace(whole, `"table":"empty"`, `"table":"about"`, 1),
			"not JSON":          "PK\x03\x04\n",
		} {
			if file == whole {
				t.Fatalf("%s: the file is whole", name)
			}
			if err := d.Load(t.Context(), strings.NewReader(file)); err == nil {
				t.Errorf("%s: it was loaded", name)
			} else {
				t.Logf("%s: %.150v", name, err)
			}
		}
		if err := d.Load(t.Context(), strings.NewReader(whole)); err != nil {
			t.Errorf("after all that the database is not as empty as before: %v", err)
		}
	})
}

func TestDumpIsOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`create table other (id bigint primary key)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		stop, done := make(chan bool), make(chan bool)
		go func() {
			defer close(done)
			for i := 0; ; i++ { // in both tables or in neither
				select {
				case <-stop:
					return
				default:
				}
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(`insert into other (id) values ($1)`, i)
					return errors.Join(err, put(i)(tx))
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
		seen := map[int]bool{}
		for len(seen) < 10 {
			_, after, _ := strings.Cut(rows(dump(t, d)), `{"table":"note"`)
			note, other, _ := strings.Cut(after, `{"table":"other"`)
			a, b := strings.Count(note, "\n["), strings.Count(other, "\n[")
			if a != b {
				t.Errorf("got %d rows of one table and %d of the other", a, b)
			}
			seen[a] = true
		}
		close(stop)
		<-done
	})
}

func TestDumpRefusesWhatTheOtherDatabaseWouldNotTake(t *testing.T) {
	for _, c := range []struct{ table, row string }{
		{`create table t (at timestamp)`, ``},
		{`create table t (n bigint)`, `insert into t values ('x')`},
		{`create table t (s text)`, `insert into t values (x'ff')`},
		{`create table t (s text)`, `insert into t values (cast(x'ff' as text))`},
		{`create table t (s text)`, `insert into t values ('a' || char(0))`},
	} {
		d := dbtest.Open(t, dbtest.SQLite(t))
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(c.table)
			if err == nil && c.row != "" {
				_, err = tx.Exec(c.row)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Dump(t.Context(), new(bytes.Buffer)); err == nil {
			t.Errorf("%s; %s: dumped", c.table, c.row)
		}
	}
}
