package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/play"
	"motcua/kernel/sign"
	"motcua/kernel/verify"
)

// A house is the whole program with people who can knock on its door.
type house struct {
	*kernel.App
	t      *testing.T
	server *httptest.Server
	cast   play.Cast
	org    id.ID
	tokens map[string]string
}

func openHouse(t *testing.T, url string) *house {
	t.Helper()
	return openHouseOf(t, testApp(t, url))
}

func openHouseOf(t *testing.T, a *kernel.App) *house {
	t.Helper()
	h := &house{App: a, t: t, tokens: map[string]string{}}
	handler, err := h.Handler()
	if err != nil {
		t.Fatal(err)
	}
	h.server = httptest.NewServer(handler)
	t.Cleanup(h.server.Close)
	h.cast, h.org = cast(t, h.App, exampleBodies(h.App))
	for login := range h.cast {
		h.token(login)
	}
	return h
}

// token lets somebody of the cast knock.
func (h *house) token(login string) {
	h.t.Helper()
	err := h.DB.Write(h.t.Context(), func(tx *db.Tx) (err error) {
		h.tokens[login], err = h.Sessions.Make(tx, web.Token, h.cast[login].ID, "read write", "test", web.Life)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// do sends a request as login ("" is nobody) and answers status, header and body.
func (h *house) do(login, method, path, kind string, body []byte) (int, http.Header, []byte) {
	h.t.Helper()
	q, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if login != "" {
		q.Header.Set("Authorization", "Bearer "+h.tokens[login])
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	if kind == "application/pdf" {
		q.Header.Set("Accept", "application/json")
	}
	answer, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, b
}

// tell plays an example of a procedure, and lets the ledger take it in.
func (h *house) tell(code, example string) *dossier.Dossier {
	h.t.Helper()
	p := h.Procedures.Get(code)
	for _, x := range p.Examples {
		if !strings.Contains(x.Name, example) {
			continue
		}
		c := play.Cast{"applicant": h.cast[x.Applicant], "clerk": h.cast["clerk"], "officer": h.cast["officer"], "leader": h.cast["leader"]}
		s := &play.Stage{App: h.App, Engine: h.Engine, Blobs: h.Blobs, Cast: c, Org: h.org}
		d, err := s.Tell(h.t.Context(), p.Kind(), x, nil)
		if err != nil {
			h.t.Fatal(err)
		}
		h.number()
		return d
	}
	h.t.Fatalf("%s has no example %q", code, example)
	return nil
}

func (h *house) number() {
	h.t.Helper()
	if err := h.Log.Advance(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// pdf asks for a paper and wants it.
func (h *house) pdf(login, path string) []byte {
	h.t.Helper()
	status, header, b := h.do(login, "GET", path, "", nil)
	if status != 200 || header.Get("Content-Type") != "application/pdf" {
		h.t.Fatalf("%s as %s: %d %s: %.300s", path, login, status, header.Get("Content-Type"), b)
	}
	return b
}

// check asks the door what it says of a file.
func (h *house) check(pdf []byte) (r struct {
	State    string           `json:"state"`
	Proven   bool             `json:"proven"`
	Here     bool             `json:"here"`
	Standing *verify.Standing `json:"standing"`
	Entry    *verify.Entry    `json:"entry"`
}) {
	h.t.Helper()
	status, _, b := h.do("", "POST", "/verify", "application/pdf", pdf)
	if err := json.Unmarshal(b, &r); err != nil || status != 200 {
		h.t.Fatalf("verify: %d %v: %.300s", status, err, b)
	}
	return r
}

// page sends a file with the form of the page and reads the page that answers.
func (h *house) page(pdf []byte) string {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "paper.pdf")
	if err != nil {
		h.t.Fatal(err)
	}
	part.Write(pdf)
	w.Close()
	status, _, page := h.do("", "POST", "/verify", w.FormDataContentType(), b.Bytes())
	if status != 200 {
		h.t.Fatalf("verify: %d: %.300s", status, page)
	}
	return string(page)
}

// tool skips a test that needs a program of Debian, or fails it where those are promised.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// put writes b into a file for a program to read.
func put(t *testing.T, name string, b []byte) string {
	t.Helper()
	dir := os.Getenv("MOTCUA_TEST_KEEP") // to look at by eye
	if dir == "" {
		dir = t.TempDir()
	}
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// pdfsig is what the program of poppler says of the signatures of b.
func pdfsig(t *testing.T, b []byte) string {
	t.Helper()
	tool(t, "pdfsig")
	out, err := exec.Command("pdfsig", put(t, "signed.pdf", b)).CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	return string(out)
}

func pdftotext(t *testing.T, b []byte) string {
	t.Helper()
	tool(t, "pdftotext")
	out, err := exec.Command("pdftotext", "-layout", put(t, "text.pdf", b), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// flip changes one byte in the middle of what stands on the first page.
func flip(t *testing.T, b []byte) []byte {
	t.Helper()
	at := bytes.Index(b, []byte("stream\n"))
	if at < 0 {
		t.Fatal("no stream in the PDF")
	}
	b = bytes.Clone(b)
	b[at+40] ^= 1
	return b
}

// TestPapers asks for the papers of an example of every service, each through
// the door, on both databases.
func TestPapers(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		h := openHouse(t, url)
		for _, p := range h.Procedures.All() {
			x := p.Examples[0]
			d := h.tell(p.Code, x.Name)
			at := "/c/" + d.ID.String() + "/"
			for _, path := range []string{"receipt.pdf", "receipt.pdf?format=80mm", "form.pdf", "result.pdf"} {
				if path == "result.pdf" && d.Result == nil {
					t.Errorf("%s: the example was not granted", p.Code)
					continue
				}
				if path == "result.pdf" && p.Result.Signed != "" { // systems/keys signs it when who decided confirms
					if status, _, _ := h.do(x.Applicant, "GET", at+path, "", nil); status != 503 {
						t.Errorf("%s: a result that nobody signed yet: %d, want 503", p.Code, status)
					}
					continue
				}
				b := h.pdf(x.Applicant, at+path)
				if again := h.pdf("leader", "/work/d/"+d.ID.String()+"/"+path); !bytes.Equal(b, again) {
					t.Errorf("%s %s: the official gets other bytes", p.Code, path)
				}
				h.number()
				r := h.check(b)
				if r.State != "valid" || !r.Proven || !r.Here || r.Standing == nil || r.Standing.State != verify.InForce || r.Entry == nil || !r.Entry.File {
					t.Errorf("%s %s: %+v", p.Code, path, r)
				}
				if r := h.check(flip(t, b)); r.State != "changed" {
					t.Errorf("%s %s with a flipped byte: %s, want changed", p.Code, path, r.State)
				}
				if p.Code != "1.001193" {
					continue // other people's programs are slow
				}
				if out := pdfsig(t, b); !strings.Contains(out, "Signature is Valid.") || !strings.Contains(out, "Total document signed") {
					t.Errorf("%s: pdfsig says %s", path, out)
				}
				if out := pdfsig(t, flip(t, b)); !strings.Contains(out, "Digest Mismatch") {
					t.Errorf("%s with a flipped byte: pdfsig says %s", path, out)
				}
			}
			for login, want := range map[string]int{"": 303, "other": 404, "officer": 200} {
				if status, _, _ := h.do(login, "GET", at+"receipt.pdf", "", nil); status != want {
					t.Errorf("%s as %q: %d, want %d", at, login, status, want)
				}
			}
			if readings, err := h.Engine.Readings(t.Context(), d.ID, 50); err != nil || len(readings) < 4 {
				t.Errorf("%s: %d readings by officials are on record, %v", p.Code, len(readings), err)
			}
		}
		rows, err := h.Engine.Projections(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		history, err := h.Engine.History(t.Context(), h.Log)
		if err != nil {
			t.Fatal(err)
		}
		files, err := h.Engine.Documents(t.Context(), h.Blobs)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range append(append(rows, history...), files...) {
			t.Error(f)
		}
	})
}

// What a paper says can be read by any program: names with all their marks, the
// code with its tail, the appointment, each file's hash, who signed.
func TestPaperTexts(t *testing.T) {
	h := openHouse(t, dbtest.SQLite(t))
	d := h.tell("1.001193", "cha mẹ đã kết hôn")
	at := "/c/" + d.ID.String() + "/"
	has := func(path string, want ...string) {
		t.Helper()
		text := pdftotext(t, h.pdf("citizen", at+path))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q: %s", path, w, text)
			}
		}
	}
	due := d.Due.In(h.Zone).Format("02/01/2006")
	sum := d.Papers["birth_note"][0].Sum
	has("receipt.pdf", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "UBND PHƯỜNG HÀNG BẠC", "Nguyễn Thử An Nhiên", "Thử citizen", d.Printed(), due, "miễn phí", sum[:8]+" "+sum[8:16])
	has("receipt.pdf?format=80mm", d.Printed(), due, sum[:16])
	has("form.pdf", "TỜ KHAI ĐĂNG KÝ KHAI SINH", "Trần Thị Mẫu", "Bệnh viện Mẫu", "Phường Hàng Bạc, Quận Hoàn Kiếm")
	has("result.pdf", "GIẤY KHAI SINH", "Số: "+d.Result.Number, "Nguyễn Thử An Nhiên", "TM. UBND PHƯỜNG HÀNG BẠC", "LÃNH ĐẠO", "Thử leader", "Đóng dấu số bởi "+h.Seal.Certificate.Subject.CommonName)

	d = h.tell("1.001193", "Giấy chứng sinh mờ")
	at = "/c/" + d.ID.String() + "/"
	letter := func(act string) string {
		for _, a := range d.Acts {
			if a.Act == act {
				return "letter/" + a.ID.String() + ".pdf"
			}
		}
		t.Fatalf("no act %s", act)
		return ""
	}
	has(letter("supplement"), "PHIẾU YÊU CẦU BỔ SUNG", "Ảnh giấy chứng sinh bị mờ", "Chụp lại dưới ánh sáng ban ngày")
	if status, _, _ := h.do("citizen", "GET", at+letter("approve"), "", nil); status != 404 {
		t.Errorf("the letter of an act without one: %d, want 404", status)
	}
	d = h.tell("1.001193", "Đã khai sinh ở nơi khác")
	at = "/c/" + d.ID.String() + "/"
	has(letter("refuse"), "PHIẾU TỪ CHỐI", "Bé đã được đăng ký khai sinh ngày 12/01/2020", "Luật Hộ tịch 60/2014/QH13", "quyền khiếu nại")
	if status, _, _ := h.do("citizen", "GET", at+"result.pdf", "", nil); status != 404 {
		t.Errorf("the result of a refused dossier: %d, want 404", status)
	}
}

// reason is what every act against somebody's interest needs.
var reason = []any{map[string]any{"ref": "child_name", "text": "Ghi sai tên đệm"}}

// What became of a paper is told at once: corrected, then revoked.
func TestPaperStanding(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		h := openHouse(t, url)
		d := h.tell("1.001193", "cha mẹ đã kết hôn")
		at, first := "/c/"+d.ID.String()+"/", d.Result.Act.String()
		do := func(act string, answers map[string]any) {
			t.Helper()
			var err error
			if d, err = h.Engine.Act(t.Context(), dossier.Order{Me: h.cast["leader"], Dossier: d.ID, Act: act, Answers: answers}); err != nil {
				t.Fatal(err)
			}
			h.number()
		}
		stands := func(b []byte, want verify.State) {
			t.Helper()
			if r := h.check(b); r.State != "valid" || r.Standing == nil || r.Standing.State != want {
				t.Errorf("after %s: %s, %+v, want %s", d.Acts[len(d.Acts)-1].Act, r.State, r.Standing, want)
			}
		}
		one := h.pdf("citizen", at+"result.pdf")
		form := h.pdf("citizen", at+"form.pdf")
		stands(one, verify.InForce)
		do("correct", map[string]any{"reasons": reason, "child_name": "Nguyễn Thử An Nhi"})
		two := h.pdf("citizen", at+"result.pdf")
		if bytes.Equal(one, two) {
			t.Fatal("the corrected result has the bytes of the first")
		}
		stands(one, verify.Replaced)
		stands(form, verify.Replaced)
		stands(two, verify.InForce)
		if text := pdftotext(t, two); !strings.Contains(text, "Nguyễn Thử An Nhi ") || !strings.Contains(text, "Bản thứ 2") || !strings.Contains(text, "Số: "+d.Result.Number) {
			t.Errorf("the corrected result says %s", text)
		}
		second := d.Result.Act.String()
		do("revoke", map[string]any{"reasons": reason})
		stands(one, verify.Revoked)
		stands(two, verify.Revoked)
		if status, _, _ := h.do("citizen", "GET", at+"result.pdf", "", nil); status != 410 {
			t.Errorf("a revoked result: %d, want 410", status)
		}
		for act, want := range map[string]string{first: "Đã bị thu hồi ngày", second: "Đã bị thu hồi ngày", d.Acts[0].ID.String(): ""} {
			status, _, page := h.do("", "GET", "/verify/"+act, "", nil)
			if (status == 200) != (want != "") || !strings.Contains(string(page), want) {
				t.Errorf("/verify/%s: %d, want %q", act, status, want)
			}
			for _, secret := range []string{"An Nhi", "Trần Thị Mẫu", "Thử citizen", d.Tail, "Ghi sai"} {
				if strings.Contains(string(page), secret) {
					t.Errorf("/verify/%s shows %q", act, secret)
				}
			}
		}
		page := h.page(two)
		for _, want := range []string{"Đã bị thu hồi ngày", "Chữ ký là thật", "Nội dung chưa bị sửa", "Không còn hiệu lực", h.Seal.Certificate.Subject.CommonName, "dấu vân tay của chính tệp này"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if page := h.page(flip(t, two)); !strings.Contains(page, "Tệp này đã bị sửa sau khi ký") {
			t.Error("the page does not say that the file was changed")
		}
	})
}

// The statement inside a paper proves its act with nothing of ours: the log's
// key, the checkpoint and the hashes are enough for golang.org/x/mod.
func TestStatementAlone(t *testing.T) {
	h := openHouse(t, dbtest.SQLite(t))
	d := h.tell("1.001193", "cha mẹ đã kết hôn")
	for _, p := range paper.Of(d, h.Procedures.Get("1.001193").Kind()) {
		b := h.pdf("citizen", "/c/"+d.ID.String()+"/"+p.Path())
		text, ok := pades.Statement(b)
		var s struct {
			Act, Key string
			Proof    struct {
				Index, Size int64
				Leaf        tlog.Hash
				Hashes      []tlog.Hash
				Checkpoint  string
			}
		}
		if err := json.Unmarshal(text, &s); err != nil || !ok {
			t.Fatal(err)
		}
		key, err := note.NewVerifier(s.Key)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Open([]byte(s.Proof.Checkpoint), note.VerifierList(key))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(signed.Text, "\n", 2)[1]))
		if err != nil {
			t.Fatal(err)
		}
		salted := append(bytes.Clone(p.Act.Salt), p.Act.Canonical()...)
		if s.Act != p.Act.ID.String() || s.Proof.Leaf != tlog.Hash(sha256.Sum256(salted)) {
			t.Errorf("%s: the leaf is not its act's", p.Sort)
		}
		if err := tlog.CheckRecord(tlog.RecordProof(s.Proof.Hashes), tree.N, tree.Hash, s.Proof.Index, tlog.RecordHash(s.Proof.Leaf[:])); err != nil {
			t.Errorf("%s: %v", p.Sort, err)
		}
		if strings.Contains(string(text), d.Tail) || strings.Contains(string(text), "001093000011") {
			t.Errorf("%s: the statement says too much: %s", p.Sort, text)
		}
	}
}

// Whoever asks first, and however many at once: a paper is made once.
func TestPaperOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		h := openHouse(t, url)
		d := h.tell("1.001193", "cha mẹ đã kết hôn")
		got := make([][]byte, 12)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { _, _, got[i] = h.do("citizen", "GET", "/c/"+d.ID.String()+"/result.pdf", "", nil) })
		}
		wg.Wait()
		for i := range got {
			if !bytes.Equal(got[i], got[0]) || !bytes.HasPrefix(got[i], []byte("%PDF")) {
				t.Fatalf("request %d got %d other bytes: %.100s", i, len(got[i]), got[i])
			}
		}
		var rows, acts int
		err := h.DB.Read(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`select count(*) from paper`).Scan(&rows); err != nil {
				return err
			}
			return tx.Row(`select count(*) from act where act = 'paper.issue'`).Scan(&acts)
		})
		if err != nil || rows != 1 || acts != 1 {
			t.Errorf("%d papers and %d acts, want one each; %v", rows, acts, err)
		}
	})
}

