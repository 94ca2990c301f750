// Package scores is the marks that the law gives to the work of bodies: the
// nine indices of Circular 01/2018 and those of Decision 766, of the country and
// of each body, with their definitions and the dossiers behind them.
//
// It reads figures alone, so that a page costs the same however many dossiers there are.
package scores

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/figure"
	"motcua/kernel/procedure"
	"motcua/kernel/score"
	"motcua/kernel/sight"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// marks is the state of the system in one program.
type marks struct {
	score.Book
}

// System is the marks.
func System() kernel.System {
	m := &marks{}
	officials := kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin)
	return kernel.System{Name: "scores", Texts: []fs.FS{texts}, Start: func(_ context.Context, a *kernel.App) (err error) {
		m.Book, err = score.Read(a.Pack.Files, score.Counted)
		return err
	}, Links: []kernel.Link{{At: kernel.Office, Path: "/work/scores", Text: "scores.nav", Who: officials}}, Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{
			{Pattern: "GET /work/scores", Who: officials, Do: m.show},
			{Pattern: "GET /work/scores/{body}", Who: officials, Do: m.show},
			{Pattern: "GET /work/scores/{body}/tables/{scheme}", Who: officials, Do: m.export},
		}
	}}
}

// A view is the marks of one body with those below it, or of the country (""), in a month or a year.
type view struct {
	*kernel.Request
	*marks
	Scope, Period string // 2020-11 or 2020
	First, Last   string // days
	Now           bool   // the period is not over
	Inputs        score.Inputs
	Below         []below
}

// A below is a body directly below with what was counted of it.
type below struct {
	Code string
	score.Inputs
}

// all stands for the country in addresses.
const all = "all"

func (m *marks) show(r *kernel.Request) (web.Answer, error) {
	v, err := m.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(page(v))
}

func (m *marks) view(r *kernel.Request) (*view, error) {
	v := &view{Request: r, marks: m}
	if code := cmp.Or(r.PathValue("body"), all); code != all {
		b, ok := r.App.Country.Body(code)
		if !ok {
			return nil, fault.New(fault.NotFound, "scores.nobody")
		}
		v.Scope = b.Code
	}
	now := r.App.Now().In(r.App.Zone)
	v.Period = r.URL.Query().Get("period")
	if y, err := time.Parse("2006", v.Period); err == nil && y.Year() >= 2000 && y.Year() <= now.Year() {
		v.First, v.Last = v.Period+"-01-01", v.Period+"-12-31"
	} else {
		if _, err := time.Parse("2006-01", v.Period); err != nil || v.Period > now.Format("2006-01") || v.Period < "2000" {
			v.Period = now.Format("2006-01")
		}
		v.First, v.Last = sight.Days(v.Period)
	}
	v.Now = v.Last >= now.Format(time.DateOnly)
	return v, v.read(now.AddDate(0, 0, -1).Format(time.DateOnly))
}

// read counts, by the bodies below; the sum of them is the scope's own.
func (v *view) read(yesterday string) error {
	q := figure.Query{From: v.First, To: v.Last, Kinds: sight.Services(v.App), By: []figure.Dim{figure.Highest}}
	if v.Scope != "" {
		q.Bodies, q.By = []string{v.Scope}, []figure.Dim{figure.Body}
	}
	child, used := sight.Child(v.Scope), map[string]bool{}
	by := map[string]*score.Rows{}
	var whole score.Rows
	overdue := func(q figure.Query) figure.Query {
		q.From, q.To, q.Measures = "", min(v.Last, yesterday), []string{figure.Due}
		return q
	}
	answers := q
	answers.Kinds, answers.Measures = []string{v.Book.Answers}, sight.Ends
	services, online, kinds := q, q, q
	services.Measures = score.Measures
	online.Measures, online.By = []string{figure.Opened, figure.Late}, append(slices.Clone(q.By), figure.Channel)
	kinds.Measures, kinds.By = []string{figure.Opened}, []figure.Dim{figure.Kind}
	err := v.App.DB.Read(v.Context(), func(tx *db.Tx) error {
		clear(by)
		clear(used)
		whole = score.Rows{}
		for _, x := range []struct {
			figure.Query
			of func(*score.Rows) *[]figure.Row
		}{
			{services, func(r *score.Rows) *[]figure.Row { return &r.Services }},
			{online, func(r *score.Rows) *[]figure.Row { return &r.Online }},
			{overdue(q), func(r *score.Rows) *[]figure.Row { return &r.Overdue }},
			{answers, func(r *score.Rows) *[]figure.Row { return &r.Answers }},
			{overdue(answers), func(r *score.Rows) *[]figure.Row { return &r.Waiting }},
		} {
			rows, err := figure.Read(tx, x.Query)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if row.Channel != "" && row.Channel != "online" {
					continue
				}
				code := child(row)
				if by[code] == nil {
					by[code] = &score.Rows{}
				}
				for _, into := range []*[]figure.Row{x.of(by[code]), x.of(&whole)} {
					*into = append(*into, row)
				}
			}
		}
		rows, err := figure.Read(tx, kinds)
		for _, row := range rows {
			used[row.Kind] = row.Count > 0
		}
		return err
	})
	v.Inputs = score.Count(whole)
	v.Inputs.Catalogue(v.services(), v.bodies(), used)
	for code, rows := range by {
		v.Below = append(v.Below, below{code, score.Count(*rows)})
	}
	slices.SortFunc(v.Below, func(a, b below) int { return cmp.Compare(a.Code, b.Code) })
	return err
}

func (v *view) services() (all []*procedure.Procedure) {
	for _, k := range v.App.Kinds() {
		if p, ok := k.Service.(*procedure.Procedure); ok {
			all = append(all, p)
		}
	}
	return all
}

// bodies are those of the scope.
func (v *view) bodies() []who.Body {
	return v.App.Country.Bodies(func(b who.Body) bool {
		return v.Scope == "" || b.Code == v.Scope || strings.HasPrefix(b.Code, v.Scope+".")
	}, 0)
}

// at is the address of the marks of a body in a period.
func (v *view) at(scope, period string) string {
	to := "/work/scores"
	if scope != "" {
		to += "/" + url.PathEscape(scope)
	}
	return to + "?period=" + period
}

// behind is the address of the dossiers behind a measure.
func (v *view) behind(measure string) string {
	return "/work/figures/" + url.PathEscape(cmp.Or(v.Scope, all)) + "/behind?" + url.Values{"measure": {measure}, "from": {v.First}, "to": {v.Last}}.Encode()
}

// year reports whether the period is a year.
func (v *view) year() bool { return len(v.Period) == 4 }

// turn is the period n before or after.
func (v *view) turn(n int) string {
	if t, err := time.Parse("2006", v.Period); err == nil {
		return t.AddDate(n, 0, 0).Format("2006")
	}
	return sight.Shift(v.Period, n)
}

func (v *view) when() string {
	if v.year() {
		return v.T("scores.year", v.Period)
	}
	return v.T("scores.month", v.Period[5:]+"/"+v.Period[:4])
}

func (v *view) name() string {
	if v.Scope == "" {
		return v.T("scores.country")
	}
	return v.BodyName(v.Scope)
}
