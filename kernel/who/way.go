package who

import (
	"slices"
	"strings"
)

// A Way is how somebody shows that an account is his.
type Way string

// The ways.
const (
	Password Way = "password" // what he knows
	App      Way = "app"      // a code of an app on his phone (RFC 6238)
	Code     Way = "code"     // a code sent to a contact of his that answered before
	Passkey  Way = "passkey"  // WebAuthn with his finger, face or PIN asked for
	Recovery Way = "recovery" // one of the codes he keeps on paper
	Link     Way = "link"     // a link that an administrator gave him
	Upstream Way = "upstream" // the provider of his body said so
	Twice    Way = "twice"    // … and that it asked him for two factors
)

// Ways reads the ways that a session was entered by from its scope.
func Ways(scope string) (all []Way) {
	for _, w := range strings.Fields(scope) {
		all = append(all, Way(w))
	}
	return all
}

// Scope writes ways as the scope of a session, each once.
func Scope(ways []Way) string {
	var all []string
	for _, w := range ways {
		if !slices.Contains(all, string(w)) {
			all = append(all, string(w))
		}
	}
	return strings.Join(all, " ")
}

// Strength is how sure the ways together make it that he is the one whose
// account it is; how sure it is who he is, is another question. A passkey cannot
// be given to a wrong page; two ways of different sorts are a second factor;
// one way alone, of whatever sort, is Low (eIDAS 2015/1502, annex 2.2.1; NIST SP
// 800-63B-4, 2). A link and a recovery code stand in for a lost factor: they
// make nothing surer.
func Strength(ways []Way) Level {
	has := func(w Way) bool { return slices.Contains(ways, w) }
	switch {
	case has(Passkey):
		return High
	case has(Password) && (has(App) || has(Code)), has(Upstream) && (has(Twice) || has(App)):
		return Substantial
	}
	return Low
}
