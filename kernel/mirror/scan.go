package mirror

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// A Wrong says what is wrong with a line: where, and the sentence that tells
// how to mend it.
type Wrong struct {
	At   string // path of the field, such as papers/2/name
	Code string // key of the sentence
	Args []any
}

func (w *Wrong) Error() string { return w.At + ": " + w.Code }

// A scanner reads one line in one pass: it checks every value and writes it in
// the canonical form. Its buffers are used again for the next line.
type scanner struct {
	in  []byte
	at  int
	out []byte // canonical values of fields, in the order they came
}

// A span is a place in scanner.out; to 0 is nowhere.
type span struct{ from, to int }

// plain are the bytes that stand in a string for themselves.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 256; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func (s *scanner) wrong(code string, args ...any) *Wrong { return &Wrong{Code: code, Args: args} }

func (w *Wrong) under(name string) *Wrong {
	if w.At != "" {
		name += "/" + w.At
	}
	w.At = name
	return w
}

// space skips blanks and gives the byte after them, 0 at the end.
func (s *scanner) space() byte {
	for s.at < len(s.in) {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// object reads an object of a shape into spans, one for each field.
func (s *scanner) object(shape Shape, spans *[fieldCount]span) *Wrong {
	if s.space() != '{' {
		return s.wrong("mirror.wrong.object")
	}
	s.at++
	for next, first := 0, true; ; first = false {
		switch c := s.space(); {
		case c == '}':
			s.at++
			return s.missing(shape, spans)
		case c == ',' && !first:
			s.at++
			s.space()
		case !first:
			return s.wrong("mirror.wrong.json")
		}
		key, w := s.key()
		if w != nil {
			return w
		}
		i := shape.at(key, next)
		if i < 0 {
			return s.wrong("mirror.wrong.unknown", shorten(key))
		}
		f := &shape[i]
		if spans[i].to != 0 {
			return s.wrong("mirror.wrong.twice").under(f.Name)
		}
		from := len(s.out)
		if w := s.value(f); w != nil {
			return w.under(f.Name)
		}
		if len(s.out) > from { // nothing, null and empty are the same: nothing is said
			spans[i] = span{from, len(s.out)}
		} else {
			spans[i] = span{0, 0}
		}
		if next = i + 1; next == len(shape) {
			next = 0
		}
	}
}

func (s *scanner) missing(shape Shape, spans *[fieldCount]span) *Wrong {
	for i := range shape {
		if shape[i].Need && spans[i].to == 0 {
			return s.wrong("mirror.wrong.missing").under(shape[i].Name)
		}
	}
	return nil
}

// write appends the object of the spans to b.
func (s *scanner) write(b []byte, shape Shape, spans *[fieldCount]span) []byte {
	b = append(b, '{')
	open := len(b)
	for i := range shape {
		if sp := spans[i]; sp.to != 0 {
			if len(b) > open {
				b = append(b, ',')
			}
			b = append(append(append(b, '"'), shape[i].Name...), '"', ':')
			b = append(b, s.out[sp.from:sp.to]...)
		}
	}
	return append(b, '}')
}

// key reads a name and its colon.
func (s *scanner) key() ([]byte, *Wrong) {
	if s.at >= len(s.in) || s.in[s.at] != '"' {
		return nil, s.wrong("mirror.wrong.json")
	}
	from := s.at + 1
	for s.at = from; s.at < len(s.in) && plain[s.in[s.at]]; s.at++ {
	}
	if s.at >= len(s.in) || s.in[s.at] != '"' { // no name of ours has an escape
		return nil, s.wrong("mirror.wrong.json")
	}
	key := s.in[from:s.at]
	s.at++
	if s.space() != ':' {
		return nil, s.wrong("mirror.wrong.json")
	}
	s.at++
	return key, nil
}

func shorten(b []byte) string {
	if len(b) > 60 {
		b = b[:60]
	}
	return strings.ToValidUTF8(string(b), "?")
}

// value reads a value of the field and appends its canonical form, or nothing.
func (s *scanner) value(f *Field) *Wrong {
	c := s.space()
	if c == 'n' {
		return s.word("null", false)
	}
	switch f.Sort {
	case Whole:
		return s.whole(f)
	case Flag:
		if c == 't' {
			return s.word("true", true)
		}
		if c == 'f' {
			return s.word("false", true)
		}
		return s.wrong("mirror.wrong.flag")
	case Many:
		return s.list(f)
	}
	if c != '"' {
		return s.wrong("mirror.wrong.text")
	}
	from := len(s.out)
	if w := s.text(); w != nil {
		return w
	}
	v := s.out[from+1 : len(s.out)-1]
	if len(v) == 0 {
		s.out = s.out[:from]
		return nil
	}
	switch f.Sort {
	case Text:
		if int64(len(v)) > f.Most && int64(utf8.RuneCount(v)) > f.Most {
			return s.wrong("mirror.wrong.long", f.Most)
		}
	case Choice:
		for _, a := range f.Among {
			if string(v) == a {
				return nil
			}
		}
		return s.wrong("mirror.wrong.choice", f.Among)
	case Moment:
		t, ok := moment(v)
		if !ok {
			return s.wrong("mirror.wrong.moment")
		}
		s.out = append(t.AppendFormat(append(s.out[:from], '"'), "2006-01-02T15:04:05Z"), '"')
	}
	return nil
}

func (s *scanner) word(w string, keep bool) *Wrong {
	if len(s.in)-s.at < len(w) || string(s.in[s.at:s.at+len(w)]) != w {
		return s.wrong("mirror.wrong.json")
	}
	s.at += len(w)
	if keep {
		s.out = append(s.out, w...)
	}
	return nil
}

func (s *scanner) whole(f *Field) *Wrong {
	from := s.at
	var n int64
	for ; s.at < len(s.in) && s.in[s.at]-'0' < 10 && n <= greatest; s.at++ {
		n = n*10 + int64(s.in[s.at]-'0')
	}
	switch {
	case s.at == from || s.in[from] == '0' && s.at > from+1 || s.at < len(s.in) && (s.in[s.at] == '.' || s.in[s.at]|0x20 == 'e'):
		return s.wrong("mirror.wrong.whole", f.Least, f.Most)
	case n < f.Least || n > f.Most:
		return s.wrong("mirror.wrong.whole", f.Least, f.Most)
	}
	s.out = append(s.out, s.in[from:s.at]...)
	return nil
}

func (s *scanner) list(f *Field) *Wrong {
	if s.space() != '[' {
		return s.wrong("mirror.wrong.list")
	}
	s.at++
	start := len(s.out)
	var done []byte
	for n := int64(0); ; n++ {
		switch c := s.space(); {
		case c == ']':
			s.at++
			if s.out = s.out[:start]; n > 0 {
				s.out = append(append(append(s.out, '['), done...), ']')
			}
			return nil
		case n == f.Most:
			return s.wrong("mirror.wrong.many", f.Most)
		case c == ',' && n > 0:
			s.at++
		case n > 0:
			return s.wrong("mirror.wrong.json")
		}
		var spans [fieldCount]span
		if w := s.object(f.Of, &spans); w != nil {
			return w.under(strconv.FormatInt(n+1, 10))
		}
		if n > 0 {
			done = append(done, ',')
		}
		done = s.write(done, f.Of, &spans)
		s.out = s.out[:start]
	}
}

// text reads a string, quotes and all; what is written as an escape without
// need is written as itself.
func (s *scanner) text() *Wrong {
	from := s.at
	i := from + 1
	var all byte
	for i < len(s.in) && plain[s.in[i]] {
		all |= s.in[i]
		i++
	}
	if i < len(s.in) && s.in[i] == '"' {
		s.at = i + 1
		s.out = append(s.out, s.in[from:s.at]...)
		return s.whether(all < utf8.RuneSelf || utf8.Valid(s.in[from:i]))
	}
	start := len(s.out)
	s.out = append(s.out, s.in[from:i]...)
	for s.at = i; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; {
		case c == '"':
			s.at++
			s.out = append(s.out, '"')
			return s.whether(utf8.Valid(s.out[start:]))
		case c == '\\':
			if w := s.escape(); w != nil {
				return w
			}
		case c < 0x20:
			return s.wrong("mirror.wrong.json")
		default:
			s.out = append(s.out, c)
		}
	}
	return s.wrong("mirror.wrong.json")
}

// whether a text is UTF-8: all that is not ASCII stands in texts, where a line is right.
func (s *scanner) whether(valid bool) *Wrong {
	if !valid {
		return s.wrong("mirror.wrong.utf8")
	}
	return nil
}

// escape reads what follows a backslash and leaves at on its last byte.
func (s *scanner) escape() *Wrong {
	if s.at++; s.at >= len(s.in) {
		return s.wrong("mirror.wrong.json")
	}
	switch c := s.in[s.at]; c {
	case '"', '\\':
		s.out = append(s.out, '\\', c)
	case '/':
		s.out = append(s.out, '/')
	case 'b', 'f', 'n', 'r', 't':
		s.out = append(s.out, '\\', c)
	case 'u':
		r, ok := s.hex()
		if ok && utf16.IsSurrogate(r) {
			var low rune
			if ok = s.at+2 < len(s.in) && s.in[s.at+1] == '\\' && s.in[s.at+2] == 'u'; ok {
				s.at += 2
				low, ok = s.hex()
				r = utf16.DecodeRune(r, low)
				ok = ok && r != utf8.RuneError
			}
		}
		switch {
		case !ok:
			return s.wrong("mirror.wrong.json")
		case r == 0:
			return s.wrong("mirror.wrong.nul")
		case r == '"' || r == '\\':
			s.out = append(s.out, '\\', byte(r))
		case r < 0x20:
			s.out = append(s.out, control(byte(r))...)
		default:
			s.out = utf8.AppendRune(s.out, r)
		}
	default:
		return s.wrong("mirror.wrong.json")
	}
	return nil
}

// control is a control character in the one way the canonical form writes it.
func control(c byte) string {
	switch c {
	case '\b':
		return `\b`
	case '\f':
		return `\f`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	const digits = "0123456789abcdef"
	return `\u00` + string(digits[c>>4]) + string(digits[c&15])
}

func (s *scanner) hex() (r rune, ok bool) {
	if s.at+4 >= len(s.in) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.in[s.at+1:s.at+5]), 16, 32)
	s.at += 4
	return rune(n), err == nil
}

// moment reads RFC 3339 and drops fractions of a second.
func moment(b []byte) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		return t, false
	}
	return t.UTC().Truncate(time.Second), true
}
