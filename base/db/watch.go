package db

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How often changes of other instances are looked for: a Watch promises one second.
const watchEvery = 500 * time.Millisecond

// watches are who wants to know which name was bumped.
type watches struct {
	mu    sync.Mutex
	drops map[string][]func()
	seen  map[string]int64 // versions at the last look
}

// Watch calls drop within a second of any instance's Bump of name, and on the
// writing instance before its Write returns. drop must be quick, may come once
// too often, and should make a reading that began before it not be kept.
func (d *DB) Watch(name string, drop func()) {
	d.watch.mu.Lock()
	defer d.watch.mu.Unlock()
	if d.watch.drops == nil {
		d.watch.drops = map[string][]func(){}
	}
	d.watch.drops[name] = append(d.watch.drops[name], drop)
}

func (w *watches) drop(names []string) {
	if len(names) == 0 {
		return
	}
	var calls []func()
	w.mu.Lock()
	for _, name := range names {
		calls = append(calls, w.drops[name]...)
	}
	w.mu.Unlock()
	for _, f := range calls {
		f()
	}
}

// startWatch notes the versions as they are, then looks for new ones until the DB closes.
func (d *DB) startWatch(ctx context.Context) error {
	if err := d.look(ctx); err != nil {
		return err
	}
	d.work.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		var swept time.Time
		for failed := false; ; {
			select {
			case <-d.stop:
				return
			case <-tick.C:
			}
			err := d.look(context.Background())
			if err != nil && !failed {
				slog.Error("changes of other instances cannot be seen", "error", err)
			}
			failed = err != nil
			if now := time.Now(); now.Sub(swept) > time.Hour {
				swept = now
				d.sweepOnce(context.Background())
			}
		}
	})
	return nil
}

// look drops what was bumped since the last look.
func (d *DB) look(ctx context.Context) error {
	seen := map[string]int64{}
	err := d.Read(ctx, func(t *Tx) error {
		_, err := List(t, func(into func(...any) error) (struct{}, error) {
			var name string
			var version int64
			err := into(&name, &version)
			seen[name] = version
			return struct{}{}, err
		}, `select name, version from changed`)
		return err
	})
	if err != nil {
		return err
	}
	var news []string
	d.watch.mu.Lock()
	if d.watch.seen != nil {
		for name, version := range seen {
			if version != d.watch.seen[name] {
				news = append(news, name)
			}
		}
	}
	d.watch.seen = seen
	d.watch.mu.Unlock()
	d.watch.drop(news)
	return nil
}
