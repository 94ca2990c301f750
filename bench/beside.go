package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"motcua/bench/nation"
)

// beside measures what people notice while bodies report: how many can file
// against when nothing is reported; how long a change at a body takes to stand
// on the citizen's page; and how much slower others get in while one sender
// sends ten streams at once.
func beside(b *bench) error {
	n := b.flags.Int("n", 20_000, "dossiers that are reported meanwhile")
	if err := b.begin(nil); err != nil {
		return err
	}
	b.More["n"] = float64(*n)
	k, err := b.start("ours", 0)
	if err != nil {
		return err
	}
	country := nation.New(seed, *n)
	file := filing(filer(), k, nil)
	one := *b
	if _, err := one.waits(file, 0, b.turn/4); err != nil { // warm
		return err
	}
	calm, err := one.waits(file, 0, 2*b.turn)
	if err != nil {
		return err
	}

	reporting := make(chan error, 1)
	var over atomic.Bool
	senders := *b
	senders.clients = 8
	go func() {
		_, _, err := senders.send(k, country, everything)
		over.Store(true)
		reporting <- err
	}()
	time.Sleep(b.turn / 4) // they have begun
	busy, err := one.waits(file, 0, 2*b.turn)
	if err != nil {
		return err
	}
	b.More["filing_vs_calm"] = float64(len(busy)) / float64(len(calm))
	b.More["calm_p50_ms"], b.More["busy_p50_ms"], b.More["busy_p99_ms"] = quantile(calm, 0.5), quantile(busy, 0.5), quantile(busy, 0.99)
	var seen []time.Duration
	for version := 1; version <= 20 || !over.Load() && version <= 200; version++ {
		took, err := seenAfter(k, country.Senders[len(country.Senders)-1].Body, version)
		if err != nil {
			return err
		}
		if seen = append(seen, took); over.Load() && version < 20 {
			b.Notes = append(b.Notes, fmt.Sprintf("the senders were done before change %d: take a larger --n", version))
			break
		}
	}
	if err := <-reporting; err != nil {
		return err
	}
	slices.Sort(seen)
	b.More["seen_p50_ms"], b.More["seen_p99_ms"], b.More["changes"] = quantile(seen, 0.5), quantile(seen, 0.99), float64(len(seen))
	var slowed []float64
	for round := range b.rounds {
		even, err := sharing(k, country, 1, 2*round)
		if err != nil {
			return err
		}
		uneven, err := sharing(k, country, 10, 2*round+1)
		if err != nil {
			return err
		}
		slowed = append(slowed, uneven.Seconds()/even.Seconds())
	}
	b.More["slowed_by_one"] = median(slowed, func(f float64) float64 { return f })
	return nil
}

// seenAfter reports a new version of a dossier and reads its public page until
// it stands there.
func seenAfter(k *child, body string, version int) (time.Duration, error) {
	state := 2 + 2*(version%2) // received, in progress
	line := fmt.Sprintf(`{"code":"BESIDE-1","version":%d,"procedure":"1.001193","channel":"online","applicant":"Thử Nghiệm","filed_at":"2020-03-02T09:00:00+07:00","received_at":"2020-03-02T09:30:00+07:00","state":%d}`, version, state)
	began := time.Now()
	if _, err := converse(k, body, strings.NewReader(line+"\n")); err != nil {
		return 0, err
	}
	want := []byte(map[int]string{2: "2 trên 4", 4: "3 trên 4"}[state])
	for {
		page, _, err := fetch(k.URL+"/reported?code=BESIDE-1", "")
		if err != nil {
			return 0, err
		}
		if bytes.Contains(page, want) {
			return time.Since(began), nil
		}
		if time.Since(began) > time.Minute {
			return 0, fmt.Errorf("version %d of a dossier is not seen after a minute", version)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// sharing lets seven senders report as much as each other, while an eighth
// sends as many streams of that size: how long it takes the seven. The lines
// are made beforehand, with codes of their own for every round.
func sharing(k *child, n *nation.Nation, streams, round int) (time.Duration, error) {
	const each = 1000
	lines := func(sender, stream int) []byte {
		var b, line []byte
		for i := range each {
			line = n.Line(line[:0], sender, i%n.Senders[sender].Count, 1)
			at := bytes.Index(line, []byte(`","`)) // the end of the code, which is first
			b = fmt.Appendf(append(b, line[:at]...), "-%d-%d-%d", round, stream, i)
			b = append(append(b, line[at:]...), '\n')
		}
		return b
	}
	var eighth, seven [][]byte
	for stream := range streams {
		eighth = append(eighth, lines(0, stream))
	}
	for sender := 1; sender <= 7; sender++ {
		seven = append(seven, lines(sender, 0))
	}
	say := func(body string, lines []byte, done results) {
		_, err := converse(k, body, bytes.NewReader(lines))
		done <- err
	}
	greedy, others := make(results, streams), make(results, len(seven))
	began := time.Now()
	for _, lines := range eighth {
		go say(n.Senders[0].Body, lines, greedy)
	}
	for i, lines := range seven {
		go say(n.Senders[i+1].Body, lines, others)
	}
	err := others.wait()
	took := time.Since(began)
	return took, errors.Join(err, greedy.wait())
}

// results are the ends of several things under way.
type results chan error

// wait waits until as many have ended as there is room for.
func (r results) wait() (all error) {
	for range cap(r) {
		all = errors.Join(all, <-r)
	}
	return all
}
