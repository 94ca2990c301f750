//go:build linux

package prove

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A record is what a whole campaign found, and on what.
type record struct {
	Proof    string           `json:"proof"`
	Database string           `json:"database"`
	N        int              `json:"n"`
	Verdict  verdict          `json:"verdict"`
	Points   map[string]*fall `json:"points,omitempty"`
	Ready    map[string]int64 `json:"ready_ms,omitempty"`
	Commit   string           `json:"commit"`
	Machine  string           `json:"machine"`
	Date     string           `json:"date"`
}

// keep writes r to bench/records; a short slice is not worth keeping.
func (r record) keep(t testing.TB, name string) {
	t.Helper()
	if !long {
		return
	}
	b, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		t.Fatalf("of which commit? %v", err)
	}
	load, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(load), " ")
	r.Commit, r.Date = strings.TrimSpace(string(b)), time.Now().UTC().Format(time.RFC3339)
	r.Machine = fmt.Sprintf("%s, %s/%s, %d cores, load %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), one)
	if b, err = json.MarshalIndent(r, "", "  "); err == nil {
		err = os.MkdirAll("../bench/records", 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("../bench/records", name+".json"), append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// record keeps the siege's figures.
func (s *siege) record(v verdict, kills int) {
	slices.Sort(s.ready)
	record{Proof: "kill -9 under filing load with idempotency keys", Database: s.site.kind(), N: kills, Verdict: v, Points: s.fallen,
		Ready: map[string]int64{"median": s.ready[len(s.ready)/2].Milliseconds(), "longest": s.ready[len(s.ready)-1].Milliseconds()}}.
		keep(s.t, "kill-"+s.site.kind())
}
