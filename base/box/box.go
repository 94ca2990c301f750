// Package box keeps secrets at rest: AES-256-GCM with a key derived from a node's
// secret. What a sealed secret is for is bound to it, so that one row cannot be
// put in the place of another.
package box

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// A Box seals secrets. The zero Box seals none.
type Box struct{ aead cipher.AEAD }

// New is the box of a node's secret, 32 bytes.
func New(secret []byte) (Box, error) {
	if len(secret) != 32 {
		return Box{}, fmt.Errorf("the node's secret has %d bytes, want 32", len(secret))
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "motcua sign 1", 32)
	if err != nil {
		return Box{}, err
	}
	aead, err := newAEAD(key)
	return Box{aead}, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal seals a secret for one purpose.
func (b Box) Seal(purpose string, secret []byte) []byte {
	return b.aead.Seal(nil, nil, secret, []byte(purpose))
}

var errSealed = errors.New("sealed with another secret of the node, for another purpose, or damaged")

// Open opens what Seal sealed.
func (b Box) Open(purpose string, sealed []byte) ([]byte, error) {
	secret, err := b.aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return secret, nil
}

// Wrap seals a secret under a key of its own, which is sealed under the node's:
// when the node gets another secret, only these are sealed anew, and whoever
// reads one key in memory has nobody else's.
func (b Box) Wrap(purpose string, secret []byte) ([]byte, error) {
	own := make([]byte, 32)
	rand.Read(own)
	inner, err := newAEAD(own)
	if err != nil {
		return nil, err
	}
	return append(b.Seal(purpose, own), inner.Seal(nil, nil, secret, []byte(purpose))...), nil
}

// wrapped is how long the sealed key is that stands before a secret: nonce, key, tag.
const wrapped = 12 + 32 + 16

// Unwrap opens what Wrap sealed, and what was sealed before there was a key for each.
func (b Box) Unwrap(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) <= wrapped {
		return b.Open(purpose, sealed)
	}
	own, err := b.Open(purpose, sealed[:wrapped])
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
