package pades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/base/verdict"
)

var day = time.Date(2020, 11, 23, 9, 30, 0, 0, time.UTC)

// A world is a root, an issuer and somebody certified by it.
type world struct {
	root, issuer *x509.Certificate
	key          *ecdsa.PrivateKey // of the issuer
}

func newWorld(t testing.TB) world {
	t.Helper()
	var w world
	ca := func(name string) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{"UBND thành phố"}}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign, NotBefore: day.AddDate(-1, 0, 0), NotAfter: day.AddDate(40, 0, 0)}
	}
	var rootKey *ecdsa.PrivateKey
	w.root, rootKey = certify(t, ca("Gốc"), nil, nil)
	w.issuer, w.key = certify(t, ca("Nơi cấp"), w.root, rootKey)
	return w
}

var serial int64

func certify(t testing.TB, c, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certificate(t, c, parent, key.Public(), by, key), key
}

func certificate(t testing.TB, c, parent *x509.Certificate, public crypto.PublicKey, by, own *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	serial++
	c.SerialNumber = big.NewInt(serial)
	if parent == nil {
		parent, by = c, own
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func person(name string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{"UBND phường Hàng Bạc"}, SerialNumber: "P17",
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 12}, Value: "Phó chủ tịch"}}},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, NotBefore: day.AddDate(0, -1, 0), NotAfter: day.AddDate(2, 0, 0)}
}

func (w world) sign(t testing.TB, file []byte, name string, at time.Time) []byte {
	t.Helper()
	return w.signAs(t, file, person(name), at)
}

func (w world) signAs(t testing.TB, file []byte, who *x509.Certificate, at time.Time) []byte {
	t.Helper()
	cert, key := certify(t, who, w.issuer, w.key)
	out, err := Sign(file, By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, Reason: "Phê duyệt", At: at})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// paper is a small PDF of two pages.
