package eid

import (
	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
	"motcua/systems/eid/party"
)

// keeps is what portals and apps may have of a person: told with his download,
// ended with his account, forgotten with him.
func (h *house) keeps(a *kernel.App) kernel.Keeps {
	return kernel.Keeps{
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
		Forget: func(tx *db.Tx, p who.Person, d id.ID) ([]string, error) {
			if d != 0 {
				return nil, nil
			}
			for _, q := range []string{`delete from eid_grant where person = $1`, `delete from eid_consent where person = $1`, `delete from eid_use where person = $1`} {
				if _, err := tx.Exec(q, p.ID); err != nil {
					return nil, err
				}
			}
			return nil, nil
		},
	}
}
