// Package sight reads figures as people look at them: lines of a table, one body with
// what lies below it, a month with the year before it.
package sight

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/figure"
	"motcua/kernel/procedure"
	"motcua/kernel/tally"
)

// A Line is one row of a table of figures: a body, a service, a channel or a month.
type Line struct {
	Key                        string
	Opened, OnTime, Late, Ends int64
	Waiting, Overdue           int64
	Spent                      map[string]int64 // seconds, by whose they were
	Steps                      map[string]Mean  // of the deciding body, by state
	More                       map[string]int64 // other measures
	took                       map[int]int64    // dossiers by days
}

// Share is the promises kept, in hundredths of those that fell due.
func (l Line) Share() float64 { return 100 * float64(l.OnTime) / float64(l.Ends) }

// Took are the mean and the median of the days that what ended took; ok is false where nothing ended.
func (l Line) Took() (mean float64, median int, ok bool) {
	var n, sum int64
	for days, count := range l.took {
		n, sum = n+count, sum+count*int64(days)
	}
	if n <= 0 {
		return 0, 0, false
	}
	left := (n + 1) / 2
	for _, days := range slices.Sorted(maps.Keys(l.took)) {
		if left -= l.took[days]; left <= 0 {
			median = days
			break
		}
	}
	return float64(sum) / float64(n), median, true
}

// Rated is how many applicants said whether they were satisfied, and how many were.
func (l Line) Rated() (satisfied, all int64) {
	for _, g := range []tally.Grade{tally.IsEarly, tally.IsOnTime, tally.IsLate} {
		satisfied += l.More[tally.Rated(g)]
	}
	return satisfied, satisfied + l.More[tally.RatedBad]
}

// Ended is how many dossiers are in Spent: those that ended here, without those that other bodies report.
func (l Line) Ended() (n int64) {
	for _, count := range l.took {
		n += count
	}
	return n
}

// A Mean is a time, and the dossiers it is of.
type Mean struct{ Count, Seconds int64 }

// Days are the mean's days of 24 hours.
func (m Mean) Days() float64 {
	if m.Count <= 0 {
		return 0
	}
	return float64(m.Seconds) / 86400 / float64(m.Count)
}

// Add adds a figure to the line.
func (l *Line) Add(r figure.Row) {
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
		l.more(r)
	}
}

func (l *Line) more(r figure.Row) {
	sort, name, _ := strings.Cut(r.Measure, ":")
	switch sort {
	case "in":
		l.Waiting += r.Count
		return
	case "took":
		if days, err := strconv.Atoi(name); err == nil {
			if l.took == nil {
				l.took = map[int]int64{}
			}
			l.took[days] += r.Count
		}
		return
	case "spent":
		if l.Spent == nil {
			l.Spent = map[string]int64{}
		}
		l.Spent[name] += r.Amount
		return
	case "step":
		if l.Steps == nil {
			l.Steps = map[string]Mean{}
		}
		l.Steps[name] = Mean{l.Steps[name].Count + r.Count, l.Steps[name].Seconds + r.Amount}
		return
	}
	if l.More == nil {
		l.More = map[string]int64{}
	}
	l.More[r.Measure] += r.Count
}

// A Sight is all that a dashboard shows of one body, or of the country ("").
type Sight struct {
	Scope, Month string
	Sum          Line
	Action       int64  // wait for the applicant
	Months       []Line // the last twelve, with this one
	Bodies       []Line // directly below
	Kinds        []Line
	Channels     []Line
}

// Ends are the measures of what came and how it ended; Took has the days it took too.
var (
	Ends = []string{figure.Opened, figure.OnTime, figure.Late}
	Took = []string{figure.Opened, figure.OnTime, figure.Late, "took:"}
)

// Open are the measures of stock in which a body has something to do.
var Open = []string{figure.In("submitted"), figure.In("progress")}

