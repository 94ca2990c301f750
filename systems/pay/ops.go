package pay

import (
	"motcua/base/web"
	"motcua/kernel"
	"motcua/systems/pay/book"
)

// An Order is a fee line to be paid, as programs see it.
type Order struct {
	ID      string   `json:"id" doc:"pay.api.id"`
	Code    string   `json:"code" doc:"pay.api.code" example:"MC0FH2K9S7D3QM1X"`
	Dossier string   `json:"dossier" doc:"pay.api.dossier"`
	Name    string   `json:"name" doc:"pay.api.name"`
	Law     string   `json:"law" doc:"pay.api.law"`
	State   string   `json:"state" enum:"open,paid,owed,cancelled,refunded" doc:"pay.api.state"`
	Amount  int64    `json:"amount" doc:"pay.api.amount"`
	Held    int64    `json:"held" doc:"pay.api.held"`
	Rest    int64    `json:"rest" doc:"pay.api.rest"`
	Back    int64    `json:"back" doc:"pay.api.back"`
	VietQR  string   `json:"vietqr,omitempty" doc:"pay.api.vietqr"`
	Account *Account `json:"account,omitempty" doc:"pay.api.account"`
}

type whose struct {
	ID string `path:"id" doc:"pay.api.in.id" example:"0fh2k9s7d3qm1x"`
}

type ordered struct{ Body Order }

// A Way is the address of the gateway's page.
type Way struct {
	URL string `json:"url" doc:"pay.api.url"`
}

type way struct{ Body Way }

func (d *desk) ops(a *kernel.App, api *web.API) {
	op := func(id, method, path, sample string, status int, faults ...int) web.Op {
		return web.Op{ID: id, Method: method, Path: path, Summary: "pay.api." + id, Detail: "pay.api." + id + ".detail", Tag: "pay.api.tag", Status: status,
			Faults: append([]int{401, 403}, faults...), Sample: sample}
	}
	const curl, order = `curl -H "Authorization: Bearer $TOKEN"`, ` "$URL/api/v1/payments/$ORDER`
	kernel.Op(a, api, op("readPayment", "GET", "/api/v1/payments/{id}", curl+order+`"`, 200, 404), kernel.SignedIn(), d.read)
	kernel.Op(a, api, op("payHosted", "POST", "/api/v1/payments/{id}/gateway", curl+` -X POST`+order+`/gateway"`, 201, 404, 409, 503), kernel.SignedIn(), d.hosted)
}

func (d *desk) read(r *kernel.Request, in *whose) (*ordered, error) {
	o, err := d.find(r, in.ID)
	if err != nil {
		return nil, err
	}
	law, _ := o.Answers["law"].(string)
	x := Order{ID: o.ID.String(), Code: book.Code(o.ID), Dossier: o.Parent.String(), Name: lineName(r.Voice, o), Law: law, State: string(o.State),
		Amount: book.Due(o), Held: book.Held(o.Acts), Rest: book.Rest(o), Back: book.Back(o)}
	if a, ok := d.account(o.Body); ok && x.Rest > 0 {
		x.Account = &a
		if x.VietQR, err = d.code(o); err != nil {
			return nil, err
		}
	}
	return &ordered{x}, nil
}

func (d *desk) hosted(r *kernel.Request, in *whose) (*way, error) {
	o, err := d.find(r, in.ID)
	if err != nil {
		return nil, err
	}
	if book.Rest(o) == 0 {
		return nil, notDue(o)
	}
	at, err := d.open(r.Context(), o, lineName(r.Voice, o))
	return &way{Way{at}}, err
}
