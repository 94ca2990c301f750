package account

import (
	"context"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// Kept is how many differences of a statement are Kept one by one. Who has more
// sends the whole span again.
const Kept = 1000

// A Statement is a body's account of a span and what came of comparing it.
type Statement struct {
	ID      id.ID
	Body    string
	Span    Span
	At      time.Time
	Said    int // dossiers of the account
	Here    int // dossiers here, of the span
	Differs int // when it was compared
	Rest    int // differences that are not kept
	Open    int // differences that are kept and not settled
}

// Drifts reports whether more than one dossier in a hundred differs.
func (s Statement) Drifts() bool { return (s.Open+s.Rest)*100 > max(s.Said, s.Here) }

// keep stores a statement and its differences, in place of those whose span it covers.
func keep(ctx context.Context, a *kernel.App, by who.Person, s Statement, all []Difference) (Statement, error) {
	s.ID, s.At, s.Differs = a.IDs.New(), a.Now(), len(all)
	few := all[:min(len(all), Kept)]
	s.Rest, s.Open = len(all)-len(few), len(few)
	kinds := map[string]int{}
	for _, d := range all {
		kinds[d.What]++
	}
	rows := make([][]any, len(few))
	for i, d := range few {
		rows[i] = []any{s.ID, i, d.Code, d.Body, d.What, d.There.Version, d.There.State, d.Here.Version, d.Here.State}
	}
	return s, a.DB.Write(ctx, func(tx *db.Tx) error {
		const covered = `body = $1 and first >= $2 and last <= $3`
		if _, err := tx.Exec(`delete from sync_difference where statement in (select id from sync_statement where `+covered+`)`, s.Body, s.Span.First, s.Span.Last); err != nil {
			return err
		}
		if _, err := tx.Exec(`delete from sync_statement where `+covered, s.Body, s.Span.First, s.Span.Last); err != nil {
			return err
		}
		_, err := tx.Exec(`insert into sync_statement (id, body, first, last, at, said, here, differs, rest) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			s.ID, s.Body, s.Span.First, s.Span.Last, db.At(s.At), s.Said, s.Here, s.Differs, s.Rest)
		if err != nil {
			return err
		}
		if err := tx.Insert("sync_difference", `statement, n, code, body, what, there_version, there_state, here_version, here_state`, rows); err != nil {
			return err
		}
		return a.Engine.Record(tx, by, "sync.statement", s.ID, map[string]any{"body": s.Body, "from": s.Span.First, "to": s.Span.Last, "said": s.Said, "here": s.Here, "differs": kinds})
	})
}

// Statements are those of a body, or of all bodies, the newest first.
func Statements(ctx context.Context, a *kernel.App, body string) (all []Statement, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (s Statement, err error) {
			var at db.Time
			err = into(&s.ID, &s.Body, &s.Span.First, &s.Span.Last, &at, &s.Said, &s.Here, &s.Differs, &s.Rest, &s.Open)
			s.At = at.Time
			return s, err
		}, `select id, body, first, last, at, said, here, differs, rest, (select count(*) from sync_difference d where d.statement = s.id)
			from sync_statement s where $1 = '' or body = $1 order by id desc limit 2000`, body)
		return err
	})
	return all, err
}

// Differences are those of a statement that are not settled.
func Differences(ctx context.Context, a *kernel.App, n id.ID) (all []Difference, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (d Difference, err error) {
			err = into(&d.n, &d.Code, &d.Body, &d.What, &d.There.Version, &d.There.State, &d.Here.Version, &d.Here.State)
			return d, err
		}, `select n, code, body, what, there_version, there_state, here_version, here_state from sync_difference where statement = $1 order by n`, n)
		return err
	})
	return all, err
}

// settle takes away the differences of a statement that later lines have
// settled. What the body does not count stays until it says otherwise.
func settle(ctx context.Context, a *kernel.App, s Statement) error {
	all, err := Differences(ctx, a, s.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(d Difference) bool { return d.What == MissingThere })
	for some := range slices.Chunk(all, mirror.Chunk) {
		var keys []key
		for _, d := range some {
			keys = append(keys, key{d.Code, d.Body})
		}
		here, err := standing(ctx, a, keys)
		if err != nil {
			return err
		}
		some = slices.DeleteFunc(some, func(d Difference) bool { return differ(d.There, here[key{d.Code, d.Body}]) != "" })
		err = a.DB.Write(ctx, func(tx *db.Tx) error {
			for _, d := range some {
				if _, err := tx.Exec(`delete from sync_difference where statement = $1 and n = $2`, s.ID, d.n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// An Alarm is a body's silence or drift, from when it was noticed until it was over.
type Alarm struct {
	Body, What   string
	Since, Ended time.Time
}

// What alarms are about.
const (
	Silence = "silence"
	Drift   = "drift"
)

// Alarms are those of a body, or of all, the newest first.
func Alarms(ctx context.Context, a *kernel.App, body string) (all []Alarm, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (x Alarm, err error) {
			var since, ended db.Time
			err = into(&x.Body, &x.What, &since, &ended)
			x.Since, x.Ended = since.Time, ended.Time
			return x, err
		}, `select body, what, since, ended from sync_alarm where $1 = '' or body = $1 order by id desc limit 500`, body)
		return err
	})
	return all, err
}
