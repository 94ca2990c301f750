// Package span says who had a dossier when: every second of its life, from the
// opening to the end, is the applicant's or a body's.
//
// It reads acts alone and asks no calendar, so the same acts give the same
// spans on every machine, now and in ten years.
package span

import (
	"time"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
)

// A Span is a stretch of time in which one side had the dossier in one state.
type Span struct {
	From, To time.Time     // To is not part of it
	State    dossier.State // the step
	Ground   clock.Ground  // why the legal clock waited; "": it ran
	Body     string        // code of the body that had it; "": the applicant
	Late     bool          // a body that was asked for its opinion had promised it before
}

// Length is how long the span is.
func (s Span) Length() time.Duration { return s.To.Sub(s.From) }

// Applicant reports whether the time is the applicant's.
func (s Span) Applicant() bool { return s.Body == "" }

// Of are the spans of a dossier, from its opening to its end; to of one that
// has not ended yet. They are in order, none is empty, each begins where the one
// before it ends.
//
// The applicant answers for the time in which he was asked for a supplement or
// a payment, or asked himself to wait. A body that was asked for its opinion
// answers for the time in which the clock waited for it; where the clock did not
// wait, for what it took beyond its own deadline. The rest is the deciding
// body's, while the result lies ready but the clock has ended nobody's.
func Of(acts []dossier.Act, stands map[dossier.State]dossier.Stand, to time.Time) (all []Span) {
	if len(acts) == 0 || acts[0].Entry.Open == nil {
		return nil
	}
	w := walk{body: acts[0].Entry.Open.Body}
	for i, a := range acts {
		if i > 0 {
			w.until(a.At)
		}
		if a.Entry.Body != "" {
			w.body = a.Entry.Body
		}
		if e := a.Entry; e.To != "" {
			w.state, w.stand = e.To, stands[e.To]
		}
		if x := a.Entry.Asks; x != nil {
			w.asked, w.due = x.Body, time.Time{}
			if x.Due != 0 {
				w.due = time.UnixMicro(x.Due).UTC()
			}
		}
		if i == 0 {
			w.at = a.At
		}
		if w.stand.Ends && w.end == nil {
			n := len(w.all)
			w.end = &n
		} else if !w.stand.Ends {
			w.end = nil // it was taken up again: the time between belongs to the body
		}
	}
	if w.end != nil {
		return w.all[:*w.end]
	}
	w.until(to)
	return w.all
}

// A walk goes along the acts.
type walk struct {
	body  string
	state dossier.State
	stand dossier.Stand
	asked string    // the body whose opinion is outstanding
	due   time.Time // when it should have come
	at    time.Time // up to which all is told
	all   []Span
	end   *int // how many spans there were when the clock ended
}

// until tells the time up to t, in the state that the dossier had.
func (w *walk) until(t time.Time) {
	s := Span{State: w.state, Ground: w.stand.Waits, Body: w.body}
	switch s.Ground {
	case clock.Supplement, clock.Duty, clock.Request:
		s.Body = ""
		w.add(s, t)
		return
	case clock.Consultation:
		if w.asked != "" {
			s.Body = w.asked
		}
	}
	if w.asked == "" || w.due.IsZero() || !w.due.Before(t) {
		w.add(s, t)
		return
	}
	w.add(s, w.due)
	s.Body, s.Late = w.asked, true
	w.add(s, t)
}

// add makes s end at t; what goes on as before is one span.
func (w *walk) add(s Span, t time.Time) {
	if !t.After(w.at) {
		return
	}
	s.From, s.To = w.at, t
	w.at = t
	if n := len(w.all); n > 0 {
		last := w.all[n-1]
		last.From, last.To = s.From, s.To
		if last == s && (w.end == nil || *w.end < n) {
			w.all[n-1].To = t
			return
		}
	}
	w.all = append(w.all, s)
}
