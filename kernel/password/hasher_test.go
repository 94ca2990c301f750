package password

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// asHasher makes this test's program one that hashes.
const asHasher = "-hash"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == asHasher {
		if Work(os.Stdin, os.Stdout) != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestElsewhere: what another program hashes is what this one would; the program
// goes on after each, ends when nobody asks, is begun again when it was killed, and
// ends with its input. One that answers nonsense or nothing is not believed.
func TestElsewhere(t *testing.T) {
	k := NewKeeper().Elsewhere(os.Args[0], asHasher)
	stored, err := k.Hash(t.Context(), "trời mưa trên phố 3 lần")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 3 * cap(k.free) {
		all.Go(func() {
			password, want := "trời mưa trên phố 3 lần", i%2 == 0
			if !want {
				password += "!"
			}
			for _, by := range []*Keeper{k, NewKeeper()} {
				if is, err := by.Is(t.Context(), stored, password); err != nil || is != want {
					t.Errorf("%q: %t, %v", password, is, err)
				}
			}
		})
	}
	all.Wait()
	running := func() (n int) {
		for range cap(k.free) {
			h := <-k.free
			if h.program != nil {
				n++
			}
			k.free <- h
		}
		return n
	}
	if n := running(); n == 0 {
		t.Error("no program hashes")
	}
	k.rest()
	if n := running(); n > 0 {
		t.Errorf("%d programs run though nobody asks them", n)
	}

	q := question{[]byte("trời mưa"), make([]byte, 16), 64, 1, 1}
	h := &hasher{command: []string{os.Args[0], asHasher}}
	asked := func() {
		t.Helper()
		if key, err := h.asked(q); err != nil || !bytes.Equal(key, q.key()) {
			t.Errorf("asked: %x, %v; want %x", key, err, q.key())
		}
	}
	asked()
	first := h.program
	asked()
	if h.program != first {
		t.Error("each question begins a program of its own")
	}
	first.Process.Kill()
	if key := h.key(q); !bytes.Equal(key, q.key()) || h.program == nil || h.program == first {
		t.Errorf("after it was killed: %x by %v", key, h.program)
	}
	h.in.Close()
	if err := h.program.Wait(); err != nil {
		t.Errorf("at the end of its input: %v", err)
	}
	for _, command := range []string{"cat", "true", "there-is-no-such-program"} {
		if path, err := exec.LookPath(command); err == nil {
			command = path
		}
		h := &hasher{command: []string{command}}
		if key, err := h.asked(q); err == nil {
			t.Errorf("%s answered %x", command, key)
		}
		if !bytes.Equal(h.key(q), q.key()) || h.program != nil {
			t.Errorf("%s: no key without it", command)
		}
	}
}
