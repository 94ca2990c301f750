package lists_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"motcua/base/cades"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/verdict"
	"motcua/kernel/kerneltest"
	"motcua/kernel/lists"
	"motcua/kernel/paper"
	"motcua/kernel/sign"
	"motcua/kernel/verify"
)

// An outside is an authority that this node trusts, and where it says whom it revoked.
type outside struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
	server *httptest.Server
	answer func() (int, []byte)
	asked  int
}

func found(t *testing.T, at time.Time) *outside {
	o := &outside{t: t, answer: func() (int, []byte) { return 404, nil }}
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		o.asked++
		status, b := o.answer()
		w.WriteHeader(status)
		w.Write(b)
	}))
	t.Cleanup(o.server.Close)
	o.key, o.root = o.certificate(1, at, true)
	return o
}

func (o *outside) certificate(n int64, at time.Time, ca bool) (*ecdsa.PrivateKey, *x509.Certificate) {
	o.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		o.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: "Công ty thử"}, NotBefore: at.AddDate(0, -1, 0), NotAfter: at.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true, CRLDistributionPoints: []string{o.server.URL + "/a.crl", "ldap://x/y"}}
	parent, by := o.root, o.key
	if ca {
		c.IsCA, c.KeyUsage, c.Subject.CommonName, c.CRLDistributionPoints = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, "Nơi cấp thử", nil
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err == nil {
		c, err = x509.ParseCertificate(der)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return key, c
}

// list is signed by key, and names the certificates that were revoked.
func (o *outside) list(key crypto.Signer, at, until time.Time, gone ...x509.RevocationListEntry) []byte {
	o.t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(at.Unix()), ThisUpdate: at, NextUpdate: until, RevokedCertificateEntries: gone}, o.root, key)
	if err != nil {
		o.t.Fatal(err)
	}
	return der
}

// What a certificate from outside was worth when somebody signed is known by lists
// that the node fetched itself: from where a trusted authority's certificate says,
// in time, and each only from its issuer. Without the network it is still known.
func TestFetched(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := kerneltest.Open(t, at, nil, paper.System(), lists.System(), verify.System())
		o := found(t, s.Now())
		key, signer := o.certificate(7, s.Now(), false)
		write := func(f func(*db.Tx) error) {
			t.Helper()
			if err := s.DB.Write(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error { _, err := s.Keys.Trust(tx, o.root, s.Now()); return err })
		var used sign.Key // by somebody here
		write(func(tx *db.Tx) (err error) {
			_, c := o.certificate(8, s.Now(), false)
			used, err = s.Keys.Bring(tx, sign.Owner{Serial: s.People["applicant"].ID.String()}, []*x509.Certificate{c}, s.Now())
			return err
		})
		serves := func() (yes bool) {
			write(func(tx *db.Tx) error {
				k, err := s.Keys.Get(tx, used.ID)
				yes = k.Serves("", s.Now())
				return err
			})
			return yes
		}
		file := []byte("hợp đồng")
		// stamped by the node, so that a later revocation takes nothing away
		p7s, err := cades.Sign(sha256.Sum256(file), cades.By{Key: key, Chain: []*x509.Certificate{signer, o.root}, At: s.Now(), Stamp: s.Keys.Stamper(t.Context(), s.Now)})
		if err != nil {
			t.Fatal(err)
		}
		then := func() verdict.Then {
			t.Helper()
			r, err := verify.Check(t.Context(), s.App, lang.Voice{Lang: lang.All()[0], Zone: s.Zone, Catalogue: s.Texts}, verify.File{Main: p7s, Beside: file})
			if err != nil || len(r.Signatures) != 1 || r.Signatures[0].Status == nil {
				t.Fatalf("%+v %v", r, err)
			}
			return r.Signatures[0].Status.Then
		}
		fetch := func() lists.Source {
			t.Helper()
			if err := lists.Fetch(t.Context(), s.App); err != nil {
				t.Fatal(err)
			}
			var all []lists.Source
			write(func(tx *db.Tx) (err error) { all, err = lists.Sources(tx); return err })
			if len(all) != 1 {
				t.Fatalf("%d sources, want 1: %+v", len(all), all)
			}
			return all[0]
		}
		if got := then(); got != verdict.Unasked {
			t.Errorf("before anybody asked: %s", got)
		}
		if got := fetch(); got.Why == "" || o.asked != 1 {
			t.Errorf("%d questions, and of the failure is said %q", o.asked, got.Why)
		}
		fetch()
		if o.asked != 1 {
			t.Error("it asks again at once")
		}

		s.Later(2 * time.Hour)
		stranger, _ := o.certificate(9, s.Now(), true)
		for name, b := range map[string][]byte{"a stranger's": o.list(stranger, s.Now(), s.Now().Add(time.Hour)), "no list": []byte("x"), "too large": bytes.Repeat([]byte{0}, 9<<20),
			"of tomorrow": o.list(o.key, s.Now().AddDate(0, 0, 1), s.Now().AddDate(0, 0, 2))} {
			o.answer = func() (int, []byte) { return 200, b }
			if got := fetch(); got.Why == "" || then() != verdict.Unasked {
				t.Errorf("%s was taken", name)
			}
			s.Later(2 * time.Hour)
		}
		first := o.list(o.key, s.Now(), s.Now().Add(48*time.Hour))
		o.answer = func() (int, []byte) { return 200, first }
		if got := fetch(); got.Why != "" || got.Due.Sub(s.Now()) > 24*time.Hour || got.Due.Before(s.Now().Add(time.Hour-time.Minute)) {
			t.Errorf("%+v", got)
		}
		if got := then(); got != verdict.Good || !serves() {
			t.Errorf("with the list: %s, want good", got)
		}

		s.Later(25 * time.Hour)
		revoked := s.Now().UTC().Truncate(time.Second)
		second := o.list(o.key, s.Now(), s.Now().Add(48*time.Hour), x509.RevocationListEntry{SerialNumber: big.NewInt(7), RevocationTime: revoked, ReasonCode: 1},
			x509.RevocationListEntry{SerialNumber: big.NewInt(8), RevocationTime: revoked, ReasonCode: 1})
		o.answer = func() (int, []byte) { return 200, second }
		fetch()
		if got := then(); got != verdict.Later {
			t.Errorf("revoked since: %s, want later", got)
		}
		if serves() {
			t.Error("its person goes on signing with a certificate that its issuer revoked")
		}
		s.Later(25 * time.Hour)
		o.answer = func() (int, []byte) { return 200, first } // somebody holds the newest back
		if got := fetch(); got.Why == "" || then() != verdict.Later {
			t.Error("an older list hid the newer one")
		}
		// Two years on the certificate's time is over, the list forgot it, and the network is gone.
		s.Later(2 * 365 * 24 * time.Hour)
		third := o.list(o.key, s.Now(), s.Now().Add(48*time.Hour))
		o.answer = func() (int, []byte) { return 200, third }
		fetch()
		o.server.Close()
		if got := then(); got != verdict.Later {
			t.Errorf("years later: %s, want later", got)
		}
		var kept, acts int
		write(func(tx *db.Tx) error {
			if err := tx.Row(`select count(*) from act where act = 'lists.keep'`).Scan(&acts); err != nil {
				return err
			}
			return tx.Row(`select count(*) from list_kept`).Scan(&kept)
		})
		if kept != 3 || acts != 3 {
			t.Errorf("%d lists and %d acts, want 3 of each", kept, acts)
		}
	})
}

