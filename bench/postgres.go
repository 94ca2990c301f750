package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"motcua/base/db/dbtest"
)

// A postgres is a server for the databases of a work.
type postgres struct {
	server string // url
	folder string // "": somebody else's server
	pid    int
	end    func() error
}

// openPostgres starts a server of our own on the disk, durable as it comes, or takes the one at a url.
func openPostgres(kind string) (*postgres, error) {
	if kind != "postgres" {
		return &postgres{server: kind}, nil
	}
	dir, err := os.MkdirTemp("", "bench-postgres")
	if err != nil {
		return nil, err
	}
	p := &postgres{folder: dir}
	if p.server, p.end, err = dbtest.Serve(dir, "-c shared_buffers=512MB -c max_wal_size=4GB -c max_connections=200"); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	p.pid, err = strconv.Atoi(first)
	return p, err
}

func (p *postgres) stop() {
	if p.folder != "" {
		p.end()
		os.RemoveAll(p.folder)
	}
}

// database makes an empty database and gives its url.
func (p *postgres) database(name string) (string, error) {
	d, err := sql.Open("pgx", p.server)
	if err != nil {
		return "", err
	}
	defer d.Close()
	name = fmt.Sprintf("bench_%s_%d", name, time.Now().UnixNano())
	if _, err := d.ExecContext(context.Background(), "create database "+name+" template template0"); err != nil {
		return "", err
	}
	u, err := url.Parse(p.server)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// used is the CPU of the server and all its processes.
func (p *postgres) used() time.Duration {
	if p == nil {
		return 0
	}
	return usedBy(p.pid)
}

// usedBy is the CPU of a process and of those it started, those that have ended too.
func usedBy(pid int) (all time.Duration) {
	if pid == 0 {
		return 0
	}
	own := strconv.Itoa(pid)
	for _, name := range family(pid) {
		switch f := stat("/proc/" + name + "/stat"); {
		case len(f) < 15: // it ended meanwhile
		case name == own:
			all += ticks(f[11], f[12], f[13], f[14])
		default:
			all += ticks(f[11], f[12])
		}
	}
	return all
}

// family is the numbers of a process and of those it started.
func family(pid int) (all []string) {
	own := strconv.Itoa(pid)
	processes, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range processes {
		n := filepath.Base(filepath.Dir(name))
		if f := stat(name); n == own || len(f) > 1 && f[1] == own {
			all = append(all, n)
		}
	}
	return all
}

// stat is what /proc says of a process, from its state on: the parent is at 1, CPU in user and kernel at 11 and 12.
func stat(name string) []string {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
}

// ticks adds up times of /proc, in steps of 10 ms.
func ticks(all ...string) (sum time.Duration) {
	for _, s := range all {
		n, _ := strconv.Atoi(s)
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// A database is where a child keeps its rows.
type database struct {
	url string
	pg  *postgres // nil: a file of SQLite
}

func (d database) open() (*sql.DB, error) {
	if d.pg != nil {
		return sql.Open("pgx", d.url)
	}
	return sql.Open("sqlite", "file:"+d.url+"?mode=ro")
}

// count is how many rows a table has.
func (d database) count(table string) (n int, err error) {
	c, err := d.open()
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return n, c.QueryRow("select count(*) from " + table).Scan(&n)
}

// weigh is the database's bytes without its ledger for each byte of JSON, and
// the ledger's bytes for each dossier: the bodies of the batches' acts.
func (d database) weigh(json int64, n int) (ratio, ledger float64, err error) {
	c, err := d.open()
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	var acts, all int64
	if err = c.QueryRow(`select coalesce(sum(length(body)), 0) from act where act = 'mirror.batch'`).Scan(&acts); err != nil {
		return 0, 0, err
	}
	if d.pg != nil {
		err = c.QueryRow(`select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`).Scan(&all)
	} else {
		all, err = pages(c, d.url)
	}
	return float64(all-acts) / float64(json), float64(acts) / float64(n), err
}

// pages is the bytes that an SQLite file uses.
func pages(c *sql.DB, path string) (int64, error) {
	var pages, free, size int64
	for q, into := range map[string]*int64{"page_count": &pages, "freelist_count": &free, "page_size": &size} {
		if err := c.QueryRow("pragma " + q).Scan(into); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return (pages - free) * size, nil
}
