package inbox

import (
	"cmp"
	"slices"

	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// A teamPage is what a leader sees of the load of desks and colleagues.
type teamPage struct {
	*kernel.Request
	body   who.Body
	bodies []who.Body
	desks  []load
	staff  []load
}

// A load is how much lies with somebody, and how much of it is late; each
// figure leads to its list.
type load struct {
	name, role string
	all, late  int
	place      Place
}

func team(r *kernel.Request) (web.Answer, error) {
	p := &teamPage{Request: r}
	for _, g := range r.Me.Grants {
		if b, ok := r.App.Country.Body(g.Body); ok && g.Role == who.Leader {
			p.bodies = append(p.bodies, b)
			if p.body.Code == "" || b.Code == r.URL.Query().Get("body") {
				p.body = b
			}
		}
	}
	for _, role := range Desks() {
		l, err := p.count(load{name: r.T("who.role." + string(role)), place: Place{Desk: role}})
		if err != nil {
			return web.Answer{}, err
		}
		p.desks = append(p.desks, l)
	}
	staff, err := r.App.Book.Staff(r.Context(), p.body.Code, Desks()...)
	if err != nil {
		return web.Answer{}, err
	}
	for _, x := range staff {
		l, err := p.count(load{name: x.Name, role: rolesIn(r, x, p.body.Code), place: Place{Holder: x.ID}})
		if err != nil {
			return web.Answer{}, err
		}
		p.staff = append(p.staff, l)
	}
	slices.SortFunc(p.staff, func(a, b load) int { return cmp.Or(b.late-a.late, b.all-a.all, cmp.Compare(a.name, b.name)) })
	return web.Show(p.page())
}

// count fills in the figures of a load by the very lists that they lead to.
func (p *teamPage) count(l load) (load, error) {
	l.place.View, l.place.Body = "all", p.body.Code
	for _, late := range []bool{false, true} {
		list := l.place.List(p.Me)
		list.Late = late
		n, err := p.App.Engine.Count(p.Context(), list, "all")
		if err != nil {
			return l, err
		}
		if late {
			l.late = n["all"]
		} else {
			l.all = n["all"]
		}
	}
	return l, nil
}

// rolesIn are the roles that x holds in body in his own right, in words.
func rolesIn(r *kernel.Request, x who.Person, body string) (say string) {
	for _, g := range x.Grants {
		if g.Body == body && g.For == 0 && g.Role.Desk() {
			if say != "" {
				say += ", "
			}
			say += r.T("who.role." + string(g.Role))
		}
	}
	return say
}

func (p *teamPage) table(caption, first string, loads []load) ui.Table {
	t := ui.Table{Caption: caption, Shown: true, Columns: []ui.Column{{Title: first}, {Title: p.T("inbox.team.all"), Right: true}, {Title: p.T("inbox.team.late"), Right: true}}}
	for _, l := range loads {
		late := l.place
		late.Late = true
		row := ui.Row{Cells: []ui.Cell{{Text: l.name}, {Text: p.Voice.Number(int64(l.all)), Href: "/work?" + l.place.Query(), Num: true},
			{Text: p.Voice.Number(int64(l.late)), Href: "/work?" + late.Query(), Num: true}}}
		if l.role != "" {
			row.Cells[0].Text += ", " + l.role
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
