package pades

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// The objects a PDF file consists of (ISO 32000-1, 7.3), as far as signatures
// need them. What is read may be hostile: depth and number of values are
// bounded, and every value remembers the bytes it was read from, so that it
// can be written again untouched.

type kind byte

const (
	null kind = iota
	boolean
	number // an integer when whole
	text
	name
	array
	dict
	ref // to another object: "7 0 R"
)

// A value is one object.
type value struct {
	kind  kind
	at    int    // where in the file it stands
	raw   []byte // the bytes there
	num   int64  // of an integer; of a ref the object's number
	whole bool
	str   string // of a name or text, decoded
	list  []value
	dict  []entry
}

type entry struct {
	key   string
	value value
}

// get is the value of key, null when there is none.
func (v value) get(key string) value {
	for _, e := range v.dict {
		if e.key == key {
			return e.value
		}
	}
	return value{}
}

// set gives key another value, written as raw.
func (v *value) set(key, raw string) {
	e := entry{key, value{kind: null, raw: []byte(raw)}}
	out := make([]entry, 0, len(v.dict)+1)
	found := false
	for _, old := range v.dict {
		if old.key == key {
			old, found = e, true
		}
		out = append(out, old)
	}
	if !found {
		out = append(out, e)
	}
	v.dict = out
}

// source writes a dictionary, each value as it stood or as set gave it.
func (v value) source() string {
	var b bytes.Buffer
	b.WriteString("<<")
	for _, e := range v.dict {
		b.WriteString("\n/")
		for _, c := range []byte(e.key) {
			if c > ' ' && c < 0x7f && !bytes.ContainsRune([]byte("()<>[]{}/%#"), rune(c)) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "#%02X", c)
			}
		}
		b.WriteByte(' ')
		b.Write(e.value.raw)
	}
	b.WriteString("\n>>")
	return b.String()
}

// same reports whether two values say the same, however they are written.
func (v value) same(w value) bool {
	if v.kind != w.kind || v.num != w.num || v.str != w.str || len(v.list) != len(w.list) || len(v.dict) != len(w.dict) {
		return false
	}
	if v.kind == boolean || v.kind == number {
		return bytes.Equal(v.raw, w.raw)
	}
	for i := range v.list {
		if !v.list[i].same(w.list[i]) {
			return false
		}
	}
	for _, e := range v.dict {
		if !e.value.same(w.get(e.key)) {
			return false
		}
	}
	return true
}

// textString writes s as a text string: UTF-16 in hex, which needs no escapes.
func textString(s string) string {
	var b bytes.Buffer
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}

// readable is a text string as people read it.
func (v value) readable() string {
	s := v.str
	switch {
	case len(s) >= 2 && s[:2] == "\xfe\xff":
		var u []uint16
		for i := 2; i+1 < len(s); i += 2 {
			u = append(u, uint16(s[i])<<8|uint16(s[i+1]))
		}
		return string(utf16.Decode(u))
	case len(s) >= 3 && s[:3] == "\xef\xbb\xbf" && utf8.ValidString(s):
		return s[3:]
	}
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}
