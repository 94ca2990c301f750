package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
)

func TestOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		runs := 0
		act := func(*db.Tx) ([]byte, error) { runs++; return []byte("đã nhận"), nil }
		for i := range 3 {
			answer, replayed, err := d.Once(t.Context(), "binh", "k", "h", act)
			if string(answer) != "đã nhận" || replayed != (i > 0) || err != nil {
				t.Errorf("time %d: got %q, %v, %v", i+1, answer, replayed, err)
			}
		}
		if _, replayed, err := d.Once(t.Context(), "an", "k", "other", act); replayed || err != nil {
			t.Errorf("another owner: got %v, %v", replayed, err)
		}
		if runs != 2 {
			t.Errorf("got %d runs, want one per owner", runs)
		}
		_, _, err := d.Once(t.Context(), "binh", "k", "other", act)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Code != "db.once" {
			t.Errorf("other content: got %v", err)
		}

		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update once set at = $1`, db.At(time.Now().Add(-25*time.Hour)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, replayed, err := d.Once(t.Context(), "binh", "k", "other", act); replayed || err != nil {
			t.Errorf("a day later: got %v, %v", replayed, err)
		}
		d.SweepOnce()
		var left int
		err = d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from once`).Scan(&left) })
		if left != 1 || err != nil {
			t.Errorf("got %d keys, %v; want the new one", left, err)
		}
	})
}

func TestOnceKeepsNoRefusal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		refuse := fault.New(fault.Conflict, "test.no")
		_, _, err := d.Once(t.Context(), "o", "k", "h", func(*db.Tx) ([]byte, error) { return nil, refuse })
		if !errors.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
		answer, replayed, err := d.Once(t.Context(), "o", "k", "h", func(*db.Tx) ([]byte, error) { return []byte("now"), nil })
		if string(answer) != "now" || replayed || err != nil {
			t.Errorf("tried again: got %q, %v, %v", answer, replayed, err)
		}
	})
}

func TestOnceAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`create table done (n bigint)`); return err }); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				answer, _, err := d.Once(context.Background(), "o", "k", "h", func(tx *db.Tx) ([]byte, error) {
					_, err := tx.Exec(`insert into done values (1)`)
					return []byte("a"), err
				})
				if string(answer) != "a" || err != nil {
					t.Errorf("got %q, %v", answer, err)
				}
			})
		}
		all.Wait()
		var n int
		err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from done`).Scan(&n) })
		if n != 1 || err != nil {
			t.Errorf("it was done %d times, %v", n, err)
		}
	})
}
