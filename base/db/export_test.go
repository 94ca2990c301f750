package db

import (
	"context"
	"time"
)

// What the tests outside this package set or call inside it.

func (d *DB) SetNow(now func() time.Time) { d.now = now }
func (d *DB) RenewOnce()                  { d.renewOnce() }
func (d *DB) SweepOnce()                  { d.sweepOnce(context.Background()) }

const WatchEvery = watchEvery
