package cades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"motcua/base/cms"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/verdict"
	. "motcua/base/verdict/verdicttest"
)

var file = []byte("Bảng số liệu\r\nmot,hai\r\n")

func sign(t testing.TB, w World, key crypto.Signer, stamp bool) ([]byte, []*x509.Certificate) {
	t.Helper()
	chain := w.Chain(t, Person("Nguyễn Thị Hồng Nhung"), key.Public())
	by := By{Key: key, Chain: chain, At: Day}
	if stamp {
		by.Stamp = w.Stamp(Day.Add(time.Minute))
	}
	sig, err := Sign(sha256.Sum256(file), by)
	if err != nil {
		t.Fatal(err)
	}
	return sig, chain
}

// Signed with either kind of key, with and without a time stamp: we and OpenSSL agree, on what is wrong too.
func TestSign(t *testing.T) {
	Tool(t, "openssl")
	w := New(t)
	root, data := w.PEM(t), Save(t, "data", file)
	other := Save(t, "other", append(bytes.Clone(file), '!'))
	for _, key := range []crypto.Signer{Key(t), RSA(t, 2048)} {
		for _, stamped := range []bool{false, true} {
			sig, _ := sign(t, w, key, stamped)
			v, err := Read(sig, file, w.Root)
			if err != nil || v.State != verdict.Valid || v.Form != verdict.CMS || len(v.Signatures) != 1 {
				t.Fatalf("%+v %v", v, err)
			}
			s := v.Signatures[0]
			if s.Name != "Nguyễn Thị Hồng Nhung" || s.Role != "Phó chủ tịch" || !s.At.Equal(Day) || !s.Trusted || !s.Intact {
				t.Errorf("%+v", s)
			}
			if stamped && (s.Stamp == nil || !s.Stamp.Trusted || s.Stamp.By != "Đồng hồ" || !s.When().Equal(Day.Add(time.Minute))) {
				t.Errorf("stamp %+v", s.Stamp)
			}
			for _, tt := range []struct {
				file []byte
				path string
				want bool
			}{{file, data, true}, {append(bytes.Clone(file), '!'), other, false}} {
				v, err := Read(sig, tt.file, w.Root)
				if err != nil || (v.State == verdict.Valid) != tt.want {
					t.Errorf("%s %v", v.State, err)
				}
				said, ok := Run("openssl", "cms", "-verify", "-inform", "DER", "-in", Save(t, "sig", sig), "-content", tt.path, "-binary",
					"-CAfile", root, "-purpose", "any", "-cades", "-attime", fmt.Sprint(Day.Unix()), "-out", "/dev/null")
				if ok != tt.want {
					t.Errorf("openssl: %v, want %v\n%s", ok, tt.want, said)
				}
			}
		}
	}
}

func TestWhatIsNotTrusted(t *testing.T) {
	w, alien := New(t), New(t)
	key := Key(t)
	sig, chain := sign(t, w, key, false)
	stamped, _ := sign(t, w, key, true)
	foreign, err := Sign(sha256.Sum256(file), By{Key: key, Chain: chain, At: Day, Stamp: alien.Stamp(Day)})
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := Sign(sha256.Sum256(file), By{Key: key, Chain: chain, At: Day, Stamp: func([]byte) ([]byte, error) {
		sum := sha256.Sum256([]byte("something else"))
		return w.Stamp(Day)(sum[:])
	}})
	if err != nil {
		t.Fatal(err)
	}
	late, err := Sign(sha256.Sum256(file), By{Key: key, Chain: chain, At: Day, Stamp: w.Stamp(Day.AddDate(31, 0, 0))})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		sig   []byte
		root  *x509.Certificate
		state verdict.State
		why   string
	}{
		"good":                      {sig, w.Root, verdict.Valid, ""},
		"in letters":                {pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: sig}), w.Root, verdict.Valid, ""},
		"another root":              {sig, alien.Root, verdict.Unknown, "verdict.why.unknown"},
		"stamp of an unknown clock": {foreign, w.Root, verdict.Valid, ""},
		"stamp of something else":   {wrong, w.Root, verdict.Broken, "verdict.why.stamp"},
		"stamped after its time":    {late, w.Root, verdict.Unknown, "verdict.why.expired"},
		"cut":                       {stamped[:len(stamped)-1], w.Root, "", ""},
		"longer":                    {append(bytes.Clone(sig), 1), w.Root, verdict.Broken, "cades.why.unreadable"},
	} {
		v, err := Read(tt.sig, file, tt.root)
		if tt.state == "" {
			if !errors.Is(err, fault.Unsupported) {
				t.Errorf("%s: %v %v", name, v, err)
			}
			continue
		}
		if err != nil || v.State != tt.state || tt.why != "" && v.Why[len(v.Why)-1].Code != tt.why {
			t.Errorf("%s: %s %v %v", name, v.State, v.Why, err)
		}
	}
	if v, _ := Read(foreign, file, w.Root); v.Signatures[0].Stamp.Trusted {
		t.Error("an unknown clock is trusted")
	}
	if _, err := Read(sig, nil, w.Root); !errors.Is(err, fault.Invalid) {
		t.Errorf("without the file: %v", err)
	}
	if _, err := Read([]byte("hello"), file, w.Root); !errors.Is(err, fault.Unsupported) {
		t.Errorf("no signature: %v", err)
	}
	// Every bit of the signature counts, but for those of the stamp, which is beside it.
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1 << (i % 8)
		if v, err := Read(bad, file, w.Root); err == nil && v.State == verdict.Valid {
			t.Fatalf("byte %d of %d", i, len(sig))
		}
	}
}

