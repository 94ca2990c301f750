package filing

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/draft"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/signed"
)

// A checkView is everything read once more before it is submitted.
type checkView struct {
	*filing
	body     string
	parts    []part
	papers   ui.Papers
	fees     ui.Table
	asked    string // when the fee is to be paid, "" unknown
	due      time.Time
	open     []missingLine // what is missing or wrong; none: it may be submitted
	wrong    ui.ErrorSummary
	org      string   // in whose name, when not his own
	orgs     ui.Field // to choose from, when it has to be chosen
	undecl   string   // why the declaration must be ticked
	saidTrue string   // what he declares
	prepared bool     // a program filled it in
}

type part struct {
	title string
	rows  []ui.Answer
}

// A missingLine is one thing to do before submitting, and where.
type missingLine struct{ what, why, href string }

// faults are everything that stands against submitting.
func (d *filing) faults() (all []fault.Field, err error) {
	_, err = d.Form.Check(d.Given(), d.Env)
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		all, err = wrong.Fields, nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range d.Asked() {
		if !p.Optional && len(d.Papers[p.ID]) == 0 {
			all = append(all, fault.Field{Pointer: "/papers/" + p.ID, Code: "filing.nofile"})
		}
	}
	if me := d.R.Me; me.ID != 0 && !me.Level.Reaches(d.K.Needs) {
		all = append(all, fault.Field{Pointer: "/level", Code: "filing.level", Args: []any{d.R.T("who.level." + string(d.K.Needs))}})
	}
	if person, _ := draft.By(d.K); !person && d.Org == 0 {
		all = append(all, fault.Field{Pointer: "/org", Code: "filing.noorg"})
	}
	return all, nil
}

// lines lead from each fault to the page that mends it.
func (d *filing) lines(faults []fault.Field) (all []missingLine) {
	r := d.R
	for _, f := range faults {
		kind, rest, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
		name, _, _ := strings.Cut(rest, "/")
		l := missingLine{why: r.T(f.Code, f.Args...)}
		switch kind {
		case "answers":
			q := d.Form.Field(name)
			if q == nil {
				l.what, l.href = l.why, d.Path("")
				break
			}
			for _, p := range ask.Pages(d.Form.Sections) {
				if slices.ContainsFunc(p.Fields, func(x form.Field) bool { return x.Name == name }) {
					l.what, l.href = r.Voice.Of(q.Label), d.Path("/q/%s?back=check", p.ID())+ui.Anchor(ask.Name(f.Pointer))
				}
			}
		case "papers":
			for _, p := range d.K.Papers {
				if p.ID == name {
					l.what, l.href = r.Voice.Of(p.Name), d.Path("/papers?back=check")+ui.Anchor(name)
				}
			}
		case "org":
			l.what, l.href = r.T("filing.for"), d.Path("/check#org")
			if r.Me.ID == 0 {
				l.href = "/sign-in?to=" + url.QueryEscape(d.Path("/check"))
			}
		case "level":
			l.what, l.href = r.T("filing.raise"), "/me/level?to="+url.QueryEscape(d.Path("/check"))
		case "body":
			l.what, l.href = r.T("filing.body"), "/start/"+d.K.Name+"?draft="+d.ID.String()
		}
		if l.href != "" {
			all = append(all, l)
		}
	}
	return all
}

func (d *filing) checkView(faults []fault.Field) (*checkView, error) {
	r, v := d.R, &checkView{filing: d, body: d.Body, saidTrue: draft.Declared(d.R.Voice, d.K)}
	if b, ok := r.App.Country.Body(d.Body); ok {
		v.body = r.Voice.Of(b.Name)
	}
	v.open = d.lines(faults)
	wrong := map[string]string{} // by question
	for _, f := range faults {
		if rest, ok := strings.CutPrefix(f.Pointer, "/answers/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			wrong[name] = r.T(f.Code, f.Args...)
		}
	}
	for _, m := range r.Me.Mandates {
		if m.Org == d.Org {
			v.org = m.Name
		}
	}
	if person, _ := draft.By(d.K); r.Me.ID != 0 && d.Org == 0 && !person {
		v.orgs = draft.Names(r, d.K)
	}
	first := d.Form.First(d.Env)
	for _, s := range d.Form.Shown(d.Answers, d.Env) {
		p := part{title: r.Voice.Of(s.Title)}
		for _, page := range s.Pages {
			for _, q := range page.Fields {
				row := ui.Answer{Ask: r.Voice.Of(q.Label), Say: form.Show(q, d.Answers[q.Name], r.Voice, r.App.Country.UnitName),
					Change: d.Path("/q/%s?back=check", page.ID()) + ui.Anchor(q.Name)}
				switch x := first[q.Name]; {
				case wrong[q.Name] != "":
					row.Source, row.Tone = wrong[q.Name], ui.Bad
				case row.Say == "":
					row.Source = r.T("filing.empty")
				case x != nil && x == d.Answers[q.Name]:
					row.Source, row.Tone = r.T("filing.known"), ui.Good
				}
				p.rows = append(p.rows, row)
			}
		}
		v.parts = append(v.parts, p)
	}
	v.papers = d.pictures()
	d.terms(v)
	if d.K.Signs == "" {
		return v, nil
	}
	return v, r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.prepared, err = signed.Prepared(tx, r.Me.ID, d.ID)
		return err
	})
}

