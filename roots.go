package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/who"
)

// rootsCommand is whom this node's signatures lead to: authorities outside that
// it trusts, and the list of what its own root revoked. It takes who has the
// machine; what he did, and as which of its users, is in the ledger.
func rootsCommand(ctx context.Context, c *call) error {
	sum := c.flags.String("sha256", "", "of trust: the certificate's fingerprint, as its authority publishes it elsewhere")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) == 0 {
		c.flags.Usage()
		return errUsage
	}
	verb := c.args[0]
	if want := map[string]int{"list": 1, "trust": 2, "drop": 2, "relist": 2}[verb]; want != len(c.args) {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	switch verb {
	case "trust":
		err = trustRoot(ctx, a, c.args[1], *sum)
	case "drop":
		err = a.DB.Write(ctx, func(tx *db.Tx) error {
			if err := a.Keys.Distrust(tx, plain(c.args[1])); err != nil {
				return err
			}
			return noted(tx, a, "keys.root.drop", map[string]any{"sha256": plain(c.args[1])})
		})
	case "relist":
		err = relistRoot(ctx, a, c.args[1])
	}
	if err != nil {
		return worded(a.Voice(lang.EN, ""), err)
	}
	return a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := a.Keys.Roots(tx)
		for _, x := range all {
			if err == nil {
				_, err = fmt.Fprintf(c.out, "%x  %s  until %s\n", sha256.Sum256(x.Raw), x.Subject.CommonName, x.NotAfter.Format(time.DateOnly))
			}
		}
		return err
	})
}

// plain is a fingerprint as people copy it: with colons, blanks and capitals.
func plain(sum string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(sum))
}

// trustRoot trusts the root in a file, whose fingerprint must have been learned
// another way: who can swap the file could swap nothing else.
func trustRoot(ctx context.Context, a *kernel.App, name, sum string) error {
	b, err := readSome(name)
	if err != nil {
		return err
	}
	all, err := cert.Read(b)
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return errors.New("the file holds more than one certificate: trust each root by itself")
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(all[0].Raw)); got != plain(sum) {
		return fmt.Errorf("the fingerprint is %s: compare it with what its authority publishes, then say it with --sha256", got)
	}
	now := a.Now()
	if now.Before(all[0].NotBefore) || now.After(all[0].NotAfter) {
		return fmt.Errorf("it holds from %s to %s only", all[0].NotBefore.Format(time.DateOnly), all[0].NotAfter.Format(time.DateOnly))
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		sum, err := a.Keys.Trust(tx, all[0], now)
		if err != nil {
			return err
		}
		return noted(tx, a, "keys.root.trust", map[string]any{"sha256": sum, "name": all[0].Subject.String(), "until": all[0].NotAfter})
	})
}

// relistRoot signs the list of what the node's root revoked anew, for another
// year, with its key from the safe.
func relistRoot(ctx context.Context, a *kernel.App, name string) error {
	key, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := a.Keys.RelistRoot(tx, key, a.Now()); err != nil {
			return err
		}
		return noted(tx, a, "keys.root.relist", map[string]any{})
	})
}

// noted records what was done at the machine, and as which of its users.
func noted(tx *db.Tx, a *kernel.App, act string, body map[string]any) error {
	if u, err := user.Current(); err == nil {
		body["user"] = u.Username
	}
	return a.Engine.Record(tx, who.Person{}, act, 0, body)
}
