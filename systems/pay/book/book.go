package book

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

// in says which acts on an order bring money to it, and out which take it away.
var in, out = []string{"part", "paid", "over", "late", "cash"}, []string{"refunded", "remitted", "remitted_part"}

// Due is what an order asks for.
func Due(d *dossier.Dossier) int64 { return number(d.Acts[0].Entry.Answers, "amount") }

// Held is the money that lies with an order: what came less what went back.
func Held(acts []dossier.Act) (sum int64) {
	for _, a := range acts {
		switch {
		case slices.Contains(in, a.Act):
			sum += number(a.Entry.Answers, "amount")
		case slices.Contains(out, a.Act):
			sum -= number(a.Entry.Answers, "amount")
		}
	}
	return sum
}

// Keeps reports whether the State may keep what the order asks for: it was paid
// in full, and neither cancelled nor given back by decision.
func Keeps(acts []dossier.Act) bool {
	return dossier.Did(acts, procedure.OrderCancel)+dossier.Did(acts, "refund") == 0 &&
		dossier.Did(acts, "paid")+dossier.Did(acts, "over")+dossier.Did(acts, "cash") > 0
}

// Full is the act by which what the State may keep was paid in full: the receipt
// rests on it. It is nil while there is none, or no longer.
func Full(acts []dossier.Act) *dossier.Act {
	i := slices.IndexFunc(acts, func(a dossier.Act) bool { return a.Act == "paid" || a.Act == "over" || a.Act == "cash" })
	if i < 0 || !Keeps(acts) {
		return nil
	}
	return &acts[i]
}

// Back is what is owed to the payer: all that lies with an order that is not
// open, less what may be kept.
func Back(d *dossier.Dossier) int64 {
	switch {
	case d.State == "open":
		return 0
	case Keeps(d.Acts):
		return Held(d.Acts) - Due(d)
	}
	return Held(d.Acts)
}

// Rest is what is still to be paid.
func Rest(d *dossier.Dossier) int64 {
	if d.State != "open" {
		return 0
	}
	return Due(d) - Held(d.Acts)
}

// Fits is the act that this much money is, on an order as it stands.
func Fits(d *dossier.Dossier, amount int64) string {
	switch rest := Rest(d); {
	case d.State != "open":
		return "late"
	case amount < rest:
		return "part"
	case amount == rest:
		return "paid"
	}
	return "over"
}

func number(a form.Answers, name string) int64 {
	n, _ := form.Whole(a[name])
	return n
}

func text(a form.Answers, name string) string {
	s, _ := a[name].(string)
	return s
}

// settle posts the last money that an order asked for and lets its dossier go on.
func settle(do *dossier.Doing) error {
	if err := post(do); err != nil {
		return err
	}
	_, err := do.Do(dossier.Order{Dossier: do.Dossier.Parent, Act: procedure.OrderPaid})
	return err
}

// An Entry is one movement of money between two accounts.
type Entry struct {
	Act     id.ID
	Day     string // booked, at the body
	Body    string
	Dossier id.ID
	Debit   string // the account it came from outside, or left
	Credit  string // the account it reached
	Amount  int64
	Source  string
	Ref     string
	Clerk   id.ID
	At      time.Time
}

// post writes the entry of an act that moved money, after it made sure that the
// act is what it says. That the same payment comes twice is found here, in the
// act's own transaction.
func post(do *dossier.Doing) error {
	e, err := entry(do.Dossier, do.Act, do.Was)
	if err != nil {
		return err
	}
	n, err := do.Tx.Exec(`insert into pay_entry (act, day, body, dossier, debit, credit, amount, source, ref, clerk, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (source, ref) do nothing`,
		e.Act, e.Day, e.Body, e.Dossier, e.Debit, e.Credit, e.Amount, e.Source, e.Ref, e.Clerk, db.At(e.At))
	if err == nil && n == 0 {
		err = fmt.Errorf("%s %s: %w", e.Source, e.Ref, fault.New(fault.Conflict, "pay.twice"))
	}
	return err
}

