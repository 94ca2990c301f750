// Package who knows persons, organisations, bodies of the State, and who may act for whom.
package who

import (
	"slices"

	"motcua/base/id"
	"motcua/base/lang"
)

// A Role is what a person is for a body.
type Role string

// The roles of a body.
const (
	Clerk   Role = "clerk"   // receives and hands out, at the counter
	Officer Role = "officer" // examines
	Leader  Role = "leader"  // decides and signs
	Admin   Role = "admin"   // gives roles, edits calendars
	Sealer  Role = "sealer"  // keeps the seal of a body, and answers for its use (Decree 30/2020, 32)
	Warden  Role = "warden"  // heads cybersecurity: stops signatures when keys are in danger
)

// Roles are all of them, in the order in which they are offered.
func Roles() []Role { return []Role{Clerk, Officer, Leader, Sealer, Warden, Admin} }

// Desk reports whether a role is at a desk, where dossiers are read and worked on.
func (r Role) Desk() bool { return r == Clerk || r == Officer || r == Leader }

// Dangerous reports whether a role lets its holder decide, sign, seal, stop what
// others do, or give roles: it takes two to give, and one to take it away.
func (r Role) Dangerous() bool { return r == Leader || r == Admin || r == Sealer || r == Warden }

// A Person is somebody who acts. The zero Person is nobody: a visitor who has not signed in.
type Person struct {
	ID                        id.ID
	Login, Name, Email, Phone string
	Number                    string // the person's number in the population register
	Born                      string // YYYY-MM-DD
	Lang                      lang.Lang
	Level                     Level // how surely it is known who he is; "": nothing is
	Grants                    []Grant
	Mandates                  []Mandate
}

// A Grant is a role of a person in a body.
type Grant struct {
	Role Role
	Body string
	For  id.ID // 0, or the colleague on leave whose work this grant covers
}

// Is reports whether p holds role in body.
func (p Person) Is(role Role, body string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == role && g.Body == body })
}

// Holds reports whether p holds any of the roles anywhere.
func (p Person) Holds(roles ...Role) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return slices.Contains(roles, g.Role) })
}

// Bodies are the bodies p works for, in one of the roles if any are named, in
// order, each once.
func (p Person) Bodies(roles ...Role) (all []string) {
	for _, g := range p.Grants {
		if (len(roles) == 0 || slices.Contains(roles, g.Role)) && !slices.Contains(all, g.Body) {
			all = append(all, g.Body)
		}
	}
	return all
}

// A Body is an authority: it takes dossiers, decides, signs.
type Body struct {
	Code     string    `yaml:"code"`    // Decision 20/2020: H26.001.00037
	Code102  string    `yaml:"code102"` // the older form, right to left: 00037.001.00.H26
	Name     lang.Text `yaml:"name"`
	Level    string    `yaml:"level"`  // ministry, province, district, commune, department
	Parent   string    `yaml:"parent"` // code of the body above
	Unit     string    `yaml:"unit"`   // code of the territory it serves, "" for the whole country
	Zone     string    `yaml:"zone"`   // IANA time zone
	From, To string    // in force, dates; "" is open
	Next     string    `yaml:"next"` // successor's code
	Address  string    `yaml:"address"`
	Phone    string    `yaml:"phone"`
}
