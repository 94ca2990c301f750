package kernel

import (
	"motcua/base/db"
	"motcua/base/id"
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
