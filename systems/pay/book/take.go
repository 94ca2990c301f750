package book

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A Payment is money that a bank or a gateway says has come.
type Payment struct {
	Source string // Bank or Gateway
	Ref    string // its provider's own number: counted once
	Amount int64
	Day    string // booked, YYYY-MM-DD
	Payer  string
	Words  string
	Order  id.ID  // for which order, 0 unknown
	Body   string // whose account it reached, for money that is unmatched
}

// An Outcome is what became of a payment.
type Outcome string

// The outcomes; part, paid, over and late are acts on the order.
const (
	Already  Outcome = "already"   // counted before
	Stranded Outcome = "unmatched" // kept as money of the body until somebody finds out
)

// tries is how often a payment looks again at an order that changed meanwhile.
const tries = 50

// Take counts a payment: on its order, or as unmatched. However often, in
// whatever order and by however many at once it is called for the same payment,
// that is counted once.
func Take(ctx context.Context, e *dossier.Engine, p Payment) (Outcome, id.ID, error) {
	for range tries {
		if before, ok, err := seen(ctx, e.DB, p); err != nil || ok {
			return Already, before, err
		}
		p.Payer, p.Words = clip(p.Payer, 200), clip(p.Words, 500)
		o := dossier.Order{Kind: Money, Act: "arrive", Body: p.Body, Me: who.Person{Name: p.Payer}, Channel: "online",
			Answers: form.Answers{"amount": p.Amount, "source": p.Source, "ref": p.Ref, "day": p.Day}}
		if p.Payer != "" {
			o.Answers["payer"] = p.Payer
		}
		outcome := Stranded
		d, err := e.Find(ctx, p.Order)
		switch {
		case err == nil && d.Kind == Order:
			o.Dossier, o.Version, o.Act, o.Body = d.ID, d.Version, Fits(d, p.Amount), ""
			outcome = Outcome(o.Act)
		case err != nil && !errors.Is(err, fault.NotFound):
			return "", 0, err
		case p.Words != "":
			o.Answers["words"] = p.Words
		}
		done, err := e.Itself(ctx, o)
		switch {
		case err == nil:
			return outcome, done.ID, nil
		case !errors.Is(err, fault.Stale) && !errors.Is(err, fault.Conflict):
			return "", 0, err
		}
	}
	return "", 0, fmt.Errorf("payment %s %s: %w", p.Source, p.Ref, fault.New(fault.Unavailable, "pay.busy"))
}

// clip is a bank's free text as an answer may hold it: one line, so long at most.
func clip(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if r := []rune(s); len(r) > most {
		s = strings.TrimSpace(string(r[:most]))
	}
	return s
}

// seen is where the payment was counted, if it was. The same number with
// another amount is another payment for nobody to guess about.
func seen(ctx context.Context, d *db.DB, p Payment) (n id.ID, ok bool, err error) {
	var amount int64
	err = d.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select dossier, amount from pay_entry where source = $1 and ref = $2`, p.Source, p.Ref).Scan(&n, &amount)
	})
	switch {
	case errors.Is(err, fault.NotFound):
		return 0, false, nil
	case err == nil && amount != p.Amount:
		return n, false, fmt.Errorf("payment %s %s of %d was counted as %d: %w", p.Source, p.Ref, p.Amount, amount, fault.New(fault.Invalid, "pay.differs"))
	}
	return n, err == nil, err
}
