package clamd_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"motcua/base/clamd"
	"motcua/base/clamd/clamdtest"
)

func parse(t *testing.T, address string) *clamd.Daemon {
	t.Helper()
	d, err := clamd.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	d.Patience = 2 * time.Second
	return d
}

// TestEicar: the text is the one that all scanners know, by the SHA-256 they publish of it.
func TestEicar(t *testing.T) {
	sum := sha256.Sum256([]byte(clamd.Eicar()))
	if got, want := hex.EncodeToString(sum[:]), "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestScan(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		s := clamdtest.Start(t, network)
		d := parse(t, s.Address)
		big := bytes.Repeat([]byte("giấy khai sinh "), 100_000) // more than one piece
		for _, c := range []struct{ file, want string }{{string(big), ""}, {"", ""}, {"x" + clamd.Eicar(), "Win.Test.EICAR_HDB-1"}, {string(big) + clamd.Eicar(), "Win.Test.EICAR_HDB-1"}} {
			if got, err := d.Scan(t.Context(), strings.NewReader(c.file)); got != c.want || err != nil {
				t.Errorf("%s: %d bytes: got %q, %v, want %q", network, len(c.file), got, err, c.want)
			}
			if got := s.Last(); string(got) != c.file {
				t.Errorf("%s: the scanner saw %d bytes, want %d", network, len(got), len(c.file))
			}
		}
		if v, err := d.Version(t.Context()); err != nil || !strings.HasPrefix(v, "ClamAV 1.4.3/") {
			t.Errorf("got %q, %v", v, err)
		}
		if err := d.Test(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestNeverClean: whatever is not a whole answer to a whole file is an error.
func TestNeverClean(t *testing.T) {
	s := clamdtest.Start(t, "tcp")
	d := parse(t, s.Address)
	file := func() *bytes.Reader { return bytes.NewReader(make([]byte, 8<<20)) } // more than the system keeps for a socket
	for name, set := range map[string]func(*clamdtest.Scanner){
		"nothing":              func(s *clamdtest.Scanner) { s.Answer = " " },
		"no end":               func(s *clamdtest.Scanner) { s.Answer = "stream: OK" },
		"another word":         func(s *clamdtest.Scanner) { s.Answer = "stream: OKAY\x00" },
		"more words":           func(s *clamdtest.Scanner) { s.Answer = "stream: OK FOUND OK\x00" },
		"another file":         func(s *clamdtest.Scanner) { s.Answer = "/etc/passwd: OK\x00" },
		"an error":             func(s *clamdtest.Scanner) { s.Answer = "stream: Can't allocate memory ERROR\x00" },
		"a name of two lines":  func(s *clamdtest.Scanner) { s.Answer = "stream: x\ny FOUND\x00" },
		"no name":              func(s *clamdtest.Scanner) { s.Answer = "stream:  FOUND\x00" },
		"an endless answer":    func(s *clamdtest.Scanner) { s.Answer = strings.Repeat("stream: OK ", 100_000) + "\x00" },
		"before it saw it all": func(s *clamdtest.Scanner) { s.Answer, s.Early = "stream: OK\x00", true },
		"too large":            func(s *clamdtest.Scanner) { s.Answer, s.Early, s.Most = "", false, 1<<20 },
	} {
		s.Set(func(s *clamdtest.Scanner) { s.Answer, s.Early, s.Most = "", false, 0; set(s) })
		found, err := d.Scan(t.Context(), file())
		if err == nil || found != "" {
			t.Errorf("%s: got %q, %v", name, found, err)
		}
		if name == "too large" && !errors.Is(err, clamd.ErrLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s.Set(func(s *clamdtest.Scanner) { s.Most, s.Answer = 0, "stream: OK\x00" })
	if d.Test(t.Context()) == nil {
		t.Error("a scanner that finds nothing passes its test")
	}
	s.Set(func(s *clamdtest.Scanner) { s.Answer = "" })
	boom := errors.New("the disk is gone")
	if _, err := d.Scan(t.Context(), iotest.ErrReader(boom)); err != boom {
		t.Errorf("got %v, want the file's own failure", err)
	}
}

// TestPatience: one that is slow, and one that is not there, are given up in time.
func TestPatience(t *testing.T) {
	s := clamdtest.Start(t, "tcp")
	s.Set(func(s *clamdtest.Scanner) { s.Wait = time.Minute })
	d := parse(t, s.Address)
	d.Patience = 100 * time.Millisecond
	began := time.Now()
	if _, err := d.Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("no error of a slow one")
	}
	if _, err := parse(t, "unix:/nowhere/clamd.ctl").Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("no error of one that is not there")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Scan(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestParse(t *testing.T) {
	if d, err := clamd.Parse(""); d != nil || err != nil {
		t.Errorf("got %v, %v", d, err)
	}
	for _, bad := range []string{"localhost", "tcp:", "tcp:3310", "tcp:host:", "unix:", "unix:clamd.ctl", "http://x", "udp:127.0.0.1:3310"} {
		if _, err := clamd.Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
