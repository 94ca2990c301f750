package figure

import (
	"fmt"
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
	Kind    Dim = "kind"
	Channel Dim = "channel"
)

// A Query asks for figures. The zero Query asks for all of them, added up over everything.
type Query struct {
	From, To string   // first and last day, YYYY-MM-DD; "" is open
	Bodies   []string // any of these and the bodies below them, whose codes go on with a dot
	Kinds    []string // any of these
	Measures []string // any of these
	By       []Dim    // split by these; measures are always split
}

// A Row is one figure; what the query did not split by is empty.
type Row struct {
	Day, Body, Kind, Channel, Measure string
	Count                             int64
}

// all is every figure, folded or not, in one statement and so in one snapshot
// whatever the transaction: a row that Fold moves is never seen twice or missed.
const all = `(select day, body, kind, channel, measure, count from figure
	union all select day, body, kind, channel, 'opened', 1 from figure_open where opened
	union all select day, body, kind, channel, 'ended', 1 from figure_open where ended
	union all select day, body, kind, channel, 'ontime', 1 from figure_open where ended and not late
	union all select day, body, kind, channel, 'late', 1 from figure_open where ended and late
	union all select day, body, kind, channel, 'in:' || was, -1 from figure_open where was <> '' and was <> now
	union all select day, body, kind, channel, 'in:' || now, 1 from figure_open where now <> '' and was <> now) as f`

var split = map[Dim]string{Day: "day", Month: "substr(day, 1, 7)", Body: "body", Kind: "kind", Channel: "channel"}

// Read gives the figures that are not zero, ordered by the dimensions as Row lists them.
func Read(tx *db.Tx, q Query) ([]Row, error) {
	columns := map[string]string{"day": "''", "body": "''", "kind": "''", "channel": "''"}
	for _, d := range q.By {
		s, ok := split[d]
		if !ok {
			return nil, fmt.Errorf("figures by %q: no such dimension", d)
		}
		columns[strings.Replace(string(d), "month", "day", 1)] = s
	}
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	var where []string
	either := func(values []string, clause func(v string) string) {
		var or []string
		for _, v := range values {
			or = append(or, clause(v))
		}
		if len(or) > 0 {
			where = append(where, "("+strings.Join(or, " or ")+")")
		}
	}
	either(q.Bodies, func(v string) string {
		return "body = " + arg(v) + " or substr(body, 1, " + arg(utf8.RuneCountInString(v)+1) + ") = " + arg(v+".")
	})
	either(q.Kinds, func(v string) string { return "kind = " + arg(v) })
	either(q.Measures, func(v string) string { return "measure = " + arg(v) })
	if q.From != "" {
		where = append(where, "day >= "+arg(q.From))
	}
	if q.To != "" {
		where = append(where, "day <= "+arg(q.To))
	}
	if where == nil {
		where = []string{"0 = 0"}
	}
	rows, err := db.List(tx, func(into func(...any) error) (r Row, err error) {
		err = into(&r.Day, &r.Body, &r.Kind, &r.Channel, &r.Measure, &r.Count)
		return r, err
	}, fmt.Sprintf(`select %s as d, %s as b, %s as k, %s as c, measure, cast(sum(count) as bigint) as n from %s where %s
		group by d, b, k, c, measure having sum(count) <> 0 order by d, b, k, c, measure`,
		columns["day"], columns["body"], columns["kind"], columns["channel"], all, strings.Join(where, " and ")), args...)
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	return rows, nil
}
