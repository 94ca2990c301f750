package who

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"motcua/base/lang"
)

// A Unit is a territory of the State.
type Unit struct {
	Code   string
	Name   string
	Type   string
	Parent string // code of the territory around it; "" for the highest
	Next   string // code of the territory it was merged into; "": it is one of today
}

// A Country is the directory of bodies and territories. The territories and the
// bodies of the pack never change; the bodies that administrators added lie
// over them and are read anew when they change.
type Country struct {
	units    []Unit
	unit     map[string]int
	inside   map[string][]int // units by parent
	typeName func(string) string
	pack     *directory
	mu       sync.Mutex // held while the added bodies are read
	added    atomic.Pointer[directory]
}

// A directory is a list of bodies, found in several ways. It never changes once made.
type directory struct {
	bodies []Body
	byCode map[string]int
	below  map[string][]int // by parent
	byUnit map[string][]int // by the unit they serve
	folded func() []string
}

// NewCountry is the directory of these bodies and units; typeName says a unit's type.
// Bodies and territories that have a successor are found by their code, for what
// was decided there, and offered nowhere.
func NewCountry(bodies []Body, units []Unit, typeName func(string) string) *Country {
	c := &Country{units: units, unit: map[string]int{}, inside: map[string][]int{}, typeName: typeName}
	for i, u := range units {
		c.unit[u.Code] = i
		if u.Next == "" {
			c.inside[u.Parent] = append(c.inside[u.Parent], i)
		}
	}
	c.pack = c.indexed(bodies)
	c.added.Store(c.indexed(nil))
	return c
}

func (c *Country) indexed(bodies []Body) *directory {
	d := &directory{bodies: bodies, byCode: map[string]int{}, below: map[string][]int{}, byUnit: map[string][]int{}}
	for i, b := range bodies {
		d.byCode[b.Code] = i
		if b.Code102 != "" {
			d.byCode[b.Code102] = i
		}
		if b.Next != "" {
			continue
		}
		d.below[b.Parent] = append(d.below[b.Parent], i)
		if u, ok := c.Unit(b.Unit); ok && u.Next != "" {
			d.byUnit[u.Next] = append(d.byUnit[u.Next], i)
		} else if b.Unit != "" {
			d.byUnit[b.Unit] = append(d.byUnit[b.Unit], i)
		}
	}
	d.folded = sync.OnceValue(func() []string { // when somebody seeks: it takes longer than all else
		names := make([]string, len(bodies))
		for i, b := range bodies {
			names[i] = " " + lang.Fold(b.Name.In(lang.VI))
		}
		return names
	})
	return d
}

// all are the pack's bodies and the added ones.
func (c *Country) all() [2]*directory { return [2]*directory{c.pack, c.added.Load()} }

// Body finds a body by its code, new or old.
func (c *Country) Body(code string) (Body, bool) {
	for _, d := range c.all() {
		if i, ok := d.byCode[code]; ok {
			return d.bodies[i], true
		}
	}
	return Body{}, false
}

// Added reports whether an administrator added the body.
func (c *Country) Added(code string) bool {
	_, ok := c.added.Load().byCode[code]
	return ok
}

// Bodies are the bodies of which keep is true, at most limit, in the directory's order.
func (c *Country) Bodies(keep func(Body) bool, limit int) (all []Body) {
	for _, d := range c.all() {
		for _, b := range d.bodies {
			if b.Next == "" && keep(b) {
				if all = append(all, b); len(all) == limit {
					return all
				}
			}
		}
	}
	return all
}

// Below are the bodies directly under parent.
func (c *Country) Below(parent string) (all []Body) {
	for _, d := range c.all() {
		for _, i := range d.below[parent] {
			all = append(all, d.bodies[i])
		}
	}
	return all
}

// Serving are the bodies of a territory.
func (c *Country) Serving(unit string) (all []Body) {
	for _, d := range c.all() {
		for _, i := range d.byUnit[unit] {
			all = append(all, d.bodies[i])
		}
	}
	return all
}

// Seek finds bodies by the words of their name, without marks too, best first.
func (c *Country) Seek(words string, keep func(Body) bool, limit int) []Body {
	q := strings.Fields(lang.Fold(words))
	if len(q) == 0 {
		return nil
	}
	type hit struct {
		body Body
		rank int
	}
	var hits []hit
	for _, d := range c.all() {
	next:
		for i, name := range d.folded() {
			for _, w := range q {
				if !strings.Contains(name, " "+w) {
					continue next
				}
			}
			if b := d.bodies[i]; b.Next == "" && (keep == nil || keep(b)) {
				hits = append(hits, hit{b, len(name)})
			}
		}
	}
	sort.SliceStable(hits, func(a, b int) bool { return hits[a].rank < hits[b].rank })
	var all []Body
	for _, h := range hits[:min(limit, len(hits))] {
		all = append(all, h.body)
	}
	return all
}

// Unit finds a territory.
func (c *Country) Unit(code string) (Unit, bool) {
	i, ok := c.unit[code]
	if !ok {
		return Unit{}, false
	}
	return c.units[i], true
}

// Inside are the territories directly inside parent; "" gives the highest.
func (c *Country) Inside(parent string) (all []Unit) {
	for _, i := range c.inside[parent] {
		all = append(all, c.units[i])
	}
	return all
}

// Has reports whether parent has the unit code, or had it before it was merged
// into the territory that has it now: older papers are understood.
func (c *Country) Has(code, parent string) bool {
	i, ok := c.unit[code]
	if !ok || c.units[i].Parent == parent {
		return ok
	}
	was, ok := c.Unit(parent)
	return ok && was.Next != "" && was.Next == c.units[i].Parent
}

// Successor is the body that carries on the work of code: the last of those
// that follow one another, code itself where none does.
func (c *Country) Successor(code string) (Body, bool) {
	b, ok := c.Body(code)
	for range 10 {
		next, found := c.Body(b.Next)
		if !found || b.Next == "" {
			break
		}
		b = next
	}
	return b, ok
}

// Ended are the bodies that have a successor, in the directory's order.
func (c *Country) Ended() (all []Body) {
	for _, d := range c.all() {
		for _, b := range d.bodies {
			if b.Next != "" {
				all = append(all, b)
			}
		}
	}
	return all
}

// UnitName is the name of a territory with its type.
func (c *Country) UnitName(code string) lang.Text {
	u, ok := c.Unit(code)
	if !ok {
		return lang.Say(code)
	}
	name := u.Name
	if c.typeName != nil {
		if t := c.typeName(u.Type); t != "" {
			name = t + " " + name
		}
	}
	return lang.Say(name)
}

// Path is a body's name with the names of the bodies above it that serve territories, nearest first.
func (c *Country) Path(code string) (all []Body) {
	for b, ok := c.Body(code); ok && len(all) < 6; b, ok = c.Body(b.Parent) {
		all = append(all, b)
	}
	return all
}

// Rules reports whether p administers the body, one above it, or the node, which
// is the body without a code.
func (c *Country) Rules(p Person, code string) bool {
	return p.Is(Admin, "") || slices.ContainsFunc(c.Path(code), func(b Body) bool { return p.Is(Admin, b.Code) })
}

// Levels are the levels of bodies, each once, sorted.
func (c *Country) Levels() (all []string) {
	for _, d := range c.all() {
		for _, b := range d.bodies {
			if !slices.Contains(all, b.Level) {
				all = append(all, b.Level)
			}
		}
	}
	slices.Sort(all)
	return all
}
