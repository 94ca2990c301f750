// Package outbox puts messages to persons on their way: mail and SMS, in the
// transaction of what they tell.
package outbox

import (
	"cmp"
	"errors"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/post"
	"motcua/kernel"
)

// Send puts m into the outbox: of now, unless it says when it was made.
func Send(tx *db.Tx, a *kernel.App, m post.Message) error {
	m.ID, m.Stays = cmp.Or(m.ID, a.IDs.New()), a.SMTP == ""
	if m.Made.IsZero() {
		m.Made = db.At(a.Now())
	}
	if m.Kind == post.SMS {
		m.To = strings.ReplaceAll(m.To, " ", "")
	}
	return post.Send(tx, m)
}

// Tell is Send where an address that is missing, or cannot be one, stops nothing:
// it is its owner's to mend.
func Tell(tx *db.Tx, a *kernel.App, m post.Message) error {
	if m.To == "" {
		return nil
	}
	if err := Send(tx, a, m); !errors.Is(err, fault.Invalid) {
		return err
	}
	return nil
}
