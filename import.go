package main

import (
	"context"
	"fmt"
	"os"

	"motcua/base/db"
	"motcua/kernel/procedure"
)

// importCommand loads procedures as information pages; lines that are not
// taken are reported with their reasons, the others are.
func importCommand(ctx context.Context, c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 2 || c.args[0] != "procedures" {
		c.flags.Usage()
		return errUsage
	}
	f, err := os.Open(c.args[1])
	if err != nil {
		return err
	}
	defer f.Close()
	rows, rejected := procedure.ImportCSV(f)
	for _, r := range rejected {
		fmt.Fprintf(c.out, "%s:%d: %s\n", c.args[1], r.Line, r.Reason)
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := procedure.StoreInfos(ctx, a.DB, rows, a.Now()); err != nil {
		return err
	}
	if err := a.DB.Write(ctx, func(tx *db.Tx) error { return tx.Bump("find") }); err != nil {
		return err
	}
	fmt.Fprintf(c.err, "%d procedures loaded, %d lines rejected.\n", len(rows), len(rejected))
	return nil
}
