package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

// The rows of one filing as the kernel writes them: a dossier with two indexes
// beside its key, its first act, its place in the ledger's queue, a delta, a job.
var filingTables = []string{
	`create table dossier (id bigint primary key, code text not null unique, person bigint not null, state text not null, due bigint not null, version bigint not null)`,
	`create index dossier_person on dossier (person)`,
	`create table act (id bigint primary key, dossier bigint not null, version bigint not null, act text not null, by bigint not null, at bigint not null, salt bytea not null, body text not null, unique (dossier, version))`,
	`create table ledger_open (act bigint primary key)`,
	`create table delta (id bigint primary key, day text not null, body bigint not null, kind text not null, n bigint not null)`,
	`create table job (name text not null, key text not null, fresh boolean not null, at bigint, body text not null, primary key (name, key, fresh))`,
	`create index job_at on job (at)`,
}

var filingBody = `{"answers":"` + strings.Repeat("Nguyễn Văn Bình ", 85) + `"}`

// file writes the filing number i with exec.
func file(exec func(q string, args ...any) error, i int64) error {
	id := i << 21
	for _, s := range []struct {
		q    string
		args []any
	}{
		{`insert into dossier (id, code, person, state, due, version) values ($1, $2, $3, 'filed', $4, 1)`,
			[]any{id, fmt.Sprintf("H26.%09d", i*7919%1e9), i * 7919 % 1e6, i}},
		{`insert into act (id, dossier, version, act, by, at, salt, body) values ($1, $2, 1, 'file', $3, $4, $5, $6)`,
			[]any{id + 1, id, i, i, []byte("0123456789abcdef0123456789abcdef"), filingBody}},
		{`insert into ledger_open (act) values ($1)`, []any{id + 1}},
		{`insert into delta (id, day, body, kind, n) values ($1, '2026-11-22', $2, 'portal/1.001193', 1)`, []any{id, i % 700}},
		{`insert into job (name, key, fresh, at, body) values ('due', $1, true, $2, 'null')`, []any{fmt.Sprint(id), i + 1e9}},
	} {
		if err := exec(s.q, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// single is one commit per filing: the same pragmas and prepared statements, a lock instead of a queue.
func single(b *testing.B) func(i int64) error {
	conn := bare(b)
	var mu sync.Mutex
	return func(i int64) error {
		mu.Lock()
		defer mu.Unlock()
		if err := conn("begin immediate"); err != nil {
			return err
		}
		if err := file(conn, i); err != nil {
			return err
		}
		return conn("commit")
	}
}

// bareGroup is the least code that commits filings together: no savepoints, no errors, no contexts.
func bareGroup(b *testing.B) func(i int64) error {
	conn := bare(b)
	type wait struct {
		i    int64
		done chan error
	}
	queue := make(chan wait, 512)
	b.Cleanup(func() { close(queue) })
	go func() {
		var group []wait
		for r := range queue {
			group = append(group[:0], r)
			err := conn("begin immediate")
			for more := true; more && err == nil; {
				if err = file(conn, group[len(group)-1].i); len(group) == cap(queue) {
					break
				}
				select {
				case r, more = <-queue:
					if more {
						group = append(group, r)
					}
				default:
					more = false
				}
			}
			if err == nil {
				err = conn("commit")
			}
			for _, r := range group {
				r.done <- err
			}
		}
	}()
	return func(i int64) error {
		done := make(chan error, 1)
		queue <- wait{i, done}
		return <-done
	}
}

// bare is one connection with prepared statements.
func bare(b *testing.B) func(q string, args ...any) error {
	s, err := sql.Open("sqlite", "file:"+dbtest.SQLite(b)+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	s.SetMaxOpenConns(1)
	c, err := s.Conn(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	stmts := map[string]*sql.Stmt{}
	exec := func(q string, args ...any) error {
		st := stmts[q]
		if st == nil {
			var err error
			if st, err = c.PrepareContext(context.Background(), q); err != nil {
				return err
			}
			stmts[q] = st
		}
		_, err := st.ExecContext(context.Background(), args...)
		return err
	}
	for _, q := range filingTables {
		if err := exec(strings.ReplaceAll(q, "bigint primary key", "integer primary key")); err != nil {
			b.Fatal(err)
		}
	}
	return exec
}

// ours is the product's Write.
func ours(b *testing.B) func(i int64) error {
	d := dbtest.Open(b, dbtest.SQLite(b))
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		for _, q := range filingTables {
			if _, err := tx.Exec(strings.ReplaceAll(q, "bigint primary key", "integer primary key")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return func(i int64) error {
		return d.Write(context.Background(), func(tx *db.Tx) error {
			return file(func(q string, args ...any) error { _, err := tx.Exec(q, args...); return err }, i)
		})
	}
}

// BenchmarkFiling compares one commit per filing, the barest group commit and
// ours, in turns on one machine: only the ratios say something.
func BenchmarkFiling(b *testing.B) {
	arms := []struct {
		name string
		open func(*testing.B) func(int64) error
	}{{"single", single}, {"bare", bareGroup}, {"ours", ours}}
	const rounds, turn = 5, 700 * time.Millisecond
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("clients=", clients), func(b *testing.B) {
			var rate, cpu [3]float64
			var next atomic.Int64
			var write [3]func(int64) error
			for i, a := range arms {
				write[i] = a.open(b)
			}
			for round := range rounds {
				for i := range arms {
					i = (i + round) % len(arms)
					n, used := load(b, clients, turn, func() error { return write[i](next.Add(1)) })
					rate[i] += float64(n) / turn.Seconds() / rounds
					cpu[i] += float64(used.Microseconds()) / float64(n) / rounds
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(rate[2]/rate[0], "rate/single")
			b.ReportMetric(rate[2]/rate[1], "rate/bare")
			b.ReportMetric(cpu[2]/cpu[1], "cpu/bare")
			b.ReportMetric(cpu[2], "µs-cpu")
			b.Logf("rate %.0f, µs CPU %.0f of %v", rate, cpu, [3]string{"single", "bare", "ours"})
		})
	}
}

// load runs f from many clients for a while: how often it ran, and the CPU it took.
func load(b *testing.B, clients int, turn time.Duration, f func() error) (n int64, cpu time.Duration) {
	before := usage()
	end := time.Now().Add(turn)
	var all sync.WaitGroup
	var total atomic.Int64
	for range clients {
		all.Go(func() {
			for time.Now().Before(end) {
				if err := f(); err != nil {
					b.Error(err)
					return
				}
				total.Add(1)
			}
		})
	}
	all.Wait()
	return total.Load(), usage() - before
}

func usage() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
