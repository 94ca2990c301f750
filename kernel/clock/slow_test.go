package clock_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"motcua/kernel/clock"
)

// slow is a calendar that knows one thing, whether the office works in a given
// minute, and counts everything else minute by minute. It writes the minutes of
// a month down when they are first asked for.
type slow struct {
	file    string
	hours   [][2]int
	cutoff  int
	weekend []time.Weekday
	special map[string]bool // date to: does the office work
	times   []times

	zone   *time.Location
	months [][]minute
}

// times are hours decided for some days.
type times struct {
	from, to string
	on       []time.Weekday
	hours    [][2]int
	cutoff   int
}

// minute is what is known of one.
type minute struct {
	open, late, works bool
	of                int32 // how many open ones its day has
	last              bool  // the office closes when it is over
}

var january = time.Date(2020, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7*60*60)).Unix() / 60

const month = 30 * 24 * 60

// draw makes a calendar around January 2020. Its days are a multiple of four
// minutes long, so that quarters of them are whole minutes.
func draw(t *rapid.T) *slow {
	s := &slow{special: map[string]bool{}}
	var b strings.Builder
	hour := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	b.WriteString("hours:\n")
	from := rapid.IntRange(0, 12*60).Draw(t, "opens")
	for range rapid.IntRange(1, 3).Draw(t, "stretches") {
		to := from + 4*rapid.IntRange(1, 50).Draw(t, "length")
		if to >= 24*60 {
			break
		}
		s.hours = append(s.hours, [2]int{from, to})
		fmt.Fprintf(&b, "  - {from: %q, to: %q}\n", hour(from), hour(to))
		from = to + rapid.IntRange(1, 120).Draw(t, "pause")
	}
	s.cutoff = rapid.IntRange(s.hours[0][0], 24*60-1).Draw(t, "cutoff")
	fmt.Fprintf(&b, "cutoff: %q\nzone: Asia/Ho_Chi_Minh\nweekend: [", hour(s.cutoff))
	for d := range rapid.IntRange(0, 3).Draw(t, "weekend") {
		s.weekend = append(s.weekend, time.Weekday(d))
		fmt.Fprintf(&b, "%s, ", strings.ToLower(time.Weekday(d).String()))
	}
	b.WriteString("]\nholidays:\n")
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		from := first.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "holiday"))
		n := rapid.IntRange(0, 6).Draw(t, "more days")
		fmt.Fprintf(&b, "  - {date: %q, to: %q, name: x}\n", from.Format(time.DateOnly), from.AddDate(0, 0, n).Format(time.DateOnly))
		for d := range n + 1 {
			s.special[from.AddDate(0, 0, d).Format(time.DateOnly)] = false
		}
	}
	b.WriteString("working:\n")
	for range rapid.IntRange(0, 2).Draw(t, "worked") {
		day := first.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "worked day")).Format(time.DateOnly)
		fmt.Fprintf(&b, "  - {date: %q}\n", day)
		s.special[day] = true
	}
	b.WriteString("times:\n")
	for range rapid.IntRange(0, 2).Draw(t, "times") {
		x := times{}
		n := rapid.IntRange(0, 40).Draw(t, "hours from")
		x.from = first.AddDate(0, 0, n).Format(time.DateOnly)
		x.to = first.AddDate(0, 0, n+rapid.IntRange(0, 30).Draw(t, "hours for")).Format(time.DateOnly)
		from := rapid.IntRange(1, 14*60).Draw(t, "hours open")
		x.hours = append(x.hours, [2]int{from, from + 4*rapid.IntRange(1, 100).Draw(t, "hours length")})
		x.cutoff = rapid.IntRange(from, 24*60-1).Draw(t, "hours cutoff")
		on := ""
		for d := range rapid.IntRange(0, 3).Draw(t, "weekdays") {
			w := time.Weekday((d*2 + 6) % 7)
			x.on, on = append(x.on, w), on+strings.ToLower(w.String())+", "
		}
		fmt.Fprintf(&b, "  - {from: %q, to: %q, on: [%s], hours: [{from: %q, to: %q}], cutoff: %q}\n", x.from, x.to, on, hour(x.hours[0][0]), hour(x.hours[0][1]), hour(x.cutoff))
		s.times = append(s.times, x)
	}
	s.file = b.String()
	return s
}

// write writes the minutes of a day down.
func (s *slow) write(day time.Time, into []minute) {
	date, hours, cutoff, works := day.Format(time.DateOnly), s.hours, s.cutoff, !slices.Contains(s.weekend, day.Weekday())
	for _, x := range s.times {
		if x.from <= date && date <= x.to && (len(x.on) == 0 || slices.Contains(x.on, day.Weekday())) {
			hours, cutoff = x.hours, x.cutoff
			works = works || len(x.on) > 0
		}
	}
	if special, ok := s.special[date]; ok {
		works = special
	}
	of := int32(0)
	for m := range into {
		in := slices.ContainsFunc(hours, func(h [2]int) bool { return h[0] <= m && m < h[1] })
		if into[m] = (minute{open: works && in, late: m > cutoff, works: works, last: m+1 == hours[len(hours)-1][1]}); in {
			of++
		}
	}
	for m := range into {
		into[m].of = of
	}
}

