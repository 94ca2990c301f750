// Package throttle slows guessing down without shutting honest people out.
//
// A try is counted before it is looked at, on four scales: the account, the
// account from one network, the address, and the network of the address. Each has
// tries for nothing, then waits that double from a minute to Longest. Who gets in
// gives back what he used up. A device on which the person was signed in before
// has a scale of its own, which nobody without it can fill.
//
// When far more passwords are wrong than right everywhere at once, stolen ones are
// being tried in bulk. Networks from which nobody got in lately have one try then,
// or more of the one account that somebody mistyped, as long as few of their
// neighbours were wrong. That is of passwords alone: a code sent to the person, or a
// passkey, lets him in.
//
// Programs over one database count together (Share).
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
	day         = 24 * time.Hour
	bulk        = 30 // wrong tries in Longest that are told from ordinary mistakes …
	ratio       = 2  // … when there are so many of them for each right one
	freeBlock   = 4  // wrong ones of neighbouring networks, while tries come in bulk
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
	blocks map[netip.Prefix]int       // wrong tries of neighbours in this window, in bulk
	window time.Time                  // since when are the next three
	wrong  int
	right  int
	held   int // tries that were not looked at since they came in bulk
	Counts Counts
	shared
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

// block is the network with its neighbours: what one provider has there.
func block(a netip.Addr) netip.Prefix {
	bits := 16
	if a = a.Unmap(); a.Is6() {
		bits = 32
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
		if c := g.of(s); c.n > 0 {
			long = max(long, c.last.Add(wait(c.n, free)).Sub(now))
		}
	}
	stranger := t.Sort == Password && t.Device == "" && !g.known(net(t.From), now) && g.inBulk()
	if long <= 0 && stranger && (g.blocks[block(t.From)] >= freeBlock ||
		g.of(scale{sort: t.Sort, net: net(t.From)}).n > 0 && g.of(scale{sort: t.Sort, account: t.Account, net: net(t.From)}).n <= 0) {
		long = g.window.Add(Longest).Sub(now)
		g.held++
	}
	if long > 0 {
		return min(long, Longest)
	}
	for s := range all {
		g.scales[s] = count{g.scales[s].n + 1, now}
	}
	if stranger {
		g.blocks[block(t.From)]++
	}
	if t.Sort == Password {
		g.wrong++
	}
	g.Counts.Passed++
	return 0
}

// inBulk reports whether so much is wrong, or held up as it came in bulk, that
// somebody must be trying what was stolen.
func (g *Gate) inBulk() bool {
	wrong, right := g.everywhere()
	wrong += g.held
	return wrong > bulk && wrong > ratio*right
}

// known reports whether somebody got in from n in the last day.
func (g *Gate) known(n netip.Prefix, now time.Time) bool {
	at, ok := g.gone[n]
	return ok && now.Sub(at) < day || now.Sub(g.others[g.name(scale{sort: sortGone, net: n})].last) < day
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
		c, total := g.scales[s], g.of(s).n
		switch {
		case s.account != "" && (s.device != "" || s.net.IsValid()):
			c.n -= total
		case s.account != "": // the account at large: only this one try
			c.n -= min(1, max(0, total))
		default:
			c.n -= min(back, max(0, total))
		}
		g.scales[s] = c
		if _, told := g.told[g.name(s)]; c.n == 0 && !told {
			delete(g.scales, s)
		}
	}
	if t.From.IsValid() {
		g.gone[net(t.From)] = now
		if n := g.blocks[block(t.From)]; n > 0 {
			g.blocks[block(t.From)] = max(0, n-back)
		}
	}
	if t.Sort == Password {
		g.wrong--
		g.right++
	}
	g.Counts.Right++
}

// tidy begins a new window, and forgets what is over. Windows are those of the
// clock, the same in every program.
func (g *Gate) tidy(now time.Time) {
	if g.scales == nil {
		g.scales, g.gone = map[scale]count{}, map[netip.Prefix]time.Time{}
		g.gave, g.blocks = map[string]bool{}, map[netip.Prefix]int{}
	}
	if w := now.Truncate(Longest); !w.Equal(g.window) {
		g.window, g.wrong, g.right, g.held = w, 0, 0, 0
		clear(g.gave)
		clear(g.blocks)
		for s, c := range g.scales {
			if now.Sub(c.last) > forget {
				delete(g.scales, s)
			}
		}
		for p, at := range g.gone {
			if now.Sub(at) > day {
				delete(g.gone, p)
			}
		}
		g.forget(now)
	}
	if len(g.scales) > most { // a flood of invented names forgets all: each try still pays for its hash
		clear(g.scales)
	}
}
