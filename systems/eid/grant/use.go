package grant

import (
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
)

// often is how long a use is not noted again: a person asks what an app did
// last, not how many times.
const often = time.Minute

// Used notes what the party of a request's token just did with a scope. It says
// nothing of what it read: the acts it did are acts.
func Used(r *kernel.Request, scope string) error {
	n, err := id.Parse(r.Session.Label)
	if err != nil || scope == "" {
		return err
	}
	var last db.Time
	var party id.ID
	now := r.App.Now()
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := Live(tx, n)
		if err != nil || len(all) == 0 {
			return err
		}
		party = all[0].Party
		return tx.Row(`select coalesce(max(at), 0) from eid_use where person = $1 and party = $2 and scope = $3`, r.Me.ID, party, scope).Scan(&last)
	})
	if err != nil || party == 0 || now.Sub(last.Time) < often {
		return err
	}
	return r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into eid_use (person, party, scope, at) values ($1, $2, $3, $4)
			on conflict (person, party, scope) do update set at = excluded.at`, r.Me.ID, party, scope, db.At(now))
		return err
	})
}

// A Use is what a party last did with a scope.
type Use struct {
	Scope string
	At    time.Time
}

// Uses are what a party last did for a person, the latest first.
func Uses(tx *db.Tx, person, party id.ID) ([]Use, error) {
	return db.List(tx, func(into func(...any) error) (u Use, err error) {
		var at db.Time
		err = into(&u.Scope, &at)
		u.At = at.Time
		return u, err
	}, `select scope, at from eid_use where person = $1 and party = $2 order by at desc, scope`, person, party)
}
