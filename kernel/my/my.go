// Package my is a person's list of everything he asked the State for: first the
// few that need him, then drafts, then dossiers filed here and those that bodies
// report from software of their own, in one order, the newest first.
package my

import (
	"cmp"
	"embed"
	"io/fs"
	"net/url"
	"slices"

	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/reported"
	"motcua/kernel/track"
)

//go:embed texts.yaml
var texts embed.FS

// most is how many dossiers one page shows.
const most = 20

// System is the page.
func System() kernel.System {
	return kernel.System{Name: "my", Texts: []fs.FS{texts}, Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{{Pattern: "GET /my", Who: kernel.SignedIn(), Do: show}}
	}}
}

// A view is the list as its page shows it.
type view struct {
	r      *kernel.Request
	state  dossier.Public
	first  bool // the page that one comes to
	needs  needs
	drafts []*dossier.Draft
	rows   ui.Results
	next   string
}

// A line is one dossier of either origin. Both are numbered by time from one
// source, so that one cursor goes through both.
type line = reported.Line

func show(r *kernel.Request) (web.Answer, error) {
	q := r.URL.Query()
	after, err := dossier.ParseCursor(q.Get("cursor"))
	if err != nil {
		return web.Answer{}, err
	}
	v := view{r: r, state: dossier.Public(q.Get("state"))}
	if v.first = v.state == "" && after.ID == 0; v.first {
		if v.drafts, err = r.App.Engine.Drafts(r.Context(), r.Me.ID); err != nil {
			return web.Answer{}, err
		}
		if v.needs, err = needed(r, v.drafts); err != nil {
			return web.Answer{}, err
		}
	}
	all, err := filed(r, v.state, after)
	if err != nil {
		return web.Answer{}, err
	}
	told, err := reported.Mine(r, v.state, after.ID, most+1)
	if err != nil {
		return web.Answer{}, err
	}
	all = append(all, told...)
	slices.SortFunc(all, func(a, b line) int { return cmp.Compare(b.ID, a.ID) })
	if len(all) > most {
		all = all[:most]
		v.next = "/my?" + url.Values{"state": {string(v.state)}, "cursor": {dossier.Cursor{ID: all[most-1].ID}.String()}}.Encode()
	}
	v.drafts = slices.DeleteFunc(v.drafts, func(d *dossier.Draft) bool { return v.needs.hold(d.ID) })
	for _, x := range all {
		if !v.needs.hold(x.ID) { // it stands above; the next page begins after it all the same
			v.rows = append(v.rows, x.Show)
		}
	}
	return web.Show(page(v))
}

// filed are those that were filed here, one more than a page holds if there are more.
func filed(r *kernel.Request, state dossier.Public, after dossier.Cursor) (all []line, err error) {
	rows, _, err := r.App.Engine.Rows(r.Context(), dossier.List{Me: r.Me, State: state, Limit: most + 1, After: after})
	if err != nil {
		return nil, err
	}
	for _, d := range rows {
		k, err := r.App.Kind(d.Kind, d.KindVersion)
		if err != nil {
			return nil, err
		}
		all = append(all, line{ID: d.ID, Show: result(r, k, d)})
	}
	return all, nil
}

func result(r *kernel.Request, k *dossier.Kind, d *dossier.Dossier) ui.Result {
	stand, now := k.Stands[d.State], r.App.Now()
	x := ui.Result{Title: r.Voice.Of(k.Title), Href: "/c/" + d.ID.String(), Text: d.Subject, Facts: []string{d.Printed()},
		Tags: []ui.Tag{r.Tag(stand.Public)}}
	switch {
	case track.Late(d, stand, now):
		x.Tags = append(x.Tags, ui.Tag{Text: r.T("track.late.tag"), Tone: ui.Bad})
	case !stand.Ends && stand.Waits == "" && !d.Due.IsZero():
		x.Facts = append(x.Facts, r.T("track.before", track.When(track.Local(r, d), now, d.Due)))
	}
	if d.Org != 0 {
		x.Facts = append(x.Facts, d.Name)
	}
	return x
}

// filters are the public states to choose from.
func (v view) filters() (all []ui.Link) {
	all = append(all, ui.Link{Text: v.r.T("my.all"), Href: "/my", Now: v.state == "", Fix: true})
	for _, p := range track.Publics() {
		all = append(all, ui.Link{Text: v.r.T("kernel.public." + string(p)), Href: "/my?state=" + string(p), Now: v.state == p, Fix: true})
	}
	return all
}
