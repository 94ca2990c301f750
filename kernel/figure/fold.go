package figure

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
)

// foldMost is about how many parts one transaction adds up, foldFew while others
// write: it holds the writer of SQLite for some milliseconds. foldRows is the
// most rows they may stand in. foldLook is among how many those of one highest
// body are looked for.
const (
	foldMost = 5000
	foldFew  = 400
	foldRows = 2000
	foldLook = 16_000
)

// A cell is the key of one figure by day and body.
type cell struct{ body, day, kind, channel, measure string }

func (c cell) compare(o cell) int {
	return cmp.Or(cmp.Compare(c.body, o.body), cmp.Compare(c.day, o.day), cmp.Compare(c.kind, o.kind),
		cmp.Compare(c.channel, o.channel), cmp.Compare(c.measure, o.measure))
}

func (s sum) compare(o sum) int {
	return cmp.Or(cmp.Compare(s.grain, o.grain), cmp.Compare(s.period, o.period), cmp.Compare(s.scope, o.scope),
		cmp.Compare(s.kind, o.kind), cmp.Compare(s.channel, o.channel), cmp.Compare(s.measure, o.measure))
}

// totals are figures added up in memory.
type totals struct {
	cells map[cell]value
	sums  map[sum]value
}

func newTotals() totals { return totals{map[cell]value{}, map[sum]value{}} }

// add counts a part of a delta; c.measure is set here.
func (t totals) add(c cell, p Part) {
	var v value
	c.measure, v = p.row()
	plus(t.cells, c, v)
}

// roll fills the sums from the cells.
func (t totals) roll() {
	for c, v := range t.cells {
		c.each(v, func(s sum, v value) { plus(t.sums, s, v) })
	}
	for _, s := range slices.Collect(maps.Keys(t.sums)) {
		if v := t.sums[s]; s.scope != "" && !apart(s.grain) {
			s.scope = ""
			plus(t.sums, s, v)
		}
	}
}

func apart(grain string) bool {
	return slices.ContainsFunc(rolls, func(r roll) bool { return r.grain == grain && r.apart })
}

func plus[K comparable](all map[K]value, k K, v value) {
	have := all[k]
	have.add(v)
	all[k] = have
}

// Fold adds delta rows to the sums and tells how many it took. It looks at some
// thousands and takes those of one highest body together: they fall into the
// same sums, and each is then written once. Several instances may fold at once:
// deleting a row is what takes it, and it is undone with the transaction.
func Fold(ctx context.Context, d *db.DB) (took int, err error) {
	var open []openRow
	err = d.Read(ctx, func(tx *db.Tx) error {
		open, err = db.List(tx, func(into func(...any) error) (o openRow, err error) {
			err = into(&o.id, &o.top, &o.long)
			o.top = Top(o.top)
			return o, err
		}, `select id, body, length(more) from figure_open order by id limit $1`, foldLook)
		return err
	})
	slices.SortFunc(open, func(a, b openRow) int { return cmp.Or(cmp.Compare(a.top, b.top), cmp.Compare(a.id, b.id)) })
	for err == nil && len(open) > 0 {
		var some []openRow
		n := 0
		err = d.Yield(ctx, func(tx *db.Tx) error {
			most := foldMost
			if tx.Hurry() {
				most = foldFew
			}
			some = first(open, most)
			n, err = fold(tx, some)
			return err
		})
		took, open = took+n, open[len(some):]
	}
	if err != nil {
		return 0, fmt.Errorf("fold figures: %w", err)
	}
	return took, nil
}

// An openRow is a delta row that waits.
type openRow struct {
	id   id.ID
	top  string
	long int // characters of its parts
}

// first are those at the beginning that add up to about most parts, at least one.
func first(open []openRow, most int) []openRow {
	for i, o := range open {
		if most -= 2 + o.long/24; most < 0 || i == foldRows {
			return open[:max(i, 1)]
		}
	}
	return open
}

