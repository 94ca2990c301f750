package provider

import (
	"cmp"
	"context"
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
	"github.com/zitadel/oidc/v3/pkg/op"

	"motcua/base/db"
	"motcua/base/id"
)

// algorithm is the one that every relying party knows (OpenID Connect Core, 15.1).
const algorithm = jose.RS256

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
	since, until time.Time
	secret       *rsa.PrivateKey
}

// A ring holds what was read of the keys, until they change.
type ring struct {
	mu    sync.Mutex
	pairs []pair // the one that signs longest first
	salt  []byte // of pairwise subjects
	drops int
}

func (r *ring) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pairs, r.drops = nil, r.drops+1
}

const saltName = "eid/subjects"

func keyName(n id.ID) string { return "eid/key/" + n.String() }

// Rotate makes the next key a day before it is needed, and forgets those that
// nobody verifies with any more. Several programs may do it at once.
func (p *Provider) Rotate(ctx context.Context) error {
	now := p.app.Now()
	made, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return err
	}
	salt := make([]byte, 32)
	rand.Read(salt)
	return p.app.DB.Write(ctx, func(tx *db.Tx) error {
		// The row of number 0 is no key: who writes it first makes the salt, and who holds it rotates.
		n, err := tx.Exec(`insert into eid_key (id, since, until) values (0, 0, 0) on conflict (id) do update set since = eid_key.since + 1`)
		if err != nil || n == 0 {
			return err
		}
		var round int64
		var last db.Time
		if err := tx.Row(`select since from eid_key where id = 0`).Scan(&round); err != nil {
			return err
		}
		if round == 0 {
			if err := p.app.Keys.Keep(tx, saltName, salt); err != nil {
				return err
			}
		}
		if err := tx.Row(`select coalesce(max(until), 0) from eid_key where id > 0`).Scan(&last); err != nil {
			return err
		}
		if last.Sub(now) > before {
			return nil
		}
		since := last.Time
		if since.Before(now) {
			since = now
		}
		return errors.Join(p.add(tx, made, since), p.forget(tx, now), tx.Bump("eid"))
	})
}

func (p *Provider) add(tx *db.Tx, k *rsa.PrivateKey, since time.Time) error {
	n := p.app.IDs.New()
	if _, err := tx.Exec(`insert into eid_key (id, since, until) values ($1, $2, $3)`, n, db.At(since), db.At(since.Add(signs))); err != nil {
		return err
	}
	return p.app.Keys.Keep(tx, keyName(n), x509.MarshalPKCS1PrivateKey(k))
}

func (p *Provider) forget(tx *db.Tx, now time.Time) error {
	old, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
		`select id from eid_key where id > 0 and until < $1`, db.At(now.Add(-after)))
	for _, n := range old {
		if _, e := tx.Exec(`delete from eid_key where id = $1`, n); e != nil {
			return e
		}
		if e := p.app.Keys.Forget(tx, keyName(n)); e != nil {
			return e
		}
	}
	return err
}

// pairs are the keys that are shown now, the one that signs last first.
func (p *Provider) pairs(ctx context.Context) ([]pair, error) {
	p.ring.mu.Lock()
	all, drops := p.ring.pairs, p.ring.drops
	p.ring.mu.Unlock()
	if all == nil {
		err := p.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
			all, err = db.List(tx, func(into func(...any) error) (k pair, err error) {
				var since, until db.Time
				err = into(&k.id, &since, &until)
				k.since, k.until = since.Time, until.Time
				return k, err
			}, `select id, since, until from eid_key where id > 0`)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i := range all {
			b, err := p.app.Keys.Kept(ctx, keyName(all[i].id))
			if err == nil {
				all[i].secret, err = x509.ParsePKCS1PrivateKey(b)
			}
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", all[i].id, err)
			}
		}
		slices.SortFunc(all, func(a, b pair) int { return cmp.Compare(b.since.UnixMicro(), a.since.UnixMicro()) })
		p.ring.mu.Lock()
		if p.ring.drops == drops {
			p.ring.pairs = all
		}
		p.ring.mu.Unlock()
	}
	now := p.app.Now()
	return slices.DeleteFunc(slices.Clone(all), func(k pair) bool { return k.until.Add(after).Before(now) }), nil
}

// signer signs with the key of the hour; what is the type of what is signed.
func (p *Provider) signer(ctx context.Context, what string) (jose.Signer, error) {
	all, err := p.pairs(ctx)
	if err != nil {
		return nil, err
	}
	now := p.app.Now()
	for _, k := range all {
		if !k.since.After(now) {
			return jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: k.secret, KeyID: k.id.String()}},
				(&jose.SignerOptions{}).WithType(jose.ContentType(what)))
		}
	}
	return nil, errors.New("no key signs now")
}

// Keys shows the keys that sign, signed and will sign.
func (p *Provider) Keys(ctx context.Context, _ *op.Request[struct{}]) (*op.Response, error) {
	set, err := p.public(ctx)
	return op.NewResponse(set), err
}

func (p *Provider) public(ctx context.Context) (*jose.JSONWebKeySet, error) {
	all, err := p.pairs(ctx)
	set := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range all {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.secret.Public(), KeyID: k.id.String(), Algorithm: string(algorithm), Use: "sig"})
	}
	return set, err
}

// VerifySignature checks what we signed ourselves, such as the hint of who leaves.
func (p *Provider) VerifySignature(ctx context.Context, s *jose.JSONWebSignature) ([]byte, error) {
	set, err := p.public(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range set.Key(s.Signatures[0].Header.KeyID) {
		if b, err := s.Verify(k); err == nil {
			return b, nil
		}
	}
	return nil, errors.New("not signed with a key of ours")
}

// Subject is what a person is called towards the portals of one body: another
// name towards every body, so that two of them cannot compare their lists
// (OpenID Connect Core, 8.1). It never changes and is never given to another.
func (p *Provider) Subject(ctx context.Context, person id.ID, body string) (string, error) {
	return p.pairwise(ctx, "sub", person.String(), body)
}

// sid is what a browser's session is called towards one party.
func (p *Provider) sid(ctx context.Context, session, party id.ID) (string, error) {
	return p.pairwise(ctx, "sid", session.String(), party.String())
}

func (p *Provider) pairwise(ctx context.Context, what, of, towards string) (string, error) {
	p.ring.mu.Lock()
	salt := p.ring.salt
	p.ring.mu.Unlock()
	if salt == nil {
		var err error
		if salt, err = p.app.Keys.Kept(ctx, saltName); err != nil {
			return "", err
		}
		p.ring.mu.Lock()
		p.ring.salt = salt
		p.ring.mu.Unlock()
	}
	m := hmac.New(sha256.New, salt)
	fmt.Fprintf(m, "%s\x00%s\x00%s", what, towards, of)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24]), nil
}
