package doubt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
)

// A cast is what the act of the second official says, and when the proof was reached
// that it took back.
type cast struct {
	said, person    id.ID
	reached, agreed db.Time
}

// Check compares the doubts with the acts that cast them: one that was deleted or
// made narrower hides from a body what it is to look at again. An act that was erased
// says nothing any more, and its doubt is believed.
func Check(ctx context.Context, a *kernel.App) (found []string, err error) {
	if !slices.ContainsFunc(a.Systems, func(s kernel.System) bool { return s.Name == "doubt" }) {
		return nil, nil
	}
	var rows []Doubt
	said, erased := map[id.ID]cast{}, map[id.ID]bool{}
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		clear(said)
		clear(erased)
		if rows, err = db.List(tx, func(into func(...any) error) (d Doubt, err error) {
			return d, into(&d.Said, &d.Agreed, &d.Person, &d.Since, &d.Ended)
		}, columns+`order by t.said`); err != nil {
			return err
		}
		reached := map[id.ID]db.Time{}
		_, err = db.List(tx, func(into func(...any) error) (n struct{}, err error) {
			var at db.Time
			var act id.ID
			var name, text string
			if err := into(&act, &name, &at, &text); err != nil {
				return n, err
			}
			var x struct {
				Person id.ID `json:"about"`
				Body   struct {
					Case, Proof id.ID
					Agrees      bool
				}
			}
			switch bad := json.Unmarshal([]byte(text), &x); {
			case bad != nil: // erased, or named as changed
				erased[act] = true
			case name == "level.reach":
				reached[x.Body.Proof] = at
			case x.Body.Agrees:
				said[act] = cast{x.Body.Case, x.Person, reached[x.Body.Proof], at}
			}
			return n, nil
		}, `select id, act, at, coalesce(body, '') from act where act in ('level.reach', 'level.judge') order by id`)
		return err
	})
	for _, d := range rows {
		c, ok := said[d.Agreed]
		delete(said, d.Agreed)
		switch {
		case !ok && !erased[d.Agreed]:
			found = append(found, fmt.Sprintf("doubt %s about person %s: was slipped in: no second official agreed to it", d.Said, d.Person))
		case !ok:
		case c.said != d.Said || c.person != d.Person:
			found = append(found, fmt.Sprintf("doubt %s about person %s: the act that cast it speaks of another", d.Said, d.Person))
		case !c.reached.IsZero() && d.Since.After(c.reached.Time), d.Ended.Before(c.agreed.Time):
			found = append(found, fmt.Sprintf("doubt %s about person %s: is narrower than the acts say: what was filed while the proof stood is not looked at again", d.Said, d.Person))
		}
	}
	for act, c := range said {
		found = append(found, fmt.Sprintf("doubt %s about person %s: is missing: act %s took the proof back, and what was filed under it is not looked at again", c.said, c.person, act))
	}
	slices.Sort(found)
	return found, err
}
