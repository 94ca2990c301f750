package pades

import (
	"bytes"
	"compress/zlib"
	"io"
)

// What PDF 1.5 added: cross-reference tables that are streams, and streams that
// hold objects (ISO 32000-1, 7.5.7 and 7.5.8). What is decompressed is bounded
// for the file as a whole.

const maxDecoded = 32 << 20

// streamTable reads the cross-reference stream at t.at.
func (f *file) streamTable(t table, objects *int) (table, error) {
	v, after, err := f.objectAt(t.at, -1, t.at)
	if err != nil {
		return t, err
	}
	size := v.get("Size")
	if v.get("Type").str != "XRef" || after == 0 || !size.whole || size.num < 0 || size.num > maxObjects {
		return t, errSyntax
	}
	data, err := f.decode(v)
	if err != nil {
		return t, err
	}
	w, row := [3]int{}, 0
	for i, n := range v.get("W").list {
		if i > 2 || !n.whole || n.num < 0 || n.num > 8 {
			return t, errSyntax
		}
		w[i] = int(n.num)
		row += w[i]
	}
	runs := v.get("Index").list
	if runs == nil {
		runs = []value{{num: 0, whole: true}, size}
	}
	if row == 0 || len(runs)%2 != 0 {
		return t, errSyntax
	}
	for ; len(runs) > 0; runs = runs[2:] {
		from, n := runs[0].num, runs[1].num
		if !runs[0].whole || !runs[1].whole || from < 0 || n < 0 || from > maxObjects || n*int64(row) > int64(len(data)) || *objects+int(n) > maxObjects {
			return t, errSyntax
		}
		*objects += int(n)
		for i := range int(n) {
			p, err := f.row(data[:row], w)
			if _, twice := t.places[int(from)+i]; twice || err != nil {
				return t, errSyntax
			}
			t.places[int(from)+i], data = p, data[row:]
		}
	}
	if len(data) > 0 {
		return t, errSyntax
	}
	t.trailer, t.stream = v, true
	t.end = (&scanner{b: f.b, at: after, values: &f.values}).closes(t.at)
	return t, nil
}

// row reads one entry, whose columns are w bytes wide.
func (f *file) row(b []byte, w [3]int) (p place, err error) {
	var n [3]uint64
	n[0] = 1 // the type, when it has no column
	for i := range n {
		if w[i] == 0 {
			continue
		}
		n[i] = 0
		for _, c := range b[:w[i]] {
			n[i] = n[i]<<8 | uint64(c)
		}
		b = b[w[i]:]
	}
	switch {
	case n[0] == 0 || n[0] == 1 && n[2] != 0: // generations are never written here; an object that has one is not read
		return p, nil
	case n[0] == 1 && n[1] > 0 && n[1] < uint64(len(f.b)):
		return place{at: int(n[1])}, nil
	case n[0] == 2 && n[1] > 0 && n[1] <= maxObjects && n[2] <= maxObjects:
		return place{in: int(n[1]), nth: int(n[2])}, nil
	}
	return p, errSyntax
}

// decode is the data of a stream: plain or deflated, with the predictors of PNG.
func (f *file) decode(v value) ([]byte, error) {
	data, filter, parms := v.get("").raw, v.get("Filter"), v.get("DecodeParms")
	if len(filter.list) == 1 {
		filter = filter.list[0]
		if len(parms.list) == 1 {
			parms = parms.list[0]
		}
	}
	if filter.kind == null {
		return data, nil
	}
	if filter.str != "FlateDecode" {
		return nil, errSyntax
	}
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, errSyntax
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(maxDecoded-f.decoded)+1))
	if f.decoded += len(out); err != nil || f.decoded > maxDecoded {
		return nil, errLimit
	}
	if p := parms.get("Predictor"); p.kind == null || p.num == 1 {
		return out, nil
	}
	columns := parms.get("Columns")
	for _, key := range []string{"Colors", "BitsPerComponent"} {
		if parms.get(key).kind != null {
			return nil, errSyntax
		}
	}
	if !columns.whole || columns.num < 1 || columns.num > 64 || parms.get("Predictor").num < 10 {
		return nil, errSyntax
	}
	return unpredict(out, int(columns.num))
}

// unpredict undoes the filters of PNG (RFC 2083, 6) on rows of one byte per sample.
func unpredict(b []byte, columns int) ([]byte, error) {
	if len(b)%(columns+1) != 0 {
		return nil, errSyntax
	}
	out := make([]byte, 0, len(b))
	above := make([]byte, columns)
	for ; len(b) > 0; b = b[columns+1:] {
		row := bytes.Clone(b[1 : columns+1])
		for i := range row {
			var left byte
			if i > 0 {
				left = row[i-1]
			}
			switch b[0] {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			default: // Paeth: no program writes it for such tables
				return nil, errSyntax
			}
		}
		out, above = append(out, row...), row
	}
	return out, nil
}

// packed is an object stream: the numbers in it and where each begins.
type packed struct {
	data    []byte
	numbers []int
	offsets []int
}

// pack reads the object stream n of the file that ended at end.
func (f *file) pack(n, end int) (*packed, error) {
	at := f.place(n, end).at
	if at == 0 {
		return nil, errSyntax
	}
	if p := f.packs[at]; p != nil {
		return p, nil
	}
	v, after, err := f.objectAt(at, n, end)
	if err != nil {
		return nil, err
	}
	count, first := v.get("N"), v.get("First")
	if v.get("Type").str != "ObjStm" || after == 0 || v.get("Extends").kind != null || !count.whole || count.num < 0 || count.num > maxObjects {
		return nil, errSyntax
	}
	p := &packed{}
	if p.data, err = f.decode(v); err != nil {
		return nil, err
	}
	if !first.whole || first.num < 0 || first.num > int64(len(p.data)) {
		return nil, errSyntax
	}
	s := &scanner{b: p.data[:first.num], values: &f.values}
	for range count.num {
		number, err1 := s.integer()
		offset, err2 := s.integer()
		if err1 != nil || err2 != nil || number > maxObjects || offset > int64(len(p.data))-first.num {
			return nil, errSyntax
		}
		p.numbers, p.offsets = append(p.numbers, int(number)), append(p.offsets, int(first.num+offset))
	}
	f.packs[at] = p
	return p, nil
}

// unpack reads object n inside an object stream. Its values remember places
// before the file, so that none can pass for bytes that a signature covers.
func (f *file) unpack(at place, n, end int) (v value, err error) {
	p, err := f.pack(at.in, end)
	if err != nil {
		return v, err
	}
	if at.nth >= len(p.numbers) || p.numbers[at.nth] != n {
		return v, errSyntax
	}
	s := &scanner{b: p.data, at: p.offsets[at.nth], values: &f.values, shift: -len(p.data) - 1}
	return s.value()
}
