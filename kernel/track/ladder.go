package track

import (
	"slices"
	"time"

	"motcua/base/id"
	"motcua/base/ui"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
)

// A Rung is one step of the way of a dossier: done, present, or to come.
type Rung struct {
	Place string        // ui.Done, ui.Now, ui.Held, ui.Stop, or "" to come
	Step  *dossier.Step // what was done; nil: it is the state
	State dossier.State // that it led to or stands in
	By    id.ID         // who did it, or holds it; 0: nobody in person
	Name  string        // of who did it
	Desk  who.Role      // where it waits
	At    time.Time     // when it was done, or when the state began
	Due   time.Time     // by when it should be done; zero: not known, or past
}

// Ladder is the way of d as its acts and its kind tell it: what was done, where
// it stands, and the shortest way on to a result. While the clock waits for the
// applicant nothing to come has a date. It depends on its arguments alone.
func Ladder(k *dossier.Kind, d *dossier.Dossier, cal *clock.Calendar, now time.Time) (all []Rung) {
	for _, a := range d.Acts {
		e := a.Entry
		if e.To == "" || e.Open == nil && e.To == e.From {
			continue
		}
		all = append(all, Rung{Place: ui.Done, Step: k.Step(a.Act), State: e.To, By: a.By, Name: e.Name, At: a.At})
	}
	stand := k.Stands[d.State]
	here := Rung{Place: ui.Now, State: d.State, By: d.Holder, Desk: stand.Desk, At: d.Entered}
	switch {
	case stand.Ends && stand.Public == dossier.Closed: // the last act is where it ended
		if n := len(all); n > 0 {
			all[n-1].Place, all[n-1].Step = ui.Stop, nil
		}
		return all
	case stand.Ends:
		here.Place = ui.Done
		return append(all, here)
	case stand.Waits != "":
		here.Place, here.Due = ui.Held, Lapse(k, d, cal)
	default:
		here.Due = first(d.DeskDue, d.Due)
	}
	all = append(all, here)
	at := d.DeskDue
	for _, s := range ahead(k, d.State) {
		r, to := Rung{State: s, Desk: k.Stands[s].Desk}, k.Stands[s]
		budget := k.Desk(s, d.Answers, d.Body)
		if cal != nil && !at.IsZero() && !budget.IsZero() {
			at = cal.Spent(at, budget)
		}
		switch {
		case stand.Waits != "":
		case to.Ends:
			r.Due = d.Due
		case cal != nil && !at.IsZero() && !budget.IsZero():
			r.Due = earlier(at, d.Due)
		}
		if !r.Due.After(now) {
			r.Due = time.Time{}
		}
		all = append(all, r)
	}
	return all
}

// Lapse is when time itself ends the waiting for the applicant; zero: never.
func Lapse(k *dossier.Kind, d *dossier.Dossier, cal *clock.Calendar) time.Time {
	for _, s := range k.Steps {
		if cal != nil && !s.After.IsZero() && slices.Contains(s.By, dossier.Clock) && slices.Contains(s.From, d.State) {
			return cal.Due(d.Entered, s.After)
		}
	}
	return time.Time{}
}

// ahead are the states after from on the shortest way to a result, or where the
// kind has none, to a good end.
func ahead(k *dossier.Kind, from dossier.State) []dossier.State {
	type way struct {
		at   dossier.State
		past []dossier.State
	}
	seen, queue := map[dossier.State]bool{from: true}, []way{{at: from}}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		for _, s := range k.Steps {
			to := k.Stands[s.To]
			if s.To == "" || seen[s.To] || !slices.Contains(s.From, w.at) || to.Waits != "" || to.Public == dossier.Closed {
				continue
			}
			seen[s.To] = true
			past := append(slices.Clip(w.past), s.To)
			if to.Ends || to.Result {
				return past
			}
			queue = append(queue, way{s.To, past})
		}
	}
	return nil
}

func first(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
