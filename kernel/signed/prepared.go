package signed

import (
	"context"
	"encoding/json"
	"errors"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// Prepare keeps what a program asks in the name of o.Me until he signs it: as a
// draft of his that lacks nothing but his signature. The same key gives the same
// draft again.
func Prepare(ctx context.Context, a *kernel.App, o dossier.Order) (draft id.ID, replayed bool, err error) {
	key := o.Key
	if o.Key = ""; key == "" {
		key = a.IDs.New().String() // nobody sends it again
	}
	d, wrong := begun(ctx, a, o)
	answer, replayed, err := a.DB.Once(ctx, o.Me.ID.String(), key, "prepared "+o.Hash(), func(tx *db.Tx) ([]byte, error) {
		if wrong != nil { // where it was prepared already, this is not asked
			return nil, wrong
		}
		if err := a.Engine.AddDraft(tx, d); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(`insert into prepared (draft, person, made) values ($1, $2, $3)`, d.ID, o.Me.ID, db.At(a.Now())); err != nil {
			return nil, err
		}
		return json.Marshal(d.ID)
	})
	if err == nil {
		err = json.Unmarshal(answer, &draft)
	}
	return draft, replayed, err
}

// begun is the draft of o, which the engine would take if it were signed.
func begun(ctx context.Context, a *kernel.App, o dossier.Order) (*dossier.Draft, error) {
	var unsigned *fault.Error
	if _, err := a.Engine.Act(ctx, o); !errors.As(err, &unsigned) || unsigned.Code != "dossier.unsigned" {
		return nil, err
	}
	f, err := For(ctx, a, o)
	if err != nil {
		return nil, err
	}
	return &dossier.Draft{Owner: o.Me.ID, Kind: f.kind.Name, KindVersion: f.kind.Version, Body: o.Body, Org: o.Org, Answers: f.answers, Papers: f.papers}, nil
}

// Prepared reports whether a program filled in this draft of a person.
func Prepared(tx *db.Tx, person, draft id.ID) (is bool, err error) {
	err = tx.Row(`select count(*) > 0 from prepared where draft = $1 and person = $2`, draft, person).Scan(&is)
	return is, err
}

// Sent reports whether the dossier of a person was a draft that a program filled in.
func Sent(tx *db.Tx, person, dossier id.ID) (is bool, err error) {
	err = tx.Row(`select count(*) > 0 from prepared p join draft d on d.id = p.draft where p.person = $1 and d.dossier = $2`, person, dossier).Scan(&is)
	return is, err
}
