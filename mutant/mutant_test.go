package mutant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// slice is every how manieth mutant is tried when it may not take long, of those
// that tests of one package should notice: the whole program's tests take longer
// than all of them.
const slice = 32

// source reads the file of a mutant, from the top of the tree.
func (m mutant) source(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", m.file))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// TestTable keeps the table from rotting: what a mutant takes out is there, once.
func TestTable(t *testing.T) {
	if len(mutants) < 30 {
		t.Errorf("%d mutants, want at least 30", len(mutants))
	}
	var seen []string
	for _, m := range mutants {
		if n := strings.Count(m.source(t), m.old); n != 1 || m.old == m.new {
			t.Errorf("%s: %s has this %d times, want once:\n%s", m.check, m.file, n, m.old)
		}
		if slices.Contains(seen, m.check) {
			t.Errorf("%s stands twice", m.check)
		}
		seen = append(seen, m.check)
	}
}

// TestMutants builds the program without one check at a time, beside the real
// files and not over them, and runs the tests that should notice: some of them
// in short, all of them with MOTCUA_LONG=1.
//
// What does not compile was not noticed by a test; and the same tests pass when
// nothing is taken out, so that it is the mutant that they notice.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("runs other tests")
	}
	sound := map[string]bool{}
	var caught, survived []string
	passed := 0
	for _, m := range mutants {
		if os.Getenv("MOTCUA_LONG") == "" {
			if strings.HasPrefix(m.test, ". ") {
				continue
			}
			if passed++; passed%slice != 0 {
				continue
			}
		}
		t.Run(m.check, func(t *testing.T) {
			if _, tried := sound[m.test]; !tried {
				out, err := run(t, m.test, "")
				if sound[m.test] = err == nil; err != nil {
					t.Errorf("with nothing taken out, %s fails already:\n%s", m.test, tail(out))
				}
			}
			if !sound[m.test] {
				t.Skip("see above")
			}
			out, err := run(t, m.test, m.overlay(t))
			if err != nil && bytes.Contains(out, []byte("--- FAIL")) && !bytes.Contains(out, []byte("[build failed]")) {
				caught = append(caught, m.check)
				return
			}
			survived = append(survived, m.check)
			t.Errorf("nobody noticed that %s is gone from %s\n%s", m.check, m.file, tail(out))
		})
	}
	t.Logf("%d of %d mutants caught", len(caught), len(caught)+len(survived))
	if name := os.Getenv("MOTCUA_RECORD"); name != "" {
		record(t, name, caught, survived)
	}
}

// overlay is a file that tells the compiler to read the mutant's text in place of the real one.
func (m mutant) overlay(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	real, err := filepath.Abs(filepath.Join("..", m.file))
	if err != nil {
		t.Fatal(err)
	}
	text, list := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{real: text}})
	err = errors.Join(err, os.WriteFile(text, []byte(strings.Replace(m.source(t), m.old, m.new, 1)), 0o600), os.WriteFile(list, b, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// run runs tests, named by their package and a pattern, at the top of the tree.
func run(t *testing.T, test, overlay string) ([]byte, error) {
	t.Helper()
	words := strings.Fields(test)
	args := []string{"test", "-short", "-vet=off", "-timeout", "3m"}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	last := len(words) - 1
	if last > 0 && words[last] != "." && !strings.HasPrefix(words[last], "./") {
		args, words = append(args, "-run", words[last]), words[:last]
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append(args, words...)...)
	cmd.Dir = ".."
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MOTCUA_LONG=") || strings.HasPrefix(v, "MOTCUA_GOLDEN=")
	})
	return cmd.CombinedOutput()
}

// tail is the end of what was printed.
func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }

// record writes down at which commit each check was last found to be tested, or not.
// What was not tried now stays as it was, as long as it is in the table.
func record(t *testing.T, name string, caught, survived []string) {
	t.Helper()
	was := struct {
		Caught   map[string]string `json:"caught"`
		Survived map[string]string `json:"survived"`
	}{map[string]string{}, map[string]string{}}
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, &was)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	commit, _ := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	put := func(all []string, to, from map[string]string) {
		for _, check := range all {
			to[check] = strings.TrimSpace(string(commit))
			delete(from, check)
		}
	}
	put(caught, was.Caught, was.Survived)
	put(survived, was.Survived, was.Caught)
	gone := func(check, _ string) bool {
		return !slices.ContainsFunc(mutants, func(m mutant) bool { return m.check == check })
	}
	maps.DeleteFunc(was.Caught, gone)
	maps.DeleteFunc(was.Survived, gone)
	b, err = json.MarshalIndent(map[string]any{"date": time.Now().Format(time.DateOnly), "machine": runtime.GOOS + "/" + runtime.GOARCH, "cores": runtime.NumCPU(), "go": runtime.Version(),
		"of": len(mutants), "caught": was.Caught, "survived": was.Survived}, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
