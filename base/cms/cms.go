// Package cms is the Cryptographic Message Syntax (RFC 5652) as far as
// signatures of this State use it: the SignedData of one signer, as it stands in
// PDFs, beside files, and around time stamps.
//
// It is pure: keys and certificates are arguments. What a message says and
// nobody here understands makes it unreadable, never valid.
package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version int
	Digests []pkix.AlgorithmIdentifier `asn1:"set"`
	Content struct {
		Type asn1.ObjectIdentifier
		Data asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type signerInfo struct {
	Version int
	Issuer  struct {
		Name   asn1.RawValue
		Serial *big.Int
	}
	Digest    pkix.AlgorithmIdentifier
	Signed    asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue // SET OF
}

type essCert struct { // ESSCertIDv2 of RFC 5035, whose hash is SHA-256 unless it says otherwise
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
	Hash      []byte
	Issuer    asn1.RawValue `asn1:"optional"`
}

// Data is the type of content that has none: what is signed stands elsewhere.
var Data = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimeStamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// An Attribute is one more thing that is signed with the content.
type Attribute struct {
	Type  asn1.ObjectIdentifier
	Value any // as encoding/asn1 writes it
}

// A Signing is what a message is made of. The digest is always SHA-256.
type Signing struct {
	Key     crypto.Signer       // ECDSA or RSA
	Chain   []*x509.Certificate // the signer's first
	Digest  []byte              // of what is signed; nil: of Content
	Type    asn1.ObjectIdentifier
	Content []byte // nil: it stands elsewhere
	Signed  []Attribute
	Bare    bool // without the certificates, which the reader has

	// Stamp makes a time-stamp token (RFC 3161) over a SHA-256 digest; with it
	// the message carries one over its signature, among what is not signed.
	Stamp func(digest []byte) (token []byte, err error)
}

// Sign makes a message. The signed attributes are content type, digest and
// signing certificate, and those that were asked for; no time, which PAdES
// forbids there. With an ECDSA key the same input gives the same bytes, because
// the signature's random number is derived from what is signed (RFC 6979).
func Sign(s Signing) ([]byte, error) {
	if len(s.Chain) == 0 {
		return nil, errors.New("sign: no certificate")
	}
	if s.Type == nil {
		s.Type = Data
	}
	if s.Digest == nil {
		sum := sha256.Sum256(s.Content)
		s.Digest = sum[:]
	}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}
	switch s.Key.Public().(type) {
	case *ecdsa.PublicKey:
	case *rsa.PublicKey:
		algorithm = pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}
	default:
		return nil, errors.New("sign: want a key of ECDSA or RSA")
	}
	signed, err := s.attributes()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(signed)
	signature, err := s.Key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}

	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	ci := contentInfo{Type: oidSignedData}
	sd := &ci.Content
	sd.Version, sd.Digests, sd.Content.Type = 1, []pkix.AlgorithmIdentifier{sha}, s.Type
	if !s.Type.Equal(Data) {
		sd.Version = 3
	}
	if s.Content != nil {
		octets, err := asn1.Marshal(s.Content)
		if err != nil {
			return nil, err
		}
		sd.Content.Data = explicit(0, octets)
	}
	if !s.Bare {
		var certs []byte
		for _, c := range s.Chain {
			certs = append(certs, c.Raw...)
		}
		sd.Certificates = explicit(0, certs)
	}
	si := signerInfo{Version: 1, Digest: sha, Algorithm: algorithm, Signature: signature}
	si.Issuer.Name = asn1.RawValue{FullBytes: s.Chain[0].RawIssuer}
	si.Issuer.Serial = s.Chain[0].SerialNumber
	implicit := bytes.Clone(signed)
	implicit[0] = 0xa0 // [0] IMPLICIT in place of SET
	si.Signed = asn1.RawValue{FullBytes: implicit}
	if s.Stamp != nil {
		sum := sha256.Sum256(signature)
		token, err := s.Stamp(sum[:])
		if err != nil {
			return nil, err
		}
		if si.Unsigned, err = stamped(token); err != nil {
			return nil, err
		}
	}
	sd.Signers = []signerInfo{si}
	return asn1.Marshal(ci)
}

// attributes are those that are signed, as the set over which the signature is made.
func (s Signing) attributes() ([]byte, error) {
	hash := sha256.Sum256(s.Chain[0].Raw)
	var set []asn1.RawValue
	for _, a := range append([]Attribute{
		{oidContentType, s.Type},
		{oidMessageDigest, s.Digest},
		{oidSigningCert, struct{ Certs []struct{ Hash []byte } }{[]struct{ Hash []byte }{{hash[:]}}}},
	}, s.Signed...) {
		value, err := asn1.Marshal(a.Value)
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal(attribute{a.Type, set1(value)})
		if err != nil {
			return nil, err
		}
		set = append(set, asn1.RawValue{FullBytes: der})
	}
	return asn1.MarshalWithParams(set, "set") // sorted, as DER wants a set
}

// stamped are the unsigned attributes of a message with a time stamp.
func stamped(token []byte) (asn1.RawValue, error) {
	der, err := asn1.Marshal(attribute{oidTimeStamp, set1(token)})
	return explicit(1, der), err
}

// Complete adds to a message that somebody else made what its readers need and
// its signature does not cover: the certificates of chain, the signer's first,
// and a time stamp over the signature unless it has one.
func Complete(message []byte, chain []*x509.Certificate, stamp func(digest []byte) (token []byte, err error)) ([]byte, error) {
	m, err := Read(message, chain...)
	if err != nil {
		return nil, err
	}
	var ci contentInfo
	if _, err := asn1.Unmarshal(message, &ci); err != nil {
		return nil, err
	}
	var certs []asn1.RawValue
	for _, c := range m.Others {
		certs = append(certs, asn1.RawValue{FullBytes: c.Raw})
	}
	for _, c := range chain {
		if !slices.ContainsFunc(m.Others, c.Equal) {
			certs = append(certs, asn1.RawValue{FullBytes: c.Raw})
		}
	}
	if ci.Content.Certificates, err = set(0, certs); err != nil {
		return nil, err
	}
	if m.Token == nil {
		sum := sha256.Sum256(m.Signature)
		token, err := stamp(sum[:])
		if err != nil {
			return nil, err
		}
		one, err := stamped(token)
		if err != nil {
			return nil, err
		}
		si := &ci.Content.Signers[0]
		var all []asn1.RawValue
		for rest := append(bytes.Clone(si.Unsigned.Bytes), one.Bytes...); len(rest) > 0; {
			var a asn1.RawValue
			if rest, err = asn1.Unmarshal(rest, &a); err != nil {
				return nil, err
			}
			all = append(all, a)
		}
		if si.Unsigned, err = set(1, all); err != nil {
			return nil, err
		}
	}
	return asn1.Marshal(ci)
}

// set is [tag] IMPLICIT SET OF, sorted as DER wants it.
func set(tag int, all []asn1.RawValue) (asn1.RawValue, error) {
	der, err := asn1.MarshalWithParams(all, "set")
	if err == nil {
		der[0] = 0xa0 | byte(tag)
	}
	return asn1.RawValue{FullBytes: der}, err
}

func set1(der []byte) asn1.RawValue {
	return asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: der}
}

func explicit(tag int, der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: der}
}
