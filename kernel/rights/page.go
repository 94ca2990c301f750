package rights

import (
	"errors"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// shown is how many askings a page has; the oldest wait first.
const shown = 100

// A line is an asking as one administrator sees it.
type line struct {
	Ask
	why error // why it is not his to approve; nil: it is
}

// A page is what waits for a second pair of eyes, and what was answered lately.
type page struct {
	*kernel.Request
	open, done []line
	names      map[id.ID]string
	did        int    // how many were answered just now
	wrong      string // why some were not
	note       string // as typed
}

// Waiting is how many askings wait in bodies that me administers.
func Waiting(tx *db.Tx, a *kernel.App, me who.Person) (n int, err error) {
	all, err := waiting(tx, a, me)
	return len(all), err
}

// Everywhere are the askings that wait, the oldest first.
func Everywhere(tx *db.Tx, a *kernel.App) ([]Ask, error) {
	return db.List(tx, scan, `select `+columns+` from right_ask where state = 'open' and expires > $1 order by id`, db.At(a.Now()))
}

// In are the askings for roles and password links that wait in a body.
func In(tx *db.Tx, a *kernel.App, body string) ([]Ask, error) {
	return db.List(tx, scan, `select `+columns+` from right_ask where state = 'open' and body = $1 and role <> $2 and page = '' and expires > $3 order by id`, body, string(Provider), db.At(a.Now()))
}

// waiting are those in bodies that me administers.
func waiting(tx *db.Tx, a *kernel.App, me who.Person) ([]Ask, error) {
	all, err := Everywhere(tx, a)
	return ruled(a, me, all), err
}

// ruled are those of all that are about bodies that me administers.
func ruled(a *kernel.App, me who.Person, all []Ask) []Ask {
	return slices.DeleteFunc(all, func(k Ask) bool { return !a.Country.Rules(me, k.Body) })
}

// Named adds what the persons of these numbers are called.
func Named(tx *db.Tx, names map[id.ID]string, all ...id.ID) error {
	for _, n := range all {
		if _, ok := names[n]; ok || n == 0 {
			continue
		}
		var name, login string
		if err := tx.Row(`select name, coalesce(login, '') from person where id = $1`, n).Scan(&name, &login); err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
		if names[n] = name; login != "" {
			names[n] += " (" + login + ")"
		}
	}
	return nil
}

func (p *page) read() error {
	return p.App.DB.Read(p.Context(), func(tx *db.Tx) error {
		p.open, p.done, p.names = nil, nil, map[id.ID]string{}
		open, err := waiting(tx, p.App, p.Me)
		if err != nil {
			return err
		}
		for _, k := range open[:min(len(open), shown)] {
			why := May(tx, p.App, p.Me, k)
			var f *fault.Error
			if why != nil && !errors.As(why, &f) {
				return why
			}
			p.open = append(p.open, line{k, why})
		}
		done, err := db.List(tx, scan, `select `+columns+` from right_ask where state <> 'open' and decided > $1 order by decided desc, id desc limit 1000`, db.At(p.App.Now().Add(-Young)))
		done = ruled(p.App, p.Me, done)
		for _, k := range done[:min(len(done), shown)] {
			p.done = append(p.done, line{Ask: k})
		}
		for _, l := range append(p.open, p.done...) {
			err = errors.Join(err, Named(tx, p.names, l.Person, l.By, l.Hand, l.Second))
		}
		return err
	})
}

func show(r *kernel.Request) (web.Answer, error) {
	p := &page{Request: r}
	if err := p.read(); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.show())
}

