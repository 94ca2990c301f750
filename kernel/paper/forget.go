package paper

import (
	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// forget drops which papers of an erased dossier were made; their files go with the dossier's.
func forget(*kernel.App) kernel.Keeps {
	return kernel.Keeps{Forget: func(tx *db.Tx, _ who.Person, d id.ID) ([]string, error) {
		_, err := tx.Exec(`delete from paper where dossier = $1`, d)
		return nil, err
	}}
}
