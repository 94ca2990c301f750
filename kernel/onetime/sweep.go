package onetime

import (
	"context"
	"time"

	"motcua/base/db"
	"motcua/kernel"
)

// sweep removes what no limit asks for any more.
func sweep(ctx context.Context, a *kernel.App) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from onetime_code where made < $1`, db.At(a.Now().Add(-48*time.Hour)))
		return err
	})
}
