package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"motcua/bench/nation"
)

// whole is the nation that a curve takes its dossiers from: at n dossiers
// every (whole/n)th of each sender is there, so that any size has the same mix
// of bodies and days, and a larger size keeps all of a smaller one.
const whole = 10_000_000

// scale grows one database of reported dossiers from size to size, and notes at
// each what the last stretch cost to take in and what everything costs there,
// beside a database that stays at the first size. Each size is a line in the
// record as soon as it is measured; a run that was cut off, or is asked for
// more, goes on with the databases in --dir.
func scale(b *bench) error {
	sizes := b.flags.String("sizes", "10000,100000,1000000,2000000", "how many dossiers: each divides 10,000,000 and the next")
	dir := b.flags.String("dir", "", "where the databases stay between runs; SQLite only")
	record := b.flags.String("record", "", "the file of the lines; bench/records/scale-DATABASE.jsonl")
	picture := b.flags.String("picture", "", "the file of the picture; none where it is not said")
	if err := b.begin(map[string]string{"clients": "8", "rounds": "2"}); err != nil {
		return err
	}
	c := curve{bench: b, nation: nation.New(seed, whole), record: *record}
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || whole%n != 0 || len(c.sizes) > 0 && n%c.sizes[len(c.sizes)-1] != 0 {
			return fmt.Errorf("--sizes: %q does not divide %d, or is no multiple of the one before", s, whole)
		}
		c.sizes = append(c.sizes, n)
	}
	if c.record == "" {
		c.record = "bench/records/scale-" + b.Database + ".jsonl"
	}
	if *dir != "" && b.pg == nil {
		if err := os.MkdirAll(*dir, 0o700); err != nil {
			return err
		}
		os.RemoveAll(b.dir)
		b.dir, b.after = *dir, nil // it stays
	}
	if err := c.run(); err != nil {
		return err
	}
	if *picture == "" {
		return nil
	}
	return os.WriteFile(*picture, draw(c.lines), 0o644)
}

// A curve is the sizes on their way.
type curve struct {
	*bench
	nation     *nation.Nation
	sizes      []int
	record     string
	lines      []Result // those measured, by size
	empty, few *child
	many       *child
}

func (c *curve) run() (err error) {
	if c.lines, err = readLines(c.record); err != nil {
		return err
	}
	if c.empty, err = c.kept("empty", 0); err != nil {
		return err
	}
	c.empty.stop()
	if c.few, err = c.kept("small", c.sizes[0]); err != nil {
		return err
	}
	if c.many, err = c.kept("large", 0); err != nil {
		return err
	}
	have, err := c.many.base.count("mirror")
	if err != nil {
		return err
	}
	before := 0
	for _, n := range c.sizes {
		if have >= c.expected(n) && slices.ContainsFunc(c.lines, func(r Result) bool { return int(r.More["n"]) == n }) {
			before = n
			continue
		}
		if err := c.step(before, n); err != nil {
			return fmt.Errorf("at %d: %w", n, err)
		}
		before = n
	}
	return nil
}

// kept is a child with n dossiers, on a database of an earlier run or a new one.
func (c *curve) kept(name string, n int) (*child, error) {
	dir := filepath.Join(c.dir, name)
	if _, err := os.Stat(filepath.Join(dir, "served.json")); err == nil && c.pg == nil {
		return c.serve(database{url: filepath.Join(dir, "bench.db")}, dir, "--again")
	}
	k, err := c.start(name, 0)
	if err == nil && n > 0 {
		_, _, err = c.send(k, c.nation, func(i int) bool { return i%(whole/n) == 0 })
	}
	return k, err
}

// expected is how many dossiers there are at a size: near it, for every sender begins with one.
func (c *curve) expected(n int) (all int) {
	for _, s := range c.nation.Senders {
		all += (s.Count + whole/n - 1) / (whole / n)
	}
	return all
}

// step takes in the stretch from one size to the next and measures there.
func (c *curve) step(from, n int) error {
	c.Result = Result{Work: "scale", Database: c.Database, Durable: true, More: map[string]float64{"n": float64(n)},
		Notes: []string{"sync_us: of the dossiers since the size before; loader_us: of the raw loader at that time; …_vs_small: against a database that stays at the first size"}}
	end := c.journal()
	in, bytes, err := c.send(c.many, c.nation, func(i int) bool { return i%(whole/n) == 0 && (from == 0 || i%(whole/from) != 0) })
	end()
	if err != nil {
		return err
	}
	loader, err := c.loadRows(c.few.base)
	if err != nil {
		return err
	}
	have, err := c.many.base.count("mirror")
	if err != nil || have != c.expected(n) {
		return fmt.Errorf("%d dossiers are there, wanted %d: %v", have, c.expected(n), err)
	}
	stretch := float64(have)
	if from > 0 {
		stretch -= float64(c.expected(from))
	}
	c.More["sync_us"], c.More["sync_rate"], c.More["loader_us"], c.More["sync_vs_loader"] = in.CPU, in.Rate, loader.CPU, in.CPU/loader.CPU
	c.More["json_bytes"] = float64(bytes) / stretch
	if c.More["bytes_vs_json"], c.More["ledger_bytes"], err = c.many.base.weigh(int64(c.More["json_bytes"]*float64(have)), have); err != nil {
		return err
	}
	if err := c.grownBy(n); err != nil {
		return err
	}
	return c.note()
}

