package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
)

// Issue enters a document that the node made of d, such as a receipt or a
// result: its file belongs to the dossier, and an act of the node's own holds
// its hash, so that the ledger proves the document itself. about says what it
// is. It returns the file's row and the act.
func (e *Engine) Issue(tx *db.Tx, d *Dossier, act string, f File, about any) (File, id.ID, error) {
	f.ID = e.IDs.New()
	now := e.Now().UTC().Truncate(time.Microsecond)
	_, err := tx.Exec(`insert into file (id, owner, draft, dossier, sort, name, type, size, sum, at)
		values ($1, $2, 0, $3, '', $4, $5, $6, $7, $8)`, f.ID, d.Applicant, d.ID, f.Name, f.Type, f.Size, f.Sum, db.At(now))
	if err != nil {
		return f, 0, fmt.Errorf("document of dossier %s: %w", d.ID, err)
	}
	b, err := json.Marshal(map[string]any{"about": d.ID, "body": about, "file": f})
	if err != nil {
		return f, 0, err
	}
	a := newAct(e, 0, now)
	a.Dossier, a.Version, a.Act, a.Body = a.ID, 1, act, string(b)
	return f, a.ID, e.insert(tx, &a)
}

// Done finds an act with the dossier it was done to, for the node itself: no
// permission is asked. Acts that are not about a dossier are not found.
func (e *Engine) Done(ctx context.Context, act id.ID) (d *Dossier, k *Kind, a *Act, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		var n id.ID
		err := tx.Row(`select dossier from act where id = $1`, act).Scan(&n)
		if err == nil {
			d, k, err = e.find(tx, n)
		}
		return err
	})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("act %s: %w", act, err)
	}
	i := slices.IndexFunc(d.Acts, func(a Act) bool { return a.ID == act })
	return d, k, &d.Acts[i], nil
}
