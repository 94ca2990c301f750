package voice_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var fence = regexp.MustCompile("(?ms)^```[a-z]+ (\\S+/\\S+|systems\\.go)( excerpt)?\n(.*?)^```$")

// TestTutorial holds docs/tutorial/build-a-system.md to the files it shows: its
// blocks, one after another, are the files whole; those that say so are parts of them.
func TestTutorial(t *testing.T) {
	const root = "../../"
	b, err := os.ReadFile(root + "docs/tutorial/build-a-system.md")
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) string {
		b, err := os.ReadFile(root + name)
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	whole, parts := map[string][]string{}, 0
	for _, m := range fence.FindAllStringSubmatch(string(b), -1) {
		name, text := m[1], m[3]
		if m[2] == "" {
			whole[name] = append(whole[name], text)
			continue
		}
		if parts++; !strings.Contains(file(name), text) {
			t.Errorf("%s has no such part:\n%s", name, text)
		}
	}
	for name, blocks := range whole {
		if got, want := strings.Join(blocks, "\n"), file(name); got != want {
			t.Errorf("%s is not what the tutorial writes; its blocks give\n%s", name, got)
		}
	}
	if len(whole) != 4 || parts != 7 {
		t.Errorf("the tutorial shows %d whole files and %d parts, want 4 and 7", len(whole), parts)
	}
}
