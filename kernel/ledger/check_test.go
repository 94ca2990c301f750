package ledger_test

import (
	"slices"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/ledger"
)

// Every kind of edit behind the log's back is named.
func TestCheckFinds(t *testing.T) {
	other, _ := ledger.NewKey(origin)
	for name, tt := range map[string]struct {
		edit string
		want []string
	}{
		"nothing":        {`select 1`, nil},
		"leaf":           {`update ledger_entry set leaf = (select leaf from ledger_entry where n = 4) where n = 3`, []string{"ledger.root", "ledger.tile"}},
		"lost":           {`delete from ledger_entry where n = 3`, []string{"ledger.gap", "ledger.root"}},
		"lost last":      {`delete from ledger_entry where n = 399`, []string{"ledger.gap", "ledger.root"}},
		"tile":           {`update ledger_tile set hashes = (select hashes from ledger_tile where id = 1) where id = 0`, []string{"ledger.tile"}},
		"lost tile":      {`delete from ledger_tile where id = 0`, []string{"ledger.tile"}},
		"upper tile":     {`delete from ledger_tile where id > 1000`, []string{"ledger.tile"}},
		"rolled back":    {`update ledger_size set n = 300`, []string{"ledger.ahead"}},
		"signature":      {`update ledger_checkpoint set note = replace(note, '400', '400 ') where size = 400`, []string{"ledger.forged"}},
		"wrong place":    {`update ledger_checkpoint set size = 399 where size = 400`, []string{"ledger.forged"}},
		"numbered twice": {`insert into ledger_open (act, leaf) select act, leaf from ledger_entry where n = 3`, []string{"ledger.twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ids := id.NewSource(1, time.Now)
				l := open(t, d)
				for range 2 {
					enter(t, d, ids, 200)
					advance(t, l)
				}
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(tt.edit)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				found, err := l.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range found {
					got = append(got, f.Code)
				}
				for _, want := range tt.want {
					if !slices.Contains(got, want) {
						t.Errorf("found %v, want %s", got, want)
					}
				}
				if tt.want == nil && len(got) > 0 {
					t.Errorf("found %v in a sound ledger", found)
				}
			})
		})
	}
	t.Run("another key", func(t *testing.T) {
		d := dbtest.Open(t, dbtest.SQLite(t))
		l := open(t, d)
		enter(t, d, id.NewSource(1, time.Now), 1)
		advance(t, l)
		l, err := ledger.Open(t.Context(), d, other)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := l.Check(t.Context()); err != nil || len(found) != 1 || found[0].Code != "ledger.forged" {
			t.Errorf("found %v %v, want ledger.forged", found, err)
		}
	})
}

// A tree that no longer continues its last checkpoint is not signed.
func TestRefusesToSignAnotherHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSource(1, time.Now)
		l := open(t, d)
		enter(t, d, ids, 5)
		advance(t, l)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, q := range []string{`delete from ledger_entry`, `delete from ledger_tile`, `update ledger_size set n = 0`} {
				if _, err := tx.Exec(q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		enter(t, d, ids, 9)
		if err := l.Advance(t.Context()); err == nil {
			t.Error("a second history was signed")
		}
		if n := tree(t, l).N; n != 5 {
			t.Errorf("last checkpoint of %d, want 5", n)
		}
	})
}
