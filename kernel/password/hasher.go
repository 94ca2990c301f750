package password

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
)

// A question is a password on its way to its key. What it costs goes along: the
// program that answers may be another version of this one.
type question struct {
	Password, Salt []byte
	Memory, Passes uint32 // KiB; how often all of it
	Lanes          uint8
}

func (q question) key() []byte {
	return argon2.IDKey(q.Password, q.Salt, q.Passes, q.Memory, q.Lanes, size)
}

// Work answers the questions that come by in until it ends: it is all that the
// command of [Keeper.Elsewhere] does. One at a time, on one thread: the next one
// then finds the memory of the last, in the caches of the same core.
func Work(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	ask, tell := gob.NewDecoder(in), gob.NewEncoder(out)
	for {
		var q question
		if err := ask.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := tell.Encode(q.key()); err != nil {
			return err
		}
	}
}

const (
	patience = 10 * time.Second // for one answer of a hashing program
	idle     = time.Minute      // without a password after which the programs end: each holds some 60 MB
)

// A hasher makes one key at a time, by its program or, where it has none, itself.
type hasher struct {
	command []string
	program *exec.Cmd // that runs; nil: begun with the next question
	in      io.Closer
	ask     *gob.Encoder
	tell    *gob.Decoder
}

// key is the key of q. A program that ended meanwhile is begun again; where that
// does not help, or there is none, the key is made here.
func (h *hasher) key(q question) []byte {
	for range 2 {
		if key, err := h.asked(q); err == nil {
			return key
		}
	}
	return q.key()
}

// asked is what the program answers.
func (h *hasher) asked(q question) (key []byte, err error) {
	if err := h.begin(); err != nil {
		return nil, err
	}
	kill := h.program.Process.Kill
	late := time.AfterFunc(patience, func() { kill() })
	defer late.Stop()
	if err = h.ask.Encode(q); err == nil {
		err = h.tell.Decode(&key)
	}
	if err == nil && len(key) != size {
		err = fmt.Errorf("a key of %d bytes", len(key))
	}
	if err != nil {
		err = errors.Join(err, kill(), h.end())
	}
	return key, err
}

// end ends the program where it runs.
func (h *hasher) end() error {
	if h.program == nil {
		return nil
	}
	err := errors.Join(h.in.Close(), h.program.Wait())
	h.program = nil
	return err
}

// begin starts the program where it does not run. It ends with its input, and so
// with this one.
func (h *hasher) begin() error {
	if h.program != nil {
		return nil
	}
	if len(h.command) == 0 {
		return errors.New("no program to hash in")
	}
	p := exec.Command(h.command[0], h.command[1:]...)
	p.Env = []string{}
	in, err := p.StdinPipe()
	if err != nil {
		return err
	}
	out, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	begun := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this, what it starts has its rank
		lowRank()
		begun <- p.Start()
	}()
	if err := <-begun; err != nil {
		return err
	}
	h.program, h.in, h.ask, h.tell = p, in, gob.NewEncoder(in), gob.NewDecoder(out)
	return nil
}
