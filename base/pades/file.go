package pades

import (
	"bytes"
	"fmt"
)

// A file is a PDF with cross-reference tables or streams (ISO 32000-1, 7.5.4
// and 7.5.8). An update appends: changed and new objects, a table of them, a
// trailer that points back. Hybrids of both and encrypted files are refused;
// nothing is said about what was not understood.
type file struct {
	b       []byte
	tables  []table // newest first
	values  int
	depth   int
	decoded int             // bytes that were decompressed so far
	packs   map[int]*packed // object streams by where they stand
}

// A table is one cross-reference section.
type table struct {
	at      int           // where "xref" or the stream's object stands
	end     int           // after its %%EOF and line end; 0 when that is missing
	places  map[int]place // of objects
	trailer value
	stream  bool
}

// A place is where an object stands: at an offset in the file, or as the nth
// one inside an object stream; the zero place is that of a freed object.
type place struct{ at, in, nth int }

const (
	maxFile    = 64 << 20
	maxTables  = 100
	maxObjects = 500_000
)

// parse reads the tables of b, not yet any object.
func parse(b []byte) (*file, error) {
	f := &file{b: b, packs: map[int]*packed{}}
	tail := max(0, len(b)-2048)
	i := bytes.LastIndex(b[tail:], []byte("startxref"))
	if i < 0 || !bytes.HasPrefix(b, []byte("%PDF-")) {
		return nil, errSyntax
	}
	s := f.scan(tail + i + len("startxref"))
	at, err := s.integer()
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	objects := 0
	for {
		if seen[at] || at < 0 || at >= int64(len(b)) || len(f.tables) == maxTables {
			return nil, errSyntax
		}
		seen[at] = true
		t, err := f.table(int(at), &objects)
		if err != nil {
			return nil, err
		}
		f.tables = append(f.tables, t)
		for _, key := range []string{"Encrypt", "XRefStm"} {
			if t.trailer.get(key).kind != null {
				return nil, fmt.Errorf("%w: /%s", errSyntax, key)
			}
		}
		prev := t.trailer.get("Prev")
		if prev.kind == null {
			return f, nil
		}
		if !prev.whole {
			return nil, errSyntax
		}
		at = prev.num
	}
}

func (f *file) scan(at int) *scanner { return &scanner{b: f.b, at: at, values: &f.values} }

// table reads the section at at with its trailer.
func (f *file) table(at int, objects *int) (t table, err error) {
	s := f.scan(at)
	t = table{at: at, places: map[int]place{}}
	if !bytes.HasPrefix(f.b[at:], []byte("xref")) {
		return f.streamTable(t, objects)
	}
	s.at += len("xref")
	for !s.keyword("trailer") {
		from, err1 := s.integer()
		n, err2 := s.integer()
		if *objects += int(min(n, maxObjects)); err1 != nil || err2 != nil || from > maxObjects || n > maxObjects || *objects > maxObjects {
			return t, errSyntax
		}
		for i := range n {
			offset, err1 := s.integer()
			gen, err2 := s.integer()
			used := s.keyword("n")
			if err1 != nil || err2 != nil || !used && !s.keyword("f") || offset >= int64(len(f.b)) {
				return t, errSyntax
			}
			if !used || gen != 0 { // this program never writes generations; an object that has one is not read
				offset = 0
			}
			if _, twice := t.places[int(from+i)]; twice {
				return t, errSyntax
			}
			t.places[int(from+i)] = place{at: int(offset)}
		}
	}
	if t.trailer, err = s.value(); err != nil {
		return t, err
	}
	if t.trailer.kind != dict {
		return t, errSyntax
	}
	t.end = s.closes(at)
	return t, nil
}

// closes reads "startxref", the offset of the table that goes before, and
// %%EOF; it tells where that is over, 0 when something else stands there.
func (s *scanner) closes(at int) int {
	if s.keyword("startxref") {
		if n, err := s.integer(); err == nil && n == int64(at) {
			return s.eof()
		}
	}
	return 0
}

