package portal

import (
	"context"
	"io/fs"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/draft"
	"motcua/kernel/figure"
	"motcua/kernel/find"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// still is how long pages that are the same for all visitors are shown as they
// were made: their figures and dates may be so old.
const still = 30 * time.Second

func (p *portal) texts() []fs.FS { return []fs.FS{texts, find.Texts} }

func (p *portal) routes(*kernel.App) []kernel.Route {
	anyone := kernel.Anyone()
	return []kernel.Route{
		{Pattern: "GET /{$}", Who: anyone, Still: still, Do: p.home},
		{Pattern: "GET /services", Who: anyone, Do: p.search},
		{Pattern: "GET /services/{code}", Who: anyone, Still: still, Do: p.service},
		{Pattern: "GET /life/{event}", Who: anyone, Still: still, Do: p.life},
		{Pattern: "GET /accessibility", Who: anyone, Still: still, Do: p.words("accessibility")},
		{Pattern: "GET /privacy", Who: anyone, Still: still, Do: p.words("privacy")},
		{Pattern: "GET /words", Who: officials(), Do: p.showWords},
		{Pattern: "POST /words", Who: officials(), Do: p.addWords},
		{Pattern: "POST /words/{id}/forget", Who: officials(), Do: p.forgetWords},
		{Pattern: "GET /ui", Who: anyone, Do: func(*kernel.Request) (web.Answer, error) { return web.Show(ui.Gallery()) }},
	}
}

func officials() kernel.Access {
	return kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin)
}

// words is a page of text: title, lead and paragraphs 1 to 6.
func (p *portal) words(name string) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) { return web.Show(wordsPage(r, name)) }
}

func (p *portal) home(r *kernel.Request) (web.Answer, error) {
	v := homeView{Events: p.set.Pack.Events}
	for _, x := range p.set.All() {
		if x.Level >= 3 && len(v.Often) < 5 && len(x.Words) > 0 {
			v.Often = append(v.Often, x.Words[0])
		}
	}
	all, err := draft.Mine(r)
	if err != nil {
		return web.Answer{}, err
	}
	if len(all) > 0 {
		if k, err := r.App.Kind(all[0].Kind, all[0].KindVersion); err == nil {
			v.Draft, v.DraftTitle = all[0], r.Voice.Of(k.Title)
		}
	}
	v.Pledge, err = p.pledge(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(homePage(r, v))
}

// pledge is what was promised and what became of it this month and the last.
func (p *portal) pledge(r *kernel.Request) (out ui.Pledge, err error) {
	since := r.App.Now().In(r.App.Zone).AddDate(0, -1, 0).Format("2006-01-02")
	sum := map[string]int64{}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		rows, err := figure.Read(tx, figure.Query{From: since, Measures: []string{figure.Opened, figure.Ended, figure.OnTime, figure.Late}})
		for _, x := range rows {
			sum[x.Measure] = x.Count
		}
		return err
	})
	if err != nil || sum[figure.Opened] == 0 {
		return out, err
	}
	out.Title = r.T("portal.pledge.title")
	if done := sum[figure.OnTime] + sum[figure.Late]; done > 0 {
		out.Promises = append(out.Promises, ui.Promise{Figure: r.Voice.Decimal(100*float64(sum[figure.OnTime])/float64(done), 1) + " %",
			Text: r.T("portal.pledge.ontime"), Promised: r.T("portal.pledge.ontime.goal")})
	}
	out.Promises = append(out.Promises,
		ui.Promise{Figure: r.Voice.Number(sum[figure.Opened]), Text: r.T("portal.pledge.opened"), Promised: r.T("portal.pledge.month")},
		ui.Promise{Figure: r.Voice.Number(sum[figure.Ended]), Text: r.T("portal.pledge.ended"), Promised: r.T("portal.pledge.month")})
	return out, nil
}

