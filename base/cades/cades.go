// Package cades signs any file beside the file and says what such a signature
// proves: CAdES, the European standard of detached signatures (ETSI EN 319 122),
// which others know as .p7s.
//
// It is pure, like the readers of the other forms.
package cades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/asn1"
	"encoding/pem"
	"time"

	"motcua/base/cms"
	"motcua/base/fault"
	"motcua/base/verdict"
)

//go:embed texts.yaml
var Texts embed.FS

var oidSigningTime = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}

// By is who signs, and how.
type By struct {
	Key   crypto.Signer       // ECDSA P-256 or RSA
	Chain []*x509.Certificate // the signer's first
	At    time.Time           // as the signer says

	// Stamp makes a time-stamp token (RFC 3161) over a SHA-256 digest; with it the
	// signature is one of level B-T.
	Stamp func(digest []byte) (token []byte, err error)
}

// Sign makes the signature of a file in DER: CAdES baseline B-B or B-T. Only its
// SHA-256 is asked for, so that the file may stay where it is.
func Sign(sum [sha256.Size]byte, by By) ([]byte, error) {
	return cms.Sign(cms.Signing{Key: by.Key, Chain: by.Chain, Digest: sum[:], Stamp: by.Stamp,
		Signed: []cms.Attribute{{Type: oidSigningTime, Value: by.At.UTC().Truncate(time.Second)}}})
}

// Is reports whether b looks like a signature that Read reads.
func Is(b []byte) bool {
	m := der(b)
	var head struct {
		Type asn1.ObjectIdentifier
		Rest asn1.RawValue `asn1:"explicit,tag:0"`
	}
	_, err := asn1.Unmarshal(m, &head)
	return err == nil && head.Type.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2})
}

// der takes a message out of its PEM dress, if it wears one.
func der(b []byte) []byte {
	if block, rest := pem.Decode(b); block != nil && (block.Type == "CMS" || block.Type == "PKCS7") && len(bytes.TrimSpace(rest)) == 0 {
		return block.Bytes
	}
	return b
}

// Read checks the signature of a file against the roots that are trusted. What
// is no signature of this form is an error; everything else is a verdict. file
// nil: only content that the message itself encloses can be checked.
func Read(signature, file []byte, roots ...*x509.Certificate) (v verdict.Verdict, err error) {
	if !Is(signature) {
		return v, fault.New(fault.Unsupported, "cades.none")
	}
	v.Form, v.Signatures = verdict.CMS, []verdict.Signature{}
	m, err := cms.Read(der(signature))
	if err != nil || !m.Type.Equal(cms.Data) {
		v.Judge(verdict.Broken, "cades.why.unreadable")
		return v, nil
	}
	if m.Content != nil && file == nil {
		file = m.Content
	}
	if file == nil {
		return v, fault.New(fault.Invalid, "cades.alone")
	}
	v.State = verdict.Valid
	s := verdict.Signature{At: m.At.UTC(), Old: m.Old}
	s.Of(m.Certificate, m.Hash)
	if m.Content != nil && !bytes.Equal(m.Content, file) || m.Check(cms.Sum(m.Hash, file)) != nil {
		v.Judge(verdict.Changed, "verdict.why.digest", s.Name)
	} else {
		s.Intact, s.Whole = true, true
		v.Vouch(&s, m.Others, roots, m.Token, m.Signature)
	}
	v.Signatures = append(v.Signatures, s)
	return v, nil
}
