// Package cert reads certificates and requests for them as people bring them, and
// knows what stands in one beside names: in what post, for which body, and
// whether it is a seal and no person's.
package cert

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/asn1"
	"encoding/pem"

	"motcua/base/cms"
	"motcua/base/fault"
)

//go:embed texts.yaml
var Texts embed.FS

// What names and extensions are known by.
var (
	Title        = asn1.ObjectIdentifier{2, 5, 4, 12}
	Organization = asn1.ObjectIdentifier{2, 5, 4, 97}                // organizationIdentifier, ITU-T X.520: many communes have the same name
	Documents    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36} // use of a key: documents (RFC 9336)
	statements   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}  // qcStatements, RFC 3739
)

// most is how many bytes certificates may have.
const most = 64 << 10

// eSeal is the whole statement, in DER, that a certificate is for seals of
// organisations (ETSI EN 319 412-5, QcType: id-etsi-qct-eseal).
var eSeal = []byte{0x30, 0x13, 0x06, 0x06, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x30, 0x09, 0x06, 0x07, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x02}

// Seal is what stands in the certificate of a seal beside its name: the code of
// its body, unless that is "", and that it is a seal.
func Seal(code string) (names []pkix.AttributeTypeAndValue, e pkix.Extension) {
	if code != "" {
		names = []pkix.AttributeTypeAndValue{{Type: Organization, Value: code}}
	}
	return names, pkix.Extension{Id: statements, Value: append([]byte{0x30, byte(len(eSeal))}, eSeal...)}
}

// Seals reports whether c says that it is a seal.
func Seals(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(statements) && bytes.Contains(e.Value, eSeal) {
			return true
		}
	}
	return false
}

// Same reports whether two public keys are one.
func Same(x, y crypto.PublicKey) bool {
	e, ok := x.(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(y)
}

// Read reads certificates in PEM, one in DER, or those of a message (.p7b), in
// DER or PEM.
func Read(b []byte) (all []*x509.Certificate, err error) {
	wrong := fault.New(fault.Invalid, "cert.none")
	if len(b) > most {
		return nil, wrong
	}
	if c, err := x509.ParseCertificate(b); err == nil {
		return []*x509.Certificate{c}, nil
	}
	message := b
	if block, _ := pem.Decode(b); block != nil && (block.Type == "PKCS7" || block.Type == "CMS") {
		message = block.Bytes
	}
	if all, err = cms.Certificates(message); err == nil && len(all) > 0 {
		return all, nil
	}
	all = nil
	for rest := bytes.TrimSpace(b); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, wrong
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, wrong
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, wrong
	}
	return all, nil
}

// Asked reads a person's own request (PKCS #10, PEM or DER) and gives the public
// key that it shows to be his. Names in it count for nothing: the node knows who he is.
func Asked(csr []byte) (public crypto.PublicKey, err error) {
	wrong := fault.New(fault.Invalid, "cert.norequest")
	if len(csr) > most {
		return nil, wrong
	}
	if block, _ := pem.Decode(csr); block != nil {
		csr = block.Bytes
	}
	r, err := x509.ParseCertificateRequest(csr)
	if err != nil || r.CheckSignature() != nil {
		return nil, wrong
	}
	switch key := r.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize >= 256 {
			return key, nil
		}
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n >= 2048 && n <= 4096 {
			return key, nil
		}
	}
	return nil, fault.New(fault.Invalid, "cert.weak")
}
