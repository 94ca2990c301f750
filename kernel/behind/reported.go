package behind

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// A Reported is one dossier behind a figure that its body carries in its own
// software; State is one of the ten national ones.
type Reported struct {
	Row
	State int
}

// ReportedRows are the dossiers behind f that bodies reported of their own and
// me may read, the newest first, as Rows are of those carried here.
func ReportedRows(ctx context.Context, e *dossier.Engine, m *mirror.Store, me who.Person, f Figure, after id.ID, limit int) (all []Reported, next id.ID, err error) {
	bodies := Mine(me, f.Body)
	prefix := strings.TrimSuffix(m.Kind("x"), "x") // before a procedure's code in the name of its kind
	var procedures []string
	mine := len(f.Kinds) == 0
	for _, k := range f.Kinds {
		code, one := strings.CutPrefix(k, prefix)
		switch {
		case k == figure.Family(prefix):
			mine = true
		case one:
			procedures, mine = append(procedures, code), true
		}
	}
	if len(bodies) == 0 || !mine || !Known(f.Measures...) {
		return nil, 0, nil
	}
	w := &where{}
	var of []string
	for _, b := range bodies {
		for _, measure := range f.Measures {
			of = append(of, w.reported(e, b, measure, f))
		}
	}
	w.and("(" + strings.Join(of, " or ") + ")")
	if len(procedures) > 0 {
		for i, p := range procedures {
			procedures[i] = w.arg(p)
		}
		w.and("procedure in (" + strings.Join(procedures, ", ") + ")")
	}
	if f.Channel != "" {
		w.and("channel = " + w.arg(f.Channel))
	}
	if after != 0 {
		w.and("id < " + w.arg(after))
	}
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (r Reported, err error) {
			var opened, due, ended db.Time
			procedure := ""
			err = into(&r.ID, &r.Code, &procedure, &r.Body, &r.State, &opened, &due, &ended)
			r.Kind, r.Opened, r.Due, r.Ended = m.Kind(procedure), opened.Time, due.Time, ended.Time
			return r, err
		}, fmt.Sprintf(`select id, code, procedure, body, state, opened, due, ended from mirror where %s order by id desc limit %d`, strings.Join(w.conds, " and "), limit+1), w.args...)
		return err
	})
	if len(all) > limit {
		all = all[:limit]
		next = all[limit-1].ID
	}
	return all, next, err
}

// reported is true of the rows of one body that a measure of the figure counts,
// as mirror counts them: whoever is at a public state has been there since he came or ended.
func (w *where) reported(e *dossier.Engine, code, measure string, f Figure) string {
	during := func(column string) string { return w.during(column, zoneOf(e, code), f) }
	states := func(keep func(int) bool) string {
		var in []string
		for n := 1; n <= 10; n++ {
			if keep(n) {
				in = append(in, w.arg(n))
			}
		}
		return "state in (" + strings.Join(append(in, "0"), ", ") + ")"
	}
	s := "body = " + w.arg(code) + " and "
	switch {
	case strings.HasPrefix(measure, "in:"):
		s += states(func(n int) bool { return figure.In(string(mirror.Public(n))) == measure })
	case measure == figure.Opened:
		s += "0 = 0" + during("opened")
	case measure == figure.Due:
		s += states(func(n int) bool { return !mirror.Ends(n) && !mirror.Waits(n) }) + " and due > 0" + during("due")
	case slices.Contains([]string{figure.Ended, figure.OnTime, figure.Late}, measure):
		s += states(mirror.Ends) + during("ended")
		switch measure {
		case figure.Late:
			s += " and due > 0 and ended > due"
		case figure.OnTime:
			s += " and (due = 0 or ended <= due)"
		}
	default: // it is not reported who was early
		s += "0 = 1"
	}
	return "(" + s + ")"
}
