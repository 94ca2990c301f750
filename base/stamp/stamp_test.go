package stamp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var day = time.Date(2020, 11, 23, 9, 30, 0, 700e6, time.UTC)

// certify makes a certificate; without a parent it certifies itself.
func certify(t testing.TB, c, parent *x509.Certificate, by crypto.Signer) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	number := make([]byte, 8)
	rand.Read(number)
	c.SerialNumber = new(big.Int).SetBytes(number)
	c.NotBefore, c.NotAfter = day.AddDate(-1, 0, 0), day.AddDate(20, 0, 0)
	c.BasicConstraintsValid = true
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

type world struct {
	root  *x509.Certificate
	clock Clock
	other Clock // whose certificate is for other things too
}

func newWorld(t testing.TB) (w world) {
	t.Helper()
	root, key := certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "Gốc"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	purpose, oid, err := Purpose()
	if err != nil {
		t.Fatal(err)
	}
	clock := func(name string, c x509.Certificate) Clock {
		c.Subject, c.KeyUsage = pkix.Name{CommonName: name}, x509.KeyUsageDigitalSignature
		cert, own := certify(t, &c, root, key)
		return Clock{Key: own, Chain: []*x509.Certificate{cert, root}, Policy: Policy, Accuracy: time.Second}
	}
	w.root = root
	w.clock = clock("Đồng hồ", x509.Certificate{ExtraExtensions: []pkix.Extension{{Id: oid, Critical: true, Value: purpose}}})
	w.other = clock("Khác", x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	return w
}

func (w world) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(w.root)
	return p
}

