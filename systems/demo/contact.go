package demo

import (
	"context"
	"fmt"
	"regexp"

	"motcua/base/db"
	"motcua/base/post"
	"motcua/kernel/onetime"
)

// code is a one-time code as messages print it.
var code = regexp.MustCompile(`\b\d{3} \d{3}\b`)

// answer lets those of the six who file for themselves type back a code sent to
// their telephone, so that they can sign what they file at once.
func (n *Nation) answer(ctx context.Context) error {
	for _, p := range n.People {
		if roles[p.Role] != "" {
			continue
		}
		var c onetime.Contact
		about := ""
		err := n.app.DB.Write(ctx, func(tx *db.Tx) error {
			all, err := onetime.Contacts(tx, p.Person)
			if err != nil || len(all) == 0 {
				return err
			}
			c = all[0]
			about = "contact/" + string(c.Kind) + "/" + c.To
			return onetime.Send(tx, n.app, p.Person, c, about, "ways.code")
		})
		if err != nil {
			return err
		}
		sent, err := post.List(ctx, n.app.DB, 0, 1)
		if err != nil {
			return err
		}
		right := false
		if len(sent) == 1 && sent[0].To == c.To {
			err = n.app.DB.Write(ctx, func(tx *db.Tx) (err error) {
				right, err = onetime.Check(tx, n.app, p.ID, about, code.FindString(sent[0].Body))
				return err
			})
		}
		if err == nil && !right {
			err = fmt.Errorf("%s: the code sent to %s did not arrive", p.Login, c.To)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
