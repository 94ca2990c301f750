package readers

import (
	"fmt"
	"net/url"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
)

// A view is the log of one person.
type view struct {
	*kernel.Request
	of      map[id.ID]subject
	days    []day
	bodies  []ui.Option // that read anything on this page
	body    string      // "": all
	all     bool        // with the rows of lists
	dossier id.ID       // 0: all
	next    string
}

// A day is what was read on one day, by body.
type day struct {
	text  string
	parts []part
}

type part struct {
	body  string
	lines []dossier.Reading
}

const page = 60 // readings on one

func show(r *kernel.Request) (web.Answer, error) {
	q := r.URL.Query()
	v := &view{Request: r, body: q.Get("body"), all: q.Has("all")}
	v.dossier, _ = id.Parse(q.Get("d"))
	before, _ := id.Parse(q.Get("before"))
	var rows []dossier.Reading
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.of, err = subjects(tx, r); err != nil {
			return err
		}
		l := dossier.Look{About: r.Me.ID, Body: v.body, Opened: !v.all, Before: before, Limit: page + 1}
		if v.dossier != 0 {
			l.About = 0
		}
		for n := range v.of {
			if v.dossier == 0 || n == v.dossier {
				l.Dossiers = append(l.Dossiers, n)
			}
		}
		slices.Sort(l.Dossiers)
		rows, err = r.App.Engine.Looked(tx, l)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	if len(rows) > page {
		rows = rows[:page]
		v.next = v.link("before", rows[page-1].ID.String())
	}
	v.group(rows)
	return web.Show(v.page())
}

// ticked is the answer of the box that also shows readings in lists.
func (v *view) ticked() string {
	if v.all {
		return "yes"
	}
	return ""
}

// group puts readings under their days, and there under bodies.
func (v *view) group(rows []dossier.Reading) {
	for _, x := range rows {
		text := v.Voice.Day(x.At)
		if len(v.days) == 0 || v.days[len(v.days)-1].text != text {
			v.days = append(v.days, day{text: text})
		}
		d := &v.days[len(v.days)-1]
		i := slices.IndexFunc(d.parts, func(p part) bool { return p.body == x.Body })
		if i < 0 {
			i = len(d.parts)
			d.parts = append(d.parts, part{body: x.Body})
		}
		d.parts[i].lines = append(d.parts[i].lines, x)
		if x.Body != "" && !slices.ContainsFunc(v.bodies, func(o ui.Option) bool { return o.Value == x.Body }) {
			v.bodies = append(v.bodies, ui.Option{Value: x.Body, Label: v.BodyName(x.Body)})
		}
	}
}

// link is this page with one thing said otherwise; "" takes it away.
func (v *view) link(name, value string) string {
	q := url.Values{}
	if v.body != "" {
		q.Set("body", v.body)
	}
	if v.all {
		q.Set("all", "yes")
	}
	if v.dossier != 0 {
		q.Set("d", v.dossier.String())
	}
	if q.Set(name, value); value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return "/me/readers"
	}
	return "/me/readers?" + q.Encode()
}

// office is the body of a part; what no body did was done by who runs the node.
func (v *view) office(body string) string {
	if body == "" {
		return v.T("readers.node")
	}
	return v.BodyName(body)
}

// did says who read, and how. The name of an official is not told here: his body
// answers for the reading, and names him where it has to (docs/decisions).
func did(r *kernel.Request, x dossier.Reading) string {
	way := r.T("readers.way." + string(x.Way))
	switch {
	case x.Way == dossier.Party:
		return r.T("readers.party", string(x.Purpose))
	case x.Way == dossier.Console:
		return r.T("readers.console", string(x.Purpose))
	case x.Role == "":
		return way
	}
	return r.T("readers.did", r.T("who.role."+x.Role), way)
}

func (v *view) why(x dossier.Reading) string {
	if x.Way == dossier.Party || x.Way == dossier.Console {
		return ""
	}
	if x.Purpose == "" {
		return v.T("readers.why.unknown")
	}
	return v.T("readers.why." + string(x.Purpose))
}

