package form

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The limits of what is taken, in characters, whole numbers and rows.
const (
	textMax   = 200
	longMax   = 2_000
	runesMax  = 10_000
	numberMax = int64(1<<53 - 1) // what every reader of JSON holds exactly
	rowsMax   = 20
	rowsHard  = 100
	sizeMax   = 200_000 // bytes of all strings of the answers together
)

func hardMax(t Type) int64 {
	switch t {
	case Number, Money:
		return numberMax
	case Group:
		return rowsHard
	}
	return runesMax
}

// parts are the keys of an address, from the largest unit to what stands on the door.
var parts = []string{"province", "district", "commune", "line"}

// answer makes v what is stored for q, or names the sentence that says what is wrong with it.
// An empty answer is nil. Groups are not its business.
func (q *Field) answer(v any, env Env) (any, *wrong) {
	switch q.Type {
	case Number, Money:
		return q.number(v)
	case Yes, Tick:
		b, ok := v.(bool)
		if !ok {
			return nil, say("form.option")
		}
		if q.Type == Tick && !b {
			return nil, nil // not ticked is not answered
		}
		return b, nil
	case Choices:
		return q.choices(v)
	case Address:
		return q.address(v, env)
	}
	s, bad := clean(v, q.Type == Long)
	if bad != nil || s == "" {
		return nil, bad
	}
	switch q.Type {
	case Text, Long:
		return q.text(s)
	case Date:
		return q.date(s, env)
	case Choice:
		if !q.offers(s) {
			return nil, say("form.option")
		}
	case Email:
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s || len(s) > 254 || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
			return nil, say("form.email")
		}
	case Phone:
		if s = strip(s); !digits(strings.TrimPrefix(s, "+"), 8, 15) {
			return nil, say("form.phone")
		}
	case PersonID:
		valid := env.Person
		if valid == nil {
			valid = func(n string) bool { return digits(n, 12, 12) }
		}
		if s = strip(s); !valid(s) {
			return nil, say("form.personid")
		}
	}
	return s, nil
}

// A wrong is a sentence about one answer, and the part of the answer it is about.
type wrong struct {
	code string
	part string // such as "/commune"
	args []any
}

func say(code string, args ...any) *wrong { return &wrong{code: code, args: args} }

// clean is the string v in composed form without spaces around it. What cannot
// be seen on a page, and so could deceive who reads it, is refused.
func clean(v any, lines bool) (string, *wrong) {
	s, ok := v.(string)
	if !ok {
		return "", say("form.text")
	}
	if !utf8.ValidString(s) {
		return "", say("form.utf8")
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	if lines {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	for _, r := range s {
		hidden := unicode.IsControl(r) || r == utf8.RuneError ||
			r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u2028' || r == '\u2029'
		if hidden && !(lines && (r == '\n' || r == '\t')) {
			return "", say("form.utf8")
		}
	}
	if n := utf8.RuneCountInString(s); n > runesMax {
		return "", say("form.long", runesMax)
	}
	return s, nil
}

// Words is s as a text of some lines is kept, or the key of why it is refused: an
// official's note deceives who reads it as little as an answer does.
func Words(s string) (text, why string) {
	text, bad := clean(s, true)
	if bad != nil {
		why = bad.code
	}
	return text, why
}

func (q *Field) text(s string) (any, *wrong) {
	n, most := int64(utf8.RuneCountInString(s)), q.most()
	if n > most {
		return nil, say("form.long", most)
	}
	if q.Min != nil && n < *q.Min {
		return nil, say("form.short", *q.Min)
	}
	return s, nil
}

// most is the largest length of a text or number of rows.
func (q *Field) most() int64 {
	switch {
	case q.Max != nil:
		return *q.Max
	case q.Type == Long:
		return longMax
	case q.Type == Group:
		return rowsMax
	}
	return textMax
}

func (q *Field) offers(value string) bool {
	return slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value == value })
}

// choices are the options chosen, each once, in the order of the question.
func (q *Field) choices(v any) (any, *wrong) {
	var chosen []string
	switch v := v.(type) {
	case []string:
		chosen = v
	case []any:
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, say("form.option")
			}
			chosen = append(chosen, s)
		}
	default:
		return nil, say("form.option")
	}
	var out []any
	for _, o := range q.Options {
		if slices.Contains(chosen, o.Value) {
			out = append(out, o.Value)
		}
	}
	if slices.ContainsFunc(chosen, func(s string) bool { return !q.offers(s) }) {
		return nil, say("form.option")
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// address checks that each unit lies in the one above it. A country without
// districts leaves district out: its communes lie in the province. A district
// without communes, such as some islands, is where the address ends.
func (q *Field) address(v any, env Env) (any, *wrong) {
	m, ok := object(v)
	if !ok {
		return nil, say("form.address")
	}
	out := map[string]any{}
	for key, x := range m {
		if !slices.Contains(parts, key) {
			return nil, &wrong{code: "form.unknown", part: "/" + escape(key)}
		}
		if x == nil {
			continue
		}
		s, bad := clean(x, false)
		if bad != nil {
			bad.part = "/" + key
			return nil, bad
		}
		if s != "" {
			out[key] = s
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	if s, _ := out["line"].(string); utf8.RuneCountInString(s) > textMax {
		return nil, &wrong{code: "form.long", part: "/line", args: []any{textMax}}
	}
	parent := ""
	for _, key := range parts[:3] {
		code, _ := out[key].(string)
		if code == "" && (key == "district" || key == "commune" && parent != "" && env.Whole != nil && env.Whole(parent)) {
			continue
		}
		if code == "" || len(code) > 20 || env.Unit != nil && !env.Unit(code, parent) {
			return nil, &wrong{code: "form.address." + key, part: "/" + key}
		}
		parent = code
	}
	return out, nil
}

// strip takes away what people write between digits.
func strip(s string) string { return betweenDigits.Replace(s) }

func digits(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// escape writes key for an RFC 6901 pointer.
func escape(key string) string { return escaped.Replace(key) }

var (
	betweenDigits = strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "")
	escaped       = strings.NewReplacer("~", "~0", "/", "~1")
)
