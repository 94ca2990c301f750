package figure

import (
	"fmt"
	"slices"
	"strings"

	"motcua/base/db"
)

// A Recount is what the figures should be, counted anew from what they rest on.
// It is held in memory once, however many figures there are: those of the
// database pass by it.
type Recount struct {
	totals
	words map[string]string // each word of a key once: they come in many copies
}

// NewRecount is a recount of nothing yet.
func NewRecount() *Recount { return &Recount{newTotals(), map[string]string{}} }

// Add counts a delta as Note and Fold would.
func (r *Recount) Add(d Delta) {
	d.each(func(p Part) {
		p.Measure = r.word(p.Measure)
		r.add(cell{body: r.word(d.Body), day: r.word(p.Day), kind: r.word(d.Kind), channel: r.word(d.Channel)}, p)
	})
}

func (r *Recount) word(s string) string {
	w, ok := r.words[s]
	if !ok {
		w = strings.Clone(s)
		r.words[w] = w
	}
	return w
}

// Compare names every figure, by day and body or rolled up, that is not as the recount says.
func (r *Recount) Compare(tx *db.Tx) (found []string, err error) {
	r.sums = map[sum]value{}
	r.roll()
	open, err := waiting(tx)
	if err != nil {
		return nil, err
	}
	cells, err := differ(r.cells, open.cells, func(each func(cell, value)) error { return eachCell(tx, each) },
		func(c cell, measure string) string {
			return fmt.Sprintf("%s of %s in %s on %s", measure, c.kind, c.body, c.day)
		}, func(c cell) string { return c.measure })
	if err != nil {
		return nil, err
	}
	sums, err := differ(r.sums, open.sums, func(each func(sum, value)) error { return eachSum(tx, each) },
		func(s sum, measure string) string {
			return strings.TrimSpace(fmt.Sprintf("%s of %s rolled up by %s %s %s %s", measure, s.scope, s.grain, s.period, s.kind, s.channel))
		}, func(s sum) string { return s.measure })
	return append(cells, sums...), err
}

// waiting is what has been noted and not folded yet.
func waiting(tx *db.Tx) (*Recount, error) {
	r := NewRecount()
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var d Delta
		more := ""
		if err = into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more); err == nil {
			err = d.unpack(more, r.Add)
		}
		return none, err
	}, `select day, body, kind, channel, was, now, opened, ended, late, more from figure_open`)
	r.roll()
	return r, err
}

func eachCell(tx *db.Tx, each func(cell, value)) error {
	return rowsOf(tx, "figure", []string{"body", "day", "kind", "channel", "measure"}, func(k []string, v value) {
		each(cell{k[0], k[1], k[2], k[3], k[4]}, v)
	})
}

func eachSum(tx *db.Tx, each func(sum, value)) error {
	return rowsOf(tx, "figure_sum", []string{"grain", "period", "scope", "kind", "channel", "measure"}, func(k []string, v value) {
		each(sum{k[0], k[1], k[2], k[3], k[4], k[5]}, v)
	})
}

// differ compares the rows that stored gives, each once, and what is open beside
// them with what is wanted. say names a measure of a row, name the row's own.
func differ[K comparable](want, open map[K]value, stored func(each func(K, value)) error, say func(k K, measure string) string, name func(K) string) (found []string, err error) {
	here, wanted := 0, 0
	met := func(k K, got value) {
		w := want[k]
		if w != (value{}) {
			here++
		}
		if w == got {
			return
		}
		tell := func(measure string, got, amount, want, wantAmount int64) {
			if got != want || amount != wantAmount {
				found = append(found, fmt.Sprintf("%s: %d (%d), recounted %d (%d)", say(k, measure), got, amount, want, wantAmount))
			}
		}
		tell(name(k), got.count, got.amount, w.count, w.amount)
		for i, m := range common {
			tell(m, got.common[i], 0, w.common[i], 0)
		}
	}
	err = stored(func(k K, v value) {
		v.add(open[k])
		delete(open, k)
		met(k, v)
	})
	for k, v := range open {
		met(k, v)
	}
	for _, v := range want {
		if v != (value{}) {
			wanted++
		}
	}
	if err == nil && here < wanted { // some are not stored at all: which?
		all := make(map[K]bool, here)
		for k := range open {
			all[k] = true
		}
		err = stored(func(k K, _ value) { all[k] = true })
		for k, w := range want {
			if w != (value{}) && !all[k] {
				met(k, value{})
			}
		}
	}
	slices.Sort(found)
	return found, err
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
