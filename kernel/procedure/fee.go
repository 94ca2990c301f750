package procedure

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// A Fee is one line of what is to be paid, in đồng: a whole number always.
type Fee struct {
	Name   lang.Text `yaml:"name"`
	Amount int64     `yaml:"amount"`
	Each   string    `yaml:"each"` // a number question: so many times the amount, as for copies; empty: once
	When   data.Expr `yaml:"when"` // over the answers, channel and today; empty: always. An exemption is a line of 0
	Law    string    `yaml:"law"`  // "act-id article"
	At     Moment    `yaml:"at"`   // when the State asks for it; empty: it is paid as before, outside this program

	paid *form.Formula
}

// A Moment is when a fee is asked for. The national portal counts them 1, 2 and 4.
type Moment string

// The moments.
const (
	OnReceipt    Moment = "receipt"    // before work begins
	OnSupplement Moment = "supplement" // a later duty, which an official finds while he works
	OnReturn     Moment = "return"     // when the result is handed out
)

var moments = []Moment{"", OnReceipt, OnSupplement, OnReturn}

// feeMost is more than any fee: what is larger is a slip of the pen.
const feeMost = 1_000_000_000_000

// A Case is all that a fee may depend on. Nothing of the person's account is in
// it, so that the sum shown before filing is the sum asked for afterwards.
type Case struct {
	Answers form.Answers
	Body    string
	Channel string // online, counter, post
	Today   string // the day of filing at the body, YYYY-MM-DD
}

// A Charge is one line of what one applicant has to pay.
type Charge struct {
	Name   lang.Text
	Amount int64  // in đồng; 0: free
	Law    string // "act-id article"
	Set    string // code of the body that set it, "": the procedure
	At     Moment
}

// Fee is what is to be paid in this case, line by line, free ones too.
func (p *Procedure) Fee(c Case) (all []Charge) {
	t := p.TermsAt(c.Body)
	for _, f := range t.Fees {
		if paid, err := f.paid.Holds(c.Answers, form.Env{Today: c.Today, Channel: c.Channel}); !paid && err == nil {
			continue
		}
		all = append(all, Charge{f.Name, f.amount(c.Answers), f.Law, t.Set["fees"], f.At})
	}
	return all
}

// Total is the sum of charges, in đồng.
func Total(all []Charge) (sum int64) {
	for _, c := range all {
		sum += c.Amount
	}
	return sum
}

// amount is what the line costs with these answers; a count not answered yet is one.
func (f *Fee) amount(a form.Answers) int64 {
	if f.Each == "" {
		return f.Amount
	}
	n, ok := form.Whole(a[f.Each])
	if !ok || n < 1 {
		n = 1
	}
	return f.Amount * min(n, feeMost/max(f.Amount, 1))
}

// CaseOf is the case of a dossier: what officials added counts too, for a duty
// that is found while they work.
func CaseOf(d *dossier.Dossier) Case {
	a := maps.Clone(d.Answers)
	if a == nil {
		a = form.Answers{}
	}
	maps.Copy(a, d.Desk)
	c := Case{Answers: a, Body: d.Body, Channel: d.Channel, Today: d.Opened.Format(time.DateOnly)}
	if z, err := time.LoadLocation(d.Zone); err == nil {
		c.Today = d.Opened.In(z).Format(time.DateOnly)
	}
	return c
}

// ready compiles the line and says what is wrong with it. A later duty may also
// rest on what officials wrote down.
func (f *Fee) ready(p *Procedure, at string) (faults []string) {
	questions := &p.Form
	if f.At == OnSupplement {
		questions = p.wide
	}
	bad := func(is bool, why string, args ...any) {
		if is {
			faults = append(faults, fmt.Sprintf(why, args...))
		}
	}
	bad(f.Name[lang.VI] == "", "the fee's name is missing in %s", lang.VI)
	bad(f.Amount < 0 || f.Amount > feeMost, "amount %d", f.Amount)
	bad(!slices.Contains(moments, f.At), "at %q: want receipt, supplement or return", f.At)
	if f.Each != "" {
		q := questions.Field(f.Each)
		bad(q == nil || q.Type != form.Number, "each %q: want a question whose answer is a number", f.Each)
	}
	var err error
	f.paid, err = questions.Condition(at, f.When)
	var why form.Faults
	if errors.As(err, &why) {
		bad(true, "%s", why[0].Why)
	}
	bad(f.paid.Reads("applicant"), "the condition reads \"applicant\": a fee may depend on answers, channel and today, not on the person's account: what is shown before filing is asked for afterwards")
	return faults
}
