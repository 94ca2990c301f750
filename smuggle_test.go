package main

import (
	"context"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
)

// raw sends bytes as they are to a listener and reads until it ends the connection.
func raw(t *testing.T, at net.Addr, sent string) string {
	t.Helper()
	c, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, sent); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Errorf("the connection stays open after:\n%q\nit got:\n%s", sent, b)
	}
	return string(b)
}

// TestSmuggling writes to the real listener what proxies and servers have read
// differently: what cannot be read in one way alone is refused, the connection
// ends, and nothing after it is taken for a request (RFC 9112, 6.3 and 11.2).
func TestSmuggling(t *testing.T) {
	s := newTown(t, dbtest.SQLite(t))
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serveOn(ctx, s.App, l, func(net.Addr) {}) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	const probe = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	form := "Content-Type: application/x-www-form-urlencoded\r\n"
	ask := func(head, body string) string {
		return "POST /sign-in HTTP/1.1\r\nHost: a\r\n" + form + head + "\r\n" + body
	}
	const chunked = "b\r\nlogin=a&x=1\r\n0\r\n\r\n"
	for name, x := range map[string]struct {
		sent    string
		answers int
		first   string
	}{
		"control: two honest requests":  {"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + probe, 2, "200"},
		"control: a body of its length": {ask("Content-Length: 7\r\n", "login=a") + probe, 2, "422"},

		"chunks, then more":                {ask("Transfer-Encoding: chunked\r\n", chunked) + probe, 1, "422"},
		"length and chunks":                {ask("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", chunked) + probe, 1, "422"},
		"chunks and length":                {ask("Transfer-Encoding: chunked\r\nContent-Length: 60\r\n", "0\r\n\r\n") + probe, 1, "422"},
		"two lengths":                      {ask("Content-Length: 7\r\nContent-Length: 8\r\n", "login=ab") + probe, 1, "400"},
		"lengths in a list":                {ask("Content-Length: 7, 8\r\n", "login=ab") + probe, 1, "400"},
		"a length with a sign":             {ask("Content-Length: +7\r\n", "login=a") + probe, 1, "400"},
		"a length below nothing":           {ask("Content-Length: -7\r\n", "login=a") + probe, 1, "400"},
		"a length in hexadecimal":          {ask("Content-Length: 0x7\r\n", "login=a") + probe, 1, "400"},
		"a length past all numbers":        {ask("Content-Length: 99999999999999999999\r\n", "login=a") + probe, 1, "400"},
		"an unknown coding":                {ask("Transfer-Encoding: xchunked\r\n", chunked) + probe, 1, "501"},
		"two codings":                      {ask("Transfer-Encoding: gzip, chunked\r\n", chunked) + probe, 1, "501"},
		"codings on two lines":             {ask("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked) + probe, 1, "501"},
		"a space before the colon":         {ask("Transfer-Encoding : chunked\r\n", chunked) + probe, 1, "400"},
		"a vertical tab in the coding":     {ask("Transfer-Encoding: \vchunked\r\n", chunked) + probe, 1, "400"},
		"a space before the name":          {ask("X: y\r\n Transfer-Encoding: chunked\r\n", "") + probe, 2, "422"}, // a folded line belongs to X: no chunks
		"a quoted coding":                  {ask("Transfer-Encoding: \"chunked\"\r\n", chunked) + probe, 1, "501"},
		"a chunk of no size":               {ask("Transfer-Encoding: chunked\r\n", "\r\n\r\n") + probe, 1, "422"},
		"a chunk with a sign":              {ask("Transfer-Encoding: chunked\r\n", "+7\r\nlogin=a\r\n0\r\n\r\n") + probe, 1, "422"},
		"a chunk past all numbers":         {ask("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nlogin=a\r\n0\r\n\r\n") + probe, 1, "422"},
		"a chunk longer than said":         {ask("Transfer-Encoding: chunked\r\n", "2\r\nlogin=a\r\n0\r\n\r\n") + probe, 1, "422"},
		"a return in a header":             {ask("X: a\rTransfer-Encoding: chunked\r\nContent-Length: 7\r\n", "login=a") + probe, 1, "400"},
		"a nought in a header":             {ask("X: a\x00b\r\nContent-Length: 7\r\n", "login=a") + probe, 1, "400"},
		"a header without a colon":         {ask("X\r\nContent-Length: 7\r\n", "login=a") + probe, 1, "400"},
		"a space in a header's name":       {ask("X Y: a\r\nContent-Length: 7\r\n", "login=a") + probe, 1, "400"},
		"two hosts":                        {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + probe, 1, "400"},
		"no host":                          {"GET /healthz HTTP/1.1\r\n\r\n" + probe, 1, "400"},
		"a host with a path":               {"GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n" + probe, 1, "400"},
		"a version above 1.1":              {"GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n" + probe, 2, "200"},
		"a return in the line":             {"GET /healthz\rX: HTTP/1.1\r\nHost: a\r\n\r\n" + probe, 1, "400"},
		"http/1.0 with chunks":             {strings.Replace(ask("Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", chunked), "1.1", "1.0", 1) + probe, 1, "422"},
		"an answer's header in an address": {"GET /sign-in?to=/a%0d%0aInjected:%201 HTTP/1.1\r\nHost: a\r\n\r\n" + probe, 2, "200"},
		"an answer's header in a language": {"GET /?lang=en&x=%0d%0aInjected:%201 HTTP/1.1\r\nHost: a\r\n\r\n" + probe, 2, "303"},
	} {
		got := raw(t, l.Addr(), x.sent)
		first, _, _ := strings.Cut(got, "\r\n")
		if n := strings.Count(got, "HTTP/1.1 ") + strings.Count(got, "HTTP/1.0 "); n != x.answers || !strings.Contains(first, " "+x.first) {
			t.Errorf("%s: %d answers, the first %q; want %d, %s\n%.600s", name, n, first, x.answers, x.first, got)
		}
		if strings.Contains(got, "\r\nInjected:") {
			t.Errorf("%s: an answer has a header of the asker's:\n%.600s", name, got)
		}
	}
}

// TestMetricsAreForOperators: figures of the machine are told on the machine, or to
// a token for them.
func TestMetricsAreForOperators(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := newTown(t, at)
		token := func(scope string) (secret string) {
			err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				secret, err = s.Sessions.Make(tx, web.Token, 1, scope, "", time.Hour)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return "Bearer " + secret
		}
		for _, x := range []struct {
			peer, header, value string
			want                int
		}{
			{"127.0.0.1:5", "", "", 200},
			{"[::1]:5", "", "", 200},
			{"203.0.113.7:5", "", "", 403},
			{"127.0.0.1:5", "X-Forwarded-For", "203.0.113.7", 403},
			{"127.0.0.1:5", "X-Forwarded-For", "127.0.0.1", 403},
			{"127.0.0.1:5", "Forwarded", "for=203.0.113.7", 403},
			{"203.0.113.7:5", "X-Forwarded-For", "127.0.0.1", 403},
			{"203.0.113.7:5", "Authorization", token("metrics"), 200},
			{"203.0.113.7:5", "Authorization", token("read write"), 403},
			{"203.0.113.7:5", "Authorization", "Bearer wrong", 401},
		} {
			r := httptest.NewRequest("GET", "/metrics", nil)
			r.RemoteAddr = x.peer
			if x.header != "" {
				r.Header.Set(x.header, x.value)
			}
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			if w.Code != x.want || strings.Contains(w.Body.String(), "motcua_db_up 1") != (x.want == 200) {
				t.Errorf("%+v: %d\n%.200s", x, w.Code, w.Body)
			}
		}
	})
}
