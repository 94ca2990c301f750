package figure

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"motcua/base/db"
)

// A Recount is what the figures should be, counted anew from what they rest on.
type Recount struct{ totals }

// NewRecount is a recount of nothing yet.
func NewRecount() *Recount { return &Recount{newTotals()} }

// Add counts a delta as Note and Fold would.
func (r *Recount) Add(d Delta) {
	d.each(func(p Part) { r.add(cell{d.Body, p.Day, d.Kind, d.Channel, p.Measure}, value{p.Count, p.Amount}) })
}

// Compare names every figure, by day and body or rolled up, that is not as the recount says.
func (r *Recount) Compare(tx *db.Tx) (found []string, err error) {
	r.sums = map[sum]value{}
	r.roll()
	open, err := db.List(tx, func(into func(...any) error) (d Delta, err error) {
		more := ""
		if err = into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more); err == nil {
			d.More, err = decode(more)
		}
		return d, err
	}, `select day, body, kind, channel, was, now, opened, ended, late, more from figure_open`)
	if err != nil {
		return nil, err
	}
	got := NewRecount()
	for _, d := range open {
		got.Add(d)
	}
	got.roll()
	_, err = db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var c cell
		var v value
		err = into(&c.body, &c.day, &c.kind, &c.channel, &c.measure, &v.count, &v.amount)
		got.add(c, v)
		return none, err
	}, `select body, day, kind, channel, measure, count, amount from figure`)
	if err != nil {
		return nil, err
	}
	_, err = db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var s sum
		var v value
		err = into(&s.grain, &s.period, &s.scope, &s.kind, &s.channel, &s.measure, &v.count, &v.amount)
		got.sums[s] = value{got.sums[s].count + v.count, got.sums[s].amount + v.amount}
		return none, err
	}, `select grain, period, scope, kind, channel, measure, count, amount from figure_sum`)
	if err != nil {
		return nil, err
	}
	found = differ(r.cells, got.cells, func(c cell) string { return fmt.Sprintf("%s of %s in %s on %s", c.measure, c.kind, c.body, c.day) })
	return append(found, differ(r.sums, got.sums, func(s sum) string {
		return strings.TrimSpace(fmt.Sprintf("%s of %s rolled up by %s %s %s %s", s.measure, s.scope, s.grain, s.period, s.kind, s.channel))
	})...), nil
}

func differ[K comparable](want, got map[K]value, say func(K) string) (found []string) {
	keys := maps.Clone(want)
	maps.Copy(keys, got)
	for k := range keys {
		if w, g := want[k], got[k]; w != g {
			found = append(found, fmt.Sprintf("%s: %d (%d), recounted %d (%d)", say(k), g.count, g.amount, w.count, w.amount))
		}
	}
	slices.Sort(found)
	return found
}

// Store puts the recount in the place of all figures.
func (r *Recount) Store(tx *db.Tx) error {
	if err := Clear(tx); err != nil {
		return err
	}
	r.sums = map[sum]value{}
	r.roll()
	return r.store(tx)
}
