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
)

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

// Supplements is the measure of the dossiers for which the applicant was asked
// for more so often; 2 is twice and more.
func Supplements(n int) string { return "asked:" + strconv.Itoa(min(n, 2)) }

// Of is what d adds, whose clock the last of its acts ended.
func Of(d *dossier.Dossier, k *dossier.Kind) (all []figure.Part) {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC
	}
	day := func(t time.Time) time.Time {
		y, m, n := t.In(zone).Date()
		return time.Date(y, m, n, 0, 0, 0, 0, time.UTC)
	}
	one := func(measure string) { all = append(all, figure.Part{Measure: measure, Count: 1}) }
	one(figure.Took(int(day(d.Ended).Sub(day(d.Opened)) / (24 * time.Hour))))
	if !d.Due.IsZero() && day(d.Ended).Before(day(d.Due)) {
		one(Early)
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
	spent := map[string]int64{}
	for _, s := range span.Of(d.Acts, k.Stands, d.Ended) {
		whose := Desk(string(k.Stands[s.State].Desk))
		switch {
		case s.Applicant():
			whose = Applicant
		case s.Body != d.Body:
			whose = Asked
		}
		spent[whose] += int64(s.Length() / time.Second)
	}
	for whose, seconds := range spent {
		if seconds > 0 {
			all = append(all, figure.Part{Measure: figure.Spent(whose), Count: 1, Amount: seconds})
		}
	}
	slices.SortStableFunc(all, func(a, b figure.Part) int { return cmp.Compare(a.Measure, b.Measure) })
	return all
}