func paper(t testing.TB) []byte {
	t.Helper()
	b, err := pdf.Make(pdf.Doc{Size: pdf.A5, Title: "Giấy", At: day, Page: "{0}/{1}", Body: []pdf.Block{
		pdf.Text{Text: strings.Repeat("Mot dong chu. ", 300)}, pdf.Rows{{Label: "Tên", Value: "An"}}}}, pdf.Fonts{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, b []byte, roots ...*x509.Certificate) verdict.Verdict {
	t.Helper()
	v, err := Read(b, roots...)
	if err != nil {
		t.Fatal(err)
	}
	return v
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

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func save(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSignTwiceAndRead(t *testing.T) {
	w := newWorld(t)
	statement := json.RawMessage(`{"motcua":1,"doc":"receipt","code":"H26-1"}`)
	file, err := Attach(paper(t), statement)
	if err != nil {
		t.Fatal(err)
	}
	one := w.sign(t, file, "Nguyễn Thị Hồng Nhung", day)
	two := w.sign(t, one, "Trần Văn Bình", day.Add(time.Hour))
	if !bytes.HasPrefix(two, one) || !bytes.HasPrefix(one, file) {
		t.Fatal("signing changed bytes that were there")
	}
	v := read(t, two, w.root)
	if v.State != verdict.Valid || len(v.Why) > 0 || string(v.Statement) != string(statement) || len(v.Signatures) != 2 {
		t.Fatalf("verdict %+v", v)
	}
	for i, want := range []verdict.Signature{
		{Name: "Nguyễn Thị Hồng Nhung", At: day}, {Name: "Trần Văn Bình", At: day.Add(time.Hour)},
	} {
		want.Body, want.Role, want.Serial, want.Reason = "UBND phường Hàng Bạc", "Phó chủ tịch", "P17", "Phê duyệt"
		want.Intact, want.Whole, want.Trusted = true, true, true
		got := v.Signatures[i]
		if got.Certificate == nil {
			t.Fatal("no certificate")
		}
		want.Algorithm = "ECDSA P-256, SHA-256"
		got.Certificate, got.Chain = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("signature %d\n got %+v\nwant %+v", i, got, want)
		}
	}
	if got, ok := Statement(two); !ok || string(got) != string(statement) {
		t.Errorf("statement %s %v", got, ok)
	}
	if _, err := Attach(two, statement); !errors.Is(err, fault.Conflict) {
		t.Errorf("a second statement: %v, want a conflict", err)
	}
	if v := read(t, file, w.root); v.State != verdict.None || len(v.Signatures) != 0 {
		t.Errorf("unsigned: %+v", v)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	w := newWorld(t)
	cert, key := certify(t, person("An"), w.issuer, w.key)
	var last []byte
	for range 3 {
		out, err := Sign(paper(t), By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, Reason: "x", At: day})
		if err != nil || last != nil && !bytes.Equal(out, last) {
			t.Fatalf("other bytes, or %v", err)
		}
		last = out
	}
}

// Others' programs must agree: poppler about signature, cover and trust, qpdf
// about the syntax, OpenSSL and a PKCS#7 library about the message.
func TestOthersAgree(t *testing.T) {
	for _, name := range []string{"pdfsig", "qpdf", "openssl", "certutil", "pdfdetach"} {
		tool(t, name)
	}
	w := newWorld(t)
	file, err := Attach(paper(t), json.RawMessage(`{"motcua":1}`))
	if err != nil {
		t.Fatal(err)
	}
	one, two := person("Nguyễn Thị Hồng Nhung"), person("Trần Văn Bình")
	one.NotAfter, two.NotAfter = day.AddDate(30, 0, 0), day.AddDate(30, 0, 0) // pdfsig judges as of today
	signed := w.signAs(t, w.signAs(t, file, one, day), two, day)
	path := save(t, signed)
	dir := t.TempDir()
	root := filepath.Join(dir, "root.pem")
	os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.root.Raw}), 0o600)
	run(t, "certutil", "-N", "-d", "sql:"+dir, "--empty-password")
	run(t, "certutil", "-A", "-d", "sql:"+dir, "-n", "root", "-t", "CT,CT,CT", "-i", root)

	said := run(t, "pdfsig", "-nssdir", dir, path)
	for want, n := range map[string]int{
		"Signature Validation: Signature is Valid.": 2, "Certificate Validation: Certificate is Trusted.": 2, "Total document signed": 1,
		"Nguyễn Thị Hồng Nhung": 1, "Trần Văn Bình": 1, "ETSI.CAdES.detached": 2, "SHA-256": 2,
	} {
		if got := strings.Count(said, want); got < n {
			t.Errorf("pdfsig says %q %d times, want %d\n%s", want, got, n, said)
		}
	}
	if said := run(t, "qpdf", "--check", path); !strings.Contains(said, "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %s", said)
	}
	if said := run(t, "pdfdetach", "-list", path); !strings.Contains(said, statementName) {
		t.Errorf("pdfdetach: %s", said)
	}

	f, err := parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := f.fields(len(signed))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range fields {
		c := one.sig.get("Contents")
		content := append(bytes.Clone(signed[:c.at]), signed[c.at+len(c.raw):one.end]...)
		der := []byte(strings.TrimRight(c.str, "\x00"))
		cms, data := filepath.Join(dir, "cms"), filepath.Join(dir, "data")
		os.WriteFile(cms, der, 0o600)
		os.WriteFile(data, content, 0o600)
		run(t, "openssl", "cms", "-verify", "-inform", "DER", "-in", cms, "-content", data, "-binary", "-CAfile", root, "-purpose", "any", "-cades", "-attime", fmt.Sprint(day.Unix()), "-out", "/dev/null")
		p7, err := pkcs7.Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		p7.Content = content
		pool := x509.NewCertPool()
		pool.AddCert(w.root)
		if err := p7.VerifyWithChainAtTime(pool, day); err != nil {
			t.Error(err)
		}
	}

	// And about what is wrong.
	bad := bytes.Replace(signed, []byte("/MediaBox [0 0 419.53 595.28]"), []byte("/MediaBox [0 0 419.53 295.28]"), 1)
	if bytes.Equal(bad, signed) {
		t.Fatal("nothing to change")
	}
	if said := run(t, "pdfsig", "-nocert", save(t, bad)); strings.Count(said, "Digest Mismatch") != 2 {
		t.Errorf("pdfsig on a changed file: %s", said)
	}
	if v := read(t, bad, w.root); v.State != verdict.Changed {
		t.Errorf("changed file: %s", v.State)
	}
}

