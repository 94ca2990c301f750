package demo

import (
	"strings"

	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// spread finds, for each body of the examples, one like it in every other
// province: a map on which one province alone is alive shows nothing.
func (n *Nation) spread() {
	n.twins = map[string][]string{}
	c := n.app.Country
	provinces := c.Bodies(func(b who.Body) bool { return b.Level == "province" }, 100)
	for _, code := range n.bodies {
		b, _ := c.Body(code)
		top, rest, _ := strings.Cut(code, ".")
		home, ok := c.Body(top)
		if !ok || home.Level != "province" {
			continue
		}
		for _, p := range provinces {
			twin, ok := p, p.Code != top
			switch {
			case rest == "":
			case b.Level == "district" || b.Level == "commune":
				for at := p; ok && twin.Level != b.Level; at = twin {
					twin, ok = first(c.Below(at.Code), "district", "commune")
				}
			default:
				twin, ok = c.Body(p.Code + "." + rest)
				ok = ok && p.Code != top
			}
			if ok {
				n.twins[code] = append(n.twins[code], twin.Code)
			}
		}
	}
}

func first(all []who.Body, levels ...string) (who.Body, bool) {
	for _, b := range all {
		for _, l := range levels {
			if b.Level == l {
				return b, true
			}
		}
	}
	return who.Body{}, false
}

// elsewhere sets more than half of the stories in another province.
func (n *Nation) elsewhere(x procedure.Example) procedure.Example {
	n.mu.Lock()
	defer n.mu.Unlock()
	if all := n.twins[x.Body]; len(all) > 0 && n.rng.IntN(5) < 3 {
		if b := all[n.rng.IntN(len(all))]; len(n.staff[b]) > 0 {
			x.Body = b
		}
	}
	return x
}

// slow is how seldom a desk is slow, one in so many: it differs between
// provinces, so that a map of promises has something to show.
func (n *Nation) slow(body string) int {
	sum := 0
	for _, c := range body[:min(3, len(body))] {
		sum = sum*7 + int(c)
	}
	return 3 + sum*sum%43
}
