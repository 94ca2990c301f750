package verdict

import (
	"crypto/x509"
	"time"

	"golang.org/x/crypto/ocsp"
)

// A Status is what the issuer of a certificate says about it.
type Status struct {
	Known bool      `json:"known"` // there is an answer for this certificate, signed by its issuer
	By    string    `json:"by,omitempty"`
	As    time.Time `json:"as,omitzero"` // of which time the answer is
	Since time.Time `json:"since,omitzero"`
}

// Facts are answers of issuers, from whoever keeps them: lists of revoked
// certificates (RFC 5280) and answers about single ones (RFC 6960).
type Facts struct {
	Lists   []*x509.RevocationList
	Answers [][]byte // OCSP responses, DER
}

// Weigh adds to a verdict what issuers say about its signers' certificates. A
// certificate that was revoked later still vouches for what an authority's
// clock shows to be older; the signer's own clock shows nothing of the kind,
// since who has a stolen key sets the clock too.
func (f Facts) Weigh(v *Verdict) {
	for i := range v.Signatures {
		s := &v.Signatures[i]
		if !s.Trusted || s.Issuer == nil {
			continue
		}
		s.Status = f.about(s.Certificate, s.Issuer)
		if !s.Status.Known || s.Status.Since.IsZero() {
			continue
		}
		s.Revoked = s.Status.Since
		switch {
		case !s.When().Before(s.Revoked):
			s.Trusted = false
			v.Judge(Unknown, "verdict.why.revoked", s.Name, s.Revoked)
		case s.Stamp == nil || !s.Stamp.Trusted:
			s.Trusted = false
			v.Judge(Unknown, "verdict.why.claimed", s.Name, s.Revoked)
		}
	}
}

// about is the newest answer about c that its issuer signed.
func (f Facts) about(c, issuer *x509.Certificate) *Status {
	best := &Status{}
	newer := func(s Status) {
		if s.Known = true; !best.Known || s.As.After(best.As) {
			best = &s
		}
	}
	for _, list := range f.Lists {
		if list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		s := Status{By: "CRL", As: list.ThisUpdate.UTC()}
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
				s.Since = e.RevocationTime.UTC()
			}
		}
		newer(s)
	}
	for _, der := range f.Answers {
		a, err := ocsp.ParseResponseForCert(der, c, issuer)
		if err != nil || a.Status != ocsp.Good && a.Status != ocsp.Revoked {
			continue
		}
		s := Status{By: "OCSP", As: a.ThisUpdate.UTC()}
		if a.Status == ocsp.Revoked {
			s.Since = a.RevokedAt.UTC()
		}
		newer(s)
	}
	return best
}
