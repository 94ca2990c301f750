package form

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (q *Field) number(v any) (any, *wrong) {
	if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
		return nil, nil
	}
	n, ok := Whole(v)
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

// Whole is v as a whole number: a JSON number, or digits as people write them
// (1900000, 1.900.000, 1,900,000, 1 900 000).
func Whole(v any) (int64, bool) {
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
