// Package trust holds the product against what security officers ask for.
package trust

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"motcua/base/data"
)

// A requirement is one of the standard, and what shows that it holds.
type requirement struct {
	ID    string   `yaml:"id"`
	Level int      `yaml:"level"`
	Asks  string   `yaml:"asks"`
	By    []string `yaml:"by"`
	Not   string   `yaml:"not"`
	None  string   `yaml:"none"`
}

var heading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// shown reports what is missing of a piece of evidence; "" nothing.
func shown(t *testing.T, x string) string {
	t.Helper()
	if file, part, _ := strings.Cut(x, "#"); strings.HasSuffix(file, ".md") {
		b, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			return "no document " + file
		}
		for _, m := range heading.FindAllStringSubmatch(string(b), -1) {
			if strings.ReplaceAll(strings.ToLower(m[1]), " ", "-") == part {
				return ""
			}
		}
		if part == "" {
			return ""
		}
		return "no heading " + part
	}
	dir, name := "", x
	if i := strings.LastIndex(x, "."); i >= 0 {
		dir, name = x[:i], x[i+1:]
	}
	files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc "+name+"(") {
			return ""
		}
	}
	return "no such test"
}

// TestASVS: each requirement of levels 1 and 2 stands there once, in order, with
// evidence that exists, or says why it has none.
func TestASVS(t *testing.T) {
	b, err := os.ReadFile("asvs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []requirement
	if err := data.Read("asvs.yaml", b, &all); err != nil {
		t.Fatal(err)
	}
	order := func(id string) (key []int) {
		for s := range strings.SplitSeq(id, ".") {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			key = append(key, n)
		}
		return key
	}
	levels, kept := map[int]int{}, map[string]int{}
	for i, r := range all {
		if i > 0 && slices.Compare(order(all[i-1].ID), order(r.ID)) >= 0 {
			t.Errorf("%s comes after %s", r.ID, all[i-1].ID)
		}
		levels[r.Level]++
		said := 0
		for what, yes := range map[string]bool{"shown": len(r.By) > 0, "not yet": r.Not != "", "nothing to show": r.None != ""} {
			if yes {
				said++
				kept[what]++
			}
		}
		if said != 1 || r.Asks == "" {
			t.Errorf("%s: say what it asks, and one of by, not, none", r.ID)
		}
		for _, x := range r.By {
			if wrong := shown(t, x); wrong != "" {
				t.Errorf("%s: %s: %s", r.ID, x, wrong)
			}
		}
	}
	// The counts of the standard for levels 1 and 2 without its chapter 17.
	if levels[1] != 70 || levels[2] != 176 || cmp.Or(levels[0], levels[3]) != 0 {
		t.Errorf("of the levels: got %v, want 70 of 1 and 176 of 2", levels)
	}
	t.Logf("shown %d, not yet %d, nothing to show %d", kept["shown"], kept["not yet"], kept["nothing to show"])
}
