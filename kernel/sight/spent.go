package sight

import (
	"cmp"
	"maps"
	"slices"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/figure"
)

// Spent is where the time of what ended in a month was spent, under a body or
// in the country (""), of one kind or of all services ("").
type Spent struct {
	Sum    Line
	Bodies []Line // directly below
	Kinds  []Line
}

// ReadSpent reads roll-ups alone for the country and the highest bodies' services.
func ReadSpent(r *kernel.Request, scope, month, kind string) (s Spent, err error) {
	q := figure.Query{Kinds: Services(r.App), Measures: []string{"took:", "spent:", "step:"}}
	if kind != "" {
		q.Kinds = []string{kind}
	}
	q.From, q.To = Days(month)
	below := figure.Highest
	if scope != "" {
		q.Bodies, below = []string{scope}, figure.Body
	}
	bodies, kinds, sum := Group{}, Group{}, Group{}
	child := Child(scope)
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		clear(bodies)
		clear(kinds)
		clear(sum)
		q.By = []figure.Dim{below}
		rows, err := figure.Read(tx, q)
		if err != nil {
			return err
		}
		for _, x := range rows {
			bodies.At(child(x)).Add(x)
		}
		q.By = []figure.Dim{figure.Kind}
		rows, err = figure.Read(tx, q)
		for _, x := range rows {
			kinds.At(x.Kind).Add(x)
			sum.At("").Add(x)
		}
		return err
	})
	slow := func(a, b Line) int {
		return cmp.Or(cmp.Compare(b.Whole().Days(), a.Whole().Days()), cmp.Compare(a.Key, b.Key))
	}
	some := func(g Group) []Line {
		all := slices.DeleteFunc(g.Lines(), func(l Line) bool { return l.Ended() == 0 })
		slices.SortFunc(all, slow)
		return all
	}
	return Spent{*sum.At(""), some(bodies), some(kinds)}, err
}

// Whole is all the time of what ended, whoever's it was.
func (l Line) Whole() Mean {
	m := Mean{Count: l.Ended()}
	for _, seconds := range l.Spent {
		m.Seconds += seconds
	}
	return m
}

// A Part is somebody's time, as a mean over everything that ended.
type Part struct {
	Name string
	Mean
}

// Parts are whose the time was, by these names and then the rest, and none left out.
func (l Line) Parts(names []string) (all []Part) {
	for _, n := range names {
		all = append(all, Part{n, Mean{l.Ended(), l.Spent[n]}})
	}
	for _, n := range slices.Sorted(maps.Keys(l.Spent)) {
		if !slices.Contains(names, n) {
			all = append(all, Part{n, Mean{l.Ended(), l.Spent[n]}})
		}
	}
	return all
}

// Slowest are the deciding body's states, the slowest first, each as a mean over the dossiers that were there.
func (l Line) Slowest() (all []Part) {
	for _, n := range slices.Sorted(maps.Keys(l.Steps)) {
		all = append(all, Part{n, l.Steps[n]})
	}
	slices.SortStableFunc(all, func(a, b Part) int { return cmp.Compare(b.Days(), a.Days()) })
	return all
}
