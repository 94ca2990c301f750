package db

import (
	"context"
	"time"
)

// What the tests outside this package set or call inside it.

func (d *DB) RenewOnce() {
	for name, long := range d.leases.all() {
		d.renewOnce(name, long)
	}
}

// GroupLong lets a group take that long: what a machine is slow at ends none.
func (d *DB) GroupLong(long time.Duration) {
	if d.write != nil {
		d.write.long.Store(int64(long))
	}
}
func (d *DB) SweepOnce() { d.sweepOnce(context.Background()) }

const (
	WatchEvery = watchEvery
	YieldWait  = yieldWait
)
