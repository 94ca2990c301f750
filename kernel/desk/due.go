package desk

import (
	"time"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
)

// due says how a dossier stands with time: icon, word and colour. Left is
// working time by the body's calendar; soon is what is due before that moment.
func due(v lang.Voice, cal *clock.Calendar, now, soon time.Time, d *dossier.Dossier) ui.State {
	at := d.Due
	if at.IsZero() {
		at = d.DeskDue
	}
	switch {
	case !d.Ended.IsZero() && !d.Due.IsZero() && d.Ended.After(d.Due):
		return ui.State{Text: v.T("desk.due.donelate"), Tone: ui.Plain, Icon: "check"}
	case !d.Ended.IsZero():
		return ui.State{Text: v.T("desk.due.done"), Tone: ui.Plain, Icon: "check"}
	case !d.Waiting.IsZero():
		return ui.State{Text: v.T("desk.due.paused"), Tone: ui.Plain, Icon: "hold"}
	case at.IsZero():
		return ui.State{Text: v.T("desk.due.none"), Tone: ui.Plain, Icon: "clock"}
	case now.After(at):
		text := v.T("desk.due.late")
		if by := span(v, cal, -cal.Left(now, at)); by != "" {
			text = v.T("desk.due.lateby", by)
		}
		return ui.State{Text: text, Tone: ui.Bad}
	}
	left := span(v, cal, cal.Left(now, at))
	if left == "" {
		left = v.T("desk.minutes", 0)
	}
	s := ui.State{Before: v.T("desk.due.left"), Text: left, Tone: ui.Plain, Icon: "clock"}
	if at.Before(soon) {
		s.Tone, s.Icon = ui.Soon, ""
	}
	return s
}

// span says working time: whole days, or hours and minutes of less than one; "" is none.
func span(v lang.Voice, cal *clock.Calendar, t time.Duration) string {
	h, m := int(t/time.Hour), int(t%time.Hour/time.Minute)
	switch day := cal.Workday(); {
	case t >= 2*day:
		return v.T("desk.days", int(t/day))
	case t >= day:
		return v.T("desk.days.one")
	case h > 0 && m > 0:
		return v.T("desk.hoursminutes", h, m)
	case h > 0:
		return v.T("desk.hours", h)
	case m > 0:
		return v.T("desk.minutes", m)
	}
	return ""
}

// spent is how much of the time from its start to its promise a dossier has
// used, in percent; -1: no clock runs.
func spent(cal *clock.Calendar, now time.Time, d *dossier.Dossier) int {
	if d.Started.IsZero() || d.Due.IsZero() || !d.Ended.IsZero() || !d.Waiting.IsZero() {
		return -1
	}
	all := cal.Working(d.Started, d.Due)
	if all <= 0 {
		return -1
	}
	return int(min(100, 100*cal.Working(d.Started, now)/all))
}
