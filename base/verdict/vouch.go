package verdict

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"motcua/base/cert"
	"motcua/base/cms"
	"motcua/base/stamp"
)

// Of takes the names of a signature from its certificate, which unlike those
// written in the file were vouched for, and notes what the algorithms are worth.
func (s *Signature) Of(c *x509.Certificate, hash crypto.Hash) {
	s.Certificate, s.Algorithm = c, names(c, hash)
	s.Old = s.Old || hash == crypto.SHA1 || cms.Weak(c)
	n := c.Subject
	s.Name, s.Serial = n.CommonName, n.SerialNumber
	s.Body = strings.Join(n.Organization, ", ")
	for _, a := range n.Names {
		switch {
		case a.Type.Equal(cert.Title):
			s.Role = fmt.Sprint(a.Value)
		case a.Type.Equal(cert.Organization):
			s.Code = fmt.Sprint(a.Value)
		}
	}
	s.Seal = cert.Seals(c)
}

// Vouch says of an intact signature whether a root vouches for its signer at
// the time of signing, and adds to the verdict what is wrong with that. token is
// the time stamp over the signature's value; nil when there is none.
func (v *Verdict) Vouch(s *Signature, others, roots []*x509.Certificate, token, signature []byte) {
	pool, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	for _, c := range others {
		between.AddCert(c)
	}
	if token != nil {
		v.clock(s, token, signature, pool)
	}
	c, at := s.Certificate, s.When()
	chains, err := c.Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	may := c.KeyUsage == 0 || c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
	s.Trusted = err == nil && may && !at.IsZero() && !s.Old
	if s.Trusted {
		s.Chain = chains[0]
	}
	switch {
	case s.Old:
		v.Judge(Unknown, "verdict.why.old", s.Name)
	case at.IsZero():
		v.Judge(Unknown, "verdict.why.time", s.Name)
	case expired(err):
		v.Judge(Unknown, "verdict.why.expired", s.Name)
	case !s.Trusted:
		v.Judge(Unknown, "verdict.why.unknown", s.Name)
	}
}

func expired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// clock reads the token of a time-stamp authority over the value of a signature.
// One that nobody here vouches for is shown, but the signer's own time counts.
func (v *Verdict) clock(s *Signature, token, signature []byte, roots *x509.CertPool) {
	t, err := stamp.Parse(token)
	if err != nil {
		v.Judge(Broken, "verdict.why.stamp", s.Name)
		return
	}
	if digest := cms.Sum(t.Hash, signature); !bytes.Equal(digest, t.Digest) {
		v.Judge(Broken, "verdict.why.stamp", s.Name)
	} else {
		s.Stamp = &Stamp{At: t.At, By: t.Certificate.Subject.CommonName, Trusted: t.Check(digest, roots) == nil}
	}
}
