package db

import (
	"context"
	"log/slog"
	"time"

	"motcua/base/fault"
)

// How long an idempotency key is kept.
const onceKept = 24 * time.Hour

// Once is Write for a request that may come twice: f's answer is kept under
// owner and key in f's own transaction, and a second request gets it without f.
// hash is of what was sent; the same key with another hash is Invalid. An error
// of f keeps nothing, so the request may be tried again.
func (d *DB) Once(ctx context.Context, owner, key, hash string, f func(*Tx) ([]byte, error)) (answer []byte, replayed bool, err error) {
	err = d.Write(ctx, func(t *Tx) error {
		answer, replayed = nil, false
		now := time.Now()
		// The key's row first: a second request waits for the first one's commit here.
		mine, err := t.Exec(`insert into once (owner, key, hash, at) values ($1, $2, $3, $4)
			on conflict (owner, key) do update set hash = excluded.hash, at = excluded.at, answer = null
			where once.at < $5`, owner, key, hash, At(now), At(now.Add(-onceKept)))
		if err != nil {
			return err
		}
		if mine == 0 {
			var was string
			if err := t.Row(`select hash, answer from once where owner = $1 and key = $2`, owner, key).Scan(&was, &answer); err != nil {
				return err
			}
			if was != hash {
				return fault.New(fault.Invalid, "db.once")
			}
			replayed = true
			return nil
		}
		if answer, err = f(t); err != nil {
			return err
		}
		_, err = t.Exec(`update once set answer = $1 where owner = $2 and key = $3`, answer, owner, key)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return answer, replayed, nil
}

// sweepOnce forgets old keys.
func (d *DB) sweepOnce(ctx context.Context) {
	err := d.Write(ctx, func(t *Tx) error {
		_, err := t.Exec(`delete from once where at < $1`, At(time.Now().Add(-onceKept)))
		return err
	})
	if err != nil {
		slog.Warn("old idempotency keys stay", "error", err)
	}
}
