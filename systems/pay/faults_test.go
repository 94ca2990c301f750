package pay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// A campaign plays schedules side by side on one program, so that their acts
// also meet in one commit.
type campaign struct {
	*rig
	mu    sync.Mutex
	seen  tally
	storm map[string]*rand.Rand // of schedules whose payments may crash, by their number
}

// side is how many schedules are played at a time.
const side = 8

// TestSchedules charges, and then crashes, repeats, reorders and races before
// what was charged is recorded. However it goes, each payment is counted once
// and the books balance. MOTCUA_LONG=1 plays 10,000 schedules on each database.
// Its crashes are of the program, not of the disk: that what was committed is
// there after a loss of power is for prove/ to show, so this may run in memory.
func TestSchedules(t *testing.T) {
	n := 100
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 10_000
	}
	all, began := map[string]tally{}, time.Now()
	dbtest.EachURL(t, func(t *testing.T, database string) {
		c := &campaign{rig: open(t, database, 0), seen: tally{Schedules: n}, storm: map[string]*rand.Rand{}}
		c.owing(t) // so that the samples of its papers are there
		after := c.Engine.After
		c.Engine.After = func(do *dossier.Doing) error {
			if c.crash(do.Act) {
				return errCrash
			}
			return after(do)
		}
		var wg sync.WaitGroup
		next := make(chan int)
		for range side {
			wg.Go(func() {
				for i := range next {
					c.schedule(t, rand.New(rand.NewPCG(7, uint64(i))), i)
				}
			})
		}
		for i := range n {
			if next <- i; i%1000 == 999 {
				t.Logf("%d schedules, %s", i+1, time.Since(began).Round(time.Second))
			}
		}
		close(next)
		wg.Wait()
		c.settle(t)
		x := c.seen
		if x.Crashes < n/4 || x.Withdrawn == 0 || x.Deliveries < 2*x.Payments {
			t.Errorf("%+v: too calm to show anything", x)
		}
		t.Logf("%+v", x)
		all[filepath.Base(t.Name())] = x
	})
	if b, err := json.MarshalIndent(map[string]any{"test": "go test ./systems/pay -run TestSchedules", "at": time.Now().UTC().Format(time.DateOnly), "seconds": int(time.Since(began).Seconds()),
		"databases": all}, "", "  "); err == nil && n == 10_000 && len(all) == 2 && !t.Failed() {
		if err := os.WriteFile("../../bench/records/pay.json", append(b, '\n'), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// settle asks all sides of the books after the last schedule.
func (c *campaign) settle(t *testing.T) {
	wrong, err := book.Check(t.Context(), c.Engine)
	if c.seen.Unbalanced += len(wrong); err != nil || len(wrong) > 0 {
		t.Errorf("the books: %v, %v", wrong, err)
	}
	for _, day := range []string{"2020-03-02", "2020-03-03"} {
		d, _, err := book.Reconcile(t.Context(), c.Engine, "H26.002", day)
		if err != nil || !d.Balanced() {
			c.seen.Unbalanced++
			t.Errorf("%s does not balance: %+v, %v", day, d, err)
		}
	}
	if found, err := c.Engine.Projections(t.Context(), false); err != nil || len(found) > 0 {
		t.Errorf("what the acts add up to differs: %v, %v", found, err)
	}
}

// note changes the tally.
func (c *campaign) note(f func(*tally)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.seen)
}

// crash decides whether the program dies over an act: one in four that records
// money of a schedule which is still under way.
func (c *campaign) crash(a *dossier.Act) bool {
	ref, _ := a.Entry.Answers["ref"].(string)
	number, _, _ := strings.Cut(ref, "-")
	c.mu.Lock()
	defer c.mu.Unlock()
	if rng := c.storm[number]; rng == nil || rng.IntN(4) > 0 {
		return false
	}
	c.seen.Crashes++
	return true
}

// schedule is one order and what happens to it: payments of any size from bank
// and gateway, each delivered up to four times and in any order, by several at
// once; crashes before the commit, and answers lost after it; now and then the
// applicant withdraws in the middle.
func (c *campaign) schedule(t *testing.T, rng *rand.Rand, i int) {
	d, o := c.owing(t)
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
	c.note(func(x *tally) { x.Payments += len(money) })
	if rng.IntN(8) == 0 {
		c.note(func(x *tally) { x.Withdrawn++ })
		queue = append(queue, book.Payment{})
	}
	rng.Shuffle(len(queue), func(a, b int) { queue[a], queue[b] = queue[b], queue[a] })
	number := strconv.Itoa(i)
	c.note(func(*tally) { c.storm[number] = rand.New(rand.NewPCG(11, uint64(i))) })
	var wg sync.WaitGroup
	for len(queue) > 0 {
		some := queue[:min(1+rng.IntN(3), len(queue))]
		queue = queue[len(some):]
		c.note(func(x *tally) { x.Deliveries += len(some) })
		for _, p := range some {
			wg.Go(func() { c.deliver(t, d, p) })
		}
		wg.Wait()
	}
	c.note(func(*tally) { delete(c.storm, number) })
	want, other := int64(0), int64(0)
	for _, p := range money { // what a bank has is told until it is taken
		if _, _, err := book.Take(t.Context(), c.Engine, p); err != nil {
			t.Errorf("schedule %d: %+v: %v", i, p, err)
		}
		if p.Order == 0 {
			other += p.Amount
		} else {
			want += p.Amount
		}
	}
	o = c.at(t, o)
	if got := book.Held(o.Acts); got > want {
		c.note(func(x *tally) { x.Double++ })
		t.Errorf("schedule %d: %d lie with the order, %d were paid", i, got, want)
	} else if got < want {
		c.note(func(x *tally) { x.Lost++ })
		t.Errorf("schedule %d: %d lie with the order, %d were paid", i, got, want)
	}
	if got := c.stranded(t, money); got != other {
		c.note(func(x *tally) { x.Lost++ })
		t.Errorf("schedule %d: %d are unmatched, want %d", i, got, other)
	}
	d = c.at(t, d) // withdrawn it may be before or after it was paid
	if d.State != "withdrawn" && (d.State == "examine") != book.Keeps(o.Acts) || book.Rest(o) > 0 && d.State != "unpaid" {
		t.Errorf("schedule %d: dossier %s, order %s with %d", i, d.State, o.State, book.Held(o.Acts))
	}
}

// deliver tells of a payment, as a provider does that hears nothing: crashes and
// conflicts are its own to repeat. The zero payment is the applicant's withdrawal.
func (c *campaign) deliver(t *testing.T, d *dossier.Dossier, p book.Payment) {
	var err error
	if p.Ref == "" {
		_, err = c.Engine.Act(context.Background(), dossier.Order{Me: c.People["applicant"], Dossier: d.ID, Act: "withdraw"})
	} else {
		_, _, err = book.Take(context.Background(), c.Engine, p)
	}
	if err != nil && !errors.Is(err, errCrash) && !errors.Is(err, fault.Conflict) && !errors.Is(err, fault.Stale) && !errors.Is(err, fault.Unavailable) {
		t.Errorf("%+v: %v", p, err)
	}
}

// stranded is how much of this money lies unmatched, by the books.
func (c *campaign) stranded(t *testing.T, money []book.Payment) (sum int64) {
	err := c.DB.Read(t.Context(), func(tx *db.Tx) error {
		for _, p := range money {
			var n int64
			if err := tx.Row(`select coalesce(sum(amount), 0) from pay_entry where credit = 'unmatched' and source = $1 and ref = $2`, p.Source, p.Ref).Scan(&n); err != nil {
				return err
			}
			sum += n
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return sum
}
