// Package hours is the page on which a body decides its own days off, days
// worked instead and office hours, with the source of each.
//
// Before a change is decided the page lists the open dossiers that it touches.
// What was promised to nobody yet is then counted anew; an appointment that was
// given never moves.
package hours

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"net/url"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

//go:embed schema/*.sql
var schema embed.FS

// System is the page of days and hours.
func System() kernel.System {
	tables, _ := fs.Sub(schema, "schema")
	return kernel.System{Name: "hours", Texts: []fs.FS{texts}, Schema: tables,
		Links: []kernel.Link{{At: kernel.Admin, Path: "/work/days", Text: "hours.title", Icon: "date", About: "hours.tile", Who: kernel.Roles(who.Admin)},
			{At: kernel.Mine, Path: "/work/days", Text: "hours.title", Who: kernel.Roles(who.Leader)}},
		Jobs: func(a *kernel.App) map[string]job.Do { return map[string]job.Do{jobName: do(a)} },
		Routes: func(*kernel.App) []kernel.Route {
			chiefs := kernel.Roles(who.Admin, who.Leader)
			return []kernel.Route{
				{Pattern: "GET /work/days", Who: chiefs, Do: func(r *kernel.Request) (web.Answer, error) { return show(r, nil) }},
				{Pattern: "POST /work/days", Who: chiefs, Do: add},
				{Pattern: "POST /work/days/{id}/undo", Who: chiefs, Do: undo},
			}
		}}
}

// bodies are the calendars that a person may change: a leader his bodies', an
// administrator of the node the country's too.
func bodies(p who.Person) []string { return p.Bodies(who.Admin, who.Leader) }

// body is the one asked for, if it may be changed.
func body(r *kernel.Request, asked string, given bool) (string, error) {
	for _, b := range bodies(r.Me) {
		if !given || b == asked {
			return b, nil
		}
	}
	return "", fault.New(fault.Forbidden, "web.notyours")
}

// A view is what the page shows of a body.
type view struct {
	Body  string
	Mine  []string
	Cal   *clock.Calendar
	Own   []clock.Change
	Off   []clock.Off // of this year
	Kept  []promise
	Typed string // the form that was sent: days or hours
	Wrong *fault.Error
}

func show(r *kernel.Request, wrong *fault.Error) (web.Answer, error) {
	q := r.URL.Query()
	if r.Method == "POST" {
		q = r.PostForm
	}
	b, err := body(r, q.Get("body"), q.Has("body"))
	if err != nil {
		return web.Answer{}, err
	}
	v := view{Body: b, Mine: bodies(r.Me), Cal: r.App.Calendars.For(b), Typed: q.Get("sort"), Wrong: wrong}
	v.Off = v.Cal.Off(r.App.Now().In(v.Cal.Zone()).Year())
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Own, err = clock.Changes(tx, b); err != nil {
			return err
		}
		v.Kept, err = kept(tx, b, listed)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	if wrong != nil {
		return web.ShowWrong(v.page(r))
	}
	return web.Show(v.page(r))
}

// add decides days or hours, once what that does was shown.
func add(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	b, err := body(r, r.PostForm.Get("body"), true)
	if err != nil {
		return web.Answer{}, err
	}
	c, wrong := read(r.PostForm, r.App.IDs.New(), b)
	var after func(string) *clock.Calendar
	if wrong == nil {
		after, err = r.App.Calendars.If(r.Context(), &c, 0)
		var bad *fault.Error
		if errors.As(err, &bad) && bad.Kind == fault.Invalid {
			wrong = bad
		} else if err != nil {
			return web.Answer{}, err
		}
	}
	if wrong != nil {
		return show(r, wrong)
	}
	if r.PostForm.Get("sure") == "" {
		return ask(r, c, after, "/work/days", false)
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := clock.Edit(tx, c); err != nil {
			return err
		}
		if err := began(tx, r.App, c, c.ID); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "calendar.edit", c.ID, told(c))
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/days?%s", url.Values{"body": {b}}.Encode())
}

// undo takes a change back, once what that does was shown.
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
	var own []clock.Change
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		own, err = clock.Changes(tx, b)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	i := slices.IndexFunc(own, func(c clock.Change) bool { return c.ID == n })
	if i < 0 {
		return web.Answer{}, fault.New(fault.NotFound, "clock.none.change")
	}
	if r.PostForm.Get("sure") == "" {
		after, err := r.App.Calendars.If(r.Context(), nil, n)
		if err != nil {
			return web.Answer{}, err
		}
		return ask(r, own[i], after, "/work/days/"+n.String()+"/undo", true)
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := clock.Undo(tx, b, n); err != nil {
			return err
		}
		if err := began(tx, r.App, own[i], r.App.IDs.New()); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "calendar.undo", n, map[string]any{"body": b})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/days?%s", url.Values{"body": {b}}.Encode())
}

// A question is the page between a change and its being decided.
type question struct {
	*kernel.Request
	clock.Change
	touch
	action string
	undo   bool
}

func ask(r *kernel.Request, c clock.Change, after func(string) *clock.Calendar, action string, undo bool) (web.Answer, error) {
	t, err := touched(r.Context(), r.App, c, after)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show((&question{r, c, t, action, undo}).page())
}

// sent is everything that was typed, to be sent again with the second button.
func (q *question) sent() (all [][2]string) {
	for _, name := range slices.Sorted(maps.Keys(q.PostForm)) {
		for _, v := range q.PostForm[name] {
			if name != "sure" {
				all = append(all, [2]string{name, v})
			}
		}
	}
	return all
}

// told is what the ledger keeps of a change.
func told(c clock.Change) map[string]any {
	all := map[string]any{"body": c.Body, "source": c.Source}
	if c.Day != "" {
		all["day"], all["to"], all["works"] = c.Day, cmp.Or(c.To, c.Day), c.Works
		return all
	}
	all["hours"], all["cutoff"], all["weekdays"], all["from"], all["until"] = c.Hours, c.Cutoff, c.On, c.From, c.Until
	return all
}
