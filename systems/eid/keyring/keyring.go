// Package keyring is the keys that the provider signs with, the keys that
// parties sign with, and the names under which persons are known to bodies.
package keyring

import (
	"cmp"
	"context"
	stdcrypto "crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/crypto"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
)

// The algorithms we sign with: what every relying party knows, and gets where it
// did not say otherwise (OpenID Connect Dynamic Client Registration, 2); and what
// costs a twentieth of it.
const (
	Known = jose.RS256
	Quick = jose.ES256
)

// Signs are the algorithms a party chooses from.
func Signs() []string { return []string{string(Known), string(Quick)} }

// A key signs for ninety days. It is shown a day before it signs, for portals
// keep what they read of keys, and two days after it signed last.
const (
	signs  = 90 * 24 * time.Hour
	before = 24 * time.Hour
	after  = 48 * time.Hour
	bits   = 2048
)

// A pair is a signing key: it signs from since until until.
type pair struct {
	id           id.ID
	alg          string
	since, until time.Time
	secret       stdcrypto.Signer
}

// A Ring holds what was read of the keys, until they change.
type Ring struct {
	app   *kernel.App
	mu    sync.Mutex
	pairs []pair // the one that signs longest first
	salt  []byte // of pairwise subjects
	drops int
}

// Open is the ring of a's database, with keys to sign with.
func Open(ctx context.Context, a *kernel.App) (*Ring, error) {
	r := &Ring{app: a}
	a.DB.Watch("eid", r.drop)
	return r, r.Rotate(ctx)
}

func (r *Ring) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pairs, r.drops = nil, r.drops+1
}

const saltName = "eid/subjects"

func keyName(n id.ID) string { return "eid/key/" + n.String() }

// Rotate makes the next key of each algorithm a day before it is needed, and
// forgets those that nobody verifies with any more. Several programs may do it at once.
func (r *Ring) Rotate(ctx context.Context) error {
	for _, alg := range Signs() {
		if err := r.rotate(ctx, alg); err != nil {
			return err
		}
	}
	return nil
}

func (r *Ring) rotate(ctx context.Context, alg string) error {
	now := r.app.Now()
	var last time.Time
	err := r.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		last, err = newest(tx, alg)
		return err
	})
	if err != nil || last.Sub(now) > before {
		return err // without the work of making a key that nobody needs
	}
	made, err := newKey(alg)
	if err != nil {
		return err
	}
	salt := make([]byte, 32)
	rand.Read(salt)
	return r.app.DB.Write(ctx, func(tx *db.Tx) error {
		// The row of number 0 is no key: who writes it first makes the salt, and who holds it rotates.
		n, err := tx.Exec(`insert into eid_key (id, since, until) values (0, 0, 0) on conflict (id) do update set since = eid_key.since + 1`)
		if err != nil || n == 0 {
			return err
		}
		var round int64
		if err := tx.Row(`select since from eid_key where id = 0`).Scan(&round); err != nil {
			return err
		}
		if round == 0 {
			if err := r.app.Keys.Keep(tx, saltName, salt); err != nil {
				return err
			}
		}
		last, err := newest(tx, alg)
		if err != nil || last.Sub(now) > before {
			return err
		}
		if last.Before(now) {
			last = now
		}
		return errors.Join(r.add(tx, alg, made, last), r.forget(tx, now), tx.Bump("eid"))
	})
}

// newest is until when the newest key of an algorithm signs.
func newest(tx *db.Tx, alg string) (until time.Time, err error) {
	var t db.Time
	err = tx.Row(`select coalesce(max(until), 0) from eid_key where id > 0 and alg = $1`, alg).Scan(&t)
	return t.Time, err
}

func newKey(alg string) (stdcrypto.Signer, error) {
	if alg == string(Quick) {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, bits)
}

func (r *Ring) add(tx *db.Tx, alg string, k stdcrypto.Signer, since time.Time) error {
	n := r.app.IDs.New()
	b, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`insert into eid_key (id, alg, since, until) values ($1, $2, $3, $4)`, n, alg, db.At(since), db.At(since.Add(signs))); err != nil {
		return err
	}
	return r.app.Keys.Keep(tx, keyName(n), b)
}

// parse reads a kept key; those from before there were two algorithms are PKCS #1.
func parse(b []byte) (stdcrypto.Signer, error) {
	if k, err := x509.ParsePKCS1PrivateKey(b); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(b)
	s, ok := k.(stdcrypto.Signer)
	if err == nil && !ok {
		err = errors.New("not a key to sign with")
	}
	return s, err
}

