package board

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/behind"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/sight"
)

// A page is a sight before somebody.
type page struct {
	*kernel.Request
	*board
	sight.Sight
	Name string
	Now  bool // the month is this one
}

// all stands for the country in addresses.
const all = "all"

func orAll(scope string) string { return url.PathEscape(cmp.Or(scope, all)) }

func (b *board) country(r *kernel.Request) (web.Answer, error) { return b.show(r, "") }

func (b *board) body(r *kernel.Request) (web.Answer, error) {
	if r.PathValue("body") == all {
		return web.Goto("/work/figures")
	}
	code, err := known(r)
	if err != nil {
		return web.Answer{}, err
	}
	return b.show(r, code)
}

// known is the body of the address; "" is the country.
func known(r *kernel.Request) (string, error) {
	code := r.PathValue("body")
	if code == all {
		return "", nil
	}
	x, ok := r.App.Country.Body(code)
	if !ok {
		return "", fault.New(fault.NotFound, "board.nobody")
	}
	return x.Code, nil
}

func (b *board) show(r *kernel.Request, scope string) (web.Answer, error) {
	p, err := b.page(r, scope, sight.Ends)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(boardPage(p))
}

func (b *board) page(r *kernel.Request, scope string, measures []string) (p page, err error) {
	p = b.bare(r, scope)
	p.Sight, err = sight.Look(r, scope, p.Month, measures)
	return p, err
}

// bare is a page of a body in the month of the address, without its figures.
func (b *board) bare(r *kernel.Request, scope string) page {
	p := page{Request: r, board: b, Name: r.T("board.country")}
	if scope != "" {
		p.Name = r.BodyName(scope)
	}
	this := r.App.Now().In(r.App.Zone).Format("2006-01")
	month := r.URL.Query().Get("month")
	if _, err := time.Parse("2006-01", month); err != nil || month > this || month < "2000" {
		month = this
	}
	p.Scope, p.Month, p.Now = scope, month, month == this
	return p
}

// monthName says a month, as 11/2020.
func monthName(month string) string { return month[5:] + "/" + month[:4] }

func (p page) title() string { return p.T("board.title", p.Name, monthName(p.Month)) }

// at is the address of the board of a body in the month shown.
func (p page) at(scope string) string {
	to := "/work/figures"
	if scope != "" {
		to += "/" + url.PathEscape(scope)
	}
	if !p.Now {
		to += "?month=" + p.Month
	}
	return to
}

func (p page) turn(n int) string {
	to := "/work/figures"
	if p.Scope != "" {
		to += "/" + url.PathEscape(p.Scope)
	}
	return to + "?month=" + sight.Shift(p.Month, n)
}

// drill is the address of the dossiers behind a number.
func (p page) drill(scope, measure, kind, channel string) string {
	q := url.Values{"measure": {measure}}
	switch {
	case measure == figure.Due:
		q.Set("to", p.App.Now().In(p.App.Zone).AddDate(0, 0, -1).Format(time.DateOnly))
	case measure != waiting && !strings.HasPrefix(measure, "in:"):
		first, last := sight.Days(p.Month)
		q.Set("from", first)
		q.Set("to", last)
	}
	for k, v := range map[string]string{"kind": kind, "channel": channel} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return "/work/figures/" + orAll(scope) + "/behind?" + q.Encode()
}

