package figure_test

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/figure"
)

// TestPackedOrNot: noted one by one or many in a row, folded or not, deltas are the same figures.
func TestPackedOrNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		ids := id.NewSource(1, time.Now)
		r := rand.New(rand.NewPCG(8, 2))
		var all []figure.Delta
		for range 120 {
			x := invent(r)
			if r.IntN(30) == 0 {
				x.Kind = "portal/odd\tone" // cannot stand in a line: it gets a row of its own
			}
			all = append(all, x)
		}
		var queries []figure.Query
		for range 40 {
			queries = append(queries, ask(r))
		}
		answers := func() (rows [][]figure.Row) {
			for _, q := range queries {
				rows = append(rows, read(t, d, q))
			}
			return rows
		}
		for i, x := range all {
			note(t, d, id.ID(i+1), x)
		}
		want := answers()
		if err := d.Write(t.Context(), figure.Clear); err != nil {
			t.Fatal(err)
		}
		for some := range slices.Chunk(all, 50) {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return figure.NoteAll(tx, ids, some) }); err != nil {
				t.Fatal(err)
			}
		}
		same := func(when string) {
			for i, got := range answers() {
				if !slices.Equal(got, want[i]) {
					t.Errorf("%s: %+v:\n got %v\nwant %v", when, queries[i], got, want[i])
				}
			}
		}
		same("packed")
		if n := fold(t, d); n >= len(all)/4 {
			t.Errorf("%d rows for %d deltas", n, len(all))
		}
		same("folded")
		recount := figure.NewRecount()
		for _, x := range all {
			recount.Add(x)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			found, err := recount.Compare(tx)
			if len(found) > 0 {
				t.Errorf("a recount differs: %v", found)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestOlderFiguresAreTakenOver reads what a version wrote that kept each measure in a row of its own.
func TestOlderFiguresAreTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		older := fstest.MapFS{}
		for _, name := range []string{"001_figure.sql", "060_sums.sql", "061_lean.sql"} {
			b, err := os.ReadFile(filepath.Join("schema", name))
			if err != nil {
				t.Fatal(err)
			}
			older[name] = &fstest.MapFile{Data: b}
		}
		err := d.Migrate(t.Context(), "figure", older)
		for _, q := range []string{
			`insert into figure (top, body, day, kind, channel, measure, count, amount) values ('H26', 'H26.1', '2020-02-03', 'portal/1', 'online', 'opened', 3, 0),
				('H26', 'H26.1', '2020-02-03', 'portal/1', 'online', 'in:ready', -1, 0), ('H26', 'H26.1', '2020-02-03', 'portal/1', 'online', 'paid', 2, 70000)`,
			`insert into figure_sum (grain, period, scope, kind, channel, measure, count, amount) values ('month', '2020-02', '', 'portal', '', 'opened', 3, 0),
				('month', '2020-02', '', 'portal', '', 'in:ready', -1, 0), ('month', '2020-02', '', 'portal', '', 'paid', 2, 70000)`,
		} {
			err = cmp.Or(err, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q); return err }))
		}
		if err != nil {
			t.Fatal(err)
		}
		open(t, d)
		want := []figure.Row{{Measure: "in:ready", Count: -1}, {Measure: "opened", Count: 3}, {Measure: "paid", Count: 2, Amount: 70000}}
		for _, q := range []figure.Query{{From: "2020-02-01", To: "2020-02-29"}, {Bodies: []string{"H26.1"}}} {
			if got := read(t, d, q); !slices.Equal(got, want) {
				t.Errorf("%+v: got %v, want %v", q, got, want)
			}
		}
	})
}
