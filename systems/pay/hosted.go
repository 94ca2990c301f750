package pay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/systems/pay/book"
	"motcua/systems/pay/gateway"
)

// An attempt is one way that was opened to the gateway's page. It is a working
// row: what it leads to is counted by the gateway's own transaction.
type attempt struct {
	id, order   id.ID
	payment     string // the gateway's, "" until it answered
	url         string
	amount      int64
	state       string // open, closed
	made, asked db.Time
}

const (
	fresh   = 15 * time.Minute   // a page that old is not offered again
	patient = 3 * 24 * time.Hour // how long a page can be paid
	asking  = 4 * 24 * time.Hour // how long the gateway is asked about it
)

func scanAttempt(into func(...any) error) (t attempt, err error) {
	return t, into(&t.id, &t.order, &t.payment, &t.url, &t.amount, &t.state, &t.made, &t.asked)
}

// open is the address of a page where the rest of o is paid. The row comes
// before the gateway hears of it, so that a payment made there is found even
// when this program dies in between.
func (d *desk) open(ctx context.Context, o *dossier.Dossier, about string) (string, error) {
	if d.URL == "" {
		return "", fault.New(fault.Unavailable, "pay.nogateway")
	}
	now, rest := d.app.Now(), book.Rest(o)
	t := attempt{id: d.app.IDs.New(), order: o.ID, amount: rest, made: db.At(now)}
	err := d.app.DB.Write(ctx, func(tx *db.Tx) error {
		old, err := db.List(tx, scanAttempt, `select id, dossier, payment, url, amount, state, made, asked from pay_attempt
			where dossier = $1 and state = 'open' and amount = $2 and made > $3 and url <> '' order by id desc limit 1`, o.ID, rest, db.At(now.Add(-fresh)))
		if err != nil || len(old) > 0 {
			if err == nil {
				t = old[0]
			}
			return err
		}
		_, err = tx.Exec(`insert into pay_attempt (id, dossier, payment, url, amount, state, made, asked) values ($1, $2, '', '', $3, 'open', $4, $4)`,
			t.id, t.order, t.amount, t.made)
		return err
	})
	if err != nil || t.url != "" {
		return t.url, err
	}
	if err := d.create(ctx, &t, about); err != nil {
		slog.Warn("the payment gateway did not open a page", "err", err)
		return "", fault.New(fault.Unavailable, "pay.nogateway")
	}
	return t.url, nil
}

// create tells the gateway of the attempt; the same attempt gives the same payment again.
func (d *desk) create(ctx context.Context, t *attempt, about string) error {
	p, err := d.gate.Create(ctx, gateway.Wish{Reference: book.Code(t.order) + "." + t.id.String(), Amount: t.amount, Currency: "VND", About: about,
		Return: d.app.URL + "/pay/" + t.order.String() + "/back", Callback: d.app.URL + "/pay/callback", Expires: t.made.Time.Add(patient).UTC()})
	if err != nil {
		return err
	}
	t.payment, t.url = p.ID, p.URL
	return d.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update pay_attempt set payment = $1, url = $2 where id = $3`, t.payment, t.url, t.id)
		return err
	})
}

// callback is what the gateway tells. It is answered when the money is counted
// for good; otherwise the gateway tells it again.
func (d *desk) callback(r *kernel.Request) (web.Answer, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	n, err := d.gate.Read(r.Header.Get("Signature"), "POST /pay/callback", body)
	switch {
	case errors.Is(err, gateway.ErrSignature):
		return web.Answer{}, fmt.Errorf("%w: %w", err, fault.New(fault.Forbidden, "pay.signature"))
	case err != nil:
		return web.Answer{}, fmt.Errorf("%w: %w", err, fault.New(fault.Invalid, "fault.invalid"))
	}
	if n.Status == "paid" {
		if err := d.count(r.Context(), n.Reference, n.Transaction); err != nil {
			return web.Answer{}, err
		}
	}
	return web.Raw("text/plain; charset=utf-8", []byte("ok\n")), nil
}

// count counts one transaction of the gateway.
func (d *desk) count(ctx context.Context, reference string, x gateway.Transaction) error {
	n, _ := book.Reference(reference)
	p := book.Payment{Source: book.Gateway, Ref: x.ID, Amount: x.Amount, Day: x.At.In(d.app.Zone).Format(time.DateOnly), Payer: x.Payer, Words: reference, Order: n}
	if o, err := d.app.Engine.Find(ctx, n); err == nil {
		p.Body = o.Body
	} else if !errors.Is(err, fault.NotFound) {
		return err
	}
	outcome, _, err := book.Take(ctx, d.app.Engine, p)
	if err == nil && outcome != book.Already {
		slog.Info("gateway payment counted", "transaction", x.ID, "outcome", outcome)
	}
	return err
}

// poll asks the gateway about the payments that it has said nothing of: less
// often the longer it is silent.
func (d *desk) poll(ctx context.Context) error {
	if d.URL == "" {
		return nil
	}
	now, due := d.app.Now(), []attempt(nil)
	err := d.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = db.List(tx, scanAttempt, `select id, dossier, payment, url, amount, state, made, asked from pay_attempt
			where state = 'open' and asked + (asked - made) / 2 < $1 order by asked limit 50`, db.At(now.Add(-20*time.Second)))
		return err
	})
	for _, t := range due {
		if err == nil {
			err = d.ask(ctx, t)
		}
	}
	return err
}

// ask asks about one attempt and counts what the gateway took.
func (d *desk) ask(ctx context.Context, t attempt) error {
	now := d.app.Now()
	state := "open"
	if now.Sub(t.made.Time) > asking {
		state = "closed"
	}
	if t.payment == "" { // the gateway may know of it and we not
		if err := d.create(ctx, &t, book.Code(t.order)); err != nil {
			slog.Warn("the payment gateway is silent", "err", err)
			return d.asked(ctx, t, state)
		}
	}
	p, err := d.gate.Find(ctx, t.payment)
	if err != nil {
		slog.Warn("the payment gateway is silent", "err", err)
		return d.asked(ctx, t, state)
	}
	for _, x := range p.Transactions {
		if err := d.count(ctx, p.Reference, x); err != nil {
			return err
		}
	}
	if p.Status == "paid" || p.Status == "failed" || p.Status == "expired" {
		state = "closed"
	}
	return d.asked(ctx, t, state)
}

func (d *desk) asked(ctx context.Context, t attempt, state string) error {
	return d.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update pay_attempt set asked = $1, state = $2 where id = $3`, db.At(d.app.Now()), state, t.id)
		return err
	})
}

// back is where the gateway sends people when they are done: what they paid is
// asked for at once, so that they need not wait for its callback.
func (d *desk) back(r *kernel.Request) (web.Answer, error) {
	o, err := d.find(r, r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	var open []attempt
	err = d.app.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		open, err = db.List(tx, scanAttempt, `select id, dossier, payment, url, amount, state, made, asked from pay_attempt
			where dossier = $1 and state = 'open' and payment <> '' order by id desc limit 3`, o.ID)
		return err
	})
	for _, t := range open {
		if err == nil && d.URL != "" {
			err = d.ask(r.Context(), t)
		}
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/pay/%s", o.ID)
}
