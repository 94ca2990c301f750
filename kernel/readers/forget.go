package readers

import (
	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// forget drops whom an erased dossier named.
func forget(*kernel.App) kernel.Keeps {
	return kernel.Keeps{Forget: func(tx *db.Tx, p who.Person, d id.ID) ([]string, error) {
		_, err := tx.Exec(`delete from readers_named where dossier = $1`, d)
		return nil, err
	}}
}
