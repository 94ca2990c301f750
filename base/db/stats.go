package db

import (
	"sync/atomic"
	"time"
)

// Stats are counts since the database was opened, for /metrics.
type Stats struct {
	Reads   int64
	Writes  int64         // made durable
	Refused int64         // undone, with an error
	Commits int64         // durable transactions; on SQLite one holds many writes
	Commit  time.Duration // spent in them altogether
	Replays int64         // groups undone and run again one by one (SQLite)
	Retries int64         // transactions run again because others were in the way (PostgreSQL)
	Waiting int           // writes in the queue now (SQLite)
}

type counters struct {
	reads, writes, refused, groups, commit, replays, retries atomic.Int64
}

// Stats are the counts now.
func (d *DB) Stats() Stats {
	s := Stats{
		Reads:   d.count.reads.Load(),
		Writes:  d.count.writes.Load(),
		Refused: d.count.refused.Load(),
		Commits: d.count.groups.Load(),
		Commit:  time.Duration(d.count.commit.Load()),
		Replays: d.count.replays.Load(),
		Retries: d.count.retries.Load(),
	}
	if d.write != nil {
		s.Waiting = len(d.write.queue) + len(d.write.later)
	}
	return s
}
