// Command bench measures one work in three ways side by side: the limit (the
// least code that does it), a peer (what one would take instead) and ours.
//
//	go run ./bench search --json
//	go run ./bench sync --n 100000 --db postgres
//	go run ./bench scale --to 2000000
//
// Machines are noisy and shared, so only ratios are compared: the three ways
// take turns A B C C B A in every round, and the median of the rounds' ratios
// counts. CPU is that of the whole process, garbage collection included, and on
// PostgreSQL that of the server too.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"

	passwords "motcua/kernel/password"
)

// A work is one thing that can be measured.
type work struct {
	name, about string
	run         func(*bench) error
}

func works() []work {
	return []work{
		{"sync", "take in --n dossiers of 78 bodies: a raw loader of the same rows, the product over HTTP", syncWork},
		{"resync", "the same again, unchanged: a raw loader, the product over HTTP", syncWork},
		{"beside", "people beside bodies that report --n dossiers: filing, reading what changed, other senders", beside},
		{"search", "find services by people's words: scan, SQLite FTS5, kernel/find", search},
		{"file", "file a dossier over HTTP: bare group commit, one commit per filing, the product", file},
		{"page", "a service's page for anybody: its bytes from Go, nginx gzip_static, the product", page},
		{"list", "an official's list of fifty: at 10,000 dossiers and at --n", list},
		{"dossier", "a citizen's dossier: at 10,000 dossiers and at --n", dossierPage},
		{"dash", "the country's figures: at 10,000 reported dossiers and at --n, alone and while 64 file", dash},
		{"figures", "memory to count all figures anew from reported dossiers: --from of them and --n", figures},
		{"erase", "what people wait while erased bytes are removed from the file, beside --n dossiers", erase},
		{"audit", "the proof of an act at 10,000 dossiers and at --n, its verification, the ledger's appending", audit},
		{"ledger", "enter acts in the ledger: hashes in a file, Tessera, ours; its proof at --few entries and at --n", ledgerWork},
		{"signing", "seal a PDF: bare ECDSA P-256, bare RSA-2048, ours; documents of a batch that a person confirmed", signing},
		{"login", "sign in with a password: argon2id alone, the product", login},
		{"token", "a portal learns who is here, from request to ID token: one ES256 sign and verify, the same with RS256, the product", token},
		{"start", "from start to first page: empty, and with --n dossiers", startUp},
		{"idle", "memory of people who are signed in and do nothing", idle},
		{"scale", "how all this grows with reported dossiers, size by size: lines of JSON and a picture", scale},
	}
}

// children are what this program does when it starts itself.
var children = map[string]func([]string) error{"serve": serve, "bytes": serveOnly, "recount": recount,
	"hash": func([]string) error { return passwords.Work(os.Stdin, os.Stdout) }}

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	if do := children[os.Args[1]]; do != nil {
		end(do(os.Args[2:]))
		return
	}
	all := works()
	i := slices.IndexFunc(all, func(w work) bool { return w.name == os.Args[1] })
	if i < 0 {
		usage()
	}
	b, err := measured(all[i], os.Args[2:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	end(err)
	if b.json {
		err = json.NewEncoder(os.Stdout).Encode(b.Result)
	} else {
		b.print(os.Stdout)
	}
	missed, more := b.missed(goals)
	for _, m := range missed {
		fmt.Fprintln(os.Stderr, "missed:", m)
	}
	end(errors.Join(err, more))
	if len(missed) > 0 {
		os.Exit(1)
	}
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "Example: go run ./bench search --json\n\nWorks:")
	for _, w := range works() {
		fmt.Fprintf(os.Stderr, "  %-8s %s\n", w.name, w.about)
	}
	os.Exit(2)
}
