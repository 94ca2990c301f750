package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"motcua/kernel"
	"motcua/kernel/vandal"
)

// copy is a program over what a has now, by backup and restore into a folder of
// its own; done removes it.
func (c *call) copy(ctx context.Context, a *kernel.App) (_ vandal.Copy, done func() error, err error) {
	dir, err := os.MkdirTemp("", "motcua-cheat-")
	if err != nil {
		return vandal.Copy{}, nil, err
	}
	remove := func() error { return os.RemoveAll(dir) }
	b, err := c.copyIn(ctx, a, dir)
	if err != nil {
		return vandal.Copy{}, nil, errors.Join(err, remove())
	}
	return b, func() error { return errors.Join(b.Close(), remove()) }, nil
}

func (c *call) copyIn(ctx context.Context, a *kernel.App, dir string) (b vandal.Copy, err error) {
	backup := filepath.Join(dir, "backup")
	f, err := os.OpenFile(backup, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return b, err
	}
	_, err = writeBackup(ctx, a, f, true)
	if err = errors.Join(err, f.Close()); err != nil {
		return b, err
	}
	to := &call{settings: c.settings, err: io.Discard}
	to.Dir = filepath.Join(dir, "copy")
	to.DB, to.SMTP = filepath.Join(to.Dir, "motcua.db"), ""
	if err := os.MkdirAll(to.Dir, 0o700); err != nil {
		return b, err
	}
	if _, err := to.restore(ctx, backup); err != nil {
		return b, err
	}
	return to.reopen(ctx)
}

// reopen opens the copy in c's folder.
func (c *call) reopen(ctx context.Context) (b vandal.Copy, err error) {
	if b.App, err = open(ctx, c.settings); err != nil {
		return b, err
	}
	if b.Handler, err = b.App.Handler(); err != nil {
		return b, errors.Join(err, b.Close())
	}
	self, err := os.Executable()
	if err != nil {
		return b, errors.Join(err, b.Close())
	}
	b.Serve = func(address string) *exec.Cmd {
		return exec.Command(self, "serve", "--dir", c.Dir, "--db", c.DB, "--url", c.URL, "--node", c.Node, "--pack", c.Pack, "--smtp", "", "--listen", address)
	}
	return b, nil
}
