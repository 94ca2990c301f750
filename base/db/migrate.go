package db

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Migrate brings the tables of one package up to date with the *.sql files in
// the root of files. name is the package's: each has a version table of its
// own. Of several programs that start at once, one migrates and the others wait.
func (d *DB) Migrate(ctx context.Context, name string, files fs.FS) error {
	pool, err := d.migrationPool()
	if err != nil {
		return err
	}
	defer pool.Close()
	dialect := goose.DialectPostgres
	if !d.Postgres() {
		dialect = goose.DialectSQLite3
		files = forSQLite{files}
	}
	p, err := goose.NewProvider(dialect, pool, files,
		goose.WithTableName("goose_"+name), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	free, err := d.hold(ctx, "migrate")
	if err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	defer free()
	if err := newest(ctx, p); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	return nil
}

// newest refuses tables that a later program made: this one does not know what
// they mean.
func newest(ctx context.Context, p *goose.Provider) error {
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	known := int64(0)
	for _, s := range p.ListSources() {
		known = max(known, s.Version)
	}
	if have > known {
		return fmt.Errorf("the tables are of version %d and this program knows %d: a newer program made them, start that one", have, known)
	}
	return nil
}

// migrationPool is one connection beside the others, without their time limits.
func (d *DB) migrationPool() (*sql.DB, error) {
	var pool *sql.DB
	if d.Postgres() {
		conf, err := pgx.ParseConfig(d.url)
		if err != nil {
			return nil, err
		}
		pool = stdlib.OpenDB(*conf)
	} else {
		dsn, err := d.dsn("&_txlock=immediate")
		if err != nil {
			return nil, err
		}
		if pool, err = sql.Open("sqlite", dsn); err != nil {
			return nil, err
		}
	}
	pool.SetMaxOpenConns(1)
	return pool, nil
}

var bigintKey = regexp.MustCompile(`(?i)\bbigint(\s+not\s+null)?\s+primary\s+key\b`)

// forSQLite reads "bigint primary key" as "integer primary key": only so is the
// key the row's own place in the table instead of a second tree beside it. Of
// narrow rows with a key of texts "/* without rowid */" asks for the same.
type forSQLite struct{ fs.FS }

func (f forSQLite) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	b, err := io.ReadAll(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	b = bigintKey.ReplaceAll(b, []byte("integer primary key"))
	return rewritten{file, bytes.NewReader(bytes.ReplaceAll(b, []byte("/* without rowid */"), []byte("without rowid")))}, nil
}

// rewritten is a file whose text is another.
type rewritten struct {
	fs.File
	text io.Reader
}

func (r rewritten) Read(p []byte) (int, error) { return r.text.Read(p) }
