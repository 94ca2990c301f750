package figure_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/figure"
)

// invent is a delta as an act might note it, over two months, three trees of bodies and all measures.
func invent(r *rand.Rand) figure.Delta {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	day := func() string { return fmt.Sprintf("2020-%02d-%02d", 1+r.IntN(3), 1+r.IntN(28)) }
	d := figure.Delta{Day: day(), Body: pick("H26", "H26.1", "H26.10", "H26.1.7", "H260.1", "G01"), Kind: pick("portal/1", "portal/2", "voice/note"),
		Channel: pick("online", "counter"), Was: pick("", "submitted", "progress"), Now: pick("submitted", "progress", "ready"), Opened: r.IntN(2) == 0}
	if d.Ended = r.IntN(3) == 0; d.Ended {
		d.Late = r.IntN(4) == 0
		d.More = append(d.More, figure.Part{Measure: figure.Took(r.IntN(120)), Count: 1}, figure.Part{Measure: figure.Spent("clerk"), Count: 1, Amount: r.Int64N(90_000)})
	}
	if r.IntN(2) == 0 {
		d.More = append(d.More, figure.Part{Measure: figure.Due, Day: day(), Count: 1})
	}
	if r.IntN(4) == 0 {
		d.More = append(d.More, figure.Part{Measure: figure.Due, Day: day(), Count: -1}, figure.Part{Measure: "paid", Count: 1, Amount: -r.Int64N(50_000)})
	}
	return d
}

// ask is a query as a page might ask it.
func ask(r *rand.Rand) (q figure.Query) {
	days := []string{"", "2020-01-01", "2020-01-15", "2020-02-01", "2020-02-09", "2020-02-29", "2020-03-31"}
	q.From, q.To = days[r.IntN(len(days))], days[r.IntN(len(days))]
	if q.From > q.To && q.To != "" {
		q.From, q.To = q.To, q.From
	}
	for _, d := range [][]figure.Dim{{figure.Day, figure.Month, ""}, {figure.Body, figure.Highest, "", ""}, {figure.Kind, "", ""}, {figure.Channel, "", ""}} {
		if by := d[r.IntN(len(d))]; by != "" {
			q.By = append(q.By, by)
		}
	}
	some := func(into *[]string, all ...string) {
		for _, v := range all {
			if r.IntN(2) == 0 {
				*into = append(*into, v)
			}
		}
	}
	if r.IntN(2) == 0 {
		some(&q.Measures, "opened", "ended", "ontime", "late", "due", "in:progress", "in:ready", "took:3", "took:", "spent:", "paid")
	}
	switch r.IntN(4) {
	case 0:
		q.Bodies = []string{"H26.1"}
	case 1:
		q.Bodies = []string{"H26", "G01"}
	}
	switch r.IntN(4) {
	case 0:
		q.Kinds = []string{"portal"}
	case 1:
		q.Kinds = []string{"portal/1", "voice/note"}
	}
	return q
}

// TestReadIsARecount: whatever is asked and however much is folded, a reading
// is what adding up every delta by hand gives.
func TestReadIsARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		r := rand.New(rand.NewPCG(3, 1))
		var all []figure.Delta
		for round := range 3 {
			for range 120 {
				f := invent(r)
				all = append(all, f)
				note(t, d, id.ID(len(all)), f)
			}
			if round == 1 {
				fold(t, d)
			}
			for range 60 {
				q := ask(r)
				if got, want := read(t, d, q), byHand(all, q); !slices.Equal(got, want) {
					t.Fatalf("%+v\n got %v\nwant %v", q, got, want)
				}
			}
			sound(t, d, all)
		}
	})
}

