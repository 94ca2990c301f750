// Package seals is the seals of bodies: asked for by one administrator and given
// by a second, as dangerous rights are; with a certificate of this node's
// authority or of one outside; kept by who has the role for it; every use in a
// journal; taken out of use by one alone, because what is stopped harms less.
//
// What a body decides is sealed by the node itself as soon as the body has a seal.
// Anything else is sealed by its keeper, who confirms each document.
package seals

import (
	"crypto/x509/pkix"
	"errors"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/rights"
	"motcua/kernel/sign"
	"motcua/kernel/who"
	"motcua/systems/keys/halt"
	"motcua/systems/keys/own"
	"motcua/systems/keys/signing"
)

// years is how long the certificate of a seal holds.
const years = 3

// Routes are the pages.
func Routes(desk *signing.Desk) []kernel.Route {
	readers, admin := Readers(), kernel.Roles(who.Admin)
	return []kernel.Route{
		{Pattern: "GET /keys/seals", Who: readers, Do: list},
		{Pattern: "GET /keys/seals/{body}", Who: readers, Do: show},
		{Pattern: "GET /keys/seals/{body}/journal.csv", Who: readers, Do: journal("csv")},
		{Pattern: "GET /keys/seals/{body}/journal.xlsx", Who: readers, Do: journal("xlsx")},
		{Pattern: "POST /keys/seals/{body}", Who: admin, Do: ask},
		{Pattern: "POST /keys/seals/{body}/asked", Who: admin, Do: answer},
		{Pattern: "GET /keys/seals/{body}/request", Who: admin, Do: csr},
		{Pattern: "POST /keys/seals/{body}/certificate", Who: admin, Limit: 128 << 10, Do: bring},
		{Pattern: "POST /keys/seals/{body}/revoke", Who: kernel.Roles(who.Admin, who.Warden), Do: revoke},
		{Pattern: "POST /keys/seals/{body}/documents", Who: kernel.Roles(who.Sealer), Limit: signing.Largest + 64<<10, Do: func(r *kernel.Request) (web.Answer, error) { return seal(desk, r) }},
	}
}

// Readers are those who find the seals: who gives them, keeps them, answers for
// what is sealed, and may stop them.
func Readers() kernel.Access { return kernel.Roles(who.Admin, who.Sealer, who.Leader, who.Warden) }

// reads reports whether me may read a body's journal.
func reads(r *kernel.Request, code string) bool {
	return halt.May(r, code) || r.Me.Is(who.Sealer, code) || r.Me.Is(who.Leader, code)
}

// place is the body in the address, when me is one who may.
func place(r *kernel.Request, may func(r *kernel.Request, code string) bool) (who.Body, error) {
	b, ok := r.App.Country.Body(r.PathValue("body"))
	if !ok || !may(r, b.Code) {
		return b, fault.New(fault.NotFound, "who.body")
	}
	return b, nil
}

func rules(r *kernel.Request, code string) bool { return r.App.Country.Rules(r.Me, code) }

// Path is the page of a body's seal.
func Path(body string) string { return "/keys/seals/" + body }

func back(b who.Body) (web.Answer, error) { return web.Goto("%s", Path(b.Code)) }

// outside is what is asked for where the certificate is to be of an authority
// outside; else it is of this node's.
const outside = "outside"

// waiting is the seal that one administrator asked for a body, not answered yet; none is a fault.NotFound.
func waiting(tx *db.Tx, a *kernel.App, body string) (rights.Ask, error) {
	return rights.Awaited(tx, a, rights.Seal, body)
}

