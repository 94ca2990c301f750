package pay_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/systems/pay/book"
)

// TestGiveBack has the gateway give back what was too much, while the bank is
// slow, loses its answers and dies, several instances ask at once, and the
// program crashes between the answer and its record: the money leaves once and
// the books say so.
func TestGiveBack(t *testing.T) {
	for seed := range uint64(3) {
		dbtest.EachURL(t, func(t *testing.T, database string) {
			r := open(t, database, seed)
			d, o := r.owing(t)
			b := r.As(t, "applicant")
			if err := r.pays(t, o); err != nil { // twice: two pages were open
				t.Fatal(err)
			}
			r.Do(t, "leader", o.ID, "refund", map[string]any{"reasons": []any{map[string]any{"text": "Thu nhầm."}}})
			owed := book.Back(r.at(t, o))
			var mu sync.Mutex
			rng, crashes := rand.New(rand.NewPCG(seed, 5)), 0
			after := r.Engine.After
			r.Engine.After = func(do *dossier.Doing) error {
				mu.Lock()
				defer mu.Unlock()
				if a := do.Act; a.Entry.As == dossier.Node && (a.Act == "remitted" || a.Act == "remitted_part") && (crashes == 0 || rng.IntN(3) == 0) {
					crashes++
					return errCrash
				}
				return after(do)
			}
			for round := 0; book.Back(r.at(t, o)) > 0; round++ {
				if round > 200 {
					t.Fatalf("seed %d: %d are still owed", seed, book.Back(r.at(t, o)))
				}
				if at := r.at(t, o); dossier.Did(at.Acts, "remit") == dossier.Did(at.Acts, "remitted")+dossier.Did(at.Acts, "remitted_part")+dossier.Did(at.Acts, "not_remitted") {
					r.Do(t, "clerk", o.ID, "remit", nil)
				} else if a := r.press(t, "clerk", o.ID, "refunded", nil); a.Status == 303 {
					t.Fatal("a clerk gives back what the gateway is giving back")
				}
				r.Later(time.Minute)
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						for _, s := range r.Systems {
							for _, x := range s.Every {
								if x.Name == "give money back through the gateway" {
									if err := x.Do(t.Context(), r.App); err != nil && !errors.Is(err, errCrash) {
										t.Error(err)
									}
								}
							}
						}
					})
				}
				wg.Wait()
			}
			r.Engine.After = after
			if got := r.bank.Returned(); got != owed {
				t.Errorf("seed %d: the gateway gave back %d, want %d", seed, got, owed)
			}
			r.stands(t, d, o, "examine", "refunded", 0)
			if crashes == 0 {
				t.Error("nothing crashed")
			}
			b.Get("/pay/"+o.ID.String()).Want(t, 200, "Đã hoàn tiền")
			r.even(t)
		})
	}
}

// pays pays an order at the gateway, until the program has heard of all of it.
func (r *rig) pays(t *testing.T, o *dossier.Dossier) error {
	t.Helper()
	for book.Rest(r.at(t, o)) > 0 {
		var to string
		for to == "" {
			to = r.As(t, "applicant").Post("/pay/"+o.ID.String()+"/gateway", nil).To
		}
		r.bank.Pay(to[len(r.page.URL)+len("/pay/"):], "NGUYEN VAN A")
		for range 40 {
			r.Later(30 * time.Second)
			r.bank.Flush(r.Now())
			r.task(t, "ask the gateway about payments")
		}
	}
	return nil
}