// at is the minute that begins n minutes after midnight of 1 January 2020.
func (s *slow) at(n int) minute {
	for len(s.months) <= n/month {
		all := make([]minute, month)
		for d := range 30 {
			day := time.Date(2020, 1, 1+30*len(s.months)+d, 0, 0, 0, 0, time.UTC)
			s.write(day, all[d*24*60:(d+1)*24*60])
		}
		s.months = append(s.months, all)
	}
	return s.months[n/month][n%month]
}

// number is the minute of t, and time the other way.
func (s *slow) number(t time.Time) int {
	s.zone = t.Location()
	return int(t.Unix()/60 - january)
}

func (s *slow) time(n int) time.Time { return time.Unix((january+int64(n))*60, 0).In(s.zone) }

func (s *slow) start(n int) int {
	for at := s.at(n); !at.open || at.late; at = s.at(n) {
		n++
	}
	return n
}

// spend is when so many minutes of the office are over.
func (s *slow) spend(n, minutes int) int {
	for ; minutes > 0; n++ {
		if s.at(n).open {
			minutes--
		}
	}
	return n
}

// later is when so many minutes of the office are over since t, which may lie
// within a minute.
func (s *slow) later(t time.Time, minutes int) time.Time {
	n := s.number(t)
	into := t.Sub(s.time(n))
	if n = s.spend(n, minutes); into == 0 || minutes == 0 {
		return s.time(n).Add(into)
	}
	for !s.at(n).open {
		n++
	}
	return s.time(n).Add(into)
}

// share is when so many quarters of days are over, each open minute being the
// part of its day that it is: a moment, for it may end within a minute.
func (s *slow) share(n, quarters int) time.Time { return s.more(s.time(n), quarters) }

// more is share since t, which may lie within a minute.
func (s *slow) more(t time.Time, quarters int) time.Time {
	n, left := s.number(t), big.NewRat(int64(quarters), 4)
	part := func(n int, of time.Duration) *big.Rat { // of its day
		return big.NewRat(int64(of), int64(time.Minute)*int64(max(1, s.at(n).of)))
	}
	if into := t.Sub(s.time(n)); into > 0 && quarters > 0 {
		left.Add(left, part(n, into))
	}
	for ; left.Sign() > 0; n++ {
		if !s.at(n).open {
			continue
		}
		if left.Sub(left, part(n, time.Minute)); left.Sign() < 0 {
			over, _ := left.Quo(left, part(n, 1)).Float64()
			return s.time(n + 1).Add(time.Duration(over))
		}
	}
	return s.time(n)
}

func midnight(n int) int { return (n/(24*60) + 1) * 24 * 60 }

// closing is the end of the office hours of the day of n, or of the next that is worked.
func (s *slow) closing(n int) int {
	for n -= n % (24 * 60); !s.at(n).works; {
		n = midnight(n)
	}
	for !s.at(n).last {
		n++
	}
	return n + 1
}

func (s *slow) due(from int, l clock.Limit) time.Time {
	start := s.start(from)
	switch {
	case l.Unit == clock.CalendarDays:
		return s.time(s.closing(start + l.Quarters/4*24*60))
	case l.Unit == clock.Hours:
		return s.time(s.spend(start, l.Quarters*15))
	case l.Quarters < 4:
		return s.share(start, l.Quarters)
	}
	for range l.Quarters / 4 {
		for start = midnight(start); !s.at(start).works; {
			start = midnight(start)
		}
	}
	return s.share(s.closing(start), l.Quarters%4)
}

// same reports whether two moments are: a quarter of a day may end between two
// nanoseconds, and the calendar rounds each time a day is of another length.
func same(a, b time.Time) bool { return a.Sub(b).Abs() < time.Microsecond }

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
		if got, want := c.Start(from), s.time(s.start(s.number(from))); !got.Equal(want) {
			t.Errorf("Start(%s): got %s, want %s\n%s", from, got, want, s.file)
		}
		if got, want := c.Due(from, l), s.due(s.number(from), l); !same(got, want) {
			t.Errorf("Due(%s, %s): got %s, want %s\n%s", from, l, got, want, s.file)
		}
		if l.Unit != clock.CalendarDays {
			want := s.share(s.number(from), l.Quarters)
			if l.Unit == clock.Hours {
				want = s.time(s.spend(s.number(from), l.Quarters*15))
			}
			if got := c.Spent(from, l); !same(got, want) {
				t.Errorf("Spent(%s, %s): got %s, want %s\n%s", from, l, got, want, s.file)
			}
		}
		want := 0
		for m := s.number(from); m < s.number(to); m++ {
			if s.at(m).open {
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
