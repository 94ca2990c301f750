package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSearchMeasures(t *testing.T) {
	r, asJSON, err := search([]string{"--n", "300", "--clients", "2", "--rounds", "2", "--turn", "400ms", "--json"})
	if err != nil {
		t.Fatal(err)
	}
	if !asJSON || len(r.Rounds) != 2 || r.More["entries"] < 300 {
		t.Errorf("got %+v", r)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Work   string
		Arms   map[string]map[string]float64
		Ratios map[string]float64
		Rounds []map[string]float64
	}
	if err := json.Unmarshal(b, &line); err != nil {
		t.Fatal(err)
	}
	for _, arm := range []string{"limit", "peer", "ours"} {
		if a := line.Arms[arm]; a["rate"] <= 0 || a["cpu_us"] <= 0 {
			t.Errorf("%s: got %v", arm, a)
		}
	}
	for _, ratio := range []string{"cpu_vs_limit", "cpu_vs_peer", "rate_vs_limit", "rate_vs_peer"} {
		if line.Ratios[ratio] <= 0 || line.Rounds[1][ratio] <= 0 {
			t.Errorf("%s: got %v in %v", ratio, line.Ratios[ratio], line.Rounds)
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
