package figure

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/base/db"
)

// A Dim is a dimension that a reading can be split by.
type Dim string

// The dimensions.
const (
	Day     Dim = "day"
	Month   Dim = "month" // in Row.Day, YYYY-MM
	Body    Dim = "body"
	Highest Dim = "top" // in Row.Body, the first group of the code
	Kind    Dim = "kind"
	Channel Dim = "channel"
)

// A Query asks for figures. The zero Query asks for all of them, added up over everything.
type Query struct {
	From, To string   // first and last day, YYYY-MM-DD; "" is open
	Bodies   []string // any of these and the bodies below them, whose codes go on with a dot
	Kinds    []string // any of these; a family, such as "portal", is all its kinds
	Measures []string // any of these; one that ends with a colon, such as "took:", is all that begin so
	By       []Dim    // split by these; measures are always split
}

// A Row is one figure; what the query did not split by is empty.
type Row struct {
	Day, Body, Kind, Channel, Measure string
	Count                             int64
	Amount                            int64
}

func (r Row) compare(o Row) int {
	return cmp.Or(cmp.Compare(r.Day, o.Day), cmp.Compare(r.Body, o.Body), cmp.Compare(r.Kind, o.Kind),
		cmp.Compare(r.Channel, o.Channel), cmp.Compare(r.Measure, o.Measure))
}

func (q Query) by(d Dim) bool { return slices.Contains(q.By, d) }

// Read gives the figures that are not zero, ordered by the dimensions as Row
// lists them. It reads roll-ups where they answer the query, and the figures by
// day and body where they do not. Folded and unfolded are read in one statement
// and so in one snapshot whatever the transaction: a row that Fold moves is never
// seen twice or missed.
func Read(tx *db.Tx, q Query) ([]Row, error) {
	for _, d := range q.By {
		if !slices.Contains([]Dim{Day, Month, Body, Highest, Kind, Channel}, d) {
			return nil, fmt.Errorf("figures by %q: no such dimension", d)
		}
	}
	asked := q.Measures
	if slices.Contains(asked, Ended) {
		q.Measures = append(slices.Clone(asked), OnTime, Late)
	}
	w := &words{}
	folded := q.cells(w)
	if c := q.cover(); len(c) > 0 {
		w = &words{}
		folded = q.rolled(w, c)
	}
	all := map[Row]value{}
	add := func(r Row, n, amount int64) {
		if asked != nil && !has(q.Measures, r.Measure) {
			return
		}
		put := func() { plus(all, r, value{count: n, amount: amount}) }
		m := r.Measure
		if asked == nil || has(asked, m) {
			put()
		}
		if (m == OnTime || m == Late) && (asked == nil || slices.Contains(asked, Ended)) {
			r.Measure = Ended
			put()
		}
	}
	var bad error
	_, err := db.List(tx, func(into func(...any) error) (struct{}, error) {
		var r Row
		var d Delta
		var more string
		var v value
		var n int64 // of equal deltas; 0: a row of sums
		err := into(append([]any{&r.Day, &r.Body, &r.Kind, &r.Channel, &r.Measure, &d.Was, &d.Now, &d.Opened, &d.Ended, &d.Late, &more, &n}, v.into()...)...)
		if n == 0 {
			v.each(r.Measure, func(measure string, count, amount int64) {
				r.Measure = measure
				add(q.split(r), count, amount)
			})
			return struct{}{}, err
		}
		d.Day, d.Body, d.Kind, d.Channel = r.Day, r.Body, r.Kind, r.Channel
		wrong := d.unpack(more, func(one Delta) {
			if packed(more) && !q.of(one) {
				return
			}
			one.each(func(p Part) {
				if (q.From == "" || p.Day >= q.From) && (q.To == "" || p.Day <= q.To) {
					add(q.split(Row{Day: p.Day, Body: one.Body, Kind: one.Kind, Channel: one.Channel, Measure: p.Measure}), n*p.Count, n*p.Amount)
				}
			})
		})
		bad = cmp.Or(wrong, bad)
		return struct{}{}, err
	}, folded+" union all "+q.open(w), w.args...)
	if err = errors.Join(err, bad); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	maps.DeleteFunc(all, func(_ Row, v value) bool { return v == value{} })
	var rows []Row
	for _, r := range slices.SortedFunc(maps.Keys(all), Row.compare) {
		r.Count, r.Amount = all[r].count, all[r].amount
		rows = append(rows, r)
	}
	return rows, nil
}

