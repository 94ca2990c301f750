package sync

import (
	"regexp"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/mirror"
	"motcua/kernel/repeat"
	"motcua/kernel/who"
)

var status = regexp.MustCompile(`"code":"HB-(\d+)","status":"(\w+)"`)

// answers are what became of lines, such as "001 stored".
func (n *node) answers(t *testing.T, lines ...string) string {
	t.Helper()
	got := n.call(t, "POST", "/api/v1/sync/dossiers", "application/x-ndjson", strings.Join(lines, ""), 200)
	var all []string
	for _, m := range status.FindAllStringSubmatch(got, -1) {
		all = append(all, m[1]+" "+m[2])
	}
	return strings.Join(all, ", ")
}

// A line that comes again is answered as if it had been read, whatever stands around it.
func TestLinesThatComeAgain(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		n := open(t, url)
		known := func(s *mirror.Store, sender string, lines ...string) (said []string) {
			t.Helper()
			var texts [][]byte
			var sums []int64
			for _, l := range lines {
				texts = append(texts, []byte(strings.TrimSpace(l)))
				sums = append(sums, repeat.Sum(sender, texts[len(texts)-1]))
			}
			said, err := repeat.Known(t.Context(), s, sender, texts, sums)
			if err != nil {
				t.Fatal(err)
			}
			return said
		}
		a1, a2, b1 := line(1, 1, 4), line(1, 2, 4), line(2, 1, 4)
		spaced := strings.ReplaceAll(b1, `,"version"`, `, "version"`)
		tail := `{"version":1,` + strings.TrimPrefix(strings.Replace(b1, `"version":1,`, "", 1), "{")
		fooled := fooledBy(a2)
		nested := strings.Replace(a2, `{"code":"HB-001",`, `{"fees":[{"code":"HB-002","amount":1}],"code":"HB-001",`, 1)
		for _, c := range []struct {
			want  string
			lines []string
		}{
			{"001 stored, 002 stored", []string{a1, b1}},
			{"001 unchanged, 002 unchanged", []string{a1, b1}},
			{"002 unchanged, 001 unchanged, 002 unchanged", []string{b1, a1, b1}},
			{"002 unchanged, 002 unchanged", []string{spaced, tail}},
			{"001 stored, 001 stale, 002 unchanged", []string{a2, a1, b1}},
			{"001 stale", []string{a1}},
			{"001 unchanged, 001 unchanged", []string{a2, fooled}},
			{"001 rejected, 002 unchanged", []string{strings.Replace(a2, `"state":4`, `"state":10,"ended_at":"2020-03-03T09:00:00+07:00"`, 1), b1}},
			{"001 rejected", []string{nested}},
			{"001 stored, 001 stale, 001 stored, 001 stale", []string{line(1, 3, 4), a2, fooledBy(line(1, 4, 4)), line(1, 3, 4)}},
			{"001 unchanged, 001 stale", []string{fooledBy(line(1, 4, 4)), line(1, 3, 4)}},
		} {
			if got := n.answers(t, c.lines...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		}
		if got := known(n.Mirror, kerneltest.Here, b1, a1, spaced, "{}", `{"code":"HB-0`); strings.Join(got, "|") != "HB-002||||" {
			t.Errorf("known by their bytes: %q, want the first alone", got)
		}
		if got := known(n.Mirror, "other", b1); got[0] != "" {
			t.Errorf("another sender's line is known as %s", got[0])
		}
		gone := &mirror.Store{DB: n.DB, Body: func(string) (who.Body, bool) { return who.Body{}, false }}
		text := []byte(strings.TrimSpace(b1))
		if got, err := repeat.Known(t.Context(), gone, "elsewhere", [][]byte{text}, []int64{repeat.Sum(kerneltest.Here, text)}); err != nil || got[0] != "" {
			t.Errorf("a line is known of a body that its sender may not report for any more: %q, %v", got, err)
		}
		err := n.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`update mirror set raw = 0`); return err })
		if err != nil {
			t.Fatal(err)
		}
		if got := n.answers(t, b1); got != "002 unchanged" {
			t.Errorf("a row from before its bytes were kept: %s", got)
		}
		if wrong, err := n.Engine.Projections(t.Context(), false); err != nil || len(wrong) > 0 {
			t.Errorf("found %v, %v", wrong, err)
		}
	})
}

// fooledBy is the line with an escape in its code, which is then not found where it stands.
func fooledBy(l string) string { return strings.Replace(l, `"HB-001"`, `"HB-00\u0031"`, 1) }
