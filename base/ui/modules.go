package ui

import (
	"fmt"

	"rsc.io/qr"
)

// Modules is a QR code of text (ISO/IEC 18004, error correction M) as its rows
// of modules, true is dark, for whoever draws it elsewhere than on a page.
func Modules(text string) ([][]bool, error) {
	c, err := qr.Encode(text, qr.M)
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
