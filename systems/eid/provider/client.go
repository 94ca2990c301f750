package provider

import (
	"context"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/systems/eid/party"
)

// party finds an open one by what it calls itself.
func (p *Provider) party(ctx context.Context, s string) (x party.Party, known bool, err error) {
	n, err := id.Parse(s)
	if err != nil || n.String() != s {
		return x, false, nil
	}
	err = p.app.DB.Look(ctx, func(tx *db.Tx) (err error) {
		x, err = party.Find(tx, n)
		return err
	})
	if fault.Of(err) == fault.NotFound {
		err = nil
	}
	return x, err == nil && x.State == party.Live, err
}

// A client is a party as the library looks at it.
type client struct {
	op.Client // what is not said here is never asked
	party.Party
}

func (c client) GetID() string                    { return c.ID.String() }
func (c client) RedirectURIs() []string           { return c.Redirects }
func (c client) PostLogoutRedirectURIs() []string { return c.Leaves }
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}
func (c client) IsScopeAllowed(string) bool { return true } // asked by Authorize, which refuses instead of dropping
func (c client) DevMode() bool              { return true } // the address itself was checked when it was registered

func (c client) ApplicationType() op.ApplicationType {
	if c.Auth == party.ByNone {
		return op.ApplicationTypeNative
	}
	return op.ApplicationTypeWeb
}

func (c client) AuthMethod() oidc.AuthMethod {
	switch c.Auth {
	case party.BySecret:
		return oidc.AuthMethodBasic
	case party.ByKey:
		return oidc.AuthMethodPrivateKeyJWT
	}
	return oidc.AuthMethodNone
}
