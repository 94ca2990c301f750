package pades

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"motcua/base/cms"
	"motcua/base/fault"
	"motcua/base/pdf"
	"motcua/base/verdict"
	"motcua/base/verdict/verdicttest"
)

func fonts(t testing.TB) pdf.Fonts {
	t.Helper()
	b, err := os.ReadFile("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
	if err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return pdf.Fonts{Regular: b}
}

var (
	hanoi  = time.FixedZone("", 7*3600)
	places = []Place{{Field: "leader", Page: 1, X: 200, Y: 60, W: 200, H: 80}, {Field: "seal", Page: 2, X: 40, Y: 60, W: 180, H: 60}}
)

// at signs in a kept place.
func (w world) at(t testing.TB, file []byte, name, field string, at time.Time) []byte {
	t.Helper()
	cert, key := certify(t, person(name), w.issuer, w.key)
	out, err := Sign(file, By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, Reason: "Phê duyệt", At: at.In(hanoi), Field: field})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Two visible signatures and an invisible one, whatever the table's form: no false alarm, and others see them too.
func TestBlocks(t *testing.T) {
	for _, name := range []string{"qpdf", "pdfsig", "pdftotext"} {
		tool(t, name)
	}
	w := newWorld(t)
	for _, streams := range []string{"disable", "generate"} {
		in := save(t, paper(t))
		run(t, "qpdf", "--object-streams="+streams, in, in+".x")
		b, err := os.ReadFile(in + ".x")
		if err != nil {
			t.Fatal(err)
		}
		if b, err = Keep(b, fonts(t), places...); err != nil {
			t.Fatal(err)
		}
		b = w.at(t, b, "Nguyễn Thị Hồng Nhung", "leader", day)
		b = w.sign(t, b, "An", day)
		b = w.at(t, b, "Ủy ban nhân dân phường Hàng Bạc", "seal", day.Add(time.Hour))
		v := read(t, b, w.root)
		if v.State != verdict.Valid || len(v.Signatures) != 3 || !v.Signatures[2].At.Equal(day.Add(time.Hour)) {
			t.Fatalf("%s: %+v", streams, v)
		}
		path := save(t, b)
		if said := run(t, "pdfsig", "-nocert", path); strings.Count(said, "Signature is Valid") != 3 {
			t.Error(said)
		}
		run(t, "qpdf", "--check", path)
		if said := run(t, "pdftotext", "-layout", path, "-"); !strings.Contains(said, "Nguyễn Thị Hồng Nhung") || !strings.Contains(said, "17:30:00 23/11/2020 +07:00") {
			t.Errorf("%s: not on the page:\n%s", streams, said[max(0, len(said)-1500):])
		}
		if dir := os.Getenv("MOTCUA_KEEP"); dir != "" {
			os.WriteFile(dir+"/block-"+streams+".pdf", b, 0o600)
		}
		if _, err := Keep(b, fonts(t), places[0]); !errors.Is(err, fault.Conflict) {
			t.Errorf("a place in a signed file: %v", err)
		}
		cert, key := certify(t, person("Chi"), w.issuer, w.key)
		if _, err := Sign(b, By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, At: day, Field: "leader"}); !errors.Is(err, fault.NotFound) {
			t.Errorf("a place that is taken: %v", err)
		}
	}
	for _, bad := range []Place{{Field: "a b", Page: 1, W: 90, H: 50}, {Field: "a", Page: 9, W: 90, H: 50}, {Field: "a", Page: 1, W: 900, H: 50}, {}} {
		if _, err := Keep(paper(t), fonts(t), bad); err == nil {
			t.Errorf("kept %+v", bad)
		}
	}
	if _, err := Keep(paper(t), pdf.Fonts{}, places[0]); !errors.Is(err, fault.Unsupported) {
		t.Errorf("without a font: %v", err)
	}
}

