package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// login measures signing in with a password over HTTP. The limit is argon2id
// alone with the same cost; the peer is the limit again. While people sign in,
// others read a page: how much longer that takes is slower_others.
func login(args []string) (*Result, bool, error) {
	c := common{}
	f := c.flags("login")
	if err := f.Parse(args); err != nil {
		return nil, false, err
	}
	c.turn = max(c.turn, 2*time.Second)
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	k, err := start(filepath.Join(dir, "ours"), "", 0, 0)
	if err != nil {
		return nil, false, err
	}
	defer k.in.Close()
	form := url.Values{"login": {"works"}, "password": {password}}.Encode()
	enter := func(int, int) error {
		q, err := http.NewRequest("POST", k.URL+"/sign-in", strings.NewReader(form))
		if err != nil {
			return err
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			return err
		}
		a.Body.Close()
		if a.StatusCode != http.StatusSeeOther {
			return fmt.Errorf("signing in: %s", a.Status)
		}
		return nil
	}
	salt := make([]byte, 16)
	hash := Arm{do: func(int, int) error { argon2.IDKey([]byte(password), salt, 2, 19*1024, 1, 32); return nil }}
	r := &Result{Work: "login", More: map[string]float64{"clients": float64(c.clients)}, Notes: []string{"limit and peer: argon2id alone, 19 MiB, 2 passes"}}
	if err := c.measure(r, Arms{Limit: hash, Peer: hash, Ours: Arm{do: enter, used: k.used}}); err != nil {
		return nil, false, err
	}
	l, err := get(k.URL, c.clients, "Accept-Encoding: gzip\r\n", func(int, int) string { return "/services/1.001193" })
	if err != nil {
		return nil, false, err
	}
	reading := Arm{do: l.do}
	calm, err := c.waits(reading, 200, c.turn)
	if err != nil {
		return nil, false, err
	}
	storm := make(chan error)
	end := make(chan bool)
	for range 8 {
		go func() {
			for {
				select {
				case <-end:
					storm <- nil
					return
				default:
				}
				if err := enter(0, 0); err != nil {
					storm <- err
					return
				}
			}
		}()
	}
	busy, err := c.waits(reading, 200, c.turn)
	close(end)
	for range 8 {
		if e := <-storm; e != nil && err == nil {
			err = e
		}
	}
	if err != nil {
		return nil, false, err
	}
	r.More["page_calm_ms"], r.More["page_storm_ms"] = quantile(calm, 0.5), quantile(busy, 0.5)
	r.More["slower_others"] = quantile(busy, 0.5) / quantile(calm, 0.5)
	return r, c.json, nil
}
