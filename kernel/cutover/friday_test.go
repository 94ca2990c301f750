package cutover_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/cutover"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
)

// On Friday evening the old software hands over everything that is open; on
// Saturday it sends what changed at its counters meanwhile; on Monday the
// officials go on, each with his own, and every date is as it was promised.
// MOTCUA_LONG=1 does it with 40,000.
func TestFridayToMonday(t *testing.T) {
	n := 400
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 40_000
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		states := []map[string]any{
			nil,
			{"state": "Trình ký", "holder": "leader"},
			{"state": "1", "holder": nil},
			{"state": "5", "holder": nil, "asked": []any{map[string]any{"ref": "child_name", "text": "Viết đủ họ tên"}}},
			{"state": "4", "holder": "hanglt", "due": nil, "remaining": "1d"},
		}
		path := filepath.Join(r.dir, "friday.ndjson")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		out := json.NewEncoder(w)
		for i := range n {
			change := map[string]any{}
			for k, v := range states[i%len(states)] {
				change[k] = v
			}
			if i%20 != 0 { // one in twenty brings its papers
				change["papers"] = nil
			}
			if err := out.Encode(r.line(i, change)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		dry, bad := r.run(t, path, func(x *cutover.Dossiers) { x.DryRun = true })
		if dry.Fresh != n || dry.Rejected != 0 {
			t.Fatalf("dry run: %+v %v", dry, bad)
		}
		began, cpu := time.Now(), spent()
		rep, bad := r.run(t, path, nil)
		if rep.Fresh != n || len(bad) != 0 {
			t.Fatalf("%+v %v", rep, bad)
		}
		wall, used := time.Since(began), spent()-cpu
		later := r.file(t, "saturday.ndjson", r.line(0, map[string]any{"due": "2020-03-06 17:00"}), r.line(n, nil))
		if rep, bad = r.run(t, later, func(x *cutover.Dossiers) { x.Delta = true }); rep.Updated != 1 || rep.Fresh != 1 {
			t.Errorf("Saturday: %+v %v", rep, bad)
		}
		r.keep(t, n, wall, used)

		// Monday: everybody finds his own, and each desk what is its.
		each := n / len(states)
		for _, x := range []struct {
			login, inbox string
			desk         int
		}{{"officer", "mine", 2*each + 1}, {"leader", "mine", each}, {"clerk", "unheld", each}} {
			left := 0
			for after := (dossier.Cursor{}); ; {
				rows, next, err := r.Engine.Rows(t.Context(), dossier.List{Me: r.me(t, x.login), Inbox: x.inbox, Limit: 200, After: after})
				if err != nil {
					t.Fatal(err)
				}
				left += len(rows)
				if after = next; next.ID == 0 {
					break
				}
			}
			if left != x.desk {
				t.Errorf("%s finds %d, want %d", x.login, left, x.desk)
			}
		}
		if d := r.find(t, "MC-000000/HB", "K000"); !d.Due.Equal(at("2020-03-06 17:00")) {
			t.Errorf("what was promised anew on Saturday: %v", d.Due)
		}
		r.Do(t, "leader", r.find(t, "MC-000001/HB", "K001").ID, "approve", nil)
		r.Do(t, "clerk", r.find(t, "MC-000002/HB", "K002").ID, "receive", nil)
		r.sound(t)
	})
}

func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// keep writes what a whole cut-over cost to bench/records.
func (r *rig) keep(t *testing.T, n int, wall, cpu time.Duration) {
	t.Helper()
	kerneltest.Keep(t, r.DB, "cutover", map[string]any{"proof": "cut-over: open cases of other software taken over from one file", "n": n,
		"seconds": wall.Seconds(), "per_second": float64(n) / wall.Seconds(), "cpu_us_per_line": float64(cpu.Microseconds()) / float64(n)})
}

// FuzzLine: whatever a file holds, a line is read, or what is wrong is said; and
// what was read says the same when it is written and read again.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"code":"MC-1","procedure":"1.001193","body":"H26","state":"4","received":"2020-03-02 08:30","answers":{"a":[1,{"b":null}]}}`), false)
	f.Add([]byte(`{"code":7}`), false)
	f.Add([]byte("code,applicant.name,papers.birth_note\nMC-1,A,a.pdf|00;b.pdf|11\n"), true)
	f.Add([]byte("\xef\xbb\xbfcode\n\"MC"), true)
	f.Add([]byte(strings.Repeat(`{"answers":`, 3000)), false)
	f.Fuzz(func(t *testing.T, b []byte, csv bool) {
		name := "x.ndjson"
		if csv {
			name = "x.csv"
		}
		x, err := cutover.NewReader(strings.NewReader(string(b)), name, "")
		if err != nil {
			return
		}
		for range 1000 {
			l, bad, err := x.Next()
			if err != nil {
				return
			}
			if l == nil {
				t.Fatal("neither a line nor its end")
			}
			if len(bad) > 0 {
				continue
			}
			again, err := json.Marshal(l)
			if err != nil {
				t.Fatalf("%+v: %v", l, err)
			}
			if m, bad := cutover.ParseLine(again); len(bad) > 0 || m.Code != l.Code || len(m.Papers) != len(l.Papers) {
				t.Fatalf("%s: %v", again, bad)
			}
		}
	})
}