// Until the ledger has numbered the act there is no proof to put in: come again.
func TestPaperNotYet(t *testing.T) {
	t.Parallel()
	h := openHouse(t, dbtest.SQLite(t))
	x := h.Procedures.Get("1.001193").Examples[0]
	s := &play.Stage{App: h.App, Engine: h.Engine, Blobs: h.Blobs, Cast: play.Cast{"applicant": h.cast["citizen"]}}
	d, err := s.Open(t.Context(), h.Procedures.Get("1.001193").Kind(), x)
	if err != nil {
		t.Fatal(err)
	}
	status, header, _ := h.do("citizen", "GET", "/c/"+d.ID.String()+"/receipt.pdf", "", nil)
	if status != 503 || header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", status, header.Get("Retry-After"))
	}
	h.number()
	h.pdf("citizen", "/c/"+d.ID.String()+"/receipt.pdf")
}

// Files we did not make are told from ours, even with our statement inside.
func TestStrangers(t *testing.T) {
	t.Parallel()
	h, other := openHouse(t, dbtest.SQLite(t)), openHouse(t, dbtest.SQLite(t))
	d := h.tell("1.001193", "cha mẹ đã kết hôn")
	ours := h.pdf("citizen", "/c/"+d.ID.String()+"/result.pdf")
	h.number()
	theirs := other.tell("1.001193", "cha mẹ đã kết hôn")
	foreign := other.pdf("citizen", "/c/"+theirs.ID.String()+"/result.pdf")
	if r := h.check(foreign); r.State != "unknown" || r.Here || r.Standing != nil {
		t.Errorf("of another node: %+v", r)
	}
	// A forger takes our true statement into a PDF of his own and signs it himself.
	statement, _ := pades.Statement(ours)
	bare, err := pdf.Make(pdf.Doc{Size: pdf.A4, Title: "Giấy giả"}, pdf.Fonts{})
	if err != nil {
		t.Fatal(err)
	}
	forged, err := pades.Attach(bare, statement)
	if err != nil {
		t.Fatal(err)
	}
	if r := h.check(forged); r.State != "none" || r.Standing != nil {
		t.Errorf("our statement without a signature: %+v", r)
	}
	if forged, err = other.Keys.PDF(t.Context(), forged, other.Seal.ID, "", other.Seal.Certificate.NotBefore); err != nil {
		t.Fatal(err)
	}
	if r := h.check(forged); r.State != "unknown" || r.Standing != nil || r.Here {
		t.Errorf("our statement signed by a stranger: %+v", r)
	}
	// And with our own seal, over other words: the seal is ours, the file is not in the ledger.
	sealed, err := pades.Attach(bare, statement)
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err = h.Keys.PDF(t.Context(), sealed, h.Seal.ID, "", h.Seal.Certificate.NotBefore); err != nil {
		t.Fatal(err)
	}
	if r := h.check(sealed); r.Entry == nil || r.Entry.File {
		t.Errorf("a file that was never issued: %+v", r.Entry)
	}
	for kind, want := range map[string]string{"hallo": "không phải PDF, XML hay chữ ký số", "": "Hãy chọn một tệp"} {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, _ := w.CreateFormFile("file", "x")
		part.Write([]byte(kind))
		w.Close()
		status, _, page := h.do("", "POST", "/verify", w.FormDataContentType(), b.Bytes())
		if status != 422 || !strings.Contains(string(page), want) {
			t.Errorf("%q: %d, want the page to say %q", kind, status, want)
		}
	}
}

