package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

func TestInsert(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		for _, n := range []int{0, 1, 3, 127, 128, 1000} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(`delete from note`); err != nil {
					return err
				}
				rows := make([][]any, n)
				for i := range rows {
					rows[i] = []any{i, "n"}
				}
				return tx.Insert("note", "id, text", rows)
			})
			if got := count(t, d); err != nil || got != n {
				t.Errorf("got %d rows, %v; want %d", got, err, n)
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Insert("note", "id, text", [][]any{{1}}) })
		if err == nil {
			t.Error("a row too short passed")
		}
		wide := make([]string, 300)
		for i := range wide {
			wide[i] = fmt.Sprint("c", i)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec("create table wide (" + strings.Join(wide, " bigint, ") + " bigint)"); err != nil {
				return err
			}
			rows := make([][]any, 200)
			for i := range rows {
				rows[i] = make([]any, len(wide))
			}
			return tx.Insert("wide", strings.Join(wide, ", "), rows)
		})
		if err != nil {
			t.Errorf("200 rows of 300 columns: %v", err)
		}
	})
}

func TestIn(t *testing.T) {
	tests := map[string]struct {
		before []any
		in     string
	}{
		"Nothing stands before the values":    {nil, "($1, $2)"},
		"The values come after two of others": {[]any{"x", 7}, "($3, $4)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in, args := db.In([]string{"a", "b"}, tt.before...)
			if want := append(slices.Clone(tt.before), "a", "b"); in != tt.in || !slices.Equal(args, want) {
				t.Errorf("got %s, %v; want %s, %v", in, args, tt.in, want)
			}
		})
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		var got int
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Insert("note", "id, text", [][]any{{1, "n"}, {2, "n"}, {3, "n"}, {4, "other"}}); err != nil {
				return err
			}
			in, args := db.In([]int{1, 3, 4}, "n")
			return tx.Row(`select count(*) from note where text = $1 and id in `+in, args...).Scan(&got)
		})
		if err != nil || got != 2 {
			t.Errorf("got %d, %v; want 2 of the three named", got, err)
		}
	})
}