// TestFoldingWhileWriting: with writers and folders at once, on whole months
// and on days, no figure is ever counted twice or missed.
func TestFoldingWhileWriting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		var mu sync.Mutex
		var all []figure.Delta
		var writing, folding sync.WaitGroup
		for w := range 8 {
			writing.Go(func() {
				r := rand.New(rand.NewPCG(5, uint64(w)))
				for i := range 40 {
					f := invent(r)
					note(t, d, id.ID(w*100+i+1), f)
					mu.Lock()
					all = append(all, f)
					mu.Unlock()
				}
			})
		}
		done := make(chan struct{})
		for range 2 {
			folding.Go(func() {
				for {
					fold(t, d)
					select {
					case <-done:
						return
					case <-time.After(time.Millisecond):
					}
				}
			})
		}
		writing.Wait()
		close(done)
		folding.Wait()
		sound(t, d, all)
		want := figure.NewRecount().Few(200)
		defer want.Close()
		for _, f := range all {
			want.Add(f)
		}
		if err := d.Write(t.Context(), want.Store); err != nil {
			t.Fatal(err)
		}
		sound(t, d, all)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update figure_sum set count = count + 1 where grain = 'kind'`)
			return err
		})
		if found := compare(t, d, all); err != nil || len(found) == 0 {
			t.Errorf("a spoiled roll-up was not named: %v", err)
		}
	})
}

func compare(t *testing.T, d *db.DB, all []figure.Delta) (found []string) {
	t.Helper()
	want := figure.NewRecount().Few(200) // some are in its files
	defer want.Close()
	for _, f := range all {
		want.Add(f)
	}
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		found, err = want.Compare(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sound(t *testing.T, d *db.DB, all []figure.Delta) {
	t.Helper()
	if found := compare(t, d, all); found != nil {
		t.Fatalf("%d figures differ from the recount, the first: %s", len(found), found[0])
	}
}

// byHand adds up deltas the slow and plain way.
func byHand(all []figure.Delta, q figure.Query) (rows []figure.Row) {
	has := func(list []string, v string) bool { return list == nil || slices.Contains(list, v) }
	sums := map[figure.Row][2]int64{}
	for _, d := range all {
		inside := q.Bodies == nil
		for _, b := range q.Bodies {
			inside = inside || d.Body == b || len(d.Body) > len(b) && d.Body[:len(b)+1] == b+"."
		}
		if !inside || !has(q.Kinds, d.Kind) && !has(q.Kinds, figure.Family(d.Kind)) {
			continue
		}
		add := func(measure, day string, n, amount int64) {
			if q.From != "" && day < q.From || q.To != "" && day > q.To || !has(q.Measures, measure) && !has(q.Measures, family(measure)) {
				return
			}
			r := figure.Row{Measure: measure}
			for _, by := range q.By {
				switch by {
				case figure.Day:
					r.Day = day
				case figure.Month:
					r.Day = day[:7]
				case figure.Body:
					r.Body = d.Body
				case figure.Highest:
					r.Body = figure.Top(d.Body)
				case figure.Kind:
					r.Kind = d.Kind
				case figure.Channel:
					r.Channel = d.Channel
				}
			}
			sums[r] = [2]int64{sums[r][0] + n, sums[r][1] + amount}
		}
		if d.Opened {
			add("opened", d.Day, 1, 0)
		}
		if d.Ended {
			add("ended", d.Day, 1, 0)
			add(map[bool]string{true: "late", false: "ontime"}[d.Late], d.Day, 1, 0)
		}
		if d.Was != d.Now {
			if d.Was != "" {
				add("in:"+d.Was, d.Day, -1, 0)
			}
			add("in:"+d.Now, d.Day, 1, 0)
		}
		for _, p := range d.More {
			day := p.Day
			if day == "" {
				day = d.Day
			}
			add(p.Measure, day, p.Count, p.Amount)
		}
	}
	for r, n := range sums {
		if r.Count, r.Amount = n[0], n[1]; n != [2]int64{} {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b figure.Row) int {
		return slices.Compare([]string{a.Day, a.Body, a.Kind, a.Channel, a.Measure}, []string{b.Day, b.Body, b.Kind, b.Channel, b.Measure})
	})
	return rows
}

// family is what a measure begins with, and its colon.
func family(measure string) string {
	f, _, ok := strings.Cut(measure, ":")
	if !ok {
		return measure
	}
	return f + ":"
}
