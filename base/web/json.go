package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"motcua/base/fault"
)

// deepest is how many objects and lists may stand in one another.
const deepest = 16

// readJSON looks into a JSON body before anything reads it: what later readers
// would quietly change or the database refuse is named here.
func (r *Request) readJSON() error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); r.Header.Get("Content-Type") != "" &&
		(err != nil || media != "application/json" && !strings.HasSuffix(media, "+json")) {
		return fault.New(fault.Unsupported, "web.json.media")
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return broken(err)
	}
	if err := soundJSON(b); err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return nil
}

// broken is a body that ended too early, by the sender's fault.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Wrong(fault.Field{Code: "web.json.syntax"})
	}
	return err
}

func soundJSON(b []byte) error {
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return wrong("", "web.json.empty")
	case !utf8.Valid(b):
		return wrong("", "web.json.utf8")
	case plain(b):
		return nil
	}
	return look(b)
}

func wrong(pointer, code string, args ...any) error {
	return fault.Wrong(fault.Field{Pointer: pointer, Code: code, Args: args})
}

// look names the first thing wrong in b and where it stands.
func look(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return wrong("", "web.json.syntax")
	}
	if _, err := d.Token(); err != io.EOF {
		return wrong("", "web.json.syntax")
	}
	var walk func(v any, at string, depth int) error
	walk = func(v any, at string, depth int) error {
		switch v := v.(type) {
		case string:
			if strings.ContainsRune(v, 0) {
				return wrong(at, "web.json.nul")
			}
		case json.Number:
			if _, err := v.Float64(); err != nil {
				return wrong(at, "web.json.number")
			}
		case []any:
			if depth == deepest {
				return wrong(at, "web.json.deep", deepest)
			}
			for i, x := range v {
				if err := walk(x, at+"/"+strconv.Itoa(i), depth+1); err != nil {
					return err
				}
			}
		case map[string]any:
			if depth == deepest {
				return wrong(at, "web.json.deep", deepest)
			}
			for key, x := range v {
				if strings.ContainsRune(key, 0) {
					return wrong(at, "web.json.nul")
				}
				if err := walk(x, at+"/"+escape(key), depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return walk(v, "", 0)
}

// plain reports whether b is JSON in which there is surely nothing to name:
// not deep, no escaped NUL, no number beyond what a float64 holds. Of the
// rest look finds what and where, at many times the cost.
func plain(b []byte) bool {
	if !json.Valid(b) || bytes.Contains(b, []byte(`\u0000`)) {
		return false
	}
	depth, number, quoted := 0, 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > deepest {
				return false
			}
		case c == '}' || c == ']':
			depth--
		case c >= '0' && c <= '9':
			if number++; number > 300 {
				return false
			}
			continue
		case number > 0 && (c == 'e' || c == 'E'):
			return false
		}
		number = 0
	}
	return true
}

// Key is the request's idempotency key, "" without one.
func (r *Request) Key() (string, error) {
	k := r.Header.Get("Idempotency-Key")
	if len(k) > 200 || strings.ContainsFunc(k, func(c rune) bool { return c < 0x20 || c > 0x7e }) {
		return "", fault.Wrong(fault.Field{Pointer: "/headers/Idempotency-Key", Code: "web.key"})
	}
	return k, nil
}

// Match is the version that the request rests on, by its If-Match header: 0
// without one, or when any will do.
func (r *Request) Match() (int, error) {
	tag := strings.TrimSpace(r.Header.Get("If-Match"))
	if tag == "" || tag == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil || n < 1 {
		return 0, fault.New(fault.Stale, "web.match")
	}
	return n, nil
}

// ETag is a version as HTTP names it.
func ETag(version int) string { return strconv.Quote(strconv.Itoa(version)) }
