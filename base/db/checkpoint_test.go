package db_test

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

// Readers that overlap, so that there is never a moment without one, would let
// SQLite's journal grow by all that is written.
func TestTheJournalStaysShort(t *testing.T) {
	path := dbtest.SQLite(t)
	d := dbtest.Open(t, path)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`create table big (id bigint primary key, bytes bytea)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				d.Read(ctx, func(tx *db.Tx) error {
					err := tx.Row(`select count(*) from big`).Scan(new(int))
					time.Sleep(3 * time.Millisecond)
					return err
				})
			}
		})
	}
	const megabyte, total, most = 1 << 20, 160, 100
	longest := int64(0)
	for i := range total {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`insert into big (id, bytes) values ($1, $2)`, i, bytes.Repeat([]byte{byte(i)}, megabyte))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := os.Stat(path + "-wal"); err == nil {
			longest = max(longest, s.Size()/megabyte)
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	readers.Wait()
	t.Logf("longest %d MB of %d", longest, total)
	if longest > most {
		t.Errorf("the journal grew to %d MB while %d were written", longest, total)
	}
}
