package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// An Arm is one way of doing the work.
type Arm struct {
	Rate float64 `json:"rate"`   // operations a second
	CPU  float64 `json:"cpu_us"` // microseconds of CPU for one

	do   func(client, n int) error // operation n of a client
	used func() time.Duration      // CPU of the process that does it; nil: this one
}

// Arms are the three ways.
type Arms struct {
	Limit Arm `json:"limit"`
	Peer  Arm `json:"peer"`
	Ours  Arm `json:"ours"`
}

// Ratios compare ours with the others; below 1 is good for CPU, above 1 for rate.
type Ratios struct {
	CPULimit  float64 `json:"cpu_vs_limit"`
	CPUPeer   float64 `json:"cpu_vs_peer"`
	RateLimit float64 `json:"rate_vs_limit"`
	RatePeer  float64 `json:"rate_vs_peer"`
}

// over is a divided by b, and 0 where there is nothing to divide by.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// ratios compare the arms; with one that there is not, they are 0.
func (a Arms) ratios() Ratios {
	return Ratios{over(a.Ours.CPU, a.Limit.CPU), over(a.Ours.CPU, a.Peer.CPU), over(a.Ours.Rate, a.Limit.Rate), over(a.Ours.Rate, a.Peer.Rate)}
}

// measure lets the ways take turns.
func (b *bench) measure(arms Arms) error {
	ways := []*Arm{&arms.Limit, &arms.Peer, &arms.Ours}
	for _, a := range ways { // caches and connections are warm before anything counts
		if a.do == nil {
			continue // there is no such way
		}
		if _, err := b.take(a, b.turn/4); err != nil {
			return err
		}
	}
	for range b.rounds {
		var ops, cpu, wall [3]float64
		for _, i := range []int{0, 1, 2, 2, 1, 0} {
			if ways[i].do == nil {
				continue
			}
			t, err := b.take(ways[i], b.turn)
			if err != nil {
				return err
			}
			ops[i] += float64(t.n)
			cpu[i] += float64(t.cpu.Microseconds())
			wall[i] += t.wall.Seconds()
		}
		for i, a := range ways {
			a.Rate, a.CPU = over(ops[i], wall[i]), over(cpu[i], ops[i])
		}
		b.Result.rounds = append(b.Result.rounds, arms)
		b.Rounds = append(b.Rounds, arms.ratios())
	}
	b.settle()
	return nil
}

// A turn is how often something was done, and what it took: the last of them
// may end after the turn.
type turn struct {
	n         int64
	cpu, wall time.Duration
}

// take lets all clients work for a while.
func (b *bench) take(a *Arm, long time.Duration) (t turn, err error) {
	var all sync.WaitGroup
	var total atomic.Int64
	var failed atomic.Pointer[error]
	count := used
	if a.used != nil {
		count = a.used
	}
	before := count()
	began := time.Now()
	end := began.Add(long)
	for client := range b.clients {
		all.Go(func() {
			n := 0
			for time.Now().Before(end) {
				if err := a.do(client, n); err != nil {
					failed.Store(&err)
					return
				}
				n++
			}
			total.Add(int64(n))
		})
	}
	all.Wait()
	t.wall = time.Since(began)
	if e := failed.Load(); e != nil {
		return t, *e
	}
	if t.n = total.Load(); t.n == 0 {
		return t, fmt.Errorf("not one operation in %s: give it a longer turn", long)
	}
	t.cpu = count() - before
	return t, nil
}

// used is the CPU this process has used.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// waits tells how long each operation took. Without a rate every client sends
// the next when it has the answer; with one, operations are sent evenly whether
// or not earlier ones are done, and the time counts from when each was due.
func (b *bench) waits(a Arm, rate float64, long time.Duration) ([]time.Duration, error) {
	var all sync.WaitGroup
	var every time.Duration
	if rate > 0 {
		every = time.Duration(float64(b.clients) / rate * float64(time.Second))
	}
	times := make([][]time.Duration, b.clients)
	errs := make([]error, b.clients)
	start := time.Now()
	for client := range b.clients {
		all.Go(func() {
			due := start.Add(every * time.Duration(client) / time.Duration(b.clients))
			for n := 0; due.Sub(start) < long; n++ {
				time.Sleep(time.Until(due))
				if errs[client] = a.do(client, n); errs[client] != nil {
					return
				}
				now := time.Now()
				times[client] = append(times[client], now.Sub(due))
				if due = due.Add(every); every == 0 {
					due = now
				}
			}
		})
	}
	all.Wait()
	var flat []time.Duration
	for i := range times {
		if errs[i] != nil {
			return nil, errs[i]
		}
		flat = append(flat, times[i]...)
	}
	slices.Sort(flat)
	return flat, nil
}

// quantile of sorted times, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Seconds() * 1000
}
