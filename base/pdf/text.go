package pdf

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean makes any text drawable: composed letters, no controls, and nothing
// beyond the first 65,536 characters, which the fonts' tables cannot number.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r > 0xfffd || r == unicode.ReplacementChar:
			return '?'
		case unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029':
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "?")))
}

// glyphs is s as the font in use can show it.
func (p *page) glyphs(s string) string {
	s = clean(s)
	if p.plain {
		return latin(s)
	}
	return s
}

// latin drops marks and what ASCII lacks: the core font has no Vietnamese.
func latin(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r < unicode.MaxASCII:
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			if a, ok := ascii[r]; ok {
				b.WriteString(a)
			} else {
				b.WriteByte('?')
			}
		}
	}
	return b.String()
}

var ascii = map[rune]string{
	'đ': "d", 'Đ': "D", '–': "-", '—': "-", '‘': "'", '’': "'", '“': `"`, '”': `"`, '«': `"`, '»': `"`,
	'…': "...", '•': "-", '·': "-", '×': "x", '→': "->", '✓': "x", '☐': "[ ]", '☑': "[x]", '\u00a0': " ", '\u202f': " ",
}

// wrap breaks s into lines no wider than w: at spaces, and inside a word only
// when the word alone is wider. An empty text has no lines.
func (p *page) wrap(s string, w float64, bold bool, pt float64) (lines []string) {
	if s = clean(s); strings.TrimSpace(s) == "" {
		return nil
	}
	space := p.width(" ", bold, pt)
	for para := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		line, at := "", 0.0
		for _, word := range strings.FieldsFunc(para, func(r rune) bool { return r == ' ' }) {
			ww := p.width(word, bold, pt)
			if line != "" && at+space+ww <= w {
				line, at = line+" "+word, at+space+ww
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for ww > w {
				head := p.prefix(word, w, bold, pt)
				lines, word = append(lines, head), word[len(head):]
				ww = p.width(word, bold, pt)
			}
			line, at = word, ww
		}
		lines = append(lines, line)
	}
	return lines
}

// prefix is as much of word as fits in w, at least one letter.
func (p *page) prefix(word string, w float64, bold bool, pt float64) string {
	at := 0.0
	for i, r := range word {
		if at += p.width(string(r), bold, pt); at > w && i > 0 {
			return word[:i]
		}
	}
	return word
}

// balance wraps s for the middle of a column: as few lines as wrap needs, all
// about as long, so that no single word is left over.
func (p *page) balance(s string, w float64, bold bool, pt float64) []string {
	best := p.wrap(s, w, bold, pt)
	if len(best) < 2 {
		return best
	}
	for lo, hi := w/2, w; hi-lo > 1; {
		mid := (lo + hi) / 2
		if lines := p.wrap(s, mid, bold, pt); len(lines) > len(best) {
			lo = mid
		} else {
			best, hi = lines, mid
		}
	}
	return best
}
