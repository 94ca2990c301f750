package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/play"
)

// scan reads the code on the first page of b as a phone does: from its picture.
func scan(t *testing.T, b []byte) []string {
	t.Helper()
	tool(t, "pdftoppm")
	tool(t, "zbarimg")
	name := put(t, "scan.pdf", b)
	picture := strings.TrimSuffix(name, ".pdf")
	if out, err := exec.Command("pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-singlefile", "-png", name, picture).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture+".png").Output()
	if err != nil {
		t.Fatalf("no code in the picture: %v", err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// moving is what differs from one run to the next.
var moving = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`(-\d{8}-\d{7}|-\d{6}-\d{4})-[0-9A-Z]{4}\b`), "$1-TAIL"},
	{regexp.MustCompile(`\b(\d\d:\d\d):\d\d\b`), "$1:00"},
	{regexp.MustCompile(`\b09:0\d\b`), "09:00"},
	{regexp.MustCompile(`[0-9a-f]{8}( [0-9a-f]{8}){3}`), "HASH"},
}

// words are the text of a paper as outsiders read it, each paper one line of a
// golden file: where lines break is not what it says.
func words(t *testing.T, b []byte) string {
	text := pdftotext(t, b)
	for _, m := range moving {
		text = m.pattern.ReplaceAllString(text, m.as)
	}
	return text
}

// A formsHouse is the program on a morning of a day with a pack.
func formsHouse(t *testing.T, pack, day string) *house {
	t.Helper()
	began := time.Now()
	morning, err := time.Parse(time.DateTime, day+" 02:00:00") // UTC: nine o'clock there
	if err != nil {
		t.Fatal(err)
	}
	return openHouseOf(t, testAppWith(t, dbtest.SQLite(t), func(s *settings) {
		s.Pack = pack
		s.now = func() time.Time { return morning.Add(time.Since(began)) }
	}))
}

// keep writes a paper where MOTCUA_TEST_KEEP says, to look at by eye.
func keep(t *testing.T, name string, b []byte) {
	t.Helper()
	if os.Getenv("MOTCUA_TEST_KEEP") != "" {
		put(t, name, b)
	}
}

// stopped is a dossier that the leader excused for a delay, then stopped.
func (h *house) stopped() *dossier.Dossier {
	h.t.Helper()
	p := h.Procedures.Get("1.001193")
	stage := &play.Stage{App: h.App, Engine: h.Engine, Blobs: h.Blobs, Cast: play.Cast{"applicant": h.cast["citizen"]}}
	d, err := stage.Open(h.t.Context(), p.Kind(), p.Examples[0])
	for _, x := range []struct{ by, act string }{{"clerk", "receive"}, {"leader", "extend"}, {"leader", "stop"}} {
		if err == nil {
			o := dossier.Order{Me: h.cast[x.by], Dossier: d.ID, Act: x.act}
			if x.act == "extend" {
				o.Answers = map[string]any{"more": "1d", "reasons": []any{map[string]any{"ref": "child_name", "text": "Cần đối chiếu sổ gốc ở nơi khác"}}}
			}
			if x.act == "stop" {
				o.Answers = map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "Cơ quan khác đang giải quyết cùng việc này"}}}
			}
			d, err = h.Engine.Act(h.t.Context(), o)
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.number()
	return d
}

