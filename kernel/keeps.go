package kernel

import (
	"net/url"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/who"
)

// Keeps is what a system holds of persons beside their dossiers. Each function may
// be nil, and runs in a transaction.
type Keeps struct {
	// Tell is what the person is given of it with his download, as JSON.
	Tell func(tx *db.Tx, p who.Person) (any, error)
	// End ends what his account let others have, when it is closed.
	End func(tx *db.Tx, p who.Person) error
	// Forget deletes what is kept of an erased dossier or, with 0, of the person,
	// and returns the SHA-256 of files that nothing else names.
	Forget func(tx *db.Tx, p who.Person, d id.ID) ([]string, error)
}

// Drops is a system that holds rows of persons and has nothing to tell of them: the
// statements delete those of person $1.
func Drops(statements ...string) func(*App) Keeps {
	return func(*App) Keeps {
		return Keeps{Forget: func(tx *db.Tx, p who.Person, d id.ID) ([]string, error) {
			for _, q := range statements {
				if d != 0 {
					break
				}
				if _, err := tx.Exec(q, p.ID); err != nil {
					return nil, err
				}
			}
			return nil, nil
		}}
	}
}

// Kept are what the systems hold of persons, by the system's name.
func (a *App) Kept() (names []string, all []Keeps) {
	for _, s := range a.Systems {
		if s.Keeps != nil {
			names, all = append(names, s.Name), append(all, s.Keeps(a))
		}
	}
	return names, all
}

// lately is how long ago a person may have signed in for what is not to be done in
// a browser that somebody left open.
const lately = 15 * time.Minute

// Lately leads a person who signed in too long ago to the door and back to this
// page; ok: he signed in lately.
func (r *Request) Lately() (a web.Answer, ok bool, err error) {
	if r.App.Now().Sub(r.Session.Made) <= lately {
		return a, true, nil
	}
	a, err = web.Goto("/sign-in?%s", url.Values{"to": {r.URL.Path}}.Encode())
	return a, false, err
}
