// Package indicators is the figures for programs: indicator x organisation x
// unit x period, with the rights of the pages that show them (GET /api/v1/figures).
package indicators

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/figure"
	"motcua/kernel/sight"
	"motcua/kernel/tally"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the one operation.
func System() kernel.System {
	return kernel.System{Name: "indicators", Texts: []fs.FS{texts}, Ops: ops}
}

// most is how many figures one answer has.
const most = 10_000

// known are the measures that programs may ask for; those that end with a
// colon are families, such as in:progress.
var known = []string{figure.Opened, figure.Ended, figure.OnTime, figure.Late, figure.Due, tally.Early, tally.Twice, tally.Result, tally.Digital,
	"in:", "took:", "spent:", "step:", "asked:", "desks:", "rated:"}

func ops(a *kernel.App, api *web.API) {
	kernel.Op(a, api, web.Op{ID: "readFigures", Method: "GET", Path: "/api/v1/figures", Summary: "indicators.op.figures", Detail: "indicators.op.figures.detail", Tag: "indicators.tag",
		Sample: "curl -H \"Authorization: Bearer $TOKEN\" \\\n  \"$URL/api/v1/figures?indicator=opened,ontime,late&by=month,top\"", Faults: []int{403, 422}},
		kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin), figures)
}

// An asking is indicator x organisation x unit x period.
type asking struct {
	Indicator string `query:"indicator" doc:"indicators.in.indicator" default:"opened,ontime,late" example:"opened,late"`
	Of        string `query:"body" doc:"indicators.in.body" example:"H26"`
	Kind      string `query:"kind" doc:"indicators.in.kind"`
	From      string `query:"from" doc:"indicators.in.from" example:"2026-01-01"`
	To        string `query:"to" doc:"indicators.in.to" example:"2026-12-31"`
	By        string `query:"by" doc:"indicators.in.by" example:"month,top"`
}

// A datum is one figure.
type datum struct {
	Indicator string `json:"indicator" doc:"indicators.out.indicator"`
	Body      string `json:"body,omitempty" doc:"indicators.out.body"`
	Unit      string `json:"unit,omitempty" doc:"indicators.out.unit"`
	Kind      string `json:"kind,omitempty" doc:"indicators.out.kind"`
	Channel   string `json:"channel,omitempty" doc:"indicators.out.channel"`
	Period    string `json:"period,omitempty" doc:"indicators.out.period"`
	Count     int64  `json:"count" doc:"indicators.out.count"`
	Seconds   int64  `json:"seconds,omitempty" doc:"indicators.out.seconds"`
}

type data struct {
	Body struct {
		From  string  `json:"from" doc:"indicators.in.from"`
		To    string  `json:"to" doc:"indicators.in.to"`
		AsOf  string  `json:"as_of" doc:"indicators.out.asof"`
		Items []datum `json:"items" doc:"indicators.out.items"`
	} `nameHint:"Figures"`
}

// query is the query of an asking, or what is wrong with it.
func (in *asking) query(r *kernel.Request) (q figure.Query, err error) {
	wrong := func(name, code string, args ...any) (figure.Query, error) {
		return q, fault.Wrong(fault.Field{Pointer: "/" + name, Code: code, Args: args})
	}
	q.Kinds = sight.Services(r.App)
	if in.Kind != "" {
		if !slices.Contains(q.Kinds, figure.Family(in.Kind)) {
			return wrong("kind", "indicators.wrong.kind")
		}
		q.Kinds = []string{in.Kind}
	}
	if in.Of != "" {
		b, ok := r.App.Country.Body(in.Of)
		if !ok {
			return wrong("body", "indicators.nobody")
		}
		q.Bodies = []string{b.Code}
	}
	first, last := sight.Days(r.App.Now().In(r.App.Zone).Format("2006-01"))
	q.From, q.To = cmp.Or(in.From, first), cmp.Or(in.To, last)
	for name, day := range map[string]string{"from": q.From, "to": q.To} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return wrong(name, "indicators.wrong.day")
		}
	}
	for _, m := range strings.Split(in.Indicator, ",") {
		if !slices.ContainsFunc(known, func(i string) bool { return m == i || strings.HasSuffix(i, ":") && strings.HasPrefix(m, i) }) {
			return wrong("indicator", "indicators.wrong.indicator", strings.Join(known, ", "))
		}
		q.Measures = append(q.Measures, m)
	}
	for _, d := range strings.FieldsFunc(in.By, func(c rune) bool { return c == ',' }) {
		if !slices.Contains([]figure.Dim{figure.Day, figure.Month, figure.Body, figure.Highest, figure.Kind, figure.Channel}, figure.Dim(d)) {
			return wrong("by", "indicators.wrong.by")
		}
		q.By = append(q.By, figure.Dim(d))
	}
	return q, nil
}

// figures reads what the dashboards show, for programs of those who may see them.
func figures(r *kernel.Request, in *asking) (*data, error) {
	q, err := in.query(r)
	if err != nil {
		return nil, err
	}
	out := &data{}
	out.Body.From, out.Body.To, out.Body.AsOf = q.From, q.To, r.App.Now().UTC().Format(time.RFC3339)
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		out.Body.Items = []datum{}
		rows, err := figure.Read(tx, q)
		if err == nil && len(rows) > most {
			return fault.Wrong(fault.Field{Pointer: "/by", Code: "indicators.wrong.many", Args: []any{most}})
		}
		for _, x := range rows {
			d := datum{Indicator: x.Measure, Body: x.Body, Kind: x.Kind, Channel: x.Channel, Period: x.Day, Count: x.Count, Seconds: x.Amount}
			if b, ok := r.App.Country.Body(x.Body); ok {
				d.Unit = b.Unit
			}
			out.Body.Items = append(out.Body.Items, d)
		}
		return err
	})
	return out, err
}
