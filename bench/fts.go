package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "motcua/base/db" // its driver "sqlite"
	"motcua/base/lang"
	"motcua/kernel/find"
)

// fts is the peer: SQLite's FTS5 over texts folded like ours, its prefixes
// indexed, the same weights of fields. It first asks for all words, and then,
// to fill the page, for any; the last word is a prefix.
type fts struct {
	dir     string
	db      *sql.DB
	clients []*sql.Stmt
	conns   []*sql.Conn
}

func newFTS(entries []find.Entry, clients int) (*fts, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	p := &fts{dir: dir}
	if err := p.fill(entries, clients); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *fts) fill(entries []find.Entry, clients int) (err error) {
	ctx := context.Background()
	if p.db, err = sql.Open("sqlite", filepath.Join(p.dir, "fts.db")+"?_pragma=journal_mode(wal)&_pragma=cache_size(-32000)&_pragma=mmap_size(268435456)"); err != nil {
		return err
	}
	tx, err := p.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, q := range []string{
		`create virtual table f using fts5(code unindexed, title, words, summary, tokenize = 'unicode61', prefix = '1 2 3')`,
		`insert into f (f, rank) values ('rank', 'bm25(0, 3, 3, 1)')`,
	} {
		if _, err := tx.Exec(q); err != nil {
			return err
		}
	}
	for _, e := range entries {
		_, err := tx.Exec(`insert into f (code, title, words, summary) values ($1, $2, $3, $4)`, e.Code,
			lang.Fold(spelled(e.Title)), lang.Fold(strings.Join(e.Words, " ")), lang.Fold(spelled(e.Summary)))
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`insert into f (f) values ('optimize')`); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for range clients {
		c, err := p.db.Conn(ctx)
		if err != nil {
			return err
		}
		p.conns = append(p.conns, c)
		s, err := c.PrepareContext(ctx, `select code from f where f match $1 order by rank limit $2`)
		if err != nil {
			return err
		}
		p.clients = append(p.clients, s)
	}
	return nil
}

func (p *fts) close() {
	for i, s := range p.clients {
		s.Close()
		p.conns[i].Close()
	}
	if p.db != nil {
		p.db.Close()
	}
	os.RemoveAll(p.dir)
}

// search asks for all words, and with fill for any of them when that is not a page.
func (p *fts) search(client int, q string, limit int, fill bool) ([]string, error) {
	words := strings.Fields(lang.Fold(q))
	if len(words) == 0 {
		return nil, nil
	}
	for i, w := range words {
		words[i] = `"` + w + `"`
	}
	words[len(words)-1] += "*"
	codes, err := p.ask(client, strings.Join(words, " "), limit, nil)
	if err == nil && fill && len(codes) < limit && len(words) > 1 {
		codes, err = p.ask(client, strings.Join(words, " OR "), limit, codes)
	}
	return codes, err
}

func (p *fts) ask(client int, match string, limit int, codes []string) ([]string, error) {
	rows, err := p.clients[client].Query(match, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() && len(codes) < limit {
		var code string
		if err := rows.Scan(&code); err != nil {
			return nil, err
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes, rows.Err()
}
