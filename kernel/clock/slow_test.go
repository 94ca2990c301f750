package clock_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"motcua/kernel/clock"
)

// slow is a calendar that knows one thing, whether the office works in a given
// minute, and counts everything else minute by minute.
type slow struct {
	file    string
	hours   [][2]int
	cutoff  int
	weekend []time.Weekday
	special map[string]bool // date to: does the office work
}

// draw makes a calendar around January 2020. Its days are a multiple of four
// minutes long, so that quarters of them are whole minutes.
func draw(t *rapid.T) slow {
	s := slow{special: map[string]bool{}}
	var b strings.Builder
	minute := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	b.WriteString("hours:\n")
	from := rapid.IntRange(0, 12*60).Draw(t, "opens")
	for range rapid.IntRange(1, 3).Draw(t, "stretches") {
		to := from + 4*rapid.IntRange(1, 50).Draw(t, "length")
		if to >= 24*60 {
			break
		}
		s.hours = append(s.hours, [2]int{from, to})
		fmt.Fprintf(&b, "  - {from: %q, to: %q}\n", minute(from), minute(to))
		from = to + rapid.IntRange(1, 120).Draw(t, "pause")
	}
	s.cutoff = rapid.IntRange(s.hours[0][0], 24*60-1).Draw(t, "cutoff")
	fmt.Fprintf(&b, "cutoff: %q\nzone: Asia/Ho_Chi_Minh\nweekend: [", minute(s.cutoff))
	for d := range rapid.IntRange(0, 3).Draw(t, "weekend") {
		s.weekend = append(s.weekend, time.Weekday(d))
		fmt.Fprintf(&b, "%s, ", strings.ToLower(time.Weekday(d).String()))
	}
	b.WriteString("]\nholidays:\n")
	january := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		first := january.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "holiday"))
		n := rapid.IntRange(0, 6).Draw(t, "more days")
		fmt.Fprintf(&b, "  - {date: %q, to: %q, name: x}\n", first.Format(time.DateOnly), first.AddDate(0, 0, n).Format(time.DateOnly))
		for d := range n + 1 {
			s.special[first.AddDate(0, 0, d).Format(time.DateOnly)] = false
		}
	}
	b.WriteString("working:\n")
	for range rapid.IntRange(0, 2).Draw(t, "worked") {
		day := january.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "worked day")).Format(time.DateOnly)
		fmt.Fprintf(&b, "  - {date: %q}\n", day)
		s.special[day] = true
	}
	s.file = b.String()
	return s
}

func (s slow) works(t time.Time) bool {
	if works, ok := s.special[t.Format(time.DateOnly)]; ok {
		return works
	}
	return !slices.Contains(s.weekend, t.Weekday())
}

// open reports whether the office is open in the minute that begins at t.
func (s slow) open(t time.Time) bool {
	m := t.Hour()*60 + t.Minute()
	return s.works(t) && slices.ContainsFunc(s.hours, func(h [2]int) bool { return h[0] <= m && m < h[1] })
}

func (s slow) start(t time.Time) time.Time {
	for !s.open(t) || t.Hour()*60+t.Minute() > s.cutoff {
		t = t.Add(time.Minute)
	}
	return t
}

func (s slow) spend(t time.Time, minutes int) time.Time {
	for minutes > 0 {
		if s.open(t) {
			minutes--
		}
		t = t.Add(time.Minute)
	}
	return t
}

func (s slow) day() (n int) {
	for _, h := range s.hours {
		n += h[1] - h[0]
	}
	return n
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}

// closing is the end of the office hours of the day of t, or of the next that is worked.
func (s slow) closing(t time.Time) time.Time {
	for !s.works(t) {
		t = midnight(t)
	}
	m := s.hours[len(s.hours)-1][1]
	return time.Date(t.Year(), t.Month(), t.Day(), m/60, m%60, 0, 0, t.Location())
}

func (s slow) due(t time.Time, l clock.Limit) time.Time {
	start := s.start(t)
	switch {
	case l.Unit == clock.CalendarDays:
		return s.closing(start.AddDate(0, 0, l.Quarters/4))
	case l.Unit == clock.Hours:
		return s.spend(start, l.Quarters*15)
	case l.Quarters < 4:
		return s.spend(start, l.Quarters*s.day()/4)
	}
	for range l.Quarters / 4 {
		for start = midnight(start); !s.works(start); {
			start = midnight(start)
		}
	}
	return s.spend(s.closing(start), l.Quarters%4*s.day()/4)
}

