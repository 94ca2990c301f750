package find

import (
	"slices"
	"unicode"

	"motcua/base/lang"
)

// A Piece is a part of a text, marked or not.
type Piece struct {
	Text   string
	Marked bool
}

// Mark cuts s so that the words that were meant (Hit.Words) can be shown; the pieces add up to s.
func Mark(s string, words []string) []Piece {
	var all []Piece
	put := func(text string, marked bool) {
		switch n := len(all); {
		case text == "":
		case n > 0 && all[n-1].Marked == marked:
			all[n-1].Text += text
		default:
			all = append(all, Piece{text, marked})
		}
	}
	begin, inside := 0, false
	for i, r := range s + " " {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || inside && unicode.Is(unicode.Mn, r)
		if letter == inside {
			continue
		}
		part := s[begin:i]
		put(part, inside && slices.Contains(words, lang.Fold(part)))
		begin, inside = i, letter
	}
	put(s[begin:], false)
	return all
}
