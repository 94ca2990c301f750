package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"motcua/base/fault"
)

func TestWhatErrorsMean(t *testing.T) {
	pg := func(code, message string) error { return &pgconn.PgError{Code: code, Message: message} }
	for _, c := range []struct {
		err       error
		want      trouble
		statement string // the code a person is told during f, and at the commit
		commit    string
	}{
		{pg("40001", "could not serialize"), again, "db.away", "db.away"},
		{pg("40P01", "deadlock"), again, "db.away", "db.away"},
		{pg("0A000", "cached plan must not change result type"), again, "db.away", "db.away"},
		{pg("0A000", "not implemented"), ours, "", ""},
		{pg("53100", "no space left on device"), full, "db.full", "db.full"},
		{pg("57014", "statement timeout"), busy, "db.away", "db.away"},
		{pg("57P01", "terminating connection"), lost, "db.away", "db.unknown"},
		{pg("53300", "too many connections"), lost, "db.away", "db.unknown"},
		{pg("23505", "duplicate key"), ours, "", ""},
		{pg("42601", "syntax error"), ours, "", ""},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, lost, "db.away", "db.unknown"},
		{driver.ErrBadConn, lost, "db.away", "db.unknown"},
		{io.ErrUnexpectedEOF, lost, "db.away", "db.unknown"},
		{errors.New("anything"), ours, "", ""},
	} {
		err := fmt.Errorf("dossier 17: %w", c.err)
		if got := troubleOf(err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
		for when, said := range map[string]error{c.statement: explain(err), c.commit: explainCommit(err)} {
			var f *fault.Error
			errors.As(said, &f)
			if (f == nil) != (when == "") || f != nil && (f.Code != when || f.Kind != fault.Unavailable) || !errors.Is(said, c.err) {
				t.Errorf("%v: got %v, want %q", c.err, said, when)
			}
		}
	}
	for code, want := range map[int]trouble{5: busy, 5 | 1<<8: busy, 6: busy, 13: full, 10 | 4<<8: lost, 19: ours, 1: ours} {
		if got := sqliteTrouble(code); got != want {
			t.Errorf("SQLite %d: got %d, want %d", code, got, want)
		}
	}
}

// A disk that fails at a commit: nobody knows whether it was kept, and nothing follows.
func TestAfterAFailedSyncNothingIsWritten(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	nothing := func(*Tx) error { return nil }
	if err := d.Write(t.Context(), nothing); err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(failing{})
	defer pool.Close()
	fails, err := pool.PrepareContext(t.Context(), "commit")
	if err != nil {
		t.Fatal(err)
	}
	works := d.write.c.stmts["commit"]
	d.write.c.stmts["commit"] = fails
	err = d.Write(t.Context(), nothing)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != "db.unknown" {
		t.Errorf("got %v, want db.unknown", err)
	}
	d.write.c.stmts["commit"] = works
	if err := d.Write(t.Context(), nothing); !errors.As(err, &f) || f.Code != "db.away" {
		t.Errorf("afterwards: got %v, want db.away", err)
	}
	if err := d.Read(t.Context(), nothing); err != nil {
		t.Errorf("reading afterwards: %v", err)
	}
}

// failing is a database whose every statement fails as a broken disk does.
type failing struct{}

func (f failing) Connect(context.Context) (driver.Conn, error) { return f, nil }
func (f failing) Driver() driver.Driver                        { return nil }
func (f failing) Prepare(string) (driver.Stmt, error)          { return f, nil }
func (f failing) Begin() (driver.Tx, error)                    { return nil, io.EOF }
func (f failing) Close() error                                 { return nil }
func (f failing) NumInput() int                                { return 0 }
func (f failing) Query([]driver.Value) (driver.Rows, error)    { return nil, io.EOF }
func (f failing) Exec([]driver.Value) (driver.Result, error) {
	return nil, &net.OpError{Op: "sync", Err: errors.New("input/output error")}
}
