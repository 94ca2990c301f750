package figure

import (
	"slices"
	"strings"

	"motcua/base/db"
)

// The common measures are those that every dossier has. They stand side by side
// in one row, whose measure is "": what a dossier does on a day, and what a
// roll-up is asked for, is mostly one row. commonColumns are their columns.
var common = []string{Opened, OnTime, Late, Due, In("submitted"), In("progress"), In("action"), In("ready"), In("closed")}

const commonMany = 9

var commonColumns = []string{"opened", "ontime", "late", "due", "submitted", "progress", "action", "ready", "closed"}

// valueColumns are those of a value, in its order.
var valueColumns = append([]string{"count", "amount"}, commonColumns...)

// A value is what is added up in a row: the common measures where its measure
// is "", else count and amount of that one.
type value struct {
	count, amount int64
	common        [commonMany]int64
}

func (v *value) add(o value) {
	v.count, v.amount = v.count+o.count, v.amount+o.amount
	for i, n := range o.common {
		v.common[i] += n
	}
}

// part is the measure of the row where a part is counted, and its value there.
func (p Part) row() (measure string, v value) {
	if p.Amount == 0 {
		if i := slices.Index(common, p.Measure); i >= 0 {
			v.common[i] = p.Count
			return "", v
		}
	}
	return p.Measure, value{count: p.Count, amount: p.Amount}
}

// each calls f with every measure of a row that is not nothing.
func (v value) each(measure string, f func(measure string, count, amount int64)) {
	if v.count != 0 || v.amount != 0 {
		f(measure, v.count, v.amount)
	}
	for i, n := range v.common {
		if n != 0 {
			f(common[i], n, 0)
		}
	}
}

// only leaves of the common measures those that keeps.
func (v value) only(keeps *[commonMany]bool) value {
	for i, keep := range keeps {
		if !keep {
			v.common[i] = 0
		}
	}
	return v
}

func (v value) args() []any {
	all := append(make([]any, 0, 2+commonMany), v.count, v.amount)
	for _, n := range v.common {
		all = append(all, n)
	}
	return all
}

// into are where the columns of a value are read to.
func (v *value) into() []any {
	all := append(make([]any, 0, 2+commonMany), &v.count, &v.amount)
	for i := range v.common {
		all = append(all, &v.common[i])
	}
	return all
}

// added is what an insertion does where the row is known.
func added(table string) string {
	var set []string
	for _, c := range valueColumns {
		set = append(set, c+" = "+table+"."+c+" + excluded."+c)
	}
	return " do update set " + strings.Join(set, ", ")
}

// columns are the values that a query asks for, added up; what it does not ask for is 0.
func (q Query) columns() string {
	s := ""
	for i, c := range valueColumns {
		if i >= 2 && len(q.Measures) > 0 && !has(q.Measures, common[i-2]) {
			s += ", cast(0 as bigint)"
		} else {
			s += ", cast(sum(" + c + ") as bigint)"
		}
	}
	return s
}

// rows is true of the rows that hold a measure asked for.
func (q Query) rows(w *words) string {
	if len(q.Measures) == 0 {
		return ""
	}
	s := either(q.Measures, w.measure)
	if slices.ContainsFunc(common, func(m string) bool { return has(q.Measures, m) }) {
		s = strings.TrimSuffix(s, ")") + " or measure = '')"
	}
	return s
}

// rowsOf calls f with every row of a table of figures, whose key has so many words.
func rowsOf(tx *db.Tx, table, key string, f func(v value, key ...string)) error {
	k, v := make([]string, strings.Count(key, ",")+1), value{}
	places := v.into()
	into := make([]any, 0, len(k)+len(places))
	for i := range k {
		into = append(into, &k[i])
	}
	into = append(into, places...)
	_, err := db.List(tx, func(scan func(...any) error) (none struct{}, err error) {
		if err = scan(into...); err == nil {
			f(v, k...)
		}
		return none, err
	}, `select `+key+", "+strings.Join(valueColumns, ", ")+` from `+table)
	return err
}
