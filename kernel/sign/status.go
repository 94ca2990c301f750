package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/fips140"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
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
func (a *Authority) Status(ctx context.Context, question []byte, now time.Time) (answer []byte, err error) {
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
		all = append([]Key{{}}, slices.DeleteFunc(all, func(i Key) bool { return !names(q, i) })...)
		issuer = all[len(all)-1]
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
	fips140.WithoutEnforcement(func() { answer, err = ocsp.CreateResponse(issuer.Certificate, issuer.Certificate, r, secret) })
	return answer, err
}

// names reports whether q asks for a certificate of issuer k: by SHA-1 (RFC 6960)
// also where only approved cryptography may be, for a name protects nothing.
func names(q *ocsp.Request, k Key) (same bool) {
	var spki struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(k.Certificate.RawSubjectPublicKeyInfo, &spki)
	is := func(b, want []byte) bool {
		h := q.HashAlgorithm.New()
		h.Write(b)
		return bytes.Equal(h.Sum(nil), want)
	}
	fips140.WithoutEnforcement(func() {
		same = is(k.Certificate.RawSubject, q.IssuerNameHash) && is(spki.Key.RightAlign(), q.IssuerKeyHash)
	})
	return same && err == nil
}

var errClock = errors.New("the node has no clock in force")
