package web

import (
	"net/http"
	"net/netip"

	"motcua/base/fault"
)

// From is the address a request comes from, as Front found it: what else the
// request says of that anybody may have written.
func (r *Request) From() netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// Operator refuses whom measurements are not for: all but programs on this machine
// that ask for themselves, and tokens that are good for them. What comes through a
// proxy, or says so, comes from elsewhere.
func (r *Request) Operator() error {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	local := err == nil && at.Addr().Unmap().IsLoopback() && len(r.Header.Values("X-Forwarded-For")) == 0 && len(r.Header.Values("Forwarded")) == 0
	if r.Session.Sort != Token && !local {
		return fault.New(fault.Forbidden, "web.metrics")
	}
	return nil
}

// Give sets another cookie than that of the session.
func (r *Request) Give(c *http.Cookie) { http.SetCookie(r.w, c) }
