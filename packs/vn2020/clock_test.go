package vn2020_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"motcua/kernel/clock"
	"motcua/packs/vn2020"
)

// TestWorkedExamples reads testdata/clock.md as a lawyer does, row by row.
func TestWorkedExamples(t *testing.T) {
	b, err := vn2020.Files.ReadFile("calendar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := clock.Read("calendar.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/clock.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 11 || strings.Trim(cells[1], " #-") == "" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		seen++
		t.Run(cells[1]+" "+cells[2], func(t *testing.T) {
			at := func(s string) time.Time {
				m, err := time.ParseInLocation("2006-01-02 15:04", s, c.Zone())
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			named := func(s string) time.Time { // T2 2020-02-03 10:00
				day, rest, _ := strings.Cut(s, " ")
				m := at(rest)
				if want := [...]string{"CN", "T2", "T3", "T4", "T5", "T6", "T7"}[m.Weekday()]; day != want {
					t.Errorf("%s is a %s", s, want)
				}
				return m
			}
			limit := func(s string) clock.Limit {
				l, err := clock.ParseLimit(s)
				if err != nil {
					t.Fatal(err)
				}
				return l
			}
			x := clock.Course{Arrived: named(cells[3]), Limit: limit(cells[4]), Rule: clock.Rule(cells[5]), More: limit(cells[7])}
			if x.Rule != clock.Restart && x.Rule != clock.Subtract {
				t.Errorf("rule %q", x.Rule)
			}
			for p := range strings.SplitSeq(cells[6], "; ") {
				ground, rest, ok := strings.Cut(p, " ")
				if !ok {
					continue
				}
				from, to, _ := strings.Cut(rest, " → ")
				x.Pauses = append(x.Pauses, clock.Pause{Ground: clock.Ground(ground), From: at(from), To: at(to)})
			}
			if got, want := c.Promise(x), named(cells[8]); !got.Equal(want) {
				t.Errorf("got %s, want %s", got.Format("Mon 2006-01-02 15:04"), cells[8])
			}
			if cells[9] == "" {
				t.Error("no article is cited")
			}
		})
	}
	if seen < 40 {
		t.Errorf("%d examples, want 40", seen)
	}
}
