package my

import (
	"cmp"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/reported"
	"motcua/kernel/signed"
	"motcua/kernel/track"
)

const (
	few  = 5                  // how many needs stand on the page
	soon = 7 * 24 * time.Hour // before its end a draft is spoken of
)

// A need is one thing that waits for the person and for nobody else.
type need struct {
	id    id.ID
	kind  *dossier.Kind // nil: it is no dossier of ours
	ask   string        // what he is asked, in a few words
	title string        // of what it is about
	about []string      // to tell it from others of its title
	why   string        // in the office's own words, ""
	until time.Time     // he loses it then; zero: never
	do    ui.Button
}

// needs are what waits for him, the most urgent first.
type needs struct {
	few  []need
	all  int
	over bool // there are more than all
}

// hold reports whether n is told of among the few.
func (x needs) hold(n id.ID) bool {
	return slices.ContainsFunc(x.few, func(y need) bool { return y.id == n })
}

// needed finds them, of each origin as many as a page holds.
func needed(r *kernel.Request, drafts []*dossier.Draft) (x needs, err error) {
	rows, next, err := r.App.Engine.Rows(r.Context(), dossier.List{Me: r.Me, State: dossier.Action, Limit: most})
	if err != nil {
		return x, err
	}
	var all []need
	for _, d := range rows {
		k, err := r.App.Kind(d.Kind, d.KindVersion)
		if err != nil {
			return x, err
		}
		ask := k.Stands[d.State].Asks()
		if ask == string(clock.Request) { // he let it rest himself
			continue
		}
		all = append(all, need{id: d.ID, kind: k, ask: r.T("track.title." + ask), title: r.Voice.Of(k.Title), about: about(d),
			until: track.Lapse(k, d, r.App.Calendars.For(d.Body)), do: ui.Button{Text: r.T("my.open"), Href: kernel.Page(k, d)}})
	}
	told, err := reported.Mine(r, dossier.Action, 0, most+1)
	if err != nil {
		return x, err
	}
	for _, l := range told[:min(len(told), most)] {
		all = append(all, need{id: l.ID, ask: r.T("track.title.action"), title: l.Show.Title, about: l.Show.Facts, do: ui.Button{Text: r.T("my.open"), Href: l.Show.Href}})
	}
	for _, d := range drafts {
		n, err := ofDraft(r, d)
		if err != nil {
			return x, err
		}
		if n.ask != "" {
			all = append(all, n)
		}
	}
	slices.SortStableFunc(all, func(a, b need) int { // what has no end comes after what has one
		if a.until.IsZero() != b.until.IsZero() {
			return b.until.Compare(a.until)
		}
		return cmp.Or(a.until.Compare(b.until), cmp.Compare(a.id, b.id))
	})
	x = needs{few: all[:min(len(all), few)], all: len(all), over: next.ID != 0 || len(told) > most}
	for i := range x.few {
		if err := x.few[i].press(r, i == 0); err != nil {
			return x, err
		}
	}
	return x, nil
}

// ofDraft is what a draft needs: the person's signature, or to be gone on with
// before it ends; its ask is empty where it needs nothing.
func ofDraft(r *kernel.Request, d *dossier.Draft) (n need, err error) {
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil || d.Helped != nil {
		return n, nil // it stands in the list alone, or waits at a counter
	}
	var waits bool
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		waits, err = signed.Prepared(tx, r.Me.ID, d.ID)
		return err
	})
	n = need{id: d.ID, title: r.Voice.Of(k.Title), until: d.Saved.Add(dossier.Keep)}
	switch path := "/d/" + d.ID.String(); {
	case err != nil:
	case waits:
		n.ask, n.do = r.T("my.sign"), ui.Button{Text: r.T("my.sign.do"), Href: path + "/check"}
	case n.until.Sub(r.App.Now()) < soon:
		n.ask, n.do = r.T("my.ends"), ui.Button{Text: r.T("my.ends.do"), Href: path}
	}
	return n, err
}

func about(d *dossier.Dossier) (all []string) {
	if d.Subject != "" {
		all = append(all, d.Subject)
	}
	return append(all, d.Printed())
}

// press finds the button that does it, so that no other page need be read
// before, and what the office says. The first is the page's one red button.
func (n *need) press(r *kernel.Request, first bool) error {
	if n.kind != nil {
		d, err := r.App.Engine.Find(r.Context(), n.id)
		if err != nil {
			return err
		}
		b, err := track.Next(r, d, n.kind)
		if err != nil {
			return err
		}
		if b.Href != "" {
			n.do = b
		}
		if d.Open && len(d.Reasons) > 0 {
			n.why = d.Reasons[0].Text
		}
	}
	n.do.Unseen, n.do.Big, n.do.Weight = n.title, first, ui.Main
	if !first {
		n.do.Weight = ui.Second
	}
	return nil
}
