//go:build linux

package prove

import (
	"strings"
	"testing"
)

// TestRebuildMendsRowsAndFigures spoils all that follows from the acts: doctor
// names it, doctor --rebuild writes it anew from the acts, and every list and
// figure is what it was.
func TestRebuildMendsRowsAndFigures(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		s := found(t, url, "12")
		numbered(t, s)
		rows := `select * from dossier order by id`
		sums := `select * from figure where not (count = 0 and amount = 0 and opened = 0 and ontime = 0 and late = 0 and due = 0
			and submitted = 0 and progress = 0 and action = 0 and ready = 0 and closed = 0) order by body, day, kind, channel, measure`
		before := s.text(t, rows) + s.text(t, sums)
		s.change(t,
			`update dossier set state = 'granted', due = 0, name = '' where id = (select min(id) from dossier)`,
			`delete from dossier where id = (select max(id) from dossier)`,
			`update dossier set version = version + 1`,
			`delete from figure where measure = (select min(measure) from figure)`,
			`update figure set count = count + 1`)
		if r := run(t, s.flags("doctor")...); r.code != 1 || !strings.Contains(wrong(r.out), "row of dossier") || !strings.Contains(wrong(r.out), "figures:") {
			t.Fatalf("spoiled: %s", r)
		}
		if r := run(t, s.flags("doctor", "--rebuild")...); r.code != 1 || !strings.Contains(wrong(r.out), "is missing") {
			t.Errorf("the mending does not say what was wrong: %s", r)
		}
		s.sound(t)
		if after := s.text(t, rows) + s.text(t, sums); after != before {
			t.Errorf("mended to\n%s\nwas\n%s", after, before)
		}
	})
}
