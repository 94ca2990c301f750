package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"motcua/base/fault"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func left(t *testing.T, s *Store) (n int) {
	t.Helper()
	filepath.WalkDir(s.dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	return n
}

func TestPutAndGet(t *testing.T) {
	s := open(t)
	content := strings.Repeat("giấy khai sinh ", 1000)
	sum, n, err := s.Put(t.Context(), strings.NewReader(content), 1<<20)
	if err != nil || n != int64(len(content)) || sum != Sum(sha256.Sum256([]byte(content))) {
		t.Fatalf("Put = %s, %d, %v", sum, n, err)
	}
	if back, err := Parse(sum.String()); err != nil || back != sum {
		t.Errorf("Parse(%s) = %s, %v", sum, back, err)
	}
	b, err := s.Bytes(sum)
	if err != nil || string(b) != content {
		t.Errorf("Bytes: %d bytes, %v", len(b), err)
	}
	f, err := s.Get(sum)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Seek(6, io.SeekStart)
	b = make([]byte, 4)
	if _, err := io.ReadFull(f, b); err != nil || string(b) != content[6:10] {
		t.Errorf("got %q, %v; want %q", b, err, content[6:10])
	}
	if _, err := s.Get(Sum{}); !errors.Is(err, fault.NotFound) {
		t.Errorf("Get of nothing: got %v, want not found", err)
	}
}

func TestNothingIsLeftOfWhatFailed(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cut := errors.New("the line broke")
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
		want error
	}{
		{"too large", t.Context(), strings.NewReader(strings.Repeat("x", 101)), fault.TooLarge},
		{"cut", t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cut)), cut},
		{"cancelled", ended, strings.NewReader("never read"), context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if _, _, err := s.Put(c.ctx, c.r, 100); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if n := left(t, s); n != 0 {
				t.Errorf("%d files are left", n)
			}
		})
	}
	if _, n, err := open(t).Put(t.Context(), strings.NewReader(strings.Repeat("x", 100)), 100); n != 100 || err != nil {
		t.Errorf("exactly the limit: got %d, %v", n, err)
	}
}

func TestADamagedFileIsNamedAndHealed(t *testing.T) {
	s := open(t)
	sum, err := s.PutBytes(t.Context(), []byte("whole"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(sum); err != nil {
		t.Errorf("Check of a whole file: %v", err)
	}
	if err := os.WriteFile(s.path(sum), []byte("Whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(sum); err == nil || !strings.Contains(err.Error(), sum.String()) {
		t.Errorf("Check of a damaged file: got %v, want its name", err)
	}
	if _, err := s.Bytes(sum); err == nil {
		t.Error("Bytes gave a damaged file")
	}
	if _, err := s.PutBytes(t.Context(), []byte("whole")); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(sum); err != nil {
		t.Errorf("after putting it again: %v", err)
	}
}

func TestRemoveSparesWhatWasJustPut(t *testing.T) {
	s := open(t)
	sum, err := s.PutBytes(t.Context(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(sum, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(sum); err != nil {
		t.Errorf("removed though it was put since: %v", err)
	}
	if err := s.Remove(sum, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(sum); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if err := s.Remove(sum, time.Now()); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func TestEach(t *testing.T) {
	s := open(t)
	want := map[Sum]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() { // every content twice, at once
			sum, err := s.PutBytes(t.Context(), bytes.Repeat([]byte{byte(n / 2)}, 1000))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			want[sum] = true
			mu.Unlock()
		})
	}
	all.Wait()
	got := 0
	err := s.Each(func(sum Sum) error {
		got++
		if !want[sum] {
			t.Errorf("%s was never put", sum)
		}
		return s.Check(sum)
	})
	if err != nil || got != 25 {
		t.Errorf("got %d files, %v; want 25", got, err)
	}
	os.WriteFile(filepath.Join(s.dir, "note.txt"), nil, 0o600)
	if err := s.Each(func(Sum) error { return nil }); err == nil {
		t.Error("a foreign file passed")
	}
}

func TestOpenSweepsWhatAKilledProgramLeft(t *testing.T) {
	s := open(t)
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "new": time.Hour} {
		f := filepath.Join(s.dir, temp, name)
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(f, time.Time{}, time.Now().Add(-age))
	}
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if n := left(t, s); n != 1 {
		t.Errorf("%d files are left, want the new one", n)
	}
}
