// Command bench measures one work in three ways side by side: the limit (the
// least code that does it), a peer (what one would take instead) and ours.
//
//	go run ./bench search --json
//	go run ./bench search --csv procedures.csv --clients 16
//
// Machines are noisy and shared, so only ratios are compared: the three ways
// take turns A B C C B A in every round, and the median of the rounds' ratios
// counts. CPU is that of the whole process, garbage collection included.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

// A work is one thing that can be measured. It names its own flags and then runs.
type work struct {
	name, about string
	run         func(args []string) (*Result, bool, error) // the bool: as JSON
}

var works = []work{
	{"sync", "take in --n dossiers of 78 bodies: a raw loader of the same rows, the product over HTTP", syncWork},
	{"resync", "the same again, unchanged: a raw loader, the product over HTTP", resyncWork},
	{"search", "find services by people's words: scan, SQLite FTS5, kernel/find", search},
	{"file", "file a dossier over HTTP: bare group commit, one commit per filing, the product", file},
	{"page", "a service's page for anybody: its bytes from Go, nginx gzip_static, the product", page},
	{"list", "an official's list of fifty: at 10,000 dossiers and at --n", list},
	{"dossier", "a citizen's dossier: at 10,000 dossiers and at --n", dossierPage},
	{"login", "sign in with a password: argon2id alone, the product", login},
	{"start", "from start to first page: empty, and with --n dossiers", startUp},
	{"idle", "memory of people who are signed in and do nothing", idle},
}

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	if serve := map[string]func([]string) error{"serve": serveFiling, "bytes": serveOnly}[os.Args[1]]; serve != nil { // the child of a work that measures a server
		if err := serve(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	i := slices.IndexFunc(works, func(w work) bool { return w.name == os.Args[1] })
	if i < 0 {
		usage()
	}
	result, asJSON, err := works[i].run(os.Args[2:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	case asJSON:
		err = json.NewEncoder(os.Stdout).Encode(result)
	default:
		result.print(os.Stdout)
	}
	missed, more := result.missed(goals)
	for _, m := range missed {
		fmt.Fprintln(os.Stderr, "missed:", m)
	}
	if err = errors.Join(err, more); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || len(missed) > 0 {
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "Example: go run ./bench search --json\n\nWorks:")
	for _, w := range works {
		fmt.Fprintf(os.Stderr, "  %-8s %s\n", w.name, w.about)
	}
	os.Exit(2)
}

// common are the flags every work has.
type common struct {
	clients, rounds int
	turn            time.Duration
	json            bool
}

func (c *common) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.IntVar(&c.clients, "clients", 16, "how many work at once")
	f.IntVar(&c.rounds, "rounds", 5, "rounds of two turns for each way")
	f.DurationVar(&c.turn, "turn", time.Second, "how long one turn takes")
	f.BoolVar(&c.json, "json", false, "one line of JSON")
	return f
}
