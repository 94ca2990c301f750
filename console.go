package main

import (
	"context"
	"os/user"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
)

// console writes down, before a command reads everybody's data out of the node,
// that it does and which user of the machine ran it: an act, and a line in the log
// of every person.
func console(ctx context.Context, a *kernel.App, command string) error {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := a.Engine.Note(tx, dossier.Reading{Way: dossier.Console, Purpose: dossier.Purpose(command)}); err != nil {
			return err
		}
		return a.Engine.Record(tx, who.Person{}, "console."+command, 0, map[string]any{"user": name})
	})
}