// pictures are the files given, side by side.
func (d *filing) pictures() (all ui.Papers) {
	for _, p := range d.Asked() {
		for _, f := range d.Papers[p.ID] {
			x := ui.Paper{Name: d.R.Voice.Of(p.Name), About: d.R.T("filing.file", f.Name, (f.Size+1023)>>10), Tone: ui.Good, Check: d.R.T("filing.readable"),
				Link: ui.Link{Text: d.R.T("filing.seeorchange"), Href: d.Path("/papers?back=check") + ui.Anchor(p.ID)}}
			if f.Type != upload.PDF {
				x.Thumb, x.Alt = d.Path("/file/%s?small=1", f.ID), d.R.T("filing.pictureof", x.Name)
			}
			all = append(all, x)
		}
	}
	return all
}

// terms are what it costs and when it would be done if it were submitted now.
func (d *filing) terms(v *checkView) {
	r := d.R
	if cal := r.App.Calendars.For(d.Body); cal != nil && d.K.Limit != nil {
		v.due = cal.Due(r.App.Now(), d.K.Limit(d.Given(), d.Body))
	}
	p := Service(d.K)
	if p == nil {
		return
	}
	v.fees = ui.Table{Caption: r.T("filing.fee"), Columns: []ui.Column{{Title: r.T("filing.fee")}, {Title: r.T("filing.amount"), Right: true}}}
	all := p.Fee(procedure.Case{Answers: d.Given(), Body: d.Body, Channel: "online", Today: r.App.Today(d.Body)})
	for _, c := range all {
		amount := r.T("filing.free")
		if c.Amount > 0 {
			amount = r.T("form.money", c.Amount)
		}
		v.fees.Rows = append(v.fees.Rows, ui.Row{Cells: []ui.Cell{{Text: r.Voice.Of(c.Name)}, {Text: amount, Num: true}}})
		if c.Amount > 0 && c.At != "" {
			v.asked = r.T("filing.asked." + string(c.At))
		}
	}
	if len(all) > 1 {
		v.fees.Rows = append(v.fees.Rows, ui.Row{Cells: []ui.Cell{{Text: r.T("filing.total")}, {Text: r.T("form.money", procedure.Total(all)), Num: true}}})
	}
}

func showCheck(d *filing) (web.Answer, error) {
	faults, err := d.faults()
	if err != nil {
		return web.Answer{}, err
	}
	v, err := d.checkView(faults)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(checkPage(v))
}

// refuseSubmit shows the check with what is wrong, each line leading to where it is mended.
func (d *filing) refuseSubmit(faults []fault.Field, undeclared bool) (web.Answer, error) {
	v, err := d.checkView(faults)
	if err != nil {
		return web.Answer{}, err
	}
	for _, l := range v.open {
		v.wrong = append(v.wrong, ui.Link{Text: ask.Said(l.what, l.why), Href: l.href})
	}
	if undeclared {
		v.undecl = d.R.T("filing.undeclared")
		v.wrong = append(v.wrong, ui.Link{Text: v.undecl, Href: ui.Anchor("declare")})
	}
	return web.ShowWrong(checkPage(v))
}

// submit makes a dossier of the draft. However often it is pressed or sent
// again, it is the same dossier.
func submit(d *filing) (web.Answer, error) {
	r := d.R
	form, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	if r.Me.ID == 0 {
		return web.Goto("/sign-in?to=%s", url.QueryEscape(d.Path("/check")))
	}
	if d.Owner != 0 && d.Owner != r.Me.ID {
		return web.Answer{}, fault.New(fault.Forbidden, "filing.notowner")
	}
	faults, err := d.faults()
	if err != nil {
		return web.Answer{}, err
	}
	if undeclared := form.Get("declare") == ""; undeclared || len(faults) > 0 {
		return d.refuseSubmit(faults, undeclared)
	}
	o := d.Order()
	if d.K.Signs != "" {
		a, err := d.sign(&o)
		if err != nil || o.Signed == nil {
			return a, err
		}
	}
	return d.file(o)
}

// file makes a dossier of the draft.
func (d *filing) file(o dossier.Order) (web.Answer, error) {
	r := d.R
	made, err := r.App.Engine.Act(r.Context(), o)
	var wrong *fault.Error
	switch {
	case err == nil:
		return web.Goto("/c/%s", made.ID)
	case errors.As(err, &wrong) && wrong.Kind == fault.Invalid && len(wrong.Fields) > 0:
		return d.refuseSubmit(wrong.Fields, false)
	case errors.Is(err, fault.Gone): // it was submitted a moment ago from elsewhere
		if now, err := r.App.Engine.FindDraft(r.Context(), d.ID); err == nil && now.Dossier != 0 {
			return web.Goto("/c/%s", now.Dossier)
		}
	}
	return web.Answer{}, err
}
