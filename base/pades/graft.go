package pades

import (
	"fmt"
	"strings"

	"motcua/base/fault"
	"motcua/base/pdf"
)

// letters are those that names may have: of English and of languages written with
// Latin letters and marks, Vietnamese among them.
func letters() string {
	var b strings.Builder
	for _, r := range [][2]rune{{0x20, 0x7e}, {0xa1, 0x17f}, {0x1a0, 0x1a1}, {0x1af, 0x1b0}, {0x1ea0, 0x1ef9}, {0x2013, 0x2014}, {0x2018, 0x2019}, {0x201c, 0x201d}} {
		for c := r[0]; c <= r[1]; c++ {
			b.WriteRune(c)
			if c%16 == 15 {
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// graftFont copies a font with those letters into the update. It is taken from a
// paper made for the purpose, so that package pdf alone knows how fonts are cut.
func (u *update) graftFont(fonts pdf.Fonts) (n int, err error) {
	if fonts.Regular == nil {
		return 0, fault.New(fault.Unsupported, "pades.nofont")
	}
	b, err := pdf.Make(pdf.Doc{Size: pdf.A4, Title: letters(), Body: []pdf.Block{pdf.Text{Text: letters()}}}, pdf.Fonts{Regular: fonts.Regular})
	if err != nil {
		return 0, err
	}
	g := graft{u: u, numbers: map[int64]int{}}
	if g.from, err = parse(b); err != nil {
		return 0, err
	}
	root, _, err := g.from.catalog(len(b))
	if err != nil {
		return 0, err
	}
	v, _, err := g.from.firstPage(root, len(b))
	for _, key := range []string{"Resources", "Font"} {
		if err == nil {
			v, err = g.from.follow(v.get(key), len(b))
		}
	}
	for _, e := range v.dict {
		font, err := g.from.follow(e.value, len(b))
		if err != nil {
			return 0, err
		}
		if font.get("Encoding").str == "Identity-H" && e.value.kind == ref {
			n = g.copy(e.value.num)
			return n, g.err
		}
	}
	return 0, fmt.Errorf("font: %w", errSyntax)
}

// A graft copies objects of another file with all that they refer to.
type graft struct {
	u       *update
	from    *file
	numbers map[int64]int // there → here
	err     error
}

func (g *graft) copy(num int64) int {
	if n, ok := g.numbers[num]; ok {
		return n
	}
	n := g.u.add("null")
	g.numbers[num] = n
	v, err := g.from.object(int(num), len(g.from.b))
	if err != nil {
		g.err = err
		return n
	}
	source := g.write(v)
	if data := v.get("").raw; data != nil {
		source += "\nstream\n" + string(data) + "\nendstream"
	}
	g.u.objects[n] = source
	return n
}

// write is v with its references renumbered.
func (g *graft) write(v value) string {
	var b strings.Builder
	switch v.kind {
	case ref:
		return fmt.Sprintf("%d 0 R", g.copy(v.num))
	case array:
		for _, item := range v.list {
			b.WriteString(" " + g.write(item))
		}
		return "[" + b.String() + "]"
	case dict:
		for _, e := range v.dict {
			if e.key != "" {
				b.WriteString(" /" + e.key + " " + g.write(e.value))
			}
		}
		return "<<" + b.String() + ">>"
	}
	return string(v.raw)
}
