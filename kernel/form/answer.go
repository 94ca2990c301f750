package form

import (
	"cmp"
	"encoding/json"
	"math"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
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

func (q *Field) number(v any) (any, *wrong) {
	if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
		return nil, nil
	}
	n, ok := whole(v)
	if !ok {
		return nil, say("form.number")
	}
	low, high := q.Min, q.Max
	if low == nil && q.Type == Money {
		low = new(int64)
	}
	few, many := low != nil && n < *low, high != nil && n > *high
	switch {
	case few && high == nil:
		return nil, say("form.least", *low)
	case many && low == nil, n > numberMax:
		return nil, say("form.most", cmp.Or(deref(high), numberMax))
	case few || many:
		return nil, say("form.range", *low, *high)
	case n < -numberMax:
		return nil, say("form.least", -numberMax)
	}
	return n, nil
}

// whole is v as a whole number: a JSON number, or digits as people write them
// (1900000, 1.900.000, 1,900,000, 1 900 000).
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) <= float64(numberMax)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) <= float64(numberMax)
	case string:
		s := strings.TrimSpace(v)
		for _, sep := range []string{".", ",", " ", "\u00a0", "\u202f"} {
			if groups := strings.Split(strings.TrimPrefix(s, "-"), sep); len(groups) > 1 {
				if len(groups[0]) > 3 || slices.ContainsFunc(groups[1:], func(g string) bool { return len(g) != 3 }) {
					return 0, false
				}
				s = strings.ReplaceAll(s, sep, "")
				break
			}
		}
		if !digits(strings.TrimPrefix(s, "-"), 1, 16) {
			return 0, false
		}
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	}
	return 0, false
}

func (q *Field) date(s string, env Env) (any, *wrong) {
	t, ok := day(s)
	if !ok {
		return nil, say("form.date")
	}
	if first, ok := bound(q.After, env.Today); ok && t.Before(first) {
		if q.After == "today" {
			return nil, say("form.past")
		}
		return nil, say("form.after", first.Format("02/01/2006"))
	}
	if last, ok := bound(q.Before, env.Today); ok && t.After(last) {
		if q.Before == "today" {
			return nil, say("form.future")
		}
		return nil, say("form.before", last.Format("02/01/2006"))
	}
	return t.Format(time.DateOnly), nil
}

// day reads YYYY-MM-DD, or D/M/YYYY as the three boxes of a page give it.
func day(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t, err = time.Parse("2/1/2006", s)
	}
	return t, err == nil && t.Year() >= 1800 && t.Year() <= 2200
}

// bound is the day that After or Before means: a date, "today", or "today-18y", "today+60d", "today-6m".
func bound(s, today string) (time.Time, bool) {
	rest, relative := strings.CutPrefix(s, "today")
	if !relative {
		t, err := time.Parse(time.DateOnly, s)
		return t, err == nil
	}
	t, ok := day(today)
	if !ok || rest == "" {
		return t, ok
	}
	n, err := strconv.Atoi(rest[:len(rest)-1])
	if err != nil || n < -75_000 || n > 75_000 || rest[0] != '-' && rest[0] != '+' {
		return t, false
	}
	switch rest[len(rest)-1] {
	case 'd':
		return t.AddDate(0, 0, n), true
	case 'm':
		return t.AddDate(0, n, 0), true
	case 'y':
		return t.AddDate(n, 0, 0), true
	}
	return t, false
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
// districts leaves district out: its communes lie in the province.
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
		if code == "" && key == "district" {
			continue
		}
		if code == "" || len(code) > 20 || env.Unit != nil && !env.Unit(code, parent) {
			return nil, &wrong{code: "form.address." + key, part: "/" + key}
		}
		parent = code
	}
	return out, nil
}

// known is v as formulas see it; what is not an answer of the type is the zero value.
func (q *Field) known(v any) any {
	switch q.Type {
	case Number, Money:
		n, _ := whole(v)
		return n
	case Yes, Tick:
		b, _ := v.(bool)
		return b
	case Choices:
		s, _ := q.choices(v)
		list, _ := s.([]any)
		out := make([]string, 0, len(list))
		for _, x := range list {
			out = append(out, x.(string))
		}
		return out
	case Address:
		m, _ := object(v)
		out := make(map[string]string, len(parts))
		for _, key := range parts {
			out[key], _ = m[key].(string)
		}
		return out
	case Group:
		out := []map[string]any{}
		for _, row := range rows(v) {
			m := make(map[string]any, len(q.Fields))
			for i := range q.Fields {
				m[q.Fields[i].Name] = q.Fields[i].known(row[q.Fields[i].Name])
			}
			out = append(out, m)
		}
		return out
	}
	s, _ := v.(string)
	return s
}

// object is v as a JSON object.
func object(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case Answers:
		return v, true
	}
	return nil, false
}

// rows are the rows of a group; one that is no object is nil.
func rows(v any) (out []map[string]any) {
	list, _ := v.([]any)
	for _, x := range list {
		row, _ := object(x)
		out = append(out, row)
	}
	return out
}

// strip takes away what people write between digits.
func strip(s string) string {
	return strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "").Replace(s)
}

func digits(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// escape writes key for an RFC 6901 pointer.
func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }
