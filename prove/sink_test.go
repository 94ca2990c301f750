//go:build linux

package prove

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
)

// A sink is a mail server that counts each message by its Message-ID.
type sink struct {
	address string
	mu      sync.Mutex
	count   map[string]int
}

func newSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{address: l.Addr().String(), count: map[string]int{}}
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
	return s
}

func (s *sink) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewScanner(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 sink")
	for in.Scan() {
		switch verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " "); verb {
		case "DATA":
			say("354 go on")
			id := ""
			for in.Scan() && in.Text() != "." {
				if v, ok := strings.CutPrefix(in.Text(), "Message-ID: "); ok {
					id = v
				}
			}
			s.mu.Lock()
			s.count[id]++
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 yes")
		}
	}
}

// seen is how often each message came.
func (s *sink) seen() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.count)
}
