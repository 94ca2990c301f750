// Package job does work later, outside the transaction that asked for it.
//
// A job is a row written in the asker's transaction, so it exists exactly when
// the rest of that transaction does. A Runner leases it (a transaction), does
// it (no transaction open) and strikes it out (a transaction). A program that
// dies leaves its lease to expire and the job is done again: every job must be
// idempotent, and looks at the facts itself rather than at what it was told.
package job

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/db"
)

//go:embed schema/*.sql
var files embed.FS

// Schema makes the table job.
var Schema, _ = fs.Sub(files, "schema")

// topic is what an Add in this program tells its Runner.
const topic = "job"

// Add asks that the job called name be done at or soon after at. body is kept
// as JSON. key says what the job is about: while a job of the same name and key
// waits that nobody has begun, there is nothing to add, and the row that waits
// is not touched, so that many writers may ask at once. If one is already
// being done, another will be done after it.
func Add(tx *db.Tx, name, key string, at time.Time, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("job %s %s: %w", name, key, err)
	}
	_, err = tx.Exec(`insert into job (name, key, fresh, at, made, tries, reason, body) values ($1, $2, true, $3, $4, 0, '', $5)
		on conflict (name, key, fresh) do nothing`, name, key, db.At(at), db.At(time.Now()), string(b))
	if err != nil {
		return fmt.Errorf("job %s %s: %w", name, key, err)
	}
	if time.Until(at) < time.Second {
		tx.Tell(topic)
	}
	return nil
}

// Move lets the job of this name and key be done at another time. It reports
// whether one waits that nobody has begun; else nothing is changed.
func Move(tx *db.Tx, name, key string, at time.Time) (waits bool, err error) {
	n, err := tx.Exec(`update job set at = $1 where name = $2 and key = $3 and fresh`, db.At(at), name, key)
	if time.Until(at) < time.Second {
		tx.Tell(topic)
	}
	return n > 0, err
}

// A Job is one that waits, runs or is quarantined.
type Job struct {
	Name   string
	Key    string
	Fresh  bool    // nobody has begun it
	Due    db.Time // while it runs, the end of its lease; zero: quarantined
	Made   db.Time
	Tries  int
	Reason string // why the last try failed
	body   string
}

const columns = `name, key, fresh, at, made, tries, reason, body`

func scan(into func(...any) error) (j Job, err error) {
	err = into(&j.Name, &j.Key, &j.Fresh, &j.Due, &j.Made, &j.Tries, &j.Reason, &j.body)
	return j, err
}

// Quarantined are the jobs that failed too often, oldest first.
func Quarantined(tx *db.Tx) ([]Job, error) {
	return db.List(tx, scan, `select `+columns+` from job where at is null order by made, name, key`)
}

// Replay lets a quarantined job be tried again from the start, at or soon after at.
func Replay(tx *db.Tx, name, key string, at time.Time) error {
	n, err := tx.Exec(`update job set at = $1, tries = 0 where name = $2 and key = $3 and not fresh and at is null`,
		db.At(at), name, key)
	if err == nil && n == 0 {
		err = fmt.Errorf("job %s %s is not quarantined", name, key)
	}
	tx.Tell(topic)
	return err
}

// Counts are how many jobs wait for their time or run, are due, and are quarantined.
type Counts struct{ Waiting, Due, Quarantined int }

// Count counts the jobs at now, for /metrics and doctor.
func Count(tx *db.Tx, now time.Time) (c Counts, err error) {
	err = tx.Row(`select coalesce(sum(case when at > $1 then 1 else 0 end), 0),
		coalesce(sum(case when at <= $1 then 1 else 0 end), 0),
		coalesce(sum(case when at is null then 1 else 0 end), 0) from job`, db.At(now)).
		Scan(&c.Waiting, &c.Due, &c.Quarantined)
	return c, err
}
