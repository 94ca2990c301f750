package recover

import (
	"cmp"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// trustPath is the page of those who may act for who got his account back.
const trustPath = "/me/recovery/mandates"

// trusted are the mandates, the newest first, by which others may act for p or
// for those he represents by law, and which were given until at. They stay when he
// gets his account back, for an accountant does not lose his work with a director's
// phone; but whoever held the account may have given them. That somebody represents a
// party by law was seen by officials, and is none of them.
func (h *house) trusted(tx *db.Tx, p who.Person, at time.Time) (all []who.Mandate, err error) {
	parties, now := []id.ID{p.ID}, h.app.Now()
	for _, m := range p.Mandates {
		if m.Head {
			parties = append(parties, m.Org)
		}
	}
	for _, party := range parties {
		some, err := who.Mandates(tx, 0, party)
		if err != nil {
			return nil, err
		}
		for _, m := range some {
			over := m.State == who.Ended || !m.Until.IsZero() && !m.Until.After(now)
			if !m.Head && !over && m.Holder != p.ID && !m.ID.At().After(at) {
				all = append(all, m)
			}
		}
	}
	slices.SortFunc(all, func(a, b who.Mandate) int { return cmp.Compare(b.ID, a.ID) })
	return all, nil
}

// unlooked is the case by which p got his account back, and what of before he has
// not looked at since; none: there is nothing to look at.
func (h *house) unlooked(tx *db.Tx, p who.Person) (m matter, all []who.Mandate, err error) {
	cases, err := db.List(tx, scan, columns+`where person = $1 and state = 'done' and looked = 0 order by id desc limit 1`, p.ID)
	if err != nil || len(cases) == 0 {
		return m, nil, err
	}
	all, err = h.trusted(tx, p, cases[0].Ended.Time)
	return cases[0], all, err
}

// A trustPage is who may act for somebody who got his account back.
type trustPage struct {
	*kernel.Request
	matter
	all   []who.Mandate
	names map[id.ID]string // of those who act
}

func (h *house) showTrusted(r *kernel.Request) (web.Answer, error) {
	p := &trustPage{Request: r}
	err := h.app.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p.names = map[id.ID]string{}
		if p.matter, p.all, err = h.unlooked(tx, r.Me); err == nil && len(p.all) == 0 {
			err = fault.New(fault.NotFound, "recover.none")
		}
		for _, m := range p.all {
			if x, bad := h.app.Book.Find(tx, m.Holder); bad == nil {
				p.names[m.Holder] = x.Name
			}
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// looked is his word that all of them are right.
func (h *house) looked(r *kernel.Request) (web.Answer, error) {
	err := h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		m, all, err := h.unlooked(tx, r.Me)
		if err == nil && len(all) == 0 {
			err = fault.New(fault.NotFound, "recover.none")
		}
		if err != nil {
			return err
		}
		right := make([]id.ID, len(all))
		for i, x := range all {
			right[i] = x.ID
		}
		if _, err := tx.Exec(`update recover_case set looked = $1 where person = $2 and state = 'done' and looked = 0`, db.At(h.app.Now()), r.Me.ID); err != nil {
			return err
		}
		return h.app.Engine.Record(tx, r.Me, "recover.trust", r.Me.ID, map[string]any{"case": m.ID, "mandates": right})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me")
}
