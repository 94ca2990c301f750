package db

import (
	"context"
	"slices"
)

// Empty deletes every row that Dump would write. It is for a restore into a
// database that was just made: the caller has seen that nobody uses it.
func (d *DB) Empty(ctx context.Context) error {
	return d.Write(ctx, func(t *Tx) error {
		tables, err := d.shape(t)
		if err != nil {
			return err
		}
		for _, tb := range slices.Backward(tables) { // what refers to rows before them
			if _, err := t.Exec(`delete from ` + tb.name); err != nil {
				return err
			}
		}
		return nil
	})
}
