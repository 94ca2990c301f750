package track

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// A Limiter counts tries per address, in memory: what one program forgets when
// it ends, nobody can guess in time.
type Limiter struct {
	Most int
	Per  time.Duration
	mu   sync.Mutex
	at   time.Time // when the present stretch began
	seen map[string]int
}

// Allow counts one more try of addr and reports whether it may be.
func (l *Limiter) Allow(addr string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil || now.Sub(l.at) >= l.Per || now.Before(l.at) {
		l.at, l.seen = now, map[string]int{}
	}
	n := network(addr)
	l.seen[n]++
	return l.seen[n] <= l.Most
}

// Right takes back a try of addr that was no guess: who has a hundred receipts may ask for each.
func (l *Limiter) Right(addr string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := network(addr); l.seen[n] > 0 {
		l.seen[n]--
	}
}

// network is who a caller is: his address, or with IPv6 the network of his
// house, which has more addresses than anybody can count.
func network(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return host
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return host
	}
	return p.String()
}
