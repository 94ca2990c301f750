// Package pay is paying what public services cost: the citizen's page with a
// VietQR code and a hosted gateway, money found in bank statements, cash at the
// counter, refunds, and the day's books of a body.
//
// What is owed and what came are dossiers of package book; this package is how
// people and machines reach them.
package pay

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"time"

	"motcua/base/data"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
	"motcua/systems/pay/gateway"
	"motcua/systems/pay/office"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// Settings are what one node has agreed with its gateway; without them there is none.
type Settings struct {
	URL      string // of the gateway
	Merchant string
	Secret   string
	Folder   string // where the bank puts statements; "" none
}

// An Account is where bodies have money sent.
type Account struct {
	Body   string    `yaml:"body" json:"-"`                       // its code, or a pattern such as H26.*
	Bank   string    `yaml:"bank" json:"bank" doc:"pay.api.bank"` // BIN
	Name   lang.Text `yaml:"name" json:"-"`                       // of the bank
	Number string    `yaml:"number" json:"number" doc:"pay.api.number"`
	Holder string    `yaml:"holder" json:"holder" doc:"pay.api.holder"`
}

// A desk is this system on one node.
type desk struct {
	Settings
	app      *kernel.App
	gate     gateway.Client
	accounts []Account
	office   office.Desk
	press    paper.Press
}

// System is the payments.
func System(s Settings) kernel.System {
	d := &desk{Settings: s}
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "pay", Texts: []fs.FS{files}, Schema: schema, Start: d.start, Routes: d.routes, Ops: d.ops, Held: tables(), Keeps: keeps,
		Links: []kernel.Link{{At: kernel.Office, Path: "/work/money", Text: "pay.nav", Who: kernel.Roles(who.Clerk, who.Leader)}},
		Kinds: func(*kernel.App) ([]*dossier.Kind, error) { return book.Kinds() },
		Every: []kernel.Task{
			{Name: "ask the gateway about payments", Pause: 20 * time.Second, Do: func(ctx context.Context, _ *kernel.App) error { return d.poll(ctx) }},
			{Name: "give money back through the gateway", Pause: 10 * time.Second, Do: func(ctx context.Context, _ *kernel.App) error { return d.giveBack(ctx) }},
			{Name: "forget who paid", Pause: 24 * time.Hour, Do: forget},
			{Name: "read bank statements", Pause: time.Minute, Do: func(ctx context.Context, _ *kernel.App) error { return d.office.Read(ctx) }},
		}}
}

func (d *desk) start(_ context.Context, a *kernel.App) error {
	d.app, d.gate = a, gateway.Client{URL: d.URL, Merchant: d.Merchant, Secret: d.Secret, Now: a.Now}
	if err := d.gate.Check(); err != nil {
		return err
	}
	d.press = paper.NewPress(a)
	d.office = office.Desk{App: a, Folder: d.Folder, Bank: func(body string) (bank, account string) { x, _ := d.account(body); return x.Bank, x.Number }}
	b, err := fs.ReadFile(a.Pack.Files, "accounts.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a country may be paid through the gateway and in cash alone
	}
	if err == nil {
		err = data.Read("accounts.yaml", b, &d.accounts)
	}
	return err
}

// account is where money for a body goes: the first that names it.
func (d *desk) account(body string) (Account, bool) {
	for _, a := range d.accounts {
		if ok, _ := path.Match(a.Body, body); ok {
			return a, true
		}
	}
	return Account{}, false
}

func (d *desk) routes(*kernel.App) []kernel.Route {
	mine := kernel.SignedIn()
	const asks = "what the gateway says has been paid is counted"
	return append([]kernel.Route{
		{Pattern: "GET /pay/{id}", Who: mine, Do: d.show},
		{Pattern: "GET /pay/{id}/qr.png", Who: mine, Do: d.picture},
		{Pattern: "POST /pay/{id}/gateway", Who: mine, Do: d.leave},
		{Pattern: "GET /pay/{id}/back", Who: mine, Do: d.back, Writes: asks},
		{Pattern: "GET /pay/{id}/receipt.pdf", Who: mine, Do: d.receipt, Writes: "a receipt is made and kept when it is first asked for"},
		{Pattern: "POST /pay/callback", Who: kernel.Anyone(), API: true, Do: d.callback, Limit: 64 << 10},
	}, d.office.Routes()...)
}

// find is the order of this number, if r's person may pay it or works on it;
// of others he is told that there is none.
func (d *desk) find(r *kernel.Request, number string) (*dossier.Dossier, error) {
	n, err := id.Parse(number)
	if err != nil {
		return nil, fmt.Errorf("order %q: %w", number, fault.New(fault.NotFound, "pay.none"))
	}
	o, err := d.app.Engine.Find(r.Context(), n)
	if err != nil {
		return nil, err
	}
	if o.Kind != book.Order || !d.app.Engine.MayRead(r.Me, o) {
		return nil, fmt.Errorf("order %s: %w", n, fault.New(fault.NotFound, "pay.none"))
	}
	return o, nil
}

// lineName is what the order's fee is called in r's language.
func lineName(v lang.Voice, o *dossier.Dossier) string {
	said := func(l lang.Lang) string { s, _ := o.Answers["line_"+string(l)].(string); return s }
	return cmp.Or(said(v.Lang), said(lang.VI))
}

// leave opens the gateway's page.
func (d *desk) leave(r *kernel.Request) (web.Answer, error) {
	o, err := d.find(r, r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	if !o.Asked(r.Me, who.Pay) && !dossier.Official(r.Me, o) {
		return web.Answer{}, fault.New(fault.Forbidden, "who.mandate.power")
	}
	if book.Rest(o) == 0 {
		return web.Goto("/pay/%s", o.ID)
	}
	at, err := d.open(r.Context(), o, lineName(r.Voice, o))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", at)
}

// notDue is why an order is not paid now.
func notDue(o *dossier.Dossier) error {
	return fmt.Errorf("order %s is %s: %w", o.ID, o.State, fault.New(fault.Conflict, "pay.notdue"))
}

// origin is the gateway's, which forms of the payment page may lead to.
func (d *desk) origin() string {
	u, err := url.Parse(d.URL)
	if err != nil || d.URL == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
