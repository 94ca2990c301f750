package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/walk"
)

// A bad thing is sent to a page of a draft that is otherwise complete.
type bad struct {
	name   string
	page   string // below the draft
	body   []byte
	status int
	key    string // of the sentence that must be said
	args   []any
	keeps  string // what was typed and must still be there
}

const (
	papersPage = "/papers"
	multi      = "multipart/form-data; boundary=" + edge
)

// zeros is a zip that unpacks to a thousand times its size.
func zeros() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("zeros")
	if err != nil {
		panic(err)
	}
	for range 50 {
		w.Write(make([]byte, 1<<20))
	}
	z.Close()
	return b.Bytes()
}

// vast is a PNG of a few bytes that says it is 100,000 pixels wide and high.
func vast() []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00")
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
	return append(b, "\x00\x00\x00\x00IEND\xaeB\x60\x82"...)
}

// A badFile is a file that nobody should keep, and the sentence that says why.
type badFile struct {
	why, name string
	body      []byte
	status    int // of the API; a page answers 422 with the rest of the form kept
	key       string
	args      []any
}

func badFiles() []badFile {
	jpg, pdf := sample("jpg"), sample("pdf")
	locked := bytes.Replace(pdf, []byte("<</Size"), []byte("<</Encrypt 5 0 R /Size"), 1)
	return []badFile{
		{"text", "notes.txt", []byte("hello"), 415, "upload.type", nil},
		{"a program called a photo", "photo.jpg", []byte("MZ\x90\x00 this is no photo"), 415, "upload.type", nil},
		{"a picture called a PDF", "card.pdf", sample("png"), 415, "upload.type", nil},
		{"a page called a picture", "x.png", []byte("<html><script>alert(1)</script>"), 415, "upload.type", nil},
		{"empty", "photo.jpg", nil, 422, "upload.empty", nil},
		{"26 MB", "photo.jpg", append(jpg[:len(jpg):len(jpg)], make([]byte, 26<<20)...), 413, "upload.large", []any{25}},
		{"zip bomb", "papers.pdf", zeros(), 415, "upload.type", nil},
		{"picture bomb", "photo.png", vast(), 413, "upload.pixels", []any{50}},
		{"half a picture", "photo.jpg", jpg[:len(jpg)/2], 422, "upload.image", nil},
		{"half a PDF", "paper.pdf", pdf[:len(pdf)/2], 422, "upload.pdf", nil},
		{"a PDF with a password", "paper.pdf", locked, 422, "upload.locked", nil},
	}
}

func badThings() (all []bad) {
	for _, f := range badFiles() {
		all = append(all, bad{f.why, papersPage, attached("declarant_card", f.name, f.body), 422, f.key, f.args, f.name})
	}
	return append(all, []bad{
		{"a form cut off", papersPage, attached("declarant_card", "photo.jpg", sample("jpg"))[:2000], 422, "upload.cut", nil, ""},
		{"10 MB answer", "/q/child_name", []byte("child_name=" + strings.Repeat("a", 10<<20)), 413, "web.large", []any{1}, ""},
		{"100 KB answer", "/q/child_name", []byte("child_name=" + strings.Repeat("a", 100<<10)), 422, "form.long", []any{10_000}, "aaaa"},
		{"long answer", "/q/child_name", []byte("child_name=An+" + strings.Repeat("b", 100)), 422, "form.long", []any{80}, "bbbb"},
		{"not UTF-8", "/q/child_name", []byte("child_name=An+%ff%fe+B"), 422, "form.utf8", nil, "An "},
		{"NUL", "/q/child_name", []byte("child_name=An%00+B"), 422, "form.utf8", nil, "An"},
		{"broken escape", "/q/child_name", []byte("child_name=%zz"), 422, "fault.invalid", nil, ""},
		{"future birth", "/q/child_born", []byte("child_born.day=1&child_born.month=2&child_born.year=2099&late=no"), 422, "form.future", nil, "2099"},
		{"no such day", "/q/child_born", []byte("child_born.day=31&child_born.month=2&child_born.year=2020&late=no"), 422, "form.date", nil, "31"},
		{"wrong number", "/q/declarant_name", []byte("declarant_name=A+B&declarant_number=123456789012"), 422, "form.personid", nil, "123456789012"},
		{"no such option", "/q/child_sex", []byte("child_sex=other"), 422, "form.option", nil, ""},
		{"no such place", "/q/mother_home", []byte("mother_home.province=01&mother_home.district=002&mother_home.commune=99999&mother_home.line=Ngõ+Thử"), 422, "form.address.commune", nil, "Ngõ Thử"},
		{"no such page", "/q/nothing", []byte("nothing=1"), 404, "form.page", []any{"nothing"}, ""},
	}...)
}

// TestBadFiles sends the same files by the API.
func TestBadFiles(t *testing.T) {
	s := newScene(t, newTown(t, dbtest.SQLite(t)))
	for i, f := range badFiles() {
		l := lang.All()[i%len(lang.All())]
		r := httptest.NewRequest("POST", "/api/v1/files?"+url.Values{"name": {f.name}}.Encode(), bytes.NewReader(f.body))
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Accept-Language", string(l))
		a := s.ask(t, "owner", r)
		var p web.Problem
		if err := json.Unmarshal(a.Body.Bytes(), &p); err != nil || a.Code != f.status || p.Detail != s.say(l, f.key, f.args...) {
			t.Errorf("%s: got %d %q, want %d %s (%v)", f.why, a.Code, p.Detail, f.status, f.key, err)
		}
	}
}

