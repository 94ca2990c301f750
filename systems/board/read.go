package board

import (
	"maps"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/figure"
	"motcua/kernel/procedure"
)

// A line is one row of a table of figures: a body, a service, a channel or a month.
type line struct {
	Key                        string
	Opened, OnTime, Late, Ends int64
	Waiting, Overdue           int64
}

// share is the promises kept, in hundredths of those that fell due.
func (l line) share() float64 { return 100 * float64(l.OnTime) / float64(l.Ends) }

func (l *line) add(r figure.Row) {
	switch r.Measure {
	case figure.Opened:
		l.Opened += r.Count
	case figure.OnTime:
		l.OnTime += r.Count
		l.Ends += r.Count
	case figure.Late:
		l.Late += r.Count
		l.Ends += r.Count
	case figure.Due:
		l.Overdue += r.Count
	default:
		l.Waiting += r.Count
	}
}

// A sight is all that a dashboard shows of one body, or of the country ("").
type sight struct {
	Scope, Month string
	Sum          line
	Action       int64  // wait for the applicant
	Months       []line // the last twelve, with this one
	Bodies       []line // directly below
	Kinds        []line
	Channels     []line
}

var ends = []string{figure.Opened, figure.OnTime, figure.Late}

// open are the measures of stock in which a body has something to do.
var open = []string{figure.In("submitted"), figure.In("progress")}

// services are the families of kinds that are public services: suggestions and
// orders of payment are dossiers too, but no promise of this board.
func services(a *kernel.App) (all []string) {
	for _, k := range a.Kinds() {
		if _, ok := k.Service.(*procedure.Procedure); ok && !slices.Contains(all, figure.Family(k.Name)) {
			all = append(all, figure.Family(k.Name))
		}
	}
	return all
}

// look reads a sight. For the country and the highest bodies it reads roll-ups alone.
func look(r *kernel.Request, scope, month string) (s sight, err error) {
	now := r.App.Now().In(r.App.Zone)
	first, last := span(month)
	year, _ := span(shift(month, -11))
	base := figure.Query{Kinds: services(r.App)}
	below := figure.Highest
	if scope != "" {
		base.Bodies, below = []string{scope}, figure.Body
	}
	with := func(from, to string, measures []string, by ...figure.Dim) figure.Query {
		q := base
		q.From, q.To, q.Measures, q.By = from, to, measures, by
		return q
	}
	s = sight{Scope: scope, Month: month}
	yesterday := now.AddDate(0, 0, -1).Format(time.DateOnly)
	bodies, kinds, channels, months := group{}, group{}, group{}, group{}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		s.Sum, s.Action = line{}, 0
		clear(bodies)
		clear(kinds)
		clear(channels)
		clear(months)
		for _, q := range []struct {
			figure.Query
			into group
			key  func(figure.Row) string
		}{
			{with(year, last, ends, figure.Month), months, func(x figure.Row) string { return x.Day }},
			{with(first, last, ends, below), bodies, child(scope)},
			{with("", "", open, below), bodies, child(scope)},
			{with("", yesterday, []string{figure.Due}, below), bodies, child(scope)},
			{with(first, last, ends, figure.Kind), kinds, func(x figure.Row) string { return x.Kind }},
			{with(first, last, ends, figure.Channel), channels, func(x figure.Row) string { return x.Channel }},
			{with("", "", []string{figure.In("action")}), nil, nil},
		} {
			rows, err := figure.Read(tx, q.Query)
			if err != nil {
				return err
			}
			for _, x := range rows {
				if q.into == nil {
					s.Action += x.Count
					continue
				}
				q.into.at(q.key(x)).add(x)
			}
		}
		return nil
	})
	for _, l := range bodies {
		s.Sum.Opened, s.Sum.OnTime, s.Sum.Late, s.Sum.Ends = s.Sum.Opened+l.Opened, s.Sum.OnTime+l.OnTime, s.Sum.Late+l.Late, s.Sum.Ends+l.Ends
		s.Sum.Waiting, s.Sum.Overdue = s.Sum.Waiting+l.Waiting, s.Sum.Overdue+l.Overdue
	}
	s.Bodies, s.Kinds, s.Channels = bodies.lines(), kinds.lines(), channels.lines()
	for i := -11; i <= 0; i++ {
		s.Months = append(s.Months, *months.at(shift(month, i)))
	}
	return s, err
}

// A group is lines by their key.
type group map[string]*line

func (g group) at(key string) *line {
	if g[key] == nil {
		g[key] = &line{Key: key}
	}
	return g[key]
}

func (g group) lines() (all []line) {
	for _, k := range slices.Sorted(maps.Keys(g)) {
		all = append(all, *g[k])
	}
	return all
}

// child names the body directly below scope that a row belongs to, or scope itself.
func child(scope string) func(figure.Row) string {
	return func(r figure.Row) string {
		rest, ok := strings.CutPrefix(r.Body, scope+".")
		if scope == "" || !ok {
			return r.Body
		}
		next, _, _ := strings.Cut(rest, ".")
		return scope + "." + next
	}
}

// span are the first and the last day of a month.
func span(month string) (first, last string) {
	t, _ := time.Parse("2006-01", month)
	return t.Format(time.DateOnly), t.AddDate(0, 1, -1).Format(time.DateOnly)
}

// shift is the month n after this one.
func shift(month string, n int) string {
	t, _ := time.Parse("2006-01", month)
	return t.AddDate(0, n, 0).Format("2006-01")
}

// count is the number itself, from the figures.
func (v behindView) count() (n int64, err error) {
	q := figure.Query{From: v.From, To: v.To, Kinds: v.Kinds, Measures: v.Measures}
	if v.Body != "" {
		q.Bodies = []string{v.Body}
	}
	if v.Channel != "" {
		q.By = []figure.Dim{figure.Channel}
	}
	err = v.App.DB.Read(v.Request.Context(), func(tx *db.Tx) error {
		n = 0
		rows, err := figure.Read(tx, q)
		for _, x := range rows {
			if x.Channel == v.Channel {
				n += x.Count
			}
		}
		return err
	})
	return n, err
}
