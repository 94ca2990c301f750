package book

import (
	"fmt"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/dossier"
)

// A Refund is money that a clerk has the gateway give back. It is a working row
// that follows from his act: what the gateway then did is an act of its own.
type Refund struct {
	Act         id.ID // of the clerk; the gateway knows the refund by it, so that it is done once
	Order       id.ID
	Transaction string // the gateway's, that the money came by
	Amount      int64
	Made, Asked db.Time
}

// Reference is what the gateway knows the refund by.
func (f Refund) Reference() string { return Code(f.Order) + "." + f.Act.String() }

// idle reports whether no refund is under way at the gateway: another then
// might give the same money back twice.
func idle(acts []dossier.Act) bool {
	ended := dossier.Did(acts, "remitted") + dossier.Did(acts, "remitted_part") + dossier.Did(acts, "not_remitted")
	return dossier.Did(acts, "remit") == ended
}

// remittable is what the gateway can give back of what is owed: the latest of
// its transactions of which something is left, and how much of it.
func remittable(d *dossier.Dossier, acts []dossier.Act) (transaction string, amount int64) {
	left := map[string]int64{}
	for _, a := range acts {
		said := a.Entry.Answers
		switch {
		case text(said, "source") == Gateway:
			left[text(said, "ref")] += number(said, "amount")
		case a.Act == "remitted" || a.Act == "remitted_part":
			left[text(said, "transaction")] -= number(said, "amount")
		}
	}
	for _, a := range acts {
		if ref := text(a.Entry.Answers, "ref"); text(a.Entry.Answers, "source") == Gateway && left[ref] > 0 {
			transaction = ref
		}
	}
	return transaction, min(left[transaction], Back(&dossier.Dossier{State: d.State, Acts: acts}))
}

// remit begins a refund at the gateway.
func remit(do *dossier.Doing) error {
	transaction, amount := remittable(do.Dossier, do.Dossier.Acts)
	if amount < 1 {
		return fmt.Errorf("order %s: %w", do.Dossier.ID, fault.New(fault.Conflict, "pay.amount.wrong"))
	}
	_, err := do.Tx.Exec(`insert into pay_refund (act, dossier, transaction_id, amount, state, made, asked) values ($1, $2, $3, $4, 'open', $5, $5)`,
		do.Act.ID, do.Dossier.ID, transaction, amount, db.At(do.Act.At))
	return err
}

// Remitted is the act that this much money is, which the gateway gave back.
func Remitted(d *dossier.Dossier, amount int64) string {
	if amount < Back(d) {
		return "remitted_part"
	}
	return "remitted"
}

// ended closes the working row of a refund, whose act it names.
func ended(do *dossier.Doing) error {
	n, err := id.Parse(text(do.Act.Entry.Answers, "asked"))
	if err == nil {
		_, err = do.Tx.Exec(`update pay_refund set state = 'closed' where act = $1 and dossier = $2`, n, do.Dossier.ID)
	}
	return err
}

// remitted posts what the gateway gave back.
func remitted(do *dossier.Doing) error {
	if err := post(do); err != nil {
		return err
	}
	return ended(do)
}

// Refunds are those under way of which the gateway was not asked since before.
func Refunds(tx *db.Tx, before db.Time) ([]Refund, error) {
	return db.List(tx, func(into func(...any) error) (f Refund, err error) {
		return f, into(&f.Act, &f.Order, &f.Transaction, &f.Amount, &f.Made, &f.Asked)
	}, `select act, dossier, transaction_id, amount, made, asked from pay_refund where state = 'open' and asked + (asked - made) / 2 < $1 order by asked limit 50`, before)
}
