package sign_test

import (
	"bytes"
	"crypto"
	"crypto/fips140"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/x509"

	"golang.org/x/crypto/ocsp"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/stamp"
	"motcua/kernel/sign"
)

func get(t testing.TB, d *db.DB, a *sign.Authority, n id.ID) (k sign.Key) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) { k, err = a.Get(tx, n); return err })
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// question is one as somebody's program asks it, which names issuers by any hash.
func question(t testing.TB, k, issuer sign.Key, hash crypto.Hash) (q []byte) {
	t.Helper()
	fips140.WithoutEnforcement(func() {
		var err error
		if q, err = ocsp.CreateRequest(k.Certificate, issuer.Certificate, &ocsp.RequestOptions{Hash: hash}); err != nil {
			t.Error(err)
		}
	})
	return q
}

// What the authority says of its certificates, by list and by answer.
func TestStatus(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, person, seal, _ := start(t, d)
		issuer := get(t, d, a, person.Issuer)
		write(t, d, func(tx *db.Tx) error {
			_, err := a.Revoke(tx, person.ID, day, sign.Lost, "mất điện thoại")
			return err
		})
		ask := func(k sign.Key, hash crypto.Hash, now time.Time) *ocsp.Response {
			t.Helper()
			der, err := a.Status(t.Context(), question(t, k, issuer, hash), now)
			if err != nil {
				t.Fatal(err)
			}
			r, err := ocsp.ParseResponseForCert(der, k.Certificate, issuer.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
			if r := ask(seal, hash, day); r.Status != ocsp.Good {
				t.Errorf("seal: %d", r.Status)
			}
			if r := ask(person, hash, day.Add(time.Hour)); r.Status != ocsp.Revoked || !r.RevokedAt.Equal(day) || r.RevocationReason != ocsp.KeyCompromise {
				t.Errorf("person: %+v", r)
			}
			if r := ask(person, hash, day.Add(-time.Hour)); r.Status != ocsp.Good {
				t.Errorf("an hour before: %d", r.Status)
			}
		}
		stranger, _, _, _, _ := start(t, dbtest.Open(t, dbtest.SQLite(t)))
		for name, tt := range map[string]struct {
			question, want []byte
		}{
			"nothing": {nil, ocsp.MalformedRequestErrorResponse},
			"garbage": {[]byte("hallo"), ocsp.MalformedRequestErrorResponse},
			"large":   {make([]byte, 5000), ocsp.MalformedRequestErrorResponse},
		} {
			if got, err := a.Status(t.Context(), tt.question, day); err != nil || !bytes.Equal(got, tt.want) {
				t.Errorf("%s: %x %v", name, got, err)
			}
		}
		if got, err := stranger.Status(t.Context(), question(t, seal, issuer, crypto.SHA1), day); err != nil || !bytes.Equal(got, ocsp.UnauthorizedErrorResponse) {
			t.Errorf("of another authority: %x %v", got, err)
		}

		der, err := a.Listed(t.Context(), issuer.ID)
		if err != nil {
			t.Fatal(err)
		}
		l, err := x509.ParseRevocationList(der)
		if err != nil || l.CheckSignatureFrom(issuer.Certificate) != nil || len(l.RevokedCertificateEntries) != 1 {
			t.Fatalf("%+v %v", l, err)
		}
		if e := l.RevokedCertificateEntries[0]; e.SerialNumber.Cmp(person.Certificate.SerialNumber) != 0 || e.ReasonCode != int(sign.Lost) || !e.RevocationTime.Equal(day) {
			t.Errorf("%+v", e)
		}
		before := l.Number
		for _, tt := range []struct {
			after time.Duration
			anew  bool
		}{{time.Hour, false}, {25 * time.Hour, true}, {26 * time.Hour, false}} {
			if err := a.Relist(t.Context(), day.Add(tt.after)); err != nil {
				t.Fatal(err)
			}
			der, err := a.Listed(t.Context(), issuer.ID)
			if err != nil {
				t.Fatal(err)
			}
			if l, err = x509.ParseRevocationList(der); err != nil || (l.Number.Cmp(before) > 0) != tt.anew || l.NextUpdate.Sub(day.Add(tt.after)) < 24*time.Hour {
				t.Errorf("after %v: number %v, before %v; until %v, %v", tt.after, l.Number, before, l.NextUpdate, err)
			}
			before = l.Number
		}
		if _, err := a.Listed(t.Context(), 17); !errors.Is(err, fault.NotFound) {
			t.Errorf("list of nobody: %v", err)
		}
		if root, err := a.Listed(t.Context(), issuer.Issuer); err != nil || len(root) == 0 {
			t.Errorf("list of the root: %v", err)
		}
	})
}

