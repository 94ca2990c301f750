// Package tally is what a dossier adds to the figures once its clock ends: how
// long it took, whose the time was, how often the applicant was asked for more.
//
// It follows from the acts alone, so a recount finds the same.
package tally

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/span"
)

// What is counted of a dossier whose clock ended.
const (
	Early = "early"        // before the day it was due
	Twice = "ontime:twice" // on time, but the applicant was asked for more than once: late by Decision 766

	Result  = "result"  // with a result, which is a signed electronic original
	Digital = "digital" // every paper that was asked for is there as a file
)

// A Grade is how something stands to the day it was promised for.
type Grade string

// The grades, from the best.
const (
	IsEarly  Grade = "early"  // before that day
	IsOnTime Grade = "ontime" // on that day, not after the hour
	IsLate   Grade = "late"
)

// Desks is the measure of the dossiers by the desk that kept its own time worst
// (Circular 01/2018, Article 13, second index).
func Desks(g Grade) string { return "desks:" + string(g) }

// Rated is the measure of the dossiers whose applicant was satisfied, by how
// they ended; RatedBad of those whose applicant was not, on the day he said so.
func Rated(g Grade) string { return "rated:" + string(g) }

// RatedBad is the measure of the dossiers whose applicant was not satisfied.
const RatedBad = "rated:bad"

// Of the day in zone, grade says how at stands to due.
func grade(at, due time.Time, zone *time.Location) Grade {
	switch {
	case at.After(due):
		return IsLate
	case at.In(zone).Format(time.DateOnly) < due.In(zone).Format(time.DateOnly):
		return IsEarly
	}
	return IsOnTime
}

// Ended is how d, whose clock has ended, stood to its promise; what was promised nothing is on time.
func Ended(d *dossier.Dossier) Grade {
	if d.Due.IsZero() {
		return IsOnTime
	}
	return grade(d.Ended, d.Due, zone(d))
}

func zone(d *dossier.Dossier) *time.Location {
	z, err := time.LoadLocation(d.Zone)
	if err != nil {
		return time.UTC
	}
	return z
}

// desks is the worst of the desks that had a time of their own; "": none had.
func desks(d *dossier.Dossier, k *dossier.Kind) (worst Grade) {
	var due time.Time
	rank := []Grade{"", IsEarly, IsOnTime, IsLate}
	for _, a := range d.Acts {
		e := a.Entry
		if e.To == "" || e.To == e.From {
			continue
		}
		if !due.IsZero() && k.Stands[e.To].Waits == "" { // where the clock waits, the desk goes on afterwards
			if g := grade(a.At, due, zone(d)); slices.Index(rank, g) > slices.Index(rank, worst) {
				worst = g
			}
		}
		if due = (time.Time{}); e.DeskDue != 0 {
			due = time.UnixMicro(e.DeskDue)
		}
	}
	return worst
}

// digital reports whether every paper that was asked for is there.
func digital(d *dossier.Dossier, k *dossier.Kind) bool {
	return !slices.ContainsFunc(k.Papers, func(p dossier.Paper) bool {
		return !p.Optional && (p.When == nil || p.When(d.Answers)) && len(d.Papers[p.ID]) == 0
	})
}

// Whose time it was, as figure.Spent names it: the applicant's, a body's that
// was asked, or a desk's of the deciding body (Desk).
const (
	Applicant = "applicant"
	Asked     = "asked"
)

// Desk is the desk of a role; that of nobody in particular is "desk".
func Desk(role string) string {
	if role == "" {
		return "desk"
	}
	return "desk." + role
}

// Step is the measure of the time that dossiers lay with the deciding body in one
// state: its amount is seconds, its count the dossiers that were there.
func Step(state dossier.State) string { return "step:" + string(state) }

// Supplements is the measure of the dossiers for which the applicant was asked
// for more so often; 2 is twice and more.
func Supplements(n int) string { return "asked:" + strconv.Itoa(min(n, 2)) }

// Of is what d adds, whose clock the last of its acts ended.
func Of(d *dossier.Dossier, k *dossier.Kind) (all []figure.Part) {
	at := zone(d)
	day := func(t time.Time) time.Time {
		y, m, n := t.In(at).Date()
		return time.Date(y, m, n, 0, 0, 0, 0, time.UTC)
	}
	one := func(measure string) { all = append(all, figure.Part{Measure: measure, Count: 1}) }
	one(figure.Took(int(day(d.Ended).Sub(day(d.Opened)) / (24 * time.Hour))))
	if Ended(d) == IsEarly {
		one(Early)
	}
	if g := desks(d, k); g != "" {
		one(Desks(g))
	}
	if k.Stands[d.State].Result {
		one(Result)
	}
	if digital(d, k) {
		one(Digital)
	}
	asked := 0
	for _, p := range k.Pauses(d.Acts) {
		if p.Ground == clock.Supplement {
			asked++
		}
	}
	one(Supplements(asked))
	if asked > 1 && (d.Due.IsZero() || !d.Ended.After(d.Due)) {
		one(Twice)
	}
	spent, steps := map[string]int64{}, map[string]int64{}
	for _, s := range span.Of(d.Acts, k.Stands, d.Ended) {
		whose := Desk(string(k.Stands[s.State].Desk))
		if s.Body == d.Body {
			steps[Step(s.State)] += int64(s.Length() / time.Second)
		}
		switch {
		case s.Applicant():
			whose = Applicant
		case s.Body != d.Body:
			whose = Asked
		}
		spent[whose] += int64(s.Length() / time.Second)
	}
	for whose, seconds := range spent {
		steps[figure.Spent(whose)] = seconds
	}
	for measure, seconds := range steps {
		if seconds > 0 {
			all = append(all, figure.Part{Measure: measure, Count: 1, Amount: seconds})
		}
	}
	slices.SortStableFunc(all, func(a, b figure.Part) int { return cmp.Compare(a.Measure, b.Measure) })
	return all
}
