package sign

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"motcua/base/db"
	"motcua/base/fault"
)

// A box seals secrets at rest: AES-256-GCM with a key derived from the node's
// secret. What a sealed secret is for is bound to it, so that one row cannot
// be put in the place of another.
type box struct{ aead cipher.AEAD }

func newBox(secret []byte) (box, error) {
	if len(secret) != 32 {
		return box{}, fmt.Errorf("the node's secret has %d bytes, want 32", len(secret))
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "motcua sign 1", 32)
	if err != nil {
		return box{}, err
	}
	aead, err := newAEAD(key)
	return box{aead}, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (b box) seal(purpose string, secret []byte) []byte {
	return b.aead.Seal(nil, nil, secret, []byte(purpose))
}

var errSealed = errors.New("sealed with another secret of the node, for another purpose, or damaged")

func (b box) open(purpose string, sealed []byte) ([]byte, error) {
	secret, err := b.aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return secret, nil
}

// wrap seals a secret under a key of its own, which is sealed under the node's:
// when the node gets another secret, only these are sealed anew, and whoever
// reads one key in memory has nobody else's.
func (b box) wrap(purpose string, secret []byte) ([]byte, error) {
	own := make([]byte, 32)
	rand.Read(own)
	inner, err := newAEAD(own)
	if err != nil {
		return nil, err
	}
	return append(b.seal(purpose, own), inner.Seal(nil, nil, secret, []byte(purpose))...), nil
}

// wrapped is how long the sealed key is that stands before a secret: nonce, key, tag.
const wrapped = 12 + 32 + 16

// unwrap opens what wrap sealed, and what was sealed before there was a key for each.
func (b box) unwrap(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) <= wrapped {
		return b.open(purpose, sealed)
	}
	own, err := b.open(purpose, sealed[:wrapped])
	if err != nil {
		return nil, err
	}
	inner, err := newAEAD(own)
	if err != nil {
		return nil, err
	}
	secret, err := inner.Open(nil, nil, sealed[wrapped:], []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return secret, nil
}

// Keep stores another secret of the node under a name, in place of the one that was there.
func (a *Authority) Keep(tx *db.Tx, name string, secret []byte) error {
	_, err := tx.Exec(`insert into sign_secret (name, sealed) values ($1, $2)
		on conflict (name) do update set sealed = excluded.sealed`, name, a.box.seal("secret:"+name, secret))
	return err
}

// Forget removes the secret of a name.
func (a *Authority) Forget(tx *db.Tx, name string) error {
	_, err := tx.Exec(`delete from sign_secret where name = $1`, name)
	return err
}

// Kept is the secret of a name; none is a fault.NotFound.
func (a *Authority) Kept(ctx context.Context, name string) (secret []byte, err error) {
	var sealed []byte
	err = a.d.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select sealed from sign_secret where name = $1`, name).Scan(&sealed)
	})
	if errors.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "sign.nosecret", name)
	}
	if err == nil {
		secret, err = a.box.open("secret:"+name, sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return secret, nil
}
