// Package call is calls to other machines: signed, so that the receiver knows
// whose they are, and only to where the operator lets this program reach.
//
// Signatures are those of Standard Webhooks 1.0 (standardwebhooks.com): HMAC
// SHA-256 over "id.timestamp.body", one per secret while secrets change.
package call

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed call.
const (
	HeaderID        = "Webhook-Id"
	HeaderTime      = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Tolerance is how far the time of a call may be from the receiver's clock, so
// that one who recorded it cannot send it again later.
const Tolerance = 5 * time.Minute

// What is wrong with a signed call.
var (
	ErrSecret    = errors.New("a secret is whsec_ and 24 to 64 bytes in base64")
	ErrHeaders   = errors.New("the headers webhook-id, webhook-timestamp and webhook-signature are not those of a signed call")
	ErrTime      = errors.New("the call was signed more than five minutes before or after now")
	ErrSignature = errors.New("none of the signatures fits")
)

const secretPrefix = "whsec_"

// A Secret signs calls; sender and receiver know it.
type Secret []byte

// NewSecret is a secret of 32 random bytes.
func NewSecret() Secret {
	s := make(Secret, 32)
	rand.Read(s)
	return s
}

// String is the secret as people hand it on: whsec_ and base64.
func (s Secret) String() string { return secretPrefix + base64.StdEncoding.EncodeToString(s) }

// ParseSecret reads what String wrote.
func ParseSecret(text string) (Secret, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	b, err := base64.StdEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(b) < 24 || len(b) > 64 {
		return nil, ErrSecret
	}
	return b, nil
}

func (s Secret) sum(id, at string, body []byte) []byte {
	m := hmac.New(sha256.New, s)
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Sign sets the headers of a call with this id and body, made at t, with one
// signature for each secret. An id never holds a point: the sum would be ambiguous.
func Sign(h http.Header, id string, t time.Time, body []byte, secrets ...Secret) {
	at, all := strconv.FormatInt(t.Unix(), 10), make([]string, len(secrets))
	for i, s := range secrets {
		all[i] = "v1," + base64.StdEncoding.EncodeToString(s.sum(id, at, body))
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTime, at)
	h.Set(HeaderSignature, strings.Join(all, " "))
}

// Verify asks that the headers are those of a call with this body, signed with
// one of the secrets within the tolerance of now.
func Verify(h http.Header, body []byte, now time.Time, secrets ...Secret) error {
	id, at := h.Get(HeaderID), h.Get(HeaderTime)
	sums := signatures(h.Get(HeaderSignature))
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || unix < 0 || id == "" || len(id) > 200 || strings.Contains(id, ".") || len(sums) == 0 || strconv.FormatInt(unix, 10) != at {
		return ErrHeaders
	}
	if d := now.Unix() - unix; d > int64(Tolerance/time.Second) || -d > int64(Tolerance/time.Second) {
		return ErrTime
	}
	for _, s := range secrets {
		want := s.sum(id, at, body)
		for _, got := range sums {
			if hmac.Equal(got, want) {
				return nil
			}
		}
	}
	return ErrSignature
}

// signatures reads the v1 signatures of a header; other versions, and what is
// none at all, are passed over, as the standard asks. At most ten are read.
func signatures(header string) (all [][]byte) {
	if len(header) > 2000 {
		return nil
	}
	for _, one := range strings.Fields(header) {
		text, ok := strings.CutPrefix(one, "v1,")
		b, err := base64.StdEncoding.Strict().DecodeString(text) // one text for one signature
		if ok && err == nil && len(b) == sha256.Size && len(all) < 10 {
			all = append(all, b)
		}
	}
	return all
}
