package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	calls "motcua/base/call"
	"motcua/base/ui"
	"motcua/cmd/sandboxbank/bank"
	"motcua/cmd/sandboxregister/people"
	"motcua/systems/demo"
)

// demoCommand serves a small invented nation, founding it if the folder is new.
func demoCommand(ctx context.Context, c *call) error {
	quiet := c.flags.Bool("quiet", false, "no simulation")
	asJSON := c.flags.Bool("json", false, "first print one line of JSON: url and people with tokens")
	lan := c.flags.Bool("lan", false, "open it to the local network and print a QR code for a phone")
	count := c.flags.Int("dossiers", 2000, "how many dossiers to invent")
	c.flags.Lookup("dir").DefValue = "demo"
	if err := c.parse(); err != nil {
		return err
	}
	said := map[string]bool{}
	c.flags.Visit(func(f *flag.Flag) { said[f.Name] = true })
	if !said["dir"] {
		c.Dir = "demo"
	}
	if !said["db"] {
		c.DB = filepath.Join(c.Dir, "motcua.db")
	}
	if err := demoFolder(c.Dir); err != nil {
		return err
	}
	address := c.Listen
	if *lan {
		_, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return err
		}
		address = ":" + port
		c.URL = "http://" + net.JoinHostPort(lanAddress(), port)
	}
	c.demo = true
	slog.SetDefault(slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	l, err := listen(address)
	if err != nil {
		return err
	}
	if !said["url"] && !*lan {
		c.URL = "http://" + l.Addr().String()
	}
	pays, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, l.Close())
	}
	knows, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, l.Close(), pays.Close())
	}
	c.RegisterURL, c.RegisterSecret = "http://"+knows.Addr().String(), calls.NewSecret().String()
	c.BusinessURL, c.BusinessSecret = c.RegisterURL, c.RegisterSecret // one invented machine is both
	c.PayURL, c.PayMerchant, c.PaySecret = "http://"+pays.Addr().String(), "demo", rand.Text()
	clock, err := demo.OpenClock(filepath.Join(c.Dir, "clock"))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	c.now = clock.Now
	a, err := open(ctx, c.settings, demo.System(clock, c.copy))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer a.Close()
	a.Jobs.Now, a.Calls.Now = clock.Now, clock.Now
	nation, err := demo.Found(ctx, a)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	sandbox(work, pays, c.settings)
	if err := sandboxRegister(work, knows, c.settings, clock.Now); err != nil {
		return errors.Join(err, l.Close())
	}
	if nation.Fresh() {
		fmt.Fprintf(c.err, "Founding a small nation in %s …\n", c.Dir)
		if err := nation.Seed(work, min(150, *count), *count); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	links, tokens, err := nation.Links(ctx)
	if err != nil {
		return err
	}
	return serveOn(ctx, a, l, func(net.Addr) {
		if *asJSON {
			type person struct {
				Name  string `json:"name"`
				Role  string `json:"role"`
				Login string `json:"login"`
				Token string `json:"token"`
			}
			var people []person
			for _, p := range nation.People {
				people = append(people, person{p.Name, p.Role, links[p.Role], tokens[p.Role]})
			}
			b, _ := json.Marshal(map[string]any{"url": a.URL, "people": people})
			fmt.Fprintln(c.out, string(b))
		}
		fmt.Fprintf(c.err, "\n  motcua demo: everything in it is invented\n\n  %-12s %s\n", "portal", a.URL)
		for _, p := range nation.People {
			fmt.Fprintf(c.err, "  %-12s %s\n", p.Role, links[p.Role])
		}
		fmt.Fprintf(c.err, "  %-12s %s\n", "bank", c.PayURL)
		fmt.Fprintf(c.err, "  %-12s %s/demo/outbox\n  %-12s %s/demo/cheat\n\n  Each link shows a page with one button and works once. Ctrl-C ends.\n\n", "mail, SMS", a.URL, "cheat", a.URL)
		if *lan {
			fmt.Fprintln(c.err, ui.Blocks(a.URL))
		}
		if !*quiet {
			var mu sync.Mutex
			go nation.Live(work, func(line string) {
				mu.Lock()
				defer mu.Unlock()
				fmt.Fprintf(c.err, "  %s  %s\n", time.Now().Format("15:04:05"), line)
			})
		}
	})
}

// sandbox serves the invented bank at which the demo's fees are paid.
func sandbox(ctx context.Context, l net.Listener, s settings) {
	b := bank.New(bank.Settings{URL: s.PayURL, Merchant: s.PayMerchant, Secret: s.PaySecret})
	server := &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l)
	go b.Run(ctx.Done())
	context.AfterFunc(ctx, func() { server.Close() })
}

// sandboxRegister serves the invented population register that the demo's levels rest on.
func sandboxRegister(ctx context.Context, l net.Listener, s settings, now func() time.Time) error {
	r, err := people.New(people.Settings{Secret: s.RegisterSecret, Now: now})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l)
	context.AfterFunc(ctx, func() { server.Close() })
	return nil
}

// demoFolder makes the folder of a demo; one that holds anything else is refused.
func demoFolder(dir string) error {
	mark := filepath.Join(dir, "this-is-a-demo")
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s holds something that is not a demo; name another folder with --dir", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte("All that is here is invented. Delete the folder to begin anew.\n"), 0o600)
}

// lanAddress is this machine's address on the local network.
func lanAddress() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	return "127.0.0.1"
}
