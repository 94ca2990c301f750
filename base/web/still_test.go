package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

// TestStill: a still page is made once for all who bring nothing private, and
// anew for everybody else and when something changed.
func TestStill(t *testing.T) {
	made := 0
	s := &Server{Sessions: &Sessions{}, Zone: time.UTC, Asset: func(s string) string { return s }}
	var drop bool
	h := s.Handle(Options{Still: time.Minute}, func(r *Request) (Answer, error) {
		made++
		if drop { // something changes while the page is made
			s.Drop()
		}
		if r.URL.Path == "/gone" {
			return Answer{status: http.StatusNotFound, body: templ.Raw("gone")}, nil
		}
		return Show(templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, string(r.Lang)+strings.Repeat(" page "+strconv.Itoa(made), 1000))
			return err
		}))
	})
	get := func(path string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	first := get("/a")
	for _, c := range []struct {
		name string
		path string
		head []string
		made bool
	}{
		{"the same again", "/a", nil, false},
		{"compressed", "/a", []string{"Accept-Encoding", "gzip"}, false},
		{"another page", "/b", nil, true},
		{"with a question", "/a?q=1", nil, true},
		{"another language", "/a", []string{"Accept-Language", "fr"}, true},
		{"his choice of language", "/a", []string{"Cookie", "lang=fr"}, false},
		{"a larger size", "/a", []string{"Cookie", "size=lg"}, true},
		{"the larger size again", "/a", []string{"Cookie", "size=lg"}, false},
		{"a draft of his own", "/a", []string{"Cookie", "draft-1=x"}, true},
		{"what is not there", "/gone", nil, true},
		{"what is not there, again", "/gone", nil, true},
	} {
		before := made
		w := get(c.path, c.head...)
		if (made > before) != c.made {
			t.Errorf("%s: made %v, want %v", c.name, made > before, c.made)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") == "" {
			t.Errorf("%s: headers %v", c.name, w.Header())
		}
	}
	if again := get("/a"); again.Body.String() != first.Body.String() || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
		t.Error("the kept page differs from the first")
	}
	if w := get("/a", "If-None-Match", first.Header().Get("ETag")); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("who has it: %d with %d bytes", w.Code, w.Body.Len())
	}
	if private := get("/a", "Cookie", "draft-1=x").Header(); private.Get("Cache-Control") != "no-store" || private.Get("ETag") != "" {
		t.Errorf("a private page is kept by the browser: %v", private)
	}
	s.Drop()
	before := made
	if get("/a"); made != before+1 {
		t.Error("a dropped page was shown")
	}
	s.Drop()
	drop = true
	get("/a")
	drop, before = false, made
	if get("/a"); made != before+1 {
		t.Error("a page made before the change was kept after it")
	}
}
