package clock

import (
	"time"

	"motcua/base/lang"
)

// Explain tells, sentence by sentence, why what arrived at t is due when it is.
func (c *Calendar) Explain(t time.Time, l Limit, v lang.Voice) []string {
	v.Zone = c.zone
	t = t.In(c.zone)
	start, due := c.Start(t), c.Due(t, l)
	var say []string
	switch {
	case start.Equal(t):
		say = append(say, v.T("clock.received", moment(v, t)))
	case c.IsWorking(t) && t.After(c.at(dayOf(t), c.cutoff)):
		say = append(say, v.T("clock.received.late", moment(v, t), v.Hour(c.at(dayOf(t), c.cutoff)), moment(v, start)))
	default:
		say = append(say, v.T("clock.received.closed", moment(v, t), moment(v, start)))
	}
	if l.IsZero() {
		return append(say, v.T("clock.none.long"))
	}
	switch {
	case l.Unit == CalendarDays:
		say = append(say, v.T("clock.rule.calendar", l.Say(v)))
	case l.Unit == Days && l.Quarters%4 == 0:
		say = append(say, v.T("clock.rule.days", l.Say(v)))
	case l.Unit == Days && l.Quarters > 4:
		say = append(say, v.T("clock.rule.mixed", l.Say(v)))
	default:
		say = append(say, v.T("clock.rule.exact", l.Say(v)))
	}
	first, last := dayOf(start)+1, dayOf(due)
	if l.Unit == CalendarDays {
		end := dayOf(start) + day(l.Quarters/4)
		if end == last {
			first = last + 1 // every day counts, so none needs a word
		} else {
			say = append(say, v.T("clock.moved", date(v, c.at(end, 0))))
			first = end
		}
	}
	return append(append(say, c.skipped(first, last, v)...), v.T("clock.due", moment(v, due)))
}

// skipped tells which days from first to last differ from the ordinary week, and how many are weekends.
func (c *Calendar) skipped(first, last day, v lang.Voice) []string {
	var say []string
	weekend := 0
	var told *Off
	for d := first; d <= last; d++ {
		o := c.special[d]
		switch {
		case o == nil && c.weekend[d.weekday()]:
			weekend++
		case o == nil || o == told:
		case o.Works:
			say = append(say, v.T("clock.worked", date(v, c.at(d, 0))))
		case o.first == o.last:
			say = append(say, v.T("clock.holiday", v.Of(o.Name), date(v, c.at(d, 0))))
		default:
			say = append(say, v.T("clock.holidays", v.Of(o.Name), date(v, c.at(o.first, 0)), date(v, c.at(o.last, 0))))
		}
		told = o
	}
	if weekend > 0 {
		say = append(say, v.T("clock.weekend", weekend))
	}
	return say
}

// moment is hour, weekday and date: what people check an appointment against.
func moment(v lang.Voice, t time.Time) string {
	return v.T("clock.moment", v.Hour(t), v.Weekday(t), v.Day(t))
}

func date(v lang.Voice, t time.Time) string { return v.T("clock.date", v.Weekday(t), v.Day(t)) }
