package db

import (
	"cmp"
	"context"
	"database/sql"
	"log/slog"
	"time"
)

// SQLite appends commits to a journal and moves them into the database file
// later. It starts the journal anew only at a moment when all of it has been
// moved and nobody reads from it; left to itself under steady reading it finds
// none, and the journal grows for ever. So a goroutine with a connection of its
// own moves the pages while others write, and then stops new readers for the few
// milliseconds the old ones need to end and the writer to start anew.
//
// Only a long reader (a Dump) makes the journal longer than this; afterwards it
// is cut back to 64 MB.
const (
	checkpointLook  = 100 * time.Millisecond
	checkpointPages = 5000 // of 4 KB: when it is time
	drainPatience   = 100 * time.Millisecond
	drainPause      = time.Second // after the readers did not end in time
)

// checkpoints keeps the journal short until the DB closes.
func (d *DB) checkpoints(pool *sql.DB) {
	defer pool.Close()
	c := &conn{pool: pool}
	tick := time.NewTicker(checkpointLook)
	defer tick.Stop()
	var notBefore time.Time
	for {
		select {
		case <-d.stop:
			return
		case <-tick.C:
		}
		if time.Now().Before(notBefore) {
			continue
		}
		pages, err := checkpoint(context.Background(), c, "noop")
		if err == nil && pages >= checkpointPages {
			_, err = checkpoint(context.Background(), c, "passive") // most of the work, beside the writer
			if !d.restartJournal() {
				notBefore = time.Now().Add(drainPause)
			}
		}
		if err != nil {
			slog.Warn("the journal is not moved into the database", "error", err)
		}
	}
}

// checkpoint works on the journal and says how many pages it has.
func checkpoint(ctx context.Context, c runner, mode string) (pages int, err error) {
	var busy, moved int
	t := begin(ctx, c)
	err = t.Row("pragma wal_checkpoint("+mode+")").Scan(&busy, &pages, &moved)
	return pages, err
}

// restartJournal lets the next commit write from the journal's start again. It
// takes all places of readers, so that nobody reads, and has the writer do it.
func (d *DB) restartJournal() bool {
	late := time.NewTimer(drainPatience)
	defer late.Stop()
	var places []*conn
	defer func() {
		for _, c := range places {
			d.read <- c
		}
	}()
	for len(places) < cap(d.read) {
		select {
		case c := <-d.read:
			places = append(places, c)
		case <-late.C:
			return false
		case <-d.stop:
			return false
		}
	}
	_, err := d.write.do(context.Background(), func(t *Tx) error {
		// Another program's readers are not waited for.
		_, wait := t.Exec("pragma busy_timeout = 0")
		_, err := checkpoint(t.ctx, t.run, "restart")
		_, again := t.Exec("pragma busy_timeout = 10000")
		return cmp.Or(wait, err, again)
	}, outside)
	return err == nil
}
