package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"motcua/base/id"
)

// grown measures a page of the product at n dossiers against the same page at
// 10,000: the peer is ours when small, and the limit too.
func grown(name string, page func(k *child) (header string, path func(client, n int) string)) func([]string) (*Result, bool, error) {
	return func(args []string) (*Result, bool, error) {
		c := common{}
		f := c.flags(name)
		n := f.Int("n", 100_000, "how many dossiers there are")
		if err := f.Parse(args); err != nil {
			return nil, false, err
		}
		c.turn = max(c.turn, 2*time.Second)
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			return nil, false, err
		}
		defer os.RemoveAll(dir)
		arm := func(name string, n int) (Arm, *child, error) {
			k, err := start(filepath.Join(dir, name), "", 0, n)
			if err != nil {
				return Arm{}, nil, err
			}
			header, path := page(k)
			l, err := get(k.URL, c.clients, header, path)
			return Arm{do: l.do, used: k.used}, k, err
		}
		small, k, err := arm("small", 10_000)
		if err != nil {
			return nil, false, err
		}
		defer k.in.Close()
		large, k, err := arm("large", *n)
		if err != nil {
			return nil, false, err
		}
		defer k.in.Close()
		r := &Result{Work: name, More: map[string]float64{"clients": float64(c.clients), "n": float64(*n)}, Notes: []string{"limit and peer: the same page at 10,000 dossiers"}}
		if err := c.measure(r, Arms{Limit: small, Peer: small, Ours: large}); err != nil {
			return nil, false, err
		}
		wait, err := c.waits(large, r.Arms.Ours.Rate/2, c.turn)
		if err != nil {
			return nil, false, err
		}
		r.More["p50_ms"], r.More["p99_ms"] = quantile(wait, 0.5), quantile(wait, 0.99)
		return r, c.json, nil
	}
}

// list is an official's inbox of fifty; dossierPage is a citizen's page of one of his.
var (
	list = grown("list", func(k *child) (string, func(int, int) string) {
		return cookie(k.Works), func(int, int) string { return "/work" }
	})
	dossierPage = grown("dossier", func(k *child) (string, func(int, int) string) {
		return cookie(k.Asks), func(client, n int) string {
			return "/c/" + (k.First + id.ID((client+n)%2*5000)).String()
		}
	})
)

// startUp measures the start of the program to its first right page, empty and
// with n dossiers, and what it holds in memory then.
func startUp(args []string) (*Result, bool, error) {
	c := common{}
	f := c.flags("start")
	n := f.Int("n", 100_000, "how many dossiers there are")
	if err := f.Parse(args); err != nil {
		return nil, false, err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	for name, n := range map[string]int{"empty": 0, "full": *n} {
		k, err := start(filepath.Join(dir, name), "", 0, n)
		if err != nil {
			return nil, false, err
		}
		k.in.Close()
		k.cmd.Wait()
	}
	var resident float64
	arm := func(name string) Arm {
		return Arm{do: func(int, int) error {
			k, err := startSelf("serve", "--again", "--dir", filepath.Join(dir, name), "--db", filepath.Join(dir, name, "bench.db"))
			if err != nil {
				return err
			}
			_, _, err = fetch(k.URL+"/services/1.001193", "")
			resident = max(resident, k.resident())
			k.in.Close()
			k.cmd.Wait()
			return err
		}, used: children}
	}
	c.clients, c.turn = 1, max(c.turn, 2*time.Second)
	r := &Result{Work: "start", More: map[string]float64{"n": float64(*n)}, Notes: []string{"limit and peer: the start of an empty node"}}
	empty, full := arm("empty"), arm("full")
	if err := c.measure(r, Arms{Limit: empty, Peer: empty, Ours: full}); err != nil {
		return nil, false, err
	}
	r.More["resident_mb"] = resident
	r.More["start_ms"], r.More["empty_ms"] = 1000/r.Arms.Ours.Rate, 1000/r.Arms.Peer.Rate
	r.More["wall_vs_empty"] = r.Arms.Peer.Rate / r.Arms.Ours.Rate
	return r, c.json, nil
}

// idle measures what a signed-in person costs who does nothing: one connection
// kept open and one session in the database.
func idle(args []string) (*Result, bool, error) {
	f := flag.NewFlagSet("idle", flag.ContinueOnError)
	users, asJSON := f.Int("users", 2000, "how many are signed in"), f.Bool("json", false, "one line of JSON")
	if err := f.Parse(args); err != nil {
		return nil, false, err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	k, err := start(filepath.Join(dir, "ours"), "", 0, 0)
	if err != nil {
		return nil, false, err
	}
	defer k.in.Close()
	l, err := get(k.URL, *users, cookie(k.Works), func(int, int) string { return "/work" })
	if err != nil {
		return nil, false, err
	}
	for range 20 { // what one page leaves in memory is not what a person costs
		if err := l.do(0, 0); err != nil {
			return nil, false, err
		}
	}
	before := k.resident()
	for client := range *users {
		if err := l.do(client, 0); err != nil {
			return nil, false, fmt.Errorf("user %d: %w", client, err)
		}
	}
	time.Sleep(2 * time.Second)
	after := k.resident()
	r := &Result{Work: "idle", More: map[string]float64{"users": float64(*users), "resident_mb": after, "kb_each": (after - before) * 1024 / float64(*users)}}
	return r, *asJSON, nil
}
