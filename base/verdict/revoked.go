package verdict

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"motcua/base/cert"
)

// A Status is what the issuer of a certificate says about it.
type Status struct {
	Known bool      `json:"known"` // there is an answer for this certificate, signed by its issuer, that speaks of the time of signing
	Then  Then      `json:"then"`
	By    string    `json:"by,omitempty"`
	As    time.Time `json:"as,omitzero"`    // of which time the answer is
	Until time.Time `json:"until,omitzero"` // when its issuer promised a newer one
	Since time.Time `json:"since,omitzero"`
}

// Then is what is known of a certificate for the time of its signature.
type Then string

// What may be known. Stale and Strange are not known: the newest answer was out
// of date before the signature was made, or the issuer says that it never issued
// this certificate.
const (
	Good    Then = "good"
	Later   Then = "later"   // good, and revoked since
	Revoked Then = "revoked" // before the signature, as far as anything is proven
	Strange Then = "strange"
	Stale   Then = "stale"
	Unasked Then = "unknown" // nobody who may know has answered
)

// Facts are answers of issuers, from whoever keeps them: lists of revoked
// certificates (RFC 5280) and answers about single ones (RFC 6960); and what is
// known in the issuer's own house.
type Facts struct {
	Lists   []*x509.RevocationList
	Answers [][]byte // OCSP responses, DER
	Own     []Own
	Seen    time.Time // when a ledger that nobody can change held this very file; zero: not known
}

// An Own is what an issuer knows of a certificate itself, without a paper about
// it. Since is when it was revoked; zero: it is not.
type Own struct {
	Certificate *x509.Certificate
	Since, As   time.Time
	Strange     bool // the issuer never made it, though its key did
}

// Weigh adds to a verdict what issuers say about its signers' certificates and
// those above them. A certificate that was revoked later still vouches for what
// an authority's clock or a ledger shows to be older; the signer's own clock
// shows nothing of the kind, since who has a stolen key sets the clock too.
// Other facts may be weighed after these; where they know nothing, these stay.
func (f Facts) Weigh(v *Verdict) {
	for i := range v.Signatures {
		s := &v.Signatures[i]
		if !s.Trusted || len(s.Chain) < 2 {
			continue
		}
		when, shown := s.When(), s.Stamp != nil && s.Stamp.Trusted
		if !f.Seen.IsZero() && (!shown || f.Seen.Before(when)) {
			when, shown = f.Seen, true
		}
		for n, c := range s.Chain[:len(s.Chain)-1] {
			st := f.about(c, s.Chain[n+1], when)
			if st.Then == Later && !shown {
				st.Then = Revoked
			}
			if n == 0 && (s.Status == nil || st.Then != Unasked) || st.Then == Revoked || st.Then == Strange {
				s.Status, s.Revoked = st, st.Since
			}
			switch {
			case st.Then == Strange:
				v.Judge(Unknown, "verdict.why.strange", c.Subject.CommonName)
			case st.Then == Revoked && !s.When().Before(st.Since):
				v.Judge(Unknown, "verdict.why.revoked", c.Subject.CommonName, st.Since)
			case st.Then == Revoked:
				v.Judge(Unknown, "verdict.why.claimed", c.Subject.CommonName, st.Since)
			default:
				continue
			}
			s.Trusted = false
			break
		}
	}
}

// about is what issuer says of c for the time when. Of good answers the newest
// counts. One revocation outweighs them all: lists forget certificates whose
// time is over.
func (f Facts) about(c, issuer *x509.Certificate, when time.Time) *Status {
	best := Status{Then: Unasked}
	hear := func(s Status) {
		switch {
		case !s.Since.IsZero():
			s.Known, s.Then = true, Later
			if !when.Before(s.Since) {
				s.Then = Revoked
			}
		case s.Then == Strange:
		case s.As.After(c.NotAfter) || later(s.As, s.Until).Before(when):
			s.Then = Stale
		default:
			s.Known, s.Then = true, Good
		}
		if a, b := rank(s), rank(best); a > b || a == b && (a == rank(Status{Since: when}) && s.Since.Before(best.Since) || s.As.After(best.As)) {
			best = s
		}
	}
	for _, o := range f.Own {
		if o.Certificate.Equal(c) {
			s := Status{As: o.As, Until: o.As, Since: o.Since}
			if o.Strange {
				s.Then = Strange
			}
			hear(s)
		}
	}
	for _, list := range f.Lists {
		if s, ok := listed(list, c, issuer); ok {
			hear(s)
		}
	}
	for _, der := range f.Answers {
		if s, ok := answered(der, c, issuer); ok {
			hear(s)
		}
	}
	return &best
}

// rank orders what was heard: what speaks against a certificate counts first.
func rank(s Status) int {
	if !s.Since.IsZero() {
		return 4
	}
	return slices.Index([]Then{Unasked, Stale, Good, Strange}, s.Then)
}

// listed is what a list of issuer says of c. One that speaks for a part of its
// certificates, or only of what changed, counts for those that stand in it, and for
// others of that part.
func listed(list *x509.RevocationList, c, issuer *x509.Certificate) (s Status, ok bool) {
	if list.CheckSignatureFrom(issuer) != nil {
		return s, false
	}
	s = Status{By: "CRL", As: list.ThisUpdate.UTC(), Until: list.NextUpdate.UTC()}
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(c.SerialNumber) == 0 && e.ReasonCode != 8 { // taken off the list again
			s.Since = e.RevocationTime.UTC()
		}
	}
	return s, !s.Since.IsZero() || cert.PartOf(list).Clears(c)
}

// answered is what an answer says of c: signed by its issuer, or by whom the
// issuer certified for exactly that (RFC 6960, 4.2.2.2). Anyone else with a
// certificate of the same issuer could otherwise vouch for himself.
func answered(der []byte, c, issuer *x509.Certificate) (s Status, ok bool) {
	a, err := ocsp.ParseResponseForCert(der, c, issuer)
	if err != nil {
		return s, false
	}
	if r := a.Certificate; r != nil && !bytes.Equal(r.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo) {
		if !slices.Contains(r.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || a.ProducedAt.Before(r.NotBefore) || a.ProducedAt.After(r.NotAfter) {
			return s, false
		}
	}
	s = Status{By: "OCSP", As: a.ThisUpdate.UTC(), Until: a.NextUpdate.UTC()}
	switch a.Status {
	case ocsp.Revoked:
		s.Since = a.RevokedAt.UTC()
	case ocsp.Unknown:
		s.Then = Strange
		return s, !s.As.Before(c.NotBefore) // before that, nobody could know it
	}
	return s, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
