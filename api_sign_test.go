package main

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/verdict/verdicttest"
	"motcua/kernel/sign"
	"motcua/kernel/signed"
	"motcua/kernel/unsigned"
)

// signsElsewhere prepares the founding of a company, which its applicant has to sign, and
// files it with what the key on his side signed.
func (w *world) signsElsewhere(t testing.TB) {
	t.Helper()
	x := example(t, w, company, "returned")
	name := x["applicant"].(string)
	me, key := w.people[name], verdicttest.Key(t)
	var own sign.Key
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		q, err := signed.Own(w.App, w.cast[name])
		if err == nil {
			q.Public = key.Public()
			own, err = w.Keys.Issue(tx, q)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	made := me.want(201, "POST", "/api/v1/filings", bodyOf(w, name, company, x))
	at := "/api/v1/filings/" + made.json()["id"].(string)
	if got := made.Header.Get("Location"); got != at {
		t.Errorf("Location %q, want %q", got, at)
	}
	drawn := me.want(200, "POST", at+"/paper", nil).json()
	sum := sha256.Sum256(me.want(200, "GET", at+"/form.bin", nil).body)
	if got := fmt.Sprintf("%x", sum); got != drawn["covered"] {
		t.Errorf("the bytes to sign have %s, the filing says %s", got, drawn["covered"])
	}
	if r := me.want(200, "GET", at+"/form.pdf", nil); !strings.HasPrefix(string(r.body), "%PDF-") {
		t.Errorf("the paper to sign is no PDF: %.20q", r.body)
	}
	der, err := cms.Sign(cms.Signing{Key: key, Digest: sum[:], Chain: []*x509.Certificate{own.Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	if s := me.want(200, "GET", at, nil).json()["state"]; s != "unsigned" {
		t.Errorf("before it is signed it is %v", s)
	}
	me.want(200, "POST", at+"/signature", der, "Content-Type", unsigned.PKCS7)
	f := me.want(200, "GET", at, nil).json()
	if f["state"] != "filed" {
		t.Fatalf("signed, it is %v", f)
	}
	d := me.want(200, "GET", "/api/v1/dossiers/"+f["dossier"].(string), nil).json()
	if d["kind"] != "portal/"+company || d["body"] != x["body"] {
		t.Errorf("filed %v at %v", d["kind"], d["body"])
	}
}
