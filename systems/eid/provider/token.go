package provider

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/who"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/keyring"
	"motcua/systems/eid/party"
)

// VerifyClient asks a party to prove that it is itself, in the one way it registered.
func (p *Provider) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	c, by := r.Data, party.ByNone
	switch {
	case c.ClientAssertion != "":
		by = party.ByKey
		if c.ClientSecret != "" {
			return nil, invalidClient("two proofs at once")
		}
		verifier := op.NewJWTProfileVerifierKeySet(p.registered(c.ClientAssertion), p.app.URL, 5*time.Minute, 5*time.Second)
		said, err := op.VerifyJWTAssertion(ctx, c.ClientAssertion, verifier)
		switch {
		case err != nil:
			return nil, invalidClient("the assertion does not hold")
		case c.ClientID != "" && c.ClientID != said.Issuer:
			return nil, invalidClient("the assertion is of another client")
		case len(said.Audience) != 1:
			return nil, invalidClient("the assertion is for others too")
		}
		c.ClientID = said.Issuer
	case c.ClientSecret != "":
		by = party.BySecret
	}
	x, known, err := p.party(ctx, c.ClientID)
	switch {
	case err != nil:
		return nil, oidc.ErrServerError().WithParent(err)
	case !known:
		return nil, invalidClient("no such client")
	case x.Auth != by:
		return nil, invalidClient("not the proof this client registered")
	case by == party.BySecret && !x.Holds(c.ClientSecret):
		return nil, invalidClient("wrong secret")
	}
	if by == party.ByKey {
		if err := p.once(ctx, c.ClientID+c.ClientAssertion); err != nil {
			return nil, err
		}
	}
	return client{Party: x}, nil
}

func invalidClient(text string) error {
	return op.NewStatusError(why(oidc.ErrInvalidClient(), text), http.StatusUnauthorized)
}

// once takes an assertion that was not shown before.
func (p *Provider) once(ctx context.Context, said string) error {
	fresh, err := grant.Once(ctx, p.app, said)
	if err != nil {
		return oidc.ErrServerError().WithParent(err)
	}
	if !fresh {
		return invalidClient("the assertion was used before")
	}
	return nil
}

// registered are the keys of the party that an assertion says it is of.
func (p *Provider) registered(assertion string) keyring.Registered {
	return func(ctx context.Context) (string, error) {
		var said oidc.JWTTokenRequest
		if _, err := oidc.ParseToken(assertion, &said); err != nil {
			return "", err
		}
		x, known, err := p.party(ctx, said.Issuer)
		switch {
		case err != nil:
			return "", err
		case !known:
			return "", errors.New("no such client")
		case said.ExpiresAt.AsTime().After(time.Now().Add(10 * time.Minute)):
			return "", errors.New("good for too long")
		}
		return x.Keys, nil
	}
}

// CodeExchange gives tokens for a code, to who asked for it and can show the
// other half of the challenge.
func (p *Provider) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	x := r.Client.(client).Party
	var c grant.Code
	ours, err := p.ring.Unseal(ctx, r.Data.Code, &c)
	if err != nil {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	if !ours {
		return nil, why(oidc.ErrInvalidGrant(), noCode)
	}
	unfit := p.unfit(c, x, r.Data)
	return p.tokens(ctx, x, c.Nonce, func(tx *db.Tx) (grant.Grant, []string, error) {
		good, err := grant.Begin(tx, p.app, c.Grant, unfit == "")
		if err == nil && !good {
			err = why(oidc.ErrInvalidGrant(), cmp.Or(unfit, noCode))
		}
		return c.Grant, c.Scopes, err
	})
}

const noCode = "the code is not good, or not any more"

// unfit says what comes with a code that does not fit it.
func (p *Provider) unfit(c grant.Code, x party.Party, q *oidc.AccessTokenRequest) string {
	sum := sha256.Sum256([]byte(q.CodeVerifier))
	switch {
	case !c.Good(p.app.Now()):
		return noCode
	case c.Party != x.ID:
		return "the code is of another client"
	case c.Redirect != q.RedirectURI:
		return "redirect_uri is another one than asked with"
	case len(q.CodeVerifier) < 43 || len(q.CodeVerifier) > 128,
		subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(c.Challenge)) != 1:
		return "code_verifier does not fit the challenge"
	}
	return ""
}

