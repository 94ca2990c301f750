package web

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
)

func TestWhoAsks(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.9.0.0/16"), netip.MustParsePrefix("::1/128")}
	for _, x := range []struct {
		peer, want string
		said       []string
	}{
		{"127.0.0.1:5", "127.0.0.1:5", nil},
		{"127.0.0.1:5", "203.0.113.7:0", []string{"203.0.113.7"}},
		{"127.0.0.1:5", "203.0.113.7:0", []string{"198.51.100.1, 203.0.113.7"}},             // who asks wrote the first himself
		{"127.0.0.1:5", "203.0.113.7:0", []string{"198.51.100.1", "203.0.113.7, 10.9.1.1"}}, // two proxies, two headers
		{"[::1]:5", "[2001:db8::1]:0", []string{"2001:db8::1"}},
		{"127.0.0.1:5", "203.0.113.7:0", []string{"::ffff:203.0.113.7"}},
		{"127.0.0.1:5", "127.0.0.1:5", []string{"unknown"}},
		{"127.0.0.1:5", "10.9.1.1:0", []string{"203.0.113.7, nonsense, 10.9.1.1"}},
		{"203.0.113.9:5", "203.0.113.9:5", []string{"198.51.100.1"}}, // no proxy of ours
		{"10.10.0.1:5", "10.10.0.1:5", []string{"198.51.100.1"}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = x.peer
		for _, s := range x.said {
			r.Header.Add("X-Forwarded-For", s)
		}
		got := ""
		(&Server{}).Front(ours, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != x.want {
			t.Errorf("%s, %q: got %s, want %s", x.peer, x.said, got, x.want)
		}
	}
}

// Who is throttled by where he comes from does not choose that himself: what no
// proxy of ours passes on is not believed, from inside the house as little as from outside.
func TestFromIsWhoAsks(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, x := range []struct{ peer, said, want string }{
		{"127.0.0.1:5", "203.0.113.7", "203.0.113.7"},
		{"127.0.0.1:5", "198.51.100.1, 10.10.0.1", "10.10.0.1"},
		{"10.10.0.1:5", "198.51.100.1", "10.10.0.1"}, // an official at his desk
		{"192.168.1.9:5", "198.51.100.1", "192.168.1.9"},
		{"203.0.113.9:5", "198.51.100.1", "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = x.peer
		r.Header.Set("X-Forwarded-For", x.said)
		(&Server{}).Front(ours, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := (&Request{Request: r}).From().String(); got != x.want {
				t.Errorf("%s says %q: from %s, want %s", x.peer, x.said, got, x.want)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

// An address with what no browser sends reaches no page: databases disagree on it.
func TestLetters(t *testing.T) {
	texts, err := lang.Load(Texts, ui.Texts)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Sessions: &Sessions{}, Texts: texts, Zone: time.UTC, IDs: id.NewSource(1, time.Now), Asset: func(s string) string { return s }, Frame: func(*Request) ui.Frame { return ui.Frame{} }}
	h := s.Handle(Options{}, func(*Request) (Answer, error) { return Raw("text/plain", nil), nil })
	for path, want := range map[string]int{"/?q=%E1%BA%A1%0A": 200, "/a%2F%E1%BA%A1": 200, "/?q=%00": 422, "/?q=a&q=%ff": 422, "/?%ff=1": 422, "/?%00": 422, "/%00": 404, "/a%ff": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// The switches of language, size and scheme lead to the same page and nowhere else,
// however its address is written (CWE-601).
func TestSwitchesStayHere(t *testing.T) {
	s := &Server{Sessions: &Sessions{}, Zone: time.UTC, Asset: func(s string) string { return s }}
	h := s.Handle(Options{}, func(*Request) (Answer, error) { return Answer{}, nil })
	for _, path := range []string{"/", "/a", "/%2fevil.example", "/%2Fevil.example/x", "/%2f%2fevil.example", "/%5cevil.example", "/\\evil.example", "/a%2fb"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path+"?lang=en&q=1", nil))
		to, err := url.Parse(w.Header().Get("Location"))
		if w.Code != http.StatusSeeOther || err != nil || to.Host != "" || to.Path != strings.NewReplacer("%2f", "/", "%2F", "/", "%5c", "\\").Replace(path) || to.RawQuery != "q=1" {
			t.Errorf("%s: %d to %q, %v", path, w.Code, w.Header().Get("Location"), err)
		}
	}
}

func TestHTTPS(t *testing.T) {
	for _, x := range []struct {
		https             bool
		name, other, hsts string
	}{
		{true, "__Host-motcua", "motcua", "max-age=63072000; includeSubDomains"},
		{false, "motcua", "__Host-motcua", ""},
	} {
		s := &Server{HTTPS: x.https}
		r := &Request{Request: httptest.NewRequest("GET", "/", nil), Server: s}
		r.AddCookie(&http.Cookie{Name: x.other, Value: "planted"})
		if got := r.Secret(); got != "" {
			t.Errorf("https %v: took %q from the cookie %s", x.https, got, x.other)
		}
		r.AddCookie(&http.Cookie{Name: x.name, Value: "ours"})
		if got := r.Secret(); got != "ours" {
			t.Errorf("https %v: got %q of the cookie %s", x.https, got, x.name)
		}
		c := r.Keep("lang", "vi", 1)
		if c.Secure != x.https || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("https %v: %+v", x.https, c)
		}
		w := httptest.NewRecorder()
		s.Front(nil, http.NotFoundHandler()).ServeHTTP(w, r.Request)
		if got := w.Header().Get("Strict-Transport-Security"); got != x.hsts {
			t.Errorf("https %v: HSTS %q, want %q", x.https, got, x.hsts)
		}
	}
}

// Who is refused stands in the log with the route and his number, each in one
// line that he cannot write himself; what failed by us stands there with the
// number he was told.
func TestRefusedIsLogged(t *testing.T) {
	var log bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(was) })
	all, err := lang.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Texts: all, Zone: time.UTC, IDs: id.NewSource(1, time.Now)}
	for _, x := range []struct {
		err  error
		want string
	}{
		{fault.New(fault.Forbidden, "web.cross"), `"status":403`},
		{fault.New(fault.TooMany, "web.cross"), `"status":429`},
		{errors.New("a\nline"), `"err":"a\nline"`},
		{fault.New(fault.NotFound, "web.nopage"), ""},
	} {
		log.Reset()
		q := httptest.NewRequest("GET", "/x", nil)
		q.Pattern, q.RemoteAddr = "GET /x\n{}", "203.0.113.7:1"
		s.wrong(&Request{Request: q, Server: s, API: true, Session: Session{Subject: 7}, Voice: lang.Voice{Lang: lang.EN, Catalogue: all}}, x.err)
		got := log.String()
		if x.want == "" && got != "" || x.want != "" && (!strings.Contains(got, x.want) || !strings.Contains(got, `"route":"GET /x\n{}"`)) || strings.Count(got, "\n") > 1 {
			t.Errorf("%v: logged %q, want %s", x.err, got, x.want)
		}
	}
}
