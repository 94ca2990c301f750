package find

import (
	"math"
	"slices"
	"strings"

	"motcua/base/lang"
)

const (
	maxWords = 16  // of a question; what comes after them is not read
	maxBytes = 400 // of a question

	begun   = 0.7 // worth of a word of which only the beginning is typed
	slipped = 0.5 // of one that was mistyped
	told    = 0.3 // of a word that a saying already explains, or that is said in passing
)

// A scratch is the working memory of one search. Bit i of got says that word i
// of the question is answered, bit 16+i that words i and i+1 stand together.
type scratch struct {
	sums  []sum
	meant []bool // by word of the vocabulary: to be marked
	dirty []uint32
	parts []part
}

type sum struct {
	worth float32
	got   uint32
}

// A part is one word of the question.
type part struct {
	word   string
	known  bool
	number uint32  // of the word, when known
	weight float32 // of the word itself: less when a saying explains it
	share  float32 // of the word in the question: less when it is said in passing
	rarity float32
	said   bool // a saying explains it
	near   []uint32
	looked bool // near has been looked for
}

// Search finds the entries that answer q, best first, at most limit. The last
// word may be half typed, unless a space follows it. None is found when too
// little of the question is known: see Nearest.
func (x *Index) Search(q string, f Filter, limit int) []Hit {
	if limit <= 0 || len(x.entries) == 0 {
		return nil
	}
	if len(q) > maxBytes {
		q = q[:maxBytes]
	}
	s, _ := x.pool.Get().(*scratch)
	if s == nil {
		s = &scratch{sums: make([]sum, len(x.entries)), meant: make([]bool, len(x.words))}
	}
	defer x.pool.Put(s)
	clear(s.sums)
	for _, n := range s.dirty {
		s.meant[n] = false
	}
	s.dirty, s.parts = s.dirty[:0], s.parts[:0]

	folded := lang.Fold(q)
	for word := range strings.SplitSeq(folded, " ") {
		if word != "" && len(s.parts) < maxWords {
			s.parts = append(s.parts, part{word: word, weight: 1, share: 1})
		}
	}
	if len(s.parts) == 0 {
		return nil
	}
	typing := !strings.HasSuffix(q, " ")
	x.know(s, typing)
	x.sayings(s, typing)
	for i := range s.parts {
		x.together(s, i, typing && i == len(s.parts)-1)
	}
	for i := range s.parts {
		x.alone(s, i, typing && i == len(s.parts)-1)
	}
	for _, e := range x.exact[folded] {
		s.sums[e].worth *= 1.5
	}
	hits := x.best(s, f, limit)
	if e, ok := x.codes[strings.TrimSpace(q)]; ok && f.keeps(&x.entries[e]) {
		hits = slices.DeleteFunc(hits, func(h Hit) bool { return h.Entry == &x.entries[e] })
		hits = slices.Insert(hits, 0, Hit{Entry: &x.entries[e], Score: math.MaxFloat32})
		hits = hits[:min(limit, len(hits))]
	}
	return hits
}

// know looks the words of the question up.
func (x *Index) know(s *scratch, typing bool) {
	unknown := float32(math.Log(1 + float64(len(x.entries))))
	for i := range s.parts {
		p := &s.parts[i]
		p.number, p.known = x.byWord[p.word]
		p.rarity = unknown
		if p.known {
			p.rarity = x.rarity[p.number]
		}
	}
}

// add counts a list for word i of the question, once for each entry; the first list counts.
func (s *scratch) add(list []posting, weight float32, bit uint32) {
	for _, p := range list {
		if t := &s.sums[p.entry]; t.got&bit == 0 {
			t.got |= bit
			t.worth += weight * p.worth
		}
	}
}

func (s *scratch) mean(word uint32) {
	if !s.meant[word] {
		s.meant[word] = true
		s.dirty = append(s.dirty, word)
	}
}

// alone counts word i by itself: as it is, as the beginning of others, or as what it may have been meant to be.
func (x *Index) alone(s *scratch, i int, typing bool) {
	p := &s.parts[i]
	bit := uint32(1) << i
	if p.known {
		s.mean(p.number)
		s.add(x.of.of(p.number), p.weight, bit)
	}
	paired := i > 0 && s.parts[i-1].known && p.known
	if paired {
		_, paired = x.pair(s.parts[i-1].number, p.number)
	}
	if typing && len(p.word) > 1 && !paired && !p.said {
		low, high := x.starting(p.word)
		for n := low; n < high; n++ {
			s.mean(n)
			s.add(x.of.of(n), begun*p.weight, bit)
			if !p.known {
				p.rarity = min(p.rarity, x.rarity[n])
			}
		}
		if high > low {
			return
		}
	}
	if p.known || p.said {
		return
	}
	for _, n := range x.meant(p) {
		s.mean(n)
		s.add(x.of.of(n), slipped*p.weight, bit)
		p.rarity = min(p.rarity, x.rarity[n])
	}
}

// meant are the words that a part may have been meant to be.
func (x *Index) meant(p *part) []uint32 {
	if !p.looked {
		p.looked, p.near = true, x.near(p.word)
	}
	return p.near
}

// together counts words i-1 and i as a pair. A pair that nobody writes is
// tried with a slip in either word, when that makes one: ket hom, kết hôn.
func (x *Index) together(s *scratch, i int, typing bool) {
	if i == 0 {
		return
	}
	a, b := &s.parts[i-1], &s.parts[i]
	bit := uint32(1) << (maxWords + i - 1)
	weight := min(a.weight, b.weight)
	found := false
	if a.known && b.known {
		if n, ok := x.pair(a.number, b.number); ok {
			s.add(x.ofPair.of(n), weight, bit)
			found = true
		}
	}
	if found || a.said && b.said {
		return
	}
	if a.known && typing {
		low, high := x.starting(b.word)
		from, to := x.after(a.number, low, high)
		for n := from; n < to; n++ {
			s.add(x.ofPair.of(n), begun*weight, bit)
			x.instead(s, i, uint32(x.pairs[n]), begun)
			found = true
		}
	}
	if found {
		return
	}
	if a.known {
		for _, m := range x.meant(b) {
			if n, ok := x.pair(a.number, m); ok {
				s.add(x.ofPair.of(n), slipped*weight, bit)
				x.instead(s, i, m, slipped)
			}
		}
	}
	if b.known {
		for _, m := range x.meant(a) {
			if n, ok := x.pair(m, b.number); ok {
				s.add(x.ofPair.of(n), slipped*weight, bit)
				x.instead(s, i-1, m, slipped)
			}
		}
	}
}

// instead counts another word in the place of word i.
func (x *Index) instead(s *scratch, i int, word uint32, weight float32) {
	s.mean(word)
	s.add(x.of.of(word), weight*s.parts[i].weight, 1<<i)
	s.parts[i].rarity = min(s.parts[i].rarity, x.rarity[word])
}
