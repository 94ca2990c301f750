package inbox

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/who"
)

// views are the lists of the inbox. All but the last hold what waits for one's own role.
var views = []string{"mine", "unheld", "soon", "late", "desk", "sign", "all"}

// A Place is where in the inbox an official is; it travels in addresses, so
// that he comes back to it after an act.
type Place struct {
	View, Words, Body, Kind, Cursor string
	Holder                          id.ID
	Desk                            who.Role
	Late                            bool
}

// PlaceOf reads the place of an address.
func PlaceOf(v url.Values) Place {
	p := Place{View: v.Get("view"), Words: strings.TrimSpace(v.Get("q")), Body: v.Get("body"), Kind: v.Get("kind"), Cursor: v.Get("cursor")}
	p.Holder, _ = id.Parse(v.Get("holder"))
	p.Late, p.Desk = v.Has("late"), who.Role(v.Get("desk"))
	if !slices.Contains(views, p.View) {
		p.View = "mine"
	}
	return p
}

// Query writes the place for an address, with more pairs after it.
func (p Place) Query(more ...string) string {
	v := url.Values{"view": {p.View}}
	pairs := append([]string{"q", p.Words, "body", p.Body, "kind", p.Kind, "cursor", p.Cursor, "desk", string(p.Desk)}, more...)
	if p.Holder != 0 {
		pairs = append(pairs, "holder", p.Holder.String())
	}
	if p.Late {
		pairs = append(pairs, "late", "1")
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v.Encode()
}

// turn is the first page of another view or body of the same place.
func (p Place) turn(view, body string) string {
	p.View, p.Body, p.Cursor, p.Holder, p.Desk, p.Late = view, body, "", 0, "", false
	return "/work?" + p.Query()
}

// List is what the place lists for an official.
func (p Place) List(me who.Person) dossier.List {
	return dossier.List{Me: me, Inbox: p.View, Body: p.Body, Kind: p.Kind, Words: p.Words, Holder: p.Holder, Desk: p.Desk, Late: p.Late}
}

// A line is one dossier of the inbox: its row alone, nothing of what was answered.
type line struct {
	*dossier.Dossier
	kind *dossier.Kind
	due  ui.State
	mark ui.State // that who filed it is in doubt; else nothing
}

// An inboxPage is what the page of the inbox shows.
type inboxPage struct {
	*kernel.Request
	Place
	lines  []line
	counts map[string]int
	bodies []who.Body
	acts   []Offered // that one of the lines may allow, for all that are picked
	staff  []ui.Option
	next   string
	at     *line // the line at the cursor
	can    []Offered
	holder string // of at
}

func show(r *kernel.Request) (web.Answer, error) {
	p := &inboxPage{Request: r, Place: PlaceOf(r.URL.Query())}
	if !slices.Contains(offices(r.Me), p.Body) {
		p.Body = ""
	}
	counted, err := r.App.Engine.Count(r.Context(), dossier.List{Me: r.Me, Body: p.Body, Kind: p.Kind, Words: p.Words}, views...)
	if err != nil {
		return web.Answer{}, err
	}
	p.counts = counted
	if !r.URL.Query().Has("view") && counted[p.View] == 0 { // who holds nothing begins with what waits for him
		for _, v := range []string{"desk", "sign"} { // what is to be signed before the rest
			if counted[v] > 0 {
				p.View = v
			}
		}
	}
	after, err := dossier.ParseCursor(p.Cursor)
	if err != nil {
		return web.Answer{}, err
	}
	l := p.List(r.Me)
	l.After = after
	rows, next, err := r.App.Engine.Rows(r.Context(), l)
	if err != nil {
		return web.Answer{}, err
	}
	marked, err := doubt.Marked(r.Context(), r.App, rows)
	if err != nil {
		return web.Answer{}, err
	}
	for _, d := range rows {
		l := lineOf(r, d)
		if marked[d.ID] {
			l.mark = ui.State{Text: r.T("doubt.mark"), Tone: ui.Bad}
		}
		p.lines = append(p.lines, l)
	}
	p.next = next.String()
	for _, code := range offices(r.Me) {
		b, _ := r.App.Country.Body(code)
		p.bodies = append(p.bodies, b)
	}
	if p.staff, err = Colleagues(r, cmp.Or(p.Body, offices(r.Me)[0])); err != nil {
		return web.Answer{}, err
	}
	p.acts = p.bulkable()
	if err := p.preview(r.URL.Query().Get("at")); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// preview shows more of the row at the cursor. What was answered is not shown:
// that would be a reading.
func (p *inboxPage) preview(at string) error {
	if len(p.lines) == 0 {
		return nil
	}
	i := slices.IndexFunc(p.lines, func(l line) bool { return l.ID.String() == at })
	p.at = &p.lines[max(i, 0)]
	d, err := p.App.Engine.Find(p.Context(), p.at.ID)
	if err != nil {
		return err
	}
	p.can = Offer(p.Request, p.at.kind, p.App.Engine.Possible(p.Me, d, p.at.kind))
	p.holder, err = NameOf(p.Request, d.Holder)
	return err
}

func lineOf(r *kernel.Request, d *dossier.Dossier) line {
	return line{Dossier: d, kind: KindOf(r, d), due: Stands(r, d)}
}

// Stands says how d stands with time. What has no date of its own and belongs to
// another dossier, such as the apology for it, is as urgent as that one.
func Stands(r *kernel.Request, d *dossier.Dossier) ui.State {
	if d.Parent != 0 && d.Due.IsZero() && d.DeskDue.IsZero() && d.Ended.IsZero() {
		if of, err := r.App.Engine.Row(r.Context(), d.Parent); err == nil {
			dated := *d
			dated.Due = of.Due
			d = &dated
		}
	}
	return Due(r.Voice, r.App.Calendars.For(d.Body), r.App.Now(), r.App.Engine.Soon(d.Body), d)
}

// Step is where the dossier stands.
func (l line) step(r *kernel.Request) string { return kernel.StateTitle(r.Voice, l.kind, l.State) }

// Short is the part of a code that differs within a body.
func Short(code string) string {
	_, rest, ok := strings.Cut(code, "-")
	if !ok {
		return code
	}
	return rest
}

// offices are the bodies where p works on dossiers.
func offices(p who.Person) (all []string) {
	for _, g := range p.Grants {
		if g.Role.Desk() && !slices.Contains(all, g.Body) {
			all = append(all, g.Body)
		}
	}
	return all
}

// Colleagues are those who work in body, as options.
func Colleagues(r *kernel.Request, body string) (all []ui.Option, err error) {
	staff, err := r.App.Book.Staff(r.Context(), body, Desks()...)
	slices.SortFunc(staff, func(a, b who.Person) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range staff {
		label := p.Name
		for _, g := range p.Grants {
			if g.Body == body && g.For == 0 {
				label += ", " + r.T("who.role."+string(g.Role))
			}
		}
		all = append(all, ui.Option{Value: p.ID.String(), Label: label})
	}
	return all, err
}

// NameOf is the name of a person; nobody's is "".
func NameOf(r *kernel.Request, n id.ID) (string, error) {
	if n == 0 {
		return "", nil
	}
	p, err := r.App.Book.Person(r.Context(), n)
	return p.Name, err
}
