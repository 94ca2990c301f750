package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"motcua/kernel/witness"
)

// ledgerCommand is for journalists, auditors and other bodies: it needs no
// database and no rights, only the address of a node.
func ledgerCommand(ctx context.Context, c *call) error {
	state := c.flags.String("state", "", "file that remembers what was seen (default: by the address, in this folder)")
	key := c.flags.String("key", "", "public key of the ledger; without one, the key of the first look is trusted")
	every := c.flags.Duration("every", time.Minute, "how often to look")
	once := c.flags.Bool("once", false, "look once and end: 0 all is well, 1 alarm, 5 the node is away")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 2 || c.args[0] != "watch" || *every < time.Second {
		c.flags.Usage()
		return errUsage
	}
	url := c.args[1]
	if *state == "" {
		*state = "ledger-" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
				return r
			}
			return '_'
		}, strings.ToLower(url)) + ".json"
	}
	w, err := witness.Load(*state, url, *key)
	if err != nil {
		return err
	}
	if w.Size == 0 {
		fmt.Fprintln(c.err, "first look: from now on nothing that was shown can be taken back unseen")
	}
	for {
		before := w.Size
		err := w.Look(ctx)
		alarm := new(witness.Alarm)
		switch {
		case err == nil:
			if err := w.Save(*state); err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s  %d entries, %d new, root %s\n", w.Seen.Format(time.RFC3339), w.Size, w.Size-before, w.Root)
		case errors.As(err, &alarm):
			name, bad := evidence(*state, w, alarm)
			fmt.Fprintf(c.err, "ALARM %v\nThe proof is in %s: both checkpoints are signed by the ledger itself.\n", alarm, name)
			if err := errors.Join(alarm, bad); *once || bad != nil {
				return err
			}
		case *once || ctx.Err() != nil:
			return err
		default:
			fmt.Fprintln(c.err, "not seen:", err)
		}
		if *once {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(*every):
		}
	}
}

// evidence writes what convicts the ledger beside the memory.
func evidence(state string, w *witness.Witness, a *witness.Alarm) (string, error) {
	name := strings.TrimSuffix(state, ".json") + "-alarm-" + w.Now().UTC().Format("20060102T150405Z") + ".txt"
	text := fmt.Sprintf("%s\n%v\n\nkey\n%s\n\nseen %s\n%s\nseen now\n%s", w.URL, a, w.Key, w.Seen.Format(time.RFC3339), a.Before, a.Then)
	return name, os.WriteFile(name, []byte(text), 0o600)
}
