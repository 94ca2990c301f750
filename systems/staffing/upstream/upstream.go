// Package upstream asks a body's own provider who somebody is (OpenID Connect
// Core, RFC 9700): the authorization code with PKCE, one use of each request, in
// the browser that began it.
package upstream

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/systems/staffing/source"
)

// Life is how long somebody may take to sign in over there.
const Life = 10 * time.Minute

// ErrAnswer is an answer that is not that of the body's provider to our question.
var ErrAnswer = errors.New("not the answer to our question")

// A House asks the providers of one program's bodies.
type House struct {
	app    *kernel.App
	client *http.Client

	mu    sync.Mutex
	known map[string]provider // by issuer
}

// known for an hour: keys are read anew by themselves when one is not known.
type provider struct {
	*oidc.Provider
	names bool // it says in each answer who gives it (RFC 9207)
	until time.Time
}

// NewHouse is the house of a; it calls where a may reach.
func NewHouse(a *kernel.App) *House {
	return &House{app: a, client: call.NewCaller(a.Reach).Client(), known: map[string]provider{}}
}

func (h *House) provider(ctx context.Context, issuer string) (provider, error) {
	h.mu.Lock()
	p, ok := h.known[issuer]
	h.mu.Unlock()
	if ok && h.app.Now().Before(p.until) {
		return p, nil
	}
	// What is kept outlives the request: its keys are fetched with this context.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), h.client), issuer)
	if err != nil {
		return p, err
	}
	var says struct {
		Names bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return p, err
	}
	p = provider{found, says.Names, h.app.Now().Add(time.Hour)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known[issuer] = p
	return p, nil
}

func (h *House) config(ctx context.Context, p provider, s source.Source) (oauth2.Config, error) {
	secret, err := source.Secret(ctx, h.app, s.Body)
	return oauth2.Config{ClientID: s.Client, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: h.app.URL + Back, Scopes: []string{oidc.ScopeOpenID}}, err
}

// Back is where people come back to: the same of every body, so that the answer
// has to say whose it is.
const Back = "/staff/back"

// A Try is somebody on his way to his body's provider and back.
type Try struct {
	Body                    string
	Person                  id.ID  // who links his account; 0: who signs in
	Onward                  string // where he goes then
	nonce, verifier, browse string
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Begin writes down a try and gives where it leads; browser is the secret that
// the browser is given, without which nobody can come back.
func (h *House) Begin(ctx context.Context, s source.Source, t Try) (to, browser string, err error) {
	p, err := h.provider(ctx, s.Issuer)
	if err != nil {
		return "", "", err
	}
	c, err := h.config(ctx, p, s)
	if err != nil {
		return "", "", err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	browser = rand.Text()
	err = h.app.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`delete from staffing_try where expires < $1`, db.At(h.app.Now())); err != nil {
			return err
		}
		_, err := tx.Exec(`insert into staffing_try (hash, body, person, nonce, verifier, onward, browser, expires) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			digest(state), s.Body, t.Person, nonce, verifier, t.Onward, digest(browser), db.At(h.app.Now().Add(Life)))
		return err
	})
	return c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), browser, err
}

// End takes what somebody came back with: the try it answers, its source, and
// whom the provider means. A try is used up by the first who comes with it.
func (h *House) End(ctx context.Context, q url.Values, browser string) (t Try, s source.Source, said Said, err error) {
	found := false
	err = h.app.DB.Write(ctx, func(tx *db.Tx) error {
		found = false
		hash := digest(q.Get("state"))
		all, err := db.List(tx, func(into func(...any) error) (t Try, err error) {
			return t, into(&t.Body, &t.Person, &t.nonce, &t.verifier, &t.Onward, &t.browse)
		}, `select body, person, nonce, verifier, onward, browser from staffing_try where hash = $1 and expires > $2`, hash, db.At(h.app.Now()))
		if err != nil || len(all) == 0 {
			return err
		}
		t, found = all[0], true
		if _, err := tx.Exec(`delete from staffing_try where hash = $1`, hash); err != nil {
			return err
		}
		s, err = source.Of(tx, t.Body)
		return err
	})
	if err != nil {
		return t, s, Said{}, err
	}
	if !found || t.browse != digest(browser) || len(q["state"]) != 1 || len(q["code"]) != 1 || len(q["iss"]) > 1 {
		return t, s, Said{}, ErrAnswer
	}
	p, err := h.provider(ctx, s.Issuer)
	if err != nil {
		return t, s, Said{}, err
	}
	if iss := q.Get("iss"); iss != s.Issuer && (iss != "" || p.names) { // of another provider: mixed up (RFC 9207, 2.4)
		return t, s, Said{}, ErrAnswer
	}
	said, err = h.exchange(ctx, p, s, t, q.Get("code"))
	return t, s, said, err
}

// exchange shows the code to the provider that it came from, and to no other.
func (h *House) exchange(ctx context.Context, p provider, s source.Source, t Try, code string) (Said, error) {
	c, err := h.config(ctx, p, s)
	if err != nil {
		return Said{}, err
	}
	ctx = oidc.ClientContext(ctx, h.client)
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	if err != nil {
		return Said{}, errors.Join(ErrAnswer, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.VerifierContext(ctx, &oidc.Config{ClientID: s.Client, Now: h.app.Now, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.PS256}}).Verify(ctx, raw)
	switch {
	case err != nil:
		return Said{}, errors.Join(ErrAnswer, err)
	case id.Nonce != t.nonce || id.Subject == "" || len(id.Subject) > 255:
		return Said{}, ErrAnswer
	}
	var more struct {
		Party  string `json:"azp"`
		Class  string `json:"acr"`
		Method words  `json:"amr"`
	}
	if err := id.Claims(&more); err != nil || more.Party != "" && more.Party != s.Client || len(id.Audience) > 1 && more.Party == "" {
		return Said{}, ErrAnswer
	}
	return Said{id.Subject, ways(more.Class, more.Method)}, nil
}