func (p page) kpis() ui.KPIs {
	spark := func(of func(sight.Line) (float64, bool)) (s ui.Spark) {
		for _, m := range p.Months {
			if v, ok := of(m); ok {
				s = append(s, v)
			}
		}
		if len(s) < 2 {
			return nil
		}
		return s
	}
	online, came := int64(0), int64(0)
	for _, c := range p.Channels {
		came += c.Opened
		if c.Key == "online" {
			online = c.Opened
		}
	}
	n := p.Voice.Number
	before := p.Months[len(p.Months)-2]
	kept := ui.State{Text: p.T("board.kpi.none"), Tone: ui.Plain}
	if p.Sum.Ends > 0 {
		kept = ui.State{Text: p.T("board.kpi.above", sight.Aim), Tone: ui.Good}
		if p.Sum.Share() < sight.Aim {
			kept = ui.State{Text: p.T("board.kpi.below", sight.Aim), Tone: ui.Soon}
		}
	}
	share := "–"
	if came > 0 {
		share = p.Voice.Decimal(100*float64(online)/float64(came), 1) + " %"
	}
	late := ui.State{Text: p.T("board.kpi.nolate"), Tone: ui.Good}
	if p.Sum.Overdue > 0 {
		late = ui.State{Text: p.T("board.kpi.late"), Tone: ui.Bad}
	}
	return ui.KPIs{
		{Label: p.T("board.kpi.opened"), Value: n(p.Sum.Opened), Href: p.drill(p.Scope, figure.Opened, "", ""),
			Spark: spark(func(m sight.Line) (float64, bool) { return float64(m.Opened), true }), State: ui.State{Text: p.T("board.kpi.before", n(before.Opened)), Tone: ui.Plain}},
		{Label: p.T("board.kpi.ontime"), Value: sight.Percent(p.Voice, p.Sum), Href: p.drill(p.Scope, figure.OnTime, "", ""),
			Spark: spark(func(m sight.Line) (float64, bool) { return m.Share(), m.Ends > 0 }), State: kept},
		{Label: p.T("board.kpi.online"), Value: share, Href: p.drill(p.Scope, figure.Opened, "", "online"), State: ui.State{Text: p.T("board.kpi.of", n(online), n(came)), Tone: ui.Plain}},
		{Label: p.T("board.kpi.waiting"), Value: n(p.Sum.Waiting), Href: p.drill(p.Scope, waiting, "", ""), State: ui.State{Text: p.T("board.kpi.now"), Tone: ui.Plain}},
		{Label: p.T("board.kpi.overdue"), Value: n(p.Sum.Overdue), Href: p.drill(p.Scope, figure.Due, "", ""), State: late},
		{Label: p.T("board.kpi.action"), Value: n(p.Action), Href: p.drill(p.Scope, figure.In("action"), "", ""), State: ui.State{Text: p.T("board.kpi.paused"), Tone: ui.Plain}},
	}
}

func (p page) trend() ui.Series { return sight.Trend(p.Request, p.Months, 1) }

// few is how many must have ended for a share to be compared.
const few = 5

// rank is the best or worst of those that ended enough to be compared.
func (p page) rank(best bool, shown int) ui.Bars {
	var some []sight.Line
	for _, l := range p.Bodies {
		if l.Ends >= few {
			some = append(some, l)
		}
	}
	slices.SortStableFunc(some, func(a, b sight.Line) int {
		if best {
			a, b = b, a
		}
		return cmp.Compare(a.Share(), b.Share())
	})
	key := map[bool]string{true: "board.best", false: "board.worst"}[best]
	bars := ui.Bars{Chart: ui.Chart{Title: p.T(key), Desc: p.T("board.rank.desc", few)}, To: 100, Target: sight.Aim}
	half := len(some) / 2 // nobody stands among the best and among the worst
	if best {
		half = len(some) - half
	}
	for _, l := range some[:min(shown, half)] {
		bars.Bars = append(bars.Bars, ui.Bar{Label: p.label(l.Key), Value: l.Share(), Text: sight.Percent(p.Voice, l), Tone: sight.Tone(l), Href: p.at(l.Key)})
	}
	return bars
}

// label names a body briefly: a province by its name, others as they are called.
func (p page) label(code string) string {
	if x, ok := p.App.Country.Body(code); ok {
		if u, ok := p.App.Country.Unit(x.Unit); ok && x.Level == "province" {
			return u.Name
		}
		return p.Voice.Of(x.Name)
	}
	return code
}

