package signed

import (
	"context"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pdf"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/draft"
	"motcua/kernel/form"
	"motcua/kernel/paper"
	"motcua/kernel/who"
)

// A Filing is what a person is about to file, checked as the engine will check it.
type Filing struct {
	Sum string // dossier.Filed.Sum

	app     *kernel.App
	order   dossier.Order
	kind    *dossier.Kind
	env     form.Env
	answers form.Answers
	papers  map[string][]dossier.File
}

// For reads an order that opens a dossier. Answers that are wrong are an error.
func For(ctx context.Context, a *kernel.App, o dossier.Order) (f *Filing, err error) {
	f = &Filing{app: a, order: o, env: a.Env(a.Today(o.Body), o.Me, o.Org), papers: map[string][]dossier.File{}}
	if f.kind, err = a.Kind(o.Kind, o.KindVersion); err != nil {
		return nil, err
	}
	step := f.kind.Opening()
	if step == nil || step.Form == nil {
		return nil, fault.New(fault.Invalid, "dossier.act")
	}
	if f.answers, err = step.Form.Check(o.Answers, f.env); err != nil {
		return nil, err
	}
	for name, all := range o.Papers {
		for _, n := range all {
			file, err := a.Engine.File(ctx, n, o.Me.ID, o.Draft)
			if err != nil {
				return nil, err
			}
			f.papers[name] = append(f.papers[name], file)
		}
	}
	f.Sum, err = dossier.Filed{Kind: f.kind.Name, Version: f.kind.Version, Body: o.Body, Org: o.Org}.Of(f.answers, f.papers).Sum()
	return f, err
}

// title is what the paper is called.
func (f *Filing) title() string {
	v := f.app.Voice("", "")
	return v.T("paper.form", v.Of(f.kind.Title))
}

// draw is the paper: who asks whom, all that he says, and the level at which he
// has to confirm it. Each has a number of its own, so that no two are alike.
func (f *Filing) draw(number id.ID, least who.Level, at time.Time) ([]byte, error) {
	v := f.app.Voice("", "")
	doc := paper.Head(f.app, v, f.order.Body, at)
	doc.Size, doc.Left, doc.Author, doc.Subject = pdf.A4, nil, f.order.Me.Name, v.Of(f.kind.Title)
	doc.Title = strings.ToUpper(f.title())
	b, _ := f.app.Country.Body(f.order.Body)
	doc.Subtitle, doc.Code = v.T("paper.to", v.Of(b.Name)), number.String()
	who := pdf.Rows{{Label: v.T("signed.by"), Value: f.order.Me.Name, Bold: true}}
	if f.order.Org != 0 {
		for _, m := range f.order.Me.Mandates {
			if m.Org == f.order.Org {
				who = append(who, pdf.Row{Label: v.T("signed.for"), Value: m.Name + " (" + m.Number + ")"})
			}
		}
	}
	doc.Body = append(append(doc.Body, who), paper.Said(f.app, v, f.kind, f.answers, f.papers, f.env)...)
	zone := at.In(v.Zone)
	doc.Body = append(doc.Body, pdf.Together{pdf.Text{Text: draft.Declared(v, f.kind)}, pdf.Text{Text: v.T("signed.filed", f.Sum), Small: true},
		pdf.Signatures{{Lines: []pdf.Line{{Text: strings.ToUpper(v.T("signed.signer")), Bold: true}},
			Stamp: []string{v.T("signed.stamp"), f.order.Me.Name, v.T("signed.least", v.T("who.level."+string(least))), v.Moment(zone)}}}})
	return pdf.Make(doc, f.app.Front.Fonts)
}
