package cert

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
)

// A Part is for which of its issuer's certificates a list of revoked ones speaks
// (issuing distribution point, RFC 5280, 5.2.5). The zero Part is all of them.
type Part struct {
	Raw         []byte   // the extension; nil: none
	URLs        []string // of the list; none: it says none
	Users, CAs  bool     // of persons and machines alone, of authorities alone
	Unsupported bool     // only what changed, only some reasons, other issuers' too, or critical and not understood: it clears nobody
	Delta       bool     // only what changed since another list (5.2.4)
}

var (
	issuing = asn1.ObjectIdentifier{2, 5, 29, 28}
	delta   = asn1.ObjectIdentifier{2, 5, 29, 27}
)

// PartOf is for whom l speaks.
func PartOf(l *x509.RevocationList) (p Part) {
	for _, e := range l.Extensions {
		switch {
		case e.Id.Equal(delta):
			p.Delta, p.Unsupported = true, true
		case e.Id.Equal(issuing):
			p.Raw = e.Value
			p.read(e.Value)
		case e.Critical:
			p.Unsupported = true
		}
	}
	return p
}

// read reads the extension; what it does not understand clears nobody.
func (p *Part) read(der []byte) {
	var x struct {
		Point struct {
			Full     []asn1.RawValue  `asn1:"optional,tag:0"`
			Relative pkix.RDNSequence `asn1:"optional,tag:1"`
		} `asn1:"optional,tag:0"`
		Users      bool           `asn1:"optional,tag:1"`
		CAs        bool           `asn1:"optional,tag:2"`
		Reasons    asn1.BitString `asn1:"optional,tag:3"`
		Indirect   bool           `asn1:"optional,tag:4"`
		Attributes bool           `asn1:"optional,tag:5"`
	}
	rest, err := asn1.Unmarshal(der, &x)
	p.Users, p.CAs = x.Users, x.CAs
	for _, name := range x.Point.Full {
		if name.Class == asn1.ClassContextSpecific && name.Tag == 6 {
			p.URLs = append(p.URLs, string(name.Bytes))
		}
	}
	named := len(x.Point.Full) > 0 || len(x.Point.Relative) > 0
	if err != nil || len(rest) > 0 || x.Reasons.BitLength > 0 || x.Indirect || x.Attributes || named && len(p.URLs) == 0 {
		p.Unsupported = true
	}
}

// Clears reports whether a list with this part says that c is good by not naming it.
func (p Part) Clears(c *x509.Certificate) bool {
	if p.Unsupported || p.Users && c.IsCA || p.CAs && !c.IsCA {
		return false
	}
	return len(p.URLs) == 0 || slices.ContainsFunc(p.URLs, func(at string) bool { return slices.Contains(c.CRLDistributionPoints, at) })
}
