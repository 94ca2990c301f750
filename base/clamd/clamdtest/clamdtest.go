// Package clamdtest is a scanner for tests that speaks as clamd does, on this
// machine: it finds the text of EICAR and whatever else it is told to, and can be
// slow, dead, or a liar.
package clamdtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/clamd"
)

// A Scanner is such a daemon. Its fields may be set before and between files.
type Scanner struct {
	Address string // for clamd.Parse

	mu     sync.Mutex
	Finds  map[string]string // malware by what is in it
	Most   int               // bytes of a file; 0: any
	Answer string            // instead of the truth, with its own end
	Early  bool              // the answer comes before the file
	Wait   time.Duration     // before the answer
	asked  int
	files  [][]byte
}

// Start starts one on a socket of the given network, tcp or unix; it ends with the test.
func Start(t testing.TB, network string) *Scanner {
	t.Helper()
	s := &Scanner{}
	at := "127.0.0.1:0"
	if network == "unix" {
		at = filepath.Join(t.TempDir(), "clamd.ctl")
	}
	s.listen(t, network, at)
	return s
}

// Set changes how it behaves.
func (s *Scanner) Set(f func(*Scanner)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// Asked is how many files it was shown, and Last the last whole one.
func (s *Scanner) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Last is the last whole file.
func (s *Scanner) Last() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.files) == 0 {
		return nil
	}
	return s.files[len(s.files)-1]
}

func (s *Scanner) listen(t testing.TB, network, at string) {
	l, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	s.Address = network + ":" + l.Addr().String()
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
}

func (s *Scanner) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	command, err := in.ReadString(0)
	if err != nil {
		return
	}
	if command == "zVERSION\x00" {
		io.WriteString(c, "ClamAV 1.4.3/27838/Mon Nov 23 08:00:00 2026\x00")
		return
	}
	if command != "zINSTREAM\x00" {
		io.WriteString(c, "UNKNOWN COMMAND\x00")
		return
	}
	s.mu.Lock()
	s.asked++
	answer, early, wait, most := s.Answer, s.Early, s.Wait, s.Most
	s.mu.Unlock()
	if early {
		io.WriteString(c, answer)
		return
	}
	var file bytes.Buffer
	for {
		var n uint32
		if binary.Read(in, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		if most > 0 && file.Len()+int(n) > most {
			io.WriteString(c, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
		if _, err := io.CopyN(&file, in, int64(n)); err != nil {
			return
		}
	}
	time.Sleep(wait)
	if answer == "" {
		answer = s.truth(file.Bytes())
	}
	s.mu.Lock()
	s.files = append(s.files, file.Bytes())
	s.mu.Unlock()
	io.WriteString(c, answer)
}

func (s *Scanner) truth(file []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Contains(file, []byte(clamd.Eicar())) {
		return "stream: Win.Test.EICAR_HDB-1 FOUND\x00"
	}
	for sign, name := range s.Finds {
		if strings.Contains(string(file), sign) {
			return "stream: " + name + " FOUND\x00"
		}
	}
	return "stream: OK\x00"
}
