package counter

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/inbox"
	"motcua/kernel/who"
)

// A slipPage is what the citizen takes home.
type slipPage struct {
	*kernel.Request
	*dossier.Dossier
	kind *dossier.Kind
}

func done(r *kernel.Request) (web.Answer, error) {
	n, err := inbox.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err == nil && !dossier.Official(r.Me, d) {
		err = fault.New(fault.NotFound, "dossier.missing")
	}
	if err != nil {
		return web.Answer{}, err
	}
	p := &slipPage{r, d, k}
	return web.Show(p.page())
}

// track is the address on the slip's QR: whoever holds the slip may follow the dossier.
func (p *slipPage) track() string {
	return p.App.URL + "/track?" + url.Values{"code": {p.Code}, "tail": {p.Tail}}.Encode()
}

// A listPage is what goes from the counter to the desks on one day.
type listPage struct {
	*kernel.Request
	body  who.Body
	day   string
	desks []pile
}

// A pile is what one desk gets.
type pile struct {
	role string
	rows []*dossier.Dossier
}

// handover lists what was received on a day and is still with a desk.
func handover(r *kernel.Request) (web.Answer, error) {
	p := &listPage{Request: r}
	for _, g := range r.Me.Grants {
		b, ok := r.App.Country.Body(g.Body)
		if ok && g.Role == who.Clerk && (p.body.Code == "" || b.Code == r.URL.Query().Get("body")) {
			p.body = b
		}
	}
	p.day = cmp.Or(r.URL.Query().Get("day"), r.App.Today(p.body.Code))
	zone := r.App.Calendars.For(p.body.Code).Zone()
	from, err := time.ParseInLocation(time.DateOnly, p.day, zone)
	if err != nil {
		return web.Answer{}, fault.Wrong(fault.Field{Pointer: "/day", Code: "form.date"})
	}
	l := dossier.List{Me: r.Me, Inbox: "all", Body: p.body.Code, Received: from, Until: from.AddDate(0, 0, 1), Limit: 200}
	for {
		rows, next, err := r.App.Engine.Rows(r.Context(), l)
		if err != nil {
			return web.Answer{}, err
		}
		for _, d := range rows {
			p.put(d)
		}
		if l.After = next; next.ID == 0 {
			break
		}
	}
	slices.SortFunc(p.desks, func(a, b pile) int { return cmp.Compare(a.role, b.role) })
	return web.Show(p.page())
}

func (p *listPage) put(d *dossier.Dossier) {
	role := string(inbox.KindOf(p.Request, d).Stands[d.State].Desk)
	if role == "" {
		return // back with the applicant
	}
	i := slices.IndexFunc(p.desks, func(x pile) bool { return x.role == role })
	if i < 0 {
		p.desks, i = append(p.desks, pile{role: role}), len(p.desks)
	}
	p.desks[i].rows = append(p.desks[i].rows, d)
}
