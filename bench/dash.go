package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"motcua/bench/nation"
)

// writers is how many file at one body while its country's figures are read.
const writers = 64

// readDash is the country's figures of a month in which much was reported.
func readDash(k *child) (string, func(int, int) string) {
	return cookie(k.Works), func(int, int) string { return "/work/figures?month=2020-02" }
}

// dash measures the country's figures over n reported dossiers against those
// over 10,000: in peace, as CPU, and as the time one reader waits while 64
// others file at one body. At the end all figures are counted anew from the
// dossiers they rest on, and must be the same.
func dash(b *bench) error {
	few, many, err := b.grow(b.reported, readDash)
	if err != nil {
		return err
	}
	calm, err := b.storm(few, many, 0)
	if err != nil {
		return err
	}
	busy, err := b.storm(few, many, writers)
	if err != nil {
		return err
	}
	b.More["calm_vs_small"], b.More["storm_vs_small"] = median(calm, ratioOf), median(busy, ratioOf)
	b.More["calm_ms"], b.More["storm_ms"] = median(calm, func(w waited) float64 { return w.many }), median(busy, func(w waited) float64 { return w.many })
	found := 0
	for _, k := range []*child{few, many} {
		k.used() // what was filed is folded
		k.stop()
		again, err := startSelf("recount", "--dir", k.dir, "--db", k.base.url)
		if err != nil {
			return err
		}
		again.stop()
		found += again.Found
	}
	b.More["wrong_by_recount"] = float64(found)
	return nil
}

// reported is a child to which a nation of n dossiers was reported.
func (b *bench) reported(name string, n int) (*child, error) {
	k, err := b.start(name, 0)
	if err != nil {
		return nil, err
	}
	_, _, err = b.send(k, nation.New(seed, n), everything)
	return k, err
}

// waited is how long one reader waited, at the median, in milliseconds.
type waited struct{ few, many float64 }

func ratioOf(w waited) float64 { return w.many / w.few }

// storm lets one reader read the figures of either child in turns, few many
// many few, while so many file there.
func (b *bench) storm(few, many *child, filers int) (all []waited, err error) {
	one := *b
	one.clients = 1
	client := filer()
	for range b.rounds {
		var times [2][]time.Duration
		for _, i := range []int{0, 1, 1, 0} {
			k := []*child{few, many}[i]
			header, path := readDash(k)
			read, err := one.pages(k, header, path)
			if err != nil {
				return nil, err
			}
			end := during(filers, filing(client, k, nil))
			wait, err := one.waits(read, 0, b.turn)
			if _, e := end(); err == nil {
				err = e
			}
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], wait...)
		}
		for i := range times {
			slices.Sort(times[i])
		}
		all = append(all, waited{quantile(times[0], 0.5), quantile(times[1], 0.5)})
	}
	return all, nil
}

// during lets n do something over and over until end is called, which tells
// how often they did it.
func during(n int, a Arm) (end func() (int64, error)) {
	var all sync.WaitGroup
	var stop atomic.Bool
	var done atomic.Int64
	var failed atomic.Pointer[error]
	for client := range n {
		all.Go(func() {
			for i := 0; !stop.Load(); i++ {
				if err := a.do(client, i); err != nil {
					err = fmt.Errorf("meanwhile: %w", err)
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	return func() (int64, error) {
		stop.Store(true)
		all.Wait()
		if e := failed.Load(); e != nil {
			return 0, *e
		}
		return done.Load(), nil
	}
}
