package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"
)

// A serving child is this program again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if do := children[os.Args[1]]; do != nil {
			end(do(os.Args[2:]))
			return
		}
	}
	os.Exit(m.Run())
}

// try runs a work at a small size and reads its line back.
func try(t *testing.T, name string, args ...string) (b *bench, line Result) {
	t.Helper()
	all := works()
	b, err := measured(all[slices.IndexFunc(all, func(w work) bool { return w.name == name })], append(args, "--json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(b.Result)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	return b, line
}

func TestSearchMeasures(t *testing.T) {
	b, line := try(t, "search", "--n", "300", "--clients", "2", "--rounds", "2", "--turn", "400ms")
	if !b.json || len(line.Rounds) != 2 || line.More["entries"] < 300 {
		t.Errorf("got %+v", line)
	}
	for name, a := range map[string]Arm{"limit": line.Arms.Limit, "peer": line.Arms.Peer, "ours": line.Arms.Ours} {
		if a.Rate <= 0 || a.CPU <= 0 {
			t.Errorf("%s: got %v", name, a)
		}
	}
	for _, r := range append(line.Rounds, line.Ratios) {
		if r.CPULimit <= 0 || r.CPUPeer <= 0 || r.RateLimit <= 0 || r.RatePeer <= 0 {
			t.Errorf("got %v", r)
		}
	}
}

// Every work that measures the product, at sizes that tell nothing but that it
// runs, that what it promises beside speed is so, and that nothing is absurd.
func TestWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the product eight times")
	}
	few := []string{"--rounds", "1", "--turn", "200ms", "--clients", "4"}
	for _, w := range []struct {
		name string
		args []string
		want map[string][2]float64 // the least and the most
	}{
		{"resync", []string{"--n", "1500"}, map[string][2]float64{"rows_written": {0, 0}, "bytes_vs_json": {1, 3}}},
		{"beside", []string{"--n", "1500"}, map[string][2]float64{"seen_p99_ms": {0, 5000}, "filing_vs_calm": {0.1, 100}, "slowed_by_one": {0.1, 10}}},
		{"login", nil, map[string][2]float64{"slower_others": {0.1, 100}}},
		{"dash", []string{"--from", "500", "--n", "1500"}, map[string][2]float64{"wrong_by_recount": {0, 0}}},
		{"audit", []string{"--from", "5001", "--n", "6000", "--acts", "1500"}, map[string][2]float64{"verify_vs_small": {0.1, 10}, "append_vs_tlog": {1, 500}}},
	} {
		t.Run(w.name, func(t *testing.T) {
			_, line := try(t, w.name, append(slices.Clone(few), w.args...)...)
			for name, bounds := range w.want {
				if v, ok := line.More[name]; !ok || v < bounds[0] || v > bounds[1] {
					t.Errorf("%s: got %v, want %v", name, v, bounds)
				}
			}
		})
	}
}

func TestCurveIsDrawn(t *testing.T) {
	var lines []Result
	for _, n := range []float64{10_000, 100_000, 2_000_000} {
		lines = append(lines, Result{More: map[string]float64{"n": n, "sync_vs_loader": 3 * n / 10_000, "list_vs_small": 1, "bytes_vs_json": 1.6}})
	}
	got := string(draw(lines))
	var any struct{}
	if err := xml.Unmarshal([]byte(got), &any); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100 k", "2 M", "list 1.00×", "taking in 200.00×"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the picture", want)
		}
	}
}

// The peer must really search, or every ratio is worthless.
func TestPeerFinds(t *testing.T) {
	entries := invented(300)
	p, err := newFTS(entries, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	scan := newScan(entries)
	for _, e := range entries[:20] {
		words := strings.Fields(e.Title["vi"])
		q := strings.Join(words[:5], " ")
		got, err := p.search(0, q, 10, true)
		if err != nil || !strings.Contains(strings.Join(got, " "), e.Code) {
			t.Errorf("peer: %q: got %v, %v, want %s", q, got, err, e.Code)
		}
		if got := scan.search(q, 300); !strings.Contains(strings.Join(got, " "), e.Code) {
			t.Errorf("scan: %q: got %v, want %s", q, got, e.Code)
		}
	}
}

func TestMissed(t *testing.T) {
	r := &Result{Work: "w", Ratios: Ratios{CPUPeer: 0.24, RatePeer: 0.7}, More: map[string]float64{"p99_ms": 30}}
	goals := `{"w": {"cpu_vs_peer": {"max": 0.2}, "rate_vs_peer": {"min": 0.9}, "p99_ms": {"max": 20}, "recall": {"min": 1}}}`
	got, err := r.missed([]byte(goals))
	if err != nil || len(got) != 2 || !strings.HasPrefix(got[0], "p99_ms is 30") || !strings.HasPrefix(got[1], "rate_vs_peer is 0.7") {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := r.missed([]byte("{")); err == nil {
		t.Error("broken goals were not noticed")
	}
}

func TestMedian(t *testing.T) {
	for want, of := range map[float64][]float64{3: {9, 1, 3}, 2.5: {4, 1, 9, 1}} {
		if got := median(of, func(f float64) float64 { return f }); got != want {
			t.Errorf("median of %v: got %v, want %v", of, got, want)
		}
	}
}