// Files of other programs in the layouts that are supported, and those that are refused politely.
func TestOtherLayouts(t *testing.T) {
	tool(t, "qpdf")
	tool(t, "pdfsig")
	w := newWorld(t)
	cert, key := certify(t, person("An"), w.issuer, w.key)
	for _, tt := range []struct {
		args []string
		ok   bool
	}{
		{[]string{"--object-streams=disable"}, true},
		{[]string{"--qdf", "--object-streams=disable"}, true},
		{[]string{"--linearize", "--object-streams=disable"}, true},
		{[]string{"--object-streams=generate"}, true},
		{[]string{"--linearize", "--object-streams=generate"}, true},
		{[]string{"--encrypt", "", "owner", "256", "--"}, false},
	} {
		in := save(t, paper(t))
		out := in + ".other"
		run(t, "qpdf", append(append([]string{}, tt.args...), in, out)...)
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := Sign(b, By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, Reason: "x", At: day})
		if !tt.ok {
			if !errors.Is(err, fault.Unsupported) {
				t.Errorf("%v: %v, want unsupported", tt.args, err)
			}
			if v := read(t, b); v.State != verdict.None {
				t.Errorf("%v: %s, want none", tt.args, v.State)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", tt.args, err)
			continue
		}
		signed = w.sign(t, signed, "Bình", day.Add(time.Hour))
		if v := read(t, signed, w.root); v.State != verdict.Valid || len(v.Signatures) != 2 {
			t.Errorf("%v: %+v", tt.args, v)
		}
		path := save(t, signed)
		if said := run(t, "pdfsig", "-nocert", path); strings.Count(said, "Signature is Valid") != 2 || strings.Count(said, "Total document signed") != 1 {
			t.Errorf("%v: %s", tt.args, said)
		}
		run(t, "qpdf", "--check", path)
	}
}

// Every single byte that is covered: changed in one bit it is never called valid.
func TestEveryByteCounts(t *testing.T) {
	w := newWorld(t)
	b, err := pdf.Make(pdf.Doc{Size: pdf.Roll, Title: "x", At: day}, pdf.Fonts{})
	if err != nil {
		t.Fatal(err)
	}
	signed := w.sign(t, b, "An", day)
	from := bytes.Index(signed, []byte("/Contents <")) + len("/Contents ")
	to := from + bytes.IndexByte(signed[from:], '>') + 1
	if v := read(t, signed, w.root); v.State != verdict.Valid {
		t.Fatalf("%+v", v)
	}
	for i := range signed {
		if i >= from && i < to {
			continue
		}
		bad := bytes.Clone(signed)
		bad[i] ^= 1 << (i % 8)
		if v, err := Read(bad, w.root); err == nil && (v.State == verdict.Valid || v.State == verdict.None || v.State == verdict.Unknown) {
			t.Fatalf("byte %d of %d (%q): %s", i, len(signed), signed[max(0, i-10):i+10], v.State)
		}
	}
	// In the signature itself a letter of another case is the same digit, and the room behind it is to be zero.
	for i := from; i < to; i += 3 {
		bad := bytes.Clone(signed)
		bad[i] ^= 1
		if v, err := Read(bad, w.root); err == nil && v.State == verdict.Valid {
			t.Fatalf("byte %d of the signature", i)
		}
	}
}

// embed puts any message into a file, as other signing programs would make it.
func embedded(t *testing.T, file []byte, at time.Time, make func(content []byte) []byte) []byte {
	t.Helper()
	const room = 4096
	out, from, err := prepare(file, room, By{At: at})
	if err != nil {
		t.Fatal(err)
	}
	content := append(bytes.Clone(out[:from]), out[from+2*room+2:]...)
	hex.Encode(out[from+1:], make(content))
	return out
}

