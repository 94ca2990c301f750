package form

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
)

// faultsMax bounds how many wrong places one answer names.
const faultsMax = 100

// Check is the answers as they are stored: normalised, those of questions not
// shown dropped. The error is a fault.Invalid that names every wrong place
// under /answers; the answers returned with it are those that are right.
func (f *Form) Check(a Answers, env Env) (Answers, error) {
	w, err := f.walk(a, env)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if f.all.fields[name] == nil {
			w.wrong("/answers/"+escape(name), "form.unknown")
		}
	}
	if err := w.pages(nil); err != nil {
		return nil, err
	}
	return w.out, w.fault()
}

// CheckPage checks the answers of one page given all the others: a copy of a
// with those of the page normalised and those not shown dropped.
func (f *Form) CheckPage(id string, a Answers, env Env) (Answers, error) {
	page := f.Page(id)
	if page == nil {
		return nil, fault.New(fault.NotFound, "form.page", id)
	}
	w, err := f.walk(a, env)
	if err != nil {
		return nil, err
	}
	if err := w.pages(page); err != nil {
		return nil, err
	}
	out := maps.Clone(a)
	if out == nil {
		out = Answers{}
	}
	for i := range page.Fields {
		name := page.Fields[i].Name
		if _, seen := a[name]; seen && w.shown[name] && len(w.faults) == 0 {
			out[name] = nil
		}
		if v, ok := w.out[name]; ok {
			out[name] = v
		} else if !w.shown[name] {
			delete(out, name)
		}
	}
	return out, w.fault()
}

// A walk goes through the form once, in order, keeping what is right.
type walk struct {
	form   *Form
	in     Answers
	out    Answers
	env    Env
	shown  map[string]bool
	rows   map[string][]int // by group: the row of in that each row of out was
	faults []fault.Field
}

func (f *Form) walk(a Answers, env Env) (*walk, error) {
	if f.all == nil {
		return nil, errors.New("form: not compiled")
	}
	if _, ok := day(env.Today); !ok {
		return nil, fmt.Errorf("form: today is %q", env.Today)
	}
	if weight(map[string]any(a), 0) > sizeMax {
		return nil, fault.Wrong(fault.Field{Pointer: "/answers", Code: "form.large", Args: []any{sizeMax / 1000}})
	}
	return &walk{form: f, in: a, out: Answers{}, env: env, shown: map[string]bool{}, rows: map[string][]int{}}, nil
}

func (w *walk) wrong(pointer, code string, args ...any) {
	if len(w.faults) < faultsMax {
		w.faults = append(w.faults, fault.Field{Pointer: pointer, Code: code, Args: args})
	}
}

func (w *walk) fault() error {
	if len(w.faults) == 0 {
		return nil
	}
	return fault.Wrong(w.faults...)
}

// pages walks every page, or up to only and names what is wrong on that one alone.
func (w *walk) pages(only *Page) error {
	var asked []*Field
	for s := range w.form.Sections {
		for p := range w.form.Sections[s].Pages {
			page := &w.form.Sections[s].Pages[p]
			kept := len(w.faults)
			shown, err := page.when.holds(answering{a: w.out, env: w.env})
			if err != nil {
				return err
			}
			for i := range page.Fields {
				q := &page.Fields[i]
				if !shown {
					continue
				}
				v, on, err := w.ask(q, w.in[q.Name], "/answers/"+q.Name, nil)
				if err != nil {
					return err
				}
				w.shown[q.Name] = on
				if v != nil {
					w.out[q.Name] = v
					if only == nil || only == page {
						asked = append(asked, q)
					}
				}
			}
			if only != nil && only != page {
				w.faults = w.faults[:kept]
			}
		}
	}
	for _, q := range asked { // rules see all answers, also later ones
		if err := w.rules(q, w.out[q.Name], "/answers/"+q.Name, nil); err != nil {
			return err
		}
	}
	return nil
}

