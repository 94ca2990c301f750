package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
)

// TestFiguresAreARecount: while several file and act at random, every reading of
// the figures has as many dossiers standing somewhere as came; afterwards every
// number for programs and on the dashboard is what counting the dossiers gives.
func TestFiguresAreARecount(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 4
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		x := example(t, w, birth, "returned")
		w.people["citizen"].papers(x["papers"].(map[string]any)) // sent once: from here on it is only read
		story := x["story"].([]any)
		for _, p := range w.people { // the contract is held by one at a time
			p.rules = nil
		}
		done := make(chan struct{})
		var writing, reading sync.WaitGroup
		for n := range writers {
			writing.Go(func() {
				r := rand.New(rand.NewPCG(4, uint64(n)))
				for range each {
					d := w.file(t, birth, x).json()["id"].(string)
					act := func(who, name string, answers any) {
						w.people[who].want(200, "POST", "/api/v1/dossiers/"+d+"/acts", map[string]any{"act": name, "answers": answers})
					}
					far := r.IntN(len(story) + 1)
					for _, s := range story[:far] {
						turn := s.(map[string]any)
						act(turn["by"].(string), turn["act"].(string), turn["answers"])
					}
					if far == len(story) {
						act("citizen", "rate", map[string]any{"satisfied": []string{"very", "yes", "no"}[r.IntN(3)]})
						w.people["citizen"].want(409, "POST", "/api/v1/dossiers/"+d+"/acts", map[string]any{"act": "rate", "answers": map[string]any{"satisfied": "yes"}})
					}
				}
			})
		}
		reading.Go(func() {
			for {
				got := w.figures("leader", "opened,in:", "")
				standing := 0
				for k, n := range got {
					if strings.HasPrefix(k, "in:") {
						standing += n
					}
				}
				if standing != got["opened"] {
					t.Errorf("%d came and %d stand somewhere", got["opened"], standing)
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
		reading.Wait()
		for _, p := range w.people {
			p.rules = w.rules
		}

		want := w.recount(t)
		got := w.figures("leader", "opened,ended,ontime,late,in:,rated:", "")
		for k, n := range got {
			if strings.HasPrefix(k, "rated:") {
				got["rated"] += n
				delete(got, k)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("figures are %v, the dossiers %v", got, want)
		}
		if want["rated"] == 0 || want["opened"] != writers*each {
			t.Errorf("%v: nothing was tried", want)
		}
		for by, sum := range map[string]int{"month": 0, "day": 0, "body": 0, "top": 0, "kind": 0, "channel": 0, "kind,channel": 0} {
			for _, n := range w.figures("leader", "opened", by) {
				sum += n
			}
			if sum != want["opened"] {
				t.Errorf("by %s %d came, not %d", by, sum, want["opened"])
			}
		}
		found, err := w.Engine.Projections(t.Context(), false)
		if err != nil || len(found) > 0 {
			t.Errorf("the figures are not what the acts add up to: %v, %v", found, err)
		}
		w.people["citizen"].want(403, "GET", "/api/v1/figures", nil)
		for _, wrong := range []string{"indicator=wrong", "by=name", "body=X", "from=yesterday", "kind=other/1"} {
			if got := pointers(w.people["leader"].want(422, "GET", "/api/v1/figures?"+wrong, nil)); len(got) != 1 || got[0] != "/"+strings.SplitN(wrong, "=", 2)[0] {
				t.Errorf("%s: %v", wrong, got)
			}
		}
	})
}

// figures asks as a program; keys are indicators, with what they are split by.
func (w *world) figures(who, indicator, by string) map[string]int {
	all := map[string]int{}
	r := w.people[who].want(200, "GET", "/api/v1/figures?from=2000-01-01&indicator="+indicator+"&by="+by, nil).json()
	for _, i := range r["items"].([]any) {
		x := i.(map[string]any)
		key := x["indicator"].(string)
		for _, d := range []string{"body", "kind", "channel", "period"} {
			if v, ok := x[d]; ok {
				key += fmt.Sprint(" ", v)
			}
		}
		all[key] += int(x["count"].(float64))
	}
	return all
}

// recount counts the services' dossiers one by one.
func (w *world) recount(t *testing.T) map[string]int {
	all := map[string]int{}
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
		clear(all)
		_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
			var kind, state string
			var due, ended db.Time
			var rated int
			if err = into(&kind, &state, &due, &ended, &rated); err != nil {
				return none, err
			}
			k, err := w.Kind(kind, "")
			if err != nil {
				return none, err
			}
			all["opened"]++
			all["rated"] += rated
			all[figure.In(string(k.Stands[dossier.State(state)].Public))]++
			if !ended.IsZero() {
				all["ended"]++
				if !due.IsZero() && ended.After(due.Time) {
					all["late"]++
				} else {
					all["ontime"]++
				}
			}
			return none, nil
		}, `select kind, state, due, ended, (select count(*) from act where act.dossier = dossier.id and act.act = 'rate') from dossier where substr(kind, 1, 7) = 'portal/'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
