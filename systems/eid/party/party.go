// Package party is the portals and apps that rely on the common account, as
// their bodies registered them, and what each person lets them know.
package party

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/who"
)

// What a party may be let know or do, in the order in which a person is asked.
const (
	OpenID  = "openid" // a name for him at its body
	Profile = "profile"
	Email   = "email"
	Phone   = "phone"
	Number  = "number" // of the population register
	Read    = "read"   // the person's dossiers, by the API
	Write   = "write"  // filing in his name, by the API
	Notify  = "notify" // that one of his dossiers has news, pushed to his device
	Offline = "offline_access"
)

// Scopes are all that may be asked for.
func Scopes() []string {
	return []string{OpenID, Profile, Email, Phone, Number, Read, Write, Notify, Offline}
}

// How a party proves that it is itself.
const (
	BySecret = "secret" // a shared secret, kept here as its hash
	ByKey    = "key"    // a signature with its own key (RFC 7523)
	ByNone   = "none"   // an app on a phone or desk, which can keep no secret (RFC 8252)
)

// Live is the state of a party that people may sign in to.
const Live = "open"

// A Party is a portal or an app that relies on us for who somebody is. Its id is
// that of the dossier by which its body registered it, so none is ever used again.
type Party struct {
	ID          id.ID
	Body        string
	State       string // of its dossier
	Name        string
	Site        string   // its home page
	Redirects   []string // where a person comes back to, letter by letter
	Leaves      []string // where he may come to after signing out
	BackChannel string   // where it is told that somebody signed out; "": nowhere
	Scopes      []string
	Auth        string
	Keys        string    // its public keys, a JSON Web Key Set
	Secret      string    // hash
	Level       who.Level // the least with which it lets anybody in
	Signs       string    // the algorithm that signs its tokens
}

const partyColumns = `id, body, state, name, site, redirects, leaves, backchannel, scopes, auth, keys, secret, level, alg`

func scanParty(into func(...any) error) (x Party, err error) {
	var redirects, leaves, scopes, level string
	err = into(&x.ID, &x.Body, &x.State, &x.Name, &x.Site, &redirects, &leaves, &x.BackChannel, &scopes, &x.Auth, &x.Keys, &x.Secret, &level, &x.Signs)
	x.Redirects, x.Leaves, x.Scopes, x.Level = strings.Fields(redirects), strings.Fields(leaves), strings.Fields(scopes), who.Level(level)
	return x, err
}

// Put writes a party as its dossier now has it.
func Put(tx *db.Tx, x Party, at time.Time) error {
	_, err := tx.Exec(`insert into eid_party (`+partyColumns+`, changed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		on conflict (id) do update set state = excluded.state, changed = excluded.changed`,
		x.ID, x.Body, x.State, x.Name, x.Site, strings.Join(x.Redirects, " "), strings.Join(x.Leaves, " "), x.BackChannel,
		strings.Join(x.Scopes, " "), x.Auth, x.Keys, x.Secret, string(x.Level), x.Signs, db.At(at))
	return err
}

// Find reads a party, whatever its state.
func Find(tx *db.Tx, n id.ID) (x Party, err error) {
	all, err := db.List(tx, scanParty, `select `+partyColumns+` from eid_party where id = $1`, n)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "eid.noparty")
	}
	if err == nil {
		x = all[0]
	}
	return x, err
}

// All are the parties of every body, the latest first.
func All(tx *db.Tx) ([]Party, error) {
	return db.List(tx, scanParty, `select `+partyColumns+` from eid_party order by id desc`)
}

// SetSecret gives a party another secret, of which the hash is kept.
func SetSecret(tx *db.Tx, n id.ID, secret string) error {
	_, err := tx.Exec(`update eid_party set secret = $1 where id = $2`, digest(secret), n)
	return err
}

// Returns reports whether a person may be sent back to this address: one that is
// registered, letter by letter; of an app on the person's own machine the port
// alone may differ, for it cannot choose one ahead (RFC 8252, 7.3).
func (x Party) Returns(to string) bool {
	if slices.Contains(x.Redirects, to) {
		return true
	}
	if x.Auth != ByNone {
		return false
	}
	u, ok := loopback(to)
	return ok && slices.ContainsFunc(x.Redirects, func(s string) bool {
		r, own := loopback(s)
		return own && r == u
	})
}

// Unsure reports whether nobody knows which program is at an address: of those on
// the person's own machine any may listen there (RFC 8252, 8.6).
func (x Party) Unsure(to string) bool {
	_, local := loopback(to)
	return x.Auth == ByNone && local
}

// loopback is an address on the person's own machine without its port.
func loopback(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Port() == "" || u.Fragment != "" {
		return "", false
	}
	host := u.Hostname()
	if host != "127.0.0.1" && host != "::1" {
		return "", false
	}
	want := "http://" + net.JoinHostPort(host, u.Port())
	rest, ok := strings.CutPrefix(s, want)
	return host + rest, ok
}

// Holds asks whether this is the party's secret, in the same time whatever it is.
func (x Party) Holds(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(x.Secret)) == 1
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
