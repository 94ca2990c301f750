package trust

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// faults asks govulncheck for known faults; db is the address of a database, "" the public one.
func faults(t *testing.T, db string, args ...string) (out string, code int) {
	t.Helper()
	if db != "" {
		args = append([]string{"-db", db}, args...)
	}
	c := exec.Command("go", append([]string{"tool", "govulncheck"}, args...)...)
	c.Dir = ".."
	b, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(b), c.ProcessState.ExitCode()
}

// TestKnownFaults looks every library up in the database of known faults, and
// names those that our calls reach. Where the database cannot be reached (vuln.go.dev,
// or a copy named by GOVULNDB) nothing is known, and it says so.
func TestKnownFaults(t *testing.T) {
	db := os.Getenv("GOVULNDB")
	out, code := faults(t, db, "-scan=module")
	if code != 0 && code != 3 {
		t.Skipf("NOT CHECKED: the database of known faults cannot be reached: %s", strings.TrimSpace(out))
	}
	if code == 3 { // a library has one: do we call it?
		if out, code = faults(t, db, "./..."); code != 0 {
			t.Errorf("faults that our calls reach:\n%s", out)
		}
	}
}

// TestFaultsAreFound is the control: in a database with one fault of a library of
// ours, it is found.
func TestFaultsAreFound(t *testing.T) {
	const module = "modernc.org/sqlite"
	dir := t.TempDir()
	entry := map[string]any{"schema_version": "1.3.1", "id": "GO-2026-0001", "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z", "summary": "invented for this test",
		"affected": []any{map[string]any{"package": map[string]any{"name": module, "ecosystem": "Go"},
			"ranges": []any{map[string]any{"type": "SEMVER", "events": []any{map[string]any{"introduced": "0"}}}}, "ecosystem_specific": map[string]any{}}},
		"database_specific": map[string]any{"url": "https://example.org", "review_status": "REVIEWED"}}
	for name, v := range map[string]any{"index/db.json": map[string]any{"modified": "2026-01-01T00:00:00Z"},
		"index/modules.json":   []any{map[string]any{"path": module, "vulns": []any{map[string]any{"id": "GO-2026-0001", "modified": "2026-01-01T00:00:00Z"}}}},
		"ID/GO-2026-0001.json": entry} {
		b, err := json.Marshal(v)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700), os.WriteFile(filepath.Join(dir, name), b, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if out, code := faults(t, "file://"+dir, "-scan=module"); code != 3 || !strings.Contains(out, "GO-2026-0001") {
		t.Errorf("exit %d: %s", code, out)
	}
}
