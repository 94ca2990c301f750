package signing

import (
	"context"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
)

// After notes, in the transaction of every act, which results wait for whose signature.
func (x *Desk) After(do *dossier.Doing) error {
	p, d := paper.Paper{Sort: paper.Result, Act: do.Act}, do.Dossier
	if p.Personal(do.Kind) == "" {
		return nil
	}
	fresh := do.Act.Entry.Result != nil
	if fresh || !do.Kind.Stands[d.State].Result { // what waited is in force no longer
		if _, err := do.Tx.Exec(`delete from keys_wait where dossier = $1`, d.ID); err != nil {
			return err
		}
	}
	if !fresh || do.Act.By == 0 {
		return nil
	}
	_, err := do.Tx.Exec(`insert into keys_wait (act, dossier, person, at) values ($1, $2, $3, $4)`, do.Act.ID, d.ID, do.Act.By, db.At(do.Act.At))
	return err
}

// A Waiting is a result that waits for a person's signature.
type Waiting struct{ Act, Dossier id.ID }

// Waiting are the results that wait for a person, the oldest first.
func (x *Desk) Waiting(ctx context.Context, person id.ID) (all []Waiting, err error) {
	err = x.App.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(scan func(...any) error) (w Waiting, err error) {
			err = scan(&w.Act, &w.Dossier)
			return w, err
		}, `select act, dossier from keys_wait where person = $1 order by act limit $2`, person, Most)
		return err
	})
	return all, err
}
