package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/crypto/argon2"
)

// login measures signing in with a password over HTTP: many people, each from an
// address of his own. The limit is argon2id alone with the same cost; the peer is
// the limit again. While people sign in, others read a page: how much longer that
// takes is slower_others.
func login(b *bench) error {
	if err := b.begin(nil); err != nil {
		return err
	}
	k, err := b.start("ours", 0)
	if err != nil {
		return err
	}
	enter := func(client, n int) error {
		who := (client + n*b.clients) % people
		form := url.Values{"login": {fmt.Sprint("person", who)}, "password": {password}}.Encode()
		q, err := http.NewRequest("POST", k.URL+"/sign-in", strings.NewReader(form))
		if err != nil {
			return err
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.1", who))
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
	b.Notes = []string{"limit and peer: argon2id alone, 19 MiB, 2 passes"}
	if err := b.measure(Arms{Limit: hash, Peer: hash, Ours: Arm{do: enter, used: k.used}}); err != nil {
		return err
	}
	reading, err := b.pages(k, "Accept-Encoding: gzip\r\n", func(int, int) string { return "/services/1.001193" })
	if err != nil {
		return err
	}
	calm, err := b.waits(reading, 200, b.turn)
	if err != nil {
		return err
	}
	storm := make(chan error)
	end := make(chan bool)
	for client := range 8 {
		go func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					storm <- nil
					return
				default:
				}
				if err := enter(client, n); err != nil {
					storm <- err
					return
				}
			}
		}()
	}
	busy, err := b.waits(reading, 200, b.turn)
	close(end)
	for range 8 {
		if e := <-storm; e != nil && err == nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	b.More["page_calm_ms"], b.More["page_storm_ms"] = quantile(calm, 0.5), quantile(busy, 0.5)
	b.More["slower_others"] = quantile(busy, 0.5) / quantile(calm, 0.5)
	return nil
}
