package dossier

import (
	"context"
	"time"

	"motcua/base/db"
	"motcua/base/id"
)

// A Reading is one opening of a dossier by an official.
type Reading struct {
	Person id.ID
	Body   string
	Role   string
	At     time.Time
}

// Readings are the latest openings of dossier n, newest first; the caller asks
// whether they may be seen.
func (e *Engine) Readings(ctx context.Context, n id.ID, limit int) (all []Reading, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (r Reading, err error) {
			var at db.Time
			err = into(&r.Person, &r.Body, &r.Role, &at)
			r.At = at.Time
			return r, err
		}, `select person, body, role, at from reading where dossier = $1 order by id desc limit $2`, n, limit)
		return err
	})
	return all, err
}
