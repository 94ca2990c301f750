package board

import (
	"motcua/base/fault"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/sight"
)

// tables are those of a dashboard that can be kept, by their names in addresses.
func (p page) tables(name string) (caption, head string, all []sight.Line, say func(string) string, ok bool) {
	same := func(s string) string { return s }
	switch name {
	case "bodies":
		return p.T("board.bodies"), p.T("board.body"), p.Bodies, p.label, true
	case "services":
		return p.T("board.kinds"), p.T("board.kind"), p.Kinds, p.kind, true
	case "channels":
		return p.T("board.channels"), p.T("board.channel"), p.Channels, p.channel, true
	case "months":
		return p.T("board.trend"), p.T("board.month"), p.Months, same, true
	}
	return "", "", nil, nil, false
}

// export gives a table of the dashboard as a file.
func (b *board) export(r *kernel.Request) (web.Answer, error) {
	scope, err := known(r)
	if err != nil {
		return web.Answer{}, err
	}
	p, err := b.page(r, scope, sight.Took)
	if err != nil {
		return web.Answer{}, err
	}
	name := r.PathValue("table")
	caption, head, all, say, ok := p.tables(name)
	if !ok {
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	s := sheet.Sheet{Name: caption, Head: []string{head, p.T("board.code")}}
	for _, k := range columns {
		s.Head = append(s.Head, p.T("board.col."+k))
	}
	s.Head = append(s.Head, p.T("board.col.mean"), p.T("board.col.median"))
	var rows [][]any
	for _, l := range all {
		row := []any{say(l.Key), l.Key, l.Opened, l.OnTime, l.Late, nil, l.Waiting, l.Overdue, nil, nil}
		if name != "bodies" { // stock is counted by body alone
			row[6], row[7] = nil, nil
		}
		if l.Ends > 0 {
			row[5] = sight.Round(l.Share())
		}
		if mean, median, ok := l.Took(); ok {
			row[8], row[9] = sight.Round(mean), int64(median)
		}
		rows = append(rows, row)
	}
	s.Rows = sheet.Of(rows)
	return sight.File(s, name+"-"+p.Month, r.URL.Query().Get("as"))
}

// keep are the links under a table.
func (p page) keep(name string) (all []ui.Link) {
	to := "/work/figures/" + orAll(p.Scope) + "/tables/" + name + "?month=" + p.Month + "&download=1&as="
	return []ui.Link{{Text: "XLSX", Href: to + "xlsx", Icon: "save", Fix: true, Unseen: name}, {Text: "CSV", Href: to + "csv", Icon: "save", Fix: true, Unseen: name}}
}
