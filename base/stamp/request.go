package stamp

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"math/big"

	"motcua/base/cms"
)

// A Request asks for a token.
type Request struct {
	Hash   crypto.Hash
	Digest []byte
	Policy asn1.ObjectIdentifier // nil: any
	Nonce  *big.Int              // nil: none
	Certs  bool                  // with the certificates
}

type request struct {
	Version    int
	Imprint    imprint
	Policy     asn1.ObjectIdentifier `asn1:"optional"`
	Nonce      *big.Int              `asn1:"optional"`
	Certs      bool                  `asn1:"optional"`
	Extensions asn1.RawValue         `asn1:"optional,tag:0"`
}

// A Failure is why no token is given (RFC 3161, 2.4.2): a bit of its list.
type Failure int

// The failures.
const (
	BadAlgorithm Failure = 0
	BadRequest   Failure = 2
	BadFormat    Failure = 5
	NoTime       Failure = 14
	BadPolicy    Failure = 15
	BadExtension Failure = 16
	Broken       Failure = 25
)

// Error says it in the words of the standard: the reader is a program.
func (f Failure) Error() string {
	return map[Failure]string{BadAlgorithm: "unrecognized or unsupported algorithm", BadRequest: "request not permitted or supported",
		BadFormat: "the data has the wrong format", NoTime: "the time source is not available", BadPolicy: "the requested policy is not supported",
		BadExtension: "the requested extension is not supported", Broken: "the request cannot be handled due to system failure"}[f]
}

const (
	maxRequest = 4 << 10
	maxNonce   = 256 // bits
)

// ParseRequest reads a request; an error is a Failure.
func ParseRequest(der []byte) (r Request, err error) {
	var q request
	if len(der) > maxRequest {
		return r, BadFormat
	}
	if rest, err := asn1.Unmarshal(der, &q); err != nil || len(rest) > 0 {
		return r, BadFormat
	}
	if again, err := asn1.Marshal(q); err != nil || !bytes.Equal(again, der) {
		return r, BadFormat
	}
	r = Request{Hash: cms.Digest(q.Imprint.Algorithm.Algorithm), Digest: q.Imprint.Digest, Policy: q.Policy, Nonce: q.Nonce, Certs: q.Certs}
	switch p := q.Imprint.Algorithm.Parameters.FullBytes; {
	case q.Version != 1:
		return r, BadRequest
	case len(q.Extensions.FullBytes) > 0:
		return r, BadExtension
	case number(r.Hash) == nil || len(p) > 0 && !bytes.Equal(p, asn1.NullBytes):
		return r, BadAlgorithm
	case len(r.Digest) != r.Hash.Size() || r.Nonce != nil && r.Nonce.BitLen() > maxNonce:
		return r, BadFormat
	}
	return r, nil
}

type status struct {
	Status int
	Fail   asn1.BitString `asn1:"optional"`
}

type reply struct {
	Status status
	Token  asn1.RawValue `asn1:"optional"`
}

// Reply is the answer with a token.
func Reply(token []byte) ([]byte, error) {
	return asn1.Marshal(reply{Token: asn1.RawValue{FullBytes: token}})
}

// Refuse is the answer without one.
func Refuse(why error) ([]byte, error) {
	f := Broken
	errors.As(why, &f)
	bits := make([]byte, int(f)/8+1)
	bits[f/8] = 0x80 >> (f % 8)
	return asn1.Marshal(reply{Status: status{Status: 2, Fail: asn1.BitString{Bytes: bits, BitLength: int(f) + 1}}})
}
