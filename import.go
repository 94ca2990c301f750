package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/cutover"
	"motcua/kernel/procedure"
	"motcua/kernel/roll"
	"motcua/kernel/who"
)

// importCommand brings in what other software or a list has: procedures as
// information pages, open cases, bodies, people with their roles. Lines that are
// not taken are reported with their reasons, the others are taken.
func importCommand(ctx context.Context, c *call) error {
	dry := c.flags.Bool("dry-run", false, "write nothing, only report")
	delta := c.flags.Bool("delta", false, "dossiers: bring up to date what was taken over before and nobody worked on here")
	undo := c.flags.String("undo", "", "dossiers: take back the batch of this number")
	files := c.flags.String("files", "", "dossiers: folder of the papers")
	mapping := c.flags.String("map", "", "dossiers: file that says their words in ours (YAML)")
	by := c.flags.String("by", "", "sign-in name of the administrator who does it")
	tongue := c.flags.String("lang", "vi", "language of the reasons: vi, en, fr")
	if err := c.parse(); err != nil {
		return err
	}
	switch {
	case len(c.args) == 2 && c.args[0] == "procedures":
		return importProcedures(ctx, c, c.args[1])
	case len(c.args) == 2 && (c.args[0] == "people" || c.args[0] == "bodies"):
	case len(c.args) == 2 && c.args[0] == "dossiers" && *undo == "", len(c.args) == 1 && c.args[0] == "dossiers" && *undo != "":
	default:
		c.flags.Usage()
		return errUsage
	}
	l, ok := lang.Parse(*tongue)
	if !ok || *by == "" {
		c.flags.Usage()
		return errUsage
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	me, err := administrator(ctx, a, *by)
	if err != nil {
		return err
	}
	voice := a.Voice(l, "")
	switch c.args[0] {
	case "bodies":
		return importBodies(ctx, c, &roll.Bodies{App: a, By: me, Voice: voice, DryRun: *dry}, c.args[1])
	case "people":
		return importPeople(ctx, c, &roll.People{App: a, By: me, Voice: voice, DryRun: *dry}, c.args[1])
	}
	x := &cutover.Dossiers{App: a, By: me, Voice: voice, DryRun: *dry, Delta: *delta}
	if *undo != "" {
		return undoBatch(ctx, c, x, *undo)
	}
	if *mapping != "" {
		b, err := os.ReadFile(*mapping)
		if err != nil {
			return err
		}
		if x.Mapping, err = cutover.ReadMapping(*mapping, b); err != nil {
			return err
		}
	}
	if *files != "" {
		if x.Files, err = os.OpenRoot(*files); err != nil {
			return err
		}
		defer x.Files.Close()
	}
	return withRejects(c.args[1], func(f *os.File, reject func(cutover.Reject)) error {
		x.Reject = reject
		x.Step = func(r cutover.Report) {
			fmt.Fprintf(c.err, "\r%d lines, %d new, %d rejected ", r.Lines, r.Fresh, r.Rejected)
		}
		err := x.Run(ctx, f, c.args[1])
		fmt.Fprintln(c.err)
		if err != nil {
			return err
		}
		b, err := json.Marshal(x.Report)
		fmt.Fprintln(c.out, string(b))
		return err
	})
}

// administrator is who does it: what he does not administer, he may not bring in.
func administrator(ctx context.Context, a *kernel.App, login string) (p who.Person, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = a.Book.ByLogin(tx, login)
		return err
	})
	if err == nil && !p.Holds(who.Admin) {
		err = fmt.Errorf("%s is no administrator: %w", login, fault.New(fault.Forbidden, "web.notyours"))
	}
	return p, err
}

// withRejects opens a file and beside it NAME.rejects.ndjson, for the lines that are not taken.
func withRejects(name string, run func(*os.File, func(cutover.Reject)) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	out, err := os.OpenFile(name+".rejects.ndjson", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // names of people may stand in it
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	var bad error
	err = run(f, func(r cutover.Reject) {
		b, err := json.Marshal(r)
		if err == nil {
			_, err = w.Write(append(b, '\n'))
		}
		bad = errors.Join(bad, err)
	})
	return errors.Join(err, bad, w.Flush(), out.Close())
}

// importPeople brings officials and their roles in. The links with which they
// set their first passwords go to NAME.links.csv, which its owner alone may read.
func importPeople(ctx context.Context, c *call, p *roll.People, name string) error {
	out, err := os.OpenFile(name+".links.csv", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	links := csv.NewWriter(out)
	p.Invite = func(name, login, link string) { // each at once: an account whose link is lost needs another
		links.Write([]string{login, name, link})
		links.Flush()
	}
	err = withRejects(name, func(f *os.File, reject func(cutover.Reject)) error {
		p.Reject = reject
		if err := p.Run(ctx, f); err != nil {
			return said(p.Voice, err)
		}
		b, err := json.Marshal(p.Report)
		fmt.Fprintln(c.out, string(b))
		return err
	})
	return errors.Join(err, links.Error(), out.Close())
}

// said is what is wrong with a whole list, in the person's language.
func said(v lang.Voice, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return err
	}
	all := []error{}
	for _, x := range f.Fields {
		all = append(all, errors.New(v.T(x.Code, x.Args...)))
	}
	return errors.Join(all...)
}

// importBodies brings in bodies that the pack does not have.
func importBodies(ctx context.Context, c *call, p *roll.Bodies, name string) error {
	return withRejects(name, func(f *os.File, reject func(cutover.Reject)) error {
		p.Reject = reject
		if err := p.Run(ctx, f); err != nil {
			return said(p.Voice, err)
		}
		b, err := json.Marshal(p.Counted)
		fmt.Fprintln(c.out, string(b))
		return err
	})
}

func undoBatch(ctx context.Context, c *call, x *cutover.Dossiers, batch string) error {
	n, err := id.Parse(batch)
	if err != nil {
		return err
	}
	undone, kept, err := x.Undo(ctx, n)
	for _, code := range kept {
		fmt.Fprintf(c.out, "%s: somebody has worked on it, it stays\n", code)
	}
	fmt.Fprintf(c.err, "%d undone, %d kept.\n", undone, len(kept))
	return err
}

func importProcedures(ctx context.Context, c *call, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, rejected := procedure.ImportCSV(f)
	for _, r := range rejected {
		fmt.Fprintf(c.out, "%s:%d: %s\n", name, r.Line, r.Reason)
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
