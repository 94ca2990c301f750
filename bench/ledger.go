package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"motcua/base/id"
	"motcua/kernel/ledger"
)

// ledgerWork measures what an act's way into the ledger costs, durable and signed,
// against Tessera on files and against bare hashing into one; then what a proof
// costs in a small tree and in a large one.
func ledgerWork(b *bench) error {
	acts := b.flags.Int("acts", 20_000, "how many acts are appended in a turn")
	group := b.flags.Int("group", 200, "how many become durable together, here and there")
	few := b.flags.Int("few", 100_000, "entries of the small tree")
	many := b.flags.Int("n", 2_000_000, "entries of the large tree")
	if err := b.begin(nil); err != nil {
		return err
	}
	b.Durable = true
	peer := filepath.Join(b.dir, "tessera")
	if out, err := exec.Command("go", "build", "-C", "bench/tessera", "-o", peer, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("tessera: %w: %s", err, out)
	}
	for r := range b.rounds {
		turn := func(i int) (a Arms, err error) {
			name := fmt.Sprintf("log%d_%d", r, i)
			theirs := func() error {
				a.Peer.CPU, err = tessera(peer, filepath.Join(b.dir, name+"-tiles"), *acts, *group)
				return err
			}
			if i == 1 { // A B, B A
				if err := theirs(); err != nil {
					return a, err
				}
			}
			if a.Ours.CPU, a.Limit.CPU, err = b.append(name, *acts, *group); err == nil && i == 0 {
				err = theirs()
			}
			return a, err
		}
		one, err := turn(0)
		if err != nil {
			return err
		}
		two, err := turn(1)
		if err != nil {
			return err
		}
		a := Arms{Limit: Arm{CPU: (one.Limit.CPU + two.Limit.CPU) / 2}, Peer: Arm{CPU: (one.Peer.CPU + two.Peer.CPU) / 2}, Ours: Arm{CPU: (one.Ours.CPU + two.Ours.CPU) / 2}}
		b.Result.rounds = append(b.Result.rounds, a)
		b.Rounds = append(b.Rounds, Ratios{CPULimit: a.Ours.CPU / a.Limit.CPU, CPUPeer: a.Ours.CPU / a.Peer.CPU})
	}
	b.More["group"] = float64(*group)
	return b.proofs(*few, *many)
}

// tessera is the peer's CPU for one entry, in microseconds.
func tessera(program, dir string, acts, group int) (float64, error) {
	out, err := exec.Command(program, dir, strconv.Itoa(acts), strconv.Itoa(group)).Output()
	if err != nil {
		return 0, fmt.Errorf("tessera: %w", err)
	}
	us, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return us / float64(acts), err
}

// proofs is the CPU of one proof in a tree of few entries, and of many.
func (b *bench) proofs(few, many int) error {
	d, log, err := b.log("proofs")
	if err != nil {
		return err
	}
	defer d.Close()
	var us [2]float64
	size := 0
	for i, n := range [2]int{few, many} {
		for size < n {
			part := min(n-size, 100_000)
			if _, err := b.enter(d, log, random(part), size, 200); err != nil {
				return err
			}
			size += part
		}
		if us[i], err = b.proving(log, size); err != nil {
			return err
		}
	}
	b.More["entries"], b.More["proof_us"], b.More["proof_vs_few"] = float64(many), us[1], us[1]/us[0]
	return nil
}

func (b *bench) proving(log *ledger.Log, size int) (us float64, err error) {
	const times = 2000
	before := used() + b.pg.used()
	for range times {
		p, err := log.Proof(context.Background(), id.ID(1+rand.IntN(size)))
		if err != nil {
			return 0, err
		}
		if p.Size != int64(size) {
			return 0, fmt.Errorf("a proof in a tree of %d, want %d", p.Size, size)
		}
	}
	return float64((used() + b.pg.used() - before).Microseconds()) / times, nil
}
