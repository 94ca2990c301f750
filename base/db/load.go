package db

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
)

// Load fills an empty database, whose tables are at the versions of the dump,
// from what Dump wrote on either database. It is one transaction: after a cut
// or changed file, or anything else that fails, the database is empty again.
func (d *DB) Load(ctx context.Context, r io.Reader) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	load := func(t *Tx) error {
		if err := d.unhurried(t); err != nil {
			return err
		}
		return d.load(t, &dumpReader{in: bufio.NewReaderSize(r, 1<<16), hash: sha256.New()})
	}
	var err error
	if d.Postgres() {
		_, err = d.writePostgres(ctx, load)
	} else {
		_, err = d.write.do(ctx, load, alone)
	}
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	return nil
}

func (d *DB) load(t *Tx, in *dumpReader) error {
	var head dumpHeader
	if err := in.next(&head); err != nil {
		return err
	}
	if head.Format != dumpFormat {
		return fmt.Errorf("format %d: this program reads format %d", head.Format, dumpFormat)
	}
	schemas, err := d.schemas(t)
	if err != nil {
		return err
	}
	if !maps.Equal(schemas, head.Schemas) {
		return fmt.Errorf("the dump's tables are of other versions (%v) than this program's (%v): load it with the program that made it, then upgrade", head.Schemas, schemas)
	}
	tables, err := d.shape(t)
	if err != nil {
		return err
	}
	byName := map[string]table{}
	for _, tb := range tables {
		byName[tb.name] = tb
		var n int
		if err := t.Row(`select count(*) from (select 1 as one from ` + tb.name + ` limit 1) as head`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("the database is not empty: table %s has rows", tb.name)
		}
	}
	return in.tables(t, byName)
}

// A dumpReader reads a dump line by line.
type dumpReader struct {
	in   *bufio.Reader
	hash hash.Hash // of the lines before the current one
	last []byte    // the current line, not yet in hash
	line int
}

// next reads one line into v.
func (r *dumpReader) next(v any) error {
	r.hash.Write(r.last)
	b, err := r.in.ReadBytes('\n')
	r.line++
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the file is cut off in line %d", r.line)
	case err != nil:
		return err
	}
	r.last = b
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("line %d: %w", r.line, err)
	}
	return nil
}

// tables reads all that follows the header.
func (r *dumpReader) tables(t *Tx, byName map[string]table) error {
	counts := map[string]int64{}
	var line json.RawMessage
	if err := r.next(&line); err != nil {
		return err
	}
	for {
		var name dumpTable
		if err := json.Unmarshal(line, &name); err != nil {
			return fmt.Errorf("line %d: %w", r.line, err)
		}
		if name.Table == "" {
			return r.end(line, counts)
		}
		tb, ok := byName[name.Table]
		if !ok || !slices.Equal(tb.columns, name.Columns) || !slices.Equal(tb.kinds, name.Kinds) {
			return fmt.Errorf("line %d: table %s is not the one this program has", r.line, name.Table)
		}
		delete(byName, name.Table) // a second time it is unknown
		var err error
		if counts[name.Table], line, err = r.rows(t, tb); err != nil {
			return err
		}
	}
}

// rows reads the rows of one table, and gives the line after them back.
func (r *dumpReader) rows(t *Tx, tb table) (n int64, after json.RawMessage, err error) {
	var batch [][]any
	insert := func() error {
		n += int64(len(batch))
		err := t.Insert(tb.name, tb.list(), batch)
		batch = batch[:0]
		return err
	}
	for {
		var line json.RawMessage
		if err := r.next(&line); err != nil {
			return 0, nil, err
		}
		if !bytes.HasPrefix(line, []byte("[")) {
			err := insert()
			return n, line, err
		}
		row, err := tb.read(line)
		if err != nil {
			return 0, nil, fmt.Errorf("line %d: %w", r.line, err)
		}
		if batch = append(batch, row); len(batch) == 2*insertRows {
			if err := insert(); err != nil {
				return 0, nil, err
			}
		}
	}
}

// end checks the trailer: it says what must have stood before it, and nothing follows it.
func (r *dumpReader) end(line []byte, counts map[string]int64) error {
	var want dumpTrailer
	if err := json.Unmarshal(line, &want); err != nil {
		return fmt.Errorf("line %d: %w", r.line, err)
	}
	if got := hex.EncodeToString(r.hash.Sum(nil)); got != want.SHA256 {
		return fmt.Errorf("the file was changed: its hash is %s, the trailer says %s", got, want.SHA256)
	}
	if !maps.Equal(counts, want.Rows) {
		return fmt.Errorf("the file holds %v rows, the trailer says %v", counts, want.Rows)
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the trailer")
	}
	return nil
}

// read is one row of the table.
func (tb table) read(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != len(tb.columns) {
		return nil, fmt.Errorf("table %s: %d values for %d columns", tb.name, len(raw), len(tb.columns))
	}
	row := make([]any, len(raw))
	for i, b := range raw {
		v, err := tb.kinds[i].read(b)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", tb.name, tb.columns[i], err)
		}
		row[i] = v
	}
	return row, nil
}

// read is the value that write wrote.
func (k kind) read(b []byte) (any, error) {
	if string(b) == "null" {
		return nil, nil
	}
	switch k {
	case kindInt:
		return readAs[int64](b)
	case kindBool:
		return readAs[bool](b)
	case kindReal:
		return readAs[float64](b)
	case kindText:
		return readAs[string](b)
	}
	s, err := readAs[string](b)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(s.(string))
}

func readAs[T any](b []byte) (any, error) {
	var v T
	err := json.Unmarshal(b, &v)
	return v, err
}
