package db_test

import (
	"errors"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
)

func note(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`create table note (id bigint primary key, text text not null)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from note`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteAndRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		note(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			rows, err := tx.Exec(`insert into note (id, text) values ($2, $1), (8, 'đ')`, "một", 7)
			if rows != 2 {
				t.Errorf("got %d rows, want 2", rows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			got, err := db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
				`select text from note order by id`)
			if len(got) != 2 || got[0] != "một" || got[1] != "đ" {
				t.Errorf("got %q", got)
			}
			if err := tx.Row(`select text from note where id = 9`).Scan(new(string)); !errors.Is(err, fault.NotFound) {
				t.Errorf("got %v, want not found", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
