// Package merger is the day on which a country is ordered anew: the work of
// bodies that ended goes to those that carry it on, with everybody and everything.
package merger

import (
	"context"
	"errors"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// A Merger gives the work of bodies that ended to those that carry it on, as
// the country's pack says who follows whom: roles, dossiers open and closed, and
// drafts. Codes, promises and states stay as they are. It may be stopped and
// run again, and what is done is not done twice.
type Merger struct {
	App    *kernel.App
	By     who.Person // an administrator of the node
	On     string     // bodies that ended before this day, YYYY-MM-DD
	Note   string     // by what law, as every act says
	DryRun bool
	Failed func(code string, err error) // a dossier that could not be given
	Step   func(Merged)                 // after each transaction, or nil
}

// Merged counts what was given.
type Merged struct {
	Bodies   int `json:"bodies"`   // that had something to give
	Roles    int `json:"roles"`    //
	Dossiers int `json:"dossiers"` //
	Drafts   int `json:"drafts"`   //
	Failed   int `json:"failed"`   // dossiers that stay where they were
}

// Run gives everything.
func (m *Merger) Run(ctx context.Context) (sum Merged, err error) {
	if !m.By.Is(who.Admin, "") {
		return sum, fault.New(fault.Forbidden, "web.notyours")
	}
	works, err := m.works(ctx)
	if err != nil {
		return sum, err
	}
	sum.Bodies = len(works)
	if m.DryRun {
		return m.rehearse(ctx, works, sum)
	}
	if err := m.record(ctx, "merge.begin", sum); err != nil {
		return sum, err
	}
	for _, from := range works { // roles first: who has a dossier keeps it
		to, _ := m.App.Country.Successor(from)
		var roles int
		var drafts int64
		err := m.App.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if roles, err = m.carry(tx, from, to.Code); err == nil {
				drafts, err = m.App.Engine.MoveDrafts(tx, from, to.Code)
			}
			return err
		})
		if err != nil {
			return sum, err
		}
		sum.Roles, sum.Drafts = sum.Roles+roles, sum.Drafts+int(drafts)
	}
	for _, from := range works {
		to, _ := m.App.Country.Successor(from)
		if err := m.dossiers(ctx, from, to, &sum); err != nil {
			return sum, err
		}
	}
	return sum, m.record(ctx, "merge.end", sum)
}

func (m *Merger) record(ctx context.Context, act string, sum Merged) error {
	return m.App.DB.Write(ctx, func(tx *db.Tx) error {
		return m.App.Engine.Record(tx, m.By, act, 0, map[string]any{"on": m.On, "note": m.Note, "sum": sum})
	})
}

// works are the bodies that ended and still have something.
func (m *Merger) works(ctx context.Context) (all []string, err error) {
	var found []string
	err = m.App.DB.Read(ctx, func(tx *db.Tx) (err error) {
		found, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
			`select body from dossier union select body from draft where dossier = 0
				union select body from grants where until = 0 or until > $1`, db.At(m.App.Now()))
		return err
	})
	for _, code := range found {
		if b, ok := m.App.Country.Body(code); ok && b.Next != "" && b.To < m.On {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	return all, err
}

// dossiers gives those of one body, 200 in a transaction. Where one cannot be
// given each is tried alone, so that it stops no other.
func (m *Merger) dossiers(ctx context.Context, from string, to who.Body, sum *Merged) error {
	for after := id.ID(0); ; {
		var some []id.ID
		err := m.App.DB.Read(ctx, func(tx *db.Tx) (err error) {
			some, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
				`select id from dossier where body = $1 and id > $2 order by id limit 200`, from, after)
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		after = some[len(some)-1]
		if err := m.give(ctx, some, to); err == nil {
			sum.Dossiers += len(some)
		} else {
			for _, n := range some {
				switch err := m.give(ctx, []id.ID{n}, to); {
				case err == nil:
					sum.Dossiers++
				case ctx.Err() != nil || errors.Is(err, fault.Unavailable):
					return err
				default:
					sum.Failed++
					m.Failed(n.String(), err)
				}
			}
		}
		if m.Step != nil {
			m.Step(*sum)
		}
	}
}

// few is how many dossiers are given at once while persons write.
const few = 4

func (m *Merger) give(ctx context.Context, some []id.ID, to who.Body) error {
	return db.Parts(ctx, m.App.DB, some, few, func(tx *db.Tx, some []id.ID) error {
		for _, n := range some {
			if err := m.App.Engine.Succeed(tx, n, to, m.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

// rehearse counts what there is to give.
func (m *Merger) rehearse(ctx context.Context, works []string, sum Merged) (Merged, error) {
	err := m.App.DB.Read(ctx, func(tx *db.Tx) error {
		for _, from := range works {
			var roles, dossiers, drafts int
			if err := tx.Row(`select (select count(*) from grants where body = $1 and (until = 0 or until > $2)),
				(select count(*) from dossier where body = $1), (select count(*) from draft where body = $1 and dossier = 0)`,
				from, db.At(m.App.Now())).Scan(&roles, &dossiers, &drafts); err != nil {
				return err
			}
			sum.Roles, sum.Dossiers, sum.Drafts = sum.Roles+roles, sum.Dossiers+dossiers, sum.Drafts+drafts
		}
		return nil
	})
	return sum, err
}
