package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/who"
)

// bodies compares the bodies that administrators added with the acts by which
// they were added and ended.
func bodies(ctx context.Context, a *kernel.App) (found []string, err error) {
	var rows []who.Body
	said := map[string]who.Body{}
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		clear(said)
		if rows, err = who.Bodies(tx); err != nil {
			return err
		}
		_, err = db.List(tx, func(into func(...any) error) (n struct{}, err error) {
			var act, body string
			if err := into(&act, &body); err != nil {
				return n, err
			}
			var c struct{ Body who.Body }
			if json.Unmarshal([]byte(body), &c) != nil { // it is named as changed
				return n, nil
			}
			if x, ok := said[c.Body.Code]; ok && act == "body.end" {
				x.To, x.Next = c.Body.To, c.Body.Next
				c.Body = x
			}
			said[c.Body.Code] = c.Body
			return n, nil
		}, `select act, coalesce(body, '') from act where act in ('body.add', 'body.end') order by id`)
		return err
	})
	for _, b := range rows {
		x, ok := said[b.Code]
		delete(said, b.Code)
		if !ok {
			found = append(found, fmt.Sprintf("body %s: was slipped in: no act added it", b.Code))
		} else if !b.Same(x) || b.To != x.To || b.Next != x.Next {
			found = append(found, fmt.Sprintf("body %s: is not as the acts say", b.Code))
		}
	}
	for code := range said {
		found = append(found, fmt.Sprintf("body %s: is missing: an act added it", code))
	}
	slices.Sort(found)
	return found, err
}