func (p *portal) search(r *kernel.Request) (web.Answer, error) {
	q := r.URL.Query()
	words := strings.TrimSpace(q.Get("q"))
	if len(words) > 300 {
		words = words[:300]
	}
	level, _ := strconv.Atoi(q.Get("level"))
	f := find.Filter{Level: level, For: q.Get("for"), Full: q.Get("full") == "yes"}
	x := p.find.Index()
	v := searchView{Words: words, Filter: f, Entries: x.Len()}
	if words == "" {
		for _, y := range p.set.All() {
			v.Hits = append(v.Hits, hitOf(p.entry(r.App, y)))
		}
	} else {
		v.Hits = x.Search(words, f, 20)
		if len(v.Hits) == 0 {
			v.Hits, v.Nearest = x.Nearest(words, f, 5), true
		}
	}
	return web.Show(searchPage(r, v))
}

func hitOf(e find.Entry) find.Hit { return find.Hit{Entry: &e} }

func (p *portal) life(r *kernel.Request) (web.Answer, error) {
	i := slices.IndexFunc(p.set.Pack.Events, func(e procedure.Event) bool { return e.ID == r.PathValue("event") })
	if i < 0 {
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	v := searchView{Event: &p.set.Pack.Events[i]}
	for _, code := range v.Event.Services {
		if y := p.set.Get(code); y != nil {
			v.Hits = append(v.Hits, hitOf(p.entry(r.App, y)))
		}
	}
	known := len(v.Hits)
	x := p.find.Index()
	for _, h := range x.Search(r.Voice.Of(v.Event.Title)+" "+v.Event.Hint.In("vi"), find.Filter{}, 12) {
		if !slices.ContainsFunc(v.Hits[:known], func(x find.Hit) bool { return x.Code == h.Code }) {
			v.Hits = append(v.Hits, h)
		}
	}
	return web.Show(searchPage(r, v))
}

func (p *portal) service(r *kernel.Request) (web.Answer, error) {
	code := r.PathValue("code")
	if x := p.set.Get(code); x != nil {
		v := serviceView{P: x, Body: r.URL.Query().Get("body")}
		if v.Body != "" {
			b, ok := r.App.Country.Body(v.Body)
			if !ok || !x.Decides(b) {
				return web.Goto("/services/%s", url.PathEscape(code))
			}
			v.Office = &b
		}
		v.Terms = x.TermsAt(v.Body)
		return web.Show(servicePage(r, v))
	}
	info, err := findInfo(r.Context(), r.App, code)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(infoPage(r, info))
}

// entry is how a procedure is found.
func (p *portal) entry(a *kernel.App, x *procedure.Procedure) find.Entry {
	e := find.Entry{Code: x.Code, Title: x.Title, Summary: x.Summary, Words: x.Words, Sector: x.Sector, Body: x.Body, Level: x.Level,
		Time: x.Limit.Time, For: x.For, Full: true, Fee: fees(x)}
	return e
}

// fees is the range of what may be to pay, in đồng: "0", "8000" or "0-8000".
func fees(x *procedure.Procedure) string {
	if len(x.Fees) == 0 {
		return "0"
	}
	low, high := x.Fees[0].Amount, x.Fees[0].Amount
	for _, f := range x.Fees {
		low, high = min(low, f.Amount), max(high, f.Amount)
	}
	if low == high {
		return strconv.FormatInt(low, 10)
	}
	return strconv.FormatInt(low, 10) + "-" + strconv.FormatInt(high, 10)
}

// entries are everything that can be found.
func (p *portal) entries(ctx context.Context, a *kernel.App) (all []find.Entry, err error) {
	for _, x := range p.set.All() {
		all = append(all, p.entry(a, x))
	}
	infos, err := procedure.Infos(ctx, a.DB)
	for _, i := range infos {
		if p.set.Get(i.Code) == nil {
			all = append(all, infoEntry(i))
		}
	}
	return all, err
}

// feeLine is one line of the table of fees.
func feeLine(r *kernel.Request, f procedure.Fee) []string {
	if f.Amount == 0 {
		return []string{r.Voice.Of(f.Name), r.T("portal.free")}
	}
	name := r.Voice.Of(f.Name)
	if f.At != "" {
		name += " " + r.T("portal.fee.at."+string(f.At))
	}
	if f.Each != "" {
		return []string{name, r.T("portal.fee.each", r.Voice.Number(f.Amount))}
	}
	return []string{name, r.Voice.Number(f.Amount) + "\u00a0₫"}
}
