//go:build linux

package db_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
)

// smallDisk is a folder on a disk of its own with a few megabytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("only root can make a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestAFullDisk(t *testing.T) {
	dir := smallDisk(t)
	d := dbtest.Open(t, filepath.Join(dir, "small.db"))
	note(t, d)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := 0
	long := strings.Repeat("x", 20000)
	write := func(i int) func(*db.Tx) error {
		return func(tx *db.Tx) error {
			_, err := tx.Exec(`insert into note (id, text) values ($1, $2)`, i, long)
			return err
		}
	}
	var err error
	for i := 0; i < 1000; i++ {
		if err = d.Write(t.Context(), write(i)); err != nil {
			break
		}
		kept++
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.Code != "db.full" {
		t.Fatalf("after %d rows: got %v, want db.full", kept, err)
	}
	if n := count(t, d); n != kept {
		t.Errorf("reading a full database: got %d rows, want %d", n, kept)
	}
	for i, err := range together(t, d, write(2000), write(2001), write(2002)) {
		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("write %d of a group: got %v", i, err)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for i, err := range together(t, d, write(3000), write(3001), write(3002)) {
		if err != nil {
			t.Errorf("write %d after there is room again: %v", i, err)
		}
	}
	if n := count(t, d); n != kept+3 {
		t.Errorf("got %d rows, want %d", n, kept+3)
	}
	for _, c := range d.Checks(t.Context()) {
		if c.Name == "integrity" && !c.OK || c.Name == "writing" {
			t.Errorf("got %+v", c)
		}
	}
}
