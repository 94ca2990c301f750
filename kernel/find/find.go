// Package find finds public services by what people call them: with or
// without marks, half typed, mistyped, or in words that no official name has.
//
// The index is in memory and never changes once built; a new one takes its
// place. It is a table of words and of pairs of neighbouring words, because
// Vietnamese writes its words in syllables and one syllable alone says little.
// What a word is worth in a service (BM25F over title, people's words and
// summary) is worked out when the index is built, so a search only adds up.
package find

import (
	"slices"
	"sync"

	"motcua/base/lang"
)

// An Entry is one public service as it can be found.
type Entry struct {
	Code           string // 1.001193
	Title, Summary lang.Text
	Words          []string // what people call it and the moments of life it belongs to, one phrase each
	Sector, Body   string
	Level          int      // 1 to 4
	Fee, Time      string   // as shown
	For            []string // citizen, business
	Full           bool     // can be filed here; otherwise the page says where
}

// A Filter keeps the entries that agree with all it says; the zero Filter keeps every one.
type Filter struct {
	Sector, Body, For string
	Level             int // at least
	Full              bool
}

func (f Filter) keeps(e *Entry) bool {
	return (f.Sector == "" || f.Sector == e.Sector) && (f.Body == "" || f.Body == e.Body) &&
		(f.For == "" || slices.Contains(e.For, f.For)) && f.Level <= e.Level && (!f.Full || e.Full)
}

// A Hit is one entry found.
type Hit struct {
	*Entry          // of the index: to be read only
	Score  float32  // the greater the better; of one search only
	Words  []string // folded words of title and summary that were meant, for Mark
	number uint32   // of the entry
}

// An Index finds entries. It never changes, so any number of goroutines may search it.
type Index struct {
	entries []Entry
	prior   []float32           // by entry
	shown   [][]uint32          // by entry: the words of title and summary, without repeats
	codes   map[string]uint32   // code, and code without its point
	exact   map[string][]uint32 // folded title or phrase to entries

	words  []string // the vocabulary, sorted: a prefix is a range
	byWord map[string]uint32
	rarity []float32 // by word: its idf
	of     lists     // by word
	pairs  []uint64  // first word<<32 | second, sorted
	ofPair lists     // by place in pairs

	slips map[string][]uint32 // a word with one letter left out, to the words that can be meant
	say   map[string][]saying // by first word, longest first
	pool  sync.Pool           // *scratch
}

// A posting says what a word, a pair or a saying is worth in one entry.
type posting struct {
	entry uint32
	worth float32
}

// lists are postings laid end to end; list n is from[n] to from[n+1].
type lists struct {
	from []uint32
	all  []posting
}

func (l lists) of(n uint32) []posting { return l.all[l.from[n]:l.from[n+1]] }

// Len is the number of entries.
func (x *Index) Len() int { return len(x.entries) }
