// Motcua is the one door to the State: a digital government in one program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // the program stands alone: a small machine may have no zones

	passwords "motcua/kernel/password"
)

// A command is a verb of the program. Data goes to out, messages to err.
type command struct {
	name, args, short, example string
	run                        func(ctx context.Context, c *call) error
}

// A call is one use of a command.
type call struct {
	settings
	flags    *flag.FlagSet
	args     []string
	out, err io.Writer
}

// errUsage is what a wrong call ends with: exit code 2.
var errUsage = errors.New("usage")

func commands() []command {
	return []command{
		{"demo", "", "a small invented nation to try everything on", "motcua demo", demoCommand},
		{"init", "", "first run: tables, keys and a link for the first administrator", "motcua init --dir /var/lib/motcua", initCommand},
		{"serve", "", "serve the portal", "motcua serve --dir /var/lib/motcua --listen 0.0.0.0:8080", serveCommand},
		{"doctor", "", "check the database, ledger, files, projections, disk and clock", "motcua doctor --rebuild", doctorCommand},
		{"backup", "FILE", "one consistent snapshot of database and files", "motcua backup friday.motcua", backupCommand},
		{"restore", "FILE", "fill an empty database and folder from a backup", "motcua restore friday.motcua --db postgres://…", restoreCommand},
		{"export", "CODE FILE", "a dossier with all that proves it, to be checked without this program", "motcua export H26.002-201123-0001 dossier.zip --by ha.le", exportCommand},
		{"rights", "list|approve NUMBER", "roles that wait for a second administrator, and the second one where nobody else is left", "motcua rights list", rightsCommand},
		{"roots", "list|trust FILE|drop SHA256|relist KEY", "authorities outside whose signatures count here, and the list of what the root revoked", "motcua roots trust authority.pem --sha256 3f09…", rootsCommand},
		{"lists", "list|add URL FILE|drop URL|fetch [URL]|bring FILE", "where authorities outside say what they revoked, and how fresh that is", "motcua lists fetch", listsCommand},
		{"token", "create", "a secret that programs use on the API", "motcua token create --login an --life 720h", tokenCommand},
		{"verify", "FILE", "who signed a document, when, and whether the ledger holds it", "motcua verify result.pdf", verifyCommand},
		{"ledger", "watch URL", "look at a node's ledger from outside, and alarm when it was rolled back or rewritten", "motcua ledger watch https://dichvucong.example.vn --state seen.json", ledgerCommand},
		{"handover", "list|connect|end|key", "bodies that keep their own software, and their keys", "motcua handover connect --body H26.001.00037 --way webhook --to https://…", handoverCommand},
		{"listen", "", "show signed webhooks as they arrive on this machine", "motcua listen --secret whsec_… --to http://localhost:3000/in", listenCommand},
		{"trigger", "EVENT", "send an example event to one of your webhooks", "motcua trigger dossier.filed --webhook ID --url https://…", triggerCommand},
		{"procedure", "check FILE…", "name every fault of a procedure's file", "motcua procedure check birth.yaml", procedureCommand},
		{"import", "dossiers|bodies|people|procedures FILE", "bring in what other software has", "motcua import dossiers friday.ndjson --files papers --map words.yaml --by root --dry-run", importCommand},
		{"merge", "--on DAY", "give the work of bodies that ended to their successors", "motcua merge --pack vn2025 --on 2025-07-01 --by root --dry-run", mergeCommand},
		{"sync", "send FILE | watch DIR | compare FILE", "report a body's dossiers to a portal, from files of NDJSON, and compare what both have", "motcua sync send dossiers.ndjson --url https://dvc.example.vn --token …", syncCommand},
		{"version", "", "what this program is, and of what libraries it is made", "motcua version --sbom", versionCommand},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintf(os.Stderr, "motcua: %v\n", err)
		os.Exit(1)
	}
	if slices.Equal(os.Args[1:], []string{hashes}) { // until its input ends: whoever stops the program it works for stops that one first
		if err := passwords.Work(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(runAs(ctx, self, os.Args[1:], os.Stdout, os.Stderr))
}

// hashes is the word by which the program starts itself to hash passwords.
const hashes = "hash"

// runAs is the whole program. self is its file, by which it starts itself again;
// without one it does all in this process.
func runAs(ctx context.Context, self string, args []string, out, errs io.Writer) int {
	all := commands()
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(out)
		return 0
	}
	i := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] })
	if i < 0 {
		fmt.Fprintf(errs, "motcua: there is no command %q; motcua help lists them\n", args[0])
		return 2
	}
	cmd := all[i]
	c := &call{settings: defaults(), flags: flag.NewFlagSet(cmd.name, flag.ContinueOnError), out: out, err: errs}
	c.self = self
	c.flags.SetOutput(errs)
	c.settings.bind(c.flags)
	c.flags.Usage = func() {
		fmt.Fprintf(errs, "Example: %s\n\nmotcua %s %s\n%s\n\n", cmd.example, cmd.name, cmd.args, cmd.short)
		c.flags.PrintDefaults()
	}
	c.args = args[1:]
	err := cmd.run(ctx, c)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintf(errs, "motcua %s: told to stop before it was done\n", cmd.name)
		return 130
	}
	fmt.Fprintf(errs, "motcua %s: %v\n", cmd.name, err)
	return exitCode(err)
}

func usage(w io.Writer) {
	fmt.Fprint(w, "motcua demo        the first thing to try\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  motcua %-10s %-20s %s\n", c.name, c.args, c.short)
	}
	fmt.Fprint(w, "\nmotcua COMMAND --help says more, with an example first.\n")
}

// parse reads the flags, which may stand before and after the words, and then
// the settings.
func (c *call) parse() error {
	rest, words := c.args, []string(nil)
	for {
		if err := c.flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return errUsage
		}
		if c.flags.NArg() == 0 {
			break
		}
		words, rest = append(words, c.flags.Arg(0)), c.flags.Args()[1:]
	}
	c.args = words
	return c.settings.read(c.flags)
}

// want asks for n words after the command.
func (c *call) want(n int) error {
	if len(c.args) != n {
		c.flags.Usage()
		return errUsage
	}
	return nil
}
