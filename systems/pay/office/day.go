package office

import (
	"net/url"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/form"
	"motcua/kernel/sight"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
)

// A dayView is the books of a body for one day.
type dayView struct {
	r       *kernel.Request
	body    string
	bodies  []string
	day     time.Time
	today   bool
	sums    book.Day
	entries []book.Entry
}

func (d *Desk) day(r *kernel.Request) (*dayView, error) {
	q := r.URL.Query()
	b, err := body(r, q.Get("body"), who.Clerk, who.Leader)
	if err != nil {
		return nil, err
	}
	v := &dayView{r: r, body: b, bodies: bodies(r, who.Clerk, who.Leader)}
	today := d.App.Today(b)
	if v.day, err = time.Parse(time.DateOnly, q.Get("day")); err != nil {
		v.day, _ = time.Parse(time.DateOnly, today)
	}
	v.today = v.day.Format(time.DateOnly) >= today
	v.sums, v.entries, err = book.Reconcile(r.Context(), d.App.Engine, b, v.day.Format(time.DateOnly))
	return v, err
}

func (d *Desk) showDay(r *kernel.Request) (web.Answer, error) {
	v, err := d.day(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(dayPage(v))
}

// fileDay is the day's entries for people who calculate.
func (d *Desk) fileDay(r *kernel.Request) (web.Answer, error) {
	v, err := d.day(r)
	if err != nil {
		return web.Answer{}, err
	}
	day := v.day.Format(time.DateOnly)
	s := sheet.Sheet{Name: day, Head: []string{"time", "order", "from", "to", "amount", "source", "ref"}}
	var rows [][]any
	for _, e := range v.entries {
		rows = append(rows, []any{e.At.UTC().Format(time.RFC3339), book.Code(e.Dossier), e.Debit, e.Credit, e.Amount, e.Source, e.Ref})
	}
	s.Rows = sheet.Of(rows)
	return sight.File(s, "pay-"+v.body+"-"+day, r.URL.Query().Get("as"))
}

// files are the links to it.
func (v *dayView) files() (all []ui.Link) {
	for _, as := range []string{"csv", "xlsx"} {
		q := url.Values{"body": {v.body}, "day": {v.day.Format(time.DateOnly)}, "as": {as}}
		all = append(all, ui.Link{Text: v.r.T("pay.day." + as), Href: "/work/money/day/file?" + q.Encode(), Icon: "save", Fix: true})
	}
	return all
}

// table is the sum that must come out: where the money came from, and where it lies.
func (v *dayView) table() ui.Table {
	t := ui.Table{Caption: v.r.T("pay.day.sums"), Columns: []ui.Column{{Title: v.r.T("pay.day.what")}, {Title: v.r.T("pay.amount"), Right: true}}}
	for _, x := range []struct {
		key string
		sum int64
	}{{"bank", v.sums.Bank}, {"gateway", v.sums.Gateway}, {"cash", v.sums.Cash}, {"back", -v.sums.Back}, {"orders", v.sums.Orders}, {"unmatched", v.sums.Unmatched}, {"off", v.sums.Off()}} {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: v.r.T("pay.day." + x.key)}, {Text: v.r.Voice.Number(x.sum) + " ₫", Num: true}}})
	}
	return t
}

// moves are the day's entries.
func (v *dayView) moves() ui.Table {
	t := ui.Table{Caption: v.r.T("pay.day.entries"), Scroll: true, Empty: v.r.T("pay.day.none"), Columns: []ui.Column{{Title: v.r.T("pay.day.time")}, {Title: v.r.T("pay.code")},
		{Title: v.r.T("pay.day.from")}, {Title: v.r.T("pay.day.to")}, {Title: v.r.T("pay.amount"), Right: true}, {Title: v.r.T("pay.day.ref")}}}
	for _, e := range v.entries {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: v.r.Voice.Hour(e.At)}, {Text: book.Code(e.Dossier), Href: "/work/d/" + e.Dossier.String()},
			{Text: v.r.T("pay.account." + e.Debit)}, {Text: v.r.T("pay.account." + e.Credit)}, {Text: v.r.Voice.Number(e.Amount) + " ₫", Num: true}, {Text: e.Ref, Soft: true}}})
	}
	return t
}

// A tillView is a clerk's drawer on one day.
type tillView struct {
	r                *kernel.Request
	body             string
	bodies           []string
	day              string
	opened, closed   bool
	opening, counted int64
	in, out          int64
	entries          []book.Entry
	wrong            string
}

func (v *tillView) should() int64 { return v.opening + v.in - v.out }

func (d *Desk) tillOf(r *kernel.Request, asked string) (*tillView, error) {
	b, err := body(r, asked, who.Clerk)
	if err != nil {
		return nil, err
	}
	v := &tillView{r: r, body: b, bodies: bodies(r, who.Clerk), day: d.App.Today(b)}
	return v, d.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := book.Entries(tx, b, v.day)
		if err != nil {
			return err
		}
		for _, e := range all {
			switch {
			case e.Clerk != r.Me.ID:
				continue
			case e.Debit == book.Cash:
				v.in += e.Amount
			case e.Credit == book.Cash:
				v.out += e.Amount
			default:
				continue
			}
			v.entries = append(v.entries, e)
		}
		type row struct{ opening, counted, closed int64 }
		rows, err := db.List(tx, func(into func(...any) error) (x row, err error) { return x, into(&x.opening, &x.counted, &x.closed) },
			`select opening, counted, closed from pay_till where clerk = $1 and body = $2 and day = $3`, r.Me.ID, b, v.day)
		for _, x := range rows {
			v.opened, v.opening, v.counted, v.closed = true, x.opening, x.counted, x.closed != 0
		}
		return err
	})
}

func (d *Desk) showTill(r *kernel.Request) (web.Answer, error) {
	v, err := d.tillOf(r, r.URL.Query().Get("body"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(tillPage(v))
}

// till opens or closes the drawer: what is in it is counted, and an act says so.
func (d *Desk) till(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	v, err := d.tillOf(r, r.PostForm.Get("body"))
	if err != nil {
		return web.Answer{}, err
	}
	n, ok := counted(r.PostForm.Get("amount"))
	if !ok {
		v.wrong = r.T("form.number")
		return web.ShowWrong(tillPage(v))
	}
	now := db.At(d.App.Now())
	err = d.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		act, q := "pay.till.open", `insert into pay_till (clerk, body, day, opening, counted, opened, closed) values ($1, $2, $3, $4, 0, $5, 0) on conflict (clerk, body, day) do nothing`
		if v.opened {
			act, q = "pay.till.close", `update pay_till set counted = $4, closed = $5 where clerk = $1 and body = $2 and day = $3 and closed = 0`
		}
		rows, err := tx.Exec(q, r.Me.ID, v.body, v.day, n, now)
		if err != nil || rows == 0 {
			return err
		}
		return d.App.Engine.Record(tx, r.Me, act, r.Me.ID, map[string]any{"body": v.body, "day": v.day, "amount": n, "should": v.should()})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/money/till?body=%s", v.body)
}

// counted is a sum of money that somebody typed, in đồng.
func counted(s string) (int64, bool) {
	n, ok := form.Whole(strings.TrimSuffix(strings.TrimSpace(s), "₫"))
	return n, ok && n >= 0
}
