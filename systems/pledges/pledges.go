// Package pledges is the public page of promises kept: for every province and
// service how much came back on time and how long it took, as a page for
// everybody and as open data. Nobody's dossier can be told from it: what is
// fewer than five is not shown.
package pledges

import (
	"bytes"
	"context"
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/figure"
	"motcua/kernel/sight"
)

//go:embed texts.yaml
var texts embed.FS

// Few is the number of dossiers below which nothing is said of them.
const Few = 5

// promises is the state of the system in one program.
type promises struct {
	provinces sight.Map
}

// System is the public page of promises kept.
func System() kernel.System {
	p := &promises{}
	return kernel.System{Name: "pledges", Links: []kernel.Link{{At: kernel.Foot, Path: "/promises", Text: "pledges.nav", Who: kernel.Anyone()}}, Texts: []fs.FS{texts}, Start: func(_ context.Context, a *kernel.App) (err error) {
		p.provinces, err = sight.ReadMap(a.Pack.Files)
		return err
	}, Routes: func(*kernel.App) []kernel.Route {
		anyone := kernel.Anyone()
		return []kernel.Route{
			{Pattern: "GET /promises", Who: anyone, Do: p.show},
			{Pattern: "GET /promises/{body}", Who: anyone, Do: p.show},
			{Pattern: "GET /promises/data/{table}", Who: anyone, Do: p.data},
		}
	}}
}

// A view is the promises of the last twelve months, of the country or one of its highest bodies.
type view struct {
	*kernel.Request
	Map      sight.Map
	Body     string
	From, To string // months
	Sum      sight.Line
	Months   []sight.Line
	Bodies   []sight.Line
	Services []sight.Line
}

func (p *promises) show(r *kernel.Request) (web.Answer, error) {
	v := &view{Request: r, Map: p.provinces}
	if code := r.PathValue("body"); code != "" {
		b, ok := r.App.Country.Body(code)
		if !ok || b.Parent != "" {
			return web.Answer{}, fault.New(fault.NotFound, "pledges.nobody")
		}
		v.Body = b.Code
	}
	if err := v.read(); err != nil {
		return web.Answer{}, err
	}
	return web.Show(promisePage(v))
}

// read reads roll-ups by month alone, however many dossiers there are.
func (v *view) read() error {
	v.To = v.App.Now().In(v.App.Zone).Format("2006-01")
	v.From = sight.Shift(v.To, -11)
	first, _ := sight.Days(v.From)
	_, last := sight.Days(v.To)
	q := figure.Query{From: first, To: last, Kinds: sight.Services(v.App), Measures: append(slices.Clone(sight.Took), "rated:")}
	if v.Body != "" {
		q.Bodies = []string{v.Body}
	}
	return v.App.DB.Read(v.Context(), func(tx *db.Tx) error {
		months, bodies, services, sum := sight.Group{}, sight.Group{}, sight.Group{}, sight.Group{}
		for _, x := range []struct {
			by   figure.Dim
			into sight.Group
			key  func(figure.Row) string
		}{
			{figure.Month, months, func(r figure.Row) string { return r.Day }},
			{figure.Highest, bodies, func(r figure.Row) string { return r.Body }},
			{figure.Kind, services, func(r figure.Row) string { return r.Kind }},
		} {
			q.By = []figure.Dim{x.by}
			rows, err := figure.Read(tx, q)
			if err != nil {
				return err
			}
			for _, row := range rows {
				x.into.At(x.key(row)).Add(row)
				if x.by == figure.Month {
					sum.At("").Add(row)
				}
			}
		}
		v.Sum, v.Months = *sum.At(""), nil
		for i := -11; i <= 0; i++ {
			v.Months = append(v.Months, *months.At(sight.Shift(v.To, i)))
		}
		v.Bodies, v.Services = bodies.Lines(), services.Lines()
		return nil
	})
}

// data is the figures of the page for programs: one line for each body and service.
func (p *promises) data(r *kernel.Request) (web.Answer, error) {
	v := &view{Request: r}
	if err := v.read(); err != nil {
		return web.Answer{}, err
	}
	all, err := v.open()
	if err != nil {
		return web.Answer{}, err
	}
	switch r.PathValue("table") {
	case "promises.csv":
		s := sheet.Sheet{Head: fields}
		var rows [][]any
		for _, x := range all {
			rows = append(rows, x.row())
		}
		s.Rows = sheet.Of(rows)
		var b bytes.Buffer
		err := s.CSV(&b)
		return web.File("promises.csv", sheet.TypeCSV, b.Bytes(), true), err
	case "promises.json":
		return web.JSON(200, document{Licence: r.T("pledges.licence"), From: v.From, To: v.To, Few: Few, Made: r.App.Now().UTC().Format(time.RFC3339), Items: all})
	}
	return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
}

// A document is the open data.
type document struct {
	Licence string  `json:"licence"`
	From    string  `json:"from"` // months
	To      string  `json:"to"`
	Few     int     `json:"fewer_are_not_shown"`
	Made    string  `json:"made"`
	Items   []datum `json:"items"`
}