// Services are the families of kinds that are public services: suggestions and
// orders of payment are dossiers too, but no promise of this board.
func Services(a *kernel.App) (all []string) {
	for _, k := range a.Kinds() {
		if _, ok := k.Service.(*procedure.Procedure); ok && !slices.Contains(all, figure.Family(k.Name)) {
			all = append(all, figure.Family(k.Name))
		}
	}
	return all
}

// Look reads a sight; of what ended it reads measures, Ends or more. For the country and the highest bodies it reads roll-ups alone.
func Look(r *kernel.Request, scope, month string, measures []string) (s Sight, err error) {
	now := r.App.Now().In(r.App.Zone)
	first, last := Days(month)
	year, _ := Days(Shift(month, -11))
	base := figure.Query{Kinds: Services(r.App)}
	below := figure.Highest
	if scope != "" {
		base.Bodies, below = []string{scope}, figure.Body
	}
	with := func(from, to string, measures []string, by ...figure.Dim) figure.Query {
		q := base
		q.From, q.To, q.Measures, q.By = from, to, measures, by
		return q
	}
	s = Sight{Scope: scope, Month: month}
	yesterday := now.AddDate(0, 0, -1).Format(time.DateOnly)
	bodies, kinds, channels, months := Group{}, Group{}, Group{}, Group{}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		s.Sum, s.Action = Line{}, 0
		clear(bodies)
		clear(kinds)
		clear(channels)
		clear(months)
		for _, q := range []struct {
			figure.Query
			into Group
			key  func(figure.Row) string
		}{
			{with(year, last, measures, figure.Month), months, func(x figure.Row) string { return x.Day }},
			{with(first, last, measures, below), bodies, Child(scope)},
			{with("", "", Open, below), bodies, Child(scope)},
			{with("", yesterday, []string{figure.Due}, below), bodies, Child(scope)},
			{with(first, last, measures, figure.Kind), kinds, func(x figure.Row) string { return x.Kind }},
			{with(first, last, Ends, figure.Channel), channels, func(x figure.Row) string { return x.Channel }},
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
				q.into.At(q.key(x)).Add(x)
			}
		}
		return nil
	})
	for _, l := range bodies {
		s.Sum.Opened, s.Sum.OnTime, s.Sum.Late, s.Sum.Ends = s.Sum.Opened+l.Opened, s.Sum.OnTime+l.OnTime, s.Sum.Late+l.Late, s.Sum.Ends+l.Ends
		s.Sum.Waiting, s.Sum.Overdue = s.Sum.Waiting+l.Waiting, s.Sum.Overdue+l.Overdue
	}
	s.Bodies, s.Kinds, s.Channels = bodies.Lines(), kinds.Lines(), channels.Lines()
	for i := -11; i <= 0; i++ {
		s.Months = append(s.Months, *months.At(Shift(month, i)))
	}
	return s, err
}

// A Group is lines by their key.
type Group map[string]*Line

// At is the line of a key, made when it is asked for.
func (g Group) At(key string) *Line {
	if g[key] == nil {
		g[key] = &Line{Key: key}
	}
	return g[key]
}

// Lines are the group's by their keys.
func (g Group) Lines() (all []Line) {
	for _, k := range slices.Sorted(maps.Keys(g)) {
		all = append(all, *g[k])
	}
	return all
}

// Child names the body directly below scope that a row belongs to, or scope itself.
func Child(scope string) func(figure.Row) string {
	return func(r figure.Row) string {
		rest, ok := strings.CutPrefix(r.Body, scope+".")
		if scope == "" || !ok {
			return r.Body
		}
		next, _, _ := strings.Cut(rest, ".")
		return scope + "." + next
	}
}

// Days are the first and the last day of a month.
func Days(month string) (first, last string) {
	t, _ := time.Parse("2006-01", month)
	return t.Format(time.DateOnly), t.AddDate(0, 1, -1).Format(time.DateOnly)
}

// Shift is the month n after this one.
func Shift(month string, n int) string {
	t, _ := time.Parse("2006-01", month)
	return t.AddDate(0, n, 0).Format("2006-01")
}