// ask is the answer v to q as it is stored, and whether q is shown at all.
func (w *walk) ask(q *Field, v any, at string, row map[string]any) (any, bool, error) {
	if on, err := q.when.holds(answering{a: w.out, row: row, env: w.env}); !on || err != nil {
		return nil, false, err
	}
	if q.Type == Group {
		out, err := w.group(q, v, at)
		return out, true, err
	}
	if v != nil {
		out, bad := q.answer(v, w.env)
		if bad != nil {
			w.wrong(at+bad.part, bad.code, bad.args...)
			return nil, true, nil
		}
		v = out
	}
	if v == nil && !q.Optional {
		w.wrong(at, "form.required")
	}
	return v, true, nil
}

// group checks each row; rows with nothing in them are left out.
func (w *walk) group(q *Field, v any, at string) (any, error) {
	list, ok := v.([]any)
	if v != nil && !ok {
		w.wrong(at, "form.list")
		return nil, nil
	}
	if int64(len(list)) > rowsHard {
		w.wrong(at, "form.rows", q.most())
		return nil, nil
	}
	var out []any
	w.rows[q.Name] = nil
	for n, row := range rows(v) {
		at := at + "/" + strconv.Itoa(n)
		if row == nil {
			w.wrong(at, "form.list")
			continue
		}
		if blank(row) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if !slices.ContainsFunc(q.Fields, func(in Field) bool { return in.Name == name }) {
				w.wrong(at+"/"+escape(name), "form.unknown")
			}
		}
		kept := map[string]any{}
		for i := range q.Fields {
			in := &q.Fields[i]
			x, _, err := w.ask(in, row[in.Name], at+"/"+in.Name, kept)
			if err != nil {
				return nil, err
			}
			if x != nil {
				kept[in.Name] = x
			}
		}
		out = append(out, kept)
		w.rows[q.Name] = append(w.rows[q.Name], n)
	}
	least := q.fewest()
	if n := int64(len(out)); n < least && n == 0 {
		w.wrong(at, "form.required")
	} else if n < least {
		w.wrong(at, "form.few", least)
	} else if n > q.most() {
		w.wrong(at, "form.rows", q.most())
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// fewest is how many rows a group must have; an optional group may have none.
func (q *Field) fewest() int64 {
	switch {
	case q.Min != nil:
		return *q.Min
	case q.Optional:
		return 0
	}
	return 1
}

// rules checks what q must be, and for a group what its rows must be.
func (w *walk) rules(q *Field, v any, at string, row map[string]any) error {
	for i := range q.Must {
		r := &q.Must[i]
		ok, code, args := true, "form.rule", []any{r.Say}
		if r.Rule != "" {
			ok = rules[r.Rule].holds(v, w.env)
			if len(r.Say) == 0 {
				code, args = "form.rule."+r.Rule, nil
			}
		} else {
			var err error
			if ok, err = r.holds.holds(answering{a: w.out, row: row, env: w.env}); err != nil {
				return err
			}
		}
		if !ok {
			w.wrong(at, code, args...)
		}
	}
	if q.Type != Group {
		return nil
	}
	for n, row := range rows(v) {
		for i := range q.Fields {
			in := &q.Fields[i]
			if x := row[in.Name]; x != nil {
				if err := w.rules(in, x, at+"/"+strconv.Itoa(w.rows[q.Name][n])+"/"+in.Name, row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// blank reports whether nothing is answered in v.
func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !blank(x) })
	case map[string]any:
		for _, x := range v {
			if !blank(x) {
				return false
			}
		}
		return true
	}
	return false
}

// weight is about how many bytes v would take; something nested too deep weighs too much.
func weight(v any, depth int) int {
	if depth > 5 {
		return sizeMax + 1
	}
	n := 8
	switch v := v.(type) {
	case string:
		n += len(v)
	case []any:
		for _, x := range v {
			if n += weight(x, depth+1); n > sizeMax {
				break
			}
		}
	case map[string]any:
		for k, x := range v {
			if n += len(k) + weight(x, depth+1); n > sizeMax {
				break
			}
		}
	}
	return n
}
