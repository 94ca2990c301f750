package procedure

import (
	"slices"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// The states in which a dossier waits for money: 6 of the national portal. The
// clock waits too, for a financial duty is the applicant's to do.
const (
	unpaid = "unpaid" // before work begins
	// OrderPaid is what a payment order does to the dossier that it belongs to.
	OrderPaid = "paid"
	// OrderCash is what a clerk does to a dossier that waits for money, and it to
	// its open payment orders: all that is due was paid at the counter.
	OrderCash = "cash"
	// OrderCancel is what a dossier that ends does to its open payment orders.
	OrderCancel = "cancel"
)

// The answers that open a payment order: see Pack.Orders.
const (
	orderLine   = "line"
	orderLaw    = "law"
	orderAmount = "amount"
	orderMoment = "moment"
)

// charges reports whether any line, of the procedure or a body, is asked for at that moment.
func (p *Procedure) charges(at Moment) bool {
	if p.pack.Orders == "" {
		return false
	}
	asked := func(f Fee) bool { return f.At == at }
	return slices.ContainsFunc(p.Fees, asked) ||
		slices.ContainsFunc(p.Overlays, func(o Overlay) bool { return slices.ContainsFunc(o.Fees, asked) })
}

// due are the lines to be paid at that moment, none of them free.
func (p *Procedure) due(d *dossier.Dossier, at Moment) (all []Charge) {
	for _, c := range p.Fee(CaseOf(d)) {
		if c.At == at && c.Amount > 0 {
			all = append(all, c)
		}
	}
	return all
}

// owing adds the states that wait for money.
func (p *Procedure) owing(all map[dossier.State]dossier.Stand) map[dossier.State]dossier.Stand {
	wait := dossier.Stand{Title: word("state.unpaid"), Public: dossier.Action, National: 6, Waits: clock.Duty}
	if p.charges(OnReceipt) {
		all[unpaid] = wait
	}
	if p.charges(OnSupplement) {
		for _, s := range p.Steps {
			all[dossier.State(unpaid+"-"+s.ID)] = wait
		}
	}
	return all
}

// charged puts paying into the table of acts: what is due opens one payment
// order a line, and the dossier goes on when the last of them is paid.
func (p *Procedure) charged(acts []dossier.Step) (all []dossier.Step) {
	var owing []dossier.State // every state that waits for money
	var pays []dossier.Step
	wait := func(state, back dossier.State) {
		owing = append(owing, state)
		pays = append(pays,
			dossier.Step{Act: OrderPaid, From: []dossier.State{state}, To: back, By: []dossier.By{dossier.Parent}, If: p.last(state)},
			dossier.Step{Act: OrderPaid, From: []dossier.State{state}, By: []dossier.By{dossier.Parent}},
			dossier.Step{Act: OrderCash, From: []dossier.State{state}, By: []dossier.By{dossier.At(who.Clerk)}, Then: p.till})
	}
	if p.charges(OnReceipt) {
		wait(unpaid, dossier.State(p.Steps[0].ID))
	}
	if p.charges(OnSupplement) {
		for _, s := range p.Steps {
			state := dossier.State(unpaid + "-" + s.ID)
			wait(state, dossier.State(s.ID))
			pays = append(pays, dossier.Step{Act: "demand", From: []dossier.State{dossier.State(s.ID)}, To: state, By: []dossier.By{dossier.At(s.Role)},
				If: p.found, Then: p.bill(OnSupplement)})
		}
	}
	for _, s := range acts {
		switch {
		case len(s.From) == 0 || Elsewhere(s.From[0]): // the body's own software asks for money in its own way
		case s.Act == "receive" && p.charges(OnReceipt):
			asks := s
			asks.To, asks.Then, asks.If = unpaid, p.bill(OnReceipt), func(d *dossier.Dossier, _ []dossier.Act) bool { return len(p.due(d, OnReceipt)) > 0 }
			all = append(all, asks)
		case s.Act == "approve" && p.charges(OnReturn):
			s.Then = p.bill(OnReturn)
		case s.Act == "return" && p.charges(OnReturn):
			before := s.If
			s.If = func(d *dossier.Dossier, acts []dossier.Act) bool {
				return (before == nil || before(d, acts)) && paidIn("granted", acts) >= len(p.due(d, OnReturn))
			}
		case len(owing) > 0 && (s.Act == "withdraw" || s.Act == "stop"):
			s.From, s.Then = slices.Concat(s.From, owing), p.unbill
		}
		all = append(all, s)
	}
	if p.charges(OnReturn) {
		granted, by := []dossier.State{"granted"}, []dossier.By{dossier.Parent}
		pays = append(pays,
			dossier.Step{Act: OrderPaid, From: granted, To: "returned", By: by, If: func(d *dossier.Dossier, acts []dossier.Act) bool {
				return p.atOnce(d, acts) && paidIn("granted", acts)+1 >= len(p.due(d, OnReturn))
			}},
			dossier.Step{Act: OrderPaid, From: granted, By: by})
	}
	return append(all, pays...)
}

// found reports whether a later duty was found that was not asked for yet.
func (p *Procedure) found(d *dossier.Dossier, acts []dossier.Act) bool {
	return dossier.Did(acts, "demand") == 0 && len(p.due(d, OnSupplement)) > 0
}

// last reports whether one more payment is the last that state waits for.
func (p *Procedure) last(state dossier.State) dossier.If {
	at := OnSupplement
	if state == unpaid {
		at = OnReceipt
	}
	return func(d *dossier.Dossier, acts []dossier.Act) bool { return paidIn(state, acts)+1 >= len(p.due(d, at)) }
}

// paidIn counts the payments since state began.
func paidIn(state dossier.State, acts []dossier.Act) (n int) {
	for _, a := range slices.Backward(acts) {
		if a.Act == OrderPaid {
			n++
		}
		if a.Entry.To == state && a.Entry.From != state {
			break
		}
	}
	return n
}

// bill opens the payment orders of that moment, one a line: the body that
// decides gets the money, who asked pays it.
func (p *Procedure) bill(at Moment) dossier.Then {
	return func(do *dossier.Doing) error {
		for _, c := range p.due(do.Dossier, at) {
			answers := map[string]any{orderLaw: c.Law, orderAmount: c.Amount, orderMoment: string(at)}
			for l, s := range c.Name {
				answers[orderLine+"_"+string(l)] = s
			}
			if _, err := do.Open(dossier.Order{Kind: p.pack.Orders, Body: do.Dossier.Body, Channel: do.Dossier.Channel, Answers: answers}); err != nil {
				return err
			}
		}
		return nil
	}
}

// till takes what every open order asks for in cash; of an order that was paid
// in part otherwise, the clerk takes the rest on its own page.
func (p *Procedure) till(do *dossier.Doing) error {
	all, err := do.Children()
	if err != nil {
		return err
	}
	clerk := who.Person{ID: do.Act.By, Name: do.Act.Entry.Name}
	for _, c := range all {
		if c.Kind != p.pack.Orders || !c.Ended.IsZero() {
			continue
		}
		o, err := do.Find(c.ID)
		if err != nil {
			return err
		}
		if _, err := do.Do(dossier.Order{Me: clerk, Dossier: c.ID, Act: OrderCash, Answers: form.Answers{orderAmount: o.Acts[0].Entry.Answers[orderAmount]}}); err != nil {
			return err
		}
	}
	return do.Again()
}

// Charges reports whether fees are paid through this program.
func (p *Procedure) Charges() bool { return p.pack.Orders != "" }

// unbill cancels what is still to be paid for a dossier that ended; money that
// came already is then owed back.
func (p *Procedure) unbill(do *dossier.Doing) error {
	all, err := do.Children()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind != p.pack.Orders || !c.Ended.IsZero() {
			continue
		}
		if _, err := do.Do(dossier.Order{Dossier: c.ID, Act: OrderCancel}); err != nil {
			return err
		}
	}
	return nil
}
