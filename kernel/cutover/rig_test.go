package cutover_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/lang"
	"motcua/kernel/cutover"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

// A rig is a program into which other software's cases come.
type rig struct {
	*kerneltest.Rig
	dir string
}

func open(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{kerneltest.Open(t, url, []string{"birth"}, cutover.System(), paper.System(), track.System()), t.TempDir()}
	err := os.WriteFile(filepath.Join(r.dir, "paper.pdf"), sample, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sample is a paper that other software kept.
var sample = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// a case as the old software says it; change makes it another.
func (r *rig) line(i int, change map[string]any) map[string]any {
	x := r.Procedures.Get("1.001193").Examples[0]
	answers := map[string]any{}
	for name, v := range x.Answers {
		answers[name] = v
	}
	answers["child_name"] = fmt.Sprintf("Nguyễn Thử Số %d", i)
	m := map[string]any{
		"code": fmt.Sprintf("MC-%06d/HB", i), "tail": fmt.Sprintf("K%03d", i%1000), "procedure": "1.001193", "body": "HANGBAC", "state": "Đang thẩm tra",
		"received": "2020-02-28 09:30", "due": "2020-03-04 17:00", "channel": "counter", "holder": "officer",
		"applicant": map[string]any{"name": fmt.Sprintf("Trần Thị %d", i), "number": fmt.Sprintf("0011930%05d", i%100000), "phone": "0900000111"},
		"answers":   answers,
		"papers":    []map[string]any{{"paper": "Giấy chứng sinh", "name": "Giấy chứng sinh.pdf", "file": "paper.pdf", "sha256": sum(sample)}},
	}
	maps.Copy(m, change)
	for name, v := range m {
		if v == nil {
			delete(m, name)
		}
	}
	return m
}

func (r *rig) file(t *testing.T, name string, lines ...map[string]any) string {
	t.Helper()
	var b bytes.Buffer
	for _, l := range lines {
		if err := json.NewEncoder(&b).Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	return r.write(t, name, b.Bytes())
}

func (r *rig) write(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const words = `
states: {Đang thẩm tra: examine, Trình ký: sign, Chờ bổ sung: "5", Mới nộp: "1"}
bodies: {HANGBAC: H26.002.00061}
staff: {hanglt: officer}
`

// run takes a file over as root and tells what was not taken.
func (r *rig) run(t *testing.T, path string, set func(*cutover.Dossiers)) (cutover.Report, []cutover.Reject) {
	t.Helper()
	rep, bad, err := r.try(t, t.Context(), path, set)
	if err != nil {
		t.Fatal(err)
	}
	return rep, bad
}

func (r *rig) try(t *testing.T, ctx context.Context, path string, set func(*cutover.Dossiers)) (cutover.Report, []cutover.Reject, error) {
	t.Helper()
	m, err := cutover.ReadMapping("words.yaml", []byte(words))
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var bad []cutover.Reject
	x := &cutover.Dossiers{App: r.App, By: r.People["root"], Mapping: m, Files: root, Voice: lang.Voice{Lang: lang.VI, Zone: r.Zone, Catalogue: r.Texts},
		Reject: func(b cutover.Reject) { bad = append(bad, b) }}
	if set != nil {
		set(x)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = x.Run(ctx, f, path)
	return x.Report, bad, err
}

// find is the dossier of a code; nil: there is none.
func (r *rig) find(t *testing.T, code, tail string) *dossier.Dossier {
	t.Helper()
	d, _, err := r.Engine.Track(t.Context(), code, tail)
	if err != nil {
		return nil
	}
	return d
}

// sound fails the test unless rows, figures and ledger are what the acts add up to.
func (r *rig) sound(t *testing.T) {
	t.Helper()
	if err := r.Log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := r.Engine.Projections(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	history, err := r.Engine.History(t.Context(), r.Log)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Engine.Documents(t.Context(), r.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range append(append(rows, history...), files...) {
		if t.Errorf("doctor: %s", f); i > 5 {
			break
		}
	}
}

// count is a count in the database.
func (r *rig) count(t *testing.T, q string, args ...any) (n int) {
	t.Helper()
	err := r.DB.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(q, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// me is one of the cast with the roles he has now.
func (r *rig) me(t *testing.T, login string) who.Person {
	t.Helper()
	p, err := r.Book.Person(t.Context(), r.People[login].ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(s string) time.Time {
	z, _ := time.LoadLocation("Asia/Ho_Chi_Minh")
	t, _ := time.ParseInLocation("2006-01-02 15:04", s, z)
	return t
}