// Two programs of one database give stamps at once: the numbers have no gap,
// and one that was refused takes none.
func TestStamps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, root, _, _, _ := start(t, d)
		sum := sha256.Sum256([]byte("x"))
		q := stamp.Request{Hash: crypto.SHA256, Digest: sum[:], Certs: true}
		if _, err := a.Stamp(t.Context(), q, day); err == nil {
			t.Error("stamped without a clock")
		}
		write(t, d, func(tx *db.Tx) error { return errors.Join(a.WindUp(tx, "demo", day), a.WindUp(tx, "demo", day)) })
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[int64]bool{}
		pool := x509.NewCertPool()
		pool.AddCert(root.Certificate)
		for range 4 {
			wg.Go(func() {
				for range 10 {
					der, err := a.Stamp(t.Context(), q, day)
					if err != nil {
						t.Error(err)
						return
					}
					tok, err := stamp.Parse(der)
					if err != nil || tok.Check(sum[:], pool) != nil {
						t.Errorf("%v %v", err, tok.Check(sum[:], pool))
						return
					}
					mu.Lock()
					seen[tok.Serial.Int64()] = true
					mu.Unlock()
					bad := q
					bad.Digest = sum[:10]
					if _, err := a.Stamp(t.Context(), bad, day); err == nil {
						t.Error("a short digest was stamped")
					}
				}
			})
		}
		wg.Wait()
		for n := int64(1); n <= 40; n++ {
			if !seen[n] {
				t.Errorf("number %d is missing", n)
			}
		}
		if _, err := a.Stamp(t.Context(), stamp.Request{Hash: crypto.SHA256, Digest: sum[:], Policy: []int{1, 2, 3}}, day); err != stamp.BadPolicy {
			t.Errorf("another policy: %v", err)
		}
	})
}

// What is stopped is refused from the next use on, whoever asks.
func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, person, _, _ := start(t, d)
		var ours sign.Key
		write(t, d, func(tx *db.Tx) (err error) {
			ours, err = a.Issue(tx, sign.Request{Kind: sign.Seal, Name: "x", Body: "x", Code: "H26.1", From: day, Until: day.AddDate(1, 0, 0)})
			return err
		})
		issue := func(code string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := a.Issue(tx, sign.Request{Kind: sign.Seal, Name: "x", Body: "x", Code: code, From: day, Until: day.AddDate(1, 0, 0)})
				return err
			})
		}
		seal := func() error { _, err := a.PDF(t.Context(), paper(t), ours.ID, "", day); return err }
		persons := func() error { _, err := own(t, d, a, paper(t), person, day.Add(time.Second)); return err }
		stop := func(body string, what sign.What) {
			write(t, d, func(tx *db.Tx) error {
				return a.Stop(tx, sign.Stopped{Body: body, What: what, Since: day, Why: "drill"})
			})
		}
		stop("H26.1", sign.Signing)
		if err := seal(); !errors.Is(err, fault.Unavailable) {
			t.Errorf("a seal of the body: %v", err)
		}
		if err := errors.Join(persons(), issue("H26.1")); err != nil {
			t.Errorf("others: %v", err)
		}
		stop("", sign.Issuing)
		if err := issue("H27"); !errors.Is(err, fault.Unavailable) {
			t.Errorf("issued: %v", err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return a.Stop(tx, sign.Stopped{What: sign.Issuing, Since: day}) }); !errors.Is(err, fault.Conflict) {
			t.Errorf("stopped twice: %v", err)
		}
		write(t, d, func(tx *db.Tx) error {
			all, err := a.Stops(tx)
			if len(all) != 2 {
				t.Errorf("%+v", all)
			}
			return errors.Join(err, a.Go(tx, "", sign.Issuing), a.Go(tx, "H26.1", sign.Signing))
		})
		if err := errors.Join(seal(), issue("H27")); err != nil {
			t.Error(err)
		}
	})
}

