package clock

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// A spell is office hours that hold from one day to another, on some days of the
// week: those a body decided instead of the ordinary ones.
type spell struct {
	first, last day
	on          [7]bool // none: whichever days the office works
	hours       []Stretch
	cutoff      int
	source      string
}

// spell is the one that c decides, of a Change of hours that was checked.
func (e Change) spell() spell {
	s := spell{first: math.MinInt, last: math.MaxInt, hours: e.Hours, cutoff: e.Cutoff, source: e.Source}
	if e.From != "" {
		s.first, _ = parseDay(e.From)
	}
	if e.Until != "" {
		s.last, _ = parseDay(e.Until)
	}
	for _, w := range e.On {
		s.on[w] = true
	}
	return s
}

// names reports whether s is of named days of the week: on those the office works.
func (s *spell) names() bool { return slices.Contains(s.on[:], true) }

// spell is the one that holds on d, nil where the ordinary hours do.
func (c *Calendar) spell(d day) *spell {
	for i := len(c.spells) - 1; i >= 0; i-- {
		if s := &c.spells[i]; s.first <= d && d <= s.last && (s.on[d.weekday()] || !s.names()) {
			return s
		}
	}
	return nil
}

// on are the office hours of d, were it worked.
func (c *Calendar) on(d day) []Stretch {
	if s := c.spell(d); s != nil {
		return s.hours
	}
	return c.hours
}

// ends is the minute of d after which what arrives is received on the next working day.
func (c *Calendar) ends(d day) int {
	if s := c.spell(d); s != nil {
		return s.cutoff
	}
	return c.cutoff
}

// works reports whether d is a working day: as was decided about it, else when
// the hours of its day of the week were decided, else when it is in no weekend.
func (c *Calendar) works(d day) bool {
	if o := c.special[d]; o != nil {
		return o.Works
	}
	for i := range c.spells {
		if s := &c.spells[i]; s.first <= d && d <= s.last && s.on[d.weekday()] {
			return true
		}
	}
	return !c.weekend[d.weekday()]
}

// On are the office hours of the day of t, none when it is not worked, and the
// minute after which what arrives is received on the next working day.
func (c *Calendar) On(t time.Time) (hours []Stretch, cutoff int) {
	d := dayOf(t.In(c.zone))
	if !c.works(d) {
		return nil, 0
	}
	return slices.Clone(c.on(d)), c.ends(d)
}

// length is how long the office works on d, were it worked.
func (c *Calendar) length(d day) time.Duration { return sum(c.on(d)) }

func sum(hours []Stretch) time.Duration {
	n := 0
	for _, s := range hours {
		n += s.To - s.From
	}
	return time.Duration(n) * time.Minute
}

// share is the first moment with so many quarters of days between t and it,
// where each day is worth its own hours, however long they are: so budgets that
// add up to a limit never end after it.
func (c *Calendar) share(t time.Time, quarters int) time.Time {
	d := c.next(dayOf(t) - 1)
	for n := time.Duration(quarters) * c.length(d) / 4; ; {
		end, left := c.within(d, t, n)
		if left == 0 {
			return end
		}
		was := c.length(d)
		d = c.next(d)
		n = scale(left, c.length(d), was)
	}
}

// within is the first moment of d, not before t, with n of its hours gone; or
// how much of n is left when it closes.
func (c *Calendar) within(d day, t time.Time, n time.Duration) (end time.Time, left time.Duration) {
	if n <= 0 {
		return t, 0
	}
	for _, s := range c.on(d) {
		from := later(t, c.at(d, s.From))
		has := c.at(d, s.To).Sub(from)
		if has >= n {
			return from.Add(n), 0
		}
		n -= max(0, has)
	}
	return end, n
}

// scale is n*to/from.
func scale(n, to, from time.Duration) time.Duration {
	if to == from {
		return n
	}
	hi, lo := bits.Mul64(uint64(n), uint64(to))
	q, _ := bits.Div64(hi, lo, uint64(from))
	return max(1, time.Duration(q))
}
