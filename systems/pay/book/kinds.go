// Package book keeps the money: payment orders and what came for them, as acts.
//
// Every movement of money is one act, and one row of pay_entry with the account
// it left and the account it reached, so that the books balance by their making.
// A payment is counted once: its provider's own number is unique in that table,
// and the row is written in the act's transaction. Amounts are whole đồng.
package book

import (
	"embed"

	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// The kinds.
const (
	Order = "pay/order" // a fee line to be paid
	Money = "pay/money" // money that no order was found for
)

// The accounts. What comes through bank, gateway or till is held for an order
// or unmatched until somebody finds out.
const (
	Bank      = "bank"
	Gateway   = "gateway"
	Cash      = "cash"
	ForOrder  = "order"
	Unmatched = "unmatched"
)

//go:embed order.yaml money.yaml
var files embed.FS

// Kinds are payment orders, and money not matched.
func Kinds() ([]*dossier.Kind, error) {
	o, m := order(), money()
	if err := o.Read(files, "order.yaml"); err != nil {
		return nil, err
	}
	return []*dossier.Kind{o, m}, m.Read(files, "money.yaml")
}

type states = []dossier.State

var (
	itself, parent = []dossier.By{dossier.Node}, []dossier.By{dossier.Parent}
	clerk, leader  = []dossier.By{dossier.At(who.Clerk)}, []dossier.By{dossier.At(who.Leader)}
)

// order: one fee line. Money acts are the node's own, by what bank or gateway
// reports; which of them fits is decided by Fits and checked again by post. While
// the gateway is giving money back (remit), nobody else does.
func order() *dossier.Kind {
	done := states{"paid", "owed", "cancelled", "refunded"}
	keeps := func(_ *dossier.Dossier, acts []dossier.Act) bool { return Keeps(acts) }
	empty := func(_ *dossier.Dossier, acts []dossier.Act) bool { return Held(acts) == 0 }
	calm := func(_ *dossier.Dossier, acts []dossier.Act) bool { return idle(acts) }
	can := func(d *dossier.Dossier, acts []dossier.Act) bool { _, n := remittable(d, acts); return n > 0 }
	both := func(a, b dossier.If) dossier.If {
		return func(d *dossier.Dossier, acts []dossier.Act) bool { return a(d, acts) && b(d, acts) }
	}
	return &dossier.Kind{Name: Order, Subject: []string{"line_vi"}, Page: "/pay/{id}", Receipt: Full,
		Stands: map[dossier.State]dossier.Stand{
			"open":      {Public: dossier.Action},
			"paid":      {Public: dossier.Ready, Ends: true},
			"owed":      {Public: dossier.Progress, Desk: who.Clerk}, // money is owed back
			"cancelled": {Public: dossier.Closed, Ends: true},
			"refunded":  {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "open", To: "open", By: parent},
			{Act: "part", From: states{"open"}, By: itself, Then: post},
			{Act: "paid", From: states{"open"}, To: "paid", By: itself, Then: settle},
			{Act: "over", From: states{"open"}, To: "owed", By: itself, Then: settle},
			{Act: "late", From: done, To: "owed", By: itself, Then: post},
			{Act: procedure.OrderCash, From: states{"open"}, To: "paid", By: append(clerk[:1:1], parent...), Then: settle},
			{Act: procedure.OrderCancel, From: states{"open"}, To: "cancelled", By: parent, If: empty},
			{Act: procedure.OrderCancel, From: states{"open"}, To: "owed", By: parent},
			{Act: procedure.OrderCancel, From: states{"owed"}, By: parent},
			{Act: "refund", From: states{"paid"}, To: "owed", By: leader, Reasons: true},
			{Act: "refunded", From: states{"owed"}, To: "paid", By: clerk, If: both(calm, keeps), Then: post},
			{Act: "refunded", From: states{"owed"}, To: "refunded", By: clerk, If: calm, Then: post},
			{Act: "remit", From: states{"owed"}, By: clerk, If: both(calm, can), Then: remit},
			{Act: "remitted_part", From: states{"owed"}, By: itself, Then: remitted},
			{Act: "remitted", From: states{"owed"}, To: "paid", By: itself, If: keeps, Then: remitted},
			{Act: "remitted", From: states{"owed"}, To: "refunded", By: itself, Then: remitted},
			{Act: "not_remitted", From: states{"owed"}, By: itself, Then: ended},
			{Act: "note", From: append(states{"open"}, done...), By: append(clerk, leader...)},
		}}
}

// money: what came without an order that it could be meant for.
func money() *dossier.Kind {
	came := states{"unmatched"}
	return &dossier.Kind{Name: Money,
		Stands: map[dossier.State]dossier.Stand{
			"unmatched": {Public: dossier.Progress, Desk: who.Clerk},
			"assigned":  {Public: dossier.Closed, Ends: true},
			"settled":   {Public: dossier.Closed, Ends: true},
			"returned":  {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "arrive", To: "unmatched", By: itself, Then: post},
			{Act: "match", From: came, To: "assigned", By: clerk, Then: match},
			{Act: "settle", From: came, To: "settled", By: leader, Then: post},
			{Act: "return", From: came, To: "returned", By: clerk, Then: post},
			{Act: "note", From: states{"unmatched", "assigned", "settled", "returned"}, By: append(clerk, leader...)},
		}}
}
