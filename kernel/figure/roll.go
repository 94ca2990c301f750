package figure

import (
	"strings"
)

// A roll is one table of sums that Fold keeps beside the figures by day and
// body. What a roll does not keep of a cell is "" in its rows; of the kind it
// always keeps the family.
type roll struct {
	grain         string
	day, ever     bool // by day, or by nothing; else by month
	kind, channel bool
	apart         bool // of the country more is kept than of the highest bodies; else it is their sum
	keeps         func(measure, scope string) bool
}

// The roll-ups. Their number of rows grows with the highest bodies, services and
// months; by day there is the country alone, and what falls due.
var rolls = []roll{
	{grain: "month", keeps: func(string, string) bool { return true }},
	{grain: "kind", kind: true, keeps: func(string, string) bool { return true }},
	{grain: "channel", channel: true, keeps: func(m, _ string) bool { return counted(m) }},
	{grain: "ever", ever: true, keeps: func(m, _ string) bool { return strings.HasPrefix(m, "in:") }},
	{grain: "day", day: true, apart: true, keeps: func(m, scope string) bool { return m == Due || scope == "" && counted(m) }},
}

func counted(m string) bool { return m == Opened || m == OnTime || m == Late || m == Due }

// Top is the highest body of a code: its first group.
func Top(body string) string {
	top, _, _ := strings.Cut(body, ".")
	return top
}

// Family is what a kind's name begins with: the system, such as "portal" of "portal/1.001193".
func Family(kind string) string {
	f, _, _ := strings.Cut(kind, "/")
	return f
}

// A sum is the key of one row of the roll-ups.
type sum struct{ grain, period, scope, kind, channel, measure string }

// keeps tells for each roll which of the common measures it keeps, of the country and of highest bodies.
var keeps = func() (all [][2][commonMany]bool) {
	for _, r := range rolls {
		var some [2][commonMany]bool
		for i, m := range common {
			some[0][i], some[1][i] = r.keeps(m, ""), r.keeps(m, "any")
		}
		all = append(all, some)
	}
	return all
}()

// each calls f with every roll-up that the cell's value adds to; where the
// country is the sum of the highest bodies, with those of its highest body alone.
func (c cell) each(v value, f func(sum, value)) {
	for n, r := range rolls {
		s := sum{grain: r.grain, measure: c.measure}
		switch {
		case r.day:
			s.period = c.day
		case !r.ever:
			s.period = c.day[:min(7, len(c.day))]
		}
		if s.kind = Family(c.kind); r.kind {
			s.kind = c.kind
		}
		if r.channel {
			s.channel = c.channel
		}
		for i, scope := range [...]string{"", Top(c.body)} {
			if s.scope = scope; i == 0 && !r.apart {
				continue
			}
			switch some := v.only(&keeps[n][i]); {
			case c.measure != "" && r.keeps(c.measure, scope):
				f(s, v)
			case c.measure == "" && some != (value{}):
				f(s, some)
			}
		}
	}
}