// What OpenSSL signs we read, and its SHA-1 we show and do not trust.
func TestOthersSign(t *testing.T) {
	Tool(t, "openssl")
	w := New(t)
	key := RSA(t, 2048)
	chain := w.Chain(t, Person("An"), key.Public())
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	secret := Save(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	cert := Save(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[0].Raw}))
	issuer := Save(t, "issuer.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Issuer.Raw}))
	data := Save(t, "data", file)
	for digest, want := range map[string]verdict.State{"sha256": verdict.Valid, "sha384": verdict.Valid, "sha512": verdict.Valid, "sha1": verdict.Unknown} {
		for _, more := range [][]string{nil, {"-cades"}, {"-nosmimecap"}} {
			said, ok := Run("openssl", append([]string{"cms", "-sign", "-binary", "-in", data, "-signer", cert, "-inkey", secret, "-certfile", issuer,
				"-md", digest, "-outform", "DER"}, more...)...)
			if !ok {
				t.Fatal(said)
			}
			v, err := Read([]byte(said), file, w.Root)
			if err != nil || v.State != want || want == verdict.Unknown && (v.Why[0].Code != "verdict.why.old" || !v.Signatures[0].Intact) {
				t.Errorf("%s %v: %+v %v", digest, more, v, err)
			}
		}
	}
}

