package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/play"
	"motcua/kernel/vandal"
	"motcua/systems/demo"
)

// asProgram makes this test the program itself, with these words.
const asProgram = "MOTCUA_TEST_AS_PROGRAM"

// TestAsProgram is no test: other tests start it as a process that they kill.
func TestAsProgram(t *testing.T) {
	words := os.Getenv(asProgram)
	if words == "" {
		t.Skip("started by other tests only")
	}
	os.Exit(run(context.Background(), strings.Split(words, "\x1f"), os.Stdout, os.Stderr))
}

// process is the program as another process, made of this test.
func process(words ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestAsProgram$")
	cmd.Env = append(os.Environ(), asProgram+"="+strings.Join(words, "\x1f"))
	return cmd
}

// victims is a node with decisions in force, one dossier that waits, and a page to cheat on.
func victims(t *testing.T, url string) *house {
	t.Helper()
	s := defaults()
	s.Dir, s.DB = t.TempDir(), url
	s.finish()
	c := &call{settings: s}
	a, err := open(t.Context(), s, demo.System(&demo.Clock{}, c.copy))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	h := openHouseOf(t, a)
	for range 4 {
		h.tell("1.001193", "cha mẹ đã kết hôn")
	}
	p := h.Procedures.Get("1.001193")
	stage := &play.Stage{App: h.App, Engine: h.Engine, Blobs: h.Blobs, Cast: play.Cast{"applicant": h.cast["citizen"]}}
	if _, err := stage.Open(t.Context(), p.Kind(), p.Examples[0]); err != nil {
		t.Fatal(err)
	}
	h.number()
	return h
}

// A reset is a copy that is put back to what it was after each crime.
type reset struct {
	vandal.Copy
	dump  []byte
	files map[string][]byte
}

func newReset(t *testing.T, h *house) *reset {
	t.Helper()
	c := &reset{Copy: vandal.Copy{App: h.App, Handler: h.server.Config.Handler}, files: map[string][]byte{}}
	c.Serve = func(address string) *exec.Cmd {
		return process("serve", "--dir", h.Dir, "--db", h.Config.DB, "--listen", address)
	}
	var b bytes.Buffer
	if err := h.DB.Dump(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	c.dump = b.Bytes()
	filepath.WalkDir(filepath.Join(h.Dir, "files"), func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			c.files[name], err = os.ReadFile(name)
		}
		return err
	})
	return c
}

func (c *reset) back(t *testing.T) {
	t.Helper()
	if err := c.DB.Empty(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.DB.Load(t.Context(), bytes.NewReader(c.dump)); err != nil {
		t.Fatal(err)
	}
	for name, b := range c.files {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.Book.Drop()
}

// TestTwentyCrimes commits every crime of the list: the guard that must see it
// does, by the proof that the list names. Without a crime no guard says a word,
// and there is no guard that could be spared.
func TestTwentyCrimes(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		h := victims(t, url)
		c := newReset(t, h)
		voice := lang.Voice{Lang: lang.VI, Zone: h.Zone, Catalogue: h.Texts}
		try := func(x vandal.Crime) *vandal.Verdict {
			t.Helper()
			defer c.back(t)
			v, err := vandal.Try(t.Context(), c.Copy, x, voice)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := try(vandal.Crime{}); len(v.By()) > 0 {
			t.Fatalf("nothing was done, and yet: %+v", v.Saw)
		}
		all := vandal.Crimes()
		if len(all) != 21 {
			t.Errorf("%d crimes", len(all))
		}
		alone := map[string]string{} // guard → a crime that nobody else saw
		for _, x := range all {
			v := try(x)
			if !v.Caught(x.Seen) {
				t.Errorf("%s: %v did not see it: %+v", x.Name, x.Seen, v.Saw)
			}
			if x.Name != "revoked" && len(v.Did) == 0 {
				t.Errorf("%s: nothing was done", x.Name)
			}
			seen := map[string]bool{}
			for _, s := range v.By() {
				seen[s.Guard] = true
			}
			if len(seen) == 1 {
				alone[x.Seen.Guard] = x.Name
			}
			for _, s := range v.By() {
				if !h.Texts.Has("vandal.proof." + s.Proof) {
					t.Errorf("%s: no words for %v", x.Name, s)
				}
			}
			for _, key := range []string{"vandal." + x.Name, "vandal." + x.Name + ".hope", "vandal.guard." + x.Seen.Guard + ".self"} {
				if !h.Texts.Has(key) {
					t.Errorf("no text %s", key)
				}
			}
			t.Logf("%-10s %v %v", x.Name, v.Took, v.By())
		}
		for _, g := range []string{"doctor", "witness", "verify", "program"} {
			if alone[g] == "" {
				t.Errorf("without %s every crime would still be seen: it guards nothing", g)
			}
		}
		if v := try(vandal.Crime{}); len(v.By()) > 0 {
			t.Fatalf("all is put back, and yet: %+v", v.Saw)
		}
	})
}

// TestCheatPage presses a button as a visitor does: the crime is committed on a
// copy made by backup and restore, the live data stays as it was, and nothing is left behind.
func TestCheatPage(t *testing.T) {
	h := victims(t, filepath.Join(t.TempDir(), "live.db"))
	t.Setenv("TMPDIR", t.TempDir())
	before := dumped(t, h.App)
	list := h.visit("/demo/cheat")
	for _, x := range vandal.Crimes() {
		if !strings.Contains(list, `value="`+x.Name+`"`) {
			t.Errorf("no button for %s", x.Name)
		}
	}
	q := httptest.NewRequest("POST", "/demo/cheat", strings.NewReader(url.Values{"crime": {"rewrite"}}.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Accept", "application/json")
	w := httptest.NewRecorder()
	h.server.Config.Handler.ServeHTTP(w, q)
	var v vandal.Verdict
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	if !slices.Equal(v.By(), []vandal.Sight{{Guard: "witness", Proof: "fork"}}) {
		t.Errorf("seen by %v", v.By())
	}
	if shown := h.visit("/demo/cheat/rewrite"); !strings.Contains(shown, "update act set by = ") {
		t.Errorf("the page does not show what was done:\n%s", shown)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "motcua-cheat-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if now := dumped(t, h.App); now != before {
		t.Error("the live data changed")
	}
	if code, _, _ := h.do("", "GET", "/demo/cheat/nothing", "", nil); code != http.StatusNotFound {
		t.Errorf("an unknown crime: %d", code)
	}
}

// dumped is what acts and the ledger hold.
func dumped(t *testing.T, a *kernel.App) string {
	t.Helper()
	var out strings.Builder
	err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
			`select cast(id as text) || act || cast(at as text) || coalesce(body, '') from act order by id`)
		out.WriteString(strings.Join(rows, "\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// visit is a page as anybody reads it.
func (h *house) visit(path string) string {
	h.t.Helper()
	code, _, b := h.do("", "GET", path, "", nil)
	if code != http.StatusOK {
		h.t.Fatalf("%s: %d %s", path, code, b)
	}
	return string(b)
}
