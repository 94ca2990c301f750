package sign

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"time"

	"motcua/base/cades"
	"motcua/base/db"
	"motcua/base/fault"
)

// Beside signs any file with a seal, as of at; the signature stands beside the
// file, which is known by its SHA-256 alone.
func (a *Authority) Beside(ctx context.Context, sum [sha256.Size]byte, seal Key, at time.Time) ([]byte, error) {
	var k, issuer Key
	err := a.d.Read(ctx, func(tx *db.Tx) (err error) {
		if k, err = a.Get(tx, seal.ID); err == nil {
			issuer, err = a.Get(tx, k.Issuer)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if k.Kind != Seal || !k.Revoked.IsZero() || at.After(k.Certificate.NotAfter) {
		return nil, fault.New(fault.Conflict, "sign.expired", k.Certificate.NotBefore, k.Certificate.NotAfter)
	}
	secret, err := a.secret(k)
	if err != nil {
		return nil, err
	}
	return cades.Sign(sum, cades.By{Key: secret, Chain: []*x509.Certificate{k.Certificate, issuer.Certificate}, At: at})
}
