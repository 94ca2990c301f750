package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"motcua/base/fault"
)

// A trouble is what an error of the database means to us.
type trouble int

const (
	ours  trouble = iota // a mistake of ours: bad SQL, a broken constraint
	again                // another transaction was in the way: run it once more
	busy                 // the database is away or has no time
	full                 // no room on its disk
	lost                 // the disk or the line failed: a commit may or may not have happened
)

// PostgreSQL's codes; a class is its first two characters.
func postgresTrouble(code, message string) trouble {
	switch {
	case code == "40001", code == "40P01",
		code == "0A000" && strings.Contains(message, "cached plan"): // a migration ran beside us
		return again
	case code == "53100":
		return full
	case code == "57014": // statement_timeout
		return busy
	case code[:2] == "53", code[:2] == "57", code[:2] == "08":
		return lost
	}
	return ours
}

// SQLite's primary codes.
func sqliteTrouble(code int) trouble {
	switch code & 0xff {
	case 5, 6: // BUSY, LOCKED
		return busy
	case 13: // FULL
		return full
	case 10: // IOERR
		return lost
	}
	return ours
}

func troubleOf(err error) trouble {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	var line *pgconn.ConnectError
	var op net.Error
	switch {
	case err == nil:
		return ours
	case errors.As(err, &lite):
		return sqliteTrouble(lite.Code())
	case errors.As(err, &line):
		return busy
	case errors.As(err, &pg) && len(pg.Code) == 5:
		return postgresTrouble(pg.Code, pg.Message)
	case errors.As(err, &op), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return lost
	}
	return ours
}

// explain gives a statement's error the sentence a person can do something
// with; what is our own mistake stays as it is.
func explain(err error) error {
	if fault.Of(err) != "" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch troubleOf(err) {
	case full:
		return fmt.Errorf("%w: %w", fault.New(fault.Unavailable, "db.full"), err)
	case again, busy, lost:
		return away(err)
	}
	return err
}

// explainCommit is explain for a commit: when the disk or the line failed then,
// nobody knows whether the write was kept.
func explainCommit(err error) error {
	if troubleOf(err) == lost {
		return fmt.Errorf("%w: commit: %w", fault.New(fault.Unavailable, "db.unknown"), err)
	}
	return explain(fmt.Errorf("commit: %w", err))
}

// withoutValues is err for the log: some messages repeat the value that did not
// fit, and values are people's.
func withoutValues(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22") {
		return errors.New("a value does not fit: SQLSTATE " + pg.Code)
	}
	for _, before := range []string{"failed to encode args[", "sql: Scan error on column index "} {
		if rest, ok := strings.CutPrefix(err.Error(), before); ok {
			n := rest[:strings.IndexFunc(rest+" ", func(r rune) bool { return r < '0' || r > '9' })]
			return fmt.Errorf("%s%s: a value does not fit its type", before, n)
		}
	}
	return err
}
