package hours

import (
	"fmt"
	"strings"
	"time"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
)

func name(r *kernel.Request, body string) string {
	if b, ok := r.App.Country.Body(body); ok {
		return r.Voice.Of(b.Name)
	}
	return r.T("hours.country")
}

func kind(r *kernel.Request, works bool) string {
	if works {
		return r.T("hours.worked")
	}
	return r.T("hours.off")
}

// day is a date as people write it.
func day(r *kernel.Request, s string) string {
	t, err := time.ParseInLocation(time.DateOnly, s, r.Voice.Zone)
	if err != nil {
		return s
	}
	return r.Voice.Day(t)
}

func span(r *kernel.Request, from, to string) string {
	if to == "" || to == from {
		return day(r, from)
	}
	return day(r, from) + " – " + day(r, to)
}

// when says from when to when a change holds.
func when(r *kernel.Request, c clock.Change) string {
	switch {
	case c.Day != "":
		return span(r, c.Day, c.To)
	case c.From == "":
		return r.T("hours.always")
	case c.Until == "":
		return r.T("hours.from", day(r, c.From))
	}
	return span(r, c.From, c.Until)
}

// what says what a change decides.
func what(r *kernel.Request, c clock.Change) string {
	if c.Day != "" {
		return kind(r, c.Works) + ": " + r.Voice.Of(c.Name)
	}
	var on []string
	for _, w := range c.On {
		on = append(on, weekday(r, w))
	}
	s := r.T("hours.everyday")
	if len(on) > 0 {
		s = strings.Join(on, ", ")
	}
	return s + ": " + times(c.Hours)
}

func times(hours []clock.Stretch) string {
	var all []string
	for _, h := range hours {
		all = append(all, clockTime(h.From)+"–"+clockTime(h.To))
	}
	return strings.Join(all, ", ")
}

func clockTime(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// sunday is one, to name days of the week after.
var sunday = time.Date(2020, 3, 1, 12, 0, 0, 0, time.UTC)

func weekday(r *kernel.Request, w time.Weekday) string {
	return lang.Voice{Lang: r.Voice.Lang, Catalogue: r.Voice.Catalogue, Zone: time.UTC}.Weekday(sunday.AddDate(0, 0, int(w)))
}

// weekdays are the days of the week to choose from, Monday first.
func weekdays(r *kernel.Request) (all []ui.Option) {
	for i := range 7 {
		w := time.Weekday((i + 1) % 7)
		all = append(all, ui.Option{Value: fmt.Sprint(int(w)), Label: weekday(r, w)})
	}
	return all
}

// week are the office hours of the seven days from today.
func (v view) week(r *kernel.Request) ui.Table {
	t := ui.Table{Caption: r.T("hours.week"), Columns: []ui.Column{{Title: r.T("hours.day")}, {Title: r.T("hours.open")}, {Title: r.T("hours.cutoff")}}}
	voice := r.Voice
	voice.Zone = v.Cal.Zone()
	for i := range 7 {
		at := r.App.Now().In(v.Cal.Zone()).AddDate(0, 0, i)
		hours, cutoff := v.Cal.On(at)
		row := []ui.Cell{{Text: voice.Weekday(at) + " " + voice.Day(at)}, {Text: r.T("hours.off"), Soft: true}, {}}
		if hours != nil {
			row[1] = ui.Cell{Text: times(hours)}
			if cutoff < 24*60 {
				row[2] = ui.Cell{Text: clockTime(cutoff)}
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: row})
	}
	return t
}

// promises are the appointments that stay although the calendar changed.
func (v view) promises(r *kernel.Request) ui.Table {
	t := ui.Table{Caption: r.T("hours.kept"), Columns: []ui.Column{{Title: r.T("hours.code")}, {Title: r.T("hours.promised")}, {Title: r.T("hours.counted")}}}
	voice := r.Voice
	voice.Zone = v.Cal.Zone()
	for _, p := range v.Kept {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Code, Href: link(r, p.Body, "/work/d/"+p.ID.String()+"/due")},
			{Text: voice.Moment(p.Promised.Time)}, {Text: voice.Moment(p.Counted.Time), Soft: true}}})
	}
	return t
}

// link is where a dossier of body stands, for who may read it.
func link(r *kernel.Request, body, path string) string {
	if dossier.Official(r.Me, &dossier.Dossier{Body: body}) {
		return path
	}
	return ""
}

// warning says what the change does before it is decided.
func (q *question) warning() ui.Note {
	switch {
	case q.Open == 0 || q.Count == 0:
		return ui.Note{Tone: ui.Good, Title: q.T("hours.calm"), Text: q.T("hours.calm.long", q.Open)}
	case q.Kept > 0:
		return ui.Note{Tone: ui.Soon, Title: q.T("hours.warn", q.count()), Text: q.T("hours.warn.kept", q.Kept)}
	}
	return ui.Note{Tone: ui.Soon, Title: q.T("hours.warn", q.count()), Text: q.T("hours.warn.long")}
}

// count says how many are touched.
func (q *question) count() string {
	if q.More {
		return q.T("hours.atleast", q.touch.Count, looked, q.Open)
	}
	return q.Voice.Number(int64(q.touch.Count))
}

func (q *question) table() ui.Table {
	t := ui.Table{Caption: q.T("hours.moves", q.count()), Scroll: true, Columns: []ui.Column{{Title: q.T("hours.code")}, {Title: q.T("hours.before")}, {Title: q.T("hours.after")}, {Title: q.T("hours.desk")}}}
	voice := q.Voice
	voice.Zone = q.App.Calendars.For(q.Change.Body).Zone()
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return voice.Moment(t)
	}
	for _, m := range q.Moves {
		after := ui.Cell{Text: moment(m.After)}
		switch {
		case m.After.Equal(m.Due):
			after = ui.Cell{Text: q.T("hours.same"), Soft: true}
		case m.Issued:
			after = ui.Cell{Text: q.T("hours.stays", moment(m.After)), Soft: true}
		}
		desk := ui.Cell{Text: q.T("hours.same"), Soft: true}
		if !m.DeskTo.IsZero() {
			desk = ui.Cell{Text: moment(m.Desk) + " → " + moment(m.DeskTo)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: m.Code, Href: link(q.Request, m.Body, "/work/d/"+m.ID.String())}, {Text: moment(m.Due)}, after, desk}})
	}
	return t
}

// field is one of a form; what was typed and what is wrong stand in the one that was sent.
func (v view) field(r *kernel.Request, sort string, f ui.Field) ui.Field {
	if v.Typed == sort {
		f.In = r.PostForm
	}
	f.Error = v.wrong(r, sort, f.Name)
	return f
}

func (v view) wrong(r *kernel.Request, sort, name string) string {
	if v.Wrong != nil && v.Typed == sort {
		for _, w := range v.Wrong.Fields {
			if p := strings.TrimPrefix(w.Pointer, "/"); p == name || p == "hours" && name == "morning" {
				return r.T(w.Code, w.Args...)
			}
		}
	}
	return ""
}
