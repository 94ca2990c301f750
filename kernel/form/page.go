package form

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ReadPage is what was typed on one page, not checked yet: every field of the
// page has a name in it, with nil when it was left empty. The names in v are
// the field's; a date is name.day, name.month, name.year, an address
// name.province, name.district, name.commune, name.line, a group
// name.0.inner, name.1.inner and so on. The buttons name.add and name.remove.N
// add and remove rows.
func (f *Form) ReadPage(id string, v url.Values) Answers {
	page := f.Page(id)
	if page == nil {
		return nil
	}
	a := Answers{}
	for i := range page.Fields {
		a[page.Fields[i].Name] = page.Fields[i].read(page.Fields[i].Name, v)
	}
	return a
}

// Button reports whether the page was sent by a button that adds or removes a
// row: it is then shown again without a word about what is missing.
func (f *Form) Button(id string, v url.Values) bool {
	page := f.Page(id)
	return page != nil && slices.ContainsFunc(page.Fields, func(q Field) bool {
		return q.Type == Group && (v.Has(q.Name+".add") || removed(q.Name, v) >= 0)
	})
}

func (q *Field) read(name string, v url.Values) any {
	switch q.Type {
	case Choices:
		var out []any
		for _, s := range v[name] {
			if s != "" {
				out = append(out, s)
			}
		}
		if out == nil {
			return nil
		}
		return out
	case Yes:
		switch v.Get(name) {
		case "yes":
			return true
		case "no":
			return false
		}
	case Tick:
		if v.Get(name) != "" {
			return true
		}
		return nil
	case Date:
		d, m, y := v.Get(name+".day"), v.Get(name+".month"), v.Get(name+".year")
		if d+m+y != "" {
			return strings.TrimSpace(d) + "/" + strings.TrimSpace(m) + "/" + strings.TrimSpace(y)
		}
	case Address:
		m := map[string]any{}
		for _, part := range parts {
			if s := v.Get(name + "." + part); strings.TrimSpace(s) != "" {
				m[part] = s
			}
		}
		if len(m) == 0 {
			return nil
		}
		return m
	case Group:
		return q.readRows(name, v)
	}
	if s := v.Get(name); strings.TrimSpace(s) != "" {
		return s
	}
	return nil
}

func (q *Field) readRows(name string, v url.Values) any {
	last := -1
	for key := range v {
		rest, ok := strings.CutPrefix(key, name+".")
		at, _, inner := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(at); ok && inner && err == nil && n >= 0 && n < rowsHard {
			last = max(last, n)
		}
	}
	var out []any
	gone := removed(name, v)
	for n := 0; n <= last; n++ {
		if n == gone {
			continue
		}
		row := map[string]any{}
		for i := range q.Fields {
			row[q.Fields[i].Name] = q.Fields[i].read(fmt.Sprintf("%s.%d.%s", name, n, q.Fields[i].Name), v)
		}
		out = append(out, row)
	}
	if v.Has(name+".add") && len(out) < rowsHard {
		out = append(out, map[string]any{})
	}
	if out == nil {
		return nil
	}
	return out
}

// removed is the row that the pressed button removes, or -1.
func removed(name string, v url.Values) int {
	for n := range rowsHard {
		if v.Has(fmt.Sprintf("%s.remove.%d", name, n)) {
			return n
		}
	}
	return -1
}

// Values is the inverse of ReadPage: what the inputs of a page hold for these
// answers, also for those that are wrong.
func (f *Form) Values(id string, a Answers) url.Values {
	v := url.Values{}
	if page := f.Page(id); page != nil {
		for i := range page.Fields {
			page.Fields[i].write(page.Fields[i].Name, a[page.Fields[i].Name], v)
		}
	}
	return v
}

func (q *Field) write(name string, x any, v url.Values) {
	switch q.Type {
	case Choices:
		for _, s := range q.known(x).([]string) {
			v.Add(name, s)
		}
		return
	case Yes, Tick:
		if b, ok := x.(bool); ok {
			v.Set(name, map[bool]string{true: "yes", false: "no"}[b])
			return
		}
	case Number, Money:
		if _, typed := x.(string); typed || x == nil {
			break
		}
		if n, ok := Whole(x); ok {
			v.Set(name, strconv.FormatInt(n, 10))
			return
		}
	case Date:
		s, _ := x.(string)
		if t, ok := day(s); ok {
			s = t.Format("2/1/2006")
		}
		if p := strings.SplitN(s, "/", 3); len(p) == 3 {
			v.Set(name+".day", p[0])
			v.Set(name+".month", p[1])
			v.Set(name+".year", p[2])
			return
		}
	case Address:
		for part, s := range q.known(x).(map[string]string) {
			if s != "" {
				v.Set(name+"."+part, s)
			}
		}
		return
	case Group:
		for n, row := range rows(x) {
			for i := range q.Fields {
				q.Fields[i].write(fmt.Sprintf("%s.%d.%s", name, n, q.Fields[i].Name), row[q.Fields[i].Name], v)
			}
		}
		return
	}
	if s, ok := x.(string); ok {
		v.Set(name, s)
	}
}
