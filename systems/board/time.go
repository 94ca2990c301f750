package board

import (
	"net/url"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/sight"
	"motcua/kernel/tally"
	"motcua/kernel/who"
)

// whose are the sides that time is shown of, in the order of a dossier's way.
var whose = []string{tally.Desk(string(who.Clerk)), tally.Desk(string(who.Officer)), tally.Desk(string(who.Leader)), tally.Asked, tally.Applicant}

// A timePage shows where the time of what ended in a month was spent, of all
// services or of one.
type timePage struct {
	page
	sight.Spent
	Kind string // "": all
}

func (b *board) timePage(r *kernel.Request) (p timePage, err error) {
	scope, err := known(r)
	if err != nil {
		return p, err
	}
	p = timePage{page: b.bare(r, scope), Kind: r.URL.Query().Get("kind")}
	if p.Kind != "" {
		if _, err := r.App.Kind(p.Kind, ""); err != nil || !slices.Contains(sight.Services(r.App), figure.Family(p.Kind)) {
			return p, fault.New(fault.NotFound, "web.nopage")
		}
	}
	p.Spent, err = sight.ReadSpent(r, scope, p.Month, p.Kind)
	return p, err
}

func (b *board) time(r *kernel.Request) (web.Answer, error) {
	p, err := b.timePage(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(timeView(p))
}

func (p timePage) title() string {
	if p.Kind != "" {
		return p.T("board.time.of", p.kind(p.Kind), p.Name, monthName(p.Month))
	}
	return p.T("board.time.title", p.Name, monthName(p.Month))
}

// to is the address of this page of another body or kind.
func (p timePage) to(scope, kind string) string {
	q := url.Values{"month": {p.Month}}
	if kind != "" {
		q.Set("kind", kind)
	}
	return "/work/figures/" + orAll(scope) + "/time?" + q.Encode()
}

// within is the address of a page about the same body and month.
func (p page) within(name string) string {
	return "/work/figures/" + orAll(p.Scope) + "/" + name + "?month=" + p.Month
}

// days says a mean in days of 24 hours, in hours where it is less than one.
func (p page) days(m sight.Mean) string {
	switch d := m.Days(); {
	case m.Seconds == 0:
		return "–"
	case d < 1:
		return p.T("board.hours", p.Voice.Decimal(24*d, 1))
	default:
		return p.T("board.days", p.Voice.Decimal(d, 1))
	}
}

// side names whose time it was: one of whose, or the desk of another role.
func (p page) side(name string) string {
	if key := "board.spent." + name; p.App.Texts.Has(key) {
		return p.T(key)
	}
	return strings.TrimPrefix(name, "desk.")
}

// stacks are lines as bars of whose their time was.
func (p timePage) stacks(title, head string, all []sight.Line, say, href func(string) string) ui.Stacks {
	s := ui.Stacks{Chart: ui.Chart{Title: title, About: p.T("board.time.about"), Desc: p.T("board.time.desc")}, Heads: [2]string{head, p.T("board.time.whole")}}
	names := slices.Clone(whose)
	for _, l := range all {
		for _, x := range l.Parts(names)[len(names):] {
			names = append(names, x.Name)
		}
	}
	for _, n := range names {
		s.Parts = append(s.Parts, p.side(n))
	}
	for _, l := range all {
		row := ui.Stack{Label: say(l.Key), Href: href(l.Key), Text: p.days(l.Whole())}
		for _, x := range l.Parts(names) {
			row.Parts, row.Said = append(row.Parts, x.Days()), append(row.Said, p.days(x.Mean))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func (p timePage) services() ui.Stacks {
	return p.stacks(p.T("board.kinds"), p.T("board.kind"), p.Kinds, p.kind, func(kind string) string { return p.to(p.Scope, kind) })
}

func (p timePage) below() ui.Stacks {
	return p.stacks(p.T("board.bodies"), p.T("board.body"), p.Bodies, p.label, func(code string) string {
		if code == p.Scope {
			return ""
		}
		return p.to(code, p.Kind)
	})
}

// kpis are the sides, of everything that ended.
func (p timePage) kpis() (all ui.KPIs) {
	whole := p.Sum.Whole()
	all = append(all, ui.KPI{Label: p.T("board.time.whole"), Value: p.days(whole), Href: p.drill(p.Scope, figure.Ended, p.Kind, ""),
		State: ui.State{Text: p.T("board.time.ended", p.Voice.Number(p.Sum.Ended())), Tone: ui.Plain}})
	for _, x := range p.Sum.Parts(whose) {
		share := 0.0
		if whole.Seconds > 0 {
			share = 100 * float64(x.Seconds) / float64(whole.Seconds)
		}
		all = append(all, ui.KPI{Label: p.side(x.Name), Value: p.days(x.Mean), State: ui.State{Text: p.Voice.Decimal(share, 0) + " %", Tone: ui.Plain}})
	}
	return all
}

// steps are the states of the one service, the slowest first.
func (p timePage) steps() ui.Bars {
	bars := ui.Bars{Chart: ui.Chart{Title: p.T("board.time.steps"), About: p.T("board.time.steps.about"), Desc: p.T("board.time.steps.desc")}}
	k, err := p.App.Kind(p.Kind, "")
	for _, x := range p.Sum.Slowest() {
		label := x.Name
		if err == nil {
			label = kernel.StateTitle(p.Voice, k, dossier.State(x.Name))
		}
		bars.Bars = append(bars.Bars, ui.Bar{Label: label, Value: x.Days(), Text: p.days(x.Mean)})
	}
	return bars
}

// timeTable is a table of the page as a file, in days of 24 hours.
func (b *board) timeTable(r *kernel.Request) (web.Answer, error) {
	p, err := b.timePage(r)
	if err != nil {
		return web.Answer{}, err
	}
	name := r.PathValue("table")
	all, say, head := p.Bodies, p.label, p.T("board.body")
	switch name {
	case "bodies":
	case "services":
		all, say, head = p.Kinds, p.kind, p.T("board.kind")
	default:
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	s := sheet.Sheet{Name: p.T("board.time.nav"), Head: []string{head, p.T("board.code"), p.T("board.time.count"), p.T("board.time.whole")}}
	for _, n := range whose {
		s.Head = append(s.Head, p.side(n))
	}
	var rows [][]any
	for _, l := range all {
		row := []any{say(l.Key), l.Key, l.Ended(), sight.Round(l.Whole().Days())}
		for _, x := range l.Parts(whose)[:len(whose)] {
			row = append(row, sight.Round(x.Days()))
		}
		rows = append(rows, row)
	}
	s.Rows = sheet.Of(rows)
	return sight.File(s, "time-"+name+"-"+p.Month, r.URL.Query().Get("as"))
}

func (p timePage) keep(name string) (all []ui.Link) {
	q := url.Values{"month": {p.Month}, "download": {"1"}}
	if p.Kind != "" {
		q.Set("kind", p.Kind)
	}
	for _, as := range []string{"xlsx", "csv"} {
		q.Set("as", as)
		all = append(all, ui.Link{Text: strings.ToUpper(as), Href: "/work/figures/" + orAll(p.Scope) + "/time/" + name + "?" + q.Encode(), Icon: "save", Fix: true, Unseen: name})
	}
	return all
}
