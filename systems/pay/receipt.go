package pay

import (
	"fmt"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/pdf"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/systems/pay/book"
)

// receipt is the e-receipt of an order: made when it is first asked for, signed
// with the node's seal, kept, and the same bytes from then on. Its hash is in
// the ledger, and /verify knows it.
func (d *desk) receipt(r *kernel.Request) (web.Answer, error) {
	v, err := d.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	act := book.Full(v.o.Acts)
	if act == nil {
		return web.Answer{}, fmt.Errorf("order %s is %s: %w", v.o.ID, v.o.State, fault.New(fault.NotFound, "pay.noreceipt"))
	}
	b, err := d.press.Payment(r.Context(), v.o, act, func(at time.Time) (pdf.Doc, error) { return d.sheet(v, act, at) })
	return web.File("receipt-"+v.words+".pdf", "application/pdf", b, false), err
}

// sheet is what stands on the receipt, in the country's first language.
func (d *desk) sheet(v *view, act *dossier.Act, at time.Time) (pdf.Doc, error) {
	o, say := v.o, d.app.Voice("", v.o.Zone)
	b, _ := d.app.Country.Body(o.Body)
	parent, title := v.parentCode, say.Of(v.parentTitle)
	doc := pdf.Doc{Size: pdf.A5, Lang: string(say.Lang), At: at, Code: v.words, Page: say.T("paper.page"), Creator: "motcua", Author: say.Of(b.Name),
		Left: []pdf.Line{{Text: strings.ToUpper(say.Of(b.Name)), Bold: true}}, Number: say.T("paper.number", v.words),
		Title: strings.ToUpper(say.T("pay.receipt.title")), Subject: title, Keywords: v.words}
	if d.app.Demo {
		doc.Watermark = say.T("paper.demo")
	}
	modules, err := ui.Modules(d.app.URL + "/verify/" + act.ID.String())
	if err != nil {
		return doc, err
	}
	said := func(name string) string { s, _ := act.Entry.Answers[name].(string); return s }
	rows := pdf.Rows{{Label: say.T("pay.receipt.payer"), Value: o.Name}, {Label: say.T("pay.receipt.line"), Value: lineName(say, o)},
		{Label: say.T("pay.receipt.service"), Value: title + ", " + parent}, {Label: say.T("pay.law"), Value: v.law},
		{Label: say.T("pay.amount"), Value: say.T("form.money", book.Due(o))},
		{Label: say.T("pay.receipt.at"), Value: say.Moment(act.At)}, {Label: say.T("pay.receipt.way"), Value: say.T("pay.way." + source(act))}}
	if ref := said("ref"); ref != "" {
		rows = append(rows, pdf.Row{Label: say.T("pay.receipt.ref"), Value: ref})
	}
	doc.Body = []pdf.Block{pdf.QR{Modules: modules, Lines: []pdf.Line{{Text: v.words, Bold: true}, {Text: say.T("form.money", book.Due(o)), Bold: true}}}, rows,
		pdf.Signatures{{Lines: []pdf.Line{{Text: strings.ToUpper(say.Of(b.Name)), Bold: true}}, Stamp: []string{say.T("pay.receipt.sealed"), say.Moment(at)}, Name: d.app.Node}}}
	return doc, nil
}

// source is how the act's money came.
func source(a *dossier.Act) string {
	if s, ok := a.Entry.Answers["source"].(string); ok {
		return s
	}
	return book.Cash
}
