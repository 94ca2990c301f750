package cutover_test

import (
	"os"
	"strings"
	"testing"

	"motcua/kernel/cutover"
)

// What the runbook shows can be read as it stands there.
func TestTutorial(t *testing.T) {
	b, err := os.ReadFile("../../docs/tutorial/cut-over.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	lines := 0
	for line := range strings.Lines(string(b)) {
		line, shown := strings.CutPrefix(line, "       ")
		if !shown {
			continue
		}
		switch {
		case strings.HasPrefix(line, "{"):
			lines++
			if l, bad := cutover.ParseLine([]byte(line)); len(bad) > 0 || l.Code == "" || len(l.Papers) != 1 {
				t.Errorf("the line shown: %+v %v", l, bad)
			}
		case strings.Contains(line, ": {"):
			words = append(words, line)
		}
	}
	m, err := cutover.ReadMapping("words.yaml", []byte(strings.Join(words, "")))
	if err != nil || m.States["Trình ký"] != "sign" || m.Staff["hanglt"] != "hoa.lt" || m.Bodies["HANGBAC"] == "" {
		t.Errorf("the mapping shown: %+v %v", m, err)
	}
	if lines != 1 {
		t.Errorf("%d lines shown, want 1", lines)
	}
}
