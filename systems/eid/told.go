package eid

import (
	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// person tells a party what the person lets it know, once it is written down in
// the person's log that it was told.
func (h *house) person(r *kernel.Request) (web.Answer, error) {
	a, err := h.provider.Person(r)
	if err != nil {
		return a, err
	}
	grant, err := id.Parse(r.Session.Label)
	if err != nil {
		return web.Answer{}, err
	}
	told := dossier.Reading{About: r.Me.ID, Way: dossier.Party}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		name := ""
		err := tx.Row(`select p.body, p.name from eid_grant g join eid_party p on p.id = g.party where g.id = $1`, grant).Scan(&told.Body, &name)
		told.Purpose = dossier.Purpose(name)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return a, r.App.Engine.Told(r.Context(), told)
}