// The lists of one issuer that speaks in parts do not hide one another, however
// old each is; what only says what changed, or is another part's, is refused.
func TestParts(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := kerneltest.Open(t, at, nil, paper.System(), lists.System(), verify.System())
		o := found(t, s.Now())
		part := func(name string, began time.Time, gone ...x509.RevocationListEntry) *x509.RevocationList {
			t.Helper()
			var x struct {
				Point struct {
					Full []asn1.RawValue `asn1:"tag:0"`
				} `asn1:"tag:0"`
			}
			x.Point.Full = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(o.server.URL + name)}}
			der, err := asn1.Marshal(x)
			if err == nil {
				der, err = x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(began.Unix()), ThisUpdate: began, NextUpdate: began.AddDate(0, 0, 7), RevokedCertificateEntries: gone,
					ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: der}}}, o.root, o.key)
			}
			if err != nil {
				t.Fatal(err)
			}
			l, err := lists.Read(der)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		keep := func(l *x509.RevocationList) error {
			return s.DB.Write(t.Context(), func(tx *db.Tx) error { return lists.Keep(tx, s.App, o.root, l) })
		}
		_, c := o.certificate(7, s.Now(), false) // of the part /a.crl
		gone := x509.RevocationListEntry{SerialNumber: big.NewInt(7), RevocationTime: s.Now(), ReasonCode: 1}
		revoked := func() (ok bool) {
			t.Helper()
			err := s.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
				_, ok, err = lists.Revoked(tx, []*x509.Certificate{c, o.root})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		day := s.Now().AddDate(0, 0, -1)
		for what, l := range map[string]*x509.RevocationList{"of another part, of today": part("/b.crl", s.Now()), "of its part, of yesterday": part("/a.crl", day)} {
			if err := keep(l); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if revoked() {
			t.Error("revoked by nobody")
		}
		if err := keep(part("/a.crl", day.Add(time.Hour), gone)); err != nil || !revoked() {
			t.Errorf("another part's list hid its own: %v", err)
		}
		if err := keep(part("/a.crl", day)); fault.Of(err) != "" && fault.Of(err) != fault.Conflict || !revoked() {
			t.Errorf("an older list of the same part: %v", err)
		}
		if err := lists.From(part("/b.crl", day), o.server.URL+"/a.crl"); fault.Of(err) != fault.Invalid {
			t.Errorf("another part in the place of one: %v", err)
		}
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(9), ThisUpdate: s.Now(), NextUpdate: s.Now().AddDate(0, 0, 7),
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}}, o.root, o.key)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := lists.Read(der)
		if err == nil {
			err = keep(changes)
		}
		if fault.Of(err) != fault.Invalid {
			t.Errorf("what only changed: %v", err)
		}
	})
}

func FuzzRead(f *testing.F) {
	o := &outside{}
	t := new(testing.T)
	o.t = t
	o.server = httptest.NewServer(http.NotFoundHandler())
	defer o.server.Close()
	o.key, o.root = o.certificate(1, kerneltest.Monday, true)
	f.Add(o.list(o.key, kerneltest.Monday, kerneltest.Monday.Add(time.Hour), x509.RevocationListEntry{SerialNumber: big.NewInt(7), RevocationTime: kerneltest.Monday}))
	f.Add([]byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := lists.Read(b)
		if (l == nil) == (err == nil) {
			t.Fatal("neither a list nor a reason, or both")
		}
		if err != nil && fault.Of(err) == "" {
			t.Errorf("a reader's own error: %v", err)
		}
	})
}