// decide answers those that were picked, each by itself, so that one that cannot
// be answered stops no other.
func decide(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	p := &page{Request: r, note: strings.TrimSpace(r.PostForm.Get("note"))}
	do := func(tx *db.Tx, n id.ID) error { return Approve(tx, r.App, r.Me, n) }
	switch r.PostForm.Get("do") {
	case "approve":
	case "refuse":
		do = func(tx *db.Tx, n id.ID) error { return Refuse(tx, r.App, r.Me, n, p.note) }
		if p.note == "" || len(p.note) > 500 {
			p.wrong = r.T("rights.note.missing")
		}
	default:
		return web.Answer{}, fault.Wrong()
	}
	picked := r.PostForm["ask"]
	if len(picked) == 0 || len(picked) > shown {
		p.wrong = r.T("rights.nothing")
	}
	for _, s := range picked {
		if p.wrong != "" && p.did == 0 {
			break
		}
		n, err := id.Parse(s)
		if err != nil {
			return web.Answer{}, fault.New(fault.NotFound, "rights.none")
		}
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return do(tx, n) })
		var f *fault.Error
		switch {
		case err == nil:
			p.did++
		case len(picked) == 1 && errors.As(err, &f) && f.Kind != fault.Invalid, !errors.As(err, &f):
			return web.Answer{}, err
		default:
			p.wrong = r.T(f.Code, f.Args...)
		}
	}
	if p.wrong == "" {
		return web.Goto("/admin/rights")
	}
	if err := p.read(); err != nil {
		return web.Answer{}, err
	}
	return web.ShowWrong(p.show())
}

// Place is a body by its name, or the whole node.
func Place(r *kernel.Request, code string) string {
	if code == "" {
		return r.T("rights.node")
	}
	return r.BodyName(code)
}

// asker is who asked, through which account.
func (p *page) asker(k Ask) string {
	if k.Hand != 0 {
		return p.T("rights.through", p.names[k.Hand], p.names[k.By])
	}
	return p.names[k.By]
}

func (p *page) waits() ui.Table {
	t := ui.Table{Caption: p.T("rights.open"), Empty: p.T("rights.open.none"), Pick: "ask", Columns: []ui.Column{{Title: p.T("rights.person")}, {Title: p.T("rights.role")},
		{Title: p.T("rights.asked"), Hide: true}, {Title: p.T("rights.until"), Hide: true}, {Title: p.T("rights.yours")}}}
	for _, l := range p.open {
		yours := ui.Cell{Text: p.T("rights.may")}
		var f *fault.Error
		if errors.As(l.why, &f) {
			yours = ui.Cell{Text: p.T(f.Code, f.Args...), Soft: true}
		}
		role := p.T("who.role."+string(l.Role)) + ", " + Place(p.Request, l.Body)
		if l.Page != "" {
			t.Rows = append(t.Rows, ui.Row{ID: "a" + l.ID.String(), Cells: []ui.Cell{{Text: Place(p.Request, l.Body), Href: l.Page, Under: p.T("rights.asked.by", p.asker(l.Ask), p.Voice.Moment(l.At))}, {Text: role},
				{Text: p.asker(l.Ask) + " · " + p.Voice.Moment(l.At), Soft: true}, {Text: p.Voice.Moment(l.Expires), Soft: true}, yours}})
			continue
		}
		t.Rows = append(t.Rows, ui.Row{ID: "a" + l.ID.String(), Pick: l.ID.String(), About: p.names[l.Person] + ", " + role,
			Cells: []ui.Cell{{Text: p.names[l.Person], Under: p.T("rights.asked.by", p.asker(l.Ask), p.Voice.Moment(l.At))}, {Text: role, Below: l.Detail},
				{Text: p.asker(l.Ask) + " · " + p.Voice.Moment(l.At), Soft: true}, {Text: p.Voice.Moment(l.Expires), Soft: true}, yours}})
	}
	return t
}

func (p *page) answered() ui.Table {
	t := ui.Table{Caption: p.T("rights.done"), Shown: true, Empty: p.T("rights.done.none"), Columns: []ui.Column{{Title: p.T("rights.person")}, {Title: p.T("rights.role")},
		{Title: p.T("rights.asked"), Hide: true}, {Title: p.T("rights.answer")}}}
	for _, l := range p.done {
		by := p.names[l.Second]
		if l.Second == 0 && l.State == Given {
			by = p.T("rights.machine")
		}
		said := strings.Trim(p.T("rights.state."+string(l.State))+" · "+by, " ·") + " · " + p.Voice.Moment(l.Decided)
		if l.Note != "" {
			said += ": " + l.Note
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.names[l.Person]}, {Text: p.T("who.role."+string(l.Role)) + ", " + Place(p.Request, l.Body), Below: l.Detail},
			{Text: p.asker(l.Ask) + " · " + p.Voice.Moment(l.At), Soft: true}, {Text: said}}})
	}
	return t
}
