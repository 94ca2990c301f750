package verdict_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"motcua/base/verdict"
	. "motcua/base/verdict/verdicttest"
)

// answer is what a responder says of c: with the issuer's key, or with that of a delegate.
func answer(t *testing.T, w World, c *x509.Certificate, r ocsp.Response, by *x509.Certificate, key crypto.Signer) []byte {
	t.Helper()
	r.SerialNumber, r.IssuerHash = c.SerialNumber, crypto.SHA256
	if r.ThisUpdate.IsZero() {
		r.ThisUpdate, r.NextUpdate = Day.Add(time.Hour), Day.Add(2*time.Hour)
	}
	if by != w.Issuer {
		r.Certificate = by
	}
	der, err := ocsp.CreateResponse(w.Issuer, by, r, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// list is a list of revoked certificates by whoever has key.
func list(t *testing.T, l x509.RevocationList, by *x509.Certificate, key *ecdsa.PrivateKey) *x509.RevocationList {
	t.Helper()
	l.Number = big.NewInt(1)
	der, err := x509.CreateRevocationList(rand.Reader, &l, by, key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What issuers say of a signer whose signature says that it was made on Day.
func TestWeigh(t *testing.T) {
	w, alien := New(t), New(t)
	key, other := Key(t), Key(t)
	who := w.Chain(t, Person("Nguyễn Văn A"), key.Public())[0]
	colleague := w.Chain(t, Person("Người cùng cơ quan"), other.Public())[0]
	responder := Person("Nơi trả lời")
	responder.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	delegate := w.Chain(t, responder, other.Public())[0]
	retired := Person("Nơi trả lời cũ")
	retired.ExtKeyUsage, retired.NotAfter = responder.ExtKeyUsage, Day.Add(time.Minute)
	late := w.Chain(t, retired, other.Public())[0]
	stranger := alien.Chain(t, responder, other.Public())[0]

	good := ocsp.Response{Status: ocsp.Good}
	said := func(r ocsp.Response, by *x509.Certificate, key crypto.Signer) verdict.Facts {
		return verdict.Facts{Answers: [][]byte{answer(t, w, who, r, by, key)}}
	}
	own := func(r ocsp.Response) verdict.Facts { return said(r, w.Issuer, w.Key) }
	lists := func(all ...*x509.RevocationList) verdict.Facts { return verdict.Facts{Lists: all} }
	entry := func(c *x509.Certificate, since time.Time, reason int) []x509.RevocationListEntry {
		return []x509.RevocationListEntry{{SerialNumber: c.SerialNumber, RevocationTime: since, ReasonCode: reason}}
	}
	before, after := Day.Add(-time.Hour), Day.Add(time.Hour)
	fresh := func(l x509.RevocationList) *x509.RevocationList {
		l.ThisUpdate, l.NextUpdate = Day.Add(2*time.Hour), Day.AddDate(0, 0, 2)
		return list(t, l, w.Issuer, w.Key)
	}
	delta := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
	issuers := func(since time.Time) verdict.Facts {
		return lists(list(t, x509.RevocationList{ThisUpdate: Day, NextUpdate: Day.AddDate(1, 0, 0), RevokedCertificateEntries: entry(w.Issuer, since, 1)}, w.Root, w.RootKey))
	}
	seen := func(f verdict.Facts, at time.Time) verdict.Facts { f.Seen = at; return f }

	const claimed, revoked, strange = "verdict.why.claimed", "verdict.why.revoked", "verdict.why.strange"
	for name, tt := range map[string]struct {
		facts         verdict.Facts
		then          verdict.Then
		plain, stamps string // why it is not valid: on the signer's word, and with a stamp of Day; "": it is
	}{
		"nobody was asked":                      {verdict.Facts{}, verdict.Unasked, "", ""},
		"good":                                  {own(good), verdict.Good, "", ""},
		"good, by a delegate":                   {said(good, delegate, other), verdict.Good, "", ""},
		"good, by a colleague's key":            {said(good, colleague, other), verdict.Unasked, "", ""},
		"good, by a delegate after his time":    {said(good, late, other), verdict.Unasked, "", ""},
		"good, by another authority's delegate": {said(good, stranger, other), verdict.Unasked, "", ""},
		"good, by another authority":            {said(good, alien.Issuer, alien.Key), verdict.Unasked, "", ""},
		"good, of another certificate":          {verdict.Facts{Answers: [][]byte{answer(t, w, colleague, good, w.Issuer, w.Key)}}, verdict.Unasked, "", ""},
		"no answer at all":                      {verdict.Facts{Answers: [][]byte{ocsp.TryLaterErrorResponse, []byte("x"), nil}}, verdict.Unasked, "", ""},
		"good, until the day before": {own(ocsp.Response{Status: ocsp.Good, ThisUpdate: Day.AddDate(0, 0, -2), NextUpdate: Day.AddDate(0, 0, -1)}),
			verdict.Stale, "", ""},
		"good, asked before and still current": {own(ocsp.Response{Status: ocsp.Good, ThisUpdate: before, NextUpdate: after}), verdict.Good, "", ""},
		"revoked before":                       {own(ocsp.Response{Status: ocsp.Revoked, RevokedAt: before}), verdict.Revoked, revoked, revoked},
		"revoked before, in an old answer": {own(ocsp.Response{Status: ocsp.Revoked, RevokedAt: Day.AddDate(0, 0, -3), ThisUpdate: Day.AddDate(0, 0, -2), NextUpdate: Day.AddDate(0, 0, -1)}),
			verdict.Revoked, revoked, revoked},
		"revoked later":                  {own(ocsp.Response{Status: ocsp.Revoked, RevokedAt: after}), verdict.Later, claimed, ""},
		"revoked later, seen by then":    {seen(own(ocsp.Response{Status: ocsp.Revoked, RevokedAt: after}), Day.Add(time.Minute)), verdict.Later, "", ""},
		"revoked later, seen after that": {seen(own(ocsp.Response{Status: ocsp.Revoked, RevokedAt: after}), after), verdict.Later, claimed, ""},
		"never issued":                   {own(ocsp.Response{Status: ocsp.Unknown}), verdict.Strange, strange, strange},
		"not known yet": {own(ocsp.Response{Status: ocsp.Unknown, ThisUpdate: who.NotBefore.Add(-time.Hour), NextUpdate: who.NotBefore}),
			verdict.Unasked, "", ""},
		"good on a list, revoked by an answer": {verdict.Facts{Lists: lists(fresh(x509.RevocationList{})).Lists, Answers: own(ocsp.Response{Status: ocsp.Revoked, RevokedAt: before}).Answers},
			verdict.Revoked, revoked, revoked},
		"not on the list":                  {lists(fresh(x509.RevocationList{})), verdict.Good, "", ""},
		"not on a list of changes only":    {lists(fresh(x509.RevocationList{ExtraExtensions: delta})), verdict.Unasked, "", ""},
		"on a list of changes":             {lists(fresh(x509.RevocationList{ExtraExtensions: delta, RevokedCertificateEntries: entry(who, before, 1)})), verdict.Revoked, revoked, revoked},
		"taken off the list again":         {lists(fresh(x509.RevocationList{RevokedCertificateEntries: entry(who, before, 8)})), verdict.Good, "", ""},
		"not on a list after its time":     {lists(list(t, x509.RevocationList{ThisUpdate: who.NotAfter.AddDate(0, 0, 1), NextUpdate: who.NotAfter.AddDate(1, 0, 0)}, w.Issuer, w.Key)), verdict.Stale, "", ""},
		"its issuer was revoked before":    {issuers(before), verdict.Revoked, revoked, revoked},
		"its issuer was revoked later":     {issuers(after), verdict.Later, claimed, ""},
		"its own issuer never made it":     {verdict.Facts{Own: []verdict.Own{{Certificate: who, As: after, Strange: true}}}, verdict.Strange, strange, strange},
		"its own issuer revoked it before": {verdict.Facts{Own: []verdict.Own{{Certificate: who, As: after, Since: before}}}, verdict.Revoked, revoked, revoked},
		"its own issuer knows nothing ill": {verdict.Facts{Own: []verdict.Own{{Certificate: who, As: after}}}, verdict.Good, "", ""},
		"its own issuer speaks of another": {verdict.Facts{Own: []verdict.Own{{Certificate: colleague, As: after, Since: before}}}, verdict.Unasked, "", ""},
		"revoked twice, the first time counts": {lists(fresh(x509.RevocationList{RevokedCertificateEntries: entry(who, after, 1)}), fresh(x509.RevocationList{RevokedCertificateEntries: entry(who, before, 1)})),
			verdict.Revoked, revoked, revoked},
	} {
		for stamped, why := range map[bool]string{false: tt.plain, true: tt.stamps} {
			s := verdict.Signature{Name: "Nguyễn Văn A", At: Day, Intact: true, Trusted: true, Certificate: who, Chain: []*x509.Certificate{who, w.Issuer, w.Root}}
			if stamped {
				s.Stamp = &verdict.Stamp{At: Day.Add(time.Minute), Trusted: true}
			}
			v := verdict.Verdict{State: verdict.Valid, Signatures: []verdict.Signature{s}}
			tt.facts.Weigh(&v)
			got := ""
			if len(v.Why) > 0 {
				got = v.Why[0].Code
			}
			then := tt.then
			if then == verdict.Later && why != "" {
				then = verdict.Revoked
			}
			if then == verdict.Later && name == "its issuer was revoked later" { // of the signer's own nobody was asked
				then = verdict.Unasked
			}
			st := v.Signatures[0].Status
			if got != why || (v.State == verdict.Valid) != (why == "") || v.Signatures[0].Trusted != (why == "") || st.Then != then {
				t.Errorf("%s, stamped %v: %s %q %+v, want %q, then %s", name, stamped, v.State, got, st, why, then)
			}
			if known := then == verdict.Good || then == verdict.Later || then == verdict.Revoked; st.Known != known {
				t.Errorf("%s: known %v", name, st.Known)
			}
		}
	}
}

// A signature that nobody vouches for gets no facts: its certificate may say anything.
func TestWeighNobody(t *testing.T) {
	w := New(t)
	who := w.Chain(t, Person("A"), Key(t).Public())[0]
	v := verdict.Verdict{State: verdict.Unknown, Signatures: []verdict.Signature{{Certificate: who, At: Day}}}
	verdict.Facts{Lists: []*x509.RevocationList{w.Revoked(t, who, Day, Day)}}.Weigh(&v)
	if v.Signatures[0].Status != nil || len(v.Why) > 0 {
		t.Errorf("%+v %v", v.Signatures[0].Status, v.Why)
	}
}
