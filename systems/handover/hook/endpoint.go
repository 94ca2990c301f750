// Package hook tells other machines what happens to dossiers: signed, at least
// once, and again until they answer.
//
// An endpoint subscribes to types of events of one body, person or organisation.
// An event names ids and states and nothing about persons; who may know more
// asks for it by the API.
package hook

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// The types of events. Waiting is of handing over and repeated until the body
// acknowledges; Trial is what an owner sends himself.
const (
	Filed   = "dossier.filed"
	Acted   = "dossier.acted"
	Ended   = "dossier.ended"
	Issued  = "result.issued"
	Waiting = "handover.waiting"
	Trial   = "webhook.trial"
)

// Types are those one can subscribe to.
func Types() []string { return []string{Filed, Acted, Ended, Issued, Waiting} }

// An Endpoint is where events go.
type Endpoint struct {
	ID      id.ID
	Scope   string // body:CODE, person:ID or org:ID: whose dossiers' events it gets
	Account id.ID  // who registered it
	URL     string
	Types   []string
	Made    time.Time
	Off     time.Time // since when nothing is sent; zero: it is on
	Why     string    // it is off: "" by its owner, or "gone" or "days" by the node
	Failing time.Time // since when nothing has got through; zero: all is well
	Fails   int       // calls in a row that had no answer at all
	Paused  time.Time // until when nothing is tried
}

// A House holds the endpoints and what is on its way to them.
type House struct {
	app    *kernel.App
	caller *call.Caller
	Taken  func(ctx context.Context, endpoint, dossier id.ID, said []byte) error // is told the answer to a dossier that waits: it may hold the body's number

	mu    sync.Mutex
	round int
	have  bool
	on    map[string][]Endpoint // by scope, of those that are on
}

// NewHouse is the house of a's database; its calls go where a may reach.
func NewHouse(a *kernel.App) *House {
	h := &House{app: a, caller: call.NewCaller(a.Reach)}
	a.DB.Watch("handover_endpoint", func() {
		h.mu.Lock()
		h.round, h.have = h.round+1, false
		h.mu.Unlock()
	})
	return h
}

const endpointColumns = `id, scope, account, url, types, made, off, why, failing, fails, paused`

func scanEndpoint(into func(...any) error) (e Endpoint, err error) {
	var types string
	var made, off, failing, paused db.Time
	err = into(&e.ID, &e.Scope, &e.Account, &e.URL, &types, &made, &off, &e.Why, &failing, &e.Fails, &paused)
	e.Types, e.Made, e.Off, e.Failing, e.Paused = strings.Fields(types), made.Time, off.Time, failing.Time, paused.Time
	return e, err
}

// of are the endpoints of scope that are on.
func (h *House) of(tx *db.Tx, scopes ...string) (all []Endpoint, err error) {
	h.mu.Lock()
	round, have, on := h.round, h.have, h.on
	h.mu.Unlock()
	if !have {
		found, err := db.List(tx, scanEndpoint, `select `+endpointColumns+` from handover_endpoint where off = 0 order by id`)
		if err != nil {
			return nil, err
		}
		on = map[string][]Endpoint{}
		for _, e := range found {
			on[e.Scope] = append(on[e.Scope], e)
		}
		h.mu.Lock()
		if h.round == round {
			h.on, h.have = on, true
		}
		h.mu.Unlock()
	}
	for _, s := range scopes {
		all = append(all, on[s]...)
	}
	return all, nil
}

// Find is one endpoint.
func (h *House) Find(tx *db.Tx, n id.ID) (Endpoint, error) {
	return scanEndpoint(tx.Row(`select `+endpointColumns+` from handover_endpoint where id = $1`, n).Scan)
}

