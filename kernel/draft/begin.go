package draft

import (
	"slices"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Begin makes a draft for a body and goes to it. org is in whose name: "" or
// "me", or the id of an organisation.
func Begin(r *kernel.Request, k *dossier.Kind, body, org string) (web.Answer, error) {
	n, ok := choose(r, k, org)
	if !ok {
		return web.Answer{}, fault.New(fault.Forbidden, "draft.org")
	}
	fresh, stored := dossier.NewSecret()
	d := &dossier.Draft{Owner: r.Me.ID, Secret: stored, Kind: k.Name, KindVersion: k.Version, Body: body, Org: n,
		Answers: form.Answers{}, Papers: map[string][]dossier.File{}}
	if s := k.Opening(); s.Form != nil {
		d.Answers = s.Form.First(r.App.Env(r.App.Today(body), r.Me, n))
	}
	if err := r.App.Engine.Save(r.Context(), d); err != nil {
		return web.Answer{}, err
	}
	name := keeps
	if r.Me.ID == 0 {
		name = holds
	}
	a, err := web.Goto("/d/%s", d.ID)
	return a.Cookie(cookie(r, name, d.ID, fresh)), err
}

// Move gives a draft another body; nothing else in it changes.
func Move(r *kernel.Request, draftID, body string) (web.Answer, error) {
	r.SetPathValue("draft", draftID)
	return Writing(func(d *Draft) (web.Answer, error) {
		if err := d.Change(func(x *dossier.Draft) error { x.Body = body; return nil }); err != nil {
			return web.Answer{}, err
		}
		return d.GoTo(d.Path(""))
	})(r)
}

// By reports whether the kind is opened by persons for themselves, and by organisations.
func By(k *dossier.Kind) (person, org bool) {
	s := k.Opening()
	if s == nil {
		return false, false
	}
	return slices.Contains(s.By, dossier.Applicant) || slices.Contains(s.By, dossier.Everyone), slices.Contains(s.By, dossier.Mandate)
}

// choose reads in whose name to file: "" or "me", or the id of an organisation.
func choose(r *kernel.Request, k *dossier.Kind, s string) (id.ID, bool) {
	person, org := By(k)
	if s == "" || s == "me" {
		return 0, person || s == ""
	}
	n, err := id.Parse(s)
	m, ok := r.Me.By(who.File, k.Name, n)
	return n, err == nil && ok && (m.Private && person || !m.Private && org)
}

// Names are those in which one may file, to choose from.
func Names(r *kernel.Request, k *dossier.Kind) ui.Field {
	f := ui.Field{Type: ui.Choice, Name: "org", Label: r.T("draft.for"), Value: "me"}
	person, org := By(k)
	if person {
		f.Options = append(f.Options, ui.Option{Value: "me", Label: r.T("draft.for.me")})
	}
	for _, m := range r.Me.Mandates {
		if m.Allows(who.File, k.Name) && (m.Private && person || !m.Private && org) {
			f.Options = append(f.Options, ui.Option{Value: m.Org.String(), Label: m.Name, Hint: m.Number})
		}
	}
	if !person && len(f.Options) == 1 {
		f.Value = f.Options[0].Value
	}
	return f
}

// ActFor files in the name of one of the organisations the person may act for, or in his own.
func ActFor(d *Draft) (web.Answer, error) {
	if err := d.R.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	org, ok := choose(d.R, d.K, d.R.PostForm.Get("org"))
	if !ok {
		return web.Answer{}, fault.New(fault.Forbidden, "draft.org")
	}
	first := d.Form.First(d.R.App.Env(d.Env.Today, d.R.Me, org))
	err := d.Change(func(x *dossier.Draft) error {
		x.Org = org
		for name, v := range first {
			if x.Answers[name] == nil {
				x.Answers = Merged(x.Answers, form.Answers{name: v})
			}
		}
		return nil
	})
	if err != nil {
		return web.Answer{}, err
	}
	return d.GoTo(d.Path("/check"))
}
