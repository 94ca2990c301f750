//go:build linux

package blob

import (
	"bytes"
	"errors"
	"syscall"
	"testing"

	"motcua/base/fault"
)

func TestAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("only root can make a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.PutBytes(t.Context(), []byte("small"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Put(t.Context(), bytes.NewReader(make([]byte, 2<<20)), 4<<20)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.Code != "blob.full" {
		t.Errorf("got %v, want blob.full", err)
	}
	if n := left(t, s); n != 1 {
		t.Errorf("got %d files, want the small one alone", n)
	}
	if err := s.Check(kept); err != nil {
		t.Error(err)
	}
	if _, err := s.PutBytes(t.Context(), []byte("small too")); err != nil {
		t.Errorf("room for small files: %v", err)
	}
}
