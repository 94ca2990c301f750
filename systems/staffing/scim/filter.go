package scim

import (
	"encoding/json"
	"errors"
	"strings"
)

// A filter is a question to a resource (RFC 7644, 3.4.2.2), read once and asked
// of many.
type filter func(doc map[string]any) bool

// errFilter is a filter that is none; errPath a path of a PATCH.
var (
	errFilter = errors.New("invalidFilter")
	errPath   = errors.New("invalidPath")
)

const (
	deepest = 20   // parentheses in one another
	longest = 2000 // characters of a filter
)

// A reader takes words off a filter or path.
type reader struct {
	rest string
	deep int
}

// parseFilter reads a whole filter.
func parseFilter(s string) (filter, error) {
	r := &reader{rest: s}
	if len(s) > longest {
		return nil, errFilter
	}
	f, err := r.or()
	if err == nil && strings.TrimSpace(r.rest) != "" {
		err = errFilter
	}
	return f, err
}

func (r *reader) space() { r.rest = strings.TrimLeft(r.rest, " ") }

// word takes a keyword, whatever its case, that ends where a word ends.
func (r *reader) word(w string) bool {
	r.space()
	if len(r.rest) < len(w) || !strings.EqualFold(r.rest[:len(w)], w) {
		return false
	}
	if after := r.rest[len(w):]; after != "" && (letter(after[0]) || after[0] == '.') {
		return false
	}
	r.rest = r.rest[len(w):]
	return true
}

func (r *reader) sign(c byte) bool {
	r.space()
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '$'
}

func (r *reader) or() (filter, error) {
	a, err := r.and()
	for err == nil && r.word("or") {
		left := a
		var b filter
		if b, err = r.and(); err == nil {
			a = func(d map[string]any) bool { return left(d) || b(d) }
		}
	}
	return a, err
}

func (r *reader) and() (filter, error) {
	a, err := r.one()
	for err == nil && r.word("and") {
		left := a
		var b filter
		if b, err = r.one(); err == nil {
			a = func(d map[string]any) bool { return left(d) && b(d) }
		}
	}
	return a, err
}

func (r *reader) one() (filter, error) {
	if r.deep++; r.deep > deepest {
		return nil, errFilter
	}
	defer func() { r.deep-- }()
	switch {
	case r.word("not"):
		f, err := r.group('(', ')')
		return func(d map[string]any) bool { return !f(d) }, err
	case strings.HasPrefix(strings.TrimLeft(r.rest, " "), "("):
		return r.group('(', ')')
	}
	name, sub, err := r.attribute()
	if err != nil {
		return nil, errFilter
	}
	if strings.HasPrefix(r.rest, "[") && sub == "" {
		f, err := r.group('[', ']')
		return func(d map[string]any) bool {
			for _, v := range values(d[name]) {
				if m, ok := v.(map[string]any); ok && f(m) {
					return true
				}
			}
			return false
		}, err
	}
	return r.compare(name, sub)
}

func (r *reader) group(open, shut byte) (filter, error) {
	if !r.sign(open) {
		return nil, errFilter
	}
	f, err := r.or()
	if err == nil && !r.sign(shut) {
		err = errFilter
	}
	return f, err
}

// attribute takes a name such as "name.formatted", with or without the schema's before it.
func (r *reader) attribute() (name, sub string, err error) {
	r.space()
	for _, s := range []string{userSchema, groupSchema} {
		if len(r.rest) > len(s) && strings.EqualFold(r.rest[:len(s)], s) && r.rest[len(s)] == ':' {
			r.rest = r.rest[len(s)+1:]
			break
		}
	}
	take := func() string {
		i := 0
		for i < len(r.rest) && letter(r.rest[i]) {
			i++
		}
		w := r.rest[:i]
		r.rest = r.rest[i:]
		return w
	}
	if name = known(take()); name == "" {
		return "", "", errPath
	}
	if strings.HasPrefix(r.rest, ".") {
		r.rest = r.rest[1:]
		if sub = known(take()); sub == "" {
			return "", "", errPath
		}
	}
	return name, sub, nil
}

// compare takes an operator and a value.
func (r *reader) compare(name, sub string) (filter, error) {
	all := func(d map[string]any) []any {
		var out []any
		for _, v := range values(d[name]) {
			m, complex := v.(map[string]any)
			switch {
			case complex && sub != "":
				out = append(out, values(m[sub])...)
			case complex:
				out = append(out, m["value"])
			case sub == "":
				out = append(out, v)
			}
		}
		return out
	}
	if r.word("pr") {
		return func(d map[string]any) bool {
			for _, v := range all(d) {
				if v != nil && v != "" {
					return true
				}
			}
			return false
		}, nil
	}
	for op, holds := range operators {
		if !r.word(op) {
			continue
		}
		want, err := r.value()
		if err != nil {
			return nil, err
		}
		exact := name == "externalId" || name == "id"
		return func(d map[string]any) bool {
			got := all(d)
			if op == "ne" { // of none of them is it so
				for _, v := range got {
					if operators["eq"](fold(v, exact), fold(want, exact)) {
						return false
					}
				}
				return true
			}
			for _, v := range got {
				if holds(fold(v, exact), fold(want, exact)) {
					return true
				}
			}
			return false
		}, nil
	}
	return nil, errFilter
}

// operators compare what is there with what was asked for.
var operators = map[string]func(got, want any) bool{
	"eq": func(a, b any) bool { return a == b },
	"ne": func(a, b any) bool { return a != b },
	"co": text(strings.Contains),
	"sw": text(strings.HasPrefix),
	"ew": text(strings.HasSuffix),
	"gt": text(func(a, b string) bool { return a > b }),
	"ge": text(func(a, b string) bool { return a >= b }),
	"lt": text(func(a, b string) bool { return a < b }),
	"le": text(func(a, b string) bool { return a <= b }),
}

func text(f func(a, b string) bool) func(a, b any) bool {
	return func(a, b any) bool {
		x, ok := a.(string)
		y, ok2 := b.(string)
		return ok && ok2 && f(x, y)
	}
}

func fold(v any, exact bool) any {
	if s, ok := v.(string); ok && !exact {
		return strings.ToLower(s)
	}
	return v
}

// value takes a JSON value: text, number, true, false or null.
func (r *reader) value() (any, error) {
	r.space()
	end := strings.IndexAny(r.rest, " )]")
	if strings.HasPrefix(r.rest, `"`) {
		for end = 1; end < len(r.rest) && r.rest[end] != '"'; end++ {
			if r.rest[end] == '\\' {
				end++
			}
		}
		end++
	}
	if end < 0 {
		end = len(r.rest)
	}
	if end > len(r.rest) {
		return nil, errFilter
	}
	var v any
	if json.Unmarshal([]byte(r.rest[:end]), &v) != nil {
		return nil, errFilter
	}
	switch v.(type) {
	case map[string]any, []any:
		return nil, errFilter
	}
	r.rest = r.rest[end:]
	return v, nil
}

// values are those of an attribute, one or many.
func values(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}