// fold takes those of the rows that are still there.
func fold(tx *db.Tx, some []openRow) (took int, err error) {
	t := newTotals()
	var bad error
	_, err = db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		d, more := Delta{}, ""
		if err := into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more); err != nil {
			return none, err
		}
		took++
		bad = cmp.Or(bad, d.unpack(more, func(d Delta) {
			d.each(func(p Part) { t.add(cell{body: d.Body, day: p.Day, kind: d.Kind, channel: d.Channel}, p) })
		}))
		return none, nil
	}, takeText(len(some)), taken(some)...)
	if err != nil || bad != nil {
		return 0, cmp.Or(err, bad)
	}
	t.roll()
	return took, t.store(tx)
}

// places is how many ids the statement for n rows has: few different statements are ever prepared.
func places(n int) int {
	for _, most := range []int{8, 128, foldRows} {
		if n <= most {
			return most
		}
	}
	return n
}

func takeText(n int) string {
	return `delete from figure_open where id in (` + db.Places(1, places(n)) + `) returning day, body, kind, channel, was, now, opened, ended, late, more`
}

// taken are the ids, the last again where there are fewer than places.
func taken(some []openRow) []any {
	all := make([]any, places(len(some)))
	for i := range all {
		all[i] = some[min(i, len(some)-1)].id
	}
	return all
}

// FoldAll folds until few delta rows are left: who reads adds those up himself.
func FoldAll(ctx context.Context, d *db.DB) error {
	for {
		n, err := Fold(ctx, d)
		if err != nil || n < foldLook/8 || ctx.Err() != nil {
			return err
		}
	}
}

// store adds the totals to what is stored.
func (t totals) store(tx *db.Tx) error {
	if err := storeCells(tx, sorted(t.cells, cell.compare, cell.words)); err != nil {
		return err
	}
	return storeSums(tx, sorted(t.sums, sum.compare, sum.words))
}

func (c cell) words() []string { return []string{c.body, c.day, c.kind, c.channel, c.measure} }

func (s sum) words() []string {
	return []string{s.grain, s.period, s.scope, s.kind, s.channel, s.measure}
}

// sorted is every key as words. In one order everywhere: two instances that meet
// wait, they do not lock each other out.
func sorted[K comparable](all map[K]value, order func(a, b K) int, words func(K) []string) iter.Seq2[[]string, value] {
	return func(yield func([]string, value) bool) {
		for _, k := range slices.SortedFunc(maps.Keys(all), order) {
			if !yield(words(k), all[k]) {
				return
			}
		}
	}
}

func storeCells(tx *db.Tx, all iter.Seq2[[]string, value]) error {
	return upsert(tx, "figure", "top, "+cellKey, all, func(k []string) []any { return []any{Top(k[0])} })
}

func storeSums(tx *db.Tx, all iter.Seq2[[]string, value]) error {
	return upsert(tx, "figure_sum", sumKey, all, func([]string) []any { return nil })
}

// The words of a key, as the tables call them.
const (
	cellKey = "body, day, kind, channel, measure"
	sumKey  = "grain, period, scope, kind, channel, measure"
)

// upsert adds every value to its row, many rows to a statement; before the words
// of its key stand those of first. Few are made at a time: a recount of millions
// passes here.
func upsert(tx *db.Tx, table, key string, all iter.Seq2[[]string, value], first func(k []string) []any) error {
	names, change := key+", "+strings.Join(valueColumns, ", "), "("+key+")"+added(table)
	var rows [][]any
	for k, v := range all {
		if v == (value{}) {
			continue
		}
		row := first(k)
		for _, word := range k {
			row = append(row, word)
		}
		if rows = append(rows, append(row, v.args()...)); len(rows) < 1024 {
			continue
		}
		if err := tx.Upsert(table, names, change, rows); err != nil {
			return err
		}
		rows = rows[:0]
	}
	return tx.Upsert(table, names, change, rows)
}
