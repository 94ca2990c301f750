// Package blob keeps files under the hash of their content.
//
// A file stands at ab/cd/abcd…, two levels by its hash. It is written beside,
// synced, and renamed into place, so a name that exists has its whole content
// on the disk, and the same content is kept once. Who may read a file is
// decided by the row that names it, never by knowing the hash.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"motcua/base/fault"
)

//go:embed texts.yaml
var Texts embed.FS

// A Sum is the SHA-256 of a file's content, and its name.
type Sum [sha256.Size]byte

func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Parse reads what String wrote.
func Parse(s string) (Sum, error) {
	var sum Sum
	if len(s) != 2*len(sum) {
		return Sum{}, fmt.Errorf("sum %q: want %d hex digits", s, 2*len(sum))
	}
	if _, err := hex.Decode(sum[:], []byte(s)); err != nil {
		return Sum{}, fmt.Errorf("sum %q: %w", s, err)
	}
	return sum, nil
}

// A Store is one folder of files. Several programs may share it.
type Store struct {
	dir string
	mu  sync.RWMutex // shared to rename a file, alone to make a folder or remove a file
}

// A name under temp is a file being written. One this old was left by a program that was killed.
const (
	temp    = "tmp"
	tempOld = 24 * time.Hour
)

// Open opens the store in dir and makes it if it is not there.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, temp), 0o700); err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	left, err := os.ReadDir(filepath.Join(dir, temp))
	if err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	for _, e := range left {
		if i, err := e.Info(); err == nil && time.Since(i.ModTime()) > tempOld {
			os.Remove(filepath.Join(dir, temp, e.Name()))
		}
	}
	return s, nil
}

func (s *Store) path(sum Sum) string {
	h := sum.String()
	return filepath.Join(s.dir, h[:2], h[2:4], h)
}

// Put keeps what r gives and returns its sum and size in bytes. More than limit
// bytes is TooLarge. When Put returns without error the content is durable;
// with one, nothing of it is left.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Sum, int64, error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, temp), "")
	if err != nil {
		return Sum{}, 0, explain("put a file", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(contextReader{ctx, r}, limit+1))
	switch {
	case err != nil:
		return Sum{}, 0, explain("put a file", err)
	case n > limit:
		return Sum{}, 0, fault.New(fault.TooLarge, "blob.large", megabytes(limit))
	}
	if err := f.Sync(); err != nil {
		return Sum{}, 0, explain("put a file", err)
	}
	sum := Sum(h.Sum(nil))
	if err := s.place(f.Name(), sum); err != nil {
		return Sum{}, 0, explain("put file "+sum.String(), err)
	}
	return sum, n, nil
}

// place renames a finished file to its name. A file that has the name already is
// replaced: the content is the same, or was damaged and is whole again.
func (s *Store) place(name string, sum Sum) error {
	to := s.path(sum)
	err := s.rename(name, to)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeDir(filepath.Dir(to)); err == nil {
			err = s.rename(name, to)
		}
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func (s *Store) rename(from, to string) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return os.Rename(from, to)
}

// makeDir makes dir and its parent durably. It is alone while it does, so that a
// folder somebody else finds is already on the disk.
func (s *Store) makeDir(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range []string{filepath.Dir(dir), dir} {
		switch err := os.Mkdir(d, 0o700); {
		case errors.Is(err, fs.ErrExist):
		case err != nil:
			return err
		default:
			if err := syncDir(filepath.Dir(d)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Get opens a file; it does not check the content (Bytes and Check do).
func (s *Store) Get(sum Sum) (io.ReadSeekCloser, error) {
	f, err := os.Open(s.path(sum))
	if err != nil {
		return nil, missing(sum, err)
	}
	return f, nil
}

// Bytes is the content of a file, checked against its sum.
func (s *Store) Bytes(sum Sum) ([]byte, error) {
	b, err := os.ReadFile(s.path(sum))
	if err != nil {
		return nil, missing(sum, err)
	}
	if got := Sum(sha256.Sum256(b)); got != sum {
		return nil, damaged(sum, got)
	}
	return b, nil
}

// Check reads a file through and compares it with its sum.
func (s *Store) Check(sum Sum) error {
	f, err := s.Get(sum)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("file %s: %w", sum, err)
	}
	if got := Sum(h.Sum(nil)); got != sum {
		return damaged(sum, got)
	}
	return nil
}

// Remove removes a file unless it was put since before. Whoever finds that no row
// names a file passes a time some hours before he looked: a file is put first
// and its row written after.
func (s *Store) Remove(sum Sum, before time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := os.Stat(s.path(sum))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("remove file %s: %w", sum, err)
	case !i.ModTime().Before(before):
		return nil
	}
	return os.Remove(s.path(sum))
}

// Each calls f with the sum of every file, in order, until f fails.
func (s *Store) Each(f func(Sum) error) error {
	return filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != s.dir {
			return nil // removed while we walk
		}
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == temp {
				return fs.SkipDir
			}
			return nil
		}
		sum, err := Parse(e.Name())
		if err != nil || path != s.path(sum) {
			return fmt.Errorf("%s is not a file of this store", path)
		}
		return f(sum)
	})
}

// PutBytes is Put of what is already in memory.
func (s *Store) PutBytes(ctx context.Context, b []byte) (Sum, error) {
	sum, _, err := s.Put(ctx, bytes.NewReader(b), int64(len(b)))
	return sum, err
}

// contextReader ends with its context: a slow sender must not hold a file for ever.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func damaged(want, got Sum) error {
	return fmt.Errorf("file %s is damaged: its content has the hash %s", want, got)
}

// explain says what was being done, and gives the errors of the world their sentence.
func explain(what string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%s: %w: %w", what, fault.New(fault.Unavailable, "blob.full"), err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// missing is the error of opening a file of the store.
func missing(sum Sum, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = fault.New(fault.NotFound, "blob.none")
	}
	return fmt.Errorf("file %s: %w", sum, err)
}

// megabytes writes a limit for people, such as 10 MB.
func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", (n+1<<10-1)>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
