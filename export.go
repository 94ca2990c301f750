package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"motcua/base/db"
	"motcua/kernel/dossier"
	"motcua/kernel/export"
	"motcua/kernel/paper"
	"motcua/kernel/who"
)

// exportCommand writes a dossier with all that proves it, as an official who may
// read it; the reading is recorded as one at the console.
func exportCommand(ctx context.Context, c *call) error {
	login := c.flags.String("by", "", "login of the person who may read the dossier")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 2 || *login == "" {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	var me who.Person
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		me, err = a.Book.ByLogin(tx, *login)
		return err
	})
	if err != nil {
		return err
	}
	d, _, err := a.Engine.Coded(ctx, c.args[0])
	if err != nil {
		return err
	}
	d, k, err := a.Engine.See(dossier.Through(ctx, dossier.Console), me, d.ID)
	if err != nil {
		return err
	}
	all, err := export.Make(ctx, a, paper.NewPress(a), d, k, dossier.Official(me, d))
	if err != nil {
		return err
	}
	b, err := export.Zip(all, time.Now())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.args[1], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		fmt.Fprintf(c.err, "%s: %d files. Check it with: python3 docs/verify-export.py %s\n", c.args[1], len(all), c.args[1])
	}
	return err
}
