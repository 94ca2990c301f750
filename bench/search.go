package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"motcua/base/lang"
	"motcua/kernel/find"
)

// search measures finding services. The questions are those of
// kernel/find/testdata, and beginnings of titles as people type them.
func search(b *bench) error {
	n := b.flags.Int("n", 2642, "procedures to invent when there is no CSV")
	csv := b.flags.String("csv", "", "published procedures, as `motcua import procedures` reads them")
	asked := b.flags.String("questions", "kernel/find/testdata/queries.txt", "judged questions")
	if err := b.begin(map[string]string{"turn": "1s"}); err != nil {
		return err
	}
	entries, sayings, err := packed()
	if err != nil {
		return err
	}
	var judged []question
	if *csv != "" {
		more, err := published(*csv, entries)
		if err != nil {
			return err
		}
		entries = append(entries, more...)
		if judged, err = questions(*asked); err != nil {
			return err
		}
	} else {
		entries = append(entries, invented(*n)...)
	}
	var ask []string
	for _, q := range judged {
		ask = append(ask, q.words)
	}
	ask = append(ask, typed(entries, 90)...)

	began := time.Now()
	x := find.Build(entries, sayings)
	b.More["entries"], b.More["build_ms"] = float64(x.Len()), float64(time.Since(began).Microseconds())/1000
	p, err := newFTS(entries, b.clients)
	if err != nil {
		return err
	}
	defer p.close()
	scan := newScan(entries)
	of := func(client, n int) string { return ask[(client*7+n)%len(ask)] }
	arms := Arms{
		Limit: Arm{do: func(client, n int) error { scan.search(of(client, n), 10); return nil }},
		Peer:  Arm{do: func(client, n int) error { _, err := p.search(client, of(client, n), 10, true); return err }},
		Ours:  Arm{do: func(client, n int) error { x.Search(of(client, n), find.Filter{}, 10); return nil }},
	}
	if err := b.measure(arms); err != nil {
		return err
	}

	and := Arm{do: func(client, n int) error { _, err := p.search(client, of(client, n), 10, false); return err }}
	t, err := b.take(&and, b.turn)
	if err != nil {
		return err
	}
	b.More["peer_all_words_cpu_us"] = float64(t.cpu.Microseconds()) / float64(t.n)
	for name, rate := range map[string]float64{"": 0, "_half_load": b.Arms.Ours.Rate / 2} {
		waits, err := b.waits(arms.Ours, rate, 3*b.turn)
		if err != nil {
			return err
		}
		b.More["p50_ms"+name], b.More["p99_ms"+name] = quantile(waits, 0.50), quantile(waits, 0.99)
	}

	if judged != nil {
		plain := find.Build(entries, nil)
		ours := func(x *find.Index) func(string) ([]string, error) {
			return func(q string) (all []string, err error) {
				for _, h := range x.Search(q, find.Filter{}, 10) {
					all = append(all, h.Code)
				}
				return all, nil
			}
		}
		for name, way := range map[string]func(string) ([]string, error){
			"recall_ours": ours(x), "recall_ours_no_synonyms": ours(plain),
			"recall_peer":           func(q string) ([]string, error) { return p.search(0, q, 10, true) },
			"recall_peer_all_words": func(q string) ([]string, error) { return p.search(0, q, 10, false) },
			"recall_limit":          func(q string) ([]string, error) { return scan.search(q, 10), nil },
		} {
			if b.More[name], err = recall(judged, way); err != nil {
				return err
			}
		}
		b.More["recall_more_than_peer"] = b.More["recall_ours"] - b.More["recall_peer"]
	}
	return nil
}

// scan is the limit: it looks at every text for every word of the question.
type scan struct{ codes, texts []string }

func newScan(entries []find.Entry) *scan {
	s := &scan{}
	for _, e := range entries {
		s.codes = append(s.codes, e.Code)
		s.texts = append(s.texts, lang.Fold(spelled(e.Title)+" "+strings.Join(e.Words, " ")+" "+spelled(e.Summary)))
	}
	return s
}

// spelled is a text in all its languages.
func spelled(t lang.Text) string {
	var all []string
	for _, l := range lang.All() {
		all = append(all, t[l])
	}
	return strings.Join(all, " ")
}

func (s *scan) search(q string, limit int) []string {
	words := strings.Fields(lang.Fold(q))
	type hit struct{ at, has int }
	hits := make([]hit, 0, limit+1)
	for at, text := range s.texts {
		has := 0
		for _, w := range words {
			if strings.Contains(text, w) {
				has++
			}
		}
		n := len(hits)
		if has == 0 || n == limit && has <= hits[n-1].has {
			continue
		}
		for n > 0 && hits[n-1].has < has {
			n--
		}
		hits = slices.Insert(hits, n, hit{at, has})
		hits = hits[:min(limit, len(hits))]
	}
	var codes []string
	for _, h := range hits {
		codes = append(codes, s.codes[h.at])
	}
	return codes
}

// A question is one of the judged ones: of each group of codes one must be found.
type question struct {
	words  string
	groups [][]string
}

func questions(file string) (all []question, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for line := range strings.Lines(string(b)) {
		words, codes, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if f := strings.Fields(line); len(f) == 2 && strings.HasPrefix(f[0], "@") {
			names[f[0]] = f[1]
		}
		if !ok || words[0] == '#' {
			continue
		}
		q := question{words: words}
		for _, code := range strings.Fields(codes) {
			if known, ok := names[code]; ok {
				code = known
			}
			q.groups = append(q.groups, strings.Split(code, "/"))
		}
		all = append(all, q)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no questions", file)
	}
	return all, nil
}

// recall is the share of groups that are among the first ten hits.
func recall(judged []question, search func(string) ([]string, error)) (float64, error) {
	found, of := 0, 0
	for _, q := range judged {
		got, err := search(q.words)
		if err != nil {
			return 0, err
		}
		for _, group := range q.groups {
			of++
			if slices.ContainsFunc(got, func(code string) bool { return slices.Contains(group, code) }) {
				found++
			}
		}
	}
	return float64(found) / float64(of), nil
}
