package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/doctor"
	"motcua/kernel/procedure"
)

// mostTold is how many findings of one check are told to a person.
const mostTold = 50

// doctorCommand looks at everything that can be wrong without anybody noticing.
func doctorCommand(ctx context.Context, c *call) error {
	mend := c.flags.Bool("rebuild", false, "recompute dossier rows and figures from the acts")
	asJSON := c.flags.Bool("json", false, "print JSON")
	if err := c.parse(); err != nil {
		return err
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	all, err := doctor.Examine(ctx, a, *mend)
	if err != nil {
		return err
	}
	bad, told := 0, map[string]int{}
	for _, f := range all {
		mark := "ok    "
		if !f.OK {
			mark = "WRONG "
			bad++
			told[f.Check]++
		}
		if !*asJSON && told[f.Check] <= mostTold {
			fmt.Fprintf(c.out, "%s %-14s %s\n", mark, f.Check, f.Detail)
		}
	}
	for _, check := range slices.Sorted(maps.Keys(told)) {
		if more := told[check] - mostTold; more > 0 && !*asJSON {
			fmt.Fprintf(c.out, "WRONG  %-14s and %d more: --json names all\n", check, more)
		}
	}
	if *asJSON {
		if err := json.NewEncoder(c.out).Encode(all); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d things are wrong", bad)
	}
	return nil
}

// tokenCommand makes a secret for a program; it is shown once and kept as a hash.
func tokenCommand(ctx context.Context, c *call) error {
	login := c.flags.String("login", "", "the account that the program acts as")
	life := c.flags.Duration("life", 30*24*time.Hour, "how long it is good for")
	label := c.flags.String("label", "", "what it is for")
	scope := c.flags.String("scope", "read write", "read, or read write")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 1 || c.args[0] != "create" || *login == "" {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	var secret string
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		var n id.ID
		if err := tx.Row(`select id from person where login = $1`, *login).Scan(&n); err != nil {
			return err
		}
		p, err := a.Book.Find(tx, n)
		if err != nil {
			return err
		}
		if secret, err = a.Sessions.Make(tx, web.Token, n, *scope, *label, *life); err != nil {
			return err
		}
		return a.Engine.Record(tx, p, "token.create", n, map[string]any{"label": *label, "scope": *scope, "days": int(*life / (24 * time.Hour))})
	})
	if errors.Is(err, fault.NotFound) {
		return fmt.Errorf("no account has the login %q: %w", *login, fault.NotFound)
	}
	if err == nil {
		fmt.Fprintln(c.out, secret)
	}
	return err
}

// procedureCommand names every fault of procedure files.
func procedureCommand(ctx context.Context, c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) < 2 || c.args[0] != "check" {
		c.flags.Usage()
		return errUsage
	}
	pack, err := readPack(c.Pack)
	if err != nil {
		return err
	}
	bad := 0
	for _, name := range c.args[1:] {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		p, faults := procedure.Parse(name, b, pack.Law)
		for _, f := range faults {
			fmt.Fprintln(c.out, f.Error())
		}
		bad += len(faults)
		if p != nil && len(faults) == 0 {
			fmt.Fprintf(c.out, "%s: %s is right, %d examples\n", name, p.Code, len(p.Examples))
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d faults", bad)
	}
	return nil
}
