package who

import "slices"

// A Level of assurance says how surely it is known who somebody is: of a
// person, how his identity was proved; of a session, that and how he signed in
// (as eIDAS 2015/1502 and NIST SP 800-63-4 tell them apart). "" counts as Low.
type Level string

// The levels, each surer than the one before.
const (
	Low         Level = "low"         // a contact that answered
	Substantial Level = "substantial" // matched with the population register, and a second factor
	High        Level = "high"        // shown in person, and a credential that cannot be phished
)

// Levels are all of them, the least sure first.
func Levels() []Level { return []Level{Low, Substantial, High} }

// Reaches reports whether l is as sure as want or surer.
func (l Level) Reaches(want Level) bool { return l.rank() >= want.rank() }

func (l Level) rank() int { return max(0, slices.Index(Levels(), l)) }
