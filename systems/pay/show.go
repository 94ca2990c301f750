package pay

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/systems/pay/book"
	"motcua/systems/pay/vietqr"
)

// A view is an order as who pays it is told of it.
type view struct {
	r           *kernel.Request
	o           *dossier.Dossier
	service     string // what the fee is for
	parentCode  string
	parentTitle lang.Text
	parent      string // address of the dossier that owes it
	law         string
	account     Account
	words       string // what the transfer must say
	rest        int64
	held        int64
	back        int64
	hosted      bool
}

func (d *desk) view(r *kernel.Request) (*view, error) {
	o, err := d.find(r, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	v := &view{r: r, o: o, words: book.Code(o.ID), rest: book.Rest(o), held: book.Held(o.Acts), back: book.Back(o), hosted: d.URL != "", parent: "/c/" + o.Parent.String()}
	v.account, _ = d.account(o.Body)
	source, _ := o.Answers["law"].(string)
	if act, article, ok := d.app.Law.Cited(source); ok {
		v.law = act.Number + ", " + article
	}
	parent, err := d.app.Engine.Find(r.Context(), o.Parent)
	if err != nil {
		return nil, err
	}
	k, err := d.app.Kind(parent.Kind, parent.KindVersion)
	if err != nil {
		return nil, err
	}
	v.parentCode, v.parentTitle = parent.Code, k.Title
	v.service = r.T("pay.for", r.Voice.Of(k.Title), parent.Code)
	if dossier.Official(r.Me, o) && r.Me.ID != o.Applicant {
		v.parent = "/work/d/" + o.Parent.String()
	}
	return v, nil
}

func (d *desk) show(r *kernel.Request) (web.Answer, error) {
	v, err := d.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	a, err := web.Show(payPage(v))
	if o := d.origin(); o != "" { // the button leads on to the gateway
		a = a.With("Content-Security-Policy", web.Policy("form-action 'self' "+o))
	}
	return a, err
}

// said says an amount.
func (v *view) said(n int64) string { return v.r.T("form.money", n) }

// facts are what there is to know before paying.
func (v *view) facts() (all ui.Facts) {
	all = append(all, ui.Fact{Term: v.r.T("pay.amount"), Text: v.said(book.Due(v.o))})
	if v.held > 0 {
		all = append(all, ui.Fact{Term: v.r.T("pay.came"), Text: v.said(v.held)})
	}
	if v.rest > 0 && v.held > 0 {
		all = append(all, ui.Fact{Term: v.r.T("pay.rest"), Text: v.said(v.rest)})
	}
	all = append(all, ui.Fact{Term: v.r.T("pay.to"), Text: v.r.BodyName(v.o.Body)})
	if v.law != "" {
		all = append(all, ui.Fact{Term: v.r.T("pay.law"), Text: v.law})
	}
	return all
}

// detail is one line of the transfer, to be copied.
type detail struct{ name, text, id string }

func (v *view) details() []detail {
	a := v.account
	return []detail{
		{v.r.T("pay.bank"), v.r.Voice.Of(a.Name), "bank"},
		{v.r.T("pay.number"), a.Number, "number"},
		{v.r.T("pay.holder"), a.Holder, "holder"},
		{v.r.T("pay.amount"), v.said(v.rest), "sum"},
		{v.r.T("pay.words"), v.words, "words"},
	}
}

// Code is the text of the VietQR code of what is still to be paid.
func (d *desk) code(o *dossier.Dossier) (string, error) {
	a, ok := d.account(o.Body)
	if !ok || book.Rest(o) == 0 {
		return "", fault.New(fault.NotFound, "pay.none")
	}
	return vietqr.Transfer{Bank: a.Bank, Account: a.Number, Amount: book.Rest(o), Words: book.Code(o.ID)}.Text()
}

// picture is the code to be photographed: black on white in any light, with the
// quiet zone of four modules.
func (d *desk) picture(r *kernel.Request) (web.Answer, error) {
	o, err := d.find(r, r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	text, err := d.code(o)
	if err != nil {
		return web.Answer{}, err
	}
	rows, err := ui.Modules(text)
	if err != nil {
		return web.Answer{}, err
	}
	const scale, quiet = 8, 4
	side := (len(rows) + 2*quiet) * scale
	pic := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			row, col := y/scale-quiet, x/scale-quiet
			if row >= 0 && col >= 0 && row < len(rows) && col < len(rows) && rows[row][col] {
				pic.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, pic); err != nil {
		return web.Answer{}, err
	}
	return web.Raw("image/png", b.Bytes()).With("Cache-Control", "private, no-store"), nil
}

// moment says when the fee is asked for.
func (v *view) moment() string {
	at, _ := v.o.Answers["moment"].(string)
	if at == string(procedure.OnReturn) {
		return v.r.T("pay.then.return")
	}
	return v.r.T("pay.then")
}
