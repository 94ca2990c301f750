package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/fips140"
	"crypto/rsa"
	_ "crypto/sha1" // read, never written
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// A Message is a SignedData that was read. Nothing of it is proven until Check.
type Message struct {
	Type        asn1.ObjectIdentifier
	Content     []byte              // nil: it stands elsewhere
	Certificate *x509.Certificate   // of the signer
	Others      []*x509.Certificate // all that came with the message
	Hash        crypto.Hash         // of the content
	Digest      []byte              // that the signer signed
	At          time.Time           // signing time among the signed attributes, which PAdES does without
	Old         bool                // the algorithm or the key no longer proves anything
	Bound       bool                // the signature names its certificate (RFC 5035)
	Signature   []byte
	Token       []byte            // the time stamp over the signature, unread; nil: none
	Signed      map[string][]byte // attributes by number in points: the DER of what stands in the set

	check func() error
}

var digests = map[string]crypto.Hash{
	oidSHA1.String(): crypto.SHA1, oidSHA256.String(): crypto.SHA256, oidSHA384.String(): crypto.SHA384, oidSHA512.String(): crypto.SHA512,
}

// Sum is a hash of parts. SHA-1 is computed even where only approved algorithms
// are enforced (FIPS 140-3): what it proves is shown as old and never trusted.
func Sum(h crypto.Hash, parts ...[]byte) (sum []byte) {
	compute := func() {
		w := h.New()
		for _, p := range parts {
			w.Write(p)
		}
		sum = w.Sum(nil)
	}
	if h == crypto.SHA1 {
		fips140.WithoutEnforcement(compute)
	} else {
		compute()
	}
	return sum
}

// CheckOld verifies a signature by algorithms that are read and not trusted.
func CheckOld(c *x509.Certificate, a x509.SignatureAlgorithm, signed, signature []byte) (err error) {
	fips140.WithoutEnforcement(func() { err = c.CheckSignature(a, signed, signature) })
	return err
}

// Digest is the hash that a number names; 0: none that is known.
func Digest(oid asn1.ObjectIdentifier) crypto.Hash { return digests[oid.String()] }

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

const maxMessage = 256 << 10

var errSyntax = errors.New("not as the standard writes it")

// Certificates are those that came in a message, be it signed or not: authorities
// hand out chains in one that nobody signed (.p7b; RFC 5652, 5.1).
func Certificates(b []byte) ([]*x509.Certificate, error) {
	var ci contentInfo
	rest, err := asn1.Unmarshal(b, &ci)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 || len(b) > maxMessage || !ci.Type.Equal(oidSignedData) {
		return nil, errSyntax
	}
	return x509.ParseCertificates(ci.Content.Certificates.Bytes)
}

// Read reads a message in DER. Zeros may follow it, as in the place that a PDF
// keeps for one. known are certificates of signers that need not be in it.
func Read(b []byte, known ...*x509.Certificate) (m Message, err error) {
	if len(b) > maxMessage {
		return m, errors.New("too large")
	}
	var ci contentInfo
	rest, err := asn1.Unmarshal(b, &ci)
	if err != nil {
		return m, err
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return m, errors.New("bytes after the signature")
	}
	// Lengths that lie and fields that were passed over show when it is written again.
	if again, err := asn1.Marshal(ci); err != nil || !bytes.Equal(again, b[:len(b)-len(rest)]) {
		return m, errors.New("not DER, or more than is understood")
	}
	sd := ci.Content
	if !ci.Type.Equal(oidSignedData) || len(sd.Signers) != 1 {
		return m, errors.New("not a signature of one signer")
	}
	si := sd.Signers[0]
	for _, set := range []asn1.RawValue{sd.Certificates, sd.CRLs, si.Signed, si.Unsigned} {
		if len(set.FullBytes) > 0 && !set.IsCompound {
			return m, errSyntax // a set is made of parts: its tag says so, and nothing signs the tag
		}
	}
	version := 1 // RFC 5652, 5.1, for certificates of today and signers named by their issuer
	if !sd.Content.Type.Equal(Data) {
		version = 3
	}
	if sd.Version != version || si.Version != 1 ||
		len(sd.Digests) != 1 || !sd.Digests[0].Algorithm.Equal(si.Digest.Algorithm) {
		return m, errors.New("does not agree with itself")
	}
	m.Type, m.Signature = sd.Content.Type, si.Signature
	if octets := sd.Content.Data.FullBytes; len(octets) > 0 {
		if m.Content, err = content(sd.Content.Data); err != nil {
			return m, err
		}
	}
	if m.Others, err = x509.ParseCertificates(sd.Certificates.Bytes); err != nil {
		return m, err
	}
	for _, cert := range append(known, m.Others...) {
		if cert.SerialNumber.Cmp(si.Issuer.Serial) == 0 && bytes.Equal(cert.RawIssuer, si.Issuer.Name.FullBytes) {
			m.Certificate = cert
		}
	}
	if m.Certificate == nil {
		return m, errors.New("without the signer's certificate")
	}
	m.Hash = digests[si.Digest.Algorithm.String()]
	alg := named[si.Algorithm.Algorithm.String()]
	if alg.hash == 0 {
		alg.hash = m.Hash
	}
	algorithm := algorithms[alg.family][alg.hash]
	if m.Hash == 0 || algorithm == 0 {
		return m, fmt.Errorf("algorithms %v, %v", si.Digest.Algorithm, si.Algorithm.Algorithm)
	}
	m.Old = m.Hash == crypto.SHA1 || alg.hash == crypto.SHA1 || Weak(m.Certificate)
	if err := m.attributes(si.Signed); err != nil {
		return m, err
	}
	unsigned, err := split(si.Unsigned.Bytes)
	if err != nil {
		return m, err
	}
	m.Token = unsigned[oidTimeStamp.String()]
	signed := bytes.Clone(si.Signed.FullBytes)
	signed[0] = asn1.TagSet | 0x20
	cert := m.Certificate
	check := cert.CheckSignature
	if m.Old {
		check = func(a x509.SignatureAlgorithm, signed, signature []byte) error {
			return CheckOld(cert, a, signed, signature)
		}
	}
	m.check = func() error { return check(algorithm, signed, si.Signature) }
	return m, nil
}

