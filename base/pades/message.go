package pades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1" // read, never written
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// A cms is a SignedData that was read.
type cms struct {
	cert   *x509.Certificate
	others []*x509.Certificate
	hash   crypto.Hash
	digest []byte
	at     time.Time // signing time among the attributes, which PAdES does without
	old    bool
	check  func() error // the signer's signature over the attributes
}

var digests = map[string]crypto.Hash{
	oidSHA1.String(): crypto.SHA1, oidSHA256.String(): crypto.SHA256, oidSHA384.String(): crypto.SHA384, oidSHA512.String(): crypto.SHA512,
}

// Of a signature algorithm, which hash it was used with decides the rest.
var algorithms = map[string]map[crypto.Hash]x509.SignatureAlgorithm{
	"RSA": {crypto.SHA1: x509.SHA1WithRSA, crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA},
	"EC":  {crypto.SHA1: x509.ECDSAWithSHA1, crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512},
}

// named is which family and hash an algorithm's number names; hash 0: that of the digest.
var named = map[string]struct {
	family string
	hash   crypto.Hash
}{
	oidRSA.String():         {"RSA", 0},
	"1.2.840.113549.1.1.5":  {"RSA", crypto.SHA1},
	"1.2.840.113549.1.1.11": {"RSA", crypto.SHA256},
	"1.2.840.113549.1.1.12": {"RSA", crypto.SHA384},
	"1.2.840.113549.1.1.13": {"RSA", crypto.SHA512},
	"1.2.840.10045.4.1":     {"EC", crypto.SHA1},
	oidECDSASHA256.String(): {"EC", crypto.SHA256},
	"1.2.840.10045.4.3.3":   {"EC", crypto.SHA384},
	"1.2.840.10045.4.3.4":   {"EC", crypto.SHA512},
}

const maxCMS = 256 << 10

// readCMS reads what is in /Contents: DER, then zeros.
func readCMS(b []byte) (c cms, err error) {
	if len(b) > maxCMS {
		return c, errLimit
	}
	var ci contentInfo
	rest, err := asn1.Unmarshal(b, &ci)
	if err != nil {
		return c, err
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return c, errors.New("bytes after the signature")
	}
	// Lengths that lie and fields that were passed over show when it is written again.
	if again, err := asn1.Marshal(ci); err != nil || !bytes.Equal(again, b[:len(b)-len(rest)]) {
		return c, errors.New("not DER, or more than is understood")
	}
	sd := ci.Content
	if !ci.Type.Equal(oidSignedData) || len(sd.Signers) != 1 || len(sd.Content.Data.Bytes) > 0 {
		return c, errors.New("not a detached signature of one signer")
	}
	si := sd.Signers[0]
	if sd.Version != 1 && sd.Version != 3 || si.Version != 1 || !sd.Content.Type.Equal(oidData) ||
		len(sd.Digests) != 1 || !sd.Digests[0].Algorithm.Equal(si.Digest.Algorithm) {
		return c, errors.New("does not agree with itself")
	}
	if c.others, err = x509.ParseCertificates(sd.Certificates.Bytes); err != nil {
		return c, err
	}
	for _, cert := range c.others {
		if cert.SerialNumber.Cmp(si.Issuer.Serial) == 0 && bytes.Equal(cert.RawIssuer, si.Issuer.Name.FullBytes) {
			c.cert = cert
		}
	}
	if c.cert == nil {
		return c, errors.New("without the signer's certificate")
	}
	c.hash = digests[si.Digest.Algorithm.String()]
	alg := named[si.Algorithm.Algorithm.String()]
	if alg.hash == 0 {
		alg.hash = c.hash
	}
	algorithm := algorithms[alg.family][alg.hash]
	if c.hash == 0 || algorithm == 0 {
		return c, fmt.Errorf("algorithms %v, %v", si.Digest.Algorithm, si.Algorithm.Algorithm)
	}
	c.old = c.hash == crypto.SHA1 || alg.hash == crypto.SHA1 || weak(c.cert)
	if err := c.attributes(si.Signed); err != nil {
		return c, err
	}
	signed := bytes.Clone(si.Signed.FullBytes)
	signed[0] = asn1.TagSet | 0x20
	c.check = func() error { return c.cert.CheckSignature(algorithm, signed, si.Signature) }
	return c, nil
}

// weak are keys that no longer prove anything.
func weak(c *x509.Certificate) bool {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() < 2048
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize < 224
	}
	return false
}

// attributes reads the signed attributes: what they must hold stands there once and agrees with the rest.
func (c *cms) attributes(raw asn1.RawValue) error {
	seen := map[string][]byte{}
	for rest := raw.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return err
		}
		if a.Values.Tag != asn1.TagSet || seen[a.Type.String()] != nil {
			return fmt.Errorf("attribute %v", a.Type)
		}
		seen[a.Type.String()] = a.Values.Bytes
	}
	one := func(oid asn1.ObjectIdentifier, into any) error {
		rest, err := asn1.Unmarshal(seen[oid.String()], into)
		if err != nil || len(rest) > 0 {
			return fmt.Errorf("attribute %v: %w", oid, orSyntax(err))
		}
		return nil
	}
	var kind asn1.ObjectIdentifier
	if err := one(oidContentType, &kind); err != nil || !kind.Equal(oidData) {
		return fmt.Errorf("content type: %w", orSyntax(err))
	}
	if err := one(oidMessageDigest, &c.digest); err != nil {
		return err
	}
	if seen[oidSigningTime.String()] != nil {
		if err := one(oidSigningTime, &c.at); err != nil {
			return err
		}
	}
	if seen[oidSigningCert.String()] == nil {
		return nil
	}
	var certs struct {
		Certs    []essCert
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := one(oidSigningCert, &certs); err != nil {
		return err
	}
	if len(certs.Certs) == 0 {
		return errors.New("signing certificate: none")
	}
	hash := crypto.SHA256
	if alg := certs.Certs[0].Algorithm.Algorithm; alg != nil {
		hash = digests[alg.String()]
	}
	if hash == 0 {
		return errors.New("signing certificate: unknown hash")
	}
	h := hash.New()
	h.Write(c.cert.Raw)
	if !bytes.Equal(h.Sum(nil), certs.Certs[0].Hash) {
		return errors.New("signing certificate: another one")
	}
	return nil
}

// orSyntax is err, or what is wrong when that is nil.
func orSyntax(err error) error {
	if err == nil {
		return errSyntax
	}
	return err
}
