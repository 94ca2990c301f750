package stamp

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"motcua/base/cms"
)

// A Token is a time stamp that was read. Nothing of it is proven until Check.
type Token struct {
	At          time.Time
	Accuracy    time.Duration // zero: the token does not say
	Hash        crypto.Hash
	Digest      []byte
	Serial      *big.Int
	Nonce       *big.Int // nil: none
	Policy      asn1.ObjectIdentifier
	Certificate *x509.Certificate // of whose clock it was

	message cms.Message
}

const maxToken = 64 << 10

// Parse reads a token. known are certificates of clocks, which need not be in it.
func Parse(der []byte, known ...*x509.Certificate) (t Token, err error) {
	if len(der) > maxToken {
		return t, errors.New("time stamp: too large")
	}
	if t.message, err = cms.Read(der, known...); err != nil {
		return t, fmt.Errorf("time stamp: %w", err)
	}
	if !t.message.Type.Equal(Info) {
		return t, errors.New("time stamp: another kind of message")
	}
	t.Certificate = t.message.Certificate
	var i info
	if rest, err := asn1.Unmarshal(t.message.Content, &i); err != nil || len(rest) > 0 || i.Version != 1 {
		return t, errors.New("time stamp: its content cannot be read")
	}
	if again, err := asn1.Marshal(i); err != nil || !bytes.Equal(again, t.message.Content) {
		return t, errors.New("time stamp: more than is understood")
	}
	if len(i.Extensions.FullBytes) > 0 || len(i.Accuracy.More.FullBytes) > 0 {
		return t, errors.New("time stamp: more than is understood")
	}
	if rest, err := asn1.UnmarshalWithParams(i.At.FullBytes, &t.At, "generalized"); err != nil || len(rest) > 0 {
		return t, errors.New("time stamp: no time")
	}
	t.Hash = cms.Digest(i.Imprint.Algorithm.Algorithm)
	if t.Hash == 0 || len(i.Imprint.Digest) != t.Hash.Size() {
		return t, errors.New("time stamp: no digest that is known")
	}
	t.At = t.At.UTC()
	t.Accuracy = time.Duration(i.Accuracy.Seconds)*time.Second + time.Duration(i.Accuracy.Millis)*time.Millisecond + time.Duration(i.Accuracy.Micros)*time.Microsecond
	t.Digest, t.Serial, t.Nonce, t.Policy = i.Imprint.Digest, i.Serial, i.Nonce, i.Policy
	return t, nil
}

// Check tells whether the token is a clock's word about digest, made by t.Hash,
// and whether one of roots vouches for the clock at the moment it names. Whether
// the clock's certificate was revoked is for its authority to say.
func (t Token) Check(digest []byte, roots *x509.CertPool) error {
	switch {
	case number(t.Hash) == nil || t.message.Old:
		return errors.New("time stamp: its algorithm no longer proves anything")
	case !bytes.Equal(digest, t.Digest):
		return errors.New("time stamp: over something else")
	case !t.message.Bound:
		return errors.New("time stamp: does not name its certificate")
	}
	if err := t.message.Check(nil); err != nil {
		return fmt.Errorf("time stamp: %w", err)
	}
	if !onlyStamps(t.Certificate) {
		return errors.New("time stamp: by a certificate that is not for time stamps alone")
	}
	between := x509.NewCertPool()
	for _, c := range t.message.Others {
		between.AddCert(c)
	}
	_, err := t.Certificate.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: t.At, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	if err != nil {
		return fmt.Errorf("time stamp: %w", err)
	}
	return nil
}

// onlyStamps tells whether the only purpose of c is time-stamping, and is critical (RFC 3161, 2.3).
func onlyStamps(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(c.UnknownExtKeyUsage) > 0 {
		return false
	}
	for _, e := range c.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) {
			return e.Critical
		}
	}
	return false
}

// Purpose is the extension that a clock's certificate carries: time-stamping
// alone, critical. x509.CreateCertificate writes purposes that are not.
func Purpose() ([]byte, asn1.ObjectIdentifier, error) {
	der, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	return der, asn1.ObjectIdentifier{2, 5, 29, 37}, err
}
