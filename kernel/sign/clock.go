package sign

import (
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"math/big"
	"time"

	"motcua/base/db"
	"motcua/base/stamp"
)

// clockYears is how long a clock's certificate holds: a new one comes a year
// before, so that every stamp can be read for four.
const clockYears = 5

// WindUp makes the node's clock when it has none that will hold for a year.
func (a *Authority) WindUp(tx *db.Tx, node string, now time.Time) error {
	have, err := clocks(tx)
	if err != nil || len(have) > 0 && have[0].Certificate.NotAfter.After(now.AddDate(1, 0, 0)) {
		return err
	}
	_, err = a.Issue(tx, Request{Kind: Clock, Name: node + " clock", Body: node, From: now, Until: now.AddDate(clockYears, 0, 0)})
	return err
}

// clocks are those in force, the newest first.
func clocks(tx *db.Tx) (all []Key, err error) {
	some, err := keys(tx, `where kind = $1 and revoked = 0`, Clock)
	for i := len(some) - 1; i >= 0; i-- {
		all = append(all, some[i])
	}
	return all, err
}

// Stamp gives a time stamp (RFC 3161): the node's word that a digest was there
// now. Its number is the next one: a stamp that was not given leaves no gap,
// because number and record are of one transaction.
func (a *Authority) Stamp(ctx context.Context, r stamp.Request, now time.Time) (token []byte, err error) {
	if r.Policy != nil && !r.Policy.Equal(stamp.Policy) {
		return nil, stamp.BadPolicy
	}
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		token, err = a.stamp(tx, r, now)
		return err
	})
	return token, err
}

// Stamper stamps SHA-256 digests for signatures of the node itself.
func (a *Authority) Stamper(ctx context.Context, now func() time.Time) func(digest []byte) ([]byte, error) {
	return func(digest []byte) ([]byte, error) {
		return a.Stamp(ctx, stamp.Request{Hash: crypto.SHA256, Digest: digest, Certs: true}, now())
	}
}

func (a *Authority) stamp(tx *db.Tx, r stamp.Request, now time.Time) ([]byte, error) {
	have, err := clocks(tx)
	if err == nil && len(have) == 0 {
		err = errClock
	}
	if err != nil {
		return nil, err
	}
	chain, err := a.fits(tx, have[0], now)
	if err != nil {
		return nil, err
	}
	secret, err := a.secret(have[0])
	if err != nil {
		return nil, err
	}
	if n, err := tx.Exec(`update sign_clock set serial = serial + 1 where one = 1`); err != nil || n != 1 {
		return nil, errors.Join(err, errClock)
	}
	var serial int64
	if err := tx.Row(`select serial from sign_clock where one = 1`).Scan(&serial); err != nil {
		return nil, err
	}
	clock := stamp.Clock{Key: secret, Chain: chain, Policy: stamp.Policy, Accuracy: time.Second}
	token, err := clock.Stamp(r.Hash, r.Digest, big.NewInt(serial), now, r.Nonce, !r.Certs)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(`insert into sign_stamp (serial, at, digest) values ($1, $2, $3)`, serial, db.At(now), hex.EncodeToString(r.Digest))
	return token, err
}
