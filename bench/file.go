package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
func file(args []string) (*Result, bool, error) {
	c := common{}
	f := c.flags("file")
	f.Lookup("turn").DefValue = "2s"
	keep := f.Int("n", 0, "not used: turns are of fixed length")
	if err := f.Parse(args); err != nil {
		return nil, false, err
	}
	_ = keep
	if c.turn < 2*time.Second {
		c.turn = 2 * time.Second // the kernel counts a child's CPU in steps of 10 ms
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	ours, err := start(filepath.Join(dir, "ours"), "", 0, 0)
	if err != nil {
		return nil, false, err
	}
	defer ours.in.Close()
	peer, err := start(filepath.Join(dir, "peer"), "", 1, 0)
	if err != nil {
		return nil, false, err
	}
	defer peer.in.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 30 * time.Second}
	var acked sync.Map // id → true
	arms := Arms{Ours: filing(client, ours, &acked), Peer: filing(client, peer, nil)}
	if err := arms.Ours.do(0, 0); err != nil {
		return nil, false, err
	}
	bare, err := newBare(filepath.Join(dir, "ours", "bench.db"), filepath.Join(dir, "limit.db"))
	if err != nil {
		return nil, false, err
	}
	defer bare.close()
	arms.Limit.do = func(int, int) error { return bare.commit() }
	r := &Result{Work: "file", More: map[string]float64{"clients": float64(c.clients)}, Notes: bare.rows}
	if err := c.measure(r, arms); err != nil {
		return nil, false, err
	}
	wait, err := c.waits(arms.Ours, 0, c.turn)
	if err != nil {
		return nil, false, err
	}
	r.More["p50_ms"], r.More["p99_ms"] = quantile(wait, 0.5), quantile(wait, 0.99)
	if r.Durable, err = durable(ours, filepath.Join(dir, "ours", "bench.db"), client, &acked); err != nil {
		return nil, false, err
	}
	return r, c.json, nil
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
func durable(c *child, name string, client *http.Client, acked *sync.Map) (bool, error) {
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
	d, err := sql.Open("sqlite", name)
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

// bare commits copies of one filing's rows in groups, as fast as the database goes.
type bare struct {
	rows  []string // "table: columns"
	d     *sql.DB
	queue chan chan error
	done  chan struct{}
}

// tables are those in which a filing leaves rows, with the columns that must differ in every copy.
var tables = map[string][]string{
	"act": {"id", "dossier"}, "dossier": {"id", "code"}, "ledger_open": {"act"}, "figure_open": {"id"}, "once": {"key"}, "post": {"id"}, "job": {"key", "id"},
}

type copied struct {
	insert string
	values []any
	fresh  []int // positions that must differ
}

// newBare learns the rows of the latest filing in from, and makes an empty database with the same tables.
func newBare(from, to string) (*bare, error) {
	ctx := context.Background()
	src, err := sql.Open("sqlite", from)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	d, err := sql.Open("sqlite", "file:"+to+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	b := &bare{d: d, queue: make(chan chan error, 1024), done: make(chan struct{})}
	schema, err := src.Query(`select tbl_name, sql from sqlite_master where sql is not null order by type desc`)
	if err != nil {
		return nil, err
	}
	for schema.Next() {
		var table, text string
		if err := schema.Scan(&table, &text); err != nil {
			return nil, err
		}
		if tables[table] != nil {
			if _, err := d.Exec(text); err != nil {
				return nil, err
			}
		}
	}
	if err := schema.Close(); err != nil {
		return nil, err
	}
	var copies []copied
	for _, table := range []string{"dossier", "act", "ledger_open", "figure_open", "once", "post", "job"} {
		rows, err := src.QueryContext(ctx, `select * from `+table+` order by rowid desc limit 1`)
		if err != nil {
			return nil, err
		}
		names, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		c := copied{insert: `insert into ` + table + ` (` + strings.Join(names, ", ") + `) values (?` + strings.Repeat(", ?", len(names)-1) + `)`, values: make([]any, len(names))}
		into := make([]any, len(names))
		for i := range into {
			into[i] = &c.values[i]
			for _, f := range tables[table] {
				if names[i] == f {
					c.fresh = append(c.fresh, i)
				}
			}
		}
		if rows.Next() {
			err = rows.Scan(into...)
		} else if table == "ledger_open" || table == "figure_open" { // taken on already: their rows are small
			c.values = placeholders(names)
		} else {
			c.insert = ""
		}
		rows.Close()
		if err != nil {
			return nil, err
		}
		if c.insert != "" {
			copies = append(copies, c)
			b.rows = append(b.rows, table+": "+strings.Join(names, ", "))
		}
	}
	go b.run(copies)
	return b, nil
}

func placeholders(names []string) []any {
	v := make([]any, len(names))
	for i := range v {
		v[i] = strings.Repeat("x", 12)
	}
	return v
}

func (b *bare) run(copies []copied) {
	defer close(b.done)
	statements := make([]*sql.Stmt, len(copies))
	for i, c := range copies {
		s, err := b.d.Prepare(c.insert)
		if err != nil {
			panic(err)
		}
		statements[i] = s
	}
	n := int64(1 << 40)
	for first := range b.queue {
		group := []chan error{first}
	more:
		for len(group) < 512 {
			select {
			case w, ok := <-b.queue:
				if !ok {
					break more
				}
				group = append(group, w)
			default:
				break more
			}
		}
		tx, err := b.d.Begin()
		for range group {
			n++
			for i, c := range copies {
				values := append([]any(nil), c.values...)
				for _, at := range c.fresh {
					if _, text := values[at].(string); text {
						values[at] = fmt.Sprintf("H26.002.00061-20261122-%07d", n)
					} else {
						values[at] = n
					}
				}
				if err == nil {
					_, err = tx.Stmt(statements[i]).Exec(values...)
				}
			}
		}
		if err == nil {
			err = tx.Commit()
		}
		for _, w := range group {
			w <- err
		}
	}
}

func (b *bare) commit() error {
	w := make(chan error, 1)
	b.queue <- w
	return <-w
}

func (b *bare) close() { close(b.queue); <-b.done; b.d.Close() }
