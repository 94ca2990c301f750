package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// levels compares how surely each person is known with the acts by which that was reached.
func levels(ctx context.Context, a *kernel.App) (found []string, err error) {
	var held []standing
	said := map[id.ID]standing{}
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		clear(said)
		if held, err = standings(tx); err != nil {
			return err
		}
		_, err = db.List(tx, func(into func(...any) error) (n struct{}, err error) {
			var act, body string
			if err := into(&act, &body); err != nil {
				return n, err
			}
			var c struct {
				Person id.ID     `json:"about"`
				Body   who.Proof `json:"body"`
			}
			if bad := json.Unmarshal([]byte(body), &c); bad == nil && act == "account.close" {
				delete(said, c.Person)
			} else if bad == nil { // else it is named as changed
				s := standing{Person: c.Person, Level: c.Body.Level, Number: c.Body.Number}
				if said[c.Person].Number != "" && s.Number == "" {
					s.Number = said[c.Person].Number
				}
				said[c.Person] = s
			}
			return n, nil
		}, `select act, coalesce(body, '') from act where act in ('level.reach', 'account.close') order by id`)
		return err
	})
	for _, s := range held {
		x, ok := said[s.Person]
		delete(said, s.Person)
		if !ok {
			found = append(found, fmt.Sprintf("level %s of person %s: was slipped in: no act reached it", s.Level, s.Person))
		} else if x != s {
			found = append(found, fmt.Sprintf("level %s of person %s: the acts say %s, or another number", s.Level, s.Person, x.Level))
		}
	}
	for p, s := range said {
		found = append(found, fmt.Sprintf("level %s of person %s: is missing: an act reached it", s.Level, p))
	}
	slices.Sort(found)
	return found, err
}

// standing is the level of a person and the number that was proved, as the table has them.
type standing struct {
	Person id.ID
	Level  who.Level
	Number string
}

// standings are those of all who have reached a level, for doctor.
func standings(tx *db.Tx) ([]standing, error) {
	return db.List(tx, func(into func(...any) error) (s standing, err error) {
		return s, into(&s.Person, &s.Level, &s.Number)
	}, `select id, level, coalesce(proven, '') from person where level <> '' or proven is not null order by id`)
}