// may reports whether one may ask why: of what a body of the State read.
func (v *view) may(x dossier.Reading) bool {
	_, ok := v.App.Country.Body(x.Body)
	return ok && x.Person != 0
}

// mine is the reading of the path, if it concerns r's person and no seal keeps it from him.
func mine(r *kernel.Request) (x dossier.Reading, s subject, err error) {
	none := fault.New(fault.NotFound, "readers.none")
	n, err := id.Parse(r.PathValue("reading"))
	if err != nil {
		return x, s, none
	}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		of, err := subjects(tx, r)
		if err != nil {
			return err
		}
		l := dossier.Look{About: r.Me.ID, Before: n + 1, Limit: 1}
		for n := range of {
			l.Dossiers = append(l.Dossiers, n)
		}
		all, err := r.App.Engine.Looked(tx, l)
		if err == nil && (len(all) == 0 || all[0].ID != n) {
			err = none
		}
		if err == nil {
			x, s = all[0], of[all[0].Dossier]
		}
		return err
	})
	return x, s, err
}

// enquire opens the question why something was read, at the body that read it; where
// its own head read it, at the body above.
func enquire(r *kernel.Request) (web.Answer, error) {
	x, s, err := mine(r)
	if err != nil {
		return web.Answer{}, err
	}
	body, ok := r.App.Country.Body(x.Body)
	if !ok || x.Person == 0 {
		return web.Answer{}, fault.New(fault.Conflict, "readers.nobody")
	}
	if reader, err := r.App.Book.Person(r.Context(), x.Person); err == nil && reader.Is(who.Leader, body.Code) && body.Parent != "" {
		body, _ = r.App.Country.Body(body.Parent)
	}
	what := r.T("readers.what.person")
	switch {
	case s.other:
		what = r.T("readers.what.other", s.title)
	case x.Dossier != 0:
		what = fmt.Sprintf("%s, %s", s.code, s.title)
	}
	d, err := r.App.Engine.Itself(r.Context(), dossier.Order{Me: r.Me, Kind: Why, Body: body.Code, Key: "why-" + x.ID.String(),
		Answers: map[string]any{"what": what, "when": r.Voice.Moment(x.At), "role": did(r, x) + ", " + r.BodyName(x.Body), "reading": x.ID.String()}})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/c/%s", d.ID)
}

// notHimself asks that who answers is not who read.
func notHimself(do *dossier.Doing) error {
	x, err := readingOf(do.Tx, do.Dossier)
	if err == nil && x == do.Act.By {
		err = fault.New(fault.Forbidden, "readers.himself")
	}
	return err
}

// readingOf is who made the reading that d asks about.
func readingOf(tx *db.Tx, d *dossier.Dossier) (by id.ID, err error) {
	said, _ := d.Answers["reading"].(string)
	n, err := id.Parse(said)
	if err == nil {
		err = tx.Row(`select person from reading where id = $1`, n).Scan(&by)
	}
	return by, err
}

// A question is one that waits for an answer, with what the person does not see.
type question struct {
	row     *dossier.Dossier
	reading dossier.Reading
	name    string // of who read
}

// asked are the questions that wait for the leaders of a body, each with who read what.
func asked(r *kernel.Request) (web.Answer, error) {
	rows, _, err := r.App.Engine.Rows(r.Context(), dossier.List{Me: r.Me, Inbox: "desk", Kind: Why, Limit: 200})
	if err != nil {
		return web.Answer{}, err
	}
	var all []question
	for _, d := range rows {
		q := question{row: d}
		whole, err := r.App.Engine.Find(r.Context(), d.ID)
		if err != nil {
			return web.Answer{}, err
		}
		said, _ := whole.Answers["reading"].(string)
		if n, err := id.Parse(said); err == nil {
			if q.reading, err = r.App.Engine.ReadingAt(r.Context(), n); err != nil {
				return web.Answer{}, err
			}
		}
		if p, err := r.App.Book.Person(r.Context(), q.reading.Person); err == nil {
			q.name = p.Name
		}
		all = append(all, q)
	}
	return web.Show(askedPage(r, all))
}
