package db

import (
	"context"
	"time"
)

// What the tests outside this package set or call inside it.

func (d *DB) SetNow(now func() time.Time) { d.now = now }
func (d *DB) RenewOnce() {
	for name, long := range d.leases.all() {
		d.renewOnce(name, long)
	}
}
func (d *DB) SweepOnce() { d.sweepOnce(context.Background()) }

const WatchEvery = watchEvery
