package find

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"motcua/base/lang"
)

// What a word counts in each field, and how much the length of a text matters:
// the word that is half of a title says more than one of forty.
const (
	titleWeight, titleLength     = 3, 0.75
	wordsWeight, wordsLength     = 3, 0.5
	summaryWeight, summaryLength = 1, 0.75
	sectorWeight, sectorLength   = 0.5, 0

	saturation = 1.2 // k1 of BM25: a word that stands twice is not twice as much

	fullPrior = 1.3 // what can be filed here is what most people look for
)

// A text is one text of an entry: a field in one language, or one phrase.
type text struct {
	entry  uint32
	field  int
	weight float64
	length float64
	words  []string
}

// Build makes an index of entries; sayings lead from people's words to theirs.
func Build(entries []Entry, sayings []Synonym) *Index {
	x := &Index{entries: slices.Clone(entries), codes: map[string]uint32{}, exact: map[string][]uint32{}}
	var texts []text
	var total, count [4]float64 // words and texts by field
	put := func(e, field int, s string, weight, length float64) {
		folded := lang.Fold(s)
		if folded == "" {
			return
		}
		t := text{uint32(e), field, weight, length, strings.Fields(folded)}
		texts = append(texts, t)
		total[field] += float64(len(t.words))
		count[field]++
		if field <= 1 && !slices.Contains(x.exact[folded], t.entry) {
			x.exact[folded] = append(x.exact[folded], t.entry)
		}
	}
	for i, e := range x.entries {
		x.prior = append(x.prior, map[bool]float32{false: 1, true: fullPrior}[e.Full])
		x.codes[e.Code] = uint32(i)
		x.codes[strings.ReplaceAll(e.Code, ".", "")] = uint32(i)
		for _, l := range slices.Sorted(maps.Keys(e.Title)) {
			put(i, 0, e.Title[l], titleWeight, titleLength)
		}
		for _, w := range e.Words {
			put(i, 1, w, wordsWeight, wordsLength)
		}
		for _, l := range slices.Sorted(maps.Keys(e.Summary)) {
			put(i, 2, e.Summary[l], summaryWeight, summaryLength)
		}
		put(i, 3, e.Sector, sectorWeight, sectorLength)
	}
	x.vocabulary(texts)

	// How often each word and pair stands in each entry, weighed by field.
	ofWord, ofPair := map[uint64]float64{}, map[uint64]map[uint32]float64{}
	x.shown = make([][]uint32, len(x.entries))
	for _, t := range texts {
		w := t.weight / (1 - t.length + t.length*float64(len(t.words))/(total[t.field]/count[t.field]))
		before := uint64(0)
		for i, word := range t.words {
			n := x.byWord[word]
			ofWord[uint64(n)<<32|uint64(t.entry)] += w
			if t.field != 1 && !slices.Contains(x.shown[t.entry], n) {
				x.shown[t.entry] = append(x.shown[t.entry], n)
			}
			if i > 0 {
				pair := before<<32 | uint64(n)
				if ofPair[pair] == nil {
					ofPair[pair] = map[uint32]float64{}
				}
				ofPair[pair][t.entry] += w
			}
			before = uint64(n)
		}
	}
	x.weigh(ofWord, ofPair)
	x.letSlip()
	x.hear(sayings)
	return x
}

// vocabulary numbers the words in the order of their letters.
func (x *Index) vocabulary(texts []text) {
	x.byWord = map[string]uint32{}
	for _, t := range texts {
		for _, w := range t.words {
			x.byWord[w] = 0
		}
	}
	x.words = slices.Sorted(maps.Keys(x.byWord))
	for i, w := range x.words {
		x.byWord[w] = uint32(i)
	}
}

// weigh turns frequencies into worth.
func (x *Index) weigh(ofWord map[uint64]float64, ofPair map[uint64]map[uint32]float64) {
	n := float64(len(x.entries))
	idf := func(entries int) float64 { return math.Log(1 + (n-float64(entries)+0.5)/(float64(entries)+0.5)) }
	worth := func(idf, often float64) float32 {
		return float32(idf * often * (saturation + 1) / (saturation + often))
	}

	x.of.from = make([]uint32, 1, len(x.words)+1)
	keys := slices.Sorted(maps.Keys(ofWord))
	for word := range uint32(len(x.words)) {
		end := 0
		for end < len(keys) && uint32(keys[end]>>32) == word {
			end++
		}
		rare := idf(end)
		x.rarity = append(x.rarity, float32(rare))
		for _, k := range keys[:end] {
			x.of.all = append(x.of.all, posting{uint32(k), worth(rare, ofWord[k])})
		}
		x.of.from = append(x.of.from, uint32(len(x.of.all)))
		keys = keys[end:]
	}

	x.pairs = slices.Sorted(maps.Keys(ofPair))
	x.ofPair.from = make([]uint32, 1, len(x.pairs)+1)
	for _, p := range x.pairs {
		rare := idf(len(ofPair[p]))
		for _, e := range slices.Sorted(maps.Keys(ofPair[p])) {
			x.ofPair.all = append(x.ofPair.all, posting{e, worth(rare, ofPair[p][e])})
		}
		x.ofPair.from = append(x.ofPair.from, uint32(len(x.ofPair.all)))
	}
}

// pair is the place of two neighbouring words, and whether they ever stand so.
func (x *Index) pair(a, b uint32) (uint32, bool) {
	n, ok := slices.BinarySearch(x.pairs, uint64(a)<<32|uint64(b))
	return uint32(n), ok
}

// after are the places of the pairs of a and a word from low up to high.
func (x *Index) after(a, low, high uint32) (from, to uint32) {
	f, _ := slices.BinarySearch(x.pairs, uint64(a)<<32|uint64(low))
	t, _ := slices.BinarySearch(x.pairs, uint64(a)<<32|uint64(high))
	return uint32(f), uint32(t)
}

// starting is the range of words that begin with prefix.
func (x *Index) starting(prefix string) (low, high uint32) {
	l, _ := slices.BinarySearch(x.words, prefix)
	n, _ := slices.BinarySearchFunc(x.words[l:], prefix, func(w, p string) int {
		if strings.HasPrefix(w, p) {
			return -1
		}
		return cmp.Compare(w, p)
	})
	return uint32(l), uint32(l + n)
}
