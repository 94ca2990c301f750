package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/mirror"
)

// What differs.
const (
	MissingHere  = "missing_here"  // the body handled it, nothing was reported
	MissingThere = "missing_there" // it was reported, the body does not count it
	Behind       = "behind"        // a later version was not reported
	State        = "state"         // one version in two states
)

// A Difference is a dossier of which the body says other than it reported.
type Difference struct {
	Code, Body  string
	What        string
	There, Here mirror.Stand // of version 0: none
	n           int          // within its statement
}

// whats are the differences in the order in which they are told.
var whats = []string{MissingHere, MissingThere, Behind, State}

// differ is what differs between what a body says and what is here, if anything
// does. That is newer here than the account says is no fault: it was reported since.
func differ(there, here mirror.Stand) string {
	switch {
	case here.Version == 0:
		return MissingHere
	case there.Version == 0:
		return MissingThere
	case here.Version < there.Version:
		return Behind
	case here.Version == there.Version && here.State != there.State:
		return State
	}
	return ""
}

// A Span is days, the first and the last, as a body's calendar has them.
type Span struct{ First, Last string }

// longest is how many days an account may be about.
const longest = 366

// times are the moments at which the span begins and is over.
func (s Span) times(zone *time.Location) (from, to time.Time, err error) {
	var wrong []fault.Field
	day := func(name, text string) time.Time {
		t, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil {
			wrong = append(wrong, fault.Field{Pointer: "/" + name, Code: "sync.wrong.day"})
		}
		return t
	}
	from, to = day("from", s.First), day("to", s.Last)
	if wrong == nil && (to.Before(from) || to.After(from.AddDate(0, 0, longest-1))) {
		wrong = append(wrong, fault.Field{Pointer: "/to", Code: "sync.wrong.span", Args: []any{longest}})
	}
	if wrong != nil {
		return from, to, fault.Wrong(wrong...)
	}
	return from, to.AddDate(0, 0, 1), nil
}

// under are a body and all below it.
func under(a *kernel.App, body string) []string {
	all := []string{body}
	for i := 0; i < len(all); i++ {
		for _, b := range a.Country.Below(all[i]) {
			if !slices.Contains(all, b.Code) {
				all = append(all, b.Code)
			}
		}
	}
	return all
}

// compare finds the differences between an account and what is here, by their
// kinds and codes, and how many dossiers of the span are here.
func compare(ctx context.Context, a *kernel.App, sender string, said dossiers, from, to time.Time) (all []Difference, here int, err error) {
	found := make(map[key]bool, len(said))
	for _, body := range under(a, sender) {
		opened, err := a.Opened(ctx, body, from, to)
		if err != nil {
			return nil, 0, err
		}
		for _, x := range opened {
			here++
			k := key{x.Code, x.Body}
			found[k] = true
			all = note(all, said[k], x)
		}
	}
	var rest []key // those may have been opened on other days here
	for k := range said {
		if !found[k] {
			rest = append(rest, k)
		}
	}
	slices.SortFunc(rest, func(a, b key) int { return strings.Compare(a.code, b.code) })
	for some := range slices.Chunk(rest, mirror.Chunk) {
		stands, err := standing(ctx, a, some)
		if err != nil {
			return nil, 0, err
		}
		for _, k := range some {
			all = note(all, said[k], stands[k])
		}
	}
	slices.SortFunc(all, func(a, b Difference) int {
		if n := slices.Index(whats, a.What) - slices.Index(whats, b.What); n != 0 {
			return n
		}
		return strings.Compare(a.Code+" "+a.Body, b.Code+" "+b.Body)
	})
	return all, here, nil
}

func note(all []Difference, there, here mirror.Stand) []Difference {
	what := differ(there, here)
	if what == "" {
		return all
	}
	named := there
	if named.Version == 0 {
		named = here
	}
	return append(all, Difference{Code: named.Code, Body: named.Body, What: what, There: there, Here: here})
}

// standing is what is here of at most mirror.Chunk dossiers.
func standing(ctx context.Context, a *kernel.App, keys []key) (dossiers, error) {
	var codes []string
	for _, k := range keys {
		codes = append(codes, k.code)
	}
	all, err := a.Stands(ctx, codes)
	m := dossiers{}
	for _, x := range all {
		m[key{x.Code, x.Body}] = x
	}
	return m, err
}
