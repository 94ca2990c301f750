package figure

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
)

// foldRows is how many delta rows one transaction folds: it holds the writer of
// SQLite for some milliseconds, and filings wait meanwhile. foldLook is among
// how many those of one highest body are looked for.
const (
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

// A value is what is added up under a key.
type value struct{ count, amount int64 }

// totals are figures added up in memory.
type totals struct {
	cells map[cell]value
	sums  map[sum]value
}

func newTotals() totals { return totals{map[cell]value{}, map[sum]value{}} }

func (t totals) add(c cell, v value) {
	t.cells[c] = value{t.cells[c].count + v.count, t.cells[c].amount + v.amount}
}

// roll fills the sums from the cells.
func (t totals) roll() {
	for c, v := range t.cells {
		c.each(func(s sum) { t.sums[s] = value{t.sums[s].count + v.count, t.sums[s].amount + v.amount} })
	}
}

// Fold adds delta rows to the sums and tells how many it took. It looks at some
// thousands and takes those of one highest body together: they fall into the
// same sums, and each is then written once. Several instances may fold at once:
// deleting a row is what takes it, and it is undone with the transaction.
func Fold(ctx context.Context, d *db.DB) (took int, err error) {
	var open []openRow
	err = d.Read(ctx, func(tx *db.Tx) error {
		open, err = db.List(tx, func(into func(...any) error) (o openRow, err error) {
			err = into(&o.id, &o.top)
			o.top = Top(o.top)
			return o, err
		}, `select id, body from figure_open order by id limit $1`, foldLook)
		return err
	})
	slices.SortFunc(open, func(a, b openRow) int { return cmp.Or(cmp.Compare(a.top, b.top), cmp.Compare(a.id, b.id)) })
	for some := range slices.Chunk(open, foldRows) {
		n := 0
		if err == nil {
			err = d.Write(ctx, func(tx *db.Tx) error {
				n, err = fold(tx, some)
				return err
			})
		}
		took += n
	}
	if err != nil {
		return 0, fmt.Errorf("fold figures: %w", err)
	}
	return took, nil
}

// An openRow is a delta row that waits.
type openRow struct {
	id  id.ID
	top string
}

// fold takes those of the rows that are still there.
func fold(tx *db.Tx, some []openRow) (took int, err error) {
	t := newTotals()
	var bad error
	_, err = db.List(tx, func(into func(...any) error) (struct{}, error) {
		d, more := Delta{}, ""
		if err := into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more); err != nil {
			return struct{}{}, err
		}
		if d.More, err = decode(more); err != nil {
			bad = err
		}
		took++
		d.each(func(p Part) { t.add(cell{d.Body, p.Day, d.Kind, d.Channel, p.Measure}, value{p.Count, p.Amount}) })
		return struct{}{}, nil
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
	var b strings.Builder
	b.WriteString(`delete from figure_open where id in ($1`)
	for i := 2; i <= places(n); i++ {
		fmt.Fprintf(&b, ", $%d", i)
	}
	return b.String() + `) returning day, body, kind, channel, was, now, opened, ended, late, more`
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
		if err != nil || n < foldRows || ctx.Err() != nil {
			return err
		}
	}
}

// store adds the totals to what is stored. In one order everywhere: two
// instances that meet wait, they do not lock each other out.
func (t totals) store(tx *db.Tx) error {
	err := upsert(tx, "figure", "top, body, day, kind, channel, measure", t.cells, cell.compare, func(c cell) []any {
		return []any{Top(c.body), c.body, c.day, c.kind, c.channel, c.measure}
	})
	if err != nil {
		return err
	}
	return upsert(tx, "figure_sum", "grain, period, scope, kind, channel, measure", t.sums, sum.compare, func(s sum) []any {
		return []any{s.grain, s.period, s.scope, s.kind, s.channel, s.measure}
	})
}

// upsert adds every value to its row, many rows to a statement.
func upsert[K comparable](tx *db.Tx, table, key string, all map[K]value, order func(a, b K) int, columns func(K) []any) error {
	var rows [][]any
	for _, k := range slices.SortedFunc(maps.Keys(all), order) {
		if v := all[k]; v != (value{}) {
			rows = append(rows, append(columns(k), v.count, v.amount))
		}
	}
	return tx.Upsert(table, key+", count, amount", "("+key+") do update set count = "+table+".count + excluded.count, amount = "+table+".amount + excluded.amount", rows)
}
