package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inBold  = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	inTicks = regexp.MustCompile("`([^`\n]+)`")
	textsOf = regexp.MustCompile(`\b(vi|en): *("(?:[^"\\]|\\.)*"|[^,}\n]+)`)
	verb    = regexp.MustCompile(`^motcua ([a-z]+)`)
)

// spoken are all the words of the product in a language.
func spoken(t *testing.T, language string) map[string]bool {
	all := map[string]bool{}
	for _, root := range []string{"base", "kernel", "systems"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.Name() != "texts.yaml" {
				return err
			}
			b, err := os.ReadFile(path)
			for _, m := range textsOf.FindAllSubmatch(b, -1) {
				if string(m[1]) == language {
					all[strings.Trim(string(m[2]), `" `)] = true
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestGuides: what the guides call a button is what the screen calls it, their
// pages and files are there, and their commands are the program's.
func TestGuides(t *testing.T) {
	t.Parallel()
	guides, err := filepath.Glob("docs/guides/*.md")
	if err != nil || len(guides) < 4 {
		t.Fatalf("guides: %v, %v", guides, err)
	}
	matrix, err := os.ReadFile("testdata/matrix.golden")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]map[string]bool{"vi": spoken(t, "vi"), "en": spoken(t, "en")}
	for _, guide := range guides {
		b, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		language := "en"
		if strings.HasSuffix(guide, ".vi.md") {
			language = "vi"
		}
		for _, m := range inBold.FindAllStringSubmatch(string(b), -1) {
			if !words[language][m[1]] {
				t.Errorf("%s: no screen says %q", guide, m[1])
			}
		}
		for _, m := range inTicks.FindAllStringSubmatch(string(b), -1) {
			switch x := m[1]; {
			case strings.HasPrefix(x, "/etc/"):
			case strings.HasPrefix(x, "/"):
				if !strings.Contains(string(matrix), "GET "+x+" ") {
					t.Errorf("%s: there is no page %s", guide, x)
				}
			case strings.HasPrefix(x, "docs/"):
				if _, err := os.Stat(x); err != nil {
					t.Errorf("%s: %v", guide, err)
				}
			case verb.MatchString(x):
				name := verb.FindStringSubmatch(x)[1]
				if !slices.ContainsFunc(commands(), func(c command) bool { return c.name == name }) {
					t.Errorf("%s: there is no command %s", guide, x)
				}
			}
		}
	}
}
