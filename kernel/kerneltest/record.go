package kerneltest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
)

// Keep writes what a whole campaign found on d to bench/records, with what it was
// found on; that of a short slice, without MOTCUA_LONG, is not worth keeping.
func Keep(t testing.TB, d *db.DB, name string, found map[string]any) {
	t.Helper()
	kind := "sqlite"
	if d.Postgres() {
		kind = "postgres"
	}
	t.Logf("%s: %v", kind, found)
	if os.Getenv("MOTCUA_LONG") == "" {
		return
	}
	top, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		t.Fatalf("of which commit? %v", err)
	}
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	load, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(load), " ")
	all := maps.Clone(found)
	all["database"], all["commit"], all["date"] = kind, strings.TrimSpace(string(commit)), time.Now().UTC().Format(time.RFC3339)
	all["machine"] = fmt.Sprintf("%s, %d cores, load %s", runtime.Version(), runtime.NumCPU(), one)
	b, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(strings.TrimSpace(string(top)), "bench", "records", name+"-"+kind+".json"), append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
