package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
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
