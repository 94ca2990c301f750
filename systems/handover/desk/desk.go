// Package desk is the handing over before a body's officials: what waits, the
// connections, and how it stands with each webhook.
package desk

import (
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
	"motcua/systems/handover/hook"
	"motcua/systems/handover/register"
)

// A Desk is these pages on one node.
type Desk struct{ Register *register.Register }

// Routes are the pages.
func (d *Desk) Routes() []kernel.Route {
	staff, chiefs := kernel.Roles(who.Admin, who.Clerk, who.Leader), kernel.Roles(who.Admin)
	return []kernel.Route{
		{Pattern: "GET /handover", Who: staff, Do: d.show},
		{Pattern: "POST /handover", Who: chiefs, Do: d.connect},
		{Pattern: "POST /handover/{id}/end", Who: chiefs, Do: d.end},
		{Pattern: "POST /handover/{id}/key", Who: chiefs, Do: d.key},
		{Pattern: "GET /webhooks/{id}", Who: kernel.SignedIn(), Do: d.showDeliveries},
		{Pattern: "POST /webhooks/{id}", Who: kernel.SignedIn(), Do: d.doDeliveries},
	}
}

// A bodyPage is what a body's officials see of the handing over; its
// administrators change it.
type bodyPage struct {
	*kernel.Request
	body   who.Body
	bodies []who.Body
	edits  bool
	now    []register.Connection
	lines  []line
	hooks  []hook.Endpoint
	wrong  map[string]string
	token  string // shown once
	secret string // shown once
}

// A line is a dossier that the body's software has yet to take.
type line struct {
	register.Item
	dossier *dossier.Dossier
}

// most is how many waiting dossiers the page lists; the rest follow as those are taken.
const most = 50

// show is the page of a body; who administers the whole node chooses one first.
func (d *Desk) show(r *kernel.Request) (web.Answer, error) {
	code := r.URL.Query().Get("body")
	if code == "" && r.Me.Is(who.Admin, "") {
		return d.choose(r)
	}
	p, err := d.page(r, code)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// choose finds a body by its name, and shows those that are connected.
func (d *Desk) choose(r *kernel.Request) (web.Answer, error) {
	all, err := d.Register.All(r.Context())
	if err != nil {
		return web.Answer{}, err
	}
	var connected []who.Body
	for _, c := range all {
		b, ok := r.App.Country.Body(c.Body)
		if ok && c.Lasts(r.App.Now()) && !slices.ContainsFunc(connected, func(x who.Body) bool { return x.Code == b.Code }) {
			connected = append(connected, b)
		}
	}
	return web.Show(choosePage(r, connected, r.App.Country.Seek(r.URL.Query().Get("q"), nil, 30)))
}

func (d *Desk) page(r *kernel.Request, code string) (*bodyPage, error) {
	p := &bodyPage{Request: r}
	for _, b := range r.Me.Bodies() {
		if x, ok := r.App.Country.Body(b); ok {
			p.bodies = append(p.bodies, x)
		}
	}
	if code == "" && len(p.bodies) > 0 {
		code = p.bodies[0].Code
	}
	missing := fault.New(fault.NotFound, "who.body")
	b, ok := r.App.Country.Body(code)
	if !ok {
		return nil, missing
	}
	var err error
	if p.edits, err = d.Register.Governs(r.Context(), r.Me, b.Code); err != nil {
		return nil, err
	}
	if p.body = b; !p.edits && !r.Me.Is(who.Clerk, b.Code) && !r.Me.Is(who.Leader, b.Code) {
		return nil, missing
	}
	all, err := d.Register.All(r.Context())
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Body == b.Code && c.Lasts(r.App.Now()) {
			p.now = append(p.now, c)
		}
	}
	items, err := d.Register.Waiting(r.Context(), []string{b.Code}, 0, most)
	if err != nil {
		return nil, err
	}
	if r.Me.Is(who.Clerk, b.Code) || r.Me.Is(who.Leader, b.Code) { // an administrator learns how many, not whose
		var shown []*dossier.Dossier
		for _, x := range items {
			d, err := r.App.Engine.Find(r.Context(), x.Dossier)
			if err != nil {
				return nil, err
			}
			p.lines = append(p.lines, line{x, d})
			shown = append(shown, d)
		}
		if err := r.App.Engine.Glance(r.Context(), r.Me, dossier.Browse, shown...); err != nil {
			return nil, err
		}
	} else {
		for _, x := range items {
			p.lines = append(p.lines, line{Item: x})
		}
	}
	if p.edits {
		p.hooks, err = d.Register.Hooks.Of(r.Context(), []string{"body:" + b.Code})
	}
	return p, err
}

