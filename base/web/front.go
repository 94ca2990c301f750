package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Front is what every request passes first. Where proxies of ours stand before
// the program, it gives the address of who really asks: the last in
// X-Forwarded-For that is none of theirs; the header of anybody else is his own
// words and is left alone. Where the public comes by https, browsers are told to
// come so always (RFC 6797).
func (s *Server) Front(proxies []netip.Prefix, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.HTTPS {
			w.Header().Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) { // it may have said a length too, or chunks that 1.0 has not: nothing behind it is read (RFC 9112, 6.1 and 6.3)
			w.Header().Set("Connection", "close")
		}
		if from := asker(proxies, r); from.IsValid() {
			next := *r
			next.RemoteAddr = net.JoinHostPort(from.String(), "0")
			r = &next
		}
		h.ServeHTTP(w, r)
	})
}

// asker is who asks through proxies; no address: nobody's word but the connection's.
func asker(proxies []netip.Prefix, r *http.Request) (from netip.Addr) {
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !ours(peer.Addr().Unmap()) {
		return netip.Addr{}
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, s := range slices.Backward(said) {
		a, err := netip.ParseAddr(strings.TrimSpace(s))
		if err != nil {
			return from
		}
		if from = a.Unmap().WithZone(""); !ours(from) {
			return from
		}
	}
	return from
}
