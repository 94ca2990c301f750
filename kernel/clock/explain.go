package clock

import (
	"fmt"
	"time"

	"motcua/base/lang"
)

// A Line is one step of the way from an arrival to the end of its limit.
type Line struct {
	Why    string // which rule it is of, such as "days" or "restart": where the law's article is kept by
	Text   string
	Source string // who decided this day off; "" for what is of the law itself
}

// Explain tells, step by step, why the course x ends when it does. The rules it
// names in Why: received, late, closed (how the arrival counts), none, days,
// mixed, exact, calendar (how the limit is counted), moved, off, worked, weekend
// (days that differ), hours (that a body decided for the last day), restart and the grounds (what waiting does), more, due.
func (c *Calendar) Explain(x Course, v lang.Voice) (all []Line) {
	v.Zone = c.zone
	say := func(why, key string, args ...any) { all = append(all, Line{Why: why, Text: v.T(key, args...)}) }
	since, pauses := x.Since()
	if n := len(x.Pauses) - len(pauses); n > 0 {
		p := x.Pauses[n-1]
		say("restart", "clock.restart", moment(v, x.Arrived), moment(v, p.From), moment(v, p.To))
	}
	t := since.In(c.zone)
	start := c.Start(t)
	switch {
	case start.Equal(t):
		say("received", "clock.received", moment(v, t))
	case c.IsWorking(t) && t.After(c.at(dayOf(t), c.ends(dayOf(t)))):
		say("late", "clock.received.late", moment(v, t), v.Hour(c.at(dayOf(t), c.ends(dayOf(t)))), moment(v, start))
	default:
		say("closed", "clock.received.closed", moment(v, t), moment(v, start))
	}
	if x.Limit.IsZero() {
		say("none", "clock.none.long")
		return all
	}
	way := x.Limit.way()
	say(way, "clock.rule."+way, x.Limit.Say(v))
	for _, p := range pauses {
		if x.Limit.Unit == CalendarDays {
			say(string(p.Ground), "clock.waits.days", v.T("clock.ground."+string(p.Ground)), moment(v, p.From), moment(v, p.To), int(c.days(p)))
			continue
		}
		say(string(p.Ground), "clock.waits", v.T("clock.ground."+string(p.Ground)), moment(v, p.From), moment(v, p.To), length(v, c.Waited(p)))
	}
	due := c.Promise(x)
	first, last := dayOf(start)+1, dayOf(due)
	if x.Limit.Unit == CalendarDays {
		end := dayOf(start) + day(x.Limit.Quarters/4)
		for _, p := range pauses {
			end += c.days(p)
		}
		if c.works(end) {
			first = last + 1 // every day counts, so none needs a word
		} else {
			say("moved", "clock.moved", date(v, c.at(end, 0)))
			first = end
		}
	}
	all = append(all, c.skipped(first, last, v)...)
	if s := c.spell(last); s != nil && s.source != "" {
		all = append(all, Line{"hours", v.T("clock.hours.own", date(v, c.at(last, 0)), v.Hour(c.at(last, s.hours[0].From)), v.Hour(c.closes(last))), s.source})
	}
	if !x.More.IsZero() {
		say("more", "clock.more", x.More.Say(v))
	}
	say("due", "clock.due", moment(v, due))
	return all
}

// way is how a limit is counted.
func (l Limit) way() string {
	switch {
	case l.Unit == CalendarDays:
		return "calendar"
	case l.Unit == Days && l.Quarters%4 == 0:
		return "days"
	case l.Unit == Days && l.Quarters > 4:
		return "mixed"
	}
	return "exact"
}

// skipped tells which days from first to last differ from the ordinary week, and how many are weekends.
func (c *Calendar) skipped(first, last day, v lang.Voice) (all []Line) {
	weekend := 0
	var told *Off
	for d := first; d <= last; d++ {
		o := c.special[d]
		switch {
		case o == nil && !c.works(d):
			weekend++
		case o == nil || o == told:
		case o.Works:
			all = append(all, Line{"worked", v.T("clock.worked", date(v, c.at(d, 0))), o.Source})
		case o.first == o.last:
			all = append(all, Line{"off", v.T("clock.holiday", v.Of(o.Name), date(v, c.at(d, 0))), o.Source})
		default:
			all = append(all, Line{"off", v.T("clock.holidays", v.Of(o.Name), date(v, c.at(o.first, 0)), date(v, c.at(o.last, 0))), o.Source})
		}
		told = o
	}
	if weekend > 0 {
		all = append(all, Line{Why: "weekend", Text: v.T("clock.weekend", weekend)})
	}
	return all
}

// A Day is one day between an arrival and the end of its limit.
type Day struct {
	At      time.Time // its midnight
	Arrives bool      // what the limit counts from came on it, and it does not count itself
	Number  int       // of the days that count, from 1; 0: it does not count
	Off     *Off      // the decision about it, or nil
	Weekend bool
	Waits   Ground // the clock waited during a part of it, on this ground
	Ends    bool   // the limit ends on it
}

// Days are the days of the course x, from the one on which its arrival counts
// to the last. A day on which the clock waited has no number: it counts in part.
func (c *Calendar) Days(x Course) (all []Day) {
	if x.Limit.IsZero() {
		return nil
	}
	since, pauses := x.Since()
	first, last := dayOf(c.Start(since)), dayOf(c.Promise(x))
	n := 0
	for d := first; d <= last; d++ {
		y := Day{At: c.at(d, 0), Arrives: d == first && x.Limit.way() != "exact", Ends: d == last, Off: c.special[d]}
		y.Weekend = y.Off == nil && !c.works(d)
		for _, p := range pauses {
			if dayOf(p.From.In(c.zone)) <= d && d <= dayOf(p.To.In(c.zone)) {
				y.Waits = p.Ground
			}
		}
		if (x.Limit.Unit == CalendarDays || c.works(d)) && !y.Arrives && y.Waits == "" {
			n++
			y.Number = n
		}
		all = append(all, y)
	}
	return all
}

// length is time of an office in words.
func length(v lang.Voice, t time.Duration) string {
	h, m := int(t/time.Hour), int(t%time.Hour/time.Minute)
	if m == 0 {
		return v.T("clock.length.hours", h)
	}
	return v.T("clock.length", h, fmt.Sprintf("%02d", m))
}

// moment is hour, weekday and date: what people check an appointment against.
func moment(v lang.Voice, t time.Time) string {
	return v.T("clock.moment", v.Hour(t), v.Weekday(t), v.Day(t))
}

func date(v lang.Voice, t time.Time) string { return v.T("clock.date", v.Weekday(t), v.Day(t)) }
