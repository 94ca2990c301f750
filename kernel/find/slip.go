package find

import "slices"

// Slips of the finger: one letter too many, too few, wrong, or two swapped;
// two such in long words, which are seldom Vietnamese. Words that are one slip
// apart share a form with one letter left out, so the likely ones are looked up
// instead of compared with the whole vocabulary.

const (
	slipShort = 3 // letters a word has at least to be a slip of another
	slipLong  = 8 // letters from which two slips are forgiven
)

func (x *Index) letSlip() {
	x.slips = map[string][]uint32{}
	for n, w := range x.words {
		if len(w) < slipShort-1 {
			continue
		}
		for _, form := range shorter(w) {
			x.slips[form] = append(x.slips[form], uint32(n))
		}
	}
}

// shorter are w and w with each one letter left out, without repeats.
func shorter(w string) []string {
	forms := []string{w}
	for i := range w {
		if i > 0 && w[i] == w[i-1] {
			continue
		}
		end := i + 1
		for end < len(w) && w[end]&0xc0 == 0x80 {
			end++
		}
		if form := w[:i] + w[end:]; form != "" {
			forms = append(forms, form)
		}
	}
	return forms
}

// near are the words that w may have been meant to be, w itself left out.
func (x *Index) near(w string) []uint32 {
	if len(w) < slipShort {
		return nil
	}
	var all []uint32
	for _, form := range shorter(w) {
		for _, n := range x.slips[form] {
			if x.words[n] != w && slips(w, x.words[n]) == 1 && !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	if len(all) == 0 && len(w) >= slipLong {
		for n, v := range x.words {
			if d := len(v) - len(w); -2 <= d && d <= 2 && len(v) >= slipShort && slips(w, v) == 2 {
				all = append(all, uint32(n))
			}
		}
	}
	return all
}

// slips counts what must go wrong for a to become b: a letter added, left out
// or wrong, or two neighbours swapped.
func slips(a, b string) int {
	s, t := []rune(a), []rune(b)
	var last, row, next [64]int
	if len(s) >= 64 || len(t) >= 64 {
		return 64
	}
	for j := range len(t) + 1 {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		next[0] = i
		for j := 1; j <= len(t); j++ {
			d := row[j-1]
			if s[i-1] != t[j-1] {
				d = 1 + min(d, row[j], next[j-1])
				if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
					d = min(d, 1+last[j-2])
				}
			}
			next[j] = d
		}
		last, row = row, next
	}
	return row[len(t)]
}
