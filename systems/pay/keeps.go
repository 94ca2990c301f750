package pay

import (
	"context"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/leave"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
)

// tables are the books. They stay: what came and went adds up without who paid.
func tables() []held.Table {
	return []held.Table{
		{Name: "pay_entry", Told: "dossiers", Stays: "pay/*: the accounts, which name a clerk by his number and nobody else"},
		{Name: "pay_attempt", Dossier: "dossier = $1", Told: "dossiers"},
		{Name: "pay_refund", Dossier: "dossier = $1", Told: "dossiers"},
		{Name: "pay_line", Told: "the statements of the State's accounts are the State's", Stays: "pay/*: then payer and words go, the sum stays"},
		{Name: "pay_till", Told: "work of a clerk", Stays: "pay/*: the accounts, by his number"},
	}
}

// keeps forgets who paid for an order, with the order.
func keeps(*kernel.App) held.Keeps {
	return held.Keeps{Forget: func(tx *db.Tx, _ who.Person, d id.ID) ([]string, error) {
		if d == 0 {
			return nil, nil
		}
		_, err := tx.Exec(`update pay_line set payer = '', words = '' where dossier = $1`, d)
		return nil, err
	}}
}

// forget forgets who paid what found no order, when its time is over.
func forget(ctx context.Context, a *kernel.App) error {
	rules, err := leave.ReadRules(a.Pack.Files)
	if err != nil {
		return err
	}
	rule := rules.Of(book.Order)
	if rule.Years == 0 {
		return nil
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update pay_line set payer = '', words = '' where day < $1 and (payer <> '' or words <> '')`, a.Now().AddDate(-rule.Years, 0, 0).Format(time.DateOnly))
		return err
	})
}
