package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// file measures one filing: a signed-in program sends a complete dossier with an
// idempotency key and gets its code once it is durable.
//
// ours is the product over a real socket, its jobs and ledger included. peer is
// the same with one commit per filing. limit is a bare group commit, in this
// process, of the very rows that one filing leaves: no HTTP, no checks, no ledger.
func file(b *bench) error {
	if err := b.begin(nil); err != nil {
		return err
	}
	ours, err := b.start("ours", 0)
	if err != nil {
		return err
	}
	peer, err := b.startWith("peer", "--group", "1")
	if err != nil {
		return err
	}
	client := filer()
	var acked sync.Map // id → true
	arms := Arms{Ours: filing(client, ours, &acked), Peer: filing(client, peer, nil)}
	if err := arms.Ours.do(0, 0); err != nil {
		return err
	}
	bare, err := newBare(ours.base, filepath.Join(b.dir, "limit.db"))
	if err != nil {
		return err
	}
	defer bare.close()
	arms.Limit = Arm{do: func(int, int) error { return bare.commit() }, used: func() time.Duration { return used() + b.pg.used() }}
	b.Notes = bare.rows
	if err := b.measure(arms); err != nil {
		return err
	}
	wait, err := b.waits(arms.Ours, 0, b.turn)
	if err != nil {
		return err
	}
	b.More["p50_ms"], b.More["p99_ms"] = quantile(wait, 0.5), quantile(wait, 0.99)
	b.Durable, err = durable(ours, client, &acked)
	return err
}

// filer is a client that many file with.
func filer() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 30 * time.Second}
}

// filing is an arm that files through HTTP; acked keeps what was acknowledged.
func filing(client *http.Client, c *child, acked *sync.Map) Arm {
	var n atomic.Int64
	return Arm{used: c.used, do: func(int, int) error {
		q, err := http.NewRequest("POST", c.URL+"/api/v1/dossiers", bytes.NewReader(c.Body))
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", "Bearer "+c.Token)
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Idempotency-Key", fmt.Sprintf("bench-%d", n.Add(1)))
		a, err := client.Do(q)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		if err != nil {
			return err
		}
		if a.StatusCode != http.StatusCreated {
			return fmt.Errorf("filing: %s: %.300s", a.Status, b)
		}
		if acked != nil {
			var d struct{ Code string }
			if err := json.Unmarshal(b, &d); err != nil {
				return err
			}
			acked.Store(d.Code, true)
		}
		return nil
	}}
}

// durable kills the server in the middle of filing and looks for everything it acknowledged.
func durable(c *child, client *http.Client, acked *sync.Map) (bool, error) {
	arm := filing(client, c, acked)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for arm.do(0, 0) == nil {
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	err := c.kill()
	all.Wait()
	if err != nil {
		return false, err
	}
	d, err := c.base.open()
	if err != nil {
		return false, err
	}
	defer d.Close()
	lost := 0
	acked.Range(func(code, _ any) bool {
		var n int
		if err = d.QueryRow(`select count(*) from dossier where code = $1`, code).Scan(&n); err != nil {
			return false
		}
		if n != 1 {
			lost++
		}
		return true
	})
	if lost > 0 {
		err = fmt.Errorf("%d acknowledged dossiers were lost or doubled", lost)
	}
	return err == nil, err
}
