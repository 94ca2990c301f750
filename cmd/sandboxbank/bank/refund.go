package bank

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

type refund struct {
	ID          string `json:"id"`
	Reference   string `json:"reference"`
	Transaction string `json:"transaction"`
	Amount      int64  `json:"amount"`
	Status      string `json:"status"`
}

// giveBack returns money of a transaction to its payer, once for a reference.
// Where the bank misbehaves it is slow, or its answer is lost after the money went.
func (b *Bank) giveBack(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || !b.signed(r, body) {
		http.Error(w, "signature", http.StatusUnauthorized)
		return
	}
	var ask struct {
		refund
		Currency string `json:"currency"`
	}
	if json.Unmarshal(body, &ask) != nil || ask.Reference == "" || ask.Amount < 1 || ask.Currency != "VND" {
		http.Error(w, "want reference, transaction, amount and VND", http.StatusUnprocessableEntity)
		return
	}
	slow, lost := b.fault("slow", 3), b.fault("answer", 4)
	b.mu.Lock()
	f := b.refunds[ask.Reference]
	switch {
	case f == nil && b.left(ask.Transaction) < ask.Amount:
		b.mu.Unlock()
		http.Error(w, "the transaction has not so much left", http.StatusUnprocessableEntity)
		return
	case f == nil:
		f = &refund{ID: b.number("r"), Reference: ask.Reference, Transaction: ask.Transaction, Amount: ask.Amount, Status: "done"}
		if slow {
			f.Status = "pending"
		}
		b.refunds[f.Reference] = f
	case !slow:
		f.Status = "done"
	}
	answer, _ := json.Marshal(f)
	b.mu.Unlock()
	if lost {
		http.Error(w, "the bank is down", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	w.Write(answer)
}

// left is what of a transaction was not given back.
func (b *Bank) left(of string) (sum int64) {
	for _, p := range b.pays {
		if i := slices.IndexFunc(p.Transactions, func(x transaction) bool { return x.ID == of }); i >= 0 {
			sum += p.Transactions[i].Amount
		}
	}
	for _, f := range b.refunds {
		if f.Transaction == of {
			sum -= f.Amount
		}
	}
	return sum
}

// Returned is how much money was given back, of all payments.
func (b *Bank) Returned() (sum int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.refunds {
		sum += f.Amount
	}
	return sum
}
