package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/cutover"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/form"
	"motcua/kernel/kerneltest"
	"motcua/kernel/merger"
	"motcua/kernel/who"
)

// Merger day: two departments become one while they have open dossiers. Who has
// one keeps it, its code and promise stay, who may read it follows, the square
// on an old paper still leads somewhere, and the figures move along.
func TestMergerDay(t *testing.T) {
	t.Parallel()
	n := 300
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 10_000
	}
	dbtest.EachURL(t, func(t *testing.T, url string) { mergerDay(t, url, n) })
}

const (
	before = "H63.STP" // Yên Bái
	after  = "H38.STP" // Lào Cai, which it was merged into
)

func mergerDay(t *testing.T, url string, n int) {
	set := defaults()
	set.Dir, set.DB, set.Node = t.TempDir(), url, "dvc.example"
	set.finish()
	a, err := open(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	people := mergerPeople(t, a)
	path := filepath.Join(set.Dir, "open.ndjson")
	mergerLines(t, a, path, n)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := &cutover.Dossiers{App: a, By: people["root"], Voice: lang.Voice{Lang: lang.VI, Zone: a.Zone, Catalogue: a.Texts},
		Reject: func(r cutover.Reject) { t.Errorf("line %d: %s %s", r.Line, r.Field, r.Reason) }}
	if err := in.Run(t.Context(), f, path); err != nil || in.Fresh != n {
		t.Fatalf("%+v %v", in.Report, err)
	}
	old := caseOf(t, a, people["officer63"], "YB-000001")
	granted := caseOf(t, a, people["leader63"], "YB-000000")
	if _, err := a.Engine.Act(t.Context(), dossier.Order{Me: people["leader63"], Dossier: granted.ID, Act: "approve"}); err != nil {
		t.Fatal(err)
	}
	draft := &dossier.Draft{Owner: people["citizen"].ID, Kind: "portal/2.000488", Body: before, Answers: form.Answers{}, Papers: map[string][]dossier.File{}}
	if err := a.Engine.Save(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	stock := func(a *kernel.App, body string) (n int64) {
		err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
			rows, err := figure.Read(tx, figure.Query{Bodies: []string{body}, Measures: []string{figure.In("progress"), figure.In("ready")}})
			n = 0
			for _, r := range rows {
				n += r.Count
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := stock(a, before); got != int64(n) {
		t.Errorf("before: %d in stock, want %d", got, n)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	set.Pack = "vn2025"
	if a, err = open(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	m := &merger.Merger{App: a, By: people["root"], On: "2025-07-01", Note: "Nghị quyết 202/2025/QH15", DryRun: true,
		Failed: func(code string, err error) { t.Errorf("%s: %v", code, err) }}
	if got, err := m.Run(t.Context()); err != nil || got.Dossiers != n || got.Roles != 3 || got.Drafts != 1 {
		t.Fatalf("dry run: %+v %v", got, err)
	}
	m.DryRun = false
	began, cpu := time.Now(), spent()
	got, err := m.Run(t.Context())
	if err != nil || got.Dossiers != n || got.Roles != 3 || got.Drafts != 1 || got.Failed != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	keepMerger(t, a, n, time.Since(began), spent()-cpu)
	if again, err := m.Run(t.Context()); err != nil || again.Dossiers+again.Roles+again.Drafts != 0 {
		t.Errorf("run again: %+v %v", again, err)
	}

	person := func(login string) who.Person {
		p, err := a.Book.Person(t.Context(), people[login].ID)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	d := caseOf(t, a, person("officer63"), "YB-000001")
	switch {
	case d.Body != after:
		t.Errorf("it is at %s", d.Body)
	case d.Code != old.Code || d.Tail != old.Tail || !d.Due.Equal(old.Due) || d.State != old.State || d.Holder != old.Holder || !d.Opened.Equal(old.Opened):
		t.Errorf("was %+v, is %+v", old, d)
	}
	// The holder goes on; so may whoever works at the successor; the citizen sees his own.
	if _, err := a.Engine.Act(t.Context(), dossier.Order{Me: person("officer38"), Dossier: d.ID, Act: "note", Answers: form.Answers{"note": "Đã nhận bàn giao"}}); err != nil {
		t.Errorf("the successor's officer: %v", err)
	}
	if d, err = a.Engine.Act(t.Context(), dossier.Order{Me: person("officer63"), Dossier: d.ID, Act: "pass", Answers: form.Answers{"lookup_no": "77/TC"}}); err != nil {
		t.Errorf("the holder: %v", err)
	}
	closed := caseOf(t, a, person("officer38"), "YB-000000")
	if !a.Engine.MayRead(person("officer38"), closed) || closed.Result == nil {
		t.Error("the successor reads what was decided before")
	}
	if person("officer63").Is(who.Officer, before) || !person("officer63").Is(who.Officer, after) {
		t.Errorf("roles: %v", person("officer63").Grants)
	}
	if x := person("left63"); a.Engine.MayRead(x, d) {
		t.Error("whose role had ended before reads nothing")
	}
	if got, err := a.Engine.FindDraft(t.Context(), draft.ID); err != nil || got.Body != after || got.Moved != before {
		t.Errorf("the draft: %+v %v", got, err)
	}
	_, err = a.Engine.Act(t.Context(), dossier.Order{Me: person("citizen"), Kind: "portal/2.000488", Body: before, Answers: form.Answers{}})
	if err == nil {
		t.Error("a body that ended takes a new filing")
	}
	// Old squares and codes lead somewhere.
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/track?" + (url2{"code": old.Code, "tail": old.Tail}).encode(): old.Code,
		"/verify/" + closed.Result.Act.String():                         "Yên Bái",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, want it to say %q", path, w.Code, want)
		}
	}
	if b, a2 := stock(a, before), stock(a, after); b != 0 || a2 != int64(n) {
		t.Errorf("after: %d in stock before, %d at the successor, want 0 and %d", b, a2, n)
	}
	rows, err := a.Engine.Projections(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range rows {
		if t.Errorf("doctor: %s", f); i > 5 {
			break
		}
	}
	history, err := a.Engine.History(t.Context(), a.Log)
	if err != nil || len(history) > 0 {
		t.Errorf("history: %v %v", history, err)
	}
}

type url2 map[string]string

func (u url2) encode() string {
	v := url.Values{}
	for k, s := range u {
		v.Set(k, s)
	}
	return v.Encode()
}

func caseOf(t *testing.T, a *kernel.App, me who.Person, code string) *dossier.Dossier {
	t.Helper()
	rows, _, err := a.Engine.Rows(t.Context(), dossier.List{Me: me, Inbox: "all", Words: code})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s: %d rows, %v", code, len(rows), err)
	}
	d, err := a.Engine.Find(t.Context(), rows[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mergerPeople(t *testing.T, a *kernel.App) map[string]who.Person {
	t.Helper()
	people := map[string]who.Person{}
	err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
		for _, x := range []struct {
			login string
			role  who.Role
			body  string
		}{{"root", who.Admin, ""}, {"clerk63", who.Clerk, before}, {"officer63", who.Officer, before}, {"leader63", who.Leader, before},
			{"left63", who.Officer, before}, {"officer38", who.Officer, after}, {"citizen", "", ""}} {
			p, err := a.Book.Add(tx, who.Person{}, who.Person{Login: x.login, Name: "Người " + x.login}, "")
			if err == nil && x.role != "" {
				err = a.Book.Grant(tx, who.Person{}, p.ID, x.role, x.body, 0, time.Time{})
			}
			if err == nil && x.login == "left63" {
				err = a.Book.Withdraw(tx, who.Person{}, p.ID, x.role, x.body)
			}
			if err != nil {
				return err
			}
			if people[x.login], err = a.Book.Find(tx, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return people
}

// mergerLines are open cases: the first waits for the leader, the others for officers.
func mergerLines(t *testing.T, a *kernel.App, path string, n int) {
	t.Helper()
	p := a.Procedures.Get("2.000488")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := json.NewEncoder(f)
	last := p.Steps[len(p.Steps)-1].ID
	for i := range n {
		m := map[string]any{"code": fmt.Sprintf("YB-%06d", i), "tail": "AB12", "procedure": p.Code, "body": before, "state": p.Steps[0].ID, "holder": "officer63",
			"received": "2026-03-02 08:30", "due": "2026-03-16 17:00", "applicant": map[string]string{"name": fmt.Sprintf("Trần Thị %d", i)}, "answers": p.Examples[0].Answers}
		if i == 0 {
			m["state"], m["holder"] = last, "leader63"
			m["desk"] = map[string]any{"proposal": "grant", "certificate_no": "2026-DEMO-1", "finding": "clean"}
		}
		if err := out.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
}

// spent is the CPU time of this process.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// keepMerger writes what a whole merger cost to bench/records.
func keepMerger(t *testing.T, a *kernel.App, n int, wall, cpu time.Duration) {
	t.Helper()
	kerneltest.Keep(t, a.DB, "merger", map[string]any{"proof": "merger day: every dossier of a body to its successor", "n": n,
		"seconds": wall.Seconds(), "per_second": float64(n) / wall.Seconds(), "cpu_us_per_dossier": float64(cpu.Microseconds()) / float64(n)})
}
