package keys_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ocsp"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/stamp"
	"motcua/kernel/confirm"
	"motcua/kernel/kerneltest"
	"motcua/kernel/sign"
	"motcua/systems/keys"
	"motcua/systems/keys/pki"
)

func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// call asks as a program does, at the door.
func call(t testing.TB, h *kerneltest.Rig, method, path, kind string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

// certificates are the node's root, issuer and seal.
func certificates(t testing.TB, h *kerneltest.Rig) (root, issuer sign.Key) {
	t.Helper()
	err := h.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		if issuer, err = h.Keys.Get(tx, h.Seal.Issuer); err == nil {
			root, err = h.Keys.Get(tx, issuer.Issuer)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return root, issuer
}

// What certificates say of where to ask is answered there, and openssl believes it.
func TestAddresses(t *testing.T) {
	tool(t, "openssl")
	h := kerneltest.Open(t, dbtest.SQLite(t), nil, confirm.System(), keys.System())
	root, issuer := certificates(t, h)
	path := func(all []string) string {
		u, err := url.Parse(strings.Join(all, " "))
		if err != nil {
			t.Fatal(err)
		}
		return u.Path
	}
	c := h.Seal.Certificate
	if got := call(t, h, "GET", path(c.IssuingCertificateURL), "", nil); got.Code != 200 || !bytes.Equal(got.Body.Bytes(), issuer.Certificate.Raw) {
		t.Errorf("issuer: %d", got.Code)
	}
	for _, x := range []struct {
		of *x509.Certificate
		by sign.Key
	}{{c, issuer}, {issuer.Certificate, root}} {
		got := call(t, h, "GET", path(x.of.CRLDistributionPoints), "", nil)
		l, err := x509.ParseRevocationList(got.Body.Bytes())
		if err != nil || l.CheckSignatureFrom(x.by.Certificate) != nil {
			t.Errorf("list of %s: %d %v", x.by.Kind, got.Code, err)
		}
	}
	q, err := ocsp.CreateRequest(c, issuer.Certificate, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]*httptest.ResponseRecorder{
		"POST": call(t, h, "POST", path(c.OCSPServer), "application/ocsp-request", q),
		"GET":  call(t, h, "GET", path(c.OCSPServer)+"/"+url.PathEscape(base64.StdEncoding.EncodeToString(q)), "", nil),
	} {
		r, err := ocsp.ParseResponseForCert(got.Body.Bytes(), c, issuer.Certificate)
		if err != nil || r.Status != ocsp.Good || got.Header().Get("Content-Type") != "application/ocsp-response" {
			t.Errorf("%s: %d %v", name, got.Code, err)
		}
	}
	for path, want := range map[string]int{"/pki/x.crl": 404, "/pki/" + h.Seal.ID.String() + ".cer": 404, "/pki/" + issuer.ID.String() + ".key": 404, "/pki/" + issuer.ID.String(): 404} {
		if got := call(t, h, "GET", path, "", nil).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}

	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	put := func(name string, b []byte) {
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		out, _ := exec.Command("openssl", args...).CombinedOutput()
		return string(out)
	}
	put("root", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate.Raw}))
	put("paper", []byte("a paper"))
	if out := run("ts", "-query", "-data", in("paper"), "-sha256", "-cert", "-out", in("q")); strings.Contains(out, "rror") {
		t.Fatal(out)
	}
	ask, err := os.ReadFile(in("q"))
	if err != nil {
		t.Fatal(err)
	}
	got := call(t, h, "POST", pki.StampPath, "application/timestamp-query", ask)
	if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/timestamp-reply" {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	put("a", got.Body.Bytes())
	if out := run("ts", "-verify", "-queryfile", in("q"), "-in", in("a"), "-CAfile", in("root"), "-attime", strconv.FormatInt(h.Now().Unix()+60, 10)); !strings.Contains(out, "Verification: OK") {
		t.Error(out)
	}
	refused, err := stamp.Refuse(stamp.BadFormat)
	if err != nil {
		t.Fatal(err)
	}
	if got := call(t, h, "POST", pki.StampPath, "", []byte("hallo")); got.Code != 200 || !bytes.Equal(got.Body.Bytes(), refused) {
		t.Errorf("garbage: %d %x", got.Code, got.Body)
	}
	if _, err := h.Keys.Stamp(t.Context(), stamp.Request{}, h.Now()); err == nil {
		t.Error("nothing was stamped")
	}
	sum := sha256.Sum256([]byte("a paper"))
	token, err := h.Keys.Stamper(t.Context(), h.Now)(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root.Certificate)
	if tok, err := stamp.Parse(token); err != nil || tok.Check(sum[:], pool) != nil || tok.Serial.Int64() != 2 {
		t.Errorf("%+v %v", tok, err)
	}
}
