package cert

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"testing"
)

func must(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// at is {[0] {[0] {[6] "http://a/1"}}}, as it stands in the extension.
const at = "a00ea00c860a687474703a2f2f612f31"

// TestPart: a list speaks for its part of the certificates and for no other; what
// is not understood clears nobody.
func TestPart(t *testing.T) {
	here, there := &x509.Certificate{CRLDistributionPoints: []string{"http://b/2", "http://a/1"}}, &x509.Certificate{CRLDistributionPoints: []string{"http://b/2"}}
	ca := &x509.Certificate{IsCA: true, CRLDistributionPoints: []string{"http://a/1"}}
	for _, tt := range []struct {
		what, der       string
		here, there, ca bool
	}{
		{"nothing said", "3000", true, true, true},
		{"an address", "3010" + at, true, false, true},
		{"an address, persons alone", "3013" + at + "8101ff", true, false, false},
		{"authorities alone", "30038201ff", false, false, true},
		{"some reasons", "300483020640", false, false, false},
		{"other issuers' too", "30038401ff", false, false, false},
		{"attributes alone", "30038501ff", false, false, false},
		{"a name without an address", "3004a002a100", true, true, true},
		{"cut off", "3010a0", false, false, false},
	} {
		p := PartOf(&x509.RevocationList{Extensions: []pkix.Extension{{Id: issuing, Critical: true, Value: must(t, tt.der)}}})
		if a, b, c := p.Clears(here), p.Clears(there), p.Clears(ca); a != tt.here || b != tt.there || c != tt.ca {
			t.Errorf("%s: %v %v %v, want %v %v %v", tt.what, a, b, c, tt.here, tt.there, tt.ca)
		}
	}
	for what, e := range map[string]pkix.Extension{"delta": {Id: delta, Critical: true}, "unknown": {Id: Title, Critical: true}} {
		if p := PartOf(&x509.RevocationList{Extensions: []pkix.Extension{e}}); p.Clears(here) || p.Delta != (what == "delta") {
			t.Errorf("%s clears", what)
		}
	}
	if p := PartOf(&x509.RevocationList{Extensions: []pkix.Extension{{Id: Title}}}); !p.Clears(here) || p.Raw != nil {
		t.Error("what may be passed over is not")
	}
}

func FuzzPart(f *testing.F) {
	for _, s := range []string{"3000", "3010" + at, "3013" + at + "8101ff", "300483020640"} {
		f.Add(must(f, s))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		p := PartOf(&x509.RevocationList{Extensions: []pkix.Extension{{Id: issuing, Value: der}}})
		if p.Clears(&x509.Certificate{CRLDistributionPoints: []string{"http://nowhere"}}) && len(p.URLs) > 0 && p.URLs[0] != "http://nowhere" {
			t.Error("it speaks for who is elsewhere")
		}
	})
}
