// Package provider speaks OpenID Connect with the portals of bodies and the
// apps of others: who is here, how surely, and what he lets them know.
//
// The protocol's parsing and its tokens are the library's; what may happen is
// decided here. Only the authorization code with PKCE S256 is spoken (RFC 9700,
// 2.1.1), and a redirect goes to nothing but an address that was registered,
// letter by letter (RFC 9700, 2.1).
package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"motcua/base/call"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
	"motcua/systems/eid/keyring"
	"motcua/systems/eid/party"
)

// idLife is how long an id token may be taken to a session of the party's own.
const idLife = 5 * time.Minute

// The places of the endpoints.
const (
	Authorize = "/eid/authorize"
	Token     = "/eid/token"
	UserInfo  = "/eid/userinfo"
	Revoke    = "/eid/revoke"
	Logout    = "/eid/logout"
	Keys      = "/eid/keys"
)

// A Provider is the identity provider of one program.
type Provider struct {
	op.UnimplementedServer
	app     *kernel.App
	library func() http.Handler // made at the first request: it tells the log of each of its addresses
	caller  *call.Caller
	ring    *keyring.Ring
}

// Open makes a provider ready, with its keys.
func Open(ctx context.Context, a *kernel.App) (*Provider, error) {
	p := &Provider{app: a, caller: call.NewCaller(a.Reach)}
	at := func(path string) *op.Endpoint { return op.NewEndpoint(path) }
	p.library = sync.OnceValue(func() http.Handler {
		return op.RegisterServer(p, op.Endpoints{Authorization: at(Authorize), Token: at(Token), Revocation: at(Revoke), JwksURI: at(Keys)},
			op.WithServerCORSOptions(nil), op.WithEncoder(issuing{p.app.URL, oidc.NewEncoder()}))
	})
	var err error
	p.ring, err = keyring.Open(ctx, a)
	return p, err
}

// issuing adds to every answer of the authorization endpoint who gives it, so
// that a portal of several providers is not mistaken about it (RFC 9207).
type issuing struct {
	issuer string
	inner  interface {
		Encode(src any, dst map[string][]string) error
	}
}

func (e issuing) Encode(src any, dst map[string][]string) error {
	dst["iss"] = []string{e.issuer}
	return e.inner.Encode(src, dst)
}

// kept is what the library answered.
type kept struct {
	header http.Header
	status int
	bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// ask lets the library answer, and notes what was refused.
func (p *Provider) ask(r *http.Request) *kept {
	k := &kept{header: http.Header{}}
	p.library().ServeHTTP(k, r)
	if k.status == 0 {
		k.status = http.StatusOK
	}
	var said struct{ Error, Why string }
	if q := answered(k.header.Get("Location")); q.Has("error") {
		said.Error, said.Why = q.Get("error"), q.Get("error_description")
	} else if k.status >= http.StatusBadRequest {
		var e oidc.Error
		if json.Unmarshal(k.Bytes(), &e) == nil {
			said.Error, said.Why = string(e.ErrorType), e.Description
		}
	}
	if said.Error != "" || k.status >= http.StatusBadRequest {
		p.refused(r.Context(), r.URL.Path, said.Error, said.Why)
	}
	return k
}

// answered is what an address tells a portal: of requests that we do not take,
// the library tells the error where the portal looks for it, after the #.
func answered(to string) url.Values {
	u, err := url.Parse(to)
	if err != nil {
		return nil
	}
	if q, err := url.ParseQuery(u.Fragment); err == nil && q.Has("error") {
		return q
	}
	return u.Query()
}

// refused writes down what was refused, and nothing of whom it was about.
func (p *Provider) refused(ctx context.Context, at, what, why string) {
	slog.WarnContext(ctx, "eid refused", "at", at, "error", what, "why", why)
}

// Machine answers the endpoints that machines ask: keys, tokens, revocation.
func (p *Provider) Machine(r *kernel.Request) (web.Answer, error) {
	if r.Method == http.MethodPost {
		if why := p.plain(r); why != "" {
			return p.bad(r, "invalid_request", why)
		}
		if !p.ours(r.PostForm["resource"]) {
			return p.bad(r, "invalid_target", "resource is not the API of this node")
		}
	}
	k := p.ask(r.Request.Request)
	a := web.Raw("application/json", k.Bytes()).Status(k.status)
	if k.status == http.StatusUnauthorized {
		a = a.With("WWW-Authenticate", `Basic realm="motcua"`)
	}
	return a, nil
}

func (p *Provider) bad(r *kernel.Request, what, why string) (web.Answer, error) {
	p.refused(r.Context(), r.URL.Path, what, why)
	return web.JSON(http.StatusBadRequest, map[string]string{"error": what, "error_description": why})
}

// plain says what is wrong with the shape of a form from a machine: a secret in
// the address ends in logs (RFC 6749, 2.3.1), and of two values for one name
// each reader takes another (RFC 6749, 3.2).
func (p *Provider) plain(r *kernel.Request) string {
	if r.URL.RawQuery != "" {
		return "parameters in the address"
	}
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(t), "application/x-www-form-urlencoded") {
		return "not a form"
	}
	if err := r.ParseForm(); err != nil {
		return "not a form"
	}
	return twice(r.PostForm)
}

