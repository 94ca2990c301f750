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
		r.add(cell{r.word(d.Body), r.word(p.Day), r.word(d.Kind), r.word(d.Channel), r.word(p.Measure)}, value{p.Count, p.Amount})
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
		func(c cell) string { return fmt.Sprintf("%s of %s in %s on %s", c.measure, c.kind, c.body, c.day) })
	if err != nil {
		return nil, err
	}
	sums, err := differ(r.sums, open.sums, func(each func(sum, value)) error { return eachSum(tx, each) },
		func(s sum) string {
			return strings.TrimSpace(fmt.Sprintf("%s of %s rolled up by %s %s %s %s", s.measure, s.scope, s.grain, s.period, s.kind, s.channel))
		})
	return append(cells, sums...), err
}

// waiting is what has been noted and not folded yet.
func waiting(tx *db.Tx) (*Recount, error) {
	r := NewRecount()
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var d Delta
		more := ""
		if err = into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more); err == nil {
			d.More, err = decode(more)
		}
		r.Add(d)
		return none, err
	}, `select day, body, kind, channel, was, now, opened, ended, late, more from figure_open`)
	r.roll()
	return r, err
}

func eachCell(tx *db.Tx, each func(cell, value)) error {
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var c cell
		var v value
		if err = into(&c.body, &c.day, &c.kind, &c.channel, &c.measure, &v.count, &v.amount); err == nil {
			each(c, v)
		}
		return none, err
	}, `select body, day, kind, channel, measure, count, amount from figure`)
	return err
}

func eachSum(tx *db.Tx, each func(sum, value)) error {
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var s sum
		var v value
		if err = into(&s.grain, &s.period, &s.scope, &s.kind, &s.channel, &s.measure, &v.count, &v.amount); err == nil {
			each(s, v)
		}
		return none, err
	}, `select grain, period, scope, kind, channel, measure, count, amount from figure_sum`)
	return err
}

// differ compares the rows that stored gives, each once, and what is open beside
// them with what is wanted.
func differ[K comparable](want, open map[K]value, stored func(each func(K, value)) error, say func(K) string) (found []string, err error) {
	here, wanted := 0, 0
	met := func(k K, got value) {
		w := want[k]
		if w != (value{}) {
			here++
		}
		if w != got {
			found = append(found, fmt.Sprintf("%s: %d (%d), recounted %d (%d)", say(k), got.count, got.amount, w.count, w.amount))
		}
	}
	err = stored(func(k K, v value) {
		o := open[k]
		delete(open, k)
		met(k, value{v.count + o.count, v.amount + o.amount})
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
				found = append(found, fmt.Sprintf("%s: 0 (0), recounted %d (%d)", say(k), w.count, w.amount))
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
