// Package clamd shows files to a malware scanner that runs beside this program
// and speaks as ClamAV's clamd does (clamd(8), INSTREAM): the file goes over the
// socket in pieces, the answer is one line.
//
// Only a whole answer to a whole file counts. Whatever else comes back, or does
// not, is an error and never "clean".
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	patience = 20 * time.Second // for one file, from the first word to the answer
	dialling = 2 * time.Second
	piece    = 64 << 10
	longest  = 512 // bytes of an answer
)

// ErrLarge is a file of more bytes than the scanner takes (StreamMaxLength).
var ErrLarge = errors.New("clamd: the file is larger than the scanner takes (StreamMaxLength)")

// A Daemon is a scanner by its address.
type Daemon struct {
	network, address string
	Patience         time.Duration // for one file; 0 is 20 seconds
}

// Parse reads an address: unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310; nil for "".
func Parse(s string) (*Daemon, error) {
	network, address, _ := strings.Cut(s, ":")
	switch {
	case s == "":
		return nil, nil
	case network == "unix" && strings.HasPrefix(address, "/"):
		return &Daemon{network: network, address: address}, nil
	case network == "tcp":
		if host, port, err := net.SplitHostPort(address); err == nil && host != "" && port != "" {
			return &Daemon{network: network, address: address}, nil
		}
	}
	return nil, fmt.Errorf("%q is no scanner's address, such as unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310", s)
}

// Scan shows the scanner what r gives, and says what malware it found: "" is none.
func (d *Daemon) Scan(ctx context.Context, r io.Reader) (found string, err error) {
	err = d.ask(ctx, "zINSTREAM\x00", func(c net.Conn) error { return send(c, r) }, func(line string, sent error) error {
		found, err = verdict(line)
		if err == nil && found == "" {
			err = sent // of half a file it cannot know
		}
		return err
	})
	return found, err
}

// Version is what the scanner calls itself, and of when what it knows is.
func (d *Daemon) Version(ctx context.Context) (v string, err error) {
	err = d.ask(ctx, "zVERSION\x00", func(net.Conn) error { return nil }, func(line string, _ error) error {
		if v = line; !strings.HasPrefix(v, "ClamAV ") || !plain(v) {
			return fmt.Errorf("clamd: %q is no version of a scanner", v)
		}
		return nil
	})
	return v, err
}

// Test shows the scanner the text of EICAR, harmless and known to every scanner:
// one that lets it pass lets everything pass.
func (d *Daemon) Test(ctx context.Context) error {
	found, err := d.Scan(ctx, strings.NewReader(Eicar()))
	if err == nil && found == "" {
		err = errors.New("clamd: the scanner answers, and finds nothing in the test file of EICAR: what it knows is missing")
	}
	return err
}

// Eicar is that text (eicar.org, 68 bytes), put together here so that no scanner
// takes this program itself for malware.
func Eicar() string {
	return `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + strings.Join([]string{"EICAR", "STANDARD", "ANTIVIRUS", "TEST", "FILE!$H+H*"}, "-")
}

// ask says one command and reads the one line that answers it. What went wrong
// while sending is told to read, since a scanner may answer before the end.
func (d *Daemon) ask(ctx context.Context, command string, send func(net.Conn) error, read func(line string, sent error) error) error {
	limit := d.Patience
	if limit == 0 {
		limit = patience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c, err := (&net.Dialer{Timeout: dialling}).DialContext(ctx, d.network, d.address)
	if err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	if _, err = io.WriteString(c, command); err == nil {
		err = send(c)
	}
	var bad *unread
	if errors.As(err, &bad) {
		return bad.error
	}
	line, e := bufio.NewReader(io.LimitReader(c, longest)).ReadString(0)
	if e != nil {
		return fmt.Errorf("clamd: no answer: %w", errors.Join(err, e))
	}
	return read(strings.TrimSuffix(line, "\x00"), err)
}

// unread is a failure of the file, not of the scanner.
type unread struct{ error }

// send gives the file in pieces, each after its length, and an empty one at the end.
func send(c net.Conn, r io.Reader) error {
	b := make([]byte, 4+piece)
	for {
		n, err := io.ReadFull(r, b[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return &unread{err}
		}
		binary.BigEndian.PutUint32(b, uint32(n))
		if _, err := c.Write(b[:4+n]); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// verdict reads an answer: "stream: OK", "stream: NAME FOUND", or an error.
func verdict(line string) (found string, err error) {
	if strings.HasPrefix(line, "INSTREAM size limit exceeded") {
		return "", ErrLarge
	}
	rest, ok := strings.CutPrefix(line, "stream: ")
	if ok && rest == "OK" {
		return "", nil
	}
	if name, is := strings.CutSuffix(rest, " FOUND"); ok && is && name != "" && plain(name) {
		return name, nil
	}
	return "", fmt.Errorf("clamd: %.100q is no answer", line)
}

// plain reports whether s is one line of visible ASCII.
func plain(s string) bool {
	return len(s) <= longest && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
