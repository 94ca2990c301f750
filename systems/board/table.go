package board

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"

	"motcua/base/ui"
	"motcua/kernel/figure"
	"motcua/kernel/sight"
)

// cells are a line's figures, each leading to the dossiers behind it.
func (p page) cells(l sight.Line, scope, kind, channel string) []ui.Cell {
	cell := func(n int64, measure string) ui.Cell {
		c := ui.Cell{Text: p.Voice.Number(n), Num: true}
		if n != 0 {
			c.Href = p.drill(scope, measure, kind, channel)
		}
		return c
	}
	return []ui.Cell{cell(l.Opened, figure.Opened), cell(l.OnTime, figure.OnTime), cell(l.Late, figure.Late), {Text: sight.Percent(p.Voice, l), Num: true, Body: share{p, l}}}
}

func (p page) bodyCells(l sight.Line) []ui.Cell {
	name := ui.Cell{Text: p.label(l.Key)}
	if l.Key != p.Scope {
		name.Href = p.at(l.Key)
	}
	stock := func(n int64, measure string) ui.Cell {
		c := ui.Cell{Text: p.Voice.Number(n), Num: true}
		if n != 0 {
			c.Href = p.drill(l.Key, measure, "", "")
		}
		return c
	}
	return append(append([]ui.Cell{name}, p.cells(l, l.Key, "", "")...), stock(l.Waiting, waiting), stock(l.Overdue, figure.Due))
}

func (p page) kindCells(l sight.Line) []ui.Cell {
	return append([]ui.Cell{{Text: p.kind(l.Key)}}, p.cells(l, p.Scope, l.Key, "")...)
}

func (p page) channelCells(l sight.Line) []ui.Cell {
	return append([]ui.Cell{{Text: p.channel(l.Key)}}, p.cells(l, p.Scope, "", l.Key)...)
}

// A share is promises kept as a figure with its tone.
type share struct {
	page
	sight.Line
}

func (s share) Render(ctx context.Context, w io.Writer) error {
	return ui.State{Text: sight.Percent(s.Voice, s.Line), Tone: sight.Tone(s.Line)}.Render(ctx, w)
}

// columns are what every table shows; the last two of bodies alone.
var columns = []string{"opened", "ontime", "late", "share", "waiting", "overdue"}

// table is lines under a caption.
func (p page) table(caption, head string, all []sight.Line, cells func(sight.Line) []ui.Cell) ui.Table {
	t := ui.Table{Caption: caption, Shown: true, Scroll: true, Empty: p.T("board.empty"), Columns: []ui.Column{{Title: head}}}
	keys := columns
	if len(all) > 0 {
		keys = keys[:len(cells(all[0]))-1]
	} else {
		keys = keys[:4]
	}
	for _, k := range keys {
		t.Columns = append(t.Columns, ui.Column{Title: p.T("board.col." + k), Right: true})
	}
	for _, l := range all {
		t.Rows = append(t.Rows, ui.Row{Cells: cells(l)})
	}
	return t
}

// above is the address of the board one level up.
func (p page) above() string {
	i := strings.LastIndexByte(p.Scope, '.')
	if i < 0 {
		return p.at("")
	}
	return p.at(p.Scope[:i])
}

func (v behindView) rows() ui.Table {
	t := ui.Table{Caption: v.T("board.behind.list"), Scroll: true, Empty: v.T("board.behind.empty")}
	for _, k := range []string{"code", "kind", "body", "state", "opened", "due", "ended"} {
		t.Columns = append(t.Columns, ui.Column{Title: v.T("board.list." + k)})
	}
	for _, x := range v.Rows {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: x.Code, Href: "/work/d/" + x.ID.String(), Num: true}, {Text: v.kind(x.Kind)}, {Text: v.label(x.Body)},
			{Text: v.state(x)}, {Text: v.day(x.Opened), Num: true}, {Text: v.day(x.Due), Num: true}, {Text: v.day(x.Ended), Num: true}}})
	}
	return t
}

// reported are those that their bodies carry in their own software.
func (v behindView) reported() ui.Table {
	t := ui.Table{Caption: v.T("board.behind.reported"), Shown: true, Scroll: true}
	for _, k := range []string{"code", "kind", "body", "state", "opened", "due", "ended"} {
		t.Columns = append(t.Columns, ui.Column{Title: v.T("board.list." + k)})
	}
	for _, x := range v.Reported {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: x.Code, Href: "/work/reported?" + url.Values{"q": {x.Code}}.Encode(), Num: true}, {Text: v.kind(x.Kind)}, {Text: v.label(x.Body)},
			{Text: v.T("track.national." + strconv.Itoa(x.State))}, {Text: v.day(x.Opened), Num: true}, {Text: v.day(x.Due), Num: true}, {Text: v.day(x.Ended), Num: true}}})
	}
	return t
}
