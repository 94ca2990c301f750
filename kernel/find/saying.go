package find

import (
	"cmp"
	"slices"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
)

// A Synonym leads from what people say to what services are called. One that
// means nothing holds words said in passing, such as please.
type Synonym struct {
	Say  []string `yaml:"say"`  // phrases of people
	Mean []string `yaml:"mean"` // words of titles, all of which an entry must have; or the code of one
}

// ReadSynonyms reads a pack's synonyms.yaml.
func ReadSynonyms(name string, b []byte) ([]Synonym, error) {
	var all []Synonym
	err := data.Read(name, b, &all)
	return all, err
}

// A saying is one phrase of people and the entries it leads to.
type saying struct {
	words []string
	means []posting
	marks []uint32 // words of the vocabulary it stands for
}

// hear prepares the sayings.
func (x *Index) hear(all []Synonym) {
	x.say = map[string][]saying{}
	for _, syn := range all {
		worth := map[uint32]float32{}
		var marks []uint32
		for _, m := range syn.Mean {
			marks = append(marks, x.lead(m, worth)...)
		}
		said := saying{marks: marks}
		for e, w := range worth {
			said.means = append(said.means, posting{e, w})
		}
		slices.SortFunc(said.means, func(a, b posting) int { return cmp.Compare(a.entry, b.entry) })
		for _, phrase := range syn.Say {
			if said.words = strings.Fields(lang.Fold(phrase)); len(said.words) > 0 {
				x.say[said.words[0]] = append(x.say[said.words[0]], said)
			}
		}
	}
	for _, s := range x.say {
		slices.SortStableFunc(s, func(a, b saying) int { return len(b.words) - len(a.words) })
	}
}

// codeWorth is what a saying that names a code is worth there: more than most words.
const codeWorth = 20

// lead notes in worth the entries that have every word of phrase, or whose code it is.
func (x *Index) lead(phrase string, worth map[uint32]float32) (marks []uint32) {
	note := func(e uint32, w float32) { worth[e] = max(worth[e], w) }
	if e, ok := x.codes[phrase]; ok {
		note(e, codeWorth)
		return x.shown[e]
	}
	words := strings.Fields(lang.Fold(phrase))
	sums := map[uint32]sum{}
	for i, w := range words {
		n, ok := x.byWord[w]
		if !ok {
			return nil
		}
		marks = append(marks, n)
		for _, p := range x.of.of(n) {
			s := sums[p.entry]
			sums[p.entry] = sum{s.worth + p.worth, s.got + 1}
		}
		if i == 0 {
			continue
		}
		if pair, ok := x.pair(marks[i-1], n); ok {
			for _, p := range x.ofPair.of(pair) {
				s := sums[p.entry]
				sums[p.entry] = sum{s.worth + p.worth, s.got}
			}
		}
	}
	for e, s := range sums {
		if s.got == uint32(len(words)) {
			note(e, s.worth)
		}
	}
	return marks
}

// sayings finds the phrases of people in the question: at each word the
// longest, the last of which may be half typed.
func (x *Index) sayings(s *scratch, typing bool) {
	for i := 0; i < len(s.parts); {
		said := x.saidAt(s, i, typing)
		if said == nil {
			i++
			continue
		}
		var bits uint32
		for j := range said.words {
			p := &s.parts[i+j]
			bits |= 1 << (i + j)
			p.weight, p.said = told, said.means != nil
			if !p.said {
				p.share = told
			}
		}
		for _, p := range said.means {
			s.sums[p.entry].worth += p.worth
			s.sums[p.entry].got |= bits
		}
		for _, n := range said.marks {
			s.mean(n)
		}
		i += len(said.words)
	}
}

func (x *Index) saidAt(s *scratch, i int, typing bool) *saying {
	list := x.say[s.parts[i].word]
next:
	for n := range list {
		words := list[n].words
		if i+len(words) > len(s.parts) {
			continue
		}
		for j, w := range words {
			q := s.parts[i+j].word
			begun := typing && j > 0 && i+j == len(s.parts)-1 && strings.HasPrefix(w, q)
			if q != w && !begun {
				continue next
			}
		}
		return &list[n]
	}
	return nil
}
