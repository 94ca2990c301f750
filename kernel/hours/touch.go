package hours

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/clock"
)

// What is looked at before a change is decided, and how much of it is listed.
const (
	looked = 2000
	listed = 50
)

// A touch is what a change would do to the dossiers that are open.
type touch struct {
	Open  int    // with a date on or after its first day
	More  bool   // not all of them were looked at
	Count int    // of which a date moves, or would if it were not promised
	Kept  int    // of those: the appointment was given and stays
	Moves []move // the first ones by date
}

// A move is what it would do to one.
type move struct {
	ID           id.ID
	Code, Body   string
	Issued       bool
	Due, After   time.Time // Issued: After is only what the calendar would say
	Desk, DeskTo time.Time // zero: the desk keeps its date
}

// touched counts what a change of a body would do: after are the calendars with it.
func touched(ctx context.Context, a *kernel.App, c clock.Change, after func(string) *clock.Calendar) (t touch, err error) {
	var all []id.ID
	cal := a.Calendars.For(c.Body)
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		where, args := touches(cal, c.Body, c.First())
		if err = tx.Row(`select count(*) from dossier where `+where, args...).Scan(&t.Open); err != nil {
			return err
		}
		all, err = open(tx, cal, c.Body, c.First(), 0, `due, id`, looked)
		return err
	})
	t.More = t.Open > len(all)
	for some := range slices.Chunk(all, 100) {
		if err == nil {
			err = a.DB.Read(ctx, func(tx *db.Tx) error {
				for _, n := range some {
					if err := t.look(tx, a, n, after); err != nil { // one that cannot be read does not forbid a holiday
						slog.Error("a change of calendar is looked at without a dossier", "dossier", n, "err", err)
					}
				}
				return nil
			})
		}
	}
	return t, err
}

func (t *touch) look(tx *db.Tx, a *kernel.App, n id.ID, after func(string) *clock.Calendar) error {
	d, err := a.Engine.Within(tx, n)
	if err != nil {
		return err
	}
	k, err := a.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return err
	}
	was, will := k.Dates(d, a.Calendars.For), k.Dates(d, after)
	m := move{ID: d.ID, Code: d.Code, Body: d.Body, Issued: was.Issued, Due: d.Due, After: will.Due}
	if !was.DeskDue.Equal(will.DeskDue) {
		m.Desk, m.DeskTo = d.DeskDue, will.DeskDue
	}
	moves := !was.Due.Equal(will.Due)
	if !moves && m.DeskTo.IsZero() {
		return nil
	}
	if t.Count++; moves && was.Issued {
		t.Kept++
	}
	if !moves {
		m.After = d.Due
	}
	if len(t.Moves) < listed {
		t.Moves = append(t.Moves, m)
	}
	return nil
}
