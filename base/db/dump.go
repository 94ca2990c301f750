package db

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A dump is lines of JSON: a header; for each table a line that names it, then
// one array per row; a trailer with the number of rows of every table and the
// hash of all that stands before it. Rows stand in the order of their primary
// key, so equal databases give equal dumps, whichever they are.
type (
	dumpHeader struct {
		Format  int              `json:"motcua_dump"`
		Made    time.Time        `json:"made"`
		Schemas map[string]int64 `json:"schemas"` // version of each package's tables
	}
	dumpTable struct {
		Table   string   `json:"table"`
		Columns []string `json:"columns"`
		Kinds   []kind   `json:"kinds"`
	}
	dumpTrailer struct {
		Rows   map[string]int64 `json:"rows"`
		SHA256 string           `json:"sha256"`
	}
)

const dumpFormat = 1

// Dump writes one consistent snapshot of the database to w while others go on
// reading and writing. It is the same on both databases.
func (d *DB) Dump(ctx context.Context, w io.Writer) error {
	dump := func(t *Tx) error {
		if err := d.unhurried(t); err != nil {
			return err
		}
		h := sha256.New()
		out := bufio.NewWriterSize(io.MultiWriter(w, h), 1<<16)
		schemas, err := d.schemas(t)
		if err != nil {
			return err
		}
		if err := writeLine(out, dumpHeader{dumpFormat, time.Now().UTC().Truncate(time.Second), schemas}); err != nil {
			return err
		}
		tables, err := d.shape(t)
		if err != nil {
			return err
		}
		rows := map[string]int64{}
		for _, tb := range tables {
			if rows[tb.name], err = d.dumpTable(t, tb, out); err != nil {
				return fmt.Errorf("table %s: %w", tb.name, err)
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if err := writeLine(out, dumpTrailer{rows, hex.EncodeToString(h.Sum(nil))}); err != nil {
			return err
		}
		return out.Flush()
	}
	err := d.enter(ctx)
	switch {
	case err != nil:
	case d.Postgres(): // not tried again as Read would: half of it is written
		_, err = d.readPostgres(ctx, dump)
	default:
		err = d.readSQLite(ctx, dump)
	}
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	return nil
}

func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}

func (d *DB) dumpTable(t *Tx, tb table, out *bufio.Writer) (rows int64, err error) {
	if err := writeLine(out, dumpTable{tb.name, tb.columns, tb.kinds}); err != nil {
		return 0, err
	}
	q := "select " + tb.list() + " from " + tb.name
	if order := d.order(tb); order != "" {
		q += " order by " + order
	}
	values := make([]any, len(tb.columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	var line []byte
	err = t.each(q, nil, func(r *sql.Rows) error {
		if err := r.Scan(into...); err != nil {
			return err
		}
		line = append(line[:0], '[')
		for i, v := range values {
			if i > 0 {
				line = append(line, ',')
			}
			if line, err = tb.kinds[i].write(line, v); err != nil {
				return fmt.Errorf("row %d, column %s: %w", rows+1, tb.columns[i], err)
			}
		}
		rows++
		_, err := out.Write(append(line, ']', '\n'))
		return err
	})
	return rows, err
}

// list is the columns as SQL; quoted, because a column may be called like a word of SQL.
func (tb table) list() string { return `"` + strings.Join(tb.columns, `", "`) + `"` }

// order sorts texts by their bytes on both databases.
func (d *DB) order(tb table) string {
	var all []string
	for _, c := range tb.key {
		text := tb.kinds[slices.Index(tb.columns, c)] == kindText
		c = `"` + c + `"`
		if text && d.Postgres() {
			c += ` collate "C"`
		}
		all = append(all, c)
	}
	return strings.Join(all, ", ")
}

// write appends v as JSON. SQLite would keep any value in any column: what is
// not of the column's kind is an error here, not a surprise at the restore.
func (k kind) write(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case int64:
		switch k {
		case kindInt, kindReal:
			return strconv.AppendInt(b, v, 10), nil
		case kindBool:
			return strconv.AppendBool(b, v != 0), nil
		}
	case bool:
		if k == kindBool {
			return strconv.AppendBool(b, v), nil
		}
	case float64:
		if k == kindReal {
			return strconv.AppendFloat(b, v, 'g', -1, 64), nil
		}
	case []byte:
		if k == kindBytes {
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v)
			return append(b, '"'), nil
		}
	case string:
		if k == kindText && utf8.ValidString(v) && !strings.Contains(v, "\x00") {
			s, err := json.Marshal(v)
			return append(b, s...), err
		}
	}
	return nil, fmt.Errorf("a value that is %T and not %s", v, k)
}

// unhurried lifts PostgreSQL's time limits for this transaction.
func (d *DB) unhurried(t *Tx) error {
	if !d.Postgres() {
		return nil
	}
	for _, q := range []string{`set local statement_timeout = 0`, `set local idle_in_transaction_session_timeout = 0`} {
		if _, err := t.Exec(q); err != nil {
			return err
		}
	}
	return nil
}