// content takes the octets out of [0] EXPLICIT OCTET STRING.
func content(raw asn1.RawValue) (octets []byte, err error) {
	if rest, err := asn1.Unmarshal(raw.Bytes, &octets); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("content: %w", orSyntax(err))
	}
	return octets, nil
}

// Check tells whether the signer signed digest, which is that of the content by
// m.Hash; nil: that of the content that came with the message. Whether anybody
// vouches for the signer is another question.
func (m Message) Check(digest []byte) error {
	if digest == nil {
		digest = Sum(m.Hash, m.Content)
	}
	if !bytes.Equal(digest, m.Digest) {
		return errors.New("the digest is another one")
	}
	return m.check()
}

// Weak tells whether c has a key that no longer proves anything.
func Weak(c *x509.Certificate) bool {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() < 2048
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize < 224
	}
	return false
}

// split reads attributes; each stands there once.
func split(rest []byte) (map[string][]byte, error) {
	seen := map[string][]byte{}
	for len(rest) > 0 {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, err
		}
		if a.Values.Tag != asn1.TagSet || seen[a.Type.String()] != nil {
			return nil, fmt.Errorf("attribute %v", a.Type)
		}
		seen[a.Type.String()] = a.Values.Bytes
	}
	return seen, nil
}

// attributes reads the signed attributes: what they must hold stands there once and agrees with the rest.
func (m *Message) attributes(raw asn1.RawValue) (err error) {
	if m.Signed, err = split(raw.Bytes); err != nil {
		return err
	}
	one := func(oid asn1.ObjectIdentifier, into any) error {
		rest, err := asn1.Unmarshal(m.Signed[oid.String()], into)
		if err != nil || len(rest) > 0 {
			return fmt.Errorf("attribute %v: %w", oid, orSyntax(err))
		}
		return nil
	}
	var kind asn1.ObjectIdentifier
	if err := one(oidContentType, &kind); err != nil || !kind.Equal(m.Type) {
		return fmt.Errorf("content type: %w", orSyntax(err))
	}
	if err := one(oidMessageDigest, &m.Digest); err != nil {
		return err
	}
	if m.Signed[oidSigningTime.String()] != nil {
		if err := one(oidSigningTime, &m.At); err != nil {
			return err
		}
	}
	if m.Signed[oidSigningCert.String()] == nil {
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
	if !bytes.Equal(Sum(hash, m.Certificate.Raw), certs.Certs[0].Hash) {
		return errors.New("signing certificate: another one")
	}
	m.Bound = hash != crypto.SHA1
	return nil
}

// orSyntax is err, or what is wrong when that is nil.
func orSyntax(err error) error {
	if err == nil {
		return errSyntax
	}
	return err
}
