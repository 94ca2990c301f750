package hook

import (
	"context"
	"time"

	"motcua/base/db"
	"motcua/base/id"
)

// A Sent message has its tries with it, the first first.
type Sent struct {
	Message
	All []Try
}

// A Try is one call; Status 0: nobody answered.
type Try struct {
	At     time.Time
	Status int
	Took   time.Duration
	Said   string // the beginning of the answer, or why there was none
}

// Sent are the messages of an endpoint in a state ("": any), the latest first,
// before the one named, with at most twenty tries each.
func (h *House) Sent(ctx context.Context, endpoint id.ID, state string, before id.ID, limit int) (all []Sent, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		found, err := db.List(tx, scanMessage, `select `+messageColumns+` from handover_message
			where endpoint = $1 and (state = $2 or $2 = '') and id < $3 order by id desc limit $4`, endpoint, state, before, limit)
		if err != nil {
			return err
		}
		for _, m := range found {
			tries, err := db.List(tx, func(into func(...any) error) (t Try, err error) {
				var at db.Time
				var took int64
				err = into(&at, &t.Status, &took, &t.Said)
				t.At, t.Took = at.Time, time.Duration(took)*time.Microsecond
				return t, err
			}, `select at, status, took, said from handover_attempt where message = $1 order by n limit 20`, m.ID)
			if err != nil {
				return err
			}
			all = append(all, Sent{m, tries})
		}
		return nil
	})
	return all, err
}

// Counts are how many messages of an endpoint are in each state.
func (h *House) Counts(ctx context.Context, endpoint id.ID) (n map[string]int, err error) {
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		n = map[string]int{}
		_, err := db.List(tx, func(into func(...any) error) (s struct{}, err error) {
			var state string
			var count int
			err = into(&state, &count)
			n[state] = count
			return s, err
		}, `select state, count(*) from handover_message where endpoint = $1 group by state`, endpoint)
		return err
	})
	return n, err
}