// fields are the columns of the CSV, in the order of datum.
var fields = []string{"body", "body_name", "service", "service_name", "from", "to", "ended", "on_time", "late", "share_on_time", "mean_days", "median_days"}

// A datum is one body and service; numbers are left out where fewer than Few ended.
type datum struct {
	Body        string   `json:"body"`
	BodyName    string   `json:"body_name"`
	Service     string   `json:"service"`
	ServiceName string   `json:"service_name"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	Ended       *int64   `json:"ended"`
	OnTime      *int64   `json:"on_time"`
	Late        *int64   `json:"late"`
	Share       *float64 `json:"share_on_time"`
	Mean        *float64 `json:"mean_days"`
	Median      *int64   `json:"median_days"`
}

func (d datum) row() []any {
	row := []any{d.Body, d.BodyName, d.Service, d.ServiceName, d.From, d.To}
	for _, n := range []*int64{d.Ended, d.OnTime, d.Late} {
		row = append(row, some(n))
	}
	return append(row, some(d.Share), some(d.Mean), some(d.Median))
}

func some[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// open are the data: counts of late and on time are told only where both are
// none or not few, so that nobody is found by subtraction.
func (v *view) open() (all []datum, err error) {
	first, _ := sight.Days(v.From)
	_, last := sight.Days(v.To)
	q := figure.Query{From: first, To: last, Kinds: sight.Services(v.App), Measures: sight.Took, By: []figure.Dim{figure.Highest, figure.Kind}}
	err = v.App.DB.Read(v.Context(), func(tx *db.Tx) error {
		all = nil
		rows, err := figure.Read(tx, q)
		g := sight.Group{}
		for _, x := range rows {
			g.At(x.Body + " " + x.Kind).Add(x)
		}
		for i, x := range rows {
			if i > 0 && rows[i-1].Body == x.Body && rows[i-1].Kind == x.Kind {
				continue
			}
			all = append(all, v.datum(x, *g.At(x.Body + " " + x.Kind)))
		}
		return err
	})
	return all, err
}

func (v *view) datum(x figure.Row, l sight.Line) datum {
	d := datum{Body: x.Body, BodyName: v.BodyName(x.Body), Service: x.Kind, ServiceName: v.service(x.Kind), From: v.From, To: v.To}
	if !shown(l) {
		return d
	}
	share := sight.Round(l.Share())
	d.Ended, d.Share = &l.Ends, &share
	if hidden(l.Late) || hidden(l.OnTime) {
		d.Share = nil
	} else {
		d.OnTime, d.Late = &l.OnTime, &l.Late
	}
	if mean, median, ok := l.Took(); ok {
		mean, middle := sight.Round(mean), int64(median)
		d.Mean, d.Median = &mean, &middle
	}
	return d
}

// hidden is true of a number so small that somebody might be told from it.
func hidden(n int64) bool { return n > 0 && n < Few }

// shown reports whether enough ended to speak of.
func shown(l sight.Line) bool { return l.Ends >= Few }

func (v *view) service(kind string) string {
	k, err := v.App.Kind(kind, "")
	if err != nil {
		return kind
	}
	return v.Voice.Of(k.Title)
}

func (v *view) label(code string) string {
	if x, ok := v.App.Country.Body(code); ok {
		if u, ok := v.App.Country.Unit(x.Unit); ok && x.Level == "province" {
			return u.Name
		}
		return v.Voice.Of(x.Name)
	}
	return code
}

func (v *view) name() string {
	if v.Body == "" {
		return v.T("pledges.country")
	}
	return v.label(v.Body)
}

func (v *view) days() string {
	if mean, median, ok := v.Sum.Took(); ok && shown(v.Sum) {
		return v.T("pledges.days", median, v.Voice.Decimal(mean, 1))
	}
	return v.T("pledges.few")
}

func (v *view) table(caption, head string, all []sight.Line, say func(string) string, href func(string) string) ui.Table {
	t := ui.Table{Caption: caption, Scroll: true, Empty: v.T("pledges.empty"), Columns: []ui.Column{{Title: head}, {Title: v.T("pledges.ended"), Right: true},
		{Title: v.T("pledges.share"), Right: true}, {Title: v.T("pledges.median"), Right: true}, {Title: v.T("pledges.mean"), Right: true}}}
	for _, l := range all {
		if l.Ends == 0 {
			continue
		}
		row := []ui.Cell{{Text: say(l.Key)}, {Text: v.T("pledges.fewer", Few), Num: true, Soft: true}, {Text: "–", Num: true}, {Text: "–", Num: true}, {Text: "–", Num: true}}
		if href != nil {
			row[0].Href = href(l.Key)
		}
		if shown(l) {
			row[1] = ui.Cell{Text: v.Voice.Number(l.Ends), Num: true}
			row[2] = ui.Cell{Body: ui.State{Text: sight.Percent(v.Voice, l), Tone: sight.Tone(l)}}
			if mean, median, ok := l.Took(); ok {
				row[3].Text, row[4].Text = strconv.Itoa(median), v.Voice.Decimal(mean, 1)
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: row})
	}
	return t
}

func (v *view) trend() ui.Series {
	return sight.Trend(v.Request, v.Months, Few)
}