func (p page) kind(name string) string {
	k, err := p.App.Kind(name, "")
	if err != nil {
		return name
	}
	return p.Voice.Of(k.Title)
}

func (p page) channel(name string) string {
	if key := "board.channel." + name; p.App.Texts.Has(key) {
		return p.T(key)
	}
	return name
}

// behind shows the dossiers behind one number.
func (b *board) behind(r *kernel.Request) (web.Answer, error) {
	scope, err := known(r)
	if err != nil {
		return web.Answer{}, err
	}
	q := r.URL.Query()
	q.Set("measure", cmp.Or(q.Get("measure"), waiting))
	f := behind.Figure{Measures: measures(q.Get("measure")), Body: scope, Kinds: sight.Services(r.App), From: q.Get("from"), To: q.Get("to"), Channel: q.Get("channel")}
	if k := q.Get("kind"); k != "" {
		f.Kinds = []string{k}
	}
	if !behind.Known(f.Measures...) {
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	var after, later id.ID // the last seen of those carried here, and of those reported
	for name, into := range map[string]*id.ID{"after": &after, "reported": &later} {
		if s := q.Get(name); s != "" {
			if *into, err = id.Parse(s); err != nil {
				return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
			}
		}
	}
	v := behindView{page: page{Request: r, board: b, Name: r.T("board.country")}, Figure: f, Asked: q.Get("measure"), Mine: behind.Mine(r.Me, scope)}
	if v.Scope = scope; scope != "" {
		v.Name = r.BodyName(scope)
	}
	if v.Total, err = v.count(); err != nil {
		return web.Answer{}, err
	}
	var next id.ID
	if later == 0 {
		if v.Rows, next, err = behind.Rows(r.Context(), r.App.Engine, r.Me, f, after, 50); err != nil {
			return web.Answer{}, err
		}
	}
	if len(v.Mine) > 0 && next == 0 {
		if v.Reported, v.More, err = behind.ReportedRows(r.Context(), r.App.Engine, r.App.Mirror, r.Me, f, later, 50); err != nil {
			return web.Answer{}, err
		}
	}
	if v.More != 0 {
		q.Set("reported", v.More.String())
		v.Next = r.URL.Path + "?" + q.Encode()
	}
	if next != 0 {
		q.Set("after", next.String())
		v.Next = r.URL.Path + "?" + q.Encode()
	}
	return web.Show(behindPage(v))
}

// waiting stands in addresses for all measures of sight.Open.
const waiting = "waiting"

func measures(asked string) []string {
	if asked == waiting {
		return sight.Open
	}
	return []string{asked}
}

// A behindView is the dossiers behind a number, as far as the visitor may read them.
type behindView struct {
	page
	behind.Figure
	Asked string // the measure as the address names it
	Total int64
	Mine  []string
	Rows  []behind.Row
	Next  string

	Reported []behind.Reported // by bodies with their own software, after all Rows
	More     id.ID
}

// says is the number in words: what is counted, of whom, when.
func (v behindView) says() string {
	s := v.T("board.measure." + strings.ReplaceAll(v.Asked, ":", "."))
	switch {
	case v.From != "" && v.To != "":
		s += ", " + v.T("board.period", v.From, v.To)
	case v.To != "":
		s += ", " + v.T("board.until", v.To)
	}
	if len(v.Kinds) == 1 && strings.Contains(v.Kinds[0], "/") {
		s += ", " + v.kind(v.Kinds[0])
	}
	if v.Channel != "" {
		s += ", " + v.channel(v.Channel)
	}
	return s
}

func (v behindView) state(row behind.Row) string {
	k, err := v.App.Kind(row.Kind, "")
	if err != nil {
		return string(row.State)
	}
	return kernel.StateTitle(v.Voice, k, dossier.State(row.State))
}

func (v behindView) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.Voice.Day(t.In(v.App.Zone))
}
