package sign

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"motcua/base/cades"
)

// Beside signs any file with a seal, as of at; the signature stands beside the
// file, which is known by its SHA-256 alone.
func (a *Authority) Beside(ctx context.Context, sum [sha256.Size]byte, seal Key, at time.Time) ([]byte, error) {
	k, chain, err := a.usable(ctx, seal.ID, at)
	if err != nil {
		return nil, err
	}
	if k.Kind != Seal {
		return nil, fmt.Errorf("key %s of kind %s is no seal", k.ID, k.Kind)
	}
	secret, err := a.secret(k)
	if err != nil {
		return nil, err
	}
	return cades.Sign(sum, cades.By{Key: secret, Chain: chain, At: at})
}
