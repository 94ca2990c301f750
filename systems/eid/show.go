package eid

import (
	"strings"

	"motcua/base/ui"
	"motcua/kernel"
)

// value is what a party learns with a scope, so that a person sees what he gives.
func value(r *kernel.Request, scope string) string {
	switch scope {
	case "profile":
		return strings.Trim(r.Me.Name+" · "+r.Me.Born, " ·")
	case "email":
		return r.Me.Email
	case "phone":
		return r.Me.Phone
	case "number":
		return r.Me.Number
	}
	return ""
}

// rows are what a body registered of its portal.
func (p *partyPage) rows() (all []ui.Answer) {
	add := func(key, say string) {
		if say != "" {
			all = append(all, ui.Answer{Ask: p.T("eid.party." + key), Say: say})
		}
	}
	add("id", p.Party.ID.String())
	add("body", p.BodyName(p.Body))
	add("site", p.Site)
	var scopes []string
	for _, s := range p.Scopes {
		scopes = append(scopes, p.T("eid.scope."+s))
	}
	add("scopes", strings.Join(scopes, "\n"))
	add("level", p.T("eid.level."+string(p.Level)))
	add("redirects", strings.Join(p.Redirects, "\n"))
	add("leaves", strings.Join(p.Leaves, "\n"))
	add("backchannel", p.BackChannel)
	add("auth", p.T("eid.auth."+p.Auth))
	return all
}
