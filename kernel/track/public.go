package track

import (
	"errors"
	"net/url"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// track shows how far the dossier of a printed code is, to whoever has the
// receipt: no name, nothing of what it is about.
func track(r *kernel.Request, tries *Limiter) (web.Answer, error) {
	q := r.URL.Query()
	code, tail := q.Get("code"), q.Get("tail")
	if code == "" {
		return web.Show(trackPage(r, "", ""))
	}
	if !tries.Allow(r.RemoteAddr, r.App.Now()) {
		return web.Answer{}, fault.New(fault.TooMany, "track.many")
	}
	d, k, err := r.App.Engine.Track(r.Context(), code, tail)
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Kind == fault.NotFound {
		rows, err := r.App.Mirror.Coded(r.Context(), code)
		if err != nil {
			return web.Answer{}, err
		}
		if len(rows) > 0 {
			tries.Right(r.RemoteAddr)
			return web.Goto("/reported?%s", url.Values{"code": {rows[0].Code}}.Encode())
		}
		return web.ShowWrong(trackPage(r, code, r.T("dossier.code")))
	}
	if err != nil {
		return web.Answer{}, err
	}
	tries.Right(r.RemoteAddr)
	if owns(r.Me, d) {
		return web.Goto("/c/%s", d.ID)
	}
	s := &story{r: r, d: d, k: k, stand: k.Stands[d.State], v: local(r, d), now: r.App.Now(), blind: true}
	return web.Show(publicPage(s))
}

// trackURL is what the receipt's square says.
func trackURL(a *kernel.App, d *dossier.Dossier) string {
	return a.URL + "/track?" + url.Values{"code": {d.Code}, "tail": {d.Tail}}.Encode()
}

// mine are a person's dossiers, those of his organisations, and his drafts.
func mine(r *kernel.Request) (web.Answer, error) {
	q := r.URL.Query()
	after, err := dossier.ParseCursor(q.Get("cursor"))
	if err != nil {
		return web.Answer{}, err
	}
	state := dossier.Public(q.Get("state"))
	rows, next, err := r.App.Engine.Rows(r.Context(), dossier.List{Me: r.Me, State: state, Limit: 20, After: after})
	if err != nil {
		return web.Answer{}, err
	}
	m := my{r: r, state: state}
	if state == "" && after.ID == 0 {
		if m.drafts, err = r.App.Engine.Drafts(r.Context(), r.Me.ID); err != nil {
			return web.Answer{}, err
		}
	}
	for _, d := range rows {
		k, err := r.App.Kind(d.Kind, d.KindVersion)
		if err != nil {
			return web.Answer{}, err
		}
		m.rows = append(m.rows, m.row(k, d))
	}
	if next.ID != 0 {
		m.next = "/my?" + url.Values{"state": {string(state)}, "cursor": {next.String()}}.Encode()
	}
	return web.Show(myPage(m))
}

// my is the list as its page shows it.
type my struct {
	r      *kernel.Request
	state  dossier.Public
	drafts []*dossier.Draft
	rows   ui.Results
	next   string
}

func (m my) row(k *dossier.Kind, d *dossier.Dossier) ui.Result {
	r, stand := m.r, k.Stands[d.State]
	x := ui.Result{Title: r.Voice.Of(k.Title), Href: "/c/" + d.ID.String(), Text: d.Subject, Facts: []string{d.Printed()},
		Tags: []ui.Tag{r.Tag(stand.Public)}}
	switch {
	case late(d, stand, r.App.Now()):
		x.Tags = append(x.Tags, ui.Tag{Text: r.T("track.late.tag"), Tone: ui.Bad})
	case !stand.Ends && stand.Waits == "" && !d.Due.IsZero():
		x.Facts = append(x.Facts, r.T("track.before", When(local(r, d), r.App.Now(), d.Due)))
	}
	if d.Org != 0 {
		x.Facts = append(x.Facts, d.Name)
	}
	return x
}

// filters are the public states to choose from.
func (m my) filters() (all []ui.Link) {
	all = append(all, ui.Link{Text: m.r.T("track.my.all"), Href: "/my", Now: m.state == "", Fix: true})
	for _, p := range publics[1:] {
		all = append(all, ui.Link{Text: m.r.T("kernel.public." + string(p)), Href: "/my?state=" + string(p), Now: m.state == p, Fix: true})
	}
	return all
}
