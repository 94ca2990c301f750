package pades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// Cryptographic Message Syntax (RFC 5652), the detached SignedData of one
// signer that PAdES puts into a PDF.

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

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// makeCMS signs the digest of a document. The signed attributes are those
// that PAdES B-B asks for; the time stands in the PDF, not here.
func makeCMS(digest []byte, key crypto.Signer, chain []*x509.Certificate) ([]byte, error) {
	hash := sha256.Sum256(chain[0].Raw)
	var set []asn1.RawValue
	for _, a := range []struct {
		is    asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData},
		{oidMessageDigest, digest},
		{oidSigningCert, struct{ Certs []struct{ Hash []byte } }{[]struct{ Hash []byte }{{hash[:]}}}},
	} {
		der, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		der, err = asn1.Marshal(attribute{a.is, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: der}})
		if err != nil {
			return nil, err
		}
		set = append(set, asn1.RawValue{FullBytes: der})
	}
	signed, err := asn1.MarshalWithParams(set, "set") // sorted, as DER wants a set
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(signed)
	signature, err := key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}

	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	ci := contentInfo{Type: oidSignedData}
	sd := &ci.Content
	sd.Version = 1
	sd.Digests = []pkix.AlgorithmIdentifier{sha}
	sd.Content.Type = oidData
	var certs []byte
	for _, c := range chain {
		certs = append(certs, c.Raw...)
	}
	sd.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs}
	si := signerInfo{Version: 1, Digest: sha, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}, Signature: signature}
	si.Issuer.Name = asn1.RawValue{FullBytes: chain[0].RawIssuer}
	si.Issuer.Serial = chain[0].SerialNumber
	implicit := bytes.Clone(signed)
	implicit[0] = 0xa0 // [0] IMPLICIT in place of SET
	si.Signed = asn1.RawValue{FullBytes: implicit}
	sd.Signers = []signerInfo{si}
	return asn1.Marshal(ci)
}
