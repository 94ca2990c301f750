package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"motcua/bench/nation"
)

// seed of the nation that is sent.
const seed = 2020

// syncWork measures how a nation's dossiers get in, or get in again. limit is a
// loader of the very rows that the product stores, with the same indexes, 2,000
// to a durable transaction: what it takes to make and read them is not counted.
// ours is the product over a real socket, its figures and ledger included and
// come to rest.
func syncWork(b *bench) error {
	n := b.flags.Int("n", 20_000, "dossiers")
	if err := b.begin(map[string]string{"clients": "8", "rounds": "3"}); err != nil {
		return err
	}
	b.More["n"], b.Durable = float64(*n), true
	b.Notes = []string{"limit: the same rows and indexes, 2,000 to a transaction, durable; on PostgreSQL by COPY"}
	for round := range b.rounds {
		if err := b.takeIn(nation.New(seed, *n), b.Work == "resync", fmt.Sprintf("ours%d", round)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) takeIn(n *nation.Nation, again bool, name string) error {
	k, err := b.start(name, 0)
	if err != nil {
		return err
	}
	defer os.RemoveAll(k.dir)
	defer k.stop()
	first, bytes, err := b.send(k, n, everything)
	if err != nil {
		return err
	}
	if have, err := k.base.count("mirror"); err != nil || have != n.Total {
		return fmt.Errorf("%d of %d dossiers arrived: %v", have, n.Total, err)
	}
	ours := first
	if again {
		acts, err := k.base.count("act")
		if err != nil {
			return err
		}
		if ours, _, err = b.send(k, n, everything); err != nil {
			return err
		}
		now, err := k.base.count("act")
		if err != nil {
			return err
		}
		b.More["first_vs_again"], b.More["rows_written"] = first.CPU/ours.CPU, float64(now-acts)
	}
	b.More["json_bytes"] = float64(bytes) / float64(n.Total)
	b.More["resident_mb"] = k.peak()
	if b.More["bytes_vs_json"], b.More["ledger_bytes"], err = k.base.weigh(bytes, n.Total); err != nil {
		return err
	}
	limit, err := b.loadRows(k.base)
	if err != nil {
		return err
	}
	arms := Arms{Limit: limit, Ours: ours}
	b.Result.rounds, b.Rounds = append(b.Result.rounds, arms), append(b.Rounds, arms.ratios())
	return nil
}

// everything is every line of a nation.
func everything(int) bool { return true }

// send lets the senders report what they have of what is wanted, some at once,
// and waits until the server rests.
func (b *bench) send(k *child, n *nation.Nation, wanted func(i int) bool) (a Arm, bytes int64, err error) {
	var lines, total atomic.Int64
	var failed atomic.Pointer[error]
	next := make(chan int)
	var all sync.WaitGroup
	before, began := k.used(), time.Now()
	for range b.clients {
		all.Go(func() {
			for sender := range next {
				n, err := report(k, n, sender, wanted, &total)
				if lines.Add(int64(n)); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	for sender := range n.Senders {
		next <- sender
	}
	close(next)
	all.Wait()
	wall := time.Since(began)
	if e := failed.Load(); e != nil {
		return a, 0, *e
	}
	cpu, sent := k.used()-before, float64(lines.Load())
	return Arm{Rate: sent / wall.Seconds(), CPU: float64(cpu.Microseconds()) / sent}, total.Load(), nil
}

// report streams the dossiers of a sender that are wanted and reads every answer.
func report(k *child, n *nation.Nation, sender int, wanted func(i int) bool, bytes *atomic.Int64) (sent int, err error) {
	in, out := io.Pipe()
	made := make(chan int, 1)
	go func() {
		w := bufio.NewWriterSize(out, 256<<10)
		var line []byte
		count := 0
		defer func() { made <- count }()
		for i := range n.Senders[sender].Count {
			if !wanted(i) {
				continue
			}
			line = append(n.Line(line[:0], sender, i, 1), '\n')
			bytes.Add(int64(len(line)))
			if _, err := w.Write(line); err != nil {
				break
			}
			count++
		}
		out.CloseWithError(w.Flush())
	}()
	body := n.Senders[sender].Body
	answered, err := converse(k, body, in)
	in.Close() // whoever still writes is told
	if sent = <-made; err == nil && answered != sent {
		err = fmt.Errorf("%s: %d answers to %d lines", body, answered, sent)
	}
	return answered, err
}

// converse streams lines of a body and counts the answers: every line must be stored, or known.
func converse(k *child, body string, in io.Reader) (lines int, err error) {
	q, err := http.NewRequest("POST", k.URL+"/api/v1/sync/dossiers?body="+body, in)
	if err != nil {
		return 0, err
	}
	q.Header.Set("Authorization", "Bearer "+k.Syncs)
	q.Header.Set("Content-Type", "application/x-ndjson")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	answers := bufio.NewScanner(a.Body)
	for ; answers.Scan(); lines++ {
		if t := answers.Text(); !strings.Contains(t, `"status":"stored"`) && !strings.Contains(t, `"status":"unchanged"`) {
			return lines, fmt.Errorf("%s: %s: %s", body, a.Status, t)
		}
	}
	return lines, answers.Err()
}
