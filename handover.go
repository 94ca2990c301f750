package main

import (
	"context"
	"fmt"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
	"motcua/systems/handover/register"
)

// handoverCommand is the register of bodies that keep their own software, for
// who runs the node: list it, enter a body, end a connection, give a new key.
func handoverCommand(ctx context.Context, c *call) error {
	body := c.flags.String("body", "", "code of the body")
	way := c.flags.String("way", "pull", "pull, webhook or redirect")
	to := c.flags.String("to", "", "address of webhooks, or where applicants go")
	kinds := c.flags.String("kinds", "", "services, such as portal/1.001193 with spaces between; none: all")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) == 0 {
		return c.want(1)
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	r := register.Of(a)
	all, err := r.All(ctx)
	if err != nil {
		return err
	}
	var it register.Connection
	if len(c.args) > 1 {
		n, err := id.Parse(c.args[1])
		for _, x := range all {
			if err == nil && x.ID == n {
				it = x
			}
		}
		if it.ID == 0 {
			return fmt.Errorf("there is no connection %q", c.args[1])
		}
	}
	switch {
	case c.args[0] == "list":
		for _, x := range all {
			until := ""
			if !x.Until.IsZero() {
				until = "until " + x.Until.Format("2006-01-02 15:04")
			}
			fmt.Fprintln(c.out, x.ID, x.Body, x.Way, x.URL, strings.Join(x.Kinds, " "), until)
		}
		return nil
	case c.args[0] == "connect":
		it = register.Connection{Body: *body, Way: register.Way(*way), URL: *to, Kinds: strings.Fields(*kinds)}
	case c.args[0] == "end" && it.ID != 0:
		it.Until = a.Now()
	case c.args[0] == "key" && it.ID != 0:
	default:
		c.flags.Usage()
		return errUsage
	}
	var lines []string
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		lines = nil
		if c.args[0] != "key" {
			made, secret, err := r.Connect(tx, who.Person{}, it)
			if err != nil || c.args[0] == "end" {
				return err
			}
			it = made
			if secret != nil {
				lines = append(lines, "secret "+secret.String())
			}
		}
		key, err := r.Key(tx, who.Person{}, it)
		lines = append(lines, "connection "+it.ID.String(), "key "+key)
		return err
	})
	fmt.Fprint(c.out, strings.Join(append(lines, ""), "\n"))
	return err
}
