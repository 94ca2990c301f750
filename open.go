package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	calls "motcua/base/call"
	"motcua/base/clamd"
	"motcua/base/pdf"
	"motcua/kernel"
	passwords "motcua/kernel/password"
	"motcua/kernel/who"
	"motcua/packs/vn2020"
	"motcua/packs/vn2025"
	assets "motcua/web"
)

// open makes the program ready from its settings.
func open(ctx context.Context, s settings, more ...kernel.System) (*kernel.App, error) {
	pack, err := readPack(s.Pack)
	if err != nil {
		return nil, err
	}
	built, err := assets.Load()
	if err != nil {
		return nil, err
	}
	front := kernel.Front{Path: built.Path, Files: built.Handler()}
	if regular, ok := built.Font(false); ok {
		bold, _ := built.Font(true)
		front.Fonts = pdf.Fonts{Regular: regular, Bold: bold}
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	secret, fresh, err := nodeSecret(s.Dir, s.Secret)
	if err != nil {
		return nil, err
	}
	first, err := strconv.ParseInt(s.Codes, 10, 64)
	if err != nil || first < 1 {
		return nil, fmt.Errorf("codes-from: %q is not a number from 1 on", s.Codes)
	}
	reach, err := calls.ParseNetworks(s.Reach)
	if err != nil {
		return nil, fmt.Errorf("reach: %w", err)
	}
	if s.demo { // those who try things out have their receivers on this machine
		reach = append(reach, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	}
	before, err := calls.ParseNetworks(s.Proxy)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	scanner, err := clamd.Parse(s.Scan)
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	if s.recoverAfter, err = time.ParseDuration(s.RecoverAfter); err != nil || s.recoverAfter < time.Hour {
		return nil, fmt.Errorf("recover-after: %q is no time of an hour or more, such as 24h", s.RecoverAfter)
	}
	c := kernel.Config{Scan: scanner, Reach: reach, Before: before, First: first, DB: s.DB, Dir: s.Dir, URL: strings.TrimSuffix(s.URL, "/"), Node: s.Node, Demo: s.demo, SMTP: s.SMTP, From: s.From, Help: s.Help, Secret: secret, Land: "VN", Now: s.now}
	a, err := kernel.Open(ctx, c, pack, front, append(systems(s), more...))
	if err == nil {
		err = guard(a, s)
	}
	if fresh && errors.Is(err, kernel.ErrSecret) {
		err = errors.Join(err, forget(s.Dir))
	}
	return a, err
}

// guard tells what no password may lean on, and where they are hashed.
func guard(a *kernel.App, s settings) (err error) {
	if s.self != "" {
		a.Guard.Elsewhere(s.self, hashes)
	}
	u, err := url.Parse(s.URL)
	if err == nil {
		a.Guard.Words = []string{s.Node, u.Hostname()}
		a.Guard.Breached, err = passwords.Open(s.Breached)
	}
	if err != nil {
		err = errors.Join(err, a.Close())
	}
	return err
}

// readPack reads the country as of the named pack.
func readPack(name string) (kernel.Pack, error) {
	var files fs.FS
	var country *who.Country
	var err error
	switch name {
	case "vn2020":
		files = vn2020.Files
		country, err = vn2020.Country()
	case "vn2025":
		files = vn2025.Files
		country, err = vn2025.Country()
	default:
		err = fmt.Errorf("pack: %q is none; there are vn2020 and vn2025", name)
	}
	if err != nil {
		return kernel.Pack{}, err
	}
	pack, err := kernel.ReadPack(files, country, vn2020.PersonID)
	pack.Law.Orders = "pay/order" // what asks for a fee
	return pack, err
}
