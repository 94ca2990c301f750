package scores

import (
	"cmp"
	"net/url"
	"slices"

	"motcua/base/fault"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/behind"
	"motcua/kernel/score"
	"motcua/kernel/sight"
)

// table is the indices of one group with what they come to.
func (v *view) table(s score.Scheme, g score.Group) ui.Table {
	sum := s.Of(g, v.Inputs)
	t := ui.Table{Caption: v.Voice.Of(g.Title), Told: true, Columns: []ui.Column{{Title: v.Voice.Of(g.Title)},
		{Title: v.T("scores.value"), Right: true}, {Title: v.T("scores.points"), Right: true}}}
	if sum.Known > 0 {
		t.Columns[2].Title = v.T("scores.of", v.points(s, sum.Points), v.plain(sum.Max))
	}
	for _, x := range g.Indices {
		m := x.Mark(v.Inputs)
		value := ui.Cell{Text: v.value(x, m), Num: true, Soft: !m.Known}
		if m.Known && behind.Known(x.Drill) && m.Of+m.Over > 0 {
			value.Href = v.behind(x.Drill)
		}
		t.Rows = append(t.Rows, ui.Row{ID: s.ID + "-" + x.ID, Cells: []ui.Cell{{Body: indexCell(v, x)}, value, {Body: v.gained(s, x, m)}}})
	}
	return t
}

// source says what the index is read from and where it stands in the law.
func (v *view) source(x score.Index) string {
	s := v.Voice.Of(x.Article)
	if len(x.Note) > 0 {
		s = v.Voice.Of(x.Note) + " " + s
	}
	if x.Unverified {
		s += ". " + v.T("scores.unverified")
	}
	return s
}

// value says what the index comes to, in its unit.
func (v *view) value(x score.Index, m score.Mark) string {
	switch {
	case len(x.Each) == 0 && len(x.Over) == 0:
		return v.T("scores.unmeasured")
	case !m.Known:
		return v.T("scores.nothing")
	case x.Unit == score.Percent:
		return v.T("scores.rate", v.Voice.Decimal(m.Value, 1), v.Voice.Number(m.Over), v.Voice.Number(m.Of))
	case x.Unit == score.Days:
		return v.T("scores.days", v.Voice.Decimal(m.Value, 1))
	case x.Unit == score.Points:
		return v.T("scores.mean", v.Voice.Number(m.Of))
	}
	return v.Voice.Number(m.Over)
}

// gained says the points, in the colour of their share of what could be had.
func (v *view) gained(s score.Scheme, x score.Index, m score.Mark) ui.State {
	switch {
	case x.Max == 0:
		return ui.State{Text: "–", Tone: ui.Plain}
	case !m.Known:
		return ui.State{Text: v.T("scores.na", v.plain(x.Max)), Tone: ui.Plain}
	}
	return ui.State{Text: v.T("scores.of", v.points(s, s.Round(m.Points)), v.plain(x.Max)), Tone: tone(m.Points / x.Max)}
}

// tone is the colour of a share of the points.
func tone(share float64) ui.Tone {
	switch {
	case share < 0.5:
		return ui.Bad
	case share < 0.8:
		return ui.Soon
	}
	return ui.Good
}

func (v *view) points(s score.Scheme, f float64) string { return v.Voice.Decimal(f, s.Places) }

// plain says a maximum without places that say nothing.
func (v *view) plain(f float64) string {
	if f == float64(int64(f)) {
		return v.Voice.Decimal(f, 0)
	}
	return v.Voice.Decimal(f, 1)
}

// kpis are the totals, first of all.
func (v *view) kpis() (all ui.KPIs) {
	for _, s := range v.Schemes {
		t := s.Total(v.Inputs)
		k := ui.KPI{Label: v.Voice.Of(s.Short), Value: "–", State: ui.State{Text: v.T("scores.known", t.Known, t.Of), Tone: ui.Plain}, Href: "#" + s.ID}
		if t.Known > 0 {
			k.Value = v.T("scores.of", v.points(s, t.Points), v.plain(t.Max))
		}
		all = append(all, k)
	}
	return all
}

// ranking is the bodies below by the first scheme, whose indices follow from their figures alone.
func (v *view) ranking() ui.Table {
	s := v.Schemes[0]
	t := ui.Table{Caption: v.T("scores.bodies"), Scroll: true, Empty: v.T("scores.empty"), Columns: []ui.Column{{Title: v.T("scores.body")},
		{Title: v.Voice.Of(s.Short), Right: true}, {Title: v.T("scores.share"), Right: true}, {Title: v.T("scores.measured"), Right: true}}}
	type line struct {
		below
		score.Total
	}
	var some []line
	for _, b := range v.Below {
		if x := s.Total(b.Inputs); x.Known > 0 {
			some = append(some, line{b, x})
		}
	}
	half := func(x line) int { return map[bool]int{true: 1}[2*x.Known < x.Of] } // of whom little is measured, nothing is said by his place
	slices.SortStableFunc(some, func(a, b line) int { return cmp.Or(cmp.Compare(half(a), half(b)), cmp.Compare(b.Share(), a.Share())) })
	for _, x := range some {
		name := ui.Cell{Text: v.BodyName(x.Code)}
		if x.Code != v.Scope {
			name.Href = v.at(x.Code, v.Period)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{name, {Text: v.T("scores.of", v.points(s, x.Points), v.plain(x.Max)), Num: true},
			{Body: ui.State{Text: v.Voice.Decimal(x.Share(), 1) + " %", Tone: tone(x.Share() / 100)}}, {Text: v.T("scores.known", x.Known, x.Of), Num: true, Soft: true}}})
	}
	return t
}

// export gives the indices of one scheme as a file.
func (m *marks) export(r *kernel.Request) (web.Answer, error) {
	v, err := m.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	at := slices.IndexFunc(m.Schemes, func(s score.Scheme) bool { return s.ID == r.PathValue("scheme") })
	if at < 0 {
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	s := m.Schemes[at]
	sh := sheet.Sheet{Name: v.Voice.Of(s.Short)}
	for _, k := range heads {
		sh.Head = append(sh.Head, r.T("scores.col."+k))
	}
	var rows [][]any
	for _, g := range s.Groups {
		for _, x := range g.Indices {
			mark := x.Mark(v.Inputs)
			row := []any{cmp.Or(v.Scope, all), v.Period, v.Voice.Of(g.Title), x.ID, v.Voice.Of(x.Name), nil, string(x.Unit), nil, nil, nil, x.Max, v.Voice.Of(x.Article)}
			if mark.Known {
				row[5], row[7], row[8] = sight.Round(mark.Value), mark.Over, mark.Of
				if x.Max > 0 {
					row[9] = s.Round(mark.Points)
				}
			}
			rows = append(rows, row)
		}
	}
	sh.Rows = sheet.Of(rows)
	return sight.File(sh, s.ID+"-"+v.Period, r.URL.Query().Get("as"))
}

// heads are the columns of the files.
var heads = []string{"body", "period", "group", "index", "name", "value", "unit", "over", "of", "points", "max", "article"}

// keep are the links under a scheme.
func (v *view) keep(s score.Scheme) (links []ui.Link) {
	to := "/work/scores/" + url.PathEscape(cmp.Or(v.Scope, all)) + "/tables/" + s.ID + "?period=" + v.Period + "&download=1&as="
	return []ui.Link{{Text: "XLSX", Href: to + "xlsx", Icon: "save", Fix: true, Unseen: s.ID}, {Text: "CSV", Href: to + "csv", Icon: "save", Fix: true, Unseen: s.ID}}
}
