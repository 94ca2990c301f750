package clock

import "time"

// How time is counted. The rules stand here and nowhere else.
//
// Receipt. A day of an office ends, for what arrives, at the cut-off: what
// comes later goes to the desk first thing on the next working day (Decree
// 61/2018 of Viet Nam, the 15:00 rule), and is received then. What comes while
// the office is closed is received when it next opens.
//
// Whole working days and days of the calendar. The day of receipt does not
// count, the limit ends with the last day, and a last day on which nobody works
// is the next day on which somebody does (Civil Code 2015 of Viet Nam, Articles
// 147 and 148). The day ends when the office closes, because the result is
// handed out there: 1 working day, received Monday at 10:00, is due Tuesday at
// the end of office hours; received Monday at 15:30, Wednesday.
//
// Parts of a day and hours. Working time is counted exactly from the receipt
// (Article 147: hours run from the moment itself): a quarter of a day is a
// quarter of the office hours of that day, be it a short one. Whole days come
// first, then the part: 1.25 days are due a quarter into the day after.
//
// Budgets of desks are parts of the limit and count exactly (Spent), so budgets
// that add up to a limit of working days never end after it.

// Start is when what arrives at t is received: t itself in office hours. What
// is received at Start(t) and what arrives at t are due at the same moment.
func (c *Calendar) Start(t time.Time) time.Time {
	t = t.In(c.zone)
	d := dayOf(t)
	if c.works(d) {
		for _, s := range c.on(d) {
			if !t.Before(c.at(d, s.To)) {
				continue
			}
			if from := later(t, c.at(d, s.From)); !from.After(c.at(d, c.ends(d))) {
				return from
			}
			break
		}
	}
	d = c.next(d)
	return c.at(d, c.on(d)[0].From)
}

// Due is when the limit l ends for what arrives at t; no limit is never due (the zero time).
func (c *Calendar) Due(t time.Time, l Limit) time.Time {
	if l.IsZero() {
		return time.Time{}
	}
	return c.end(c.Start(t), l)
}

// end is when l ends, counted from start, whose own day does not count.
func (c *Calendar) end(start time.Time, l Limit) time.Time {
	d := dayOf(start)
	switch {
	case l.Unit == CalendarDays:
		return c.last(d + day(l.Quarters/4))
	case l.Unit == Days && l.Quarters >= 4:
		for range l.Quarters / 4 {
			d = c.next(d)
		}
		return c.share(c.closes(d), l.Quarters%4)
	case l.Unit == Days:
		return c.share(start, l.Quarters)
	}
	return c.spend(start, l.hours())
}

// Spent is when l of working time has gone by since t, counted exactly and
// without the rules of receipt: the budget of a desk. Days of the calendar are
// counted as in Due.
func (c *Calendar) Spent(t time.Time, l Limit) time.Time {
	t = t.In(c.zone)
	switch l.Unit {
	case CalendarDays:
		return c.last(dayOf(t) + day(l.Quarters/4))
	case Days:
		return c.share(t, l.Quarters)
	}
	return c.spend(t, l.hours())
}

// Working is the office hours between from and to; none when to is not later.
func (c *Calendar) Working(from, to time.Time) time.Duration {
	from, to = from.In(c.zone), to.In(c.zone)
	var sum time.Duration
	first, last := dayOf(from), dayOf(to)
	for d := first; d <= last; d++ {
		switch {
		case !c.works(d):
		case d > first && d < last:
			sum += c.length(d)
		default:
			for _, s := range c.on(d) {
				sum += max(0, earlier(to, c.at(d, s.To)).Sub(later(from, c.at(d, s.From))))
			}
		}
	}
	return sum
}

// Left is the working time from now until due; negative is how late it is.
func (c *Calendar) Left(now, due time.Time) time.Duration {
	if now.After(due) {
		return -c.Working(due, now)
	}
	return c.Working(now, due)
}

// IsWorking reports whether the office works on the day of t.
func (c *Calendar) IsWorking(t time.Time) bool { return c.works(dayOf(t.In(c.zone))) }

// Workday is how long an ordinary working day is.
func (c *Calendar) Workday() time.Duration { return sum(c.hours) }

// next is the first working day after d.
func (c *Calendar) next(d day) day {
	for d++; !c.works(d); d++ {
	}
	return d
}

func (c *Calendar) closes(d day) time.Time {
	hours := c.on(d)
	return c.at(d, hours[len(hours)-1].To)
}

// last is the end of a limit whose last day is d.
func (c *Calendar) last(d day) time.Time { return c.closes(c.next(d - 1)) }

// hours is the time that a limit of hours stands for.
func (l Limit) hours() time.Duration { return time.Duration(l.Quarters) * 15 * time.Minute }

// spend is the first moment with n office hours between t and it.
func (c *Calendar) spend(t time.Time, n time.Duration) time.Time {
	for d := c.next(dayOf(t) - 1); ; d = c.next(d) {
		end, left := c.within(d, t, n)
		if left == 0 {
			return end
		}
		n = left
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
