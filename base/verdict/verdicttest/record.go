package verdicttest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Record keeps what a whole campaign found under its name in
// bench/records/signatures.json; a short slice is not worth keeping.
func Record(t testing.TB, name string, found map[string]any) {
	t.Helper()
	if os.Getenv("MOTCUA_LONG") == "" || t.Failed() {
		return
	}
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "bench", "records", "signatures.json")
	all := map[string]map[string]any{}
	if b, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
	}
	commit, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		t.Fatalf("of which commit? %v", err)
	}
	found["commit"], found["date"], found["go"] = strings.TrimSpace(string(commit)), time.Now().UTC().Format(time.RFC3339), runtime.Version()
	all[name] = found
	b, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
