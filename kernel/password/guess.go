package password

import (
	"slices"
	"strings"
	"unicode"

	"motcua/base/lang"
)

// enough is the least number of pieces of a password that is taken.
const enough = 5

// guesses is of how many pieces a password is made at least, up to enough: it
// looks no further then, however long the password is. A piece is what a
// guesser tries as one thing: a common password or word of four characters or
// more, keys in a row, one character again and again, three digits, or else a
// single character. Other characters may stand for letters as in p@ssw0rd;
// capitals, marks and what its owner is known by count for nothing.
func guesses(password string, known []string) int {
	plain := Fold(password)
	readings := [][]rune{[]rune(plain)}
	for _, like := range []*strings.Replacer{likeL, likeI} {
		if r := []rune(like.Replace(plain)); !slices.Equal(r, readings[len(readings)-1]) {
			readings = append(readings, r)
		}
	}
	rs := readings[0]
	thirds := make([]int, len(rs)+1) // the least cost of what stands before, in thirds of a piece
	for i := range thirds[1:] {
		thirds[i+1] = thirds[i] + 3
		if unicode.IsDigit(rs[i]) {
			thirds[i+1] = thirds[i] + 1
		}
		for from := max(0, i-longest); from <= i-1; from++ {
			switch {
			case slices.Contains(known, string(rs[from:i+1])):
				thirds[i+1] = min(thirds[i+1], thirds[from])
			case thirds[from]+3 < thirds[i+1] && piece(readings, from, i+1):
				thirds[i+1] = thirds[from] + 3
			}
		}
		// What follows begins here or up to longest before, and takes nothing off.
		if pieces(slices.Min(thirds[max(0, i+1-longest):i+2])) >= enough {
			return enough
		}
	}
	return min(pieces(thirds[len(rs)]), enough)
}

// pieces are thirds of them, rounded up.
func pieces(thirds int) int { return (thirds + 2) / 3 }

// The length of words that are looked for.
const shortest, longest = 4, 40

func piece(readings [][]rune, from, to int) bool {
	if to-from >= 3 && row(readings[0][from:to]) {
		return true
	}
	return to-from >= shortest && slices.ContainsFunc(readings, func(r []rune) bool { return listed(string(r[from:to])) })
}

// The characters that people write for letters; 1 is either.
var (
	likeL = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
	likeI = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
)

// rows are keys that stand side by side, and what everybody can say in order.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "!@#$%^&*()"}

// row reports whether w is one character again and again, or runs along a row, either way.
func row(w []rune) bool {
	same := true
	for _, r := range w {
		same = same && r == w[0]
	}
	if same {
		return true
	}
	forth := string(w)
	back := slices.Clone(w)
	slices.Reverse(back)
	return slices.ContainsFunc(rows, func(r string) bool {
		return strings.Contains(r, forth) || strings.Contains(r, string(back))
	})
}

// Fold writes a password as guessers read it: small letters without marks.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		if f := lang.Fold(string(r)); f != "" {
			b.WriteString(f)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// names are what somebody is known by as it may stand in a password: whole, each
// word of it, and words beside each other written together; of a date also its
// parts in either order. One character is too little to say anything.
func names(own []string) (all []string) {
	for _, s := range own {
		part := strings.Fields(lang.Fold(s))
		if strings.Count(s, "-") == 2 && len(part) == 3 && len(part[0]) == 4 { // YYYY-MM-DD
			y, m, d := part[0], part[1], part[2]
			all = append(all, y, d+m, m+d, d+m+y, y+m+d, d+m+y[2:], y[2:]+m+d)
			continue
		}
		for i := range part {
			for j := i; j < len(part); j++ {
				if w := strings.Join(part[i:j+1], ""); len([]rune(w)) >= 2 {
					all = append(all, w)
				}
			}
		}
	}
	return all
}