// Of are the endpoints of these scopes, those that are off too.
func (h *House) Of(ctx context.Context, scopes []string) (all []Endpoint, err error) {
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		for _, s := range scopes {
			some, err := db.List(tx, scanEndpoint, `select `+endpointColumns+` from handover_endpoint where scope = $1 order by id`, s)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	return all, err
}

// Check names what is wrong with an address or the types. Addresses without TLS
// are for trying out alone; where they lead is asked when they are dialled.
func Check(address string, types []string, trying bool) error {
	var wrong []fault.Field
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(address) > 500 || u.Scheme != "https" && !(u.Scheme == "http" && trying) {
		wrong = append(wrong, fault.Field{Pointer: "/url", Code: "handover.wrong.url"})
	}
	for _, t := range types {
		if !slices.Contains(Types(), t) {
			wrong = append(wrong, fault.Field{Pointer: "/types", Code: "handover.wrong.type", Args: []any{t}})
		}
	}
	if len(types) == 0 {
		wrong = append(wrong, fault.Field{Pointer: "/types", Code: "handover.wrong.types"})
	}
	if wrong != nil {
		return fault.Wrong(wrong...)
	}
	return nil
}

// Put enters an endpoint, or changes its address and types and lets it try
// again: an act of its own. The secret is given when it is new.
func (h *House) Put(tx *db.Tx, by who.Person, e Endpoint) (secret call.Secret, err error) {
	var known int
	if err := tx.Row(`select count(*) from handover_endpoint where id = $1`, e.ID).Scan(&known); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`insert into handover_endpoint (`+endpointColumns+`) values ($1, $2, $3, $4, $5, $6, 0, '', 0, 0, 0)
		on conflict (id) do update set url = excluded.url, types = excluded.types, off = 0, why = '', failing = 0, fails = 0, paused = 0`,
		e.ID, e.Scope, e.Account, e.URL, strings.Join(e.Types, " "), db.At(h.app.Now()))
	if err != nil {
		return nil, err
	}
	if known == 0 {
		secret = call.NewSecret()
		if err := h.keep(tx, e.ID, keys{New: secret.String()}); err != nil {
			return nil, err
		}
	}
	return secret, h.note(tx, by, "webhook.put", e.ID, map[string]any{"scope": e.Scope, "url": e.URL, "types": e.Types})
}

// Stop turns an endpoint off: an act of its own. What waits for it is kept for
// who turns it on again.
func (h *House) Stop(tx *db.Tx, by who.Person, n id.ID, why string) error {
	if _, err := tx.Exec(`update handover_endpoint set off = $1, why = $2 where id = $3 and off = 0`, db.At(h.app.Now()), why, n); err != nil {
		return err
	}
	return h.note(tx, by, "webhook.stop", n, map[string]any{"why": why})
}

func (h *House) note(tx *db.Tx, by who.Person, act string, n id.ID, about map[string]any) error {
	if err := tx.Bump("handover_endpoint"); err != nil {
		return err
	}
	return h.app.Engine.Record(tx, by, act, n, about)
}

// keys are the secrets of an endpoint as they are sealed: for a day after a
// change calls are signed with both, so that the receiver can change in peace.
type keys struct {
	New, Old string
	Until    int64 // when the old one ends, microseconds UTC
}

const both = 24 * time.Hour

func keyName(n id.ID) string { return "webhook/" + n.String() }

func (h *House) keep(tx *db.Tx, n id.ID, k keys) error {
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return h.app.Keys.Keep(tx, keyName(n), b)
}

func (h *House) keys(ctx context.Context, n id.ID) (k keys, err error) {
	b, err := h.app.Keys.Kept(ctx, keyName(n))
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	return k, err
}

// Secrets are those that calls to the endpoint are signed with now.
func (h *House) Secrets(ctx context.Context, n id.ID) (all []call.Secret, err error) {
	k, err := h.keys(ctx, n)
	if err != nil {
		return nil, err
	}
	for _, text := range []string{k.New, k.Old} {
		if text == "" || text == k.Old && h.app.Now().UnixMicro() >= k.Until {
			continue
		}
		s, err := call.ParseSecret(text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Rotate gives the endpoint a new secret: an act of its own.
func (h *House) Rotate(ctx context.Context, by who.Person, n id.ID) (secret call.Secret, err error) {
	k, err := h.keys(ctx, n)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	secret = call.NewSecret()
	if err != nil {
		k = keys{}
	}
	return secret, h.app.DB.Write(ctx, func(tx *db.Tx) error {
		if err := h.keep(tx, n, keys{New: secret.String(), Old: k.New, Until: h.app.Now().Add(both).UnixMicro()}); err != nil {
			return err
		}
		return h.note(tx, by, "webhook.rotate", n, nil)
	})
}
