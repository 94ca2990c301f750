package doctor

import (
	"context"
	"fmt"
	"time"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/file"
)

// overdue is how long a file may wait for the scanner before it is a fault.
const overdue = 24 * time.Hour

// scanner asks the malware scanner whether it finds what every scanner knows, and
// counts the files that wait for it.
func scanner(ctx context.Context, a *kernel.App, add func(check string, ok bool, detail string)) error {
	var c file.Counts
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = file.Count(tx)
		return err
	})
	if err != nil {
		return err
	}
	if a.Files.Scanner == nil {
		add("scanner", c.Waiting == 0, fmt.Sprintf("none is named (--scan); %d files wait for one", c.Waiting))
		return nil
	}
	version, bad := a.Files.Scanner.Version(ctx)
	if bad == nil {
		bad = a.Files.Scanner.Test(ctx)
	}
	if bad != nil {
		add("scanner", false, bad.Error())
	} else {
		add("scanner", true, version)
	}
	if c.Waiting > 0 {
		add("scanner", a.Now().Sub(c.Since) < overdue, fmt.Sprintf("%d files wait for it, since %s: %s", c.Waiting, c.Since.Format(time.RFC3339), c.Why))
	}
	if c.Found > 0 {
		add("scanner", true, fmt.Sprintf("%d files that were kept have malware; nobody is given them", c.Found))
	}
	return nil
}
