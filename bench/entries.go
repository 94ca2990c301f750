package main

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/find"
	"motcua/kernel/procedure"
	"motcua/packs/vn2020"
)

// packed are the services that can be filed, and what people say.
func packed() (entries []find.Entry, sayings []find.Synonym, err error) {
	files, err := fs.Glob(vn2020.Files, "procedures/*.yaml")
	if err != nil {
		return nil, nil, err
	}
	for _, name := range files {
		b, err := fs.ReadFile(vn2020.Files, name)
		if err != nil {
			return nil, nil, err
		}
		var p procedure.Procedure
		if err := data.Read(name, b, &p); err != nil {
			return nil, nil, err
		}
		entries = append(entries, find.Entry{Code: p.Code, Title: p.Title, Summary: p.Summary, Words: p.Words, Sector: p.Sector, Level: p.Level, For: p.For, Full: true})
	}
	b, err := fs.ReadFile(vn2020.Files, "synonyms.yaml")
	if err != nil {
		return nil, nil, err
	}
	sayings, err = find.ReadSynonyms("synonyms.yaml", b)
	return entries, sayings, err
}

// published reads procedures from a CSV with the columns code, name, field and ministry.
func published(name string, have []find.Entry) (all []find.Entry, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var at [4]int
	for i, column := range []string{"code", "name", "field", "ministry"} {
		if at[i] = slices.IndexFunc(rows[0], func(c string) bool { return strings.TrimPrefix(c, "\ufeff") == column }); at[i] < 0 {
			return nil, fmt.Errorf("%s: no column %q", name, column)
		}
	}
	for _, r := range rows[1:] {
		if !slices.ContainsFunc(have, func(e find.Entry) bool { return e.Code == r[at[0]] }) {
			all = append(all, find.Entry{Code: r[at[0]], Title: lang.Say(r[at[1]]), Sector: r[at[2]], Body: r[at[3]], Level: 1})
		}
	}
	return all, nil
}

// What syllables of invented titles are made of.
var (
	heads = strings.Fields("b c ch d đ g gi h k kh l m n ng nh ph qu r s t th tr v x")
	tails = strings.Fields("a à ả an ang anh ao áp ất ay ăn âm ân ật ây e ề em ên ênh i ich iên iệt in inh o ó oa oan oi ong ơ ơi ôi ôn ông ợp u uyên ư ưng ươi ương ước y")
)

// invented makes n entries that look Vietnamese: few syllables are in most
// titles, most are in few, and neighbours come in pairs, as in the language.
func invented(n int) []find.Entry {
	r := rand.New(rand.NewPCG(2020, 2))
	var compounds [][2]string
	for range 1200 {
		syllable := func() string { return heads[r.IntN(len(heads))] + tails[r.IntN(len(tails))] }
		compounds = append(compounds, [2]string{syllable(), syllable()})
	}
	common := rand.NewZipf(r, 1.1, 4, uint64(len(compounds)-1))
	all := make([]find.Entry, n)
	for i := range all {
		var words []string
		for range 3 + r.IntN(20) {
			c := compounds[common.Uint64()]
			words = append(words, c[0], c[1])
		}
		all[i] = find.Entry{Code: fmt.Sprintf("8.%06d", i), Title: lang.Say(strings.Join(words, " ")), Sector: words[0], Level: 1}
	}
	return all
}

// typed are n questions as people type them on the way to a title: a few of its
// words without marks, the last often not yet whole.
func typed(entries []find.Entry, n int) (all []string) {
	r := rand.New(rand.NewPCG(2020, 3))
	for len(all) < n {
		words := strings.Fields(lang.Fold(entries[r.IntN(len(entries))].Title[lang.VI]))
		from := r.IntN(len(words))
		words = words[from:min(len(words), from+2+r.IntN(4))]
		q := strings.Join(words, " ")
		if last := words[len(words)-1]; r.IntN(2) == 0 && len(last) > 2 {
			q = q[:len(q)-len(last)/2]
		}
		all = append(all, q)
	}
	return all
}
