package eid

import (
	"strings"

	"motcua/base/ui"
	"motcua/kernel"
	"motcua/systems/eid/party"
)

// gives is what a party learns with these scopes, with the person's own data, so
// that he sees what he gives.
func gives(r *kernel.Request, scopes []string) (all []ui.Answer) {
	has := map[string]string{party.Profile: strings.Trim(r.Me.Name+"\n"+r.Me.Born, "\n"), party.Email: r.Me.Email, party.Phone: r.Me.Phone, party.Number: r.Me.Number}
	for _, s := range scopes {
		say, personal := has[s]
		switch {
		case !personal:
			say = r.T("eid.scope." + s + ".say")
		case say == "":
			say = r.T("eid.scope.none")
		}
		all = append(all, ui.Answer{Ask: r.T("eid.scope." + s), Say: say})
	}
	return all
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
	add("signs", p.Signs)
	return all
}
