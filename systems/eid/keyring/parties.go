package keyring

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// Good reports whether s is the public keys of a party, with their names; a
// secret among them is refused.
func Good(s string) bool {
	_, ok := read(s)
	return ok
}

func read(s string) (*jose.JSONWebKeySet, bool) {
	set := new(jose.JSONWebKeySet)
	if json.Unmarshal([]byte(s), set) != nil || len(set.Keys) == 0 || len(set.Keys) > 10 {
		return nil, false
	}
	for _, k := range set.Keys {
		if !k.Valid() || !k.IsPublic() || k.KeyID == "" {
			return nil, false
		}
	}
	return set, true
}

// Algorithms are those with which parties may sign what they say of themselves.
func Algorithms() []string {
	return []string{string(jose.RS256), string(jose.ES256), string(jose.PS256)}
}

// Registered are the keys that a party registered, for what it says of itself.
// No address in what it says is followed and no key in it believed (RFC 8725, 3.10).
type Registered func(ctx context.Context) (keys string, err error)

// VerifySignature checks what a party says with the key it names, if it is its own.
func (k Registered) VerifySignature(ctx context.Context, s *jose.JSONWebSignature) ([]byte, error) {
	text, err := k(ctx)
	if err != nil {
		return nil, err
	}
	set, ok := read(text)
	if !ok {
		return nil, errors.New("no keys")
	}
	h := s.Signatures[0].Header
	for _, key := range set.Key(h.KeyID) {
		if key.Algorithm == "" || key.Algorithm == h.Algorithm {
			return s.Verify(key)
		}
	}
	return nil, errors.New("no such key")
}