// split keeps of r what the query splits by.
func (q Query) split(r Row) Row {
	switch {
	case q.by(Month):
		r.Day = r.Day[:min(7, len(r.Day))]
	case !q.by(Day):
		r.Day = ""
	}
	switch {
	case q.by(Highest):
		r.Body = Top(r.Body)
	case !q.by(Body):
		r.Body = ""
	}
	if !q.by(Kind) {
		r.Kind = ""
	}
	if !q.by(Channel) {
		r.Channel = ""
	}
	return r
}

// words collect conditions with their arguments.
type words struct {
	args []any
}

func (w *words) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

// either is true for any of the values; no value asks nothing.
func either(values []string, clause func(string) string) string {
	if len(values) == 0 {
		return ""
	}
	var or []string
	for _, v := range values {
		or = append(or, clause(v))
	}
	return " and (" + strings.Join(or, " or ") + ")"
}

// below is true of the body v and those below it. It compares no order: databases differ in it.
func (w *words) below(v string) string {
	return "(body = " + w.arg(v) + " or substr(body, 1, " + w.arg(utf8.RuneCountInString(v)+1) + ") = " + w.arg(v+".") + ")"
}

// kind is true of the kind v, or of all kinds of the family v.
func (w *words) kind(v string) string {
	if strings.Contains(v, "/") {
		return "kind = " + w.arg(v)
	}
	return "(kind = " + w.arg(v) + " or substr(kind, 1, " + w.arg(utf8.RuneCountInString(v)+1) + ") = " + w.arg(v+"/") + ")"
}

// measure is true of the measure v, or of all that begin with it.
func (w *words) measure(v string) string {
	if !strings.HasSuffix(v, ":") {
		return "measure = " + w.arg(v)
	}
	return "substr(measure, 1, " + w.arg(utf8.RuneCountInString(v)) + ") = " + w.arg(v)
}

// has reports whether the measures asked for hold m.
func has(asked []string, m string) bool {
	return slices.ContainsFunc(asked, func(a string) bool { return a == m || strings.HasSuffix(a, ":") && strings.HasPrefix(m, a) })
}

// in is true where the column holds one of the values; no value asks nothing.
func (w *words) in(column string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	var all []string
	for _, v := range values {
		all = append(all, w.arg(v))
	}
	return " and " + column + " in (" + strings.Join(all, ", ") + ")"
}

func (w *words) between(column, from, to string) (s string) {
	if from != "" {
		s += " and " + column + " >= " + w.arg(from)
	}
	if to != "" {
		s += " and " + column + " <= " + w.arg(to)
	}
	return s
}

const rest = `, measure, '' as was, '' as now, false as opened, false as ended, false as late, '' as more, 0 as n`

func column(name string, wanted bool) string {
	if wanted {
		return name
	}
	return "''"
}

// cells reads the figures by day and body.
func (q Query) cells(w *words) string {
	s := "select " + column("day", q.by(Day) || q.by(Month)) + " as d, " + column("body", q.by(Body) || q.by(Highest)) + " as b, " +
		column("kind", q.by(Kind)) + " as k, " + column("channel", q.by(Channel)) + " as c" + rest + q.columns() + " from figure where 0 = 0" +
		either(q.Bodies, func(v string) string {
			return "top = " + w.arg(Top(v)) + " and " + w.below(v)
		}) + either(q.Kinds, w.kind) + q.rows(w) + w.between("day", q.From, q.To)
	return s + " group by d, b, k, c, measure"
}

// open reads the deltas that are not folded yet. One whose parts have days of
// their own is always read: which of them count is seen when they are taken apart.
func (q Query) open(w *words) string {
	days := w.between("day", q.From, q.To)
	if days != "" {
		days = " and (more <> ''" + strings.Replace(days, " and ", " or ", 1) + ")"
	}
	pack := func() string { return "substr(more, 1, 1) = " + w.arg(newLine) }
	return "select day as d, " + column("body", q.by(Body) || q.by(Highest)) + " as b, " + column("kind", q.by(Kind)) + " as k, " +
		column("channel", q.by(Channel)) + " as c, '' as measure, was, now, opened, ended, late, more, count(*) as n" +
		strings.Repeat(", 0", len(valueColumns)) + " from figure_open where 0 = 0" +
		either(q.Bodies, func(v string) string { return w.below(v) + " or " + pack() + " and body = " + w.arg(Top(v)) }) +
		either(q.Kinds, func(v string) string { return w.kind(v) + " or " + pack() }) + days + " group by d, b, k, c, was, now, opened, ended, late, more"
}
