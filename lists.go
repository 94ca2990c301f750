package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/lists"
)

// listsCommand is where authorities outside say what they revoked: most sources are
// known from certificates, others are told here. It takes who has the machine.
func listsCommand(ctx context.Context, c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	verb, n := "", len(c.args)
	if n > 0 {
		verb = c.args[0]
	}
	if ok := map[string]bool{"list": n == 1, "add": n == 3, "drop": n == 2, "fetch": n == 1 || n == 2, "bring": n == 2}; !ok[verb] {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := listsDo(ctx, a, verb, append(c.args[1:], "")); err != nil {
		return worded(lang.Voice{Lang: lang.EN, Zone: a.Zone, Catalogue: a.Texts}, err)
	}
	return a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := lists.Sources(tx)
		for _, s := range all {
			state := "no list yet"
			if !s.Ends.IsZero() {
				state = fmt.Sprintf("of %s until %s", s.Began.Format(time.DateTime), s.Ends.Format(time.DateTime))
			}
			if s.Why != "" {
				state += "; tried " + s.Tried.Format(time.DateTime) + ": " + s.Why
			}
			if err == nil {
				_, err = fmt.Fprintf(c.out, "%s  %s  %s\n", s.URL, s.Issuer.Subject.CommonName, state)
			}
		}
		return err
	})
}

func listsDo(ctx context.Context, a *kernel.App, verb string, args []string) error {
	switch verb {
	case "add":
		b, err := readSome(args[1])
		if err != nil {
			return err
		}
		some, err := cert.Read(b)
		if err != nil {
			return err
		}
		return a.DB.Write(ctx, func(tx *db.Tx) error {
			if err := lists.Add(tx, a, args[0], some); err != nil {
				return err
			}
			return noted(tx, a, "keys.list.add", map[string]any{"url": args[0], "issuer": some[0].Subject.String()})
		})
	case "drop":
		return a.DB.Write(ctx, func(tx *db.Tx) error {
			if err := lists.Drop(tx, a, args[0]); err != nil {
				return err
			}
			return noted(tx, a, "keys.list.drop", map[string]any{"url": args[0]})
		})
	case "bring":
		b, err := readSome(args[0])
		if err != nil {
			return err
		}
		l, err := lists.Read(b)
		if err != nil {
			return err
		}
		return a.DB.Write(ctx, func(tx *db.Tx) error {
			if err := lists.Bring(tx, a, l); err != nil {
				return err
			}
			return noted(tx, a, "keys.list.bring", map[string]any{"issuer": l.Issuer.String(), "list": fmt.Sprintf("%x", sha256.Sum256(l.Raw)), "file": fmt.Sprintf("%x", sha256.Sum256(b))})
		})
	case "fetch":
		return lists.Now(ctx, a, args[0])
	}
	return nil
}