func TestToken(t *testing.T) {
	w := newWorld(t)
	sum := sha256.Sum256([]byte("a paper"))
	der, err := w.clock.Stamp(crypto.SHA256, sum[:], big.NewInt(17), day, big.NewInt(99), false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if !got.At.Equal(day.Truncate(time.Second)) || got.Serial.Int64() != 17 || got.Nonce.Int64() != 99 || got.Accuracy != time.Second || !got.Policy.Equal(Policy) {
		t.Errorf("%+v", got)
	}
	if err := got.Check(sum[:], w.pool()); err != nil {
		t.Error(err)
	}
	other := sha256.Sum256([]byte("another paper"))
	if got.Check(other[:], w.pool()) == nil {
		t.Error("a token over something else was taken")
	}
	if got.Check(sum[:], newWorld(t).pool()) == nil {
		t.Error("a clock that nobody vouches for was believed")
	}
	changed := 0
	for i := range der { // no bit of it can be another one
		bad := append([]byte(nil), der...)
		bad[i] ^= 1
		if tok, err := Parse(bad); err == nil && tok.Check(sum[:], w.pool()) == nil {
			// Only the certificates that came along beside the clock's own are not signed.
			if !tok.At.Equal(got.At) || tok.Serial.Cmp(got.Serial) != 0 || !tok.Certificate.Equal(got.Certificate) {
				t.Errorf("byte %d changed, and the token says %+v", i, tok)
			}
			changed++
		}
	}
	if changed > len(w.root.Raw) {
		t.Errorf("%d of %d bytes could be changed", changed, len(der))
	}

	for name, make := range map[string]func() ([]byte, error){
		"not for stamps alone": func() ([]byte, error) {
			return w.other.Stamp(crypto.SHA256, sum[:], big.NewInt(1), day, nil, false)
		},
		"before its certificate": func() ([]byte, error) {
			return w.clock.Stamp(crypto.SHA256, sum[:], big.NewInt(1), day.AddDate(-2, 0, 0), nil, false)
		},
	} {
		der, err := make()
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		if tok.Check(sum[:], w.pool()) == nil {
			t.Errorf("%s: believed", name)
		}
	}
	if _, err := w.clock.Stamp(crypto.SHA1, make([]byte, 20), big.NewInt(1), day, nil, false); err == nil {
		t.Error("SHA-1 was stamped")
	}
	bare, err := w.clock.Stamp(crypto.SHA256, sum[:], big.NewInt(18), day, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(bare); err == nil {
		t.Error("a token without a certificate was read without one")
	}
	tok, err := Parse(bare, w.clock.Chain...)
	if err != nil || tok.Check(sum[:], w.pool()) != nil {
		t.Errorf("bare: %v", err)
	}
}

func TestRequest(t *testing.T) {
	sum := sha256.Sum256([]byte("x"))
	ask := func(change func(*request)) []byte {
		q := request{Version: 1, Imprint: imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, sum[:]}}
		change(&q)
		der, err := asn1.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for name, tt := range map[string]struct {
		der  []byte
		want error
	}{
		"plain":      {ask(func(*request) {}), nil},
		"nonce":      {ask(func(q *request) { q.Nonce, q.Certs = big.NewInt(7), true }), nil},
		"version":    {ask(func(q *request) { q.Version = 2 }), BadRequest},
		"SHA-1":      {ask(func(q *request) { q.Imprint.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26} }), BadAlgorithm},
		"unknown":    {ask(func(q *request) { q.Imprint.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 3} }), BadAlgorithm},
		"short":      {ask(func(q *request) { q.Imprint.Digest = sum[:20] }), BadFormat},
		"long nonce": {ask(func(q *request) { q.Nonce = new(big.Int).Lsh(big.NewInt(1), 300) }), BadFormat},
		"extension": {ask(func(q *request) {
			q.Extensions = asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: []byte{5, 0}}
		}), BadExtension},
		"more":        {append(ask(func(*request) {}), 5, 0), BadFormat},
		"nothing":     {nil, BadFormat},
		"not minimal": {[]byte{0x30, 0x81, 0x03, 2, 1, 1}, BadFormat},
		"large":       {make([]byte, maxRequest+1), BadFormat},
	} {
		if _, err := ParseRequest(tt.der); err != tt.want {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// OpenSSL asks, we answer, it believes; and the other way round.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	w, dir := newWorld(t), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	put := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("openssl", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	put("paper", []byte("a paper"))
	put("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.root.Raw}))
	for _, alg := range []string{"-sha256", "-sha384", "-sha512"} {
		run("ts", "-query", "-data", in("paper"), alg, "-cert", "-out", in("q"))
		q, err := os.ReadFile(in("q"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseRequest(q)
		if err != nil || r.Nonce == nil || !r.Certs {
			t.Fatalf("%s: %+v %v", alg, r, err)
		}
		token, err := w.clock.Stamp(r.Hash, r.Digest, big.NewInt(17), time.Now(), r.Nonce, !r.Certs)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := Reply(token)
		if err != nil {
			t.Fatal(err)
		}
		put("a", answer)
		if out := run("ts", "-verify", "-queryfile", in("q"), "-in", in("a"), "-CAfile", in("root.pem")); !strings.Contains(out, "Verification: OK") {
			t.Errorf("%s: %s", alg, out)
		}
		if out := run("ts", "-reply", "-in", in("a"), "-text"); !strings.Contains(out, "Serial number: 0x11") || !strings.Contains(out, "Accuracy: 0x01 seconds") {
			t.Errorf("%s: %s", alg, out)
		}
	}
	no, err := Refuse(BadAlgorithm)
	if err != nil {
		t.Fatal(err)
	}
	put("no", no)
	if out := run("ts", "-reply", "-in", in("no"), "-text"); !strings.Contains(out, "Rejected") || !strings.Contains(out, "unrecognized or unsupported algorithm") {
		t.Error(out)
	}

	// Its own clock.
	key, err := x509.MarshalECPrivateKey(w.clock.Key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	put("clock.key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}))
	put("clock.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.clock.Chain[0].Raw}))
	put("serial", []byte("2A\n"))
	put("cnf", []byte("[tsa]\ndefault_tsa = t\n[t]\nserial = "+in("serial")+"\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1, millisecs:500, microsecs:100\ntsa_name = yes\ness_cert_id_alg = sha256\n"))
	run("ts", "-query", "-data", in("paper"), "-sha256", "-cert", "-out", in("q"))
	run("ts", "-reply", "-config", in("cnf"), "-queryfile", in("q"), "-inkey", in("clock.key"), "-signer", in("clock.pem"), "-token_out", "-out", in("token"))
	der, err := os.ReadFile(in("token"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("a paper"))
	if err := tok.Check(sum[:], w.pool()); err != nil || tok.Accuracy != 1500*time.Millisecond+100*time.Microsecond {
		t.Errorf("%v %v", tok.Accuracy, err)
	}
}

func FuzzRequest(f *testing.F) {
	sum := sha256.Sum256(nil)
	der, err := asn1.Marshal(request{Version: 1, Imprint: imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, sum[:]}, Nonce: big.NewInt(7), Certs: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := ParseRequest(der)
		if err != nil {
			if _, ok := err.(Failure); !ok {
				t.Fatal(err)
			}
			return
		}
		token, err := w.clock.Stamp(r.Hash, r.Digest, big.NewInt(1), day, r.Nonce, !r.Certs)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Parse(token, w.clock.Chain...)
		if err != nil || tok.Check(r.Digest, w.pool()) != nil {
			t.Fatalf("%x: %v", der, err)
		}
	})
}

func FuzzToken(f *testing.F) {
	w := newWorld(f)
	sum := sha256.Sum256(nil)
	for _, bare := range []bool{true, false} {
		der, err := w.clock.Stamp(crypto.SHA256, sum[:], big.NewInt(1), day, nil, bare)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if tok, err := Parse(der, w.clock.Chain...); err == nil && tok.Check(sum[:], w.pool()) == nil && (tok.Serial.Int64() != 1 || !tok.At.Equal(day.Truncate(time.Second))) {
			t.Fatalf("forged: %+v", tok)
		}
	})
}
