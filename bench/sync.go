package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"motcua/base/db"
	"motcua/base/web"
	"motcua/bench/nation"
	"motcua/kernel"
	"motcua/kernel/who"
)

// seed of the nation that is sent.
const seed = 2020

func syncWork(args []string) (*Result, bool, error)   { return takeIn("sync", args) }
func resyncWork(args []string) (*Result, bool, error) { return takeIn("resync", args) }

// takeIn measures how a nation's dossiers get in. limit is a loader of the very
// rows that the product stores, with the same indexes, 2,000 to a durable
// transaction: what it takes to make and read them is not counted. ours is the
// product over a real socket, its figures and ledger included and come to rest.
func takeIn(name string, args []string) (*Result, bool, error) {
	c := common{}
	f := c.flags(name)
	n := f.Int("n", 20_000, "dossiers")
	if err := f.Parse(args); err != nil {
		return nil, false, err
	}
	if f.Lookup("clients").Value.String() == "16" {
		c.clients = 8
	}
	if f.Lookup("rounds").Value.String() == "5" {
		c.rounds = 3
	}
	if *n > 200_000 {
		c.rounds = 1
	}
	r := &Result{Work: name, Durable: true, More: map[string]float64{"n": float64(*n), "clients": float64(c.clients)},
		Notes: []string{"limit: the same rows and indexes in one process, 2,000 to a transaction, synchronous=FULL"}}
	for round := range c.rounds {
		if err := c.takeInOnce(r, nation.New(seed, *n), name == "resync", round); err != nil {
			return nil, false, err
		}
	}
	r.settle()
	return r, c.json, nil
}

func (c common) takeInOnce(r *Result, n *nation.Nation, again bool, round int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := start(filepath.Join(dir, "ours"), "", 0, 0)
	if err != nil {
		return err
	}
	defer s.stop()
	path := filepath.Join(dir, "ours", "bench.db")
	first, bytes, err := c.send(s, n)
	if err != nil {
		return err
	}
	if have, err := count(path, "mirror"); err != nil || have != n.Total {
		return fmt.Errorf("%d of %d dossiers arrived: %v", have, n.Total, err)
	}
	limit, err := loadRows(path, filepath.Join(dir, "limit.db"))
	if err != nil {
		return err
	}
	ours := first
	if again {
		acts, err := count(path, "act")
		if err != nil {
			return err
		}
		if ours, _, err = c.send(s, n); err != nil {
			return err
		}
		now, err := count(path, "act")
		if err != nil {
			return err
		}
		r.More["first_vs_again"], r.More["rows_written"] = first.CPU/ours.CPU, float64(now-acts)
	}
	r.More["json_bytes"] = float64(bytes) / float64(n.Total)
	r.More["resident_mb"] = s.peak()
	if r.More["bytes_vs_json"], r.More["ledger_bytes"], err = weigh(path, bytes, n.Total); err != nil {
		return err
	}
	arms := Arms{Limit: limit, Ours: ours}
	r.rounds = append(r.rounds, arms)
	r.Rounds = append(r.Rounds, Ratios{CPULimit: ours.CPU / limit.CPU, RateLimit: ours.Rate / limit.Rate})
	return nil
}

// send lets the senders report all they have, some at once, and waits until the server rests.
func (c common) send(s *child, n *nation.Nation) (a Arm, bytes int64, err error) {
	var total atomic.Int64
	var failed atomic.Pointer[error]
	next := make(chan int)
	var all sync.WaitGroup
	before, began := s.used(), time.Now()
	for range c.clients {
		all.Go(func() {
			for k := range next {
				if err := report(s, n, k, &total); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	for k := range n.Senders {
		next <- k
	}
	close(next)
	all.Wait()
	wall := time.Since(began)
	if e := failed.Load(); e != nil {
		return a, 0, *e
	}
	cpu := s.used() - before
	return Arm{Rate: float64(n.Total) / wall.Seconds(), CPU: float64(cpu.Microseconds()) / float64(n.Total)}, total.Load(), nil
}

// report streams all dossiers of a sender and reads every answer.
func report(s *child, n *nation.Nation, sender int, bytes *atomic.Int64) error {
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(out, 256<<10)
		var line []byte
		for i := range n.Senders[sender].Count {
			line = append(n.Line(line[:0], sender, i, 1), '\n')
			bytes.Add(int64(len(line)))
			if _, err := w.Write(line); err != nil {
				break
			}
		}
		out.CloseWithError(w.Flush())
	}()
	q, err := http.NewRequest("POST", s.URL+"/api/v1/sync/dossiers?body="+n.Senders[sender].Body, in)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+s.Syncs)
	q.Header.Set("Content-Type", "application/x-ndjson")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	lines := 0
	for answers := bufio.NewScanner(a.Body); answers.Scan(); lines++ {
		if t := answers.Text(); !strings.Contains(t, `"status":"stored"`) && !strings.Contains(t, `"status":"unchanged"`) {
			return fmt.Errorf("%s: %s: %s", n.Senders[sender].Body, a.Status, t)
		}
	}
	if lines != n.Senders[sender].Count {
		return fmt.Errorf("%s: %d answers to %d lines", n.Senders[sender].Body, lines, n.Senders[sender].Count)
	}
	return nil
}

// settleSenders registers a program that may report for every sender.
func settleSenders(ctx context.Context, a *kernel.App) (token string, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.Book.Add(tx, who.Person{}, who.Person{Login: "senders", Name: "Đồng Bộ", Email: "s@example.vn", Phone: "0900000001"}, "")
		if err != nil {
			return err
		}
		for _, s := range nation.New(seed, 100).Senders {
			if err := a.Book.Grant(tx, who.Person{}, p.ID, who.Officer, s.Body, 0, time.Time{}); err != nil {
				return err
			}
		}
		token, err = a.Sessions.Make(tx, web.Token, p.ID, "sync", "bench", 24*time.Hour)
		return err
	})
	return token, err
}

// stop ends the child and waits for it.
func (c *child) stop() {
	c.in.Close()
	c.cmd.Wait()
}

// peak is the most memory the child ever had in RAM, in MB.
func (c *child) peak() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kb, _ := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kb) / 1024
}
