//go:build linux

package prove

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "motcua/base/db" // its drivers: sqlite and pgx
	"motcua/base/db/dbtest"
)

// A site is where a node lives: its folder and its database. Programs come and
// go on it.
type site struct {
	dir     string
	db      string
	address string            // of the first program; it comes back to it
	tokens  map[string]string // of citizen, business, clerk, officer, leader, admin
	letters int               // written when it was founded
}

// each runs f on both databases side by side.
func each(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, filepath.Join(t.TempDir(), "node.db")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, dbtest.Postgres(t)) })
}

// found founds a node in a new folder, with people who have tokens, and dossiers
// in every state if there are to be any. Nothing runs on it when found returns.
func found(t testing.TB, url string, dossiers string) *site {
	t.Helper()
	return foundIn(t, filepath.Join(t.TempDir(), "node"), url, dossiers)
}

func foundIn(t testing.TB, dir, url, dossiers string) *site {
	t.Helper()
	s := &site{dir: dir, db: url, address: freeAddress(t), tokens: map[string]string{}}
	p := start(t, s.address, command(t, "demo", "--json", "--quiet", "--dossiers", dossiers, "--dir", s.dir, "--db", s.db, "--listen", s.address))
	var nation struct {
		People []struct{ Role, Token string }
	}
	// It is served once it is founded, and who founds beside many others waits for the disk.
	for end := time.Now().Add(time.Minute); !strings.Contains(p.out.String(), "\n"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) || !p.alive() {
			t.Fatalf("no nation: %s%s", &p.out, &p.err)
		}
	}
	if err := json.NewDecoder(bufio.NewReader(strings.NewReader(p.out.String()))).Decode(&nation); err != nil {
		t.Fatal(err)
	}
	for _, one := range nation.People {
		s.tokens[one.Role] = one.Token
	}
	if code := p.stop(); code != 0 {
		t.Fatalf("the founding ended with %d: %s", code, &p.err)
	}
	s.letters = s.mails(t)
	return s
}

// mails is how many letters were ever written.
func (s *site) mails(t testing.TB) (n int) {
	t.Helper()
	d := s.sql(t)
	defer d.Close()
	if err := d.QueryRow(`select count(*) from post where kind = 'mail'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *site) postgres() bool { return strings.HasPrefix(s.db, "postgres") }

func (s *site) kind() string {
	if s.postgres() {
		return "postgres"
	}
	return "sqlite"
}

// flags are what every command on the site is told.
func (s *site) flags(words ...string) []string { return append(words, "--dir", s.dir, "--db", s.db) }

// serve starts a program at the site's address.
func (s *site) serve(t testing.TB, more ...string) *program {
	t.Helper()
	return s.serveAt(t, s.address, more...)
}

func (s *site) serveAt(t testing.TB, address string, more ...string) *program {
	t.Helper()
	return start(t, address, command(t, append(s.flags("serve", "--listen", address), more...)...))
}

// sql opens the site's database beside the program, as an administrator or a
// vandal would.
func (s *site) sql(t testing.TB) *sql.DB {
	t.Helper()
	driver, at := "sqlite", "file:"+s.db+"?_pragma=busy_timeout(30000)"
	if s.postgres() {
		driver, at = "pgx", s.db
	}
	d, err := sql.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	d.SetMaxOpenConns(1)
	return d
}

// change runs statements in the site's database and closes it again.
func (s *site) change(t testing.TB, statements ...string) {
	t.Helper()
	d := s.sql(t)
	defer d.Close()
	for _, q := range statements {
		if _, err := d.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

// text is what q answers, a line for each row.
func (s *site) text(t testing.TB, q string) string {
	t.Helper()
	d := s.sql(t)
	defer d.Close()
	rows, err := d.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	var b strings.Builder
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, values...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sound asserts that doctor finds nothing wrong: database, ledger against acts,
// files, projections. Of the checks in but it may say what it likes.
func (s *site) sound(t testing.TB, but ...string) {
	t.Helper()
	r := run(t, s.flags("doctor")...)
	for line := range strings.Lines(wrong(r.out)) {
		if !slices.ContainsFunc(but, func(check string) bool { return strings.Contains(line, check) }) {
			t.Errorf("doctor: %s", line)
		}
	}
	if r.code != 0 && len(but) == 0 {
		t.Errorf("doctor: %s", r)
	}
	for _, check := range []string{"ledger", "acts", "files", "projections"} {
		if !strings.Contains(r.out, "ok     "+check) {
			t.Errorf("doctor did not look at %s: %s", check, r)
		}
	}
}

// files is every file of the store with its size; half of them is those that are still being written.
func (s *site) files(t testing.TB) (whole, half []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.dir, "files"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if filepath.Base(filepath.Dir(path)) == "tmp" {
			half = append(half, path)
		} else {
			whole = append(whole, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return whole, half
}
