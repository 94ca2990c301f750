package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/rights"
)

// rightsCommand shows which roles wait for a second administrator, and lets who
// has the machine be the second one where nobody else is left: the founding of a
// node goes on so after its first administrator.
func rightsCommand(ctx context.Context, c *call) error {
	asJSON := c.flags.Bool("json", false, "list: one JSON object a line")
	if err := c.parse(); err != nil {
		return err
	}
	list := len(c.args) == 1 && c.args[0] == "list"
	if !list && (len(c.args) != 2 || c.args[0] != "approve") {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	if !list {
		n, err := id.Parse(c.args[1])
		if err != nil {
			return fmt.Errorf("%q: %w", c.args[1], fault.New(fault.NotFound, "rights.none"))
		}
		err = a.DB.Write(ctx, func(tx *db.Tx) error { return rights.AtMachine(tx, a, n) })
		return worded(a.Voice(lang.EN, ""), err)
	}
	type line struct {
		Number  id.ID    `json:"number"`
		Person  string   `json:"person"`
		Role    string   `json:"role"`
		Detail  string   `json:"detail,omitempty"` // what exactly, of what is no role
		Body    string   `json:"body"`
		Asked   string   `json:"asked"`
		Expires string   `json:"expires"`
		Able    []string `json:"able"`
	}
	var all []line
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		open, err := rights.Everywhere(tx, a)
		names := map[id.ID]string{}
		for _, k := range open {
			if err == nil {
				err = rights.Named(tx, names, k.Person, k.By)
			}
			if err != nil {
				return err
			}
			able, err := rights.Able(tx, a, k)
			if err != nil && fault.Of(err) != fault.Conflict { // who asked is gone
				return err
			}
			l := line{Number: k.ID, Person: names[k.Person], Role: string(k.Role), Detail: k.Detail, Body: k.Body, Asked: names[k.By], Expires: k.Expires.In(a.Zone).Format("2006-01-02 15:04"), Able: []string{}}
			for _, p := range able {
				l.Able = append(l.Able, p.Login)
			}
			all = append(all, l)
		}
		return err
	})
	for _, l := range all {
		if *asJSON {
			b, err := json.Marshal(l)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.out, string(b))
			continue
		}
		able := strings.Join(l.Able, ", ")
		if able == "" {
			able = "nobody: motcua rights approve " + l.Number.String()
		}
		fmt.Fprintf(c.out, "%s  %s  %s %s  asked by %s  until %s  may be approved by %s\n", l.Number, l.Person, strings.TrimSpace(l.Role+" "+l.Detail), l.Body, l.Asked, l.Expires, able)
	}
	return err
}
