package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/base/verdict/verdicttest"
)

// A root outside is trusted by who has the machine and knows its fingerprint;
// the root's own list is signed anew with the key from the safe. Both are acts.
func TestRootsCommand(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a := testApp(t, url)
		acts := func(act string) (n int) {
			t.Helper()
			err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row(`select count(*) from act where act = $1`, act).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "root.pem")
		w := verdicttest.New(t)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Root.Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(w.Root.Raw))
		roots := func(want int, says string, args ...string) string {
			t.Helper()
			var out, errs bytes.Buffer
			code := run(t.Context(), append([]string{"roots"}, append(args, "--dir", a.Dir, "--db", url)...), &out, &errs)
			if code != want || !strings.Contains(out.String()+errs.String(), says) {
				t.Errorf("roots %v: exit %d, want %d and %q:\n%s%s", args, code, want, says, &out, &errs)
			}
			return out.String()
		}
		roots(2, "motcua roots trust")
		roots(1, "the fingerprint is "+sum, "trust", file, "--sha256", strings.Repeat("0", 64))
		if n := acts("keys.root.trust"); n != 0 {
			t.Errorf("%d acts of trust, want none", n)
		}
		roots(0, sum, "trust", file, "--sha256", strings.ToUpper(sum[:2]+":"+sum[2:]))
		if n := acts("keys.root.trust"); n != 1 {
			t.Errorf("%d acts of trust, want 1", n)
		}
		if out := roots(0, "root", "drop", sum); strings.Contains(out, sum) {
			t.Error("a root that was dropped is trusted still")
		}
		roots(1, "root key", "relist", file)
		roots(0, "root", "relist", filepath.Join(a.Dir, "root-key.pem"))
		if d, r := acts("keys.root.drop"), acts("keys.root.relist"); d != 1 || r != 1 {
			t.Errorf("%d acts of dropping, %d of the list, want 1 and 1", d, r)
		}
	})
}

// A source of lists is added under a trusted root alone, asked at once, shown with
// how it stands, and dropped; what was done is in the ledger.
func TestListsCommand(t *testing.T) {
	t.Parallel()
	url := dbtest.SQLite(t)
	a := testApp(t, url)
	w := verdicttest.New(t)
	file := filepath.Join(t.TempDir(), "issuer.pem")
	var pems []byte
	for _, c := range []*x509.Certificate{w.Issuer, w.Root} {
		pems = append(pems, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	list := w.Revoked(t, w.Issuer, time.Now(), time.Now()).Raw
	crl := filepath.Join(t.TempDir(), "x.crl")
	if err := errors.Join(os.WriteFile(file, pems, 0o600), os.WriteFile(crl, list, 0o600)); err != nil {
		t.Fatal(err)
	}
	up := true
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		if !up {
			out.WriteHeader(503)
		}
		out.Write(list)
	}))
	t.Cleanup(server.Close)
	at := server.URL + "/x.crl"
	a.Reach = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	voice := lang.Voice{Lang: lang.EN, Zone: a.Zone, Catalogue: a.Texts}
	do := func(says string, args ...string) {
		t.Helper()
		got := ""
		if err := worded(voice, listsDo(t.Context(), a, args[0], append(args[1:], ""))); err != nil {
			got = err.Error()
		}
		if (got == "") != (says == "") || !strings.Contains(got, says) {
			t.Errorf("lists %v: %q, want %q", args, got, says)
		}
	}
	state := func(says string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"lists", "list", "--dir", a.Dir, "--db", url}, &out, &errs); code != 0 || !strings.Contains(out.String(), at) || !strings.Contains(out.String(), says) {
			t.Errorf("exit %d, want 0 and %q:\n%s%s", code, says, &out, &errs)
		}
	}
	if code := run(t.Context(), []string{"lists", "add", at, "--dir", a.Dir, "--db", url}, io.Discard, io.Discard); code != 2 {
		t.Errorf("half a command: exit %d, want 2", code)
	}
	do("none that this system trusts", "add", at, file)
	if err := a.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := a.Keys.Trust(tx, w.Root, a.Now()); return err }); err != nil {
		t.Fatal(err)
	}
	do("no address", "add", "ldap://x/y", file)
	do("No issuer that is known here", "bring", crl)
	do("", "add", at, file)
	do("here already", "add", at, file)
	do("", "fetch", at)
	up = false
	do("", "fetch")
	state("answered 503")
	do("", "bring", crl)
	do("no such address", "drop", at+"x")
	do("", "drop", at)
	var acts int
	var brought string
	if err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.Row(`select count(*) from act where act in ('keys.list.add', 'keys.list.drop', 'lists.keep')`).Scan(&acts),
			tx.Row(`select body from act where act = 'keys.list.bring'`).Scan(&brought))
	}); err != nil || acts != 3 {
		t.Errorf("%d acts, want 3 (%v)", acts, err)
	}
	carried, err := os.ReadFile(crl)
	if sum := fmt.Sprintf("%x", sha256.Sum256(carried)); err != nil || !strings.Contains(brought, `"file":"`+sum) || !strings.Contains(brought, `"list":"`+fmt.Sprintf("%x", sha256.Sum256(list))) ||
		!strings.Contains(brought, w.Issuer.Subject.CommonName) || !strings.Contains(brought, `"user":`) {
		t.Errorf("of the list that was brought the ledger says %s (%v)", brought, err)
	}
}
