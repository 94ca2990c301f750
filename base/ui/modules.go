package ui

import (
	"fmt"
	"unicode"

	"rsc.io/qr"
	"rsc.io/qr/coding"
)

// Modules is a QR code of text (ISO/IEC 18004, error correction M) as its rows
// of modules, true is dark, for whoever draws it elsewhere than on a page. A text
// with marks says in the code that it is UTF-8: readers guess otherwise.
func Modules(text string) ([][]bool, error) {
	c, err := qr.Encode(text, qr.M)
	for _, r := range text {
		if r > unicode.MaxASCII {
			c, err = encode(marked(text))
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("qr of %d bytes: %w", len(text), err)
	}
	rows := make([][]bool, c.Size)
	for y := range rows {
		rows[y] = make([]bool, c.Size)
		for x := range rows[y] {
			rows[y][x] = c.Black(x, y)
		}
	}
	return rows, nil
}

// encode makes the smallest code that holds what enc has to say.
func encode(enc coding.Encoding) (*qr.Code, error) {
	for v := coding.MinVersion; v <= coding.MaxVersion; v++ {
		if enc.Bits(coding.Version(v)) > coding.Version(v).DataBytes(coding.M)*8 {
			continue
		}
		p, err := coding.NewPlan(coding.Version(v), coding.M, 0)
		if err != nil {
			return nil, err
		}
		c, err := p.Encode(enc)
		if err != nil {
			return nil, err
		}
		return &qr.Code{Bitmap: c.Bitmap, Size: c.Size, Stride: c.Stride}, nil
	}
	return nil, fmt.Errorf("too long")
}

// A marked text is UTF-8 after the mark that says so: extended channel
// interpretation 26, mode 0111, before bytes, mode 0100.
type marked string

func (s marked) Check() error { return nil }

// length is how many bits say how many bytes follow.
func (s marked) length(v coding.Version) int {
	if v < 10 {
		return 8
	}
	return 16
}

func (s marked) Bits(v coding.Version) int { return 4 + 8 + 4 + s.length(v) + 8*len(s) }

func (s marked) Encode(b *coding.Bits, v coding.Version) {
	b.Write(7, 4)
	b.Write(26, 8)
	b.Write(4, 4)
	b.Write(uint(len(s)), s.length(v))
	for i := range len(s) {
		b.Write(uint(s[i]), 8)
	}
}
