package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A line is one connection of a client that costs little itself: it sends the
// same bytes each time and reads the answer without keeping it.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

// lines are the connections of all clients to one address.
type lines struct {
	address string
	request func(client, n int) []byte
	status  string
	all     []*line
}

// get makes an arm's operation: GET path(client, n) of the server at base.
func get(base string, clients int, header string, path func(client, n int) string) (*lines, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	return &lines{address: u.Host, status: "200", all: make([]*line, clients), request: func(client, n int) []byte {
		return []byte("GET " + path(client, n) + " HTTP/1.1\r\nHost: " + u.Host + "\r\n" + header + "\r\n")
	}}, nil
}

// do sends one request and reads its answer whole.
func (l *lines) do(client, n int) error {
	c := l.all[client]
	if c == nil {
		conn, err := net.Dial("tcp", l.address)
		if err != nil {
			return err
		}
		c = &line{conn, bufio.NewReaderSize(conn, 64<<10)}
		l.all[client] = c
	}
	if _, err := c.conn.Write(l.request(client, n)); err != nil {
		return err
	}
	first, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	status := string(first)
	size := -1
	for {
		h, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		h = bytes.TrimSpace(h)
		if len(h) == 0 {
			break
		}
		if name, v, ok := bytes.Cut(h, []byte(":")); ok && strings.EqualFold(string(name), "Content-Length") {
			size, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		}
	}
	if !strings.Contains(status, " "+l.status+" ") {
		return fmt.Errorf("answer %q, wanted %s", strings.TrimSpace(status), l.status)
	}
	if size < 0 {
		return fmt.Errorf("an answer without its length")
	}
	_, err = io.CopyN(io.Discard, c.in, int64(size))
	return err
}

// fetch reads one page with an ordinary client.
func fetch(url, header string) ([]byte, http.Header, error) {
	q, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range strings.Split(strings.TrimSpace(header), "\r\n") {
		if name, v, ok := strings.Cut(h, ": "); ok {
			q.Header.Set(name, v)
		}
	}
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return nil, nil, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, a.Status)
	}
	return b, a.Header, err
}