func TestWhoIsNotTrusted(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	rsaSigned := func(bits int, hash func(*pkcs7.SignedData)) func([]byte) []byte {
		sign := func(content []byte) []byte {
			key, err := rsa.GenerateKey(rand.Reader, bits)
			if err != nil {
				t.Fatal(err)
			}
			cert := certificate(t, person("RSA"), w.issuer, key.Public(), w.key, nil)
			sd, err := pkcs7.NewSignedData(content)
			if err != nil {
				t.Fatal(err)
			}
			hash(sd)
			if err := sd.AddSignerChain(cert, key, []*x509.Certificate{w.issuer}, pkcs7.SignerInfoConfig{}); err != nil {
				t.Fatal(err)
			}
			sd.Detach()
			der, err := sd.Finish()
			if err != nil {
				t.Fatal(err)
			}
			return der
		}
		return func(content []byte) (der []byte) {
			fips140.WithoutEnforcement(func() { der = sign(content) }) // what others use is up to them
			return der
		}
	}
	// The library signs as of now, so its signers' time is compared with certificates that still hold.
	now := func(sd *pkcs7.SignedData) { sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256) }
	sha1 := func(sd *pkcs7.SignedData) { sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA1) }
	t.Setenv("GODEBUG", "rsa1024min=0")
	for name, tt := range map[string]struct {
		file  []byte
		roots []*x509.Certificate
		state verdict.State
		why   string
	}{
		"no roots":         {w.sign(t, paper(t), "An", day), nil, verdict.Unknown, "verdict.why.unknown"},
		"other root":       {w.sign(t, paper(t), "An", day), []*x509.Certificate{other.root}, verdict.Unknown, "verdict.why.unknown"},
		"both roots":       {w.sign(t, paper(t), "An", day), []*x509.Certificate{other.root, w.root}, verdict.Valid, ""},
		"expired":          {w.sign(t, paper(t), "An", day.AddDate(3, 0, 0)), []*x509.Certificate{w.root}, verdict.Unknown, "verdict.why.expired"},
		"too early":        {w.sign(t, paper(t), "An", day.AddDate(0, -2, 0)), []*x509.Certificate{w.root}, verdict.Unknown, "verdict.why.expired"},
		"second alien":     {other.sign(t, w.sign(t, paper(t), "An", day), "Lạ", day), []*x509.Certificate{w.root}, verdict.Unknown, "verdict.why.unknown"},
		"RSA":              {embedded(t, paper(t), day, rsaSigned(2048, now)), []*x509.Certificate{w.root}, verdict.Valid, ""},
		"SHA-1":            {embedded(t, paper(t), day, rsaSigned(2048, sha1)), []*x509.Certificate{w.root}, verdict.Unknown, "verdict.why.old"},
		"RSA 1024":         {embedded(t, paper(t), day, rsaSigned(1024, now)), []*x509.Certificate{w.root}, verdict.Unknown, "verdict.why.old"},
		"garbage":          {embedded(t, paper(t), day, func([]byte) []byte { return []byte("no signature at all") }), []*x509.Certificate{w.root}, verdict.Broken, "verdict.why.unreadable"},
		"of other content": {embedded(t, paper(t), day, func(c []byte) []byte { return rsaSigned(2048, now)(c[1:]) }), []*x509.Certificate{w.root}, verdict.Changed, "verdict.why.digest"},
	} {
		t.Run(name, func(t *testing.T) {
			v := read(t, tt.file, tt.roots...)
			if v.State != tt.state {
				t.Errorf("%s, want %s: %+v", v.State, tt.state, v)
			}
			if tt.why != "" && (len(v.Why) == 0 || v.Why[len(v.Why)-1].Code != tt.why) {
				t.Errorf("because %v, want %s", v.Why, tt.why)
			}
		})
	}
}

// A certificate that may only certify others may not sign papers.
func TestWrongUseOfAKey(t *testing.T) {
	w := newWorld(t)
	out, err := Sign(paper(t), By{Key: w.key, Chain: []*x509.Certificate{w.issuer}, Reason: "x", At: day})
	if err != nil {
		t.Fatal(err)
	}
	if v := read(t, out, w.root); v.State != verdict.Unknown || v.Signatures[0].Trusted {
		t.Errorf("%+v", v)
	}
}

func TestNotAPDF(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("hello"), []byte("PK\x03\x04")} {
		if _, err := Read(b); !errors.Is(err, fault.Unsupported) {
			t.Errorf("%q: %v, want unsupported", b, err)
		}
	}
	if _, err := Read(make([]byte, maxFile+1)); !errors.Is(err, fault.TooLarge) {
		t.Errorf("huge: %v, want too large", err)
	}
}

func TestTexts(t *testing.T) {
	c, err := lang.Load(Texts, verdict.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []verdict.State{verdict.Valid, verdict.None, verdict.Unknown, verdict.Broken, verdict.Changed} {
		if !c.Has("verdict." + string(s)) {
			t.Errorf("state %s has no sentence", s)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	w := newWorld(b)
	cert, key := certify(b, person("An"), w.issuer, w.key)
	file := paper(b)
	sum := sha256.Sum256(file)
	b.Run("ecdsa", func(b *testing.B) { // the bare signature: the limit
		for b.Loop() {
			if _, err := key.Sign(nil, sum[:], crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pdf", func(b *testing.B) {
		for b.Loop() {
			if _, err := Sign(file, By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, Reason: "x", At: day}); err != nil {
				b.Fatal(err)
			}
		}
	})
	signed := w.sign(b, file, "An", day)
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if v := read(b, signed, w.root); v.State != verdict.Valid {
				b.Fatal(v)
			}
		}
	})
}
