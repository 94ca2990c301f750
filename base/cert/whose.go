package cert

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
	"time"

	"motcua/base/lang"
)

// Where a certificate says by which number of a register its subject is known.
var (
	serialNumber = asn1.ObjectIdentifier{2, 5, 4, 5}                      // X.520
	userID       = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1} // uid, RFC 4519
	sorts        = []string{"PNO", "IDC"}                                 // ETSI EN 319 412-1, 5.1.3: a personal number, that of an identity card
)

// Way is the way from c over others up to one of roots, c first; nil: there is none
// at that time.
func Way(c *x509.Certificate, others, roots []*x509.Certificate, at time.Time) []*x509.Certificate {
	top, between := x509.NewCertPool(), x509.NewCertPool()
	for _, r := range roots {
		top.AddCert(r)
	}
	for _, o := range others {
		between.AddCert(o)
	}
	found, err := c.Verify(x509.VerifyOptions{Roots: top, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return nil
	}
	return found[0]
}

// Signs reports whether c may sign documents: it is no authority's, and its use is not another one.
func Signs(c *x509.Certificate) bool {
	return !c.IsCA && (c.KeyUsage == 0 || c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0)
}

// Serial is how a person's number in the register of a country stands in a
// request for a certificate (ETSI EN 319 412-1).
func Serial(land, number string) string { return sorts[0] + land + "-" + number }

// OfPerson reports whether c names the person of this name who has this number in
// the register of land: alone, as the European standard writes it, or after a word
// and a colon, as authorities of many countries do. Names alone are shared by many.
func OfPerson(c *x509.Certificate, land, number, name string) bool {
	if number == "" || c.IsCA || Seals(c) || lang.Fold(c.Subject.CommonName) != lang.Fold(name) {
		return false
	}
	for _, n := range c.Subject.Names {
		said, ok := n.Value.(string)
		if !ok || !n.Type.Equal(serialNumber) && !n.Type.Equal(userID) {
			continue
		}
		if _, after, found := strings.Cut(said, ":"); found {
			said = strings.TrimSpace(after)
		}
		if said == number || slices.ContainsFunc(sorts, func(s string) bool { return said == s+land+"-"+number }) {
			return true
		}
	}
	return false
}

// OfBody reports whether c names the body with this code or one of these names.
func OfBody(c *x509.Certificate, code string, names ...string) bool {
	for _, n := range c.Subject.Names {
		if said, ok := n.Value.(string); ok && n.Type.Equal(Organization) && said == code {
			return true
		}
	}
	for _, said := range append(slices.Clone(c.Subject.Organization), c.Subject.OrganizationalUnit...) {
		if slices.ContainsFunc(names, func(name string) bool { return lang.Fold(name) == lang.Fold(said) }) {
			return true
		}
	}
	return false
}
