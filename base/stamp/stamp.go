// Package stamp is time stamps (RFC 3161, ETSI EN 319 422): a signed word of
// somebody with a good clock that a digest was there at a moment.
//
// It is pure: key, clock and serial number are arguments. A request comes from
// anyone and a token from any file, so both are read with bounds, and what is
// not understood proves nothing.
package stamp

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"motcua/base/cms"
)

// Info is the type of content of a token.
var Info = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}

// Policy is the best practices policy of ETSI EN 319 421.
var Policy = asn1.ObjectIdentifier{0, 4, 0, 2023, 1, 1}

var oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type accuracy struct {
	Seconds int           `asn1:"optional"`
	Millis  int           `asn1:"optional,tag:0"`
	Micros  int           `asn1:"optional,tag:1"`
	More    asn1.RawValue `asn1:"optional"`
}

type info struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    imprint
	Serial     *big.Int
	At         asn1.RawValue
	Accuracy   accuracy      `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	Authority  asn1.RawValue `asn1:"optional,explicit,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

// A Clock is whose word a token is.
type Clock struct {
	Key      crypto.Signer
	Chain    []*x509.Certificate // the first with the critical and only purpose of time-stamping
	Policy   asn1.ObjectIdentifier
	Accuracy time.Duration // how far the clock may be off, in whole seconds; at least the second that is cut off
}

// Stamp makes a token over a digest. No two tokens of a clock have the same
// serial number. nonce is that of the request, or nil; bare leaves the
// certificates out.
func (c Clock) Stamp(hash crypto.Hash, digest []byte, serial *big.Int, at time.Time, nonce *big.Int, bare bool) ([]byte, error) {
	alg := number(hash)
	if alg == nil || len(digest) != hash.Size() {
		return nil, errors.New("stamp: want a digest of SHA-256, SHA-384 or SHA-512")
	}
	when, err := asn1.MarshalWithParams(at.UTC().Truncate(time.Second), "generalized")
	if err != nil {
		return nil, err
	}
	content, err := asn1.Marshal(info{Version: 1, Policy: c.Policy, Imprint: imprint{pkix.AlgorithmIdentifier{Algorithm: alg}, digest},
		Serial: serial, At: asn1.RawValue{FullBytes: when}, Accuracy: accuracy{Seconds: max(1, int(c.Accuracy.Seconds()))}, Nonce: nonce})
	if err != nil {
		return nil, err
	}
	return cms.Sign(cms.Signing{Key: c.Key, Chain: c.Chain, Type: Info, Content: content, Bare: bare})
}

// number is that of a hash which still proves something.
func number(h crypto.Hash) asn1.ObjectIdentifier {
	switch h {
	case crypto.SHA256:
		return oidSHA256
	case crypto.SHA384:
		return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	case crypto.SHA512:
		return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	}
	return nil
}
