package main

import (
	"fmt"
	"time"

	"motcua/base/id"
)

// A reading is what somebody reads of a child: his header and the paths.
type reading func(k *child) (header string, path func(client, n int) string)

// grown measures a page of the product at n dossiers against the same page at
// 10,000: the peer is ours when small.
func grown(read reading) func(*bench) error {
	return func(b *bench) error {
		_, _, err := b.grow(b.start, read)
		return err
	}
}

// grow makes the two children and lets the page take turns on them.
func (b *bench) grow(make func(name string, n int) (*child, error), read reading) (few, many *child, err error) {
	from := b.flags.Int("from", 10_000, "how many dossiers it is compared with")
	n := b.flags.Int("n", 100_000, "how many dossiers there are")
	if err := b.begin(nil); err != nil {
		return nil, nil, err
	}
	if few, err = make("small", *from); err != nil {
		return nil, nil, err
	}
	if many, err = make("large", *n); err != nil {
		return nil, nil, err
	}
	b.More["from"], b.More["n"] = float64(*from), float64(*n)
	b.Notes = append(b.Notes, fmt.Sprintf("peer: the same page at %d dossiers", *from))
	return few, many, b.compare(few, many, read)
}

// compare lets a page take turns on two children.
func (b *bench) compare(few, many *child, read reading) error {
	var arms Arms
	header, path := read(few)
	var err error
	if arms.Peer, err = b.pages(few, header, path); err != nil {
		return err
	}
	header, path = read(many)
	if arms.Ours, err = b.pages(many, header, path); err != nil {
		return err
	}
	if err := b.measure(arms); err != nil {
		return err
	}
	return b.latency(arms.Ours)
}

// The pages that are read.
func readList(k *child) (string, func(int, int) string) {
	return cookie(k.Works), func(int, int) string { return "/work" }
}

func readDossier(k *child) (string, func(int, int) string) {
	return cookie(k.Asks), func(client, n int) string {
		return "/c/" + (k.First + id.ID((client+n)%2*5000)).String()
	}
}

// list is an official's inbox of fifty; dossierPage is a citizen's page of one of his.
var (
	list        = grown(readList)
	dossierPage = grown(readDossier)
)

// startUp measures the start of the program to its first right page, empty and
// with n dossiers, and what it holds in memory then.
func startUp(b *bench) error {
	n := b.flags.Int("n", 100_000, "how many dossiers there are")
	if err := b.begin(map[string]string{"clients": "1"}); err != nil {
		return err
	}
	arms := map[string]Arm{}
	for name, n := range map[string]int{"empty": 0, "full": *n} {
		k, err := b.start(name, n)
		if err != nil {
			return err
		}
		k.stop()
		arms[name] = b.starting(k)
	}
	b.More["n"], b.Notes = float64(*n), []string{"peer: the start of an empty node"}
	if err := b.measure(Arms{Peer: arms["empty"], Ours: arms["full"]}); err != nil {
		return err
	}
	b.More["start_ms"], b.More["empty_ms"] = 1000/b.Arms.Ours.Rate, 1000/b.Arms.Peer.Rate
	b.More["wall_vs_empty"] = b.Arms.Peer.Rate / b.Arms.Ours.Rate
	return nil
}

// starting is an arm that starts the program again on the database of a child that ended.
func (b *bench) starting(was *child) Arm {
	return Arm{do: func(int, int) error {
		k, err := startSelf("serve", "--again", "--dir", was.dir, "--db", was.base.url)
		if err != nil {
			return err
		}
		defer k.stop()
		_, _, err = fetch(k.URL+"/services/1.001193", "")
		b.More["resident_mb"] = max(b.More["resident_mb"], k.resident())
		return err
	}, used: func() time.Duration { return ended() + was.base.pg.used() }}
}

// idle measures what a signed-in person costs who does nothing: one connection
// kept open and one session in the database.
func idle(b *bench) error {
	users := b.flags.Int("users", 2000, "how many are signed in")
	if err := b.begin(nil); err != nil {
		return err
	}
	k, err := b.start("ours", 0)
	if err != nil {
		return err
	}
	l, err := get(k.URL, *users, cookie(k.Works), func(int, int) string { return "/work" })
	if err != nil {
		return err
	}
	for range 20 { // what one page leaves in memory is not what a person costs
		if err := l.do(0, 0); err != nil {
			return err
		}
	}
	before := k.resident()
	for client := range *users {
		if err := l.do(client, 0); err != nil {
			return fmt.Errorf("user %d: %w", client, err)
		}
	}
	time.Sleep(2 * time.Second)
	after := k.resident()
	b.More["users"], b.More["resident_mb"], b.More["kb_each"] = float64(*users), after, (after-before)*1024/float64(*users)
	return nil
}
