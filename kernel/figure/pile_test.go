package figure

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestPileIsAMap: what is added to a pile is what is added to a map, however
// little of it is held in memory, and as often as it is read.
func TestPileIsAMap(t *testing.T) {
	const most = 100
	for _, keys := range []int{0, 1, most, most + 1, 40 * most} {
		r := rand.New(rand.NewPCG(1, uint64(keys)))
		p, want := newPile(most), map[string]value{}
		defer p.close()
		for range 3 * keys {
			key := []string{fmt.Sprint(r.IntN(keys)), []string{"", "a", "ă"}[r.IntN(3)], ""}
			v := value{count: r.Int64N(9) - 4, amount: r.Int64() - r.Int64()}
			v.common[r.IntN(commonMany)] = r.Int64N(3) - 1
			p.add(v, key...)
			plus(want, strings.Join(key, "|"), v)
			if len(p.few) > most {
				t.Fatalf("%d keys are held, want %d at most", len(p.few), most)
			}
		}
		for range 2 {
			got, order := map[string]value{}, [][]string{}
			for k, v := range p.all() {
				got[strings.Join(k, "|")], order = v, append(order, k)
			}
			if p.err != nil || !maps.Equal(got, want) || len(order) != len(want) || !slices.IsSortedFunc(order, slices.Compare) {
				t.Fatalf("%d keys: %d read of %d, each once and in order: %v", keys, len(order), len(want), p.err)
			}
		}
		if runs := len(p.ends); runs > 0 != (len(want) > most) {
			t.Errorf("%d keys: %d runs in a file", len(want), runs)
		}
	}
}

// TestPileSaysWhatIsLost: a recount whose file cannot be made or read is none.
func TestPileSaysWhatIsLost(t *testing.T) {
	t.Run("made", func(t *testing.T) {
		t.Setenv("TMPDIR", t.TempDir()+"/nowhere")
		r := recountOf(1)
		defer r.Close()
		r.Add(Delta{Body: "a", Opened: true})
		r.Add(Delta{Body: "b", Opened: true})
		if broken(r) == nil {
			t.Error("nothing is said")
		}
	})
	t.Run("read", func(t *testing.T) {
		r := recountOf(1)
		defer r.Close()
		r.Add(Delta{Body: "a", Opened: true})
		r.Add(Delta{Body: "b", Opened: true})
		for range r.cells.all() {
		}
		if err := r.cells.file.Truncate(r.cells.ends[1] - 1); err != nil || broken(r) != nil {
			t.Fatal(err, broken(r))
		}
		for range r.cells.all() {
		}
		if broken(r) == nil {
			t.Error("nothing is said")
		}
	})
}