// entry is what act a on d, which it left as d now is, moved.
func entry(d *dossier.Dossier, a *dossier.Act, was dossier.State) (e Entry, err error) {
	said := a.Entry.Answers
	e = Entry{Act: a.ID, Day: text(said, "day"), Body: d.Body, Dossier: d.ID, Amount: number(said, "amount"), Source: text(said, "source"), Ref: text(said, "ref"),
		Clerk: a.By, At: a.At}
	if e.Day == "" {
		e.Day = day(d.Zone, a.At)
	}
	before := slices.Clone(d.Acts[:len(d.Acts)-1])
	then := &dossier.Dossier{State: was, Acts: before}
	wrong := func(is bool) {
		if is && err == nil {
			err = fmt.Errorf("%s of %d on %s in state %s: %w", a.Act, e.Amount, d.ID, was, fault.New(fault.Conflict, "pay.amount.wrong"))
		}
	}
	switch a.Act {
	case "part", "paid", "over", "late":
		e.Debit, e.Credit = e.Source, ForOrder
		wrong(!slices.Contains([]string{Bank, Gateway, Unmatched}, e.Source) || Fits(then, e.Amount) != a.Act)
	case "cash":
		e.Debit, e.Credit, e.Source, e.Ref = Cash, ForOrder, Cash, a.ID.String()
		wrong(e.Amount != Rest(then))
	case "refunded":
		e.Debit, e.Credit, e.Source, e.Ref = ForOrder, text(said, "way"), "refund", d.Body+"/"+e.Ref // vouchers are numbered by each body
		wrong(e.Amount != Back(then))
	case "remitted", "remitted_part":
		e.Debit, e.Credit, e.Source = ForOrder, Gateway, "refund"
		wrong(e.Amount > Back(then) || Remitted(then, e.Amount) != a.Act)
	case "arrive":
		e.Debit, e.Credit = e.Source, Unmatched
		wrong(!slices.Contains([]string{Bank, Gateway}, e.Source))
	case "return":
		e.Debit, e.Credit, e.Source, e.Ref, e.Amount = Unmatched, text(before[0].Entry.Answers, "source"), "refund", d.Body+"/"+e.Ref, Due(d)
	case "settle":
		e.Debit, e.Credit, e.Source, e.Ref, e.Amount = Unmatched, Gateway, "settlement", d.ID.String(), Due(d)
	default:
		wrong(true)
	}
	return e, err
}

func day(zone string, t time.Time) string {
	if z, err := time.LoadLocation(zone); err == nil {
		t = t.In(z)
	}
	return t.Format(time.DateOnly)
}

// match gives unmatched money to the order that a clerk names.
func match(do *dossier.Doing) error {
	d := do.Dossier
	n, ok := Reference(text(do.Act.Entry.Answers, "order"))
	o, err := do.Find(n)
	if !ok || err != nil || o.Kind != Order || o.Body != d.Body {
		return fault.Wrong(fault.Field{Pointer: "/answers/order", Code: "pay.noorder"})
	}
	_, err = do.Itself(dossier.Order{Dossier: o.ID, Act: Fits(o, Due(d)), Answers: form.Answers{"amount": Due(d), "source": Unmatched,
		"ref": d.ID.String(), "day": day(d.Zone, do.Act.At), "payer": d.Name}})
	return err
}

// Code is what a payer writes in his transfer: MC, then the order's number with
// its check digit.
func Code(n id.ID) string { return "MC" + strings.ToUpper(n.String()) }

// Reference finds the code of an order in the words of a transfer, however
// banks cut and mix them. Two different codes are none.
func Reference(words string) (found id.ID, ok bool) {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, words)
	const digits = 14
	for i := range plain {
		rest, is := strings.CutPrefix(plain[i:], "MC")
		if !is || len(rest) < digits {
			continue
		}
		n, err := id.Parse(rest[:digits])
		if err != nil || n == found {
			continue
		}
		if found != 0 {
			return 0, false
		}
		found = n
	}
	return found, found != 0
}