// connect enters a connection. The software's key and the secret are shown once.
func (d *Desk) connect(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	p, err := d.page(r, r.PostForm.Get("body"))
	if err == nil && !p.edits {
		err = fault.New(fault.NotFound, "who.body")
	}
	if err != nil {
		return web.Answer{}, err
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	c := register.Connection{Body: p.body.Code, Way: register.Way(get("way")), URL: get("url"), Kinds: strings.Fields(get("kinds"))}
	var token, secret string
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		made, s, err := d.Register.Connect(tx, r.Me, c)
		if err != nil {
			return err
		}
		if secret = ""; s != nil {
			secret = s.String()
		}
		token, err = d.Register.Key(tx, r.Me, made)
		return err
	})
	if wrong := ask.Wrong(r.Voice, err); wrong != nil {
		p.wrong = wrong
		return web.ShowWrong(p.page())
	}
	if err != nil {
		return web.Answer{}, err
	}
	r.PostForm = nil // it is done: the form is empty again
	if p, err = d.page(r, p.body.Code); err != nil {
		return web.Answer{}, err
	}
	p.token, p.secret = token, secret
	return web.Show(p.page())
}

// connection is the one of the address, if the caller governs its body.
func (d *Desk) connection(r *kernel.Request) (c register.Connection, err error) {
	n, _ := id.Parse(r.PathValue("id"))
	all, err := d.Register.All(r.Context())
	if err != nil {
		return c, err
	}
	i := slices.IndexFunc(all, func(c register.Connection) bool { return c.ID == n })
	ok := false
	if i >= 0 {
		ok, err = d.Register.Governs(r.Context(), r.Me, all[i].Body)
	}
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "web.nopage")
	}
	if err != nil {
		return c, err
	}
	return all[i], nil
}

// end ends a connection now: what is filed later is worked on here. What was
// filed before stays with the software; a clerk may take it back.
func (d *Desk) end(r *kernel.Request) (web.Answer, error) {
	c, err := d.connection(r)
	if err != nil {
		return web.Answer{}, err
	}
	c.Until = r.App.Now()
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		_, _, err := d.Register.Connect(tx, r.Me, c)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/handover?body=%s", c.Body)
}

func (d *Desk) key(r *kernel.Request) (web.Answer, error) {
	c, err := d.connection(r)
	if err != nil {
		return web.Answer{}, err
	}
	p, err := d.page(r, c.Body)
	if err != nil {
		return web.Answer{}, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		p.token, err = d.Register.Key(tx, r.Me, c)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// A sentPage is the deliveries of one webhook.
type sentPage struct {
	*kernel.Request
	end    hook.Endpoint
	state  string
	counts map[string]int
	all    []hook.Sent
	next   string
}

func (d *Desk) showDeliveries(r *kernel.Request) (web.Answer, error) {
	e, err := d.Register.Endpoint(r.Context(), r.Me, r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	p := &sentPage{Request: r, end: e, state: r.URL.Query().Get("state")}
	if !slices.Contains([]string{"waiting", "done", "dead"}, p.state) {
		p.state = ""
	}
	before, _ := id.Parse(r.URL.Query().Get("after"))
	if p.counts, err = d.Register.Hooks.Counts(r.Context(), e.ID); err != nil {
		return web.Answer{}, err
	}
	if p.all, err = d.Register.Hooks.Sent(r.Context(), e.ID, p.state, before, 30); err != nil {
		return web.Answer{}, err
	}
	if len(p.all) == 30 {
		p.next = p.all[29].ID.String()
	}
	return web.Show(p.page())
}

// doDeliveries sends again, or turns the webhook off or on.
func (d *Desk) doDeliveries(r *kernel.Request) (web.Answer, error) {
	e, err := d.Register.Endpoint(r.Context(), r.Me, r.PathValue("id"))
	if err == nil {
		err = r.ParseForm()
	}
	if err != nil {
		return web.Answer{}, err
	}
	switch r.PostForm.Get("do") {
	case "replay":
		n, _ := id.Parse(r.PostForm.Get("message"))
		_, err = d.Register.Hooks.Replay(r.Context(), e, n)
	case "stop":
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return d.Register.Hooks.Stop(tx, r.Me, e.ID, "") })
	case "start":
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
			_, err := d.Register.Hooks.Put(tx, r.Me, e)
			return err
		})
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/webhooks/%s", e.ID)
}

// clock says a moment as the body reads it.
func clock(r *kernel.Request, t time.Time) string { return r.Voice.Moment(t) }

// health says in words how it stands with a webhook.
func health(r *kernel.Request, off, failing time.Time, why string) string {
	switch {
	case !off.IsZero() && why != "":
		return r.T("handover.off."+why, clock(r, off))
	case !off.IsZero():
		return r.T("handover.off", clock(r, off))
	case !failing.IsZero():
		return r.T("handover.failing", clock(r, failing))
	}
	return r.T("handover.well")
}
