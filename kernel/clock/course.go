package clock

import "time"

// A Ground is why the legal clock waits. Without one of these it never does.
type Ground string

// The grounds that the law knows.
const (
	Supplement   Ground = "supplement"   // the applicant was asked to complete the dossier
	Duty         Ground = "duty"         // the applicant has something to pay
	Consultation Ground = "consultation" // another body was asked for its opinion
	Request      Ground = "request"      // the applicant asked for it
)

// Grounds are all of them.
func Grounds() []Ground { return []Ground{Supplement, Duty, Consultation, Request} }

// A Rule says what waiting for a supplement does to a limit. The law of Viet Nam
// has two, and they differ.
type Rule string

// The rules. "" is Restart.
const (
	Restart  Rule = "restart"  // the limit begins anew when the dossier is complete (Decree 61/2018, Article 17)
	Subtract Rule = "subtract" // the time waited does not count (Decision 766/2022, indicator of progress)
)

// A Pause is a stretch in which the clock waited, from the act that asked to
// the act that answered.
type Pause struct {
	Ground   Ground
	From, To time.Time
}

// A Course is all that the end of a limit follows from.
type Course struct {
	Arrived time.Time
	Limit   Limit
	Rule    Rule
	Pauses  []Pause // that are over, in order
	More    Limit   // the one extension; none: the zero Limit
}

// Since is when the limit that counts now began, and the pauses that have fallen
// into it: under Restart a supplement makes all before it as if it had not been.
// Time waited on any other ground does not count, under either rule.
func (x Course) Since() (arrived time.Time, pauses []Pause) {
	arrived, pauses = x.Arrived, x.Pauses
	for i, p := range x.Pauses {
		if p.Ground == Supplement && x.Rule != Subtract {
			arrived, pauses = p.To, x.Pauses[i+1:]
		}
	}
	return arrived, pauses
}

// Promise is when the course x ends: the limit from the arrival, then as much
// time of an office as was waited (of a limit in days of the calendar, as many
// days), then the extension. It is never before the limit alone would end, and
// with no limit it is the zero time.
func (c *Calendar) Promise(x Course) time.Time {
	if x.Limit.IsZero() {
		return time.Time{}
	}
	arrived, pauses := x.Since()
	due := c.Due(arrived, x.Limit)
	if x.Limit.Unit == CalendarDays { // from the bare last day: what a day off moved is not moved twice
		due = c.at(dayOf(c.Start(arrived))+day(x.Limit.Quarters/4), 0)
	}
	for _, p := range pauses {
		due = c.Waits(due, p, x.Limit.Unit)
	}
	if x.Limit.Unit == CalendarDays {
		due = c.last(dayOf(due))
	}
	return c.Extended(due, x.More)
}

// Waits is due moved by the time that p took, counted in the limit's unit.
func (c *Calendar) Waits(due time.Time, p Pause, u Unit) time.Time {
	if u == CalendarDays {
		return due.In(c.zone).AddDate(0, 0, int(c.days(p)))
	}
	return c.spend(due, c.Waited(p))
}

// days is how many days of the calendar a pause took.
func (c *Calendar) days(p Pause) day {
	return max(0, dayOf(p.To.In(c.zone))-dayOf(p.From.In(c.zone)))
}

// Waited is how much time of the office a pause took.
func (c *Calendar) Waited(p Pause) time.Duration { return c.Working(p.From, p.To) }

// Extended is a promise moved by more: whole days end when the office closes,
// on a day on which it works. No more leaves it where it is.
func (c *Calendar) Extended(due time.Time, more Limit) time.Time {
	if due = due.In(c.zone); more.IsZero() {
		return due
	}
	return c.end(due, more)
}

// Before is the last moment that leaves l before due: when the office closes on
// the last working day that is at least so many days before (Decree 61/2018,
// Article 19: the apology is sent at the latest one day before the limit ends).
func (c *Calendar) Before(due time.Time, days int) time.Time {
	d := dayOf(due.In(c.zone))
	for range days {
		for d--; !c.works(d); d-- {
		}
	}
	return c.closes(d)
}
