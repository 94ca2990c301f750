package score

import (
	"slices"
	"strconv"
	"strings"

	"motcua/kernel/figure"
	"motcua/kernel/procedure"
	"motcua/kernel/tally"
	"motcua/kernel/who"
)

// named are the inputs that are measures of the figures of services.
var named = map[string]string{
	"opened": figure.Opened, "ontime": figure.OnTime, "late": figure.Late, "ended": figure.Ended, "early": tally.Early, "twice": tally.Twice,
	"asked.0": tally.Supplements(0), "asked.1": tally.Supplements(1), "asked.2": tally.Supplements(2),
	"desks.early": tally.Desks(tally.IsEarly), "desks.ontime": tally.Desks(tally.IsOnTime), "desks.late": tally.Desks(tally.IsLate),
	"rated.early": tally.Rated(tally.IsEarly), "rated.ontime": tally.Rated(tally.IsOnTime), "rated.late": tally.Rated(tally.IsLate), "rated.bad": tally.RatedBad,
	"results": tally.Result, "digital": tally.Digital,
}

// Counted are the names of all inputs: measures of the figures, and
//
//	days          calendar days that what ended took
//	online        filed online; online.late: of those that ended, late
//	overdue       not ended by the last day, and due before it
//	answers.*     of complaints and suggestions: opened, ontime, late, overdue
//	services      of the catalogue that these bodies decide
//	services.*    online: to be filed online; used: asked for in the period; complete: every
//	              part that the law asks for is published; charged: with a fee; payable: whose fee is paid online
var Counted = []string{"opened", "ontime", "late", "ended", "early", "twice", "asked.0", "asked.1", "asked.2", "desks.early", "desks.ontime", "desks.late",
	"rated.early", "rated.ontime", "rated.late", "rated.bad", "results", "digital", "days", "online", "online.late", "overdue",
	"answers.opened", "answers.ontime", "answers.late", "answers.overdue",
	"services", "services.online", "services.used", "services.complete", "services.charged", "services.payable"}

// Measures are what is read of the figures of services for Count.
var Measures = []string{figure.Opened, figure.OnTime, figure.Late, figure.Ended, tally.Early, tally.Twice, tally.Result, tally.Digital, "took:", "asked:", "desks:", "rated:"}

// Rows are figures of one body and those below it in one period.
type Rows struct {
	Services []figure.Row // Measures
	Online   []figure.Row // opened and late, of what was filed online
	Overdue  []figure.Row // due, until the last day
	Answers  []figure.Row // opened, on time and late of complaints and suggestions
	Waiting  []figure.Row // due of those, until the last day
}

// Count names the figures: what does not stand among them is none.
func Count(r Rows) Inputs {
	in, of := Inputs{"days": 0}, map[string]int64{}
	for _, x := range r.Services {
		of[x.Measure] += x.Count
		if days, ok := strings.CutPrefix(x.Measure, "took:"); ok {
			n, _ := strconv.ParseInt(days, 10, 64) // written by figure.Took
			in["days"] += n * x.Count
		}
	}
	for name, measure := range named {
		in[name] = of[measure]
	}
	in["online"], in["online.late"] = sum(r.Online, figure.Opened), sum(r.Online, figure.Late)
	in["overdue"] = max(sum(r.Overdue, figure.Due), 0)
	in["answers.opened"], in["answers.ontime"], in["answers.late"] = sum(r.Answers, figure.Opened), sum(r.Answers, figure.OnTime), sum(r.Answers, figure.Late)
	in["answers.overdue"] = max(sum(r.Waiting, figure.Due), 0)
	return in
}

func sum(rows []figure.Row, measure string) (n int64) {
	for _, x := range rows {
		if x.Measure == measure {
			n += x.Count
		}
	}
	return n
}

// Catalogue counts the services that some of the bodies decide; used are the kinds asked for in the period.
func (in Inputs) Catalogue(all []*procedure.Procedure, bodies []who.Body, used map[string]bool) {
	for _, name := range []string{"services", "services.online", "services.used", "services.complete", "services.charged", "services.payable"} {
		in[name] = 0
	}
	for _, p := range all {
		if !slices.ContainsFunc(bodies, p.Decides) {
			continue
		}
		charged := slices.ContainsFunc(p.Fees, func(f procedure.Fee) bool { return f.Amount > 0 })
		payable := charged && p.Charges() && !slices.ContainsFunc(p.Fees, func(f procedure.Fee) bool { return f.Amount > 0 && f.At == "" })
		for name, holds := range map[string]bool{
			"services":          true,
			"services.online":   p.Level >= 3, // filed online, of the levels of Decree 43/2011
			"services.used":     p.Level >= 3 && used[p.Kind().Name],
			"services.complete": len(p.Title) > 0 && len(p.Steps) > 0 && len(p.Receive) > 0 && p.Limit.Time != "" && len(p.Fees) > 0 && len(p.Law) > 0 && len(p.Form.Sections) > 0,
			"services.charged":  charged,
			"services.payable":  payable,
		} {
			if holds {
				in[name]++
			}
		}
	}
}
