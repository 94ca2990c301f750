package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// entrusted is a mandate as far as acts and table must agree on it.
func entrusted(m who.Mandate) string {
	until := "for good"
	if !m.Until.IsZero() {
		until = m.Until.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("holder %s, party %s, head %t, services %v, powers %v, %s, %s", m.Holder, m.Org, m.Head, m.Services, m.Powers, until, m.State)
}

// mandates compares who may act for whom with the acts by which that was given, accepted and ended.
func mandates(ctx context.Context, a *kernel.App) (found []string, err error) {
	var held []who.Mandate
	said, old := map[id.ID]who.Mandate{}, []who.Mandate(nil) // old: of acts from before mandates had numbers
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		clear(said)
		old = nil
		if held, err = who.AllMandates(tx); err != nil {
			return err
		}
		_, err = db.List(tx, func(into func(...any) error) (n struct{}, err error) {
			var act, body string
			if err := into(&act, &body); err != nil {
				return n, err
			}
			var c struct {
				Person id.ID `json:"about"`
				Body   struct {
					who.Trust
					Org id.ID `json:"org"`
				} `json:"body"`
			}
			if json.Unmarshal([]byte(body), &c) != nil { // it is named as changed
				return n, nil
			}
			x, t := said[c.Body.Mandate], c.Body.Trust
			switch act {
			case "mandate.accept":
				x.State = who.Accepted
			case "mandate.revoke":
				x.State = who.Ended
			default:
				x = who.Mandate{Holder: t.Holder, Org: t.Party, Head: t.Head, Services: t.Services, Powers: t.Powers, Until: t.Until.Time, State: who.Accepted}
				if act == "mandate.offer" {
					x.State = who.Offered
				}
			}
			if t.Mandate == 0 {
				old = append(old, who.Mandate{Holder: c.Person, Org: c.Body.Org, Head: true, State: who.Accepted})
				return n, nil
			}
			said[t.Mandate] = x
			return n, nil
		}, `select act, coalesce(body, '') from act where act in ('mandate.grant', 'mandate.offer', 'mandate.accept', 'mandate.revoke') order by id`)
		return err
	})
	for _, m := range held {
		x, ok := said[m.ID]
		delete(said, m.ID)
		if i := slices.IndexFunc(old, func(o who.Mandate) bool { return entrusted(o) == entrusted(m) }); !ok && i >= 0 {
			old = slices.Delete(old, i, i+1)
		} else if !ok {
			found = append(found, fmt.Sprintf("mandate %s: was slipped in: no act gave it", m.ID))
		} else if entrusted(x) != entrusted(m) {
			found = append(found, fmt.Sprintf("mandate %s: is %s; the acts say %s", m.ID, entrusted(m), entrusted(x)))
		}
	}
	for n := range said {
		found = append(found, fmt.Sprintf("mandate %s: is missing: an act gave it", n))
	}
	slices.Sort(found)
	return found, err
}
