package keyring

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// Each sealed text has a key of its own, made with the bytes before it: of one
// key for all, a country that signs in often would use up the nonces in weeks
// (NIST SP 800-38D, 8.3).
const (
	head    = 16
	longest = 16 << 10 // more than any text that we seal
)

// Seal makes a text of v that nobody else can read, make or change.
func (r *Ring) Seal(ctx context.Context, v any) (string, error) {
	salt, err := r.secret(ctx)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return seal(salt, b)
}

// Unseal reads what Seal made into v; ours: it did.
func (r *Ring) Unseal(ctx context.Context, s string, v any) (ours bool, err error) {
	salt, err := r.secret(ctx)
	if err != nil {
		return false, err
	}
	b, ok := unseal(salt, s)
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, v)
}

func seal(salt, b []byte) (string, error) {
	out := make([]byte, head, head+len(b)+64)
	rand.Read(out)
	box, err := boxOf(salt, out)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(box.Seal(out, nil, b, nil)), nil
}

func unseal(salt []byte, s string) ([]byte, bool) {
	s = s[:min(len(s), longest)]
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < head || base64.RawURLEncoding.EncodeToString(b) != s { // decoding skips line ends
		return nil, false
	}
	box, err := boxOf(salt, b[:head])
	if err == nil {
		b, err = box.Open(nil, nil, b[head:], nil)
	}
	return b, err == nil
}

// boxOf is AES-256-GCM, with a random nonce before each text.
func boxOf(salt, head []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, salt, head, "eid code", 32)
	if err != nil {
		return nil, err
	}
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(c)
}
