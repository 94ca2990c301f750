// Package figure counts what acts do, so that no page ever counts dossiers.
//
// An act writes one delta row with all its dimensions, in its own transaction.
// A job folds delta rows into sums by day and body, and rolls these up by month
// and by the highest bodies. A reading is the folded and the unfolded together,
// so it is always exact, however late the job is. No act ever updates a row that
// another act updates too.
package figure

import (
	"context"
	"embed"
	"io/fs"
	"strconv"

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
	More     []Part
}

// A Part is one more measure of a delta: a sum that some package keeps for
// itself, such as seconds spent at a desk or money paid.
type Part struct {
	Measure string // of letters, digits and :.-_
	Day     string // "": the delta's
	Count   int64
	Amount  int64
}

// What is counted. The stock in a public state is the sum of In(state) over all days until then.
const (
	Opened = "opened" // dossiers that came
	Ended  = "ended"  // whose legal clock ended: OnTime and Late together
	OnTime = "ontime" // of those, not after the due date
	Late   = "late"   // of those, after it
	Due    = "due"    // dossiers whose clock runs, on the day they are due: those of days past are overdue
)

// In is the measure of the dossiers in a public state: those that entered less those that left.
func In(state string) string { return "in:" + state }

// most is the longest time that Took tells apart, in days.
const most = 99

// Took is the measure of the dossiers whose clock ended, by the calendar days
// it took from the day they came; what took longer than 99 counts as 99.
func Took(days int) string { return "took:" + strconv.Itoa(min(max(days, 0), most)) }

// Spent is the measure of the time that dossiers lay with somebody, nights and
// days off too: its amount is seconds, its count the dossiers.
func Spent(who string) string { return "spent:" + who }

// Open makes the tables.
func Open(ctx context.Context, d *db.DB) error {
	files, _ := fs.Sub(schema, "schema")
	if err := d.Migrate(ctx, "figure", files); err != nil {
		return err
	}
	return d.Write(ctx, takeOver)
}

// takeOver adds up what a version without roll-ups had counted. It kept what
// ended beside what ended on time and late, of which it is the sum.
func takeOver(tx *db.Tx) error {
	t := newTotals()
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var c cell
		var p Part
		if err = into(&c.body, &c.day, &c.kind, &c.channel, &p.Measure, &p.Count); p.Measure != Ended {
			t.add(c, p)
		}
		return none, err
	}, `delete from figure_before returning body, day, kind, channel, measure, count`)
	if err != nil {
		return err
	}
	t.roll()
	return t.store(tx)
}

// Note writes a delta under n: the id of its act, or any that nothing else was noted under.
func Note(tx *db.Tx, n id.ID, d Delta) error {
	more, err := encode(d.More)
	if err != nil {
		return err
	}
	return d.note(tx, n, more)
}

func (d Delta) note(tx *db.Tx, n id.ID, more string) error {
	_, err := tx.Exec(`insert into figure_open (id, day, body, kind, channel, was, now, opened, ended, late, more)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		n, d.Day, d.Body, d.Kind, d.Channel, d.Was, d.Now, d.Opened, d.Ended, d.Late, more)
	return err
}

// Clear forgets every figure: whoever rebuilds them notes every act anew in the same transaction or after it.
func Clear(tx *db.Tx) error {
	for _, t := range []string{"figure_open", "figure", "figure_sum"} {
		if _, err := tx.Exec(`delete from ` + t); err != nil {
			return err
		}
	}
	return nil
}

// each calls f with every part of the delta, its day filled in.
func (d Delta) each(f func(Part)) {
	one := func(measure string, n int64) { f(Part{Measure: measure, Day: d.Day, Count: n}) }
	if d.Opened {
		one(Opened, 1)
	}
	switch {
	case d.Ended && d.Late:
		one(Late, 1)
	case d.Ended:
		one(OnTime, 1)
	}
	if d.Was != d.Now {
		if d.Was != "" {
			one(In(d.Was), -1)
		}
		if d.Now != "" {
			one(In(d.Now), 1)
		}
	}
	for _, p := range d.More {
		if p.Day == "" {
			p.Day = d.Day
		}
		f(p)
	}
}
