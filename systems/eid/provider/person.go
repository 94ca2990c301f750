package provider

import (
	"net/http"
	"slices"

	"golang.org/x/text/language"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/party"
)

// Person tells a party what the person lets it know (OpenID Connect Core, 5.3).
// Contacts are told with whether they ever answered: nobody can say it of himself.
func (p *Provider) Person(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.Session.Label)
	var g grant.Grant
	var x party.Party
	if err == nil {
		err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
			all, err := grant.Live(tx, n)
			if err != nil || len(all) == 0 || all[0].Person != r.Me.ID {
				return err
			}
			g = all[0]
			x, err = party.Find(tx, g.Party)
			return err
		})
		if err != nil {
			return web.Answer{}, err
		}
	}
	if g.ID == 0 || x.State != party.Live {
		p.refused(r.Context(), UserInfo, "invalid_token", "not a token of a grant")
		return web.Answer{}, fault.New(fault.Unidentified, "web.token")
	}
	out := new(oidc.UserInfo)
	if out.Subject, err = p.ring.Subject(r.Context(), r.Me.ID, x.Body); err != nil {
		return web.Answer{}, err
	}
	has := func(s string) bool { return slices.Contains(g.Scopes, s) }
	if has(party.Profile) {
		out.Name, out.Birthdate = r.Me.Name, r.Me.Born
		out.Locale = oidc.NewLocale(language.Make(string(r.Me.Lang)))
	}
	if has(party.Email) && r.Me.Email != "" {
		out.Email = r.Me.Email
	}
	if has(party.Phone) && r.Me.Phone != "" {
		out.PhoneNumber = r.Me.Phone
	}
	if has(party.Number) && r.Me.Number != "" {
		out.AppendClaims("personal_number", r.Me.Number)
	}
	return web.JSON(http.StatusOK, out)
}