// eof is where %%EOF and one line end are over, 0 when there is none.
func (s *scanner) eof() int {
	for s.at < len(s.b) && (s.b[s.at] == '\r' || s.b[s.at] == '\n' || s.b[s.at] == ' ') {
		s.at++
	}
	if !bytes.HasPrefix(s.b[s.at:], []byte("%%EOF")) {
		return 0
	}
	s.at += len("%%EOF")
	for _, nl := range []string{"\r\n", "\n", "\r"} {
		if bytes.HasPrefix(s.b[s.at:], []byte(nl)) {
			return s.at + len(nl)
		}
	}
	return s.at
}

// place is where object n stood in the file as it was when it ended at end.
func (f *file) place(n, end int) place {
	for _, t := range f.tables {
		if t.at < end {
			if p, ok := t.places[n]; ok {
				return p
			}
		}
	}
	return place{}
}

// has reports whether there was an object n when the file ended at end.
func (f *file) has(n, end int) bool { return f.place(n, end) != place{} }

// object reads object n of the file that ended at end; what is not there is null.
func (f *file) object(n, end int) (v value, err error) {
	switch p := f.place(n, end); {
	case p.in != 0:
		return f.unpack(p, n, end)
	case p.at != 0:
		v, _, err = f.objectAt(p.at, n, end)
	}
	return v, err
}

// objectAt reads "n 0 obj … endobj" in the file that ended at end, and tells
// where it is over; n < 0: whatever number it has. Of a stream the value is its
// dictionary, with the data as entry "" when its length is known.
func (f *file) objectAt(at, n, end int) (v value, after int, err error) {
	if f.depth++; f.depth > maxDepth {
		return v, 0, errLimit
	}
	defer func() { f.depth-- }()
	s := f.scan(at)
	num, err1 := s.integer()
	gen, err2 := s.integer()
	if err1 != nil || err2 != nil || n >= 0 && num != int64(n) || gen != 0 || !s.keyword("obj") {
		return v, 0, fmt.Errorf("object %d: %w", n, errSyntax)
	}
	if v, err = s.value(); err != nil {
		return v, 0, fmt.Errorf("object %d: %w", n, err)
	}
	if s.keyword("endobj") {
		return v, s.at, nil
	}
	if v.kind != dict || !s.keyword("stream") {
		return v, 0, fmt.Errorf("object %d: %w", n, errSyntax)
	}
	if bytes.HasPrefix(s.b[s.at:], []byte("\r")) {
		s.at++
	}
	if bytes.HasPrefix(s.b[s.at:], []byte("\n")) {
		s.at++
	}
	size, err := f.follow(v.get("Length"), end)
	if err != nil || !size.whole || size.num < 0 || size.num > int64(len(s.b)-s.at) {
		return v, 0, nil
	}
	v.dict = append(v.dict, entry{"", value{at: s.at, raw: s.b[s.at : s.at+int(size.num)]}})
	s.at += int(size.num)
	if !s.keyword("endstream") || !s.keyword("endobj") {
		return v, 0, fmt.Errorf("object %d: %w", n, errSyntax)
	}
	return v, s.at, nil
}

// follow is what v refers to, or v itself.
func (f *file) follow(v value, end int) (value, error) {
	if v.kind != ref {
		return v, nil
	}
	return f.object(int(v.num), end)
}

// catalog is the root of the file that ended at end, and its number.
func (f *file) catalog(end int) (v value, n int, err error) {
	for _, t := range f.tables {
		if t.at >= end {
			continue
		}
		root := t.trailer.get("Root")
		if root.kind != ref {
			return v, 0, errSyntax
		}
		v, err = f.object(int(root.num), end)
		if err == nil && v.kind != dict {
			err = errSyntax
		}
		return v, int(root.num), err
	}
	return v, 0, errSyntax
}
