package dossier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/clock"
	"motcua/kernel/form"
)

// An Asked is another body that the act asked for its opinion. The zero Asked,
// on a later act, says that it waits no more.
type Asked struct {
	Body string `json:"body,omitempty"`
	Due  int64  `json:"due,omitempty"` // when it should have answered, by its own calendar
}

// Pauses are the stretches in which the clock waited, by what the acts say; of
// one that is not over To is zero, and it is the last.
func (k *Kind) Pauses(acts []Act) (all []clock.Pause) {
	var state State
	for _, a := range acts {
		if a.Entry.To == "" || a.Entry.To == state {
			continue
		}
		was, now := k.Stands[state].Waits, k.Stands[a.Entry.To].Waits
		if state = a.Entry.To; was == now {
			continue
		}
		if was != "" {
			all[len(all)-1].To = a.At
		}
		if now != "" {
			all = append(all, clock.Pause{Ground: now, From: a.At})
		}
	}
	return all
}

// Course is what d's promise follows from, the acts that it has had and the
// answers as they stand; what waits still has not changed it yet.
func (k *Kind) Course(d *Dossier) clock.Course { return k.course(d.Acts, d.Answers, d.Body, d.Zone) }

func (k *Kind) course(acts []Act, answers form.Answers, body, zone string) (x clock.Course) {
	if k.Limit == nil || len(acts) == 0 {
		return x
	}
	x.Arrived, x.Limit = arrived(acts), k.Limit(answers, body)
	if k.Rule != nil {
		at := x.Arrived
		if z, err := time.LoadLocation(zone); err == nil {
			at = at.In(z)
		}
		x.Rule = k.Rule(at.Format(time.DateOnly))
	}
	x.Pauses = k.Pauses(acts)
	if n := len(x.Pauses); n > 0 && x.Pauses[n-1].To.IsZero() {
		x.Pauses = x.Pauses[:n-1]
	}
	since, _ := x.Since()
	for _, a := range acts {
		if a.Entry.More != "" && !a.At.Before(since) {
			x.More = limitOf(a.Entry.More)
		}
	}
	return x
}

// time notes in the act the appointments that follow from it: the promise to
// the applicant, the date of the next desk, and that of a body that is asked. A
// promise once given is only ever brought forward, except by what the law names:
// waiting, the one extension, and a new appointment when the calendar changed.
func (e *Engine) time(k *Kind, s *Step, d *Dossier, a *Act) {
	body, zone := d.Body, d.Zone
	if o := a.Entry.Open; o != nil {
		body, zone = o.Body, o.Zone
	}
	cal := e.Calendar(body)
	if cal == nil {
		return
	}
	answers := merged(d.Answers, a.Entry.Answers)
	if s.More != nil {
		a.Entry.More = s.More(a.Entry.Answers).String()
	}
	x := k.course(append(slices.Clip(d.Acts), *a), answers, body, zone)
	now, was := k.Stands[s.To], k.Stands[d.State]
	goesOn := was.Waits != "" && s.To != "" && now.Waits == "" && !now.Ends
	budget := k.Desk(s.To, answers, body)
	if s.To != "" && !budget.IsZero() {
		a.Entry.DeskDue = cal.Spent(a.At, budget).UnixMicro()
		if _, fell := x.Since(); goesOn && len(fell) > 0 { // the desk goes on where it stood
			if had := lastDesk(d.Acts, s.To); had != 0 {
				a.Entry.DeskDue = cal.Waits(micro(had), fell[len(fell)-1], budget.Unit).UnixMicro()
			}
		}
	}
	if s.Asks != nil {
		to, limit := s.Asks(body, a.Entry.Answers)
		a.Entry.Asks = &Asked{Body: to}
		if its := e.Calendar(to); its != nil && to != "" && !limit.IsZero() {
			a.Entry.Asks.Due = its.Due(a.At, limit).UnixMicro()
		}
	}
	if x.Limit.IsZero() {
		return
	}
	due := cal.Promise(x)
	if before := k.Course(d); a.Entry.Open == nil && !s.Anew && !d.Due.IsZero() && !cal.Promise(before).Equal(d.Due) {
		// It was promised by another calendar, or before the dossier came here: what was promised is moved, not counted again.
		if since, fell := x.Since(); goesOn && len(fell) > 0 {
			due = cal.Extended(cal.Waits(d.Due, fell[len(fell)-1], x.Limit.Unit), clock.Limit{})
		} else if since.Equal(x.Arrived) {
			due = cal.Extended(d.Due, limitOf(a.Entry.More))
		}
	}
	switch {
	case a.Entry.Open != nil:
		if s.Starts { // the law counts from filing
			a.Entry.Starts = a.At.UnixMicro()
		}
	case goesOn, a.Entry.More != "", s.Anew:
		if was.Waits == clock.Supplement && goesOn && x.Rule != clock.Subtract && !d.Started.IsZero() {
			a.Entry.Starts = a.At.UnixMicro()
		}
	case s.Starts:
		if !d.Due.IsZero() && d.Due.Before(due) {
			due = d.Due
		}
		a.Entry.Starts = a.At.UnixMicro()
	default:
		return
	}
	a.Entry.Due = due.UnixMicro()
}

