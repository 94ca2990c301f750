package web

import (
	"sync/atomic"
	"time"
)

// Counts are what /metrics says of requests.
type Counts struct {
	classes [6]atomic.Int64 // by first digit of the status
	micros  atomic.Int64
}

func (c *Counts) add(status int, took time.Duration) {
	c.classes[min(max(status/100, 0), 5)].Add(1)
	c.micros.Add(took.Microseconds())
}

// Class is how many answers had a status that begins with the digit n.
func (c *Counts) Class(n int) int64 { return c.classes[n].Load() }

// Took is the time that all answers took together.
func (c *Counts) Took() time.Duration { return time.Duration(c.micros.Load()) * time.Microsecond }
