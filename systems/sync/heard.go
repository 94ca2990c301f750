package sync

import (
	"context"
	gosync "sync"
	"time"

	"motcua/base/db"
	"motcua/kernel"
)

// heardEvery is how often it is written down that a body reported: a stream in
// which nothing changed should write next to nothing.
const heardEvery = 10 * time.Minute

// heard remembers when each body's report was last written down.
type heard struct {
	mu   gosync.Mutex
	last map[string]time.Time
}

func (h *heard) from(ctx context.Context, a *kernel.App, body string) error {
	now := a.Now()
	h.mu.Lock()
	fresh := now.Sub(h.last[body]) < heardEvery
	h.mu.Unlock()
	if fresh {
		return nil
	}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into sync_heard (body, at) values ($1, $2) on conflict (body) do update set at = excluded.at`, body, db.At(now))
		return err
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == nil {
		h.last = map[string]time.Time{}
	}
	h.last[body] = now
	return nil
}
