package dossier

import (
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/clock"
)

// Dates are what calendars make of a dossier.
type Dates struct {
	Due     time.Time // the end of the limit; zero: there is none
	DeskDue time.Time
	Issued  bool // the appointment was given to the applicant: Due is only what it would be
}

// Dates counts the dates of d anew by cal: of every body, for d may have been at
// several. With the calendars under which it came about they are those it has.
func (k *Kind) Dates(d *Dossier, cal func(body string) *clock.Calendar) (t Dates) {
	t.Issued = !d.Started.IsZero() || d.Taken != nil
	here := cal(d.Body)
	if here == nil {
		return t
	}
	if x := k.Course(d); !x.Limit.IsZero() && !d.Due.IsZero() {
		t.Due = stored(here.Promise(x))
	}
	t.DeskDue = k.deskDue(d, cal)
	return t
}

// stored is t as an act can say it.
func stored(t time.Time) time.Time { return micro(t.UnixMicro()) }

// deskDue is when the desk that has d should be done: each desk its budget, and
// after waiting what was left of it.
func (k *Kind) deskDue(d *Dossier, cal func(body string) *clock.Calendar) (due time.Time) {
	var body string
	var state State
	had := map[State]time.Time{}
	for i, a := range d.Acts {
		e := a.Entry
		if e.Open != nil {
			body = e.Open.Body
		}
		if e.Body != "" {
			due, body = moved(cal(body), cal(e.Body), a.At, due), e.Body
		}
		if e.To == "" || e.To == state {
			continue
		}
		was, now := k.Stands[state], k.Stands[e.To]
		state, due = e.To, time.Time{}
		budget := k.Desk(e.To, d.Answers, body)
		switch here := cal(body); {
		case e.DeskDue == 0:
		case a.Act == ActTakeOver || here == nil || budget.IsZero():
			due = micro(e.DeskDue)
		default:
			due = here.Spent(a.At, budget)
			if was.Waits != "" && now.Waits == "" && !had[e.To].IsZero() {
				if _, fell := k.course(d.Acts[:i+1], d.Answers, body, d.Zone).Since(); len(fell) > 0 {
					due = here.Waits(had[e.To], fell[len(fell)-1], budget.Unit)
				}
			}
		}
		if !due.IsZero() {
			due = stored(due)
			had[e.To] = due
		}
	}
	return due
}

// Recount moves the dates of dossier n, inside tx, to what today's calendars make
// of them: that of its desk, and the end of its limit where no appointment was
// given yet. One that was given stays, whatever becomes of the calendar. It
// returns the dossier after it and what was counted; moved says whether an act
// was needed.
func (e *Engine) Recount(tx *db.Tx, n id.ID, note string) (d *Dossier, t Dates, moved bool, err error) {
	d, k, err := e.find(tx, n)
	if err != nil || d.Void || !d.Ended.IsZero() {
		return d, t, false, err
	}
	t = k.Dates(d, e.Calendar)
	entry := Entry{As: Clock, From: d.State, Note: note}
	if !t.Issued && !t.Due.IsZero() && !t.Due.Equal(d.Due) {
		entry.Due = t.Due.UnixMicro()
	}
	if !t.DeskDue.IsZero() && !t.DeskDue.Equal(d.DeskDue) {
		entry.DeskDue = t.DeskDue.UnixMicro()
	}
	if entry.Due == 0 && entry.DeskDue == 0 {
		return d, t, false, nil
	}
	a := e.carried(d, 0, ActRecount, entry)
	return d, t, true, e.carry(tx, k, d, &a)
}
