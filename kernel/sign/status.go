package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha1" // RFC 6960 names issuers by it; nothing rests on it
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ocsp"

	"motcua/base/db"
)

const (
	maxStatus  = 4 << 10
	statusLife = time.Hour // how long an answer may be shown again
)

// Status answers a question after one certificate (RFC 6960), as of now. What
// cannot be read and who is not ours is told so, unsigned, as the standard says;
// a certificate that no issuer of ours made is unknown. The answer is signed by
// the issuer itself.
func (a *Authority) Status(ctx context.Context, question []byte, now time.Time) ([]byte, error) {
	if len(question) > maxStatus {
		return ocsp.MalformedRequestErrorResponse, nil
	}
	q, err := ocsp.ParseRequest(question)
	if err != nil || q.SerialNumber.Sign() <= 0 || q.HashAlgorithm != crypto.SHA1 && q.HashAlgorithm != crypto.SHA256 {
		return ocsp.MalformedRequestErrorResponse, nil
	}
	var issuer, k Key
	err = a.d.Read(ctx, func(tx *db.Tx) error {
		all, err := keys(tx, `where kind = $1`, Issuer)
		if err != nil {
			return err
		}
		issuer = Key{}
		for _, i := range all {
			if names(q, i) {
				issuer = i
			}
		}
		some, err := keys(tx, `where number = $1 and issuer = $2`, fmt.Sprintf("%x", q.SerialNumber), issuer.ID)
		if k = (Key{}); len(some) > 0 {
			k = some[0]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if issuer.ID == 0 {
		return ocsp.UnauthorizedErrorResponse, nil
	}
	secret, err := a.secret(issuer)
	if err != nil {
		return nil, err
	}
	now = now.UTC().Truncate(time.Second)
	r := ocsp.Response{Status: ocsp.Unknown, SerialNumber: q.SerialNumber, IssuerHash: q.HashAlgorithm, ThisUpdate: now, NextUpdate: now.Add(statusLife)}
	switch {
	case k.ID == 0:
	case k.Revoked.IsZero() || k.Revoked.After(now):
		r.Status = ocsp.Good
	default:
		r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, k.Revoked.UTC(), int(k.Cause)
	}
	return ocsp.CreateResponse(issuer.Certificate, issuer.Certificate, r, secret)
}

// names reports whether q asks for a certificate of issuer k.
func names(q *ocsp.Request, k Key) bool {
	var spki struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(k.Certificate.RawSubjectPublicKeyInfo, &spki); err != nil {
		return false
	}
	if q.HashAlgorithm == crypto.SHA256 {
		name, key := sha256.Sum256(k.Certificate.RawSubject), sha256.Sum256(spki.Key.RightAlign())
		return bytes.Equal(name[:], q.IssuerNameHash) && bytes.Equal(key[:], q.IssuerKeyHash)
	}
	name, key := sha1.Sum(k.Certificate.RawSubject), sha1.Sum(spki.Key.RightAlign())
	return bytes.Equal(name[:], q.IssuerNameHash) && bytes.Equal(key[:], q.IssuerKeyHash)
}

var errClock = errors.New("the node has no clock in force")