// TestBadInput sends what is wrong to the pages of a filing, in each language:
// the answer names what to mend, what was typed is still there, and the rest of
// the draft is as it was.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		town := newTown(t, url)
		w, d := town.prepared(t)
		for i, c := range badThings() {
			t.Run(c.name, func(t *testing.T) {
				l := lang.All()[i%len(lang.All())]
				w.Header.Set("Accept-Language", string(l))
				was := town.draft(t, d)
				p := sent(t, w, "/d/"+d.String()+c.page, map[bool]string{true: multi}[c.page == papersPage], c.body)
				if p.Status != c.status {
					t.Errorf("got %d, want %d", p.Status, c.status)
				}
				if say := town.say(l, c.key, c.args...); !p.Says(say) {
					t.Errorf("the page does not say %q but %q", say, p.Errors())
				}
				if c.keeps != "" && !strings.Contains(string(p.Body), c.keeps) {
					t.Errorf("what was typed is not there: %q", c.keeps)
				}
				now := town.draft(t, d)
				if fmt.Sprint(now.Papers) != fmt.Sprint(was.Papers) {
					t.Errorf("papers were %v, are %v", was.Papers, now.Papers)
				}
				page, _ := strings.CutPrefix(c.page, "/q/")
				for name, v := range was.Answers {
					if fmt.Sprint(now.Answers[name]) != fmt.Sprint(v) && !bytes.Contains(c.body, []byte(name)) {
						t.Errorf("page %s changed %s from %v to %v", page, name, v, now.Answers[name])
					}
				}
			})
		}
	})
}

// prepared is a signed-in window with a draft that only waits to be submitted.
func (w *town) prepared(t *testing.T) (*walk.Plain, id.ID) {
	t.Helper()
	window := w.signedIn(t, "citizen")
	i := slices.IndexFunc(w.told(t), func(k told) bool { return k.Name == "portal/"+service })
	k := w.told(t)[i]
	page, err := w.filing(t, k, k.stories[0]).Prepare(window)
	if err != nil {
		t.Fatal(err)
	}
	n, err := id.Parse(strings.Split(page.URL.Path, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	return window, n
}

func (w *town) draft(t *testing.T, n id.ID) *dossier.Draft {
	t.Helper()
	d, err := w.Engine.FindDraft(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *town) say(l lang.Lang, key string, args ...any) string {
	return lang.Voice{Lang: l, Zone: w.Zone, Catalogue: w.Texts}.T(key, args...)
}

// sent sends a body from a page of the program itself; media "" is a form.
func sent(t *testing.T, w *walk.Plain, path, media string, body []byte) *walk.Page {
	t.Helper()
	if media == "" {
		media = "application/x-www-form-urlencoded"
	}
	p, err := w.Post(path, media, body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFileNames: a name is what one sees, never a way to somewhere.
func TestFileNames(t *testing.T) {
	town := newTown(t, dbtest.SQLite(t))
	w, d := town.prepared(t)
	at := "/d/" + d.String() + papersPage
	for name, want := range map[string]string{"../../../etc/passwd.jpg": "passwd.jpg", `C:\windows\photo.jpg`: "photo.jpg", "ảnh\u202egpj.jpg": "ảnhgpj.jpg", ".jpg": "", strings.Repeat("dài", 200) + ".jpg": ""} {
		for _, f := range town.draft(t, d).Papers["declarant_card"] {
			sent(t, w, at, "", []byte(values("remove", "declarant_card/"+f.ID.String()).Encode()))
		}
		p := sent(t, w, at, multi, attached("declarant_card", name, sample("jpg")))
		all := town.draft(t, d).Papers["declarant_card"]
		if p.Status != http.StatusOK || len(all) != 1 {
			t.Errorf("%q: %d %q, %d files", name, p.Status, p.Errors(), len(all))
			continue
		}
		got := all[0].Name
		if want != "" && got != want || strings.ContainsAny(got, "/\\\x00\u202e") || len(got) > 200 || got == "" {
			t.Errorf("%q is kept as %q, want %q", name, got, want)
		}
	}
}

// TestBrokenProcedure: a faulty file is named with its line; the others serve.
func TestBrokenProcedure(t *testing.T) {
	good, err := readPack(defaults().Pack)
	if err != nil {
		t.Fatal(err)
	}
	const name = "procedures/birth.yaml"
	b, err := fs.ReadFile(good.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(b, []byte("type: choice"), []byte("type: chioce"), 1)
	line := bytes.Count(broken[:bytes.Index(broken, []byte("chioce"))], []byte("\n")) // of the question: its name stands a line above
	all, faults := procedure.Load(patched{good.Files, name, broken}, good.Law)
	if len(faults) == 0 || all.Get(service) != nil || len(all.All()) != 23 {
		t.Errorf("%d faults, %d services", len(faults), len(all.All()))
	}
	file := filepath.Join(t.TempDir(), "birth.yaml")
	if err := os.WriteFile(file, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"procedure", "check", file}, &out, &errs); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if want := fmt.Sprintf("%s:%d:", file, line); !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "chioce") {
		t.Errorf("want %s and what is wrong there, got\n%s", want, out.String())
	}
}

// patched is a pack in which one file is another.
type patched struct {
	fs.FS
	name string
	text []byte
}

func (p patched) Open(name string) (fs.File, error) {
	if name == p.name {
		return fstest.MapFS{name: &fstest.MapFile{Data: p.text}}.Open(name)
	}
	return p.FS.Open(name)
}
