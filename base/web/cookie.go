package web

import (
	"net/http"
	"time"
)

// Where the public comes by https, every cookie carries this name and Secure: a
// page of another host of the same domain, or of plain http, cannot plant one
// (RFC 6265bis, 4.1.3.2).
const host = "__Host-"

// CookieName is what a cookie of ours is called in browsers.
func (s *Server) CookieName(name string) string {
	if s.HTTPS {
		return host + name
	}
	return name
}

// Keep is a cookie that the browser keeps for so long, that no script reads and
// no other site's form brings; a long of less than zero takes it away.
func (r *Request) Keep(name, value string, long time.Duration) *http.Cookie {
	return &http.Cookie{Name: r.Server.CookieName(name), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.Server.HTTPS, MaxAge: int(long.Seconds())}
}

// Kept is what the browser keeps under a name, or "".
func (r *Request) Kept(name string) string { return r.Server.keeps(r.Request, name) }

func (s *Server) keeps(r *http.Request, name string) string {
	if c, err := r.Cookie(s.CookieName(name)); err == nil {
		return c.Value
	}
	return ""
}
