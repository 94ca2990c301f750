package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
	assets "motcua/web"
)

// exitCode is what scripts see: 3 not found, 4 conflict, 5 unavailable, 1 the rest.
func exitCode(err error) int {
	switch fault.Of(err) {
	case fault.NotFound:
		return 3
	case fault.Conflict, fault.Stale:
		return 4
	case fault.Unavailable:
		return 5
	}
	return 1
}

func versionCommand(_ context.Context, c *call) error {
	bill := c.flags.Bool("sbom", false, "what the program is made of, as CycloneDX JSON")
	if err := c.parse(); err != nil {
		return err
	}
	info, _ := debug.ReadBuildInfo()
	if *bill {
		return writeSBOM(c.out, info, assets.Lock)
	}
	fmt.Fprintln(c.out, "motcua", version, info.GoVersion)
	return nil
}

const version = "0.1.0"

// initCommand makes the tables and keys, and a link for the first administrator.
func initCommand(ctx context.Context, c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	link, err := setupLink(ctx, a)
	if err != nil {
		return err
	}
	if link == "" {
		fmt.Fprintln(c.err, "This node has an administrator already; nothing was changed.")
		return nil
	}
	fmt.Fprintln(c.err, "Ready. Start it with: motcua serve")
	fmt.Fprintln(c.err, "The first administrator opens this link within 30 minutes of the start; it closes once there is one:")
	fmt.Fprintln(c.out, link)
	return nil
}

// setupLink is the one-time link of the first administrator, "" when there is one.
func setupLink(ctx context.Context, a *kernel.App) (string, error) {
	n, err := a.Book.Count(ctx, who.Admin)
	if err != nil || n > 0 {
		return "", err
	}
	var secret string
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := a.Sessions.EndAll(tx, web.OneTime, 0); err != nil {
			return err
		}
		secret, err = a.Sessions.Make(tx, web.OneTime, 0, "setup", "first administrator", 30*time.Minute)
		return err
	})
	return a.URL + "/setup/" + secret, err
}

// serveCommand serves until it is told to stop, and then finishes what is under way.
func serveCommand(ctx context.Context, c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(c.err, nil)))
	l, err := listen(c.Listen)
	if err != nil {
		return err
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer a.Close()
	link, err := setupLink(ctx, a)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	return serveOn(ctx, a, l, func(net.Addr) {
		fmt.Fprintln(c.err, "motcua serves on", a.URL)
		if link != "" {
			fmt.Fprintln(c.err, "no administrator yet; for 30 minutes:", link)
		}
	})
}

// listen takes the address, before anything is opened or changed: another
// program may have it. Who comes meanwhile waits instead of being refused.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("another program listens on %s: end it, or choose another address with --listen", address)
	}
	return l, err
}

// serveOn serves a on l and does the node's own work until ctx ends. ready is
// called once connections are answered.
func serveOn(ctx context.Context, a *kernel.App, l net.Listener, ready func(net.Addr)) error {
	h, err := a.Handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	web.Tune()
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { a.Run(work) })
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	ready(l.Addr())
	select {
	case err = <-failed:
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err = s.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
			err = s.Close() // who has not finished sending by now is cut off
		}
		cancel()
	}
	stop()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