// RefreshToken gives the next tokens for a refresh token, which is good once.
func (p *Provider) RefreshToken(ctx context.Context, r *op.ClientRequest[oidc.RefreshTokenRequest]) (*op.Response, error) {
	x := r.Client.(client).Party
	return p.tokens(ctx, x, "", func(tx *db.Tx) (g grant.Grant, scopes []string, err error) {
		g, good, err := grant.Spend(tx, p.app, r.Data.RefreshToken)
		scopes = g.Scopes
		switch {
		case err != nil:
		case !good:
			err = why(oidc.ErrInvalidGrant(), "the refresh token is not good, or not any more")
		case g.Party != x.ID:
			err = why(oidc.ErrInvalidGrant(), "the refresh token is of another client")
		case len(r.Data.Scopes) > 0:
			scopes = r.Data.Scopes
			if slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(g.Scopes, s) }) {
				err = why(oidc.ErrInvalidScope(), "more than was granted")
			}
		}
		return g, scopes, err
	})
}

// tokens gives what a grant is good for now, in the transaction in which spend
// used up what was shown for it: what spend refuses stays used up. The access
// token is a token of the program like any other, so that operations of the API
// ask for its scope; the person is told apart from it by nothing but the grant it
// is labelled with. A refreshed ID token says nothing of a nonce (OpenID Connect
// Core, 12.2).
func (p *Provider) tokens(ctx context.Context, x party.Party, nonce string, spend func(*db.Tx) (grant.Grant, []string, error)) (*op.Response, error) {
	out := &oidc.AccessTokenResponse{TokenType: oidc.BearerToken, ExpiresIn: uint64(grant.AccessLife / time.Second)}
	next := rand.Text() + rand.Text()
	var g grant.Grant
	var refused *oidc.Error
	err := p.app.DB.Write(ctx, func(tx *db.Tx) (err error) {
		g, out.Scope, err = spend(tx)
		if refused = nil; errors.As(err, &refused) {
			return nil
		}
		if err != nil {
			return err
		}
		if out.AccessToken, err = p.app.Sessions.Make(tx, web.App, g.Person, strings.Join(out.Scope, " "), g.ID.String(), grant.AccessLife); err != nil || !g.Lasting() {
			return err
		}
		return grant.Keep(tx, next, g.ID, p.app.Now().Add(grant.RefreshLife))
	})
	switch {
	case err != nil:
		return nil, oidc.ErrServerError().WithParent(err)
	case refused != nil:
		return nil, refused
	case g.Lasting():
		out.RefreshToken = next
	}
	if out.IDToken, err = p.idToken(ctx, x, g, out.AccessToken, nonce); err != nil {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	return op.NewResponse(out), nil
}

// idToken says who signed in, how surely and when; nothing else of him.
func (p *Provider) idToken(ctx context.Context, x party.Party, g grant.Grant, access, nonce string) (string, error) {
	sub, err := p.ring.Subject(ctx, g.Person, x.Body)
	if err != nil {
		return "", err
	}
	now := p.app.Now()
	c := oidc.NewIDTokenClaims(p.app.URL, sub, []string{x.ID.String()}, now.Add(idLife), g.Signed, nonce, cmp.Or(g.Level, string(who.Low)), nil, x.ID.String(), 0)
	c.IssuedAt, c.ClientID = oidc.FromTime(now), ""
	// Both algorithms we sign with hash with SHA-256.
	if c.AccessTokenHash, err = oidc.ClaimHash(access, keyring.Known); err != nil {
		return "", err
	}
	if c.SessionID, err = p.ring.Session(ctx, g.Session, x.ID); err != nil {
		return "", err
	}
	return p.ring.Sign(ctx, x.Signs, "JWT", c)
}

// Revocation ends the grant of a token that its own party gives back (RFC 7009).
func (p *Provider) Revocation(ctx context.Context, r *op.ClientRequest[oidc.RevocationRequest]) (*op.Response, error) {
	x := r.Client.(client).Party
	s, err := p.app.Sessions.Find(ctx, web.App, r.Data.Token)
	if err != nil {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	n, _ := id.Parse(s.Label)
	err = p.app.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := grant.Behind(tx, x.ID, n, r.Data.Token)
		if err != nil || len(all) == 0 {
			return err // to who asks about another's token, it does not exist
		}
		return grant.End(tx, p.app, all[0], p.app.Now())
	})
	if err != nil {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	return op.NewResponse(nil), nil
}