// What is drawn in a kept place after somebody signed says what the certificate says, or it is a change.
func TestForeignBlocks(t *testing.T) {
	w := newWorld(t)
	kept, err := Keep(paper(t), fonts(t), places...)
	if err != nil {
		t.Fatal(err)
	}
	first := w.at(t, kept, "An", "leader", day)
	for name, edit := range map[string]func(b []byte) []byte{
		"honest":        func(b []byte) []byte { return b },
		"other letters": func(b []byte) []byte { return bytes.Replace(b, []byte("<00480061> Tj"), []byte("<00390039> Tj"), 1) },
		"other font":    func(b []byte) []byte { return bytes.Replace(b, []byte("/F 10.5 Tf"), []byte("/G 10.5 Tf"), 1) },
		"larger":        func(b []byte) []byte { return bytes.Replace(b, []byte("/BBox [0 0 180"), []byte("/BBox [0 0 980"), 1) },
		"white":         func(b []byte) []byte { return bytes.Replace(b, []byte("BT 0 g"), []byte("BT 1 g"), 1) },
		"nothing drawn": func(b []byte) []byte { return bytes.Replace(b, []byte("/AP <</N "), []byte("/AQ <</N "), 1) },
		"other page":    func(b []byte) []byte { return bytes.Replace(b, []byte("/Subtype /Form"), []byte("/Subtype /Fora"), 1) },
	} {
		// The second signer's program draws otherwise, and its signature covers what it drew.
		cert, key := certify(t, person("Ha"), w.issuer, w.key)
		by := By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, At: day, Field: "seal"}
		out, from, err := prepare(first, by.room(), by)
		if err != nil {
			t.Fatal(err)
		}
		bad := append(bytes.Clone(first), edit(bytes.Clone(out[len(first):]))...)
		if name != "honest" && bytes.Equal(bad, out) {
			t.Errorf("%s: nothing was edited", name)
			continue
		}
		by.finish(t, bad, from)
		v := read(t, bad, w.root)
		if want := map[bool]verdict.State{true: verdict.Valid, false: verdict.Changed}[name == "honest"]; v.State != want {
			t.Errorf("%s: %s %v, want %s", name, v.State, v.Why, want)
		}
	}
}

// A file whose time is a time-stamp authority's word, in sequence with one whose time is the signer's.
func TestStamped(t *testing.T) {
	tool(t, "pdfsig")
	w := verdicttest.New(t)
	key := verdicttest.Key(t)
	by := By{Key: key, Chain: w.Chain(t, verdicttest.Person("An"), key.Public()), At: day, Stamp: w.Stamp(day.Add(time.Minute))}
	b, err := Sign(paper(t), by)
	if err != nil {
		t.Fatal(err)
	}
	rsa := verdicttest.RSA(t, 2048)
	if b, err = Sign(b, By{Key: rsa, Chain: w.Chain(t, verdicttest.Person("Bình"), rsa.Public()), At: day.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	v := read(t, b, w.Root)
	if v.State != verdict.Valid || len(v.Signatures) != 2 {
		t.Fatalf("%+v", v)
	}
	if s := v.Signatures[0]; s.Stamp == nil || !s.Stamp.Trusted || !s.When().Equal(day.Add(time.Minute)) {
		t.Errorf("stamp %+v", s.Stamp)
	}
	if s := v.Signatures[1]; s.Stamp != nil || s.Algorithm != "RSA 2048, SHA-256" {
		t.Errorf("%+v", s)
	}
	if said := run(t, "pdfsig", "-nocert", save(t, b)); strings.Count(said, "Signature is Valid") != 2 {
		t.Error(said)
	}
}

// finish signs what prepare made, after somebody edited it.
func (by By) finish(t testing.TB, out []byte, from int) {
	t.Helper()
	room := by.room()
	h := sha256.New()
	h.Write(out[:from])
	h.Write(out[from+2*room+2:])
	der, err := cms.Sign(cms.Signing{Key: by.Key, Chain: by.Chain, Digest: h.Sum(nil)})
	if err != nil {
		t.Fatal(err)
	}
	hex.Encode(out[from+1:], der)
}
