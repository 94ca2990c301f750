package own

import (
	"motcua/base/db"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/sign"
	"motcua/systems/keys/signing"
)

// shown is how many uses a page lists.
const shown = 100

// A page is what a person has.
type page struct {
	*kernel.Request
	keys   []sign.Key
	wishes []sign.Wish
	uses   []sign.Use
	stops  []sign.Stopped
}

func show(r *kernel.Request) (web.Answer, error) {
	p := &page{Request: r}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		a, me := r.App.Keys, r.Me.ID.String()
		if p.keys, err = a.Of(tx, me); err != nil {
			return err
		}
		if p.wishes, err = a.Wishes(tx, owner(p.Request, "")); err != nil {
			return err
		}
		if p.uses, err = a.Uses(tx, me, shown); err != nil {
			return err
		}
		p.stops, err = a.Stops(tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

// state is how a certificate stands.
func (p *page) state(k sign.Key) ui.Tag {
	now := p.App.Now()
	switch {
	case !k.Revoked.IsZero() && k.Cause == sign.Unproved:
		return ui.Tag{Text: p.T("keys.state.unproved", p.Voice.Moment(k.Revoked)), Tone: ui.Bad}
	case !k.Revoked.IsZero():
		return ui.Tag{Text: p.T("keys.state.revoked", p.Voice.Moment(k.Revoked)), Tone: ui.Bad}
	case now.After(k.Certificate.NotAfter):
		return ui.Tag{Text: p.T("keys.state.expired"), Tone: ui.Plain}
	}
	return ui.Tag{Text: p.T("keys.state.good"), Tone: ui.Good}
}

func (p *page) live(k sign.Key) bool {
	return k.Revoked.IsZero() && p.App.Now().Before(k.Certificate.NotAfter)
}

// facts are what is to be known of a certificate.
func (p *page) facts(k sign.Key) (all []ui.Answer) {
	c := k.Certificate
	where := "keys.where.mine"
	if k.Held() {
		where = "keys.where.here"
	}
	return []ui.Answer{{Ask: p.T("keys.fact.capacity"), Say: capacityOf(k)}, {Ask: p.T("keys.fact.until"), Say: p.Voice.Day(c.NotAfter)},
		{Ask: p.T("keys.fact.issuer"), Say: c.Issuer.CommonName}, {Ask: p.T("keys.fact.where"), Say: p.T(where)},
		{Ask: p.T("keys.fact.number"), Say: signing.Grouped(sign.Number(c)), Href: "/me/keys/certificates/" + k.ID.String()}}
}

func capacityOf(k sign.Key) string {
	s := ""
	for _, o := range k.Certificate.Subject.Organization {
		s += o
	}
	for _, n := range k.Certificate.Subject.Names {
		if title, ok := n.Value.(string); ok && n.Type.String() == "2.5.4.12" {
			s = title + ", " + s
		}
	}
	return s
}

func (p *page) capacities() (all []ui.Option) {
	for _, c := range capacities(p.Me) {
		o := ui.Option{Value: c.value(), Label: p.T("keys.self")}
		if c.Body != "" {
			o.Label = p.T("who.role."+string(c.Role)) + " · " + p.BodyName(c.Body)
		}
		all = append(all, o)
	}
	return all
}

// pick is how a capacity is chosen: from a list, where there are many.
func (p *page) pick() ui.Type {
	if len(p.capacities()) > 4 {
		return ui.Select
	}
	return ui.Choice
}

func (p *page) rows() (all []ui.Row) {
	for _, u := range p.uses {
		done := ui.Cell{Body: ui.Tag{Text: p.T("keys.use.done"), Tone: ui.Good}}
		if u.Done.IsZero() {
			done = ui.Cell{Body: ui.Tag{Text: p.T("keys.use.not"), Tone: ui.Plain}}
		}
		all = append(all, ui.Row{Cells: []ui.Cell{{Text: u.What}, {Text: p.Voice.Moment(u.At), Soft: true}, {Text: p.T("keys.way." + u.Way)}, {Text: p.T("keys.level." + u.Level)}, done}})
	}
	return all
}
