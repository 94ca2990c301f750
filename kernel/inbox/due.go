package inbox

import (
	"time"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
)

// Due says how a dossier stands with time: icon, word and colour. Left is
// working time by the body's calendar; soon is what is due before that moment.
func Due(v lang.Voice, cal *clock.Calendar, now, soon time.Time, d *dossier.Dossier) ui.State {
	at := d.Due
	if at.IsZero() {
		at = d.DeskDue
	}
	switch {
	case !d.Ended.IsZero() && !d.Due.IsZero() && d.Ended.After(d.Due):
		return ui.State{Text: v.T("inbox.due.donelate"), Tone: ui.Plain, Icon: "check"}
	case !d.Ended.IsZero():
		return ui.State{Text: v.T("inbox.due.done"), Tone: ui.Plain, Icon: "check"}
	case !d.Waiting.IsZero():
		return ui.State{Text: v.T("inbox.due.paused"), Tone: ui.Plain, Icon: "hold"}
	case at.IsZero():
		return ui.State{Text: v.T("inbox.due.none"), Tone: ui.Plain, Icon: "clock"}
	case now.After(at):
		text := v.T("inbox.due.late")
		if by := span(v, cal, -cal.Left(now, at)); by != "" {
			text = v.T("inbox.due.lateby", by)
		}
		return ui.State{Text: text, Tone: ui.Bad}
	}
	left := span(v, cal, cal.Left(now, at))
	if left == "" {
		left = v.T("inbox.minutes", 0)
	}
	s := ui.State{Before: v.T("inbox.due.left"), Text: left, Tone: ui.Plain, Icon: "clock"}
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
		return v.T("inbox.days", int(t/day))
	case t >= day:
		return v.T("inbox.days.one")
	case h > 0 && m > 0:
		return v.T("inbox.hoursminutes", h, m)
	case h > 0:
		return v.T("inbox.hours", h)
	case m > 0:
		return v.T("inbox.minutes", m)
	}
	return ""
}

// Spent is how much of the time from its start to its promise a dossier has
// used, in percent; -1: no clock runs.
func Spent(cal *clock.Calendar, now time.Time, d *dossier.Dossier) int {
	if d.Started.IsZero() || d.Due.IsZero() || !d.Ended.IsZero() || !d.Waiting.IsZero() {
		return -1
	}
	all := cal.Working(d.Started, d.Due)
	if all <= 0 {
		return -1
	}
	return int(min(100, 100*cal.Working(d.Started, now)/all))
}
