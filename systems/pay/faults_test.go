package pay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/dossier"
	"motcua/systems/pay/book"
)

// errCrash is the program's death in the middle of a transaction.
var errCrash = errors.New("crashed")

// A tally is what a campaign of schedules saw.
type tally struct {
	Schedules, Payments, Deliveries, Crashes, Withdrawn, Double, Lost, Unbalanced int
}

// TestSchedules charges, and then crashes, repeats, reorders and races before
// what was charged is recorded. However it goes, each payment is counted once
// and the books balance. MOTCUA_LONG=1 plays 10,000 schedules on each database.
func TestSchedules(t *testing.T) {
	n := 150
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 10_000
	}
	all := map[string]tally{}
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := open(t, database, 0)
		x := &tally{Schedules: n}
		rng := rand.New(rand.NewPCG(7, 3))
		for i := range n {
			r.schedule(t, x, rng, i)
		}
		wrong, err := book.Check(t.Context(), r.Engine)
		if x.Unbalanced += len(wrong); err != nil || len(wrong) > 0 {
			t.Errorf("the books: %v, %v", wrong, err)
		}
		for _, day := range []string{"2020-03-02", "2020-03-03"} {
			d, _, err := book.Reconcile(t.Context(), r.Engine, "H26.002", day)
			if err != nil || !d.Balanced() {
				x.Unbalanced++
				t.Errorf("%s does not balance: %+v, %v", day, d, err)
			}
		}
		if found, err := r.Engine.Projections(t.Context(), false); err != nil || len(found) > 0 {
			t.Errorf("what the acts add up to differs: %v, %v", found, err)
		}
		t.Logf("%+v", *x)
		all[filepath.Base(t.Name())] = *x
	})
	if b, err := json.MarshalIndent(map[string]any{"test": "go test ./systems/pay -run TestSchedules", "at": time.Now().UTC().Format(time.DateOnly), "databases": all}, "", "  "); err == nil && n == 10_000 && !t.Failed() {
		if err := os.WriteFile("../../bench/records/pay.json", append(b, '\n'), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// schedule is one order and what happens to it: payments of any size from bank
// and gateway, each delivered up to four times and in any order, by several at
// once; crashes before the commit, and answers lost after it; now and then the
// applicant withdraws in the middle.
func (r *rig) schedule(t *testing.T, x *tally, rng *rand.Rand, i int) {
	d, o := r.owing(t)
	after := r.Engine.After
	var mu sync.Mutex
	crash := func() bool { // not while the applicant acts
		mu.Lock()
		defer mu.Unlock()
		if rng.IntN(4) > 0 {
			return false
		}
		x.Crashes++
		return true
	}
	r.Engine.After = func(do *dossier.Doing) error {
		if do.Act.Entry.As == dossier.Clock && crash() {
			return errCrash
		}
		return after(do)
	}
	defer func() { r.Engine.After = after }()
	var queue, money []book.Payment
	for j := range 1 + rng.IntN(3) {
		p := book.Payment{Source: []string{book.Bank, book.Gateway}[rng.IntN(2)], Ref: fmt.Sprintf("%d-%d", i, j), Order: o.ID, Body: "H26.002", Payer: "THU",
			Amount: []int64{100_000, 100_000, 40_000, 60_000, 150_000, 1}[rng.IntN(6)], Day: []string{"2020-03-02", "2020-03-03"}[rng.IntN(2)]}
		if rng.IntN(10) == 0 {
			p.Order = 0
		}
		money = append(money, p)
		for range 1 + rng.IntN(4) {
			queue = append(queue, p)
		}
	}
	rng.Shuffle(len(queue), func(a, b int) { queue[a], queue[b] = queue[b], queue[a] })
	x.Payments += len(money)
	if rng.IntN(8) == 0 {
		x.Withdrawn++
		queue = append(queue, book.Payment{})
	}
	var wg sync.WaitGroup
	for len(queue) > 0 {
		some := queue[:min(1+rng.IntN(3), len(queue))]
		queue = queue[len(some):]
		mu.Lock()
		x.Deliveries += len(some)
		mu.Unlock()
		for _, p := range some {
			wg.Go(func() { r.deliver(t, d, p) })
		}
		wg.Wait()
	}
	r.Engine.After = after
	want, other := int64(0), int64(0)
	for _, p := range money { // what a bank has is told until it is taken
		if _, _, err := book.Take(t.Context(), r.Engine, p); err != nil {
			t.Errorf("schedule %d: %+v: %v", i, p, err)
		}
		if p.Order == 0 {
			other += p.Amount
		} else {
			want += p.Amount
		}
	}
	o = r.at(t, o)
	if got := book.Held(o.Acts); got > want {
		x.Double++
		t.Errorf("schedule %d: %d lie with the order, %d were paid", i, got, want)
	} else if got < want {
		x.Lost++
		t.Errorf("schedule %d: %d lie with the order, %d were paid", i, got, want)
	}
	if got := r.stranded(t, i); got != other {
		x.Lost++
		t.Errorf("schedule %d: %d are unmatched, want %d", i, got, other)
	}
	d = r.at(t, d) // withdrawn it may be before or after it was paid
	if d.State != "withdrawn" && (d.State == "examine") != book.Keeps(o.Acts) || book.Rest(o) > 0 && d.State != "unpaid" {
		t.Errorf("schedule %d: dossier %s, order %s with %d", i, d.State, o.State, book.Held(o.Acts))
	}
}

// deliver tells of a payment, as a provider does that hears nothing: crashes and
// conflicts are its own to repeat. The zero payment is the applicant's withdrawal.
func (r *rig) deliver(t *testing.T, d *dossier.Dossier, p book.Payment) {
	var err error
	if p.Ref == "" {
		_, err = r.Engine.Act(context.Background(), dossier.Order{Me: r.People["applicant"], Dossier: d.ID, Act: "withdraw"})
	} else {
		_, _, err = book.Take(context.Background(), r.Engine, p)
	}
	if err != nil && !errors.Is(err, errCrash) && !errors.Is(err, fault.Conflict) && !errors.Is(err, fault.Stale) && !errors.Is(err, fault.Unavailable) {
		t.Errorf("%+v: %v", p, err)
	}
}

// stranded is the unmatched money of one schedule.
func (r *rig) stranded(t *testing.T, i int) (sum int64) {
	err := r.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`select coalesce(sum(amount), 0) from pay_entry where credit = 'unmatched' and ref like $1`, fmt.Sprintf("%d-%%", i)).Scan(&sum)
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
