package hours

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/watch"
)

// A changed calendar recounts what is open, some dossiers at a time: each in a
// transaction of its own, and the job of the next ones is asked for when these
// are done. A program that dies does some again, to which nothing happens twice.

const jobName = "recount"

// batch is how many dossiers one job counts anew.
const batch = 50

// A recount is a job: the open dossiers of a body and those below it, after one.
type recount struct {
	Body  string `json:"body"`
	First string `json:"first,omitempty"` // day from which the change says something
	Note  string `json:"note"`            // what was decided
	By    id.ID  `json:"by"`              // the change
	After id.ID  `json:"after,omitempty"`
	Only  id.ID  `json:"only,omitempty"` // this one failed among others and is tried alone
}

func (c recount) ask(tx *db.Tx, now time.Time) error {
	return job.Add(tx, jobName, fmt.Sprintf("%s/%s/%s", c.By, c.After, c.Only), now, c)
}

// began asks that all be counted anew that the change touches, or its being undone.
func began(tx *db.Tx, a *kernel.App, c clock.Change, act id.ID) error {
	return recount{Body: c.Body, First: c.First(), Note: c.Source, By: act}.ask(tx, a.Now())
}

func do(a *kernel.App) job.Do {
	return func(ctx context.Context, body []byte) error {
		var c recount
		if err := json.Unmarshal(body, &c); err != nil {
			return err
		}
		if err := a.Calendars.Renew(ctx); err != nil { // another instance may have changed them this very second
			return err
		}
		if c.Only != 0 {
			return one(ctx, a, c, c.Only)
		}
		return c.some(ctx, a)
	}
}

// some counts a batch, and asks for the next. One that fails stops no other.
func (c recount) some(ctx context.Context, a *kernel.App) error {
	var all []id.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = open(tx, a.Calendars.For(c.Body), c.Body, c.First, c.After, `id`, batch)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range all {
		err := one(ctx, a, c, n)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		slog.Error("a dossier is counted anew alone", "dossier", n, "err", err)
		alone := c
		alone.After, alone.Only = 0, n
		if err := a.DB.Write(ctx, func(tx *db.Tx) error { return alone.ask(tx, a.Now()) }); err != nil {
			return err
		}
	}
	if len(all) < batch {
		return nil
	}
	c.After = all[len(all)-1]
	return a.DB.Write(ctx, func(tx *db.Tx) error { return c.ask(tx, a.Now()) })
}

// one counts a dossier anew, moves what time will do about it, and notes whether
// its promise is another than the calendar's.
func one(ctx context.Context, a *kernel.App, c recount, n id.ID) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		before, err := a.Engine.Within(tx, n)
		if err != nil {
			return err
		}
		d, t, _, err := a.Engine.Recount(tx, n, c.Note)
		if err != nil {
			return err
		}
		if err := watch.Recounted(a, tx, d, before.Due); err != nil {
			return err
		}
		return keep(tx, d, t)
	})
}

// keep notes a promise that stays although the calendar would put it elsewhere.
func keep(tx *db.Tx, d *dossier.Dossier, t dossier.Dates) error {
	if _, err := tx.Exec(`delete from hours_kept where dossier = $1`, d.ID); err != nil {
		return err
	}
	if !t.Issued || t.Due.IsZero() || t.Due.Equal(d.Due) || !d.Ended.IsZero() {
		return nil
	}
	_, err := tx.Exec(`insert into hours_kept (dossier, body, promised, counted) values ($1, $2, $3, $4)`,
		d.ID, d.Body, db.At(d.Due), db.At(t.Due))
	return err
}

// open are open dossiers of a body and those below it after one, of which a date
// lies on the first day of the change or later, or whose promise is another than
// the calendar's already.
func open(tx *db.Tx, cal *clock.Calendar, body, first string, after id.ID, order string, most int) ([]id.ID, error) {
	where, args := touches(cal, body, first)
	args = append(args, after, most)
	return db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
		fmt.Sprintf(`select id from dossier where %s and id > $%d order by %s limit $%d`, where, len(args)-1, order, len(args)), args...)
}

// touches is the condition on rows that a change may concern.
func touches(cal *clock.Calendar, body, first string) (where string, args []any) {
	from := time.UnixMicro(1)
	if day, err := time.ParseInLocation(time.DateOnly, first, cal.Zone()); err == nil {
		from = day
	}
	where, args = `ended = 0 and (due >= $1 or desk_due >= $1 or exists (select 1 from hours_kept where hours_kept.dossier = dossier.id))`, []any{db.At(from)}
	if body != "" {
		where, args = where+` and (body = $2 or body like $3)`, append(args, body, body+".%")
	}
	return where, args
}

// A promise is one that stays although the calendar would put it elsewhere.
type promise struct {
	ID                id.ID
	Code, Body        string
	Promised, Counted db.Time
}

// kept are the promises of a body and those below it that stay although today's
// calendar would put them elsewhere, the nearest first.
func kept(tx *db.Tx, body string, most int) ([]promise, error) {
	return db.List(tx, func(into func(...any) error) (p promise, err error) {
		return p, into(&p.ID, &p.Code, &p.Body, &p.Promised, &p.Counted)
	}, `select d.id, d.code, d.body, k.promised, k.counted from hours_kept k join dossier d on d.id = k.dossier
		where d.ended = 0 and d.due = k.promised and ($1 = '' or d.body = $1 or d.body like $2) order by k.promised, d.id limit $3`,
		body, body+".%", most)
}
