package clock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/data"
	"motcua/base/lang"
)

// A Calendar says when an office works. It never changes once made, so any
// number of goroutines may read it.
type Calendar struct {
	hours   []Stretch // of an ordinary working day, in order, not touching
	cutoff  int       // minute of the day after which what arrives is received on the next working day
	weekend [7]bool
	zone    *time.Location
	spells  []spell      // in the order they were decided: of two that cover a day, the later holds
	off     []Off        // in the order they were decided: of two that name a day, the later holds
	special map[day]*Off // what the last decision about a day was
}

// A Stretch is one stretch of office hours of a day, in minutes from midnight.
type Stretch struct{ From, To int }

// An Off is a decision about days that differ from the ordinary week: closed
// (a holiday), or worked although they are a weekend or a holiday.
type Off struct {
	Day, To string // first and last day, YYYY-MM-DD
	Works   bool
	Name    lang.Text // of the holiday
	For     string    // the day that is given free instead of a worked one
	Source  string    // who decided it where
	first   day
	last    day
}

// A day is the number of a date since 1970, in the calendar's zone.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func parseDay(s string) (day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day such as 2020-01-23", s)
	}
	return dayOf(t), nil
}

func (d day) weekday() time.Weekday { return time.Weekday((int(d)%7 + 11) % 7) }

// at is minute m of d; minutes of the wall, so that an hour put forward at night moves no office hours.
func (c *Calendar) at(d day, m int) time.Time {
	return time.Date(1970, 1, 1+int(d), 0, m, 0, 0, c.zone)
}

// file is calendar.yaml.
type file struct {
	Hours   []pair      `yaml:"hours"`
	Cutoff  data.Expr   `yaml:"cutoff"`
	Weekend []data.Expr `yaml:"weekend"`
	Zone    data.Expr   `yaml:"zone"`
	Off     []struct {
		Date   data.Expr `yaml:"date"`
		To     data.Expr `yaml:"to"`
		Name   lang.Text `yaml:"name"`
		Source string    `yaml:"source"`
	} `yaml:"holidays"`
	Working []struct {
		Date   data.Expr `yaml:"date"`
		For    data.Expr `yaml:"for"`
		Source string    `yaml:"source"`
	} `yaml:"working"`
	Times []struct {
		From   data.Expr   `yaml:"from"`
		To     data.Expr   `yaml:"to"`
		On     []data.Expr `yaml:"on"`
		Hours  []pair      `yaml:"hours"`
		Cutoff data.Expr   `yaml:"cutoff"`
		Source string      `yaml:"source"`
	} `yaml:"times"`
}

var weekdays = map[string]time.Weekday{
	"sunday": time.Sunday, "monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday,
	"thursday": time.Thursday, "friday": time.Friday, "saturday": time.Saturday,
}

type pair struct {
	From data.Expr `yaml:"from"`
	To   data.Expr `yaml:"to"`
}

