// Package figure counts what acts do, so that no page ever counts dossiers.
//
// An act writes one delta row with all its dimensions, in its own transaction.
// A job folds delta rows into sums. A reading is the folded and the unfolded
// together, so it is always exact, however late the job is. No act ever
// updates a row that another act updates too.
package figure

import (
	"context"
	"embed"
	"io/fs"

	"motcua/base/db"
	"motcua/base/id"
)

//go:embed schema/*.sql
var schema embed.FS

// A Delta is what one act changes in the figures.
type Delta struct {
	Day, Body, Kind, Channel string // the day of the body's zone, YYYY-MM-DD

	Was, Now string // public state left and entered, "" is none; the same twice changes nothing
	Opened   bool
	Ended    bool // its legal clock ended
	Late     bool // with Ended: after its due date
}

// What is counted. The stock in a public state is the sum of In(state) over all days until then.
const (
	Opened = "opened" // dossiers that came
	Ended  = "ended"  // whose legal clock ended
	OnTime = "ontime" // of those, not after the due date
	Late   = "late"   // of those, after it
)

// In is the measure of the dossiers in a public state: those that entered less those that left.
func In(state string) string { return "in:" + state }

// Open makes the tables.
func Open(ctx context.Context, d *db.DB) error {
	files, _ := fs.Sub(schema, "schema")
	return d.Migrate(ctx, "figure", files)
}

// Note writes the delta of the act n.
func Note(tx *db.Tx, n id.ID, d Delta) error {
	_, err := tx.Exec(`insert into figure_open (id, day, body, kind, channel, was, now, opened, ended, late)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		n, d.Day, d.Body, d.Kind, d.Channel, d.Was, d.Now, d.Opened, d.Ended, d.Late)
	return err
}

// Clear forgets every figure: whoever rebuilds them notes every act anew in the same transaction or after it.
func Clear(tx *db.Tx) error {
	if _, err := tx.Exec(`delete from figure_open`); err != nil {
		return err
	}
	_, err := tx.Exec(`delete from figure`)
	return err
}

// each calls f with every measure the delta changes.
func (d Delta) each(f func(measure string, n int64)) {
	if d.Opened {
		f(Opened, 1)
	}
	if d.Ended {
		f(Ended, 1)
		if d.Late {
			f(Late, 1)
		} else {
			f(OnTime, 1)
		}
	}
	if d.Was == d.Now {
		return
	}
	if d.Was != "" {
		f(In(d.Was), -1)
	}
	if d.Now != "" {
		f(In(d.Now), 1)
	}
}
