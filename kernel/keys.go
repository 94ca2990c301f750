package kernel

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/ledger"
)

// keys opens the node's keys, which stand in the database sealed with the
// node's secret, so that all programs of one database have the same; the first
// program makes them.
func (a *App) keys(ctx context.Context) error {
	sealer, err := newSealer(a.Secret)
	if err != nil {
		return err
	}
	fresh, err := ledger.NewKey(a.Node + "/ledger")
	if err != nil {
		return err
	}
	var kept string
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		err := tx.Row(`select value from node where name = 'ledger'`).Scan(&kept)
		if !errors.Is(err, fault.NotFound) {
			return err
		}
		kept = sealer.seal([]byte(fresh))
		_, err = tx.Exec(`insert into node (name, value) values ('ledger', $1)`, kept)
		return err
	})
	if err != nil {
		return err
	}
	secret, err := sealer.open(kept)
	if err != nil {
		return fmt.Errorf("the keys in the database do not open with this node's secret: %w", err)
	}
	if a.Log, err = ledger.Open(ctx, a.DB, string(secret)); err != nil {
		return err
	}
	return nil
}

// A sealer keeps secrets in a table that its readers cannot open.
type sealer struct{ cipher.AEAD }

func newSealer(secret []byte) (sealer, error) {
	if len(secret) != 32 {
		return sealer{}, fmt.Errorf("the node's secret has %d bytes, want 32", len(secret))
	}
	key := sha256.Sum256(append([]byte("motcua node keys\x00"), secret...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return sealer{}, err
	}
	gcm, err := cipher.NewGCM(block)
	return sealer{gcm}, err
}

func (s sealer) seal(b []byte) string {
	nonce := make([]byte, s.NonceSize())
	rand.Read(nonce)
	return base64.StdEncoding.EncodeToString(s.Seal(nonce, nonce, b, nil))
}

func (s sealer) open(text string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < s.NonceSize() {
		return nil, errors.New("not sealed")
	}
	return s.Open(nil, b[:s.NonceSize()], b[s.NonceSize():], nil)
}