// journal watches how long the journal of SQLite becomes.
func (c *curve) journal() (end func()) {
	if c.pg != nil {
		return func() {}
	}
	stop := make(chan struct{})
	var all sync.WaitGroup
	longest := 0.0
	all.Go(func() {
		for {
			if f, err := os.Stat(c.many.base.url + "-wal"); err == nil {
				longest = max(longest, float64(f.Size())/(1<<20))
			}
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return func() { close(stop); all.Wait(); c.More["wal_mb"] = longest }
}

// grownBy measures what people do at this size beside the small database.
func (c *curve) grownBy(n int) error {
	dossiers := map[*child][]string{}
	for _, k := range []*child{c.few, c.many} {
		d, err := k.base.open()
		if err != nil {
			return err
		}
		dossiers[k], err = texts(d, `select code from mirror where id >= (select avg(id) from mirror) order by id limit 500`)
		if d.Close(); err != nil {
			return err
		}
	}
	for name, read := range map[string]reading{
		"list": func(k *child) (string, func(int, int) string) {
			return cookie(k.Sees), func(int, int) string { return "/work/reported" }
		},
		"dossier": func(k *child) (string, func(int, int) string) {
			codes := dossiers[k]
			return "", func(client, n int) string {
				return "/reported?code=" + url.QueryEscape(codes[(client*61+n)%len(codes)])
			}
		},
		"dash": readDash,
		"proof": func(k *child) (string, func(int, int) string) {
			return "Authorization: Bearer " + k.Token + "\r\n", func(int, int) string { return proofPath(k, 0) }
		},
	} {
		if err := c.turns(name, func(k *child) (Arm, error) {
			header, path := read(k)
			return c.pages(k, header, path)
		}); err != nil {
			return err
		}
	}
	client := filer()
	if err := c.turns("filing", func(k *child) (Arm, error) { return filing(client, k, nil), nil }); err != nil {
		return err
	}
	c.More["resident_mb"] = c.many.peak()
	c.many.stop()
	one := *c.bench
	one.clients, one.Result = 1, Result{More: map[string]float64{}}
	if err := one.measure(Arms{Peer: one.starting(c.empty), Ours: one.starting(c.many)}); err != nil {
		return err
	}
	c.More["start_ms"], c.More["start_vs_empty"] = 1000/one.Arms.Ours.Rate, one.Arms.Peer.Rate/one.Arms.Ours.Rate
	var err error
	c.many, err = c.again(c.many)
	return err
}

// turns notes the CPU of something at this size, and against the small database.
func (c *curve) turns(name string, arm func(*child) (Arm, error)) error {
	few, err := arm(c.few)
	if err != nil {
		return err
	}
	many, err := arm(c.many)
	if err != nil {
		return err
	}
	one := *c.bench
	one.Result = Result{}
	if err := one.measure(Arms{Peer: few, Ours: many}); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.More[name+"_us"], c.More[name+"_vs_small"] = one.Arms.Ours.CPU, one.Ratios.CPUPeer
	return nil
}

// note puts the line into the record, in the place of an earlier one of its size.
func (c *curve) note() error {
	c.settle()
	for _, r := range c.lines {
		if r.More["n"] == 100_000 && c.More["n"] > 100_000 {
			c.More["sync_vs_100k"] = c.More["sync_vs_loader"] / r.More["sync_vs_loader"]
		}
	}
	for name, v := range c.More {
		c.More[name] = math.Round(v*1000) / 1000
	}
	c.lines = slices.DeleteFunc(c.lines, func(r Result) bool { return r.More["n"] == c.More["n"] })
	c.lines = append(c.lines, c.Result)
	slices.SortFunc(c.lines, func(a, b Result) int { return int(a.More["n"] - b.More["n"]) })
	var all bytes.Buffer
	for _, r := range c.lines {
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		all.Write(append(b, '\n'))
	}
	return os.WriteFile(c.record, all.Bytes(), 0o644)
}

func readLines(name string) (all []Result, err error) {
	b, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil, nil
	}
	for line := range bytes.Lines(b) {
		var r Result
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, r)
	}
	return all, err
}