// A message that somebody else made gets the certificates that it lacks and a
// stamp, once; what is signed stays as it is, and OpenSSL reads it still.
func TestComplete(t *testing.T) {
	w, key := New(t), Key(t)
	chain := w.Chain(t, Person("Nguyễn Thị Hồng Nhung"), key.Public())
	sig, err := cms.Sign(cms.Signing{Key: key, Chain: chain, Digest: sum(file), Bare: true, Signed: []cms.Attribute{{Type: []int{1, 2, 840, 113549, 1, 9, 5}, Value: Day}}})
	if err != nil {
		t.Fatal(err)
	}
	later, err := cms.Complete(sig, chain, w.Stamp(Day.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Read(later, file, w.Root)
	if err != nil || v.State != verdict.Valid || v.Signatures[0].Stamp == nil || !v.Signatures[0].Stamp.Trusted || !v.Signatures[0].When().Equal(Day.Add(time.Hour)) {
		t.Errorf("%+v %v", v, err)
	}
	asked := func([]byte) ([]byte, error) { return nil, errors.New("asked") }
	if again, err := cms.Complete(later, chain, asked); err != nil || !bytes.Equal(again, later) {
		t.Errorf("completed twice: %v", err)
	}
	if _, err := cms.Complete(sig, chain, asked); err == nil {
		t.Error("no clock, and nobody said so")
	}
	if _, err := cms.Complete(sig[:len(sig)-1], chain, w.Stamp(Day)); err == nil {
		t.Error("half a message was completed")
	}
	if _, err := cms.Complete(sig, nil, w.Stamp(Day)); err == nil {
		t.Error("completed without knowing whose it is")
	}
	if _, err := exec.LookPath("openssl"); err == nil {
		if said, ok := Run("openssl", "cms", "-verify", "-inform", "DER", "-in", Save(t, "sig", later), "-content", Save(t, "data", file), "-binary", "-CAfile", w.PEM(t),
			"-purpose", "any", "-attime", fmt.Sprint(Day.Unix()), "-out", "/dev/null"); !ok {
			t.Error(said)
		}
	}
}

func sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

func TestRevoked(t *testing.T) {
	w, alien := New(t), New(t)
	key := Key(t)
	plain, chain := sign(t, w, key, false)
	stamped, err := Sign(sha256.Sum256(file), By{Key: key, Chain: chain, At: Day, Stamp: w.Stamp(Day.Add(time.Minute))})
	if err != nil {
		t.Fatal(err)
	}
	who := chain[0]
	for name, tt := range map[string]struct {
		sig   []byte
		list  *x509.RevocationList
		state verdict.State
		known bool
	}{
		"good then":                   {plain, w.Revoked(t, nil, Day, Day), verdict.Valid, true},
		"revoked later, stamped":      {stamped, w.Revoked(t, who, Day.AddDate(0, 1, 0), Day.AddDate(1, 0, 0)), verdict.Valid, true},
		"revoked later, only claimed": {plain, w.Revoked(t, who, Day.AddDate(0, 1, 0), Day.AddDate(1, 0, 0)), verdict.Unknown, true},
		"revoked before":              {stamped, w.Revoked(t, who, Day.Add(-time.Hour), Day), verdict.Unknown, true},
		"another's list":              {plain, alien.Revoked(t, who, Day.Add(-time.Hour), Day), verdict.Valid, false},
	} {
		v, err := Read(tt.sig, file, w.Root)
		if err != nil {
			t.Fatal(err)
		}
		verdict.Facts{Lists: []*x509.RevocationList{tt.list}}.Weigh(&v)
		if v.State != tt.state || v.Signatures[0].Status.Known != tt.known {
			t.Errorf("%s: %s %v %+v", name, v.State, v.Why, v.Signatures[0].Status)
		}
	}
}

// OpenSSL and we agree on honest and on tampered signatures. MOTCUA_LONG: 200 files.
func TestToolsAgree(t *testing.T) {
	Tool(t, "openssl")
	w := New(t)
	root := w.PEM(t)
	n := 4
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 200
	}
	keys := []crypto.Signer{Key(t), RSA(t, 2048)}
	ask := func(sig, file []byte) bool {
		_, ok := Run("openssl", "cms", "-verify", "-inform", "DER", "-in", Save(t, "sig", sig), "-content", Save(t, "data", file), "-binary",
			"-CAfile", root, "-purpose", "any", "-cades", "-attime", fmt.Sprint(Day.Unix()), "-out", "/dev/null")
		return ok
	}
	asked := 0
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		key := keys[i%2]
		content := make([]byte, 1+r.IntN(1<<16))
		for k := range content {
			content[k] = byte(r.Uint32())
		}
		by := By{Key: key, Chain: w.Chain(t, Person(fmt.Sprint("Người ký ", i)), key.Public()), At: Day}
		if i%3 == 0 {
			by.Stamp = w.Stamp(Day)
		}
		sig, err := Sign(sha256.Sum256(content), by)
		if err != nil {
			t.Fatal(err)
		}
		flip := func(b []byte) []byte { c := bytes.Clone(b); c[r.IntN(len(c))] ^= 1; return c }
		other := w.Chain(t, Person("Kẻ khác"), key.Public())
		cases := []struct{ sig, file []byte }{{sig, content}, {sig, flip(content)}, {sig, content[:len(content)-1]},
			{bytes.Replace(sig, by.Chain[0].RawTBSCertificate[:40], other[0].RawTBSCertificate[:40], 1), content}, {sig[:len(sig)-9], content}}
		for k, c := range cases {
			asked++
			v, err := Read(c.sig, c.file, w.Root)
			ours, theirs := err == nil && v.State == verdict.Valid, ask(c.sig, c.file)
			if ours != theirs || ours != (k == 0) {
				t.Errorf("%d, %d: we %v %s, openssl %v", i, k, ours, v.State, theirs)
			}
		}
	}
	Record(t, "openssl cms", map[string]any{"honest": n, "asked": asked, "differ": 0})
}

func TestTexts(t *testing.T) {
	if _, err := lang.Load(Texts, verdict.Texts); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	w := New(f)
	sig, _ := sign(f, w, Key(f), true)
	f.Add(sig)
	sig, _ = sign(f, w, Key(f), false)
	f.Add(sig)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Read(b, file, w.Root)
		if err == nil && v.State == "" {
			t.Error("no verdict")
		}
	})
}
