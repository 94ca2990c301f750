package eid

import (
	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/who"
	"motcua/systems/eid/party"
)

// tables hold what portals and apps may have of a person.
func tables() []held.Table {
	return []held.Table{
		{Name: "eid_secret", Of: "grant_id in (select id from eid_grant where person = $1)", Goes: held.Erased, Told: "hashes of secrets"},
		{Name: "eid_grant", Of: "person = $1", Goes: held.Erased, Tell: "scopes, level", Times: "made, ended"},
		{Name: "eid_consent", Of: "person = $1", Goes: held.Closed, Told: "kept.eid"},
		{Name: "eid_use", Of: "person = $1", Goes: held.Erased, Tell: "scope", Times: "at"},
		{Name: "eid_push", Of: "person = $1", Goes: held.Closed, Tell: "device, endpoint", Times: "made"},
	}
}

// keeps is what portals and apps may have of a person: told with his download,
// ended with his account, forgotten with him.
func (h *house) keeps(a *kernel.App) held.Keeps {
	return held.Keeps{
		Tell: func(tx *db.Tx, p who.Person) (any, error) {
			all, err := party.Consents(tx, p.ID)
			type consent struct {
				Party, Body, At string
				Scopes          []string
			}
			out := []consent{}
			for _, c := range all {
				out = append(out, consent{c.Party.Name, c.Party.Body, c.At.UTC().Format("2006-01-02T15:04:05Z"), c.Scopes})
			}
			return out, err
		},
		End: func(tx *db.Tx, p who.Person) error {
			all, err := party.Consents(tx, p.ID)
			for _, c := range all {
				if err == nil {
					err = h.provider.Withdraw(tx, p, c.Party.ID)
				}
			}
			return err
		},
	}
}
