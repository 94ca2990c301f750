package find

import (
	"math/bits"
	"slices"
	"strings"

	"motcua/base/lang"
)

// How much of a question must be answered at least, by the rarity of its words,
// and what an answer to all of it counts more than an answer to almost nothing.
const (
	least = 0.3
	whole = 0.7
)

// best gives the entries with the highest sums. An entry that answers only part
// of the question counts for less, one that answers too little not at all.
func (x *Index) best(s *scratch, f Filter, limit int) []Hit {
	var asked float32
	var share [maxWords]float32
	for i, p := range s.parts {
		share[i] = p.rarity * p.share
		asked += share[i]
	}
	if asked == 0 {
		asked = 1
	}
	limit = min(limit, len(x.entries))
	hits := make([]Hit, 0, limit+1)
	for e := range s.sums {
		t := s.sums[e]
		score := t.worth * x.prior[e]
		if score == 0 || len(hits) == limit && score <= hits[limit-1].Score {
			continue
		}
		var got float32
		for g := t.got & (1<<maxWords - 1); g != 0; g &= g - 1 {
			got += share[bits.TrailingZeros32(g)]
		}
		if got /= asked; got < least {
			continue
		}
		score *= 1 - whole + whole*got
		if len(hits) == limit && score <= hits[limit-1].Score || !f.keeps(&x.entries[e]) {
			continue
		}
		at := len(hits)
		for at > 0 && hits[at-1].Score < score {
			at--
		}
		hits = slices.Insert(hits, at, Hit{Entry: &x.entries[e], Score: score, number: uint32(e)})
		hits = hits[:min(limit, len(hits))]
	}
	x.why(s, hits)
	return hits
}

// why gives each hit the words of it that were meant.
func (x *Index) why(s *scratch, hits []Hit) {
	words := make([]string, 0, 4*len(hits))
	for h := range hits {
		from := len(words)
		for _, n := range x.shown[hits[h].number] {
			if s.meant[n] {
				words = append(words, x.words[n])
			}
		}
		hits[h].Words = words[from:len(words):len(words)]
	}
}

// Nearest is what to show when Search finds nothing: entries with words that
// look a little like those of q, then what can be filed here. Never none, when
// the filter keeps any.
func (x *Index) Nearest(q string, f Filter, limit int) []Hit {
	var like []string
	for _, word := range strings.Fields(lang.Fold(q[:min(len(q), maxBytes)])) {
		best, at := float32(0.3), -1
		for n, w := range x.words {
			if d := alike(word, w); d > best {
				best, at = d, n
			}
		}
		if at >= 0 && len(like) < maxWords {
			like = append(like, x.words[at])
		}
	}
	var hits []Hit
	if len(like) > 0 {
		hits = x.Search(strings.Join(like, " ")+" ", f, limit)
	}
	for _, full := range []bool{true, false} {
		for i := range x.entries {
			e := &x.entries[i]
			if len(hits) >= limit || len(hits) > 0 && !full {
				return hits
			}
			if e.Full == full && f.keeps(e) && !slices.ContainsFunc(hits, func(h Hit) bool { return h.Entry == e }) {
				hits = append(hits, Hit{Entry: e})
			}
		}
	}
	return hits
}

// alike is the share of neighbouring letters that two words have in common.
func alike(a, b string) float32 {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	common := 0
	for i := range len(a) - 1 {
		if strings.Contains(b, a[i:i+2]) {
			common++
		}
	}
	return 2 * float32(common) / float32(len(a)+len(b)-2)
}
