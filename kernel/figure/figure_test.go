package figure_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/figure"
)

func open(t *testing.T, d *db.DB) {
	t.Helper()
	if err := figure.Open(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func note(t *testing.T, d *db.DB, n id.ID, f figure.Delta) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return figure.Note(tx, n, f) }); err != nil {
		t.Error(err)
	}
}

func fold(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := figure.Fold(t.Context(), d)
	if err != nil {
		t.Error(err)
	}
	return n
}

func read(t *testing.T, d *db.DB, q figure.Query) (rows []figure.Row) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		rows, err = figure.Read(tx, q)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return rows
}

// One dossier from the first day to the last, another that is late, a third elsewhere.
var life = []figure.Delta{
	{Day: "2020-02-03", Body: "H26.15", Kind: "portal/1", Channel: "online", Now: "submitted", Opened: true},
	{Day: "2020-02-03", Body: "H26.16", Kind: "portal/2", Channel: "counter", Now: "submitted", Opened: true},
	{Day: "2020-02-04", Body: "H26.15", Kind: "portal/1", Channel: "online", Was: "submitted", Now: "progress"},
	{Day: "2020-02-04", Body: "H26.15", Kind: "portal/1", Channel: "online", Was: "progress", Now: "progress"},
	{Day: "2020-02-05", Body: "H26.15", Kind: "portal/1", Channel: "online", Was: "progress", Now: "ready", Ended: true},
	{Day: "2020-03-02", Body: "H26.16", Kind: "portal/2", Channel: "counter", Was: "submitted", Now: "closed", Ended: true, Late: true},
	{Day: "2020-03-02", Body: "H260", Kind: "portal/1", Channel: "online", Now: "submitted", Opened: true},
}

func TestRead(t *testing.T) {
	cases := []struct {
		name string
		q    figure.Query
		want []figure.Row
	}{
		{"all", figure.Query{}, []figure.Row{
			{Measure: "ended", Count: 2}, {Measure: "in:closed", Count: 1}, {Measure: "in:ready", Count: 1},
			{Measure: "in:submitted", Count: 1}, {Measure: "late", Count: 1}, {Measure: "ontime", Count: 1}, {Measure: "opened", Count: 3}}},
		{"what ended", figure.Query{Measures: []string{"ended"}, By: []figure.Dim{figure.Month}}, []figure.Row{
			{Day: "2020-02", Measure: "ended", Count: 1}, {Day: "2020-03", Measure: "ended", Count: 1}}},
		{"the highest bodies", figure.Query{Measures: []string{"opened"}, By: []figure.Dim{figure.Highest}}, []figure.Row{
			{Body: "H26", Measure: "opened", Count: 2}, {Body: "H260", Measure: "opened", Count: 1}}},
		{"stock", figure.Query{Measures: []string{figure.In("submitted"), figure.In("ready")}, By: []figure.Dim{figure.Highest}}, []figure.Row{
			{Body: "H26", Measure: "in:ready", Count: 1}, {Body: "H260", Measure: "in:submitted", Count: 1}}},
		{"parts of months", figure.Query{From: "2020-02-04", To: "2020-03-02", Measures: []string{"opened", "late"}}, []figure.Row{
			{Measure: "late", Count: 1}, {Measure: "opened", Count: 1}}},
		{"a body and those below it", figure.Query{Bodies: []string{"H26"}, Measures: []string{"opened"}}, []figure.Row{{Measure: "opened", Count: 2}}},
		{"two bodies", figure.Query{Bodies: []string{"H26.16", "H260"}, Measures: []string{"opened", "late"}, By: []figure.Dim{figure.Body}}, []figure.Row{
			{Body: "H26.16", Measure: "late", Count: 1}, {Body: "H26.16", Measure: "opened", Count: 1}, {Body: "H260", Measure: "opened", Count: 1}}},
		{"days", figure.Query{From: "2020-02-04", To: "2020-02-05", By: []figure.Dim{figure.Day}}, []figure.Row{
			{Day: "2020-02-04", Measure: "in:progress", Count: 1}, {Day: "2020-02-04", Measure: "in:submitted", Count: -1},
			{Day: "2020-02-05", Measure: "ended", Count: 1}, {Day: "2020-02-05", Measure: "in:progress", Count: -1},
			{Day: "2020-02-05", Measure: "in:ready", Count: 1}, {Day: "2020-02-05", Measure: "ontime", Count: 1}}},
		{"stock on a day", figure.Query{To: "2020-02-04", Measures: []string{figure.In("submitted"), figure.In("progress")}}, []figure.Row{
			{Measure: "in:progress", Count: 1}, {Measure: "in:submitted", Count: 1}}},
		{"months, kinds and channels", figure.Query{Kinds: []string{"portal/1"}, Measures: []string{"opened"}, By: []figure.Dim{figure.Month, figure.Kind, figure.Channel}}, []figure.Row{
			{Day: "2020-02", Kind: "portal/1", Channel: "online", Measure: "opened", Count: 1},
			{Day: "2020-03", Kind: "portal/1", Channel: "online", Measure: "opened", Count: 1}}},
		{"nothing", figure.Query{Kinds: []string{"voice/note"}}, nil},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		for i, f := range life {
			note(t, d, id.ID(i+1), f)
			if i == 3 {
				if n := fold(t, d); n != 4 {
					t.Fatalf("folded %d rows, want 4", n)
				}
			}
		}
		check := func(when string) {
			for _, c := range cases {
				if got := read(t, d, c.q); !slices.Equal(got, c.want) {
					t.Errorf("%s, %s:\n got %v\nwant %v", c.name, when, got, c.want)
				}
			}
		}
		check("half folded")
		if n := fold(t, d); n != 3 {
			t.Errorf("folded %d rows, want 3", n)
		}
		check("folded")
		if n := fold(t, d); n != 0 {
			t.Errorf("folded %d rows of none", n)
		}

		err := d.Write(t.Context(), figure.Clear)
		if got := read(t, d, figure.Query{}); err != nil || got != nil {
			t.Errorf("after Clear: %v, %v", got, err)
		}
		for i, f := range life {
			note(t, d, id.ID(i+1), f)
		}
		check("rebuilt")
	})
}

