// Package behind finds the dossiers behind a figure, for those who may read
// them: an official is shown those of the bodies he works for, and nobody else any.
package behind

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/tally"
	"motcua/kernel/who"
)

// A Figure is the number that was asked about.
type Figure struct {
	Measures []string // all of them Known
	Body     string   // with those below it; "" is the country
	Kinds    []string
	From, To string // days; not of a stock
	Channel  string // "": any
}

// A Row is one dossier behind a figure, without a word about the person.
type Row struct {
	ID                 id.ID
	Code, Kind, Body   string
	State              dossier.State
	Opened, Due, Ended time.Time
}

// Known reports whether the dossiers of these measures can be listed.
func Known(measures ...string) bool {
	return len(measures) > 0 && !slices.ContainsFunc(measures, func(m string) bool { return !known(m) })
}

func known(measure string) bool {
	return slices.Contains([]string{figure.Opened, figure.Ended, figure.OnTime, figure.Late, figure.Due, tally.Early}, measure) || strings.HasPrefix(measure, "in:")
}

// Mine are the bodies within body whose dossiers p may read.
func Mine(p who.Person, body string) (all []string) {
	for _, g := range p.Grants {
		if g.Role.Desk() && (body == "" || g.Body == body || strings.HasPrefix(g.Body, body+".")) && !slices.Contains(all, g.Body) {
			all = append(all, g.Body)
		}
	}
	return all
}

// Rows are the dossiers behind f that me may read, the newest first; after is
// the last one seen, and next is 0 at the end.
func Rows(ctx context.Context, e *dossier.Engine, me who.Person, f Figure, after id.ID, limit int) (all []Row, next id.ID, err error) {
	bodies := Mine(me, f.Body)
	if len(bodies) == 0 || !Known(f.Measures...) {
		return nil, 0, nil
	}
	w := &where{}
	var of []string
	for _, b := range bodies {
		for _, m := range f.Measures {
			of = append(of, w.of(e, b, m, f))
		}
	}
	w.and("(" + strings.Join(of, " or ") + ")")
	if kinds := f.Kinds; len(kinds) > 0 {
		var or []string
		for _, k := range kinds {
			if strings.Contains(k, "/") {
				or = append(or, "kind = "+w.arg(k))
			} else {
				or = append(or, fmt.Sprintf("substr(kind, 1, %d) = %s", len(k)+1, w.arg(k+"/")))
			}
		}
		w.and("(" + strings.Join(or, " or ") + ")")
	}
	if f.Channel != "" {
		w.and("channel = " + w.arg(f.Channel))
	}
	if after != 0 {
		w.and("id < " + w.arg(after))
	}
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (r Row, err error) {
			var opened, due, ended db.Time
			state := ""
			err = into(&r.ID, &r.Code, &r.Kind, &r.Body, &state, &opened, &due, &ended)
			r.State, r.Opened, r.Due, r.Ended = dossier.State(state), opened.Time, due.Time, ended.Time
			return r, err
		}, fmt.Sprintf(`select id, code, kind, body, state, opened, due, ended from dossier where %s order by id desc limit %d`, strings.Join(w.conds, " and "), limit+1), w.args...)
		return err
	})
	if len(all) > limit {
		all = all[:limit]
		next = all[limit-1].ID
	}
	return all, next, err
}

// where collects conditions with their arguments.
type where struct {
	conds []string
	args  []any
}

func (w *where) and(s string) { w.conds = append(w.conds, s) }

func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

// of is true of the dossiers of one body that a measure of the figure counts, its days being days of the body's zone.
func (w *where) of(e *dossier.Engine, code, measure string, f Figure) string {
	zone := zoneOf(e, code)
	s := "body = " + w.arg(code)
	during := func(column string) { s += w.during(column, zone, f) }
	switch {
	case strings.HasPrefix(measure, "in:"):
		var or []string
		for _, k := range e.Kinds() {
			var states []string
			for state, stand := range k.Stands {
				if figure.In(string(stand.Public)) == measure {
					states = append(states, string(state))
				}
			}
			slices.Sort(states)
			for i, state := range states {
				states[i] = w.arg(state)
			}
			if len(states) > 0 {
				or = append(or, "kind = "+w.arg(k.Name)+" and state in ("+strings.Join(states, ", ")+")")
			}
		}
		s += " and (" + strings.Join(append(or, "1 = 0"), " or ") + ")"
	case measure == figure.Opened:
		during("opened")
	case measure == figure.Due:
		s += " and ended = 0 and waiting = 0 and due > 0"
		during("due")
	default:
		s += " and ended > 0"
		during("ended")
		switch measure {
		case figure.Late:
			s += " and due > 0 and ended > due"
		case figure.OnTime:
			s += " and (due = 0 or ended <= due)"
		case tally.Early: // before the day it was due: the day begins with its midnight
			s += " and due > 0 and ended < due - (due + " + w.arg(offset(zone)) + ") % 86400000000"
		}
	}
	return "(" + s + ")"
}

// zoneOf is the zone of the body's days.
func zoneOf(e *dossier.Engine, code string) *time.Location {
	b, _ := e.Body(code)
	zone, err := time.LoadLocation(cmp.Or(b.Zone, "UTC"))
	if err != nil {
		return time.UTC
	}
	return zone
}

// during is true where the column's time is on a day of the figure.
func (w *where) during(column string, zone *time.Location, f Figure) (s string) {
	if t, err := time.ParseInLocation(time.DateOnly, f.From, zone); err == nil {
		s += " and " + column + " >= " + w.arg(db.At(t))
	}
	if t, err := time.ParseInLocation(time.DateOnly, f.To, zone); err == nil {
		s += " and " + column + " < " + w.arg(db.At(t.AddDate(0, 0, 1)))
	}
	return s
}

// offset is how far a zone is ahead, in microseconds: exact where clocks are not turned.
func offset(zone *time.Location) int64 {
	_, seconds := time.Now().In(zone).Zone()
	return int64(seconds) * 1_000_000
}
