package book

import (
	"context"
	"errors"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/dossier"
)

// A Day is what moved at one body on one day, from three sides that do not know
// of each other: the entries, the acts, and the bank's statements.
type Day struct {
	Bank, Gateway, Cash int64 // came in
	Back                int64 // went out, to payers
	Settled             int64 // the gateway handed on to the bank, already counted when it came
	Orders              int64 // what lies with orders grew by this
	Unmatched           int64 // and what is unmatched by this
	Acts                int64 // the same as Orders, added up from the acts themselves
	Statements          int64 // came in by the bank's statements
	Lines               int   // of statements
}

// Off is by how much the books do not balance: what came in less what went out
// must lie with orders or be unmatched.
func (d Day) Off() int64 { return d.Bank + d.Gateway + d.Cash - d.Back - d.Orders - d.Unmatched }

// Balanced reports whether all sides agree to the đồng.
func (d Day) Balanced() bool {
	return d.Off() == 0 && d.Orders == d.Acts && (d.Lines == 0 || d.Statements == d.Bank)
}

const entryColumns = `act, day, body, dossier, debit, credit, amount, source, ref, clerk, at`

func scanEntry(into func(...any) error) (e Entry, err error) {
	var at db.Time
	err = into(&e.Act, &e.Day, &e.Body, &e.Dossier, &e.Debit, &e.Credit, &e.Amount, &e.Source, &e.Ref, &e.Clerk, &at)
	e.At = at.Time
	return e, err
}

// Entries are the movements at a body on a day, as they were written.
func Entries(tx *db.Tx, body, day string) ([]Entry, error) {
	return db.List(tx, scanEntry, `select `+entryColumns+` from pay_entry where body = $1 and day = $2 order by at, act`, body, day)
}

// Reconcile adds a day up.
func Reconcile(ctx context.Context, e *dossier.Engine, body, day string) (d Day, all []Entry, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		if all, err = Entries(tx, body, day); err != nil {
			return err
		}
		return tx.Row(`select coalesce(sum(amount), 0), count(*) from pay_line where body = $1 and day = $2 and amount > 0 and outcome <> 'rejected'`, body, day).
			Scan(&d.Statements, &d.Lines)
	})
	var orders []id.ID
	for _, x := range all {
		for account, sum := range map[string]*int64{Bank: &d.Bank, Gateway: &d.Gateway, Cash: &d.Cash} {
			if x.Debit == account {
				*sum += x.Amount
			}
			if x.Credit == account && x.Source == "refund" {
				d.Back += x.Amount
			}
		}
		for account, sum := range map[string]*int64{ForOrder: &d.Orders, Unmatched: &d.Unmatched} {
			if x.Credit == account {
				*sum += x.Amount
			}
			if x.Debit == account {
				*sum -= x.Amount
			}
		}
		if x.Source == "settlement" {
			d.Settled += x.Amount
			d.Gateway -= x.Amount
		}
		if (x.Credit == ForOrder || x.Debit == ForOrder) && !slices.Contains(orders, x.Dossier) {
			orders = append(orders, x.Dossier)
		}
	}
	for _, n := range orders {
		if err != nil {
			break
		}
		var o *dossier.Dossier
		if o, err = e.Find(ctx, n); err == nil {
			d.Acts += moved(o, day)
		}
	}
	return d, all, err
}

// moved is what the acts on an order that were booked on a day brought to it.
func moved(o *dossier.Dossier, booked string) (sum int64) {
	for _, a := range o.Acts {
		on := text(a.Entry.Answers, "day")
		if on == "" {
			on = day(o.Zone, a.At)
		}
		if on == booked {
			sum += Held([]dossier.Act{a})
		}
	}
	return sum
}

// Check compares the books with the acts of every order and all unmatched
// money: what is wrong is named.
func Check(ctx context.Context, e *dossier.Engine) (wrong []error, err error) {
	var all []Entry
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scanEntry, `select `+entryColumns+` from pay_entry order by act`)
		return err
	})
	lies := map[id.ID]int64{}
	for _, x := range all {
		if x.Credit == ForOrder {
			lies[x.Dossier] += x.Amount
		}
		if x.Debit == ForOrder {
			lies[x.Dossier] -= x.Amount
		}
	}
	for n, sum := range lies {
		o, err := e.Find(ctx, n)
		if err != nil {
			return nil, err
		}
		if held := Held(o.Acts); held != sum {
			wrong = append(wrong, fault.New(fault.Conflict, "pay.books", n.String(), sum, held))
		}
		if back := Back(o); back < 0 || o.State == "paid" && back != 0 || o.State == "owed" && back == 0 || o.State == "cancelled" && held(o) != 0 {
			wrong = append(wrong, fault.New(fault.Conflict, "pay.books", n.String(), sum, back))
		}
	}
	return wrong, errors.Join(err)
}

func held(o *dossier.Dossier) int64 { return Held(o.Acts) }
