package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"motcua/base/pdf"
	"motcua/kernel"
	"motcua/kernel/who"
	"motcua/packs/vn2020"
	assets "motcua/web"
)

// open makes the program ready from its settings.
func open(ctx context.Context, s settings, more ...kernel.System) (*kernel.App, error) {
	pack, err := readPack()
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
	secret, err := nodeSecret(s)
	if err != nil {
		return nil, err
	}
	c := kernel.Config{DB: s.DB, Dir: s.Dir, URL: strings.TrimSuffix(s.URL, "/"), Node: s.Node, Demo: s.demo, SMTP: s.SMTP, From: s.From, Help: s.Help, Secret: secret}
	return kernel.Open(ctx, c, pack, front, append(systems(), more...))
}

// readPack reads the country.
func readPack() (kernel.Pack, error) {
	bodies, err := vn2020.Bodies()
	if err != nil {
		return kernel.Pack{}, err
	}
	list, err := vn2020.Units()
	if err != nil {
		return kernel.Pack{}, err
	}
	units := make([]who.Unit, len(list))
	for i, u := range list {
		units[i] = who.Unit(u)
	}
	types, err := vn2020.TypeNames()
	if err != nil {
		return kernel.Pack{}, err
	}
	country := who.NewCountry(bodies, units, func(t string) string { return types[t] })
	return kernel.ReadPack(vn2020.Files, country, vn2020.PersonID)
}

// nodeSecret reads the 32 bytes that seal the node's keys; the first start makes them.
func nodeSecret(s settings) ([]byte, error) {
	if s.Secret != "" {
		return parseSecret(s.Secret)
	}
	name := filepath.Join(s.Dir, "secret")
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		fresh := make([]byte, 32)
		rand.Read(fresh)
		return fresh, writeDurably(name, []byte(hex.EncodeToString(fresh)+"\n"))
	}
	if err != nil {
		return nil, err
	}
	return parseSecret(string(b))
}

func parseSecret(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("the node's secret is not 64 hexadecimal digits")
	}
	return b, nil
}

// writeDurably writes a file that survives power loss, readable by its owner alone.
func writeDurably(name string, b []byte) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
