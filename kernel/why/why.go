// Package why is the page that explains a due date: each day that counted, each
// that did not with who decided so, the pauses and the extension, and the
// article of law behind every step.
package why

import (
	"embed"
	"io/fs"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the page, for who asked and for officials.
func System() kernel.System {
	const read = "an official's reading is recorded"
	return kernel.System{Name: "why", Texts: []fs.FS{texts}, Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{
			{Pattern: "GET /c/{id}/due", Who: kernel.SignedIn(), Do: func(r *kernel.Request) (web.Answer, error) { return show(r, false) }},
			{Pattern: "GET /work/d/{id}/due", Who: kernel.Roles(who.Clerk, who.Officer, who.Leader), Writes: read,
				Do: func(r *kernel.Request) (web.Answer, error) { return show(r, true) }},
		}
	}}
}

// A page is one due date told.
type page struct {
	*kernel.Request
	*dossier.Dossier
	kind   *dossier.Kind
	office bool
	voice  lang.Voice // that reads the body's clock
	cal    *clock.Calendar
	course clock.Course
}

func show(r *kernel.Request, office bool) (web.Answer, error) {
	missing := fault.New(fault.NotFound, "dossier.missing")
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, missing
	}
	if !office { // who is an official too reads at his desk, where it is recorded
		d, err := r.App.Engine.Find(r.Context(), n)
		if err != nil {
			return web.Answer{}, err
		}
		if !d.Asked(r.Me, who.Follow) {
			return web.Answer{}, missing
		}
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return web.Answer{}, err
	}
	if office && !dossier.Official(r.Me, d) {
		return web.Answer{}, missing
	}
	p := &page{Request: r, Dossier: d, kind: k, office: office, voice: r.Voice, cal: r.App.Calendars.For(d.Body), course: k.Course(d)}
	p.voice.Zone = p.cal.Zone()
	if d.Due.IsZero() || p.course.Limit.IsZero() {
		return web.Answer{}, fault.New(fault.NotFound, "why.nodate")
	}
	return web.Show(p.view())
}

func (p *page) back() string {
	if p.office {
		return "/work/d/" + p.ID.String()
	}
	return "/c/" + p.ID.String()
}

func (p *page) frame() ui.Frame {
	if p.office {
		return p.Office(p.T("why.title.of", p.Code), "K11")
	}
	return p.Frame(p.T("why.title.of", p.Code), "C06")
}

// moved reports whether the promise is not what today's calendar would give: the
// calendar changed after it was given, and what was promised stays promised.
func (p *page) moved() bool { return !p.cal.Promise(p.course).Equal(p.Due) }

// steps are the sentences, each with the place in law that it rests on.
func (p *page) steps() (l ui.Ladder) {
	lines := p.cal.Explain(p.course, p.voice)
	for i, x := range lines {
		s := ui.Step{Title: p.T("why.step." + x.Why), Text: x.Text, Due: p.source(x)}
		if i == len(lines)-1 {
			s.Place = ui.Now
		}
		l.Steps = append(l.Steps, s)
	}
	return l
}

// source says what a step rests on; "" where the law needs no word.
func (p *page) source(x clock.Line) string {
	if x.Source != "" {
		return p.T("why.source", x.Source)
	}
	named := clock.Rule("")
	if s, ok := p.kind.Service.(*procedure.Procedure); ok {
		named = s.Limit.Rule
		if act, article, ok := p.App.Law.Cited(s.Limit.Law); ok && isLimit(x.Why) {
			return p.T("why.source", p.cite(act, article)) + p.rule(x, named)
		}
	}
	if act, article, ok := p.App.Law.Source(x.Why, named, p.cal.Day(p.Opened)); ok {
		return p.T("why.source", p.cite(act, article))
	}
	return ""
}

// rule is the article on how a limit is counted, after that which sets it.
func (p *page) rule(x clock.Line, named clock.Rule) string {
	act, article, ok := p.App.Law.Source(x.Why, named, p.cal.Day(p.Opened))
	if !ok {
		return ""
	}
	return " " + p.T("why.counted", p.cite(act, article))
}

func isLimit(why string) bool {
	return why == "days" || why == "mixed" || why == "exact" || why == "calendar"
}

func (p *page) cite(a procedure.LegalAct, article string) string {
	return p.Voice.Of(a.Title) + " " + a.Number + ", " + article
}

// days are the days as a table: when, what, and whether it counts.
func (p *page) days() ui.Table {
	t := ui.Table{Caption: p.T("why.days"), Columns: []ui.Column{{Title: p.T("why.day")}, {Title: p.T("why.counts")}, {Title: p.T("why.what")}}}
	for _, d := range p.cal.Days(p.course) {
		number := ui.Cell{Text: p.T("why.no"), Soft: true}
		if d.Number > 0 {
			number = ui.Cell{Text: p.T("why.number", d.Number)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.voice.Weekday(d.At) + " " + p.voice.Day(d.At)}, number, {Text: p.what(d), Soft: d.Number == 0 && !d.Ends}}})
	}
	return t
}

// what says what a day is.
func (p *page) what(d clock.Day) string {
	say := ""
	switch {
	case d.Ends:
		say = p.T("why.ends", p.voice.Hour(p.cal.Promise(p.course)))
	case d.Arrives:
		say = p.T("why.arrives")
	case d.Waits != "":
		say = p.T("why.waits", p.T("clock.ground."+string(d.Waits)))
	case d.Weekend:
		say = p.T("why.weekend")
	case d.Off == nil && d.Number > 0:
		say = p.T("why.works")
	}
	if o := d.Off; o != nil {
		off := p.T("why.off", p.Voice.Of(o.Name))
		if o.Works {
			off = p.T("why.worked")
		}
		if o.Source != "" {
			off += " (" + o.Source + ")"
		}
		if say != "" {
			say += ". "
		}
		say += off
	}
	return say
}

// begun is when what counts now arrived.
func (p *page) begun() time.Time {
	since, _ := p.course.Since()
	return since
}
