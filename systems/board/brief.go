package board

import (
	"cmp"
	"slices"

	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/sight"
)

// A briefPage is a month on two printed pages, beside the month before it.
type briefPage struct {
	page
	Before sight.Sight
}

func (b *board) brief(r *kernel.Request) (web.Answer, error) {
	scope, err := known(r)
	if err != nil {
		return web.Answer{}, err
	}
	p := briefPage{}
	if p.page, err = b.page(r, scope, sight.Took); err != nil {
		return web.Answer{}, err
	}
	p.Before, err = sight.Look(r, scope, sight.Shift(p.Month, -1), sight.Took)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(briefView(p))
}

// changed compares the month with the one before it. Stock is not compared: it is known as of now alone.
func (p briefPage) changed() ui.Table {
	t := ui.Table{Caption: p.T("board.brief.changed", monthName(p.Before.Month)), Shown: true, Scroll: true, Columns: []ui.Column{{Title: p.T("board.brief.what")},
		{Title: monthName(p.Before.Month), Right: true}, {Title: monthName(p.Month), Right: true}, {Title: p.T("board.brief.change"), Right: true}}}
	row := func(what, before, now, change string, tone ui.Tone) {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: what}, {Text: before, Num: true}, {Text: now, Num: true}, {Body: ui.State{Text: change, Tone: tone}}}})
	}
	was, is := p.Months[len(p.Months)-2], p.Months[len(p.Months)-1]
	count := func(key string, before, now int64, good int) {
		row(p.T("board.col."+key), p.Voice.Number(before), p.Voice.Number(now), p.signed(now-before), towards(float64(now-before), good))
	}
	count("opened", was.Opened, is.Opened, 0)
	count("ontime", was.OnTime, is.OnTime, 0)
	count("late", was.Late, is.Late, -1)
	if was.Ends > 0 && is.Ends > 0 {
		d := is.Share() - was.Share()
		row(p.T("board.col.share"), sight.Percent(p.Voice, was), sight.Percent(p.Voice, is), p.T("board.brief.percent", p.more(d, 1)), towards(d, 1))
	}
	before, _, ok := was.Took()
	now, _, has := is.Took()
	if ok && has {
		row(p.T("board.col.mean"), p.Voice.Decimal(before, 1), p.Voice.Decimal(now, 1), p.more(now-before, 1), towards(now-before, -1))
	}
	return t
}

// more says a difference with its sign.
func (p page) more(d float64, places int) string {
	if d > 0 {
		return "+" + p.Voice.Decimal(d, places)
	}
	return p.Voice.Decimal(d, places)
}

func (p page) signed(d int64) string {
	if d > 0 {
		return "+" + p.Voice.Number(d)
	}
	return p.Voice.Number(d)
}

// towards is the colour of a change, where more of it is good (1), bad (-1) or neither.
func towards(d float64, good int) ui.Tone {
	switch {
	case good == 0 || d == 0:
		return ui.Plain
	case (d > 0) == (good > 0):
		return ui.Good
	}
	return ui.Soon
}

// moved are the bodies whose share on time changed most.
func (p briefPage) moved() ui.Table {
	const shown = 6
	t := ui.Table{Caption: p.T("board.brief.moved"), Shown: true, Scroll: true, Empty: p.T("board.empty"), Columns: []ui.Column{{Title: p.T("board.body")},
		{Title: monthName(p.Before.Month), Right: true}, {Title: monthName(p.Month), Right: true}, {Title: p.T("board.brief.change"), Right: true}}}
	type move struct {
		was, is sight.Line
		by      float64
	}
	var all []move
	for _, is := range p.Bodies {
		i := slices.IndexFunc(p.Before.Bodies, func(l sight.Line) bool { return l.Key == is.Key })
		if i >= 0 && is.Ends >= few && p.Before.Bodies[i].Ends >= few {
			all = append(all, move{p.Before.Bodies[i], is, is.Share() - p.Before.Bodies[i].Share()})
		}
	}
	slices.SortStableFunc(all, func(a, b move) int { return cmp.Compare(max(b.by, -b.by), max(a.by, -a.by)) })
	for _, m := range all[:min(shown, len(all))] {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.label(m.is.Key)}, {Text: sight.Percent(p.Voice, m.was), Num: true}, {Text: sight.Percent(p.Voice, m.is), Num: true},
			{Body: ui.State{Text: p.T("board.brief.percent", p.more(m.by, 1)), Tone: towards(m.by, 1)}}}})
	}
	return t
}

// busiest are the services with most dossiers.
func (p briefPage) busiest() ui.Table {
	all := slices.Clone(p.Kinds)
	slices.SortStableFunc(all, func(a, b sight.Line) int { return cmp.Compare(b.Opened, a.Opened) })
	return p.table(p.T("board.kinds"), p.T("board.kind"), all[:min(8, len(all))], p.kindCells)
}
