package figure

import "motcua/base/db"

// Measures are the figures that the delta changes, each with its count.
func (d Delta) Measures() (all []Row) {
	d.each(func(measure string, n int64) {
		all = append(all, Row{Day: d.Day, Body: d.Body, Kind: d.Kind, Channel: d.Channel, Measure: measure, Count: n})
	})
	return all
}

// Key is the row without its count, to recount by.
func (r Row) Key() Row { r.Count = 0; return r }

// Set writes one folded figure after Clear: what a recount found.
func Set(tx *db.Tx, r Row) error {
	_, err := tx.Exec(`insert into figure (day, body, kind, channel, measure, count) values ($1, $2, $3, $4, $5, $6)`,
		r.Day, r.Body, r.Kind, r.Channel, r.Measure, r.Count)
	return err
}