// ask is the first administrator's word.
func ask(r *kernel.Request) (web.Answer, error) {
	b, err := place(r, rules)
	if err != nil {
		return web.Answer{}, err
	}
	origin := r.PostFormValue("origin")
	if origin != "here" && origin != outside {
		return web.Answer{}, fault.New(fault.Invalid, "keys.seal.noorigin")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := waiting(tx, r.App, b.Code); !errors.Is(err, fault.NotFound) {
			return errors.Join(err, fault.New(fault.Conflict, "keys.seal.asked"))
		}
		n, err := r.App.Engine.RecordAs(tx, r.Me, "keys.seal.ask", 0, map[string]any{"body": b.Code, "origin": origin})
		if err != nil {
			return err
		}
		return rights.Await(tx, r.App, rights.Ask{ID: n, Role: rights.Seal, Body: b.Code, By: r.Me.ID, Detail: origin, Page: Path(b.Code)})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return back(b)
}

// answer is the second administrator's: the seal is made, or it is not.
func answer(r *kernel.Request) (web.Answer, error) {
	b, err := place(r, rules)
	if err != nil {
		return web.Answer{}, err
	}
	do := r.PostFormValue("do")
	agreed := do == "approve"
	at := r.App.Now()
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		x, err := waiting(tx, r.App, b.Code)
		if errors.Is(err, fault.NotFound) {
			err = fault.New(fault.Conflict, "rights.answered")
		}
		if err == nil && !agreed && do != "refuse" {
			err = fault.Wrong()
		}
		if err == nil && agreed {
			err = rights.May(tx, r.App, r.Me, x)
		}
		if err != nil {
			return err
		}
		if err := rights.Answered(tx, r.App, r.Me, x, map[bool]rights.State{true: rights.Given, false: rights.Refused}[agreed]); err != nil {
			return err
		}
		switch {
		case !agreed:
			return r.App.Engine.Record(tx, r.Me, "keys.seal.refuse", x.ID, map[string]any{"body": b.Code})
		case x.Detail == outside:
			return wish(tx, r, b, x, at)
		}
		return issue(tx, r, b, x, at)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return back(b)
}

// name is that of a body in the country's first language: what stands in
// certificates is official.
func name(r *kernel.Request, b who.Body) string {
	return r.App.Voice("", "").Of(b.Name)
}

func issue(tx *db.Tx, r *kernel.Request, b who.Body, x rights.Ask, at time.Time) error {
	k, err := r.App.Keys.Issue(tx, sign.Request{Kind: sign.Seal, Name: name(r, b), Body: name(r, b), Code: b.Code, From: at, Until: at.AddDate(years, 0, 0)})
	if err != nil {
		return err
	}
	return entered(tx, r, k, map[string]any{"ask": x.ID, "asked": x.By})
}

// entered records that a body has a seal.
func entered(tx *db.Tx, r *kernel.Request, k sign.Key, says map[string]any) error {
	says["body"], says["number"], says["until"], says["issuer"] = k.Body, sign.Number(k.Certificate), k.Certificate.NotAfter, k.Certificate.Issuer.CommonName
	return r.App.Engine.Record(tx, r.Me, "keys.seal", k.ID, says)
}

// wish makes the key and the request that the body takes to another authority.
func wish(tx *db.Tx, r *kernel.Request, b who.Body, x rights.Ask, at time.Time) error {
	w, err := r.App.Keys.Wish(tx, sign.Owner{Seal: true, Body: b.Code}, pkix.Name{CommonName: name(r, b), Organization: []string{name(r, b)}, Country: []string{r.App.Land}}, at)
	if err != nil {
		return err
	}
	return r.App.Engine.Record(tx, r.Me, "keys.seal.wish", w.ID, map[string]any{"body": b.Code, "ask": x.ID, "asked": x.By, "csr": string(w.CSR)})
}

// wished is the last request that was made for a body; none is a fault.NotFound.
func wished(tx *db.Tx, r *kernel.Request, b who.Body) (sign.Wish, error) {
	all, err := r.App.Keys.Wishes(tx, sign.Owner{Seal: true, Body: b.Code})
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "sign.nokey")
	}
	if err != nil {
		return sign.Wish{}, err
	}
	return all[len(all)-1], nil
}

func csr(r *kernel.Request) (web.Answer, error) {
	b, err := place(r, rules)
	if err != nil {
		return web.Answer{}, err
	}
	var w sign.Wish
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		w, err = wished(tx, r, b)
		return err
	})
	return web.File(b.Code+".csr", "application/pkcs10", w.CSR, true), err
}

// bring takes the certificate that an authority outside issued. Two administrators
// agreed to the key already.
func bring(r *kernel.Request) (web.Answer, error) {
	b, err := place(r, rules)
	if err != nil {
		return web.Answer{}, err
	}
	_, file, err := own.Parcel(r)
	if err != nil {
		return web.Answer{}, err
	}
	some, err := cert.Read(file)
	if err != nil {
		return web.Answer{}, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		w, err := wished(tx, r, b)
		if err != nil {
			return err
		}
		k, err := r.App.Keys.Import(tx, sign.Owner{Seal: true, Body: b.Code}, w.ID, some, r.App.Now())
		if err != nil {
			return err
		}
		return entered(tx, r, k, map[string]any{})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return back(b)
}

// causes are those that may be given.
var causes = map[string]sign.Cause{"lost": sign.Lost, "replaced": sign.Replaced, "ended": sign.Ended}

// revoke takes a seal out of use for good, by one alone.
func revoke(r *kernel.Request) (web.Answer, error) {
	b, err := place(r, halt.May)
	if err != nil {
		return web.Answer{}, err
	}
	cause, ok := causes[r.PostFormValue("cause")]
	if !ok {
		return web.Answer{}, fault.New(fault.Invalid, "keys.nocause")
	}
	n, err := id.Parse(r.PostFormValue("seal"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "sign.nokey")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		k, err := r.App.Keys.Get(tx, n)
		if errors.Is(err, fault.NotFound) || err == nil && (k.Kind != sign.Seal || k.Body != b.Code) {
			return fault.New(fault.NotFound, "sign.nokey")
		}
		if err != nil {
			return err
		}
		return own.End(tx, r.App, r.Me, k, cause)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return back(b)
}

// seal takes a document that the keeper wants to have sealed to where he confirms it.
func seal(desk *signing.Desk, r *kernel.Request) (web.Answer, error) {
	b, err := place(r, func(r *kernel.Request, code string) bool { return r.Me.Is(who.Sealer, code) })
	if err != nil {
		return web.Answer{}, err
	}
	return desk.Seal(r, b.Code)
}