func limitOf(s string) clock.Limit {
	l, _ := clock.ParseLimit(s) // of Limit.String
	return l
}

// lastDesk is the date that the desk at s last had.
func lastDesk(acts []Act, s State) int64 {
	for _, a := range slices.Backward(acts) {
		if (a.Entry.To == s || a.Act == ActRecount && a.Entry.From == s) && a.Entry.DeskDue != 0 {
			return a.Entry.DeskDue
		}
	}
	return 0
}

// within reports whether s may still be done at that moment: some acts may be
// done only so long after receipt.
func (e *Engine) within(s *Step, d *Dossier, at time.Time) bool {
	until := e.Until(s, d)
	return until.IsZero() || !at.After(until)
}

// Until is the last moment for s, by the calendar of d's body; zero: none.
func (e *Engine) Until(s *Step, d *Dossier) time.Time {
	cal := e.Calendar(d.Body)
	if s.Within.IsZero() || d.Started.IsZero() || cal == nil {
		return time.Time{}
	}
	return cal.Due(d.Started, s.Within)
}

// alarms asks time itself to act later where the new state says so.
func (e *Engine) alarms(tx *db.Tx, k *Kind, d *Dossier, was State) error {
	if e.Alarm == nil || d.State == was {
		return nil
	}
	for _, s := range k.Steps {
		if !slices.Contains(s.By, Clock) || s.Watched || !slices.Contains(s.From, d.State) || s.After.IsZero() && s.If != nil && !s.If(d, d.Acts) {
			continue
		}
		at := d.Changed
		if cal := e.Calendar(d.Body); cal != nil && !s.After.IsZero() {
			at = cal.Due(at, s.After)
		}
		if err := e.Alarm(tx, fmt.Sprintf("%s/%d/%s", d.ID, d.Version, s.Act), at, Due{d.ID, d.Version, s.Act}); err != nil {
			return err
		}
	}
	return nil
}

// Ring does what time itself does. A dossier that has moved on since the
// version named is left alone; version 0 asks for none.
func (e *Engine) Ring(ctx context.Context, a Due) error {
	d, err := e.Find(ctx, a.Dossier)
	if err != nil {
		return err
	}
	entered := 0
	for _, act := range d.Acts {
		if act.Entry.To != "" && act.Entry.To != act.Entry.From {
			entered = act.Version
		}
	}
	if a.Version != 0 && entered != a.Version {
		return nil
	}
	_, err = e.Act(ctx, Order{Dossier: a.Dossier, Act: a.Act, self: Clock})
	if errors.Is(err, fault.Conflict) {
		return nil
	}
	return err
}
