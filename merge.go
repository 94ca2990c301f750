package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"motcua/kernel/merger"
)

// mergeCommand gives the work of bodies that ended to those that carry it on,
// on the day on which a country is ordered anew.
func mergeCommand(ctx context.Context, c *call) error {
	on := c.flags.String("on", "", "the first day of the new order, YYYY-MM-DD")
	by := c.flags.String("by", "", "sign-in name of the node's administrator who does it")
	note := c.flags.String("note", "", "by what law, as it will stand in every dossier")
	dry := c.flags.Bool("dry-run", false, "write nothing, only count")
	if err := c.parse(); err != nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, *on)
	if err != nil || *by == "" || len(c.args) > 0 {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	if today := a.Today(""); !*dry && today < day.Format(time.DateOnly) {
		return fmt.Errorf("today is %s: the bodies of before work until %s", today, *on)
	}
	me, err := administrator(ctx, a, *by)
	if err != nil {
		return err
	}
	m := &merger.Merger{App: a, By: me, On: *on, Note: *note, DryRun: *dry,
		Failed: func(code string, err error) { fmt.Fprintf(c.err, "\n%s stays where it was: %v\n", code, err) },
		Step:   func(s merger.Merged) { fmt.Fprintf(c.err, "\r%d roles, %d dossiers ", s.Roles, s.Dossiers) }}
	sum, err := m.Run(ctx)
	fmt.Fprintln(c.err)
	if err != nil {
		return err
	}
	b, err := json.Marshal(sum)
	fmt.Fprintln(c.out, string(b))
	if err == nil && sum.Failed > 0 {
		err = fmt.Errorf("%d dossiers stay where they were; run it again when what is said of them is mended", sum.Failed)
	}
	return err
}
