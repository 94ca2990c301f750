package sign

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"

	"motcua/base/cades"
	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/pades"
)

// Seals are those of a body ("": of all bodies), the oldest first.
func (a *Authority) Seals(tx *db.Tx, body string) ([]Key, error) {
	return keys(tx, `where kind = $1 and body <> '' and (body = $2 or $2 = '')`, string(Seal), body)
}

// Sealing is the seal that a body has in force: the newest. A body without one
// gives the zero Key: the node's seal speaks for it.
func (a *Authority) Sealing(ctx context.Context, body string, at time.Time) (k Key, err error) {
	if body == "" {
		return k, nil
	}
	err = a.d.Read(ctx, func(tx *db.Tx) error {
		all, err := a.Seals(tx, body)
		k = Key{}
		for _, one := range all {
			if one.Live(at) {
				k = one
			}
		}
		return err
	})
	return k, err
}

// Live reports whether k is neither revoked nor out of its time.
func (k Key) Live(at time.Time) bool {
	return k.Revoked.IsZero() && !at.Before(k.Certificate.NotBefore) && at.Before(k.Certificate.NotAfter)
}

// Speaking is what a body's word of the time act is sealed with, and when: its own
// seal or, where it has none in force, the node's. While sealing is stopped it is refused.
func (a *Authority) Speaking(ctx context.Context, body string, node Key, act, now time.Time) (k Key, at time.Time, err error) {
	if err = a.May(ctx, body, Sealing); err != nil {
		return k, at, err
	}
	if k, err = a.Sealing(ctx, body, now); err == nil && k.ID == 0 {
		k = node
	}
	if err == nil {
		at, err = a.From(ctx, k, act)
	}
	return k, at, err
}

// From is at, but never before k could sign: what it seals for an act of long ago
// cannot be older than the seal.
func (a *Authority) From(ctx context.Context, k Key, at time.Time) (time.Time, error) {
	chain := []Key{k}
	err := a.d.Read(ctx, func(tx *db.Tx) error {
		if k.Issuer == 0 {
			return nil
		}
		issuer, err := a.Get(tx, k.Issuer)
		chain = []Key{k, issuer}
		return err
	})
	for _, k := range chain {
		if err == nil && at.Before(k.Certificate.NotBefore) {
			at = k.Certificate.NotBefore
		}
	}
	return at, err
}

// PDF signs a PDF with a seal, as of at. Bytes that were there stay as they
// are, so what was signed before stays valid. The node's clock stamps it: who
// has the seal's key sets at as he likes. A person's key signs only what
// its person confirmed: Personal.
func (a *Authority) PDF(ctx context.Context, pdf []byte, key id.ID, reason string, at time.Time) ([]byte, error) {
	secret, chain, err := a.ready(ctx, key, at)
	if err != nil {
		return nil, err
	}
	by := pades.By{Key: secret, Chain: chain, Reason: reason, At: at}
	if a.Now != nil {
		by.Stamp = a.Stamper(ctx, a.Now)
	}
	return pades.Sign(pdf, by)
}

// Beside signs any file with a seal, as of at; the signature stands beside the
// file, which is known by its SHA-256 alone.
func (a *Authority) Beside(ctx context.Context, sum [sha256.Size]byte, seal Key, at time.Time) ([]byte, error) {
	secret, chain, err := a.ready(ctx, seal.ID, at)
	if err != nil {
		return nil, err
	}
	return cades.Sign(sum, cades.By{Key: secret, Chain: chain, At: at})
}

// ready is the secret half of a seal that may sign at that time.
func (a *Authority) ready(ctx context.Context, key id.ID, at time.Time) (*ecdsa.PrivateKey, []*x509.Certificate, error) {
	k, chain, err := a.usable(ctx, key, at)
	if err == nil && k.Kind != Seal {
		err = fmt.Errorf("key %s of kind %s is no seal", key, k.Kind)
	}
	if err != nil {
		return nil, nil, err
	}
	secret, err := a.secret(k)
	return secret, chain, err
}

// Sealed enters in the journal of a body's seal what the node itself sealed: it
// is done already. The same file is entered once.
func (a *Authority) Sealed(tx *db.Tx, u Use) error {
	_, err := tx.Exec(`insert into sign_use (id, key, digest, what, level, way, at, done, by, about, file) values ($1, $2, $3, $4, '', '', $5, $5, 0, $6, $3) on conflict (key, digest) do nothing`,
		a.ids.New(), u.Key, hex.EncodeToString(u.File[:]), u.What, db.At(u.At), u.About)
	return err
}

// Filed notes of a use that was made which file came of it.
func (a *Authority) Filed(tx *db.Tx, key id.ID, digest, file [32]byte) error {
	n, err := tx.Exec(`update sign_use set file = $1 where key = $2 and digest = $3`, hex.EncodeToString(file[:]), key, hex.EncodeToString(digest[:]))
	if err == nil && n != 1 {
		err = fmt.Errorf("key %s: no use of %x", key, digest)
	}
	return err
}

// Journal are the uses of a body's seals before the one numbered before (0: the
// newest first), newest first.
func (a *Authority) Journal(tx *db.Tx, body string, before id.ID, limit int) ([]Use, error) {
	return uses(tx, `where k.body = $1 and k.kind = $2 and (u.id < $3 or $3 = 0) order by u.id desc limit $4`, body, string(Seal), before, limit)
}
