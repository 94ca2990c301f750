package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"motcua/base/db"
)

// erase measures what people notice while the database is rid of the bytes of
// what was erased: how long a write and a reading wait at most, beside --n
// dossiers of which one in a hundred loses its acts' content.
func erase(b *bench) error {
	n := b.flags.Int("n", 100_000, "how many dossiers there are")
	if err := b.begin(nil); err != nil {
		return err
	}
	k, err := b.start("ours", *n)
	if err != nil {
		return err
	}
	k.stop()
	ctx := context.Background()
	d, err := db.Open(ctx, k.base.url)
	if err != nil {
		return err
	}
	defer d.Close()
	b.More["n"] = float64(*n)
	if f, err := os.Stat(k.base.url); err == nil {
		b.More["database_mb"] = float64(f.Size()) / (1 << 20)
	}
	if err := d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update act set body = '{}' where dossier % 100 = 0`)
		return err
	}); err != nil {
		return err
	}
	calm, calmRead := waits(ctx, d, func() error { time.Sleep(3 * time.Second); return nil })
	began := time.Now()
	write, read := waits(ctx, d, func() error { return d.Scrub(ctx) })
	if err := write.err; err != nil {
		return fmt.Errorf("beside an erasure: %w", err)
	}
	b.More["scrub_ms"] = float64(time.Since(began).Milliseconds())
	b.More["calm_write_ms"], b.More["calm_read_ms"] = calm.ms, calmRead.ms
	b.More["write_ms"], b.More["read_ms"] = write.ms, read.ms
	return nil
}

// A longest is the longest wait of many.
type longest struct {
	ms  float64
	err error
}

// waits lets one write and one read, a hundred times a second, while do runs.
func waits(ctx context.Context, d *db.DB, do func() error) (write, read longest) {
	var all sync.WaitGroup
	over := make(chan struct{})
	steadily := func(l *longest, f func() error) {
		all.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(10 * time.Millisecond):
				}
				began := time.Now()
				err := f()
				if l.ms = max(l.ms, float64(time.Since(began).Microseconds())/1000); l.err == nil {
					l.err = err
				}
			}
		})
	}
	steadily(&write, func() error {
		return d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set name = name where id = (select min(id) from person)`)
			return err
		})
	})
	steadily(&read, func() error {
		return d.Read(ctx, func(tx *db.Tx) error {
			var n int
			return tx.Row(`select count(*) from person`).Scan(&n)
		})
	})
	err := do()
	close(over)
	all.Wait()
	if write.err == nil {
		write.err = err
	}
	return write, read
}
