package job

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"motcua/base/db"
)

// TakeOver makes the jobs due that the last program of a folder had leased when
// it was killed, and tells how many. Who does jobs there locks a file of it as
// long as he lives and writes his name into it: the lock ends with him, so
// whoever gets it knows that the name in it is that of a dead program. Other
// programs on the same database have folders of their own; their leases stand.
// Where another program lives in the folder nothing is done. free ends the lock.
func TakeOver(ctx context.Context, d *db.DB, file string) (n int64, free func(), err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, nil, fmt.Errorf("who does jobs here: %w", err)
	}
	free = func() { f.Close() }
	if !lock(f) {
		return 0, free, nil
	}
	former, err := io.ReadAll(io.LimitReader(f, 1000))
	if name := strings.TrimSpace(string(former)); err == nil && name != "" && name != d.Holder() {
		err = d.Write(ctx, func(tx *db.Tx) error {
			now := db.At(time.Now())
			n, err = tx.Exec(`update job set at = $1 where holder = $2 and not fresh and at > $3`, now, name, now)
			return err
		})
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(d.Holder()+"\n"), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		free()
		return 0, nil, fmt.Errorf("jobs of the program before: %w", err)
	}
	return n, free, nil
}
