package db

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Of one statement: SQLite takes 32,766 values, PostgreSQL 65,535, and past
// some hundred rows a longer statement saves nothing.
const (
	insertValues = 32000
	insertRows   = 128
)

// Insert writes many rows with few statements. columns is "a, b, c", and every
// row has a value for each.
func (t *Tx) Insert(table, columns string, rows [][]any) error {
	return t.insert(table, columns, "", rows)
}

// Upsert is Insert where some rows may be there already: change is the rest of
// "on conflict", as "(code) do update set state = excluded.state".
func (t *Tx) Upsert(table, columns, change string, rows [][]any) error {
	return t.insert(table, columns, " on conflict "+change, rows)
}

func (t *Tx) insert(table, columns, more string, rows [][]any) error {
	wide := strings.Count(columns, ",") + 1
	most := insertRows
	for most*wide > insertValues {
		most /= 2
	}
	args := make([]any, 0, min(most, len(rows))*wide)
	for len(rows) > 0 {
		n := most
		for n > len(rows) { // halves, so that few different statements are ever prepared
			n /= 2
		}
		args = args[:0]
		for _, row := range rows[:n] {
			if len(row) != wide {
				return fmt.Errorf("insert into %s: %d values for %d columns", table, len(row), wide)
			}
			args = append(args, row...)
		}
		if err := t.ready(args...); err != nil {
			return err
		}
		_, err := t.run.insert(t.ctx, insertion{table, columns, more, wide, n}, args)
		if err := t.failed("insert into "+table, err); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// An insertion is a statement that inserts many rows. It is known by what it is
// made from: its text is long.
type insertion struct {
	table, columns, more string
	wide, rows           int
}

func (i insertion) text() string {
	var b strings.Builder
	b.Grow(len(i.table) + len(i.columns) + len(i.more) + 8*i.wide*i.rows + 32)
	b.WriteString("insert into " + i.table + " (" + i.columns + ") values ")
	for row := range i.rows {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + Places(row*i.wide+1, i.wide) + ")")
	}
	b.WriteString(i.more)
	return b.String()
}

// In is what stands after "in" for all, of which there is one at least, as
// "($2, $3)", and all of the statement's values: those of before, then these.
func In[T any](all []T, before ...any) (in string, args []any) {
	in, args = "("+Places(len(before)+1, len(all))+")", slices.Clip(before)
	for _, v := range all {
		args = append(args, v)
	}
	return in, args
}

// Places are where n values of a statement stand, from the first on: "$2, $3".
func Places(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}
