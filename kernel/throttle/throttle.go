// Package throttle slows guessing down without shutting honest people out.
//
// A try is counted before it is looked at, on four scales: the account, the
// account from one network, the address, and the network of the address. Each has
// tries for nothing, then waits that double from a minute to Longest. Who gets in
// gives back what he used up. A device on which the person was signed in before
// has a scale of its own, which nobody without it can fill.
//
// When far more passwords are wrong than right everywhere at once, stolen ones are
// being tried in bulk: networks from which nobody got in lately have one try then.
// That is of passwords alone: a code sent to the person, or a passkey, lets him in.
package throttle

import (
	"net/netip"
	"sync"
	"time"
)

// Longest is how long anybody ever waits.
const Longest = 15 * time.Minute

// What is for nothing on each scale, and after how long without a try all is forgotten.
const (
	freeAccount = 20
	freePair    = 5
	freeAddress = 10
	freeNet     = 20
	freeDevice  = 10
	forget      = time.Hour
	bulk        = 100 // wrong tries in Longest that are told from ordinary mistakes …
	ratio       = 2   // … when there are so many of them for each right one
	most        = 200_000
)

// A Try is somebody at the door.
type Try struct {
	Sort    string // at which door: each has scales of its own
	Account string // what he typed, whether there is such an account or not; "": it is about none
	From    netip.Addr
	Device  string // on which this account was signed in before; "": an unknown one
}

// Password is the door at which what was stolen elsewhere is tried in bulk.
const Password = "password"

// A Gate counts the tries of one program. Its zero value counts none yet.
type Gate struct {
	mu     sync.Mutex
	scales map[scale]count
	gone   map[netip.Prefix]time.Time // where somebody got in, and when
	gave   map[string]bool            // accounts that gave back in this window
	window time.Time
	wrong  int
	right  int
	Counts Counts
}

// Counts are what came to the gate.
type Counts struct{ Tried, Passed, Right int }

// A scale is what tries are counted by.
type scale struct {
	sort    string
	account string
	net     netip.Prefix
	device  string
}

type count struct {
	n    int
	last time.Time
}

// net is the network that one household, office or attacker has.
func net(a netip.Addr) netip.Prefix {
	bits := 24
	if a = a.Unmap(); a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits)
	return p
}

func (t Try) scales() map[scale]int {
	if t.Device != "" {
		return map[scale]int{{sort: t.Sort, account: t.Account, device: t.Device}: freeDevice}
	}
	a := t.From.Unmap()
	all := map[scale]int{}
	if t.Account != "" {
		all[scale{sort: t.Sort, account: t.Account}] = freeAccount
	}
	if a.IsValid() {
		one, _ := a.Prefix(a.BitLen())
		if t.Account != "" {
			all[scale{sort: t.Sort, account: t.Account, net: net(a)}] = freePair
		}
		all[scale{sort: t.Sort, net: one}] = freeAddress
		all[scale{sort: t.Sort, net: net(a)}] = freeNet
	}
	return all
}

func wait(n, free int) time.Duration {
	if n < free {
		return 0
	}
	return min(Longest, time.Minute<<min(n-free, 10))
}

// Begin says how long a try has to wait, or counts it: 0 lets it be looked at.
func (g *Gate) Begin(t Try, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tidy(now)
	g.Counts.Tried++
	var long time.Duration
	all := t.scales()
	for s, free := range all {
		if c, ok := g.scales[s]; ok {
			long = max(long, c.last.Add(wait(c.n, free)).Sub(now))
		}
	}
	if _, known := g.gone[net(t.From)]; long <= 0 && t.Sort == Password && t.Device == "" && !known && g.scales[scale{sort: t.Sort, net: net(t.From)}].n > 0 && g.wrong > bulk && g.wrong > ratio*g.right {
		long = g.window.Add(Longest).Sub(now)
	}
	if long > 0 {
		return min(long, Longest)
	}
	for s := range all {
		c := g.scales[s]
		g.scales[s] = count{c.n + 1, now}
	}
	if t.Sort == Password {
		g.wrong++
	}
	g.Counts.Passed++
	return 0
}

// Right gives back what a try used up that turned out to be right.
func (g *Gate) Right(t Try, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tidy(now)
	back := 1
	if !g.gave[t.Account] { // and a mistake of others beside him; once, or an account of one's own would buy any number of tries
		g.gave[t.Account], back = true, 2
	}
	for s := range t.scales() {
		switch c := g.scales[s]; {
		case s.account != "" && (s.device != "" || s.net.IsValid()):
			delete(g.scales, s)
		case s.account != "": // the account at large: only this one try
			g.scales[s] = count{max(0, c.n-1), c.last}
		default:
			g.scales[s] = count{max(0, c.n-back), c.last}
		}
	}
	if t.From.IsValid() {
		g.gone[net(t.From)] = now
	}
	if t.Sort == Password {
		g.wrong--
		g.right++
	}
	g.Counts.Right++
}

// tidy begins a new window, and forgets what is over.
func (g *Gate) tidy(now time.Time) {
	if g.scales == nil {
		g.scales, g.gone, g.gave = map[scale]count{}, map[netip.Prefix]time.Time{}, map[string]bool{}
	}
	if now.Sub(g.window) >= Longest {
		g.window, g.wrong, g.right = now, 0, 0
		clear(g.gave)
		for s, c := range g.scales {
			if now.Sub(c.last) > forget {
				delete(g.scales, s)
			}
		}
		for p, at := range g.gone {
			if now.Sub(at) > 24*time.Hour {
				delete(g.gone, p)
			}
		}
	}
	if len(g.scales) > most { // a flood of invented names forgets all: each try still pays for its hash
		clear(g.scales)
	}
}