// A person's key signs only the very thing that its person confirmed.
func TestPermit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, person, seal, _ := start(t, d)
		sum, other := sha256.Sum256([]byte("this")), sha256.Sum256([]byte("that"))
		permit := func(owner string, key id.ID, digest [32]byte, at time.Time) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := a.Permit(tx, owner, sign.Use{Key: key, Digest: digest, What: "x", At: at})
				return err
			})
		}
		if _, err := a.Personal(t.Context(), person.ID, sum, day, false, nil); !errors.Is(err, fault.Forbidden) {
			t.Errorf("without a confirmation: %v", err)
		}
		if err := permit(person.Serial, person.ID, sum, day); err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			err  error
			want fault.Kind
		}{
			"again":                 {permit(person.Serial, person.ID, sum, day), fault.Conflict},
			"another person's key":  {permit("somebody", person.ID, other, day), fault.NotFound},
			"a seal":                {permit("", seal.ID, other, day), fault.NotFound},
			"after its certificate": {permit(person.Serial, person.ID, other, day.AddDate(3, 0, 0)), fault.Conflict},
		} {
			if fault.Of(tt.err) != tt.want {
				t.Errorf("%s: %v, want %s", name, tt.err, tt.want)
			}
		}
		if _, err := a.Personal(t.Context(), person.ID, other, day, false, nil); !errors.Is(err, fault.Forbidden) {
			t.Errorf("another digest: %v", err)
		}
		one, err := a.Personal(t.Context(), person.ID, sum, day, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if two, err := a.Personal(t.Context(), person.ID, sum, day, false, nil); err != nil || !bytes.Equal(one, two) {
			t.Errorf("done again it is another signature: %v", err)
		}
		write(t, d, func(tx *db.Tx) error {
			first, err := a.Done(tx, person.ID, sum, day)
			second, err2 := a.Done(tx, person.ID, sum, day)
			if !first || second {
				t.Errorf("done: %v, %v", first, second)
			}
			uses, err3 := a.Uses(tx, person.Serial, 10)
			if len(uses) != 1 || uses[0].Digest != sum || uses[0].Done.IsZero() {
				t.Errorf("%+v", uses)
			}
			return errors.Join(err, err2, err3)
		})
		write(t, d, func(tx *db.Tx) error { _, err := a.Revoke(tx, person.ID, day, sign.Lost, ""); return err })
		if _, err := a.Personal(t.Context(), person.ID, sum, day, false, nil); !errors.Is(err, fault.Conflict) {
			t.Errorf("revoked between confirmation and signature: %v", err)
		}
	})
}

// OpenSSL asks after certificates as relying parties do, and believes what it hears.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	d := dbtest.Open(t, dbtest.SQLite(t))
	now := time.Now()
	a := open(t, d, secret())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		der, err := a.Status(r.Context(), question, time.Now())
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/ocsp-response")
		w.Write(der)
	}))
	t.Cleanup(server.Close)
	a.URL = server.URL
	var root, issuer, lost, good sign.Key
	write(t, d, func(tx *db.Tx) (err error) {
		if root, issuer, _, err = a.Init(tx, names, now.AddDate(0, -1, 0)); err != nil {
			return err
		}
		for _, k := range []*sign.Key{&lost, &good} {
			if *k, err = a.Issue(tx, sign.Request{Kind: sign.Person, Name: "An", Body: "x", Serial: "1", From: now.AddDate(0, 0, -1), Until: now.AddDate(1, 0, 0)}); err != nil {
				return err
			}
		}
		_, err = a.Revoke(tx, lost.ID, now.Add(-time.Minute), sign.Lost, "")
		return err
	})
	dir := t.TempDir()
	put := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list, err := a.Listed(t.Context(), issuer.ID)
	if err != nil {
		t.Fatal(err)
	}
	rootFile, issuerFile, crl := put("root", "CERTIFICATE", root.Certificate.Raw), put("issuer", "CERTIFICATE", issuer.Certificate.Raw), put("crl", "X509 CRL", list)
	run := func(args ...string) string {
		out, _ := exec.Command("openssl", args...).CombinedOutput()
		return string(out)
	}
	if out := run("crl", "-in", crl, "-CAfile", issuerFile, "-noout", "-text"); !strings.Contains(out, "verify OK") || !strings.Contains(out, "Key Compromise") {
		t.Error(out)
	}
	for name, tt := range map[string]struct {
		k    sign.Key
		want string
		list string
	}{"good": {good, ": good", ": OK"}, "lost": {lost, ": revoked", "certificate revoked"}} {
		file := put(name, "CERTIFICATE", tt.k.Certificate.Raw)
		for _, hash := range []string{"-sha1", "-sha256"} {
			out := run("ocsp", "-issuer", issuerFile, hash, "-cert", file, "-url", server.URL+sign.StatusPath, "-CAfile", rootFile, "-verify_other", issuerFile)
			if !strings.Contains(out, tt.want) || !strings.Contains(out, "Response verify OK") {
				t.Errorf("%s %s: %s", name, hash, out)
			}
		}
		if out := run("verify", "-crl_check", "-CRLfile", crl, "-CAfile", rootFile, "-untrusted", issuerFile, file); !strings.Contains(out, tt.list) {
			t.Errorf("%s: %s", name, out)
		}
		text := run("x509", "-in", file, "-noout", "-text")
		for _, want := range []string{"OCSP - URI:" + server.URL + sign.StatusPath, "CA Issuers - URI:" + server.URL + sign.CertPath(issuer.ID), "URI:" + server.URL + sign.ListPath(issuer.ID)} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the certificate does not say %q", name, want)
			}
		}
	}
}