func twice(form url.Values) string {
	for name, all := range form {
		if len(all) > 1 {
			return "a parameter is there twice: " + printable(name)
		}
	}
	return ""
}

// printable keeps what may stand in a description (RFC 6749, 5.2).
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return -1
		}
		return c
	}, s[:min(len(s), 40)])
}

// Discover answers what the provider can do (OpenID Connect Discovery, 3).
func (p *Provider) Discover(*kernel.Request) (web.Answer, error) {
	u := p.app.URL
	methods := []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost, oidc.AuthMethodPrivateKeyJWT, oidc.AuthMethodNone}
	d := &oidc.DiscoveryConfiguration{
		Issuer: u, AuthorizationEndpoint: u + Authorize, TokenEndpoint: u + Token, UserinfoEndpoint: u + UserInfo,
		RevocationEndpoint: u + Revoke, EndSessionEndpoint: u + Logout, JwksURI: u + Keys,
		ScopesSupported: party.Scopes(), ResponseTypesSupported: []string{"code"}, ResponseModesSupported: []string{"query"},
		GrantTypesSupported: []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken},
		ACRValuesSupported:  levels(), SubjectTypesSupported: []string{"pairwise"},
		IDTokenSigningAlgValuesSupported:  keyring.Signs(),
		TokenEndpointAuthMethodsSupported: methods, RevocationEndpointAuthMethodsSupported: methods,
		TokenEndpointAuthSigningAlgValuesSupported: keyring.Algorithms(), RevocationEndpointAuthSigningAlgValuesSupported: keyring.Algorithms(),
		ClaimsSupported:               []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "sid", "name", "birthdate", "locale", "email", "phone_number", "personal_number"},
		CodeChallengeMethodsSupported: []oidc.CodeChallengeMethod{oidc.CodeChallengeMethodS256},
		BackChannelLogoutSupported:    true, BackChannelLogoutSessionSupported: true,
		ServiceDocumentation: u + "/api/docs",
	}
	b, err := json.Marshal(d)
	if err != nil {
		return web.Answer{}, err
	}
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		return web.Answer{}, err
	}
	all["authorization_response_iss_parameter_supported"] = true
	a, err := web.JSON(http.StatusOK, all)
	return a.With("Cache-Control", "public, max-age=3600"), err
}

// Keys shows the keys with which tokens are checked.
func (p *Provider) Keys(ctx context.Context, _ *op.Request[struct{}]) (*op.Response, error) {
	set, err := p.ring.Public(ctx)
	return op.NewResponse(set), err
}

// Rotate makes the next key in time.
func (p *Provider) Rotate(ctx context.Context) error { return p.ring.Rotate(ctx) }

func levels() (all []string) {
	for _, l := range who.Levels() {
		all = append(all, string(l))
	}
	return all
}

// why is an error that says so.
func why(e *oidc.Error, text string) *oidc.Error { return e.WithDescription("%s", text) }

// odd is a page's answer to who comes with a request that no portal of ours makes.
func odd() error { return fault.New(fault.Invalid, "eid.odd") }
