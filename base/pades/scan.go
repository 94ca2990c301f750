package pades

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
)

var (
	errSyntax = errors.New("not the syntax of a PDF")
	errLimit  = errors.New("too deep or too much")
)

// Bounds of one file. Signatures, forms and page trees of honest files stay far below.
const (
	maxDepth  = 48
	maxValues = 200_000
)

// A scanner reads objects from b.
type scanner struct {
	b      []byte
	at     int
	depth  int
	values *int // read so far in the whole file
	shift  int  // added to the places that values remember
}

// space skips white space and comments.
func (s *scanner) space() {
	for s.at < len(s.b) {
		switch s.b[s.at] {
		case 0, '\t', '\n', '\f', '\r', ' ':
			s.at++
		case '%':
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
		default:
			return
		}
	}
}

func delimiter(c byte) bool {
	return c <= ' ' || bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0
}

// word reads up to the next delimiter.
func (s *scanner) word() string {
	s.space()
	from := s.at
	for s.at < len(s.b) && !delimiter(s.b[s.at]) {
		s.at++
	}
	return string(s.b[from:min(s.at, from+40)])
}

// keyword takes w or nothing.
func (s *scanner) keyword(w string) bool {
	s.space()
	end := s.at + len(w)
	if end > len(s.b) || string(s.b[s.at:end]) != w || end < len(s.b) && !delimiter(s.b[end]) {
		return false
	}
	s.at = end
	return true
}

// integer reads a number without sign.
func (s *scanner) integer() (int64, error) {
	w := s.word()
	if len(w) > 15 {
		return 0, errSyntax
	}
	n, err := strconv.ParseUint(w, 10, 63)
	if err != nil {
		return 0, errSyntax
	}
	return int64(n), nil
}

// value reads one object.
func (s *scanner) value() (v value, err error) {
	if *s.values++; *s.values > maxValues || s.depth > maxDepth {
		return v, errLimit
	}
	s.depth++
	defer func() { s.depth-- }()
	s.space()
	from := s.at
	if from >= len(s.b) {
		return v, errSyntax
	}
	switch c := s.b[from]; {
	case c == '/':
		v.kind = name
		v.str, err = s.name()
	case c == '(':
		v.kind = text
		v.str, err = s.literal()
	case c == '[':
		v.kind = array
		v.list, err = s.array()
	case c == '<' && from+1 < len(s.b) && s.b[from+1] == '<':
		v.kind = dict
		v.dict, err = s.dict()
	case c == '<':
		v.kind = text
		v.str, err = s.hex()
	default:
		err = s.plain(&v)
	}
	v.at, v.raw = from+s.shift, s.b[from:s.at]
	return v, err
}

// plain reads a number, a reference, true, false or null.
func (s *scanner) plain(v *value) error {
	w := s.word()
	switch w {
	case "":
		return errSyntax
	case "null":
		return nil
	case "true", "false":
		v.kind = boolean
		return nil
	}
	v.kind = number
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		if _, err := strconv.ParseFloat(w, 64); err != nil {
			return errSyntax
		}
		return nil
	}
	v.num, v.whole = n, true
	after := s.at
	if gen, err := s.integer(); err == nil && gen == 0 && n > 0 && s.keyword("R") {
		v.kind, v.whole = ref, false
		return nil
	}
	s.at = after
	return nil
}

func (s *scanner) name() (string, error) {
	s.at++
	var b []byte
	for s.at < len(s.b) && !delimiter(s.b[s.at]) {
		c := s.b[s.at]
		if c == '#' && s.at+2 < len(s.b) {
			n, err := strconv.ParseUint(string(s.b[s.at+1:s.at+3]), 16, 8)
			if err != nil {
				return "", errSyntax
			}
			c = byte(n)
			s.at += 2
		}
		b = append(b, c)
		s.at++
	}
	return string(b), nil
}

// literal reads a string in parentheses.
func (s *scanner) literal() (string, error) {
	var b []byte
	depth := 0
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
			b = append(b, c)
		case ')':
			if depth--; depth == 0 {
				s.at++
				return string(b), nil
			}
			b = append(b, c)
		case '\\':
			b = s.escape(b)
		default:
			b = append(b, c)
		}
	}
	return "", errSyntax
}

// escape reads what follows a backslash and stays on its last byte.
func (s *scanner) escape(b []byte) []byte {
	s.at++
	if s.at >= len(s.b) {
		return b
	}
	c := s.b[s.at]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(b, "\n\r\t\b\f"[i])
	}
	switch {
	case c == '\r' && s.at+1 < len(s.b) && s.b[s.at+1] == '\n':
		s.at++
		return b
	case c == '\r' || c == '\n':
		return b
	case c < '0' || c > '7':
		return append(b, c)
	}
	n := int(c - '0')
	for i := 0; i < 2 && s.at+1 < len(s.b) && s.b[s.at+1] >= '0' && s.b[s.at+1] <= '7'; i++ {
		s.at++
		n = n*8 + int(s.b[s.at]-'0')
	}
	return append(b, byte(n))
}

func (s *scanner) hex() (string, error) {
	s.at++
	if n := bytes.IndexByte(s.b[s.at:], '>'); n >= 0 && n%2 == 0 { // a signature's room, without blanks: thousands of digits
		b := make([]byte, n/2)
		if _, err := hex.Decode(b, s.b[s.at:s.at+n]); err == nil {
			s.at += n + 1
			return string(b), nil
		}
	}
	var b []byte
	half := -1
	for ; s.at < len(s.b); s.at++ {
		c := s.b[s.at]
		if c == '>' {
			s.at++
			if half >= 0 {
				b = append(b, byte(half<<4))
			}
			return string(b), nil
		}
		d := digit(c)
		switch {
		case c <= ' ':
		case d < 0:
			return "", errSyntax
		case half < 0:
			half = d
		default:
			b = append(b, byte(half<<4|d))
			half = -1
		}
	}
	return "", errSyntax
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (s *scanner) array() (list []value, err error) {
	s.at++
	for {
		s.space()
		if s.at >= len(s.b) {
			return nil, errSyntax
		}
		if s.b[s.at] == ']' {
			s.at++
			return list, nil
		}
		v, err := s.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

// dict reads a dictionary; a key that stands twice is a fault, because readers differ in which they believe.
func (s *scanner) dict() (entries []entry, err error) {
	s.at += 2
	seen := map[string]bool{}
	for {
		s.space()
		if bytes.HasPrefix(s.b[s.at:], []byte(">>")) {
			s.at += 2
			return entries, nil
		}
		key, err := s.value()
		if err != nil {
			return nil, err
		}
		if key.kind != name || seen[key.str] {
			return nil, errSyntax
		}
		seen[key.str] = true
		v, err := s.value()
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{key.str, v})
	}
}