func TestReadRefusesUnknownDimension(t *testing.T) {
	if _, err := figure.Read(nil, figure.Query{By: []figure.Dim{"name"}}); err == nil {
		t.Error("a reading by name was not refused")
	}
}

// Sixteen write, three fold, one reads: in every reading as many dossiers stand
// somewhere as were opened, and at the end every sum is exact.
func TestManyWritersAndFolders(t *testing.T) {
	const writers, each = 16, 60
	states := []string{"submitted", "progress", "action", "ready"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		var mu sync.Mutex
		want := map[figure.Row]int64{}
		var writing, rest sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				r := rand.New(rand.NewPCG(7, uint64(w)))
				was := ""
				for i := range each {
					f := figure.Delta{Day: fmt.Sprintf("2020-02-%02d", 1+r.IntN(3)), Body: fmt.Sprintf("H%02d", r.IntN(2)), Kind: "portal/1", Channel: "online",
						Was: was, Now: states[r.IntN(4)], Opened: was == ""}
					if was != "" && r.IntN(4) == 0 {
						f.Ended, f.Late = true, r.IntN(2) == 0
					}
					note(t, d, id.ID(w*each+i+1), f)
					if was = f.Now; r.IntN(5) == 0 {
						was = ""
					}
					mu.Lock()
					count := func(measure string, n int64) {
						want[figure.Row{Day: f.Day, Body: f.Body, Measure: measure}] += n
					}
					count("in:"+f.Now, 1)
					if f.Was != "" {
						count("in:"+f.Was, -1)
					}
					for measure, holds := range map[string]bool{"opened": f.Opened, "ended": f.Ended, "late": f.Late, "ontime": f.Ended && !f.Late} {
						if holds {
							count(measure, 1)
						}
					}
					mu.Unlock()
				}
			})
		}
		done := make(chan struct{})
		var folded, inconsistent int64
		for range 3 {
			rest.Go(func() {
				for ended := false; ; {
					n := int64(fold(t, d))
					mu.Lock()
					folded += n
					mu.Unlock()
					if n == 0 && ended {
						return
					}
					select {
					case <-done:
						ended = true
					default:
					}
				}
			})
		}
		rest.Go(func() {
			for {
				sums := map[bool]int64{}
				for _, r := range read(t, d, figure.Query{}) {
					sums[r.Measure == "opened"] += r.Count
					if m := r.Measure; m == "ended" || m == "late" || m == "ontime" {
						sums[false] -= r.Count
					}
				}
				if sums[true] != sums[false] {
					inconsistent++
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
		writing.Wait()
		close(done)
		rest.Wait()
		for n := 1; n > 0; {
			n = fold(t, d)
			folded += int64(n)
		}
		if folded != writers*each {
			t.Errorf("folded %d rows, want %d", folded, writers*each)
		}
		if inconsistent > 0 {
			t.Errorf("%d readings saw a row twice or not at all", inconsistent)
		}
		var left int
		got := read(t, d, figure.Query{By: []figure.Dim{figure.Day, figure.Body}})
		for _, r := range got {
			n := r.Count
			r.Count = 0
			if want[r] != n {
				t.Errorf("%v: got %d, want %d", r, n, want[r])
			}
			delete(want, r)
		}
		for r, n := range want {
			if n != 0 {
				t.Errorf("%v: missing, want %d", r, n)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from figure_open`).Scan(&left) })
		if err != nil || left != 0 {
			t.Errorf("%d rows left unfolded, %v", left, err)
		}
	})
}