func (r *Ring) forget(tx *db.Tx, now time.Time) error {
	old, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
		`select id from eid_key where id > 0 and until < $1`, db.At(now.Add(-after)))
	for _, n := range old {
		if _, e := tx.Exec(`delete from eid_key where id = $1`, n); e != nil {
			return e
		}
		if e := r.app.Keys.Forget(tx, keyName(n)); e != nil {
			return e
		}
	}
	return err
}

// pairs are the keys that are shown now, the one that signs last first.
func (r *Ring) keys(ctx context.Context) ([]pair, error) {
	r.mu.Lock()
	all, drops := r.pairs, r.drops
	r.mu.Unlock()
	if all == nil {
		err := r.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
			all, err = db.List(tx, func(into func(...any) error) (k pair, err error) {
				var since, until db.Time
				err = into(&k.id, &k.alg, &since, &until)
				k.since, k.until = since.Time, until.Time
				return k, err
			}, `select id, alg, since, until from eid_key where id > 0`)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i := range all {
			b, err := r.app.Keys.Kept(ctx, keyName(all[i].id))
			if err == nil {
				all[i].secret, err = parse(b)
			}
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", all[i].id, err)
			}
		}
		slices.SortFunc(all, func(a, b pair) int { return cmp.Compare(b.since.UnixMicro(), a.since.UnixMicro()) })
		r.mu.Lock()
		if r.drops == drops {
			r.pairs = all
		}
		r.mu.Unlock()
	}
	now := r.app.Now()
	return slices.DeleteFunc(slices.Clone(all), func(k pair) bool { return k.until.Add(after).Before(now) }), nil
}

// Sign signs claims with an algorithm's key of the hour; what is the type of what is signed.
func (r *Ring) Sign(ctx context.Context, alg, what string, claims any) (string, error) {
	all, err := r.keys(ctx)
	if err != nil {
		return "", err
	}
	now := r.app.Now()
	for _, k := range all {
		if k.alg != alg || k.since.After(now) {
			continue
		}
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: k.secret, KeyID: k.id.String()}},
			(&jose.SignerOptions{}).WithType(jose.ContentType(what)))
		if err != nil {
			return "", err
		}
		return crypto.Sign(claims, s)
	}
	return "", errors.New("no key signs now")
}

// Public shows the keys that sign, signed and will sign, as a JSON Web Key Set.
func (r *Ring) Public(ctx context.Context) (any, error) { return r.public(ctx) }

func (r *Ring) public(ctx context.Context) (*jose.JSONWebKeySet, error) {
	all, err := r.keys(ctx)
	set := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range all {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.secret.Public(), KeyID: k.id.String(), Algorithm: k.alg, Use: "sig"})
	}
	return set, err
}

// VerifySignature checks what we signed ourselves, such as the hint of who leaves.
func (r *Ring) VerifySignature(ctx context.Context, s *jose.JSONWebSignature) ([]byte, error) {
	set, err := r.public(ctx)
	if err != nil {
		return nil, err
	}
	h := s.Signatures[0].Header
	for _, k := range set.Key(h.KeyID) {
		if b, err := s.Verify(k); err == nil && k.Algorithm == h.Algorithm {
			return b, nil
		}
	}
	return nil, errors.New("not signed with a key of ours")
}

// Subject is what a person is called towards the portals of one body: another
// name towards every body, so that two of them cannot compare their lists
// (OpenID Connect Core, 8.1). It never changes and is never given to another.
func (r *Ring) Subject(ctx context.Context, person id.ID, body string) (string, error) {
	return r.pairwise(ctx, "sub", person.String(), body)
}

// Session is what a browser's session is called towards one party.
func (r *Ring) Session(ctx context.Context, session, party id.ID) (string, error) {
	return r.pairwise(ctx, "sid", session.String(), party.String())
}

func (r *Ring) pairwise(ctx context.Context, what, of, towards string) (string, error) {
	salt, err := r.secret(ctx)
	if err != nil {
		return "", err
	}
	m := hmac.New(sha256.New, salt)
	fmt.Fprintf(m, "%s\x00%s\x00%s", what, towards, of)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24]), nil
}

// secret is what subjects and codes are made with: all programs of one database have the same.
func (r *Ring) secret(ctx context.Context) ([]byte, error) {
	r.mu.Lock()
	salt := r.salt
	r.mu.Unlock()
	if salt != nil {
		return salt, nil
	}
	salt, err := r.app.Keys.Kept(ctx, saltName)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.salt = salt
	r.mu.Unlock()
	return salt, nil
}
