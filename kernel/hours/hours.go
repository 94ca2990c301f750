// Package hours is the page on which a body decides its own days off and days
// worked instead, with the source of each.
package hours

import (
	"embed"
	"errors"
	"io/fs"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the page of days and hours.
func System() kernel.System {
	return kernel.System{Name: "hours", Texts: []fs.FS{texts}, Routes: func(*kernel.App) []kernel.Route {
		chiefs := kernel.Roles(who.Admin, who.Leader)
		return []kernel.Route{
			{Pattern: "GET /work/days", Who: chiefs, Do: func(r *kernel.Request) (web.Answer, error) { return show(r, clock.Change{}, nil) }},
			{Pattern: "POST /work/days", Who: chiefs, Do: add},
			{Pattern: "POST /work/days/{id}/undo", Who: chiefs, Do: undo},
		}
	}}
}

// bodies are the calendars that a person may change: a leader his bodies', an
// administrator of the node the country's too.
func bodies(p who.Person) (all []string) {
	for _, g := range p.Grants {
		if g.Role == who.Admin || g.Role == who.Leader {
			all = append(all, g.Body)
		}
	}
	return all
}

// body is the one asked for, if it may be changed.
func body(r *kernel.Request, asked string, given bool) (string, error) {
	mine := bodies(r.Me)
	for _, b := range mine {
		if !given || b == asked {
			return b, nil
		}
	}
	return "", fault.New(fault.Forbidden, "web.notyours")
}

func show(r *kernel.Request, typed clock.Change, wrong *fault.Error) (web.Answer, error) {
	q := r.URL.Query()
	if r.Method == "POST" {
		q = r.PostForm
	}
	b, err := body(r, q.Get("body"), q.Has("body"))
	if err != nil {
		return web.Answer{}, err
	}
	var own []clock.Change
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		own, err = clock.Changes(tx, b)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	page := daysPage(r, view{Body: b, Mine: bodies(r.Me), Own: own, Off: r.App.Calendars.For(b).Off(r.App.Now().In(r.App.Zone).Year()), Typed: typed, Wrong: wrong})
	if wrong != nil {
		return web.ShowWrong(page)
	}
	return web.Show(page)
}

type view struct {
	Body  string
	Mine  []string
	Own   []clock.Change
	Off   []clock.Off // of this year
	Typed clock.Change
	Wrong *fault.Error
}

// add decides a day. What was promised before stays promised; the page says so.
func add(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	v := r.PostForm
	b, err := body(r, v.Get("body"), true)
	if err != nil {
		return web.Answer{}, err
	}
	c := clock.Change{ID: r.App.IDs.New(), Body: b, Off: clock.Off{Day: date(v.Get("day.year"), v.Get("day.month"), v.Get("day.day")),
		Works: v.Get("works") == "yes", Name: lang.Say(v.Get("name")), Source: v.Get("source")}}
	c.To = c.Day
	var wrong []fault.Field
	if c.Day == "" {
		wrong = append(wrong, fault.Field{Pointer: "/day", Code: "form.date"})
	}
	for name, s := range map[string]string{"name": v.Get("name"), "source": c.Source} {
		if s == "" {
			wrong = append(wrong, fault.Field{Pointer: "/" + name, Code: "form.required"})
		}
	}
	if wrong != nil {
		return show(r, c, fault.Wrong(wrong...))
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := clock.Edit(tx, c); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "calendar.edit", c.ID, map[string]any{"body": b, "day": c.Day, "works": c.Works, "source": c.Source})
	})
	var bad *fault.Error
	if errors.As(err, &bad) && bad.Kind == fault.Invalid {
		return show(r, c, bad)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/days?body=%s", b)
}

// date is the day that three boxes name, "" when there is none such.
func date(y, m, d string) string {
	t, err := time.Parse("2006-1-2", y+"-"+m+"-"+d)
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func undo(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	b, err := body(r, r.PostForm.Get("body"), true)
	if err != nil {
		return web.Answer{}, err
	}
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := clock.Undo(tx, b, n); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "calendar.undo", n, map[string]any{"body": b})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/days?body=%s", b)
}
