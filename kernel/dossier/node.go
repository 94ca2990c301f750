package dossier

import (
	"context"

	"motcua/base/db"
	"motcua/base/id"
)

// Itself does an act on the node's own account, as when a bank reports money:
// steps By Node. Who brought the report, if anybody did, stands in o.Me.
func (e *Engine) Itself(ctx context.Context, o Order) (*Dossier, error) {
	o.self = Node
	return e.Act(ctx, o)
}

// Itself is the same inside the transaction of another act.
func (do *Doing) Itself(o Order) (*Dossier, error) {
	o.self = Node
	return do.Do(o)
}

// Find reads another dossier as it stands in the transaction.
func (do *Doing) Find(n id.ID) (*Dossier, error) {
	d, _, err := do.Engine.find(do.Tx, n)
	return d, err
}

// Again reads the doing's dossier anew, after acts on others acted back on it.
func (do *Doing) Again() error {
	d, err := do.Find(do.Dossier.ID)
	if err == nil {
		*do.Dossier = *d
	}
	return err
}

// Children are the dossiers that acts of the doing's dossier opened, by age: rows without acts.
func (do *Doing) Children() ([]*Dossier, error) { return children(do.Tx, do.Dossier.ID) }

// Children are the dossiers that acts of dossier n opened, by age: rows without
// acts. Who may read n may know of them.
func (e *Engine) Children(ctx context.Context, n id.ID) (all []*Dossier, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = children(tx, n)
		return err
	})
	return all, err
}

// Row is dossier n as lists have it.
func (e *Engine) Row(ctx context.Context, n id.ID) (d *Dossier, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		d, err = scan(tx.Row(`select `+columns+` from dossier where id = $1`, n).Scan)
		return err
	})
	return d, err
}

func children(tx *db.Tx, n id.ID) ([]*Dossier, error) {
	return db.List(tx, scan, `select `+columns+` from dossier where parent = $1 and parent > 0 order by id`, n)
}
