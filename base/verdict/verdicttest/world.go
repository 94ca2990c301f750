// Package verdicttest is a small world of authorities and signers, for tests of
// signatures in any form.
package verdicttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"motcua/base/stamp"
)

// Day is when everybody signs.
var Day = time.Date(2020, 11, 23, 9, 30, 0, 0, time.UTC)

// A World is a root, an issuer under it and a time-stamp authority under both.
type World struct {
	Root, Issuer *x509.Certificate
	Key, RootKey *ecdsa.PrivateKey // of issuer and root

	clock stamp.Clock
	count *int64
}

// New makes a world.
func New(t testing.TB) World {
	t.Helper()
	w := World{count: new(int64)}
	ca := func(name string) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{"UBND thành phố"}}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: Day.AddDate(-1, 0, 0), NotAfter: Day.AddDate(40, 0, 0)}
	}
	key := func() *ecdsa.PrivateKey { return Key(t) }
	clock := key()
	w.Key, w.RootKey = key(), key()
	w.Root = w.certify(t, ca("Gốc"), nil, w.RootKey.Public(), w.RootKey)
	w.Issuer = w.certify(t, ca("Nơi cấp"), w.Root, w.Key.Public(), w.RootKey)
	purpose, oid, err := stamp.Purpose()
	if err != nil {
		t.Fatal(err)
	}
	tsa := ca("Đồng hồ")
	tsa.IsCA, tsa.KeyUsage = false, x509.KeyUsageDigitalSignature
	tsa.ExtraExtensions = []pkix.Extension{{Id: oid, Critical: true, Value: purpose}}
	w.clock = stamp.Clock{Key: clock, Chain: []*x509.Certificate{w.certify(t, tsa, w.Issuer, clock.Public(), w.Key), w.Issuer}, Policy: stamp.Policy}
	return w
}

// Key is a new key of ECDSA P-256.
func Key(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// RSA is a new key of RSA.
func RSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Person is somebody who may sign; certificates of tests hold for thirty years,
// because other programs judge as of today.
func Person(name string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{"UBND phường Hàng Bạc"}, SerialNumber: "P17",
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 12}, Value: "Phó chủ tịch"}}},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, NotBefore: Day.AddDate(0, -1, 0), NotAfter: Day.AddDate(30, 0, 0)}
}

// Chain certifies somebody: his certificate, then the issuer's.
func (w World) Chain(t testing.TB, who *x509.Certificate, public crypto.PublicKey) []*x509.Certificate {
	t.Helper()
	return []*x509.Certificate{w.certify(t, who, w.Issuer, public, w.Key), w.Issuer}
}

func (w World) certify(t testing.TB, c, parent *x509.Certificate, public crypto.PublicKey, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	*w.count++
	c.SerialNumber = big.NewInt(*w.count)
	if parent == nil {
		parent = c
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

// Stamp is the world's clock as signers ask it, showing at.
func (w World) Stamp(at time.Time) func(digest []byte) ([]byte, error) {
	return func(digest []byte) ([]byte, error) {
		*w.count++
		return w.clock.Stamp(crypto.SHA256, digest, big.NewInt(*w.count), at, nil, false)
	}
}

// Revoked is the issuer's list of revoked certificates as of at, with one in it.
func (w World) Revoked(t testing.TB, c *x509.Certificate, since, at time.Time) *x509.RevocationList {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: at, NextUpdate: at.AddDate(0, 0, 1)}
	if c != nil {
		list.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: c.SerialNumber, RevocationTime: since}}
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, w.Issuer, w.Key)
	if err != nil {
		t.Fatal(err)
	}
	if list, err = x509.ParseRevocationList(der); err != nil {
		t.Fatal(err)
	}
	return list
}

// PEM saves the root for other programs.
func (w World) PEM(t testing.TB) string {
	return Save(t, "root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Root.Raw}))
}

// Save writes a file into a folder of its own.
func Save(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Tool skips a test that needs a program of Debian, or fails it where those are promised.
func Tool(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// Run is what a program says, and whether it is content.
func Run(name string, args ...string) (said string, ok bool) {
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err == nil
}
