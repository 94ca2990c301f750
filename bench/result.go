package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

//go:embed goals.json
var goals []byte

// A Result is what one work came to.
type Result struct {
	Work     string             `json:"work"`
	Database string             `json:"database"`
	Durable  bool               `json:"durable"`         // every operation outlives a power cut
	Arms     Arms               `json:"arms,omitzero"`   // medians
	Ratios   Ratios             `json:"ratios,omitzero"` // medians
	Rounds   []Ratios           `json:"rounds,omitempty"`
	More     map[string]float64 `json:"more,omitempty"`
	Notes    []string           `json:"notes,omitempty"`
	Machine  string             `json:"machine"`
	Commit   string             `json:"commit,omitempty"`
	Date     string             `json:"date"`

	rounds []Arms
}

// settle takes the medians of the rounds.
func (r *Result) settle() {
	load, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(load), " ")
	r.Machine = fmt.Sprintf("%s, %d cores, load %s", runtime.Version(), runtime.NumCPU(), one)
	r.Commit, r.Date = commit(), time.Now().UTC().Format(time.RFC3339)
	if len(r.rounds) == 0 {
		return
	}
	r.Arms = Arms{Limit: middle(r.rounds, func(a Arms) Arm { return a.Limit }),
		Peer: middle(r.rounds, func(a Arms) Arm { return a.Peer }), Ours: middle(r.rounds, func(a Arms) Arm { return a.Ours })}
	r.Ratios = Ratios{median(r.Rounds, func(x Ratios) float64 { return x.CPULimit }), median(r.Rounds, func(x Ratios) float64 { return x.CPUPeer }),
		median(r.Rounds, func(x Ratios) float64 { return x.RateLimit }), median(r.Rounds, func(x Ratios) float64 { return x.RatePeer })}
}

// commit is what this program was built from; go run does not tell, so git is asked.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func middle(rounds []Arms, of func(Arms) Arm) Arm {
	return Arm{Rate: median(rounds, func(a Arms) float64 { return of(a).Rate }), CPU: median(rounds, func(a Arms) float64 { return of(a).CPU })}
}

func median[T any](all []T, of func(T) float64) float64 {
	var v []float64
	for _, x := range all {
		v = append(v, of(x))
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// missed names the goals that the medians do not reach, a quarter forgiven:
// goals.json has the most (max) or least (min) of figures by work, and where a
// goal is another on PostgreSQL, by "work on postgres".
func (r *Result) missed(goals []byte) (all []string, err error) {
	var works map[string]map[string]struct {
		Max, Min *float64
	}
	if err := json.Unmarshal(goals, &works); err != nil {
		return nil, fmt.Errorf("goals.json: %w", err)
	}
	b, err := json.Marshal(r.Ratios)
	if err != nil {
		return nil, err
	}
	got := maps.Clone(r.More)
	if got == nil {
		got = map[string]float64{}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return nil, err
	}
	const forgiven = 1.25
	goal := works[r.Work]
	if g, ok := works[r.Work+" on "+r.Database]; ok {
		goal = g
	}
	for _, name := range slices.Sorted(maps.Keys(goal)) {
		v, ok := got[name]
		switch g := goal[name]; {
		case !ok: // not measured with these flags
		case g.Max != nil && v > *g.Max*forgiven:
			all = append(all, fmt.Sprintf("%s is %.3g, wanted %.3g at most", name, v, *g.Max))
		case g.Min != nil && v < *g.Min/forgiven:
			all = append(all, fmt.Sprintf("%s is %.3g, wanted %.3g at least", name, v, *g.Min))
		}
	}
	return all, nil
}

func (r *Result) print(w io.Writer) {
	fmt.Fprintf(w, "%s on %s (%s)\n\n          rate/s     CPU µs\n", r.Work, r.Database, r.Machine)
	for _, a := range []struct {
		name string
		Arm
	}{{"limit", r.Arms.Limit}, {"peer", r.Arms.Peer}, {"ours", r.Arms.Ours}} {
		fmt.Fprintf(w, "%-7s %8.0f %10.1f\n", a.name, a.Rate, a.CPU)
	}
	fmt.Fprintf(w, "\nCPU   %.3g of the limit, %.3g of the peer\nrate  %.3g of the limit, %.3g of the peer\n",
		r.Ratios.CPULimit, r.Ratios.CPUPeer, r.Ratios.RateLimit, r.Ratios.RatePeer)
	if len(r.More) > 0 {
		fmt.Fprintln(w)
	}
	for _, name := range slices.Sorted(maps.Keys(r.More)) {
		fmt.Fprintf(w, "%-24s %.4g\n", name, r.More[name])
	}
}
