package pay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/systems/pay/book"
)

// receipt is the e-receipt of an order: made when it is first asked for, signed
// with the node's seal, kept, and the same bytes from then on. Its hash is in
// the ledger.
func (d *desk) receipt(r *kernel.Request) (web.Answer, error) {
	v, err := d.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	if !book.Keeps(v.o.Acts) {
		return web.Answer{}, fmt.Errorf("order %s is %s: %w", v.o.ID, v.o.State, fault.New(fault.NotFound, "pay.noreceipt"))
	}
	act := full(v.o)
	b, err := d.kept(r.Context(), act.ID)
	if errors.Is(err, fault.NotFound) {
		b, err = d.make(r.Context(), v, act)
	}
	return web.File("receipt-"+v.words+".pdf", "application/pdf", b, false), err
}

// full is the act by which the order was paid in full.
func full(o *dossier.Dossier) *dossier.Act {
	for i := range o.Acts {
		if a := &o.Acts[i]; a.Act == "paid" || a.Act == "over" || a.Act == "cash" {
			return a
		}
	}
	return &o.Acts[0]
}

func (d *desk) kept(ctx context.Context, act id.ID) ([]byte, error) {
	var text string
	err := d.app.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select sum from pay_receipt where act = $1`, act).Scan(&text)
	})
	if err != nil {
		return nil, err
	}
	sum, err := blob.Parse(text)
	if err != nil {
		return nil, err
	}
	return d.app.Blobs.Bytes(sum)
}

func (d *desk) make(ctx context.Context, v *view, act *dossier.Act) ([]byte, error) {
	doc, err := d.sheet(v, act)
	if err != nil {
		return nil, err
	}
	b, err := pdf.Make(doc, d.app.Front.Fonts)
	if err == nil {
		b, err = d.app.Keys.PDF(ctx, b, d.app.Seal.ID, doc.Title, doc.At)
	}
	if err != nil {
		return nil, fmt.Errorf("receipt of order %s: %w", v.o.ID, err)
	}
	sum, err := d.app.Blobs.PutBytes(ctx, b)
	if err != nil {
		return nil, err
	}
	err = d.app.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`insert into pay_receipt (act, sum, issue) values ($1, $2, 0) on conflict (act) do nothing`, act.ID, sum.String())
		if err != nil || n == 0 {
			return err
		}
		f := dossier.File{Name: v.words + ".pdf", Type: "application/pdf", Size: int64(len(b)), Sum: sum.String()}
		_, issue, err := d.app.Engine.Issue(tx, v.o, "pay.receipt", f, map[string]any{"act": act.ID, "sha256": f.Sum})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`update pay_receipt set issue = $1 where act = $2`, issue, act.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d.kept(ctx, act.ID)
}

// sheet is what stands on the receipt, in the country's first language.
func (d *desk) sheet(v *view, act *dossier.Act) (pdf.Doc, error) {
	o, say := v.o, lang.Voice{Lang: lang.All()[0], Zone: d.app.Zone, Catalogue: d.app.Texts}
	if z, err := time.LoadLocation(o.Zone); err == nil {
		say.Zone = z
	}
	at := act.At
	if from := d.app.Seal.Certificate.NotBefore; at.Before(from) {
		at = from
	}
	b, _ := d.app.Country.Body(o.Body)
	parent, title := v.parentCode, say.Of(v.parentTitle)
	doc := pdf.Doc{Size: pdf.A5, Lang: string(say.Lang), At: at, Code: v.words, Page: say.T("paper.page"), Creator: "motcua", Author: say.Of(b.Name),
		Left: []pdf.Line{{Text: strings.ToUpper(say.Of(b.Name)), Bold: true}}, Number: say.T("paper.number", v.words),
		Title: strings.ToUpper(say.T("pay.receipt.title")), Subject: title, Keywords: v.words}
	if d.app.Demo {
		doc.Watermark = say.T("paper.demo")
	}
	modules, err := ui.Modules(d.app.URL + "/pay/" + o.ID.String())
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