// register draws up the register of a day and gives its paper.
func (h *house) register(day string) []byte {
	h.t.Helper()
	form := url.Values{"body": {"H26.002.00061"}, "from": {day}, "to": {day}}
	q := httptest.NewRequest("POST", "/work/register", strings.NewReader(form.Encode())) // a page's form wants a browser's session
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	err := h.DB.Write(h.t.Context(), func(tx *db.Tx) error {
		secret, err := h.Sessions.Make(tx, web.Browser, h.cast["leader"].ID, "password app", "", web.Life)
		q.AddCookie(&http.Cookie{Name: "motcua", Value: secret})
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if h.server.Config.Handler.ServeHTTP(w, q); w.Code != 303 {
		h.t.Fatalf("drawing up the register: %d: %.300s", w.Code, w.Body)
	}
	h.number()
	_, _, page := h.do("leader", "GET", "/work/register?"+form.Encode(), "", nil)
	return h.pdf("leader", string(regexp.MustCompile(`/work/register/[0-9a-z]+/register\.pdf`).Find(page)))
}

// corner wants in the code of a paper what Circular 01/2023/TT-VPCP asks for, and
// an address at which the paper can be checked that names nobody.
func (h *house) corner(d *dossier.Dossier, p paper.Paper, got []string) {
	h.t.Helper()
	if len(got) < 7 {
		h.t.Errorf("%s: the code says only %q", p.Sort, got)
		return
	}
	stamp := p.Act.At.In(h.Zone).Format("20060102T1504")
	number := "001095000001"
	if p.Sort == paper.Control {
		number = ""
	}
	title := h.Forms.Form(string(p.Sort), p.Act.At.In(h.Zone).Format(time.DateOnly)).Title["vi"]
	if title == "" {
		title = got[4]
	}
	want := []string{got[0], d.Code, "1.001193", number, title, h.Node, stamp}
	if p.Sort == paper.Receipt || p.Sort == paper.Apology {
		want = append(want, d.Due.In(h.Zone).Format("20060102T1504"))
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("%s: the code says %q, want %q", p.Sort, got, want)
	}
	path, ours := strings.CutPrefix(got[0], h.URL)
	status, _, page := h.do("", "GET", path, "", nil)
	if !ours || status != 200 || strings.Contains(got[0]+string(page), "001095000001") {
		h.t.Errorf("%s: %s answers %d", p.Sort, got[0], status)
	}
	if path, found := strings.CutSuffix(path, d.Tail); found {
		if status, _, _ := h.do("", "GET", path+"XXXX", "", nil); status != 404 {
			h.t.Errorf("%s: with a wrong tail the address answers %d, want 404", p.Sort, status)
		}
	}
}

// The same stories under the rules of 2020 and of 2025 give each its own forms:
// numbers, titles and law are data. Every form is signed, says its number, bears
// the code of Circular 01/2023/TT-VPCP in its corner, and can be checked.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pack, day, law string
		numbers        map[paper.Sort]string
		code           string
	}{
		{"vn2020", "2020-03-02", "01/2018/TT-VPCP", map[paper.Sort]string{paper.Receipt: "01", paper.Supplement: "02", paper.Refusal: "03", paper.Apology: "04", paper.Stopping: "", paper.Control: "05", "register": "06"}, "-200302-0001"},
		{"vn2025", "2025-07-02", "03/2025/TT-VPCP", map[paper.Sort]string{paper.Receipt: "01", paper.Supplement: "02", paper.Refusal: "03", paper.Apology: "04", paper.Stopping: "05", paper.Control: "06", "register": "07"}, "-20250702-0000001"},
	} {
		t.Run(c.pack, func(t *testing.T) {
			h := formsHouse(t, c.pack, c.day)
			if h.Front.Fonts.Regular == nil {
				t.Skip("the fonts are not built: make assets")
			}
			k := h.Procedures.Get("1.001193").Kind()
			var texts strings.Builder
			var seen []paper.Sort
			whole := h.tell("1.001193", "Giấy chứng sinh mờ")
			if !strings.HasSuffix(whole.Code, c.code) {
				t.Errorf("the code is %s, want one that ends in %s", whole.Code, c.code)
			}
			check := func(d *dossier.Dossier, p paper.Paper) {
				if slices.Contains(seen, p.Sort) {
					return
				}
				seen = append(seen, p.Sort)
				b := h.pdf("leader", "/work/d/"+d.ID.String()+"/"+p.Path())
				keep(t, c.pack+"-"+string(p.Sort)+".pdf", b)
				number, law := paper.Official(h.App, d, p)
				if want, official := c.numbers[p.Sort]; official && (number != want || number != "" && law != c.law) {
					t.Errorf("%s is form %q of %q, want %q of %s", p.Sort, number, law, want, c.law)
				}
				text := words(t, b)
				texts.WriteString(string(p.Sort) + ": " + text + "\n\n")
				if number != "" && !strings.Contains(text, "Mẫu số "+number+" - "+c.law) {
					t.Errorf("%s does not print its number: %s", p.Sort, text)
				}
				if c.pack != "vn2020" && p.Sort != paper.Control && p.Sort != paper.Stopping {
					return // other people's programs are slow, and the rest is as before
				}
				if out := pdfsig(t, b); !strings.Contains(out, "Signature is Valid.") {
					t.Errorf("%s: pdfsig says %s", p.Sort, out)
				}
				h.corner(d, p, scan(t, b))
				page := h.page(b)
				if want := "Mẫu số " + number + " - " + c.law; number != "" && !strings.Contains(page, want) {
					t.Errorf("the page that checks %s does not say %q", p.Sort, want)
				}
			}
			all := []*dossier.Dossier{whole, h.tell("1.001193", "Đã khai sinh ở nơi khác"), h.stopped()}
			for _, d := range all {
				for _, p := range paper.Inside(d, k) {
					check(d, p)
				}
			}
			roll := h.pdf("citizen", "/c/"+whole.ID.String()+"/receipt.pdf?format=80mm")
			keep(t, c.pack+"-roll.pdf", roll)
			i := slices.IndexFunc(paper.Of(whole, k), func(p paper.Paper) bool { return p.Sort == paper.Receipt })
			h.corner(whole, paper.Of(whole, k)[i], scan(t, roll))
			texts.WriteString("roll: " + words(t, roll) + "\n\n")
			b := h.register(c.day)
			keep(t, c.pack+"-register.pdf", b)
			texts.WriteString("register: " + words(t, b) + "\n")
			if text := words(t, b); !strings.Contains(text, "Mẫu số "+c.numbers["register"]+" - "+c.law) {
				t.Errorf("the register says %s", text)
			}
			golden(t, "testdata/forms-"+c.pack+".golden", []byte(texts.String()))
		})
	}
}
