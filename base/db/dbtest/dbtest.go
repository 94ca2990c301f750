// Package dbtest gives tests real, empty databases of both kinds.
//
// PostgreSQL is the server of MOTCUA_TEST_POSTGRES, or one that the tests of
// all packages start together from the machine's own binaries (server.go). A
// machine without PostgreSQL skips those tests, unless
// MOTCUA_TEST_NEED_POSTGRES=1 says that they must not be skipped.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"motcua/base/db"
)

// Each runs f once on SQLite and once on PostgreSQL.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { f(t, Open(t, url)) })
}

// EachURL is Each for tests that open the database themselves or start programs.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite is the path of a database that does not exist yet.
func SQLite(t testing.TB) string {
	return filepath.Join(t.TempDir(), "test.db")
}

// Postgres is the url of a new database, dropped after the test.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("MOTCUA_TEST_POSTGRES")
	if server == "" {
		var err error
		if server, err = localServer(); err != nil {
			if os.Getenv("MOTCUA_TEST_NEED_POSTGRES") == "1" {
				t.Fatalf("no PostgreSQL, and MOTCUA_TEST_NEED_POSTGRES=1: %v", err)
			}
			t.Skipf("no PostgreSQL: %v", err)
		}
	}
	name := "test_" + strings.ToLower(rand.Text()[:16])
	run(t, server, "create database "+name+" template template0")
	t.Cleanup(func() { run(t, server, "drop database "+name+" with (force)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Open opens url and closes it after the test.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func run(t testing.TB, server, q string) {
	t.Helper()
	s, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.ExecContext(context.Background(), q); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}