func moment(t *rapid.T, c *clock.Calendar, what string) time.Time {
	return time.Date(2020, 1, 1, 0, rapid.IntRange(0, 30*24*60).Draw(t, what), 0, 0, c.Zone())
}

func drawLimit(t *rapid.T, what string) clock.Limit {
	units := map[clock.Unit]int{clock.Days: 20, clock.Hours: 60, clock.CalendarDays: 10}
	u := rapid.SampledFrom([]clock.Unit{clock.Days, clock.Hours, clock.CalendarDays}).Draw(t, "unit of "+what)
	q := rapid.IntRange(1, units[u]).Draw(t, what)
	if u == clock.CalendarDays {
		q *= 4
	}
	return clock.Limit{Quarters: q, Unit: u}
}

func TestAgainstMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		c, err := clock.Read("drawn.yaml", []byte(s.file))
		if err != nil {
			t.Fatalf("%v\n%s", err, s.file)
		}
		from, to := moment(t, c, "from"), moment(t, c, "to")
		l := drawLimit(t, "limit")
		if got, want := c.Start(from), s.start(from); !got.Equal(want) {
			t.Errorf("Start(%s): got %s, want %s\n%s", from, got, want, s.file)
		}
		if got, want := c.Due(from, l), s.due(from, l); !got.Equal(want) {
			t.Errorf("Due(%s, %s): got %s, want %s\n%s", from, l, got, want, s.file)
		}
		if l.Unit != clock.CalendarDays {
			n := l.Quarters * 15
			if l.Unit == clock.Days {
				n = l.Quarters * s.day() / 4
			}
			if got, want := c.Spent(from, l), s.spend(from, n); !got.Equal(want) {
				t.Errorf("Spent(%s, %s): got %s, want %s\n%s", from, l, got, want, s.file)
			}
		}
		want := 0
		for m := from; m.Before(to); m = m.Add(time.Minute) {
			if s.open(m) {
				want++
			}
		}
		if got := c.Working(from, to); got != time.Duration(want)*time.Minute {
			t.Errorf("Working(%s, %s): got %s, want %d minutes\n%s", from, to, got, want, s.file)
		}
	})
}

// What must hold of any calendar, to the second.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := clock.Read("drawn.yaml", []byte(draw(t).file))
		if err != nil {
			t.Fatal(err)
		}
		second := func(what string) time.Time {
			return moment(t, c, what).Add(time.Duration(rapid.IntRange(0, 59).Draw(t, "seconds of "+what)) * time.Second)
		}
		a, b := second("a"), second("b")
		if b.Before(a) {
			a, b = b, a
		}
		l, m := drawLimit(t, "l"), drawLimit(t, "m")
		if c.Due(b, l).Before(c.Due(a, l)) {
			t.Errorf("%s: who came later, at %s, is served before who came at %s", l, b, a)
		}
		if l.Unit == m.Unit && l.Less(m) && c.Due(a, m).Before(c.Due(a, l)) {
			t.Errorf("from %s: %s ends before %s", a, m, l)
		}
		if start := c.Start(a); start.Before(a) || !c.Start(start).Equal(start) || !c.Due(start, l).Equal(c.Due(a, l)) {
			t.Errorf("Start(%s) = %s: is earlier, or not a moment that is received at once", a, start)
		}
		if l.Unit == clock.Hours {
			if got, want := c.Working(a, c.Spent(a, l)), time.Duration(l.Quarters)*15*time.Minute; got != want {
				t.Errorf("from %s until %s is spent: %s of work", a, l, got)
			}
		}
		if got, want := c.Left(a, b), -c.Left(b, a); got != want {
			t.Errorf("Left is not the same in both directions: %s, %s", got, want)
		}

		// Budgets of desks that add up to a limit of working days end no later than it.
		at, sum := a, 0
		for range rapid.IntRange(1, 5).Draw(t, "desks") {
			q := rapid.IntRange(1, 9).Draw(t, "budget")
			at, sum = c.Spent(at, clock.Limit{Quarters: q, Unit: clock.Days}), sum+q
		}
		if due := c.Due(a, clock.Limit{Quarters: sum, Unit: clock.Days}); at.After(due) {
			t.Errorf("budgets of %d quarters from %s end at %s, after the limit %s", sum, a, at, due)
		}
	})
}
