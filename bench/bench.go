package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A bench is one work on its way: its flags, a folder, a database server and
// serving children that end with it, and what it comes to.
type bench struct {
	Result
	flags           *flag.FlagSet
	clients, rounds int
	turn            time.Duration
	json            bool

	args  []string
	kind  string // --db
	dir   string
	pg    *postgres // nil: SQLite
	after []func()  // in the order of beginning
}

// measured is the work done, with what it needed put away.
func measured(w work, args []string) (*bench, error) {
	b := &bench{Result: Result{Work: w.name, Database: "sqlite", More: map[string]float64{}}, args: args, flags: flag.NewFlagSet(w.name, flag.ContinueOnError)}
	defer func() {
		for _, f := range slices.Backward(b.after) {
			f()
		}
	}()
	b.flags.IntVar(&b.clients, "clients", 16, "how many work at once")
	b.flags.IntVar(&b.rounds, "rounds", 5, "rounds of two turns for each way")
	b.flags.DurationVar(&b.turn, "turn", 2*time.Second, "how long one turn takes")
	b.flags.BoolVar(&b.json, "json", false, "one line of JSON")
	b.flags.StringVar(&b.kind, "db", "sqlite", "sqlite; postgres: a server of its own; or the postgres:// url of one whose CPU is then not counted")
	if err := w.run(b); err != nil {
		return nil, err
	}
	b.settle()
	return b, nil
}

// begin reads the flags, with what is usual for this work where it is not said
// otherwise, and makes the folder and the database server.
func (b *bench) begin(usual map[string]string) error {
	for name, v := range usual {
		if err := b.flags.Set(name, v); err != nil {
			return err
		}
	}
	if err := b.flags.Parse(b.args); err != nil {
		return err
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return err
	}
	b.end(func() { os.RemoveAll(b.dir) })
	b.More["clients"] = float64(b.clients)
	if b.kind == "sqlite" {
		return nil
	}
	if b.pg, err = openPostgres(b.kind); err != nil {
		return err
	}
	b.end(b.pg.stop)
	b.Database = "postgres"
	return nil
}

func (b *bench) end(f func()) { b.after = append(b.after, f) }

// start starts a serving child on a database of its own, with n dossiers filled in.
func (b *bench) start(name string, n int) (*child, error) {
	return b.startWith(name, "--fill", fmt.Sprint(n))
}

// startWith starts a serving child on the database called name.
func (b *bench) startWith(name string, args ...string) (*child, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	d := database{url: filepath.Join(dir, "bench.db"), pg: b.pg}
	if b.pg != nil {
		var err error
		if d.url, err = b.pg.database(name); err != nil {
			return nil, err
		}
	}
	return b.serve(d, dir, args...)
}

// serve starts a serving child on a database that is there.
func (b *bench) serve(d database, dir string, args ...string) (*child, error) {
	k, err := startSelf(append([]string{"serve", "--dir", dir, "--db", d.url}, args...)...)
	if err != nil {
		return nil, err
	}
	k.base, k.dir = d, dir
	b.end(k.stop)
	return k, nil
}

// pages is an arm that reads a page.
func (b *bench) pages(k *child, header string, path func(client, n int) string) (Arm, error) {
	l, err := get(k.URL, b.clients, header, path)
	if err != nil {
		return Arm{}, err
	}
	return Arm{do: l.do, used: k.used}, nil
}

// again starts the product anew on the database of a child that ended.
func (b *bench) again(was *child) (*child, error) {
	return b.serve(was.base, was.dir, "--again")
}

// latency notes how long is waited for ours at half the rate that was measured.
func (b *bench) latency(ours Arm) error {
	wait, err := b.waits(ours, b.Arms.Ours.Rate/2, b.turn)
	if err != nil {
		return err
	}
	b.More["p50_ms"], b.More["p99_ms"] = quantile(wait, 0.5), quantile(wait, 0.99)
	return nil
}
