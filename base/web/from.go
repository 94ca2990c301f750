package web

import (
	"net/http"
	"net/netip"
	"strings"

	"motcua/base/fault"
)

// From is the address a request comes from. Behind a proxy of ours, which is on
// this machine or in its network, it is the last that the proxy wrote into
// X-Forwarded-For: what stands before it anybody may have written.
func (r *Request) From() netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := at.Addr().Unmap()
	if all := r.Header.Values("X-Forwarded-For"); len(all) > 0 && (from.IsLoopback() || from.IsPrivate()) {
		last := all[len(all)-1]
		last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		if a, err := netip.ParseAddr(last); err == nil {
			return a.Unmap()
		}
	}
	return from
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