// A decision puts nobody's own key to use: the seal signs, and what it signed
// after it was revoked is told.
func TestSealSigns(t *testing.T) {
	h := openHouse(t, dbtest.SQLite(t))
	d := h.tell("1.001193", "cha mẹ đã kết hôn")
	paper := h.pdf("citizen", "/c/"+d.ID.String()+"/result.pdf")
	v, err := pades.Read(paper)
	if err != nil || len(v.Signatures) != 1 || v.Signatures[0].Name != h.Seal.Certificate.Subject.CommonName {
		t.Errorf("signed by %+v, want the seal alone; %v", v.Signatures, err)
	}
	err = h.DB.Write(t.Context(), func(tx *db.Tx) error {
		if all, err := h.Keys.Of(tx, h.cast["leader"].ID.String()); err != nil || len(all) > 0 {
			t.Errorf("the leader has %d keys that he never asked for; %v", len(all), err)
		}
		_, err := h.Keys.Revoke(tx, h.Seal.ID, h.Seal.Certificate.NotBefore, sign.Lost, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := h.check(paper); r.State != "unknown" {
		t.Errorf("signed after the certificate was revoked: %s, want unknown", r.State)
	}
}

// TestVerifyCommand checks as scripts do: by certificates alone, by asking, as the node.
func TestVerifyCommand(t *testing.T) {
	h := openHouse(t, dbtest.SQLite(t))
	h.Keys.URL = h.server.URL // a seal whose certificate says where to ask
	err := h.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		h.Seal, err = h.Keys.Issue(tx, sign.Request{Kind: sign.Seal, Name: h.Node, Body: h.Node, From: h.Now(), Until: h.Now().AddDate(1, 0, 0)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d := h.tell("1.001193", "cha mẹ đã kết hôn")
	b := h.pdf("citizen", "/c/"+d.ID.String()+"/result.pdf")
	h.number()
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	_, _, roots := h.do("", "GET", "/roots.pem", "", nil)
	good, bad, pem := write("good.pdf", b), write("bad.pdf", flip(t, b)), write("roots.pem", roots)
	verify := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"verify"}, args...), &out, &errs)
		return code, out.String() + errs.String()
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{good, "--roots", pem}, 0, "Genuinely signed and unchanged"},
		{[]string{good, "--roots", pem}, 0, "The issuer was not asked"},
		{[]string{bad, "--roots", pem}, 1, "This file was changed after signing"},
		{[]string{good, "--url", h.server.URL}, 0, "Genuine and in force"},
		{[]string{good, "--url", h.server.URL}, 0, "Good when it signed; not revoked as of"},
		{[]string{good, "--url", h.server.URL, "--json"}, 0, `"then": "good"`},
		{[]string{good, "--dir", h.Dir, "--db", h.Config.DB}, 0, "holds the fingerprint of this very file"},
		{[]string{good, "--dir", filepath.Join(dir, "nowhere")}, 1, "there is no node"},
		{[]string{pem, "--roots", pem}, 1, "no PDF"},
		{[]string{good, "--json", "--roots", pem}, 0, `"state": "valid"`},
		{nil, 2, "motcua verify"},
	} {
		if code, out := verify(c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("verify %v: exit %d, want %d and %q in:\n%s", c.args, code, c.code, c.says, out)
		}
	}
	if _, err := h.Engine.Act(t.Context(), dossier.Order{Me: h.cast["leader"], Dossier: d.ID, Act: "revoke", Answers: map[string]any{"reasons": reason}}); err != nil {
		t.Fatal(err)
	}
	if code, out := verify(good, "--url", h.server.URL); code != 1 || !strings.Contains(out, "Revoked on") {
		t.Errorf("a revoked result: exit %d\n%s", code, out)
	}

	// The seal itself is revoked: the node's clock, and its ledger, show that this paper is older.
	time.Sleep(time.Second) // the finest that certificates tell
	err = h.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := h.Keys.Revoke(tx, h.Seal.ID, h.Now(), sign.Lost, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if code, out := verify(good, "--url", h.server.URL); code != 1 || !strings.Contains(out, "Good when it signed; revoked later") {
		t.Errorf("a revoked seal, asked from outside: exit %d\n%s", code, out)
	}
	if _, out := verify(good, "--dir", h.Dir, "--db", h.Config.DB); !strings.Contains(out, "Good when it signed; revoked later") {
		t.Errorf("a revoked seal, where the ledger is:\n%s", out)
	}
}

// The applicant hears of what concerns him, once, in his language, and nobody
// else does; what he did himself he knows.
func TestMessages(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		h := openHouse(t, url)
		err := h.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set email = 'an@example.vn', lang = 'en' where login = 'citizen'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		d := h.tell("1.001193", "Giấy chứng sinh mờ")
		told, err := post.List(t.Context(), h.DB, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var subjects, all []string
		for i := len(told) - 1; i >= 0; i-- {
			m := told[i]
			all = append(all, m.Subject+"\n"+m.Body)
			if m.Kind == post.SMS {
				if len(m.Body) > 160 || strings.ContainsFunc(m.Body, func(r rune) bool { return r > 126 }) {
					t.Errorf("%d characters, or one with marks: %s", len(m.Body), m.Body)
				}
				if !strings.HasSuffix(m.Body, "/c/"+d.ID.String()) {
					t.Errorf("no address at the end: %s", m.Body)
				}
				continue
			}
			if m.To != "an@example.vn" {
				t.Errorf("a mail to %s", m.To)
			}
			subjects = append(subjects, m.Subject)
		}
		want := []string{"We have your application " + d.Code, "Application " + d.Code + " is being worked on",
			"Application " + d.Code + " needs something from you", "The result of " + d.Code + " is ready"}
		if got := strings.Join(subjects, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("mails:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
		}
		if len(told) != 2*len(want) {
			t.Errorf("%d messages, want a mail and an SMS each for %d", len(told), len(want))
		}
		text := strings.Join(all, "\n")
		for _, want := range []string{"Hello Thử citizen,", "Ảnh giấy chứng sinh bị mờ", "Chụp lại dưới ánh sáng", h.URL + "/c/" + d.ID.String()} {
			if !strings.Contains(text, want) {
				t.Errorf("the messages lack %q", want)
			}
		}
		for _, secret := range []string{"001195000022", "001095000001", d.Tail + " ", "Trần Mẫu Gia Bảo"} {
			if strings.Contains(text, secret) {
				t.Errorf("the messages say %q", secret)
			}
		}
	})
}
