package ledger

import (
	"context"

	"motcua/base/db"
	"motcua/base/id"
)

// Numbers are the numbers that acts have in the tree; one that waits has none yet.
func (l *Log) Numbers(ctx context.Context, acts []id.ID) (map[id.ID]int64, error) {
	numbers := map[id.ID]int64{}
	if len(acts) == 0 {
		return numbers, nil
	}
	in, args := db.In(acts)
	err := l.d.Read(ctx, func(tx *db.Tx) error {
		clear(numbers)
		type entry struct {
			act id.ID
			n   int64
		}
		all, err := db.List(tx, func(into func(...any) error) (e entry, err error) { return e, into(&e.act, &e.n) },
			`select act, n from ledger_entry where act in `+in, args...)
		for _, e := range all {
			numbers[e.act] = e.n
		}
		return err
	})
	return numbers, err
}
