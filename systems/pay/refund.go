package pay

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/systems/pay/book"
	"motcua/systems/pay/gateway"
)

// giveBack has the gateway give back what clerks asked it to. A refund is asked
// for by its act's number, so that asking again, after a crash or by two
// instances, is the same refund; what came of it is recorded once.
func (d *desk) giveBack(ctx context.Context) error {
	if d.URL == "" {
		return nil
	}
	var due []book.Refund
	err := d.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = book.Refunds(tx, db.At(d.app.Now().Add(-5*time.Second)))
		return err
	})
	for _, f := range due {
		if err == nil {
			err = d.giveOne(ctx, f)
		}
	}
	return err
}

func (d *desk) giveOne(ctx context.Context, f book.Refund) error {
	did, err := d.gate.GiveBack(ctx, gateway.Return{Reference: f.Reference(), Transaction: f.Transaction, Amount: f.Amount, Currency: "VND"})
	answers := form.Answers{"asked": f.Act.String()}
	switch {
	case errors.Is(err, gateway.ErrRefused) || err == nil && did.Status == "failed":
		return d.record(ctx, f, "not_remitted", answers)
	case err == nil && did.Status == "done":
		answers["amount"], answers["ref"], answers["transaction"] = did.Amount, "gateway/"+did.ID, f.Transaction
		return d.record(ctx, f, "remitted", answers)
	case err != nil:
		slog.Warn("the payment gateway is silent", "err", err)
	}
	return d.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update pay_refund set asked = $1 where act = $2`, db.At(d.app.Now()), f.Act)
		return err
	})
}

// record does the node's act on the order, unless another instance did.
func (d *desk) record(ctx context.Context, f book.Refund, act string, answers form.Answers) error {
	o, err := d.app.Engine.Find(ctx, f.Order)
	if err != nil {
		return err
	}
	if act == "remitted" {
		act = book.Remitted(o, f.Amount)
	}
	_, err = d.app.Engine.Itself(ctx, dossier.Order{Dossier: o.ID, Version: o.Version, Act: act, Answers: answers})
	if errors.Is(err, fault.Conflict) || errors.Is(err, fault.Stale) {
		return nil // the order changed meanwhile: the next round sees it
	}
	return err
}
