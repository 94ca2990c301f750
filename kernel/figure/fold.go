package figure

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"motcua/base/db"
)

// foldRows is how many delta rows one transaction folds: it holds the writer of
// SQLite for some milliseconds, and filings wait meanwhile.
const foldRows = 2000

// A cell is one row of sums.
type cell struct{ day, body, kind, channel, measure string }

func (c cell) compare(o cell) int {
	return cmp.Or(cmp.Compare(c.day, o.day), cmp.Compare(c.body, o.body), cmp.Compare(c.kind, o.kind),
		cmp.Compare(c.channel, o.channel), cmp.Compare(c.measure, o.measure))
}

// Fold adds up to 2,000 delta rows to the sums and tells how many it took. The
// job calls it again while that is many. Several instances may fold at once:
// deleting a row is what takes it, and it is undone with the transaction.
func Fold(ctx context.Context, d *db.DB) (took int, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		deltas, err := db.List(tx, func(into func(...any) error) (d Delta, err error) {
			err = into(&d.Day, &d.Body, &d.Kind, &d.Channel, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late)
			return d, err
		}, `delete from figure_open where id in (select id from figure_open order by id limit $1)
			returning day, body, kind, channel, was, now, opened, ended, late`, foldRows)
		if err != nil {
			return err
		}
		took = len(deltas)
		sums := map[cell]int64{}
		for _, d := range deltas {
			d.each(func(measure string, n int64) { sums[cell{d.Day, d.Body, d.Kind, d.Channel, measure}] += n })
		}
		// In one order everywhere: two instances that meet wait, they do not lock each other out.
		for _, c := range slices.SortedFunc(maps.Keys(sums), cell.compare) {
			if sums[c] == 0 {
				continue
			}
			_, err := tx.Exec(`insert into figure (day, body, kind, channel, measure, count) values ($1, $2, $3, $4, $5, $6)
				on conflict (day, body, kind, channel, measure) do update set count = figure.count + excluded.count`,
				c.day, c.body, c.kind, c.channel, c.measure, sums[c])
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("fold figures: %w", err)
	}
	return took, nil
}
