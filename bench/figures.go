package main

import (
	"fmt"
	"syscall"
	"time"
)

// figures measures what it takes to count all figures anew from the reported
// dossiers they rest on, and to compare: at --from dossiers and at --n, by a
// process that does nothing else. Its most memory is what the system says when
// it has ended.
func figures(b *bench) error {
	from := b.flags.Int("from", 50_000, "how many dossiers it is compared with")
	n := b.flags.Int("n", 500_000, "how many dossiers there are")
	if err := b.begin(nil); err != nil {
		return err
	}
	few, err := b.countedAnew("small", *from)
	if err != nil {
		return err
	}
	many, err := b.countedAnew("large", *n)
	if err != nil {
		return err
	}
	b.More["from"], b.More["n"] = float64(*from), float64(*n)
	b.More["small_mb"], b.More["resident_mb"], b.More["resident_vs_small"] = few.mb, many.mb, many.mb/few.mb
	b.More["us_each"], b.More["cpu_us_each"] = many.wall/float64(*n), many.cpu/float64(*n)
	b.More["figures"], b.More["wrong_by_recount"] = many.figures, many.wrong+few.wrong
	return nil
}

// A recounting is what one took: MB, and microseconds.
type recounting struct{ mb, wall, cpu, figures, wrong float64 }

func (b *bench) countedAnew(name string, n int) (r recounting, err error) {
	k, err := b.reported(name, n)
	if err != nil {
		return r, err
	}
	k.used() // what was reported is folded
	k.stop()
	for _, table := range []string{"figure", "figure_sum"} {
		rows, err := k.base.count(table)
		if err != nil {
			return r, err
		}
		r.figures += float64(rows)
	}
	began := time.Now()
	again, err := startSelf("recount", "--dir", k.dir, "--db", k.base.url)
	if err != nil {
		return r, err
	}
	r.wall = float64(time.Since(began).Microseconds())
	again.stop()
	u, ok := again.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return r, fmt.Errorf("this system does not say what a process used")
	}
	r.mb, r.cpu, r.wrong = float64(u.Maxrss)/1024, float64((u.Utime.Nano()+u.Stime.Nano())/1000), float64(again.Found)
	return r, nil
}