// Read reads calendar.yaml; every fault says name, line and why.
func Read(name string, b []byte) (*Calendar, error) {
	var f file
	if err := data.Read(name, b, &f); err != nil {
		return nil, err
	}
	var bad []error
	wrong := func(line int, err error) {
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", name, max(line, 1), err))
		}
	}
	stretches := func(all []pair) (hours []Stretch) {
		for _, p := range all {
			from, err := parseMinute(p.From.Text)
			wrong(p.From.Line, err)
			to, err := parseMinute(p.To.Text)
			wrong(p.To.Line, err)
			hours = append(hours, Stretch{from, to})
		}
		return hours
	}
	week := func(all []data.Expr) (days []time.Weekday) {
		for _, w := range all {
			d, ok := weekdays[w.Text]
			if !ok {
				wrong(w.Line, fmt.Errorf("%q is not a day of the week such as saturday", w.Text))
				continue
			}
			days = append(days, d)
		}
		return days
	}
	c := &Calendar{cutoff: 24 * 60, hours: stretches(f.Hours)}
	if len(bad) == 0 {
		line := 1
		if len(f.Hours) > 0 {
			line = f.Hours[0].From.Line
		}
		wrong(line, checkHours(c.hours))
	}
	if f.Cutoff.Text != "" {
		var err error
		c.cutoff, err = parseMinute(f.Cutoff.Text)
		if err == nil && len(c.hours) > 0 && c.cutoff < c.hours[0].From {
			err = errors.New("cutoff: nothing could be received on the day it arrives")
		}
		wrong(f.Cutoff.Line, err)
	}
	for _, d := range week(f.Weekend) {
		c.weekend[d] = true
	}
	if !slices.Contains(c.weekend[:], false) {
		wrong(1, errors.New("weekend: no day is left to work on"))
	}
	var err error
	if c.zone, err = time.LoadLocation(f.Zone.Text); err != nil || f.Zone.Text == "" {
		wrong(f.Zone.Line, fmt.Errorf("zone: %q is not a zone such as Asia/Ho_Chi_Minh", f.Zone.Text))
	}
	for _, h := range f.Off {
		o, err := Off{Day: h.Date.Text, To: h.To.Text, Name: h.Name, Source: h.Source}.read()
		wrong(h.Date.Line, err)
		c.off = append(c.off, o)
	}
	for _, w := range f.Working {
		o, err := Off{Day: w.Date.Text, Works: true, For: w.For.Text, Source: w.Source}.read()
		wrong(w.Date.Line, err)
		if _, err := parseDay(w.For.Text); w.For.Text != "" && err != nil {
			wrong(w.For.Line, err)
		}
		c.off = append(c.off, o)
	}
	for _, x := range f.Times {
		e := Change{Hours: stretches(x.Hours), On: week(x.On), From: x.From.Text, Until: x.To.Text, Off: Off{Source: x.Source}}
		line := x.From.Line
		if len(x.Hours) > 0 {
			line = x.Hours[0].From.Line
		}
		if x.Cutoff.Text != "" {
			e.Cutoff, err = parseMinute(x.Cutoff.Text)
			wrong(x.Cutoff.Line, err)
		}
		if e, err = e.check(); err != nil {
			wrong(line, errors.New("times: want hours of a day, a cut-off not before they begin, and days from and to such as 2020-01-23"))
		}
		c.spells = append(c.spells, e.spell())
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return c.with(nil), nil
}

func parseMinute(s string) (int, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not an hour of the day such as 08:00", s)
	}
	return 60*t.Hour() + t.Minute(), nil
}

func checkHours(hours []Stretch) error {
	end := 0
	for i, s := range hours {
		if s.From >= s.To || i > 0 && s.From <= end {
			return errors.New("hours: each stretch begins before it ends and after the one before it")
		}
		end = s.To
	}
	if len(hours) == 0 {
		return errors.New("hours: an office without hours never works")
	}
	return nil
}

// read checks the days of an Off; one without a last day is one day long.
func (o Off) read() (Off, error) {
	if o.To == "" {
		o.To = o.Day
	}
	var err error
	if o.first, err = parseDay(o.Day); err != nil {
		return o, err
	}
	if o.last, err = parseDay(o.To); err != nil {
		return o, err
	}
	if n := o.last - o.first; n < 0 || n > 366 {
		return o, fmt.Errorf("from %s to %s is not a stretch of days of a year at most", o.Day, o.To)
	}
	return o, nil
}

// with is a copy of c that obeys more decisions.
func (c *Calendar) with(more []Off) *Calendar {
	n := *c
	n.off = slices.Concat(c.off, more)
	n.special = map[day]*Off{}
	for i := range n.off {
		for d := n.off[i].first; d <= n.off[i].last; d++ {
			n.special[d] = &n.off[i]
		}
	}
	return &n
}

// Zone is the place whose days these are.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Day is the date of t where the office stands, YYYY-MM-DD.
func (c *Calendar) Day(t time.Time) string { return t.In(c.zone).Format(time.DateOnly) }

// Off is what was decided about days of that year, in order of the days.
func (c *Calendar) Off(year int) []Off {
	prefix := fmt.Sprintf("%04d-", year)
	var all []Off
	for _, o := range c.off {
		if strings.HasPrefix(o.Day, prefix) || strings.HasPrefix(o.To, prefix) {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b Off) int { return int(a.first - b.first) })
	return all
}
