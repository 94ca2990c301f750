package register

import (
	"context"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
)

// Why an item waits to be taken.
const (
	Filed     = "filed"
	Supplied  = "supplied"
	Withdrawn = "withdrawn"
)

// An Item is what a body's software has yet to acknowledge: a dossier, or what
// became of it. Its id is that of the act that it tells of.
type Item struct {
	ID      id.ID
	Body    string
	Dossier id.ID
	Why     string
	At      time.Time
	Done    time.Time // acknowledged, or no longer to be delivered
}

// After keeps the items in step with the acts, in their transactions: what is
// said of a delivery follows from the dossier and nothing else.
func (r *Register) After(do *dossier.Doing) error {
	d, a := do.Dossier, do.Act
	if d.Elsewhere && a.Entry.Body != "" { // another body carries on: its software takes what waits
		if _, err := do.Tx.Exec(`update handover_item set body = $1 where dossier = $2`, d.Body, d.ID); err != nil {
			return err
		}
	}
	why := ""
	switch {
	case !d.Elsewhere:
	case a.Entry.Open != nil:
		why = Filed
	case a.Act == "supply" && procedure.Elsewhere(do.Was):
		why = Supplied
	case a.Act == "withdraw" && procedure.Elsewhere(do.Was):
		why = Withdrawn
	}
	if d.Elsewhere && (why != "" || a.Act == "acknowledge" || a.Act == "takeback") {
		// What waited before is acknowledged, or overtaken: the package always holds the whole.
		if _, err := do.Tx.Exec(`update handover_item set done = $1 where dossier = $2 and done = 0`, db.At(a.At), d.ID); err != nil {
			return err
		}
		if err := r.Hooks.Settled(do.Tx, d.ID); err != nil {
			return err
		}
	}
	if err := r.Hooks.After(do, why); err != nil || why == "" {
		return err
	}
	_, err := do.Tx.Exec(`insert into handover_item (id, body, dossier, why, at, done) values ($1, $2, $3, $4, $5, 0)`,
		a.ID, d.Body, d.ID, why, db.At(a.At))
	if err != nil {
		return fmt.Errorf("handover of dossier %s: %w", d.ID, err)
	}
	return nil
}

const itemColumns = `id, body, dossier, why, at, done`

func scanItem(into func(...any) error) (x Item, err error) {
	var at, done db.Time
	err = into(&x.ID, &x.Body, &x.Dossier, &x.Why, &at, &done)
	x.At, x.Done = at.Time, done.Time
	return x, err
}

// Waiting are the items of these bodies that nobody has acknowledged, the
// oldest first, from after on.
func (r *Register) Waiting(ctx context.Context, bodies []string, after id.ID, limit int) (all []Item, err error) {
	if len(bodies) == 0 {
		return nil, nil
	}
	err = r.app.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		for _, b := range bodies {
			some, err := db.List(tx, scanItem, `select `+itemColumns+` from handover_item where body = $1 and done = 0 and id > $2 order by id limit $3`, b, after, limit)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Item) int { return int(max(-1, min(1, a.ID-b.ID))) })
	return all[:min(len(all), limit)], err
}

// Item is what waits of dossier n; zero: nothing does.
func (r *Register) Item(ctx context.Context, n id.ID) (x Item, err error) {
	err = r.app.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanItem, `select `+itemColumns+` from handover_item where dossier = $1 and done = 0`, n)
		if len(all) > 0 {
			x = all[0]
		}
		return err
	})
	return x, err
}
