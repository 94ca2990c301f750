package figure

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"motcua/base/db"
)

// A Recount is what the figures should be, counted anew from what they rest on.
// However many they are, it holds few of them in memory.
type Recount struct{ cells, sums *pile }

// NewRecount is a recount of nothing yet.
func NewRecount() *Recount { return recountOf(pileMost) }

func recountOf(most int) *Recount { return &Recount{newPile(most), newPile(most)} }

// Close forgets it.
func (r *Recount) Close() {
	r.cells.close()
	r.sums.close()
}

// Add counts a delta as Note and Fold would.
func (r *Recount) Add(d Delta) {
	d.each(func(p Part) {
		measure, v := p.row()
		r.cells.add(v, d.Body, p.Day, d.Kind, d.Channel, measure)
	})
}

// roll adds to the sums what the cells come to, which pass on.
func (r *Recount) roll(cells iter.Seq2[[]string, value]) iter.Seq2[[]string, value] {
	return func(yield func([]string, value) bool) {
		for k, v := range cells {
			cell{k[0], k[1], k[2], k[3], k[4]}.each(v, func(s sum, v value) {
				r.sums.add(v, s.words()...)
				if s.scope != "" && !apart(s.grain) {
					s.scope = ""
					r.sums.add(v, s.words()...)
				}
			})
			if !yield(k, v) {
				return
			}
		}
	}
}

// again is the cells, which fill the sums while they pass: from nothing, for a
// transaction may be tried more than once.
func (r *Recount) again() iter.Seq2[[]string, value] {
	r.sums.close()
	r.sums = newPile(r.cells.most)
	return r.roll(r.cells.all())
}

// broken is what went wrong with the files of recounts.
func broken(all ...*Recount) error {
	for _, r := range all {
		for _, p := range []*pile{r.cells, r.sums} {
			if p.err != nil {
				return fmt.Errorf("recount figures: %w", p.err)
			}
		}
	}
	return nil
}

// told is how many differences are named; the others are only counted.
const told = 1000

// Compare names every figure, by day and body or rolled up, that is not as the
// recount says: the first thousand of either, and how many there are.
func (r *Recount) Compare(tx *db.Tx) (found []string, err error) {
	have := recountOf(r.cells.most)
	defer have.Close()
	if err := have.stored(tx); err != nil {
		return nil, err
	}
	found = differ(r.again(), have.cells.all(), func(k []string, measure string) string {
		return fmt.Sprintf("%s of %s in %s on %s", measure, k[2], k[0], k[1])
	})
	found = append(found, differ(r.sums.all(), have.sums.all(), func(k []string, measure string) string {
		return strings.TrimSpace(fmt.Sprintf("%s of %s rolled up by %s %s %s %s", measure, k[2], k[0], k[1], k[3], k[4]))
	})...)
	return found, broken(r, have)
}

// stored adds what stands in the tables, and what was noted and not folded yet.
func (r *Recount) stored(tx *db.Tx) error {
	noted := recountOf(r.cells.most)
	defer noted.Close()
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		var d Delta
		more := ""
		if err = into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more); err == nil {
			err = d.unpack(more, noted.Add)
		}
		return none, err
	}, `select day, body, kind, channel, was, now, opened, ended, late, more from figure_open`)
	if err == nil {
		err = rowsOf(tx, "figure", cellKey, r.cells.add)
	}
	if err == nil {
		err = rowsOf(tx, "figure_sum", sumKey, r.sums.add)
	}
	for k, v := range r.roll(noted.cells.all()) {
		r.cells.add(v, k...)
	}
	if err == nil {
		err = broken(noted)
	}
	return err
}

// differ names what is not the same in both, which go through their keys in one
// order. say names a measure under a key, whose last word is the row's own.
func differ(want, got iter.Seq2[[]string, value], say func(k []string, measure string) string) (found []string) {
	n := 0
	met := func(k []string, want, got value) {
		tell := func(measure string, got, amount, want, wantAmount int64) {
			if got == want && amount == wantAmount {
				return
			}
			if n++; n <= told {
				found = append(found, fmt.Sprintf("%s: %d (%d), recounted %d (%d)", say(k, measure), got, amount, want, wantAmount))
			}
		}
		tell(k[len(k)-1], got.count, got.amount, want.count, want.amount)
		for i, m := range common {
			tell(m, got.common[i], 0, want.common[i], 0)
		}
	}
	beside(want, got, met)
	if n > told {
		found = append(found, fmt.Sprintf("and %d more", n-told))
	}
	return found
}

// beside calls met with every key of either, and what it has in both.
func beside(a, b iter.Seq2[[]string, value], met func(k []string, a, b value)) {
	next, stop := iter.Pull2(b)
	defer stop()
	k, v, ok := next()
	for ka, va := range a {
		for ok && slices.Compare(k, ka) < 0 {
			met(k, value{}, v)
			k, v, ok = next()
		}
		if ok && slices.Equal(k, ka) {
			met(ka, va, v)
			k, v, ok = next()
		} else {
			met(ka, va, value{})
		}
	}
	for ok {
		met(k, value{}, v)
		k, v, ok = next()
	}
}

// Store puts the recount in the place of all figures.
func (r *Recount) Store(tx *db.Tx) error {
	if err := Clear(tx); err != nil {
		return err
	}
	if err := storeCells(tx, r.again()); err != nil {
		return err
	}
	if err := storeSums(tx, r.sums.all()); err != nil {
		return err
	}
	return broken(r)
}
