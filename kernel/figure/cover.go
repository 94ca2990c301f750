package figure

import (
	"slices"
	"strings"
	"time"
)

// A span is a stretch of periods of one grain, all of them together what a query asks for.
type span struct{ grain, from, to string }

// cover finds the roll-ups that answer the query exactly; none: only the figures by day and body do.
func (q Query) cover() (all []span) {
	if q.by(Body) || slices.ContainsFunc(q.Bodies, func(b string) bool { return strings.Contains(b, ".") }) {
		return nil
	}
	grain := "month"
	one := slices.ContainsFunc(q.Kinds, func(k string) bool { return strings.Contains(k, "/") })
	switch kind, channel := one || q.by(Kind), q.by(Channel); {
	case kind && channel:
		return nil
	case kind:
		grain = "kind"
	case channel:
		grain = "channel"
	}
	if !q.kept(grain) {
		return nil
	}
	if grain == "month" && q.From == "" && q.To == "" && !q.by(Day) && !q.by(Month) && q.kept("ever") {
		return []span{{grain: "ever"}}
	}
	if q.by(Day) {
		if grain == "month" && q.kept("day") {
			return []span{{"day", q.From, q.To}}
		}
		return nil
	}
	first, last, head, tail := whole(q.From, q.To)
	if (head != nil || tail != nil) && (grain != "month" || !q.kept("day")) {
		return nil
	}
	if first == "" || last == "" || first <= last {
		all = append(all, span{grain, first, last})
	}
	for _, days := range []*span{head, tail} {
		if days != nil {
			all = append(all, *days)
		}
	}
	return all
}

// kept reports whether the roll-up of this grain keeps every measure and scope that the query asks for.
func (q Query) kept(grain string) bool {
	for _, r := range rolls {
		if r.grain != grain {
			continue
		}
		scope := ""
		if len(q.Bodies) > 0 || q.by(Highest) {
			scope = "any"
		}
		if len(q.Measures) == 0 {
			return r.keeps("anything", scope)
		}
		return !slices.ContainsFunc(q.Measures, func(m string) bool { return m != Ended && !r.keeps(m, scope) })
	}
	return false
}

// whole parts the days from..to into the months that lie in them entirely, and
// the days before and after these. An open end has no days.
func whole(from, to string) (first, last string, head, tail *span) {
	if from != "" {
		first = from[:min(7, len(from))]
		if !strings.HasSuffix(from, "-01") {
			end := first + "-31"
			if to != "" && to < end {
				end = to
			}
			head, first = &span{"day", from, end}, month(first, 1)
		}
	}
	if to != "" {
		last = to[:min(7, len(to))]
		if head != nil && last < first {
			return first, last, head, nil
		}
		if t, err := time.Parse(time.DateOnly, to); err != nil || t.AddDate(0, 0, 1).Day() != 1 {
			tail, last = &span{"day", last + "-01", to}, month(last, -1)
		}
	}
	return first, last, head, tail
}

// month is the month n after m.
func month(m string, n int) string {
	t, err := time.Parse("2006-01", m)
	if err != nil {
		return m
	}
	return t.AddDate(0, n, 0).Format("2006-01")
}

// rolled reads the roll-ups.
func (q Query) rolled(w *words, all []span) string {
	var parts []string
	for _, p := range all {
		s := "grain = " + w.arg(p.grain)
		switch {
		case p.grain == "ever":
			s += " and period = ''"
		case p.grain != "day" && p.from != "" && p.to != "": // each by name: the scope below is then found at once
			var months []string
			for m := p.from; m <= p.to; m = month(m, 1) {
				months = append(months, w.arg(m))
			}
			s += " and period in (" + strings.Join(months, ", ") + ")"
		default:
			s += w.between("period", p.from, p.to)
		}
		parts = append(parts, s)
	}
	scope := " and scope = ''"
	if len(q.Bodies) > 0 {
		scope = w.in("scope", q.Bodies)
	} else if q.by(Highest) {
		scope = " and scope <> ''"
	}
	return "select " + column("period", q.by(Day) || q.by(Month)) + " as d, " + column("scope", q.by(Highest)) + " as b, " +
		column("kind", q.by(Kind)) + " as k, " + column("channel", q.by(Channel)) + " as c" + rest + q.columns() + " from figure_sum where (" + strings.Join(parts, " or ") + ")" +
		scope + either(q.Kinds, w.kind) + q.rows(w) + " group by d, b, k, c, measure"
}
