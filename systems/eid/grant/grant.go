// Package grant is what was given out to parties and is still good: who let which
// party in, the secrets that stand for it, and what was last done with them.
package grant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/systems/eid/party"
)

// How long what is given out is good for.
const (
	CodeLife    = time.Minute
	AccessLife  = 10 * time.Minute
	RefreshLife = 30 * 24 * time.Hour  // from one use to the next
	Life        = 180 * 24 * time.Hour // after which the person is asked again
)

// A Grant is that a party was let know who is here, or lets itself in by itself
// for as long as the person allows.
type Grant struct {
	ID, Party, Person, Session id.ID
	Scopes                     []string
	Level                      string
	Signed, Made, Ended        time.Time
}

const columns = `g.id, g.party, g.person, g.session, g.scopes, g.level, g.signed, g.made, g.ended`

func scan(into func(...any) error) (g Grant, err error) {
	var scopes string
	var signed, made, ended db.Time
	err = into(&g.ID, &g.Party, &g.Person, &g.Session, &scopes, &g.Level, &signed, &made, &ended)
	g.Scopes, g.Signed, g.Made, g.Ended = strings.Fields(scopes), signed.Time, made.Time, ended.Time
	return g, err
}

// A Code is what a party is given to ask for tokens with: the grant as it will
// be, and what must come with it. It is sealed and nothing of it is stored, so
// one that nobody redeems leaves no trace.
type Code struct {
	Grant
	Nonce, Redirect, Challenge string
}

// Good reports whether a code is not too old at now.
func (c Code) Good(now time.Time) bool { return c.Made.Add(CodeLife).After(now) }

// Begin writes a grant down when its code is spent; what comes with the code
// fits or not. It is good if it fits and comes for the first time, and the person
// is still signed in where he was and lets the party have it. Else it is used up:
// a second use means that two have the code, and nobody knows which of them stole
// it, so that what was given for it ends too (RFC 9700, 2.1.1).
func Begin(tx *db.Tx, a *kernel.App, g Grant, fits bool) (good bool, err error) {
	n, err := tx.Exec(`insert into eid_grant (id, party, person, session, scopes, level, signed, made, ended) values ($1, $2, $3, $4, $5, $6, $7, $8, 0) on conflict (id) do nothing`,
		g.ID, g.Party, g.Person, g.Session, strings.Join(g.Scopes, " "), g.Level, db.At(g.Signed), db.At(g.Made))
	if err == nil && n == 1 && fits {
		good, err = stands(tx, a, g)
	}
	if err == nil && !good {
		err = End(tx, a, g, a.Now())
	}
	return good, err
}

// stands reports whether what a grant rests on is still so.
func stands(tx *db.Tx, a *kernel.App, g Grant) (bool, error) {
	given, err := party.Given(tx, g.Person, g.Party)
	if err != nil || slices.ContainsFunc(g.Scopes, func(s string) bool { return !slices.Contains(given, s) }) {
		return false, err
	}
	return a.Sessions.Here(tx, g.Person, g.Session)
}

// Live are the grants with that number that did not end: one or none.
func Live(tx *db.Tx, n id.ID) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.id = $1 and g.ended = 0`, n)
}

// OfSession are those that a browser's session let in.
func OfSession(tx *db.Tx, session id.ID) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.session = $1 and g.session <> 0`, session)
}

// OfPerson are those of a person at a party.
func OfPerson(tx *db.Tx, person, party id.ID) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.person = $1 and g.party = $2`, person, party)
}

// Open are those of a person at all parties that did not end.
func Open(tx *db.Tx, person id.ID) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.person = $1 and g.ended = 0`, person)
}

// OfParty are those at a party that did not end.
func OfParty(tx *db.Tx, party id.ID) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.party = $1 and g.ended = 0`, party)
}

// Behind are the grants of a party behind what it gives back: the number on an
// access token, or a refresh token.
func Behind(tx *db.Tx, party, n id.ID, token string) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.party = $1 and (g.id = $2 or g.id = (select grant_id from eid_secret where hash = $3))`,
		party, n, digest(refresh+token))
}

// End ends a grant at now, with all that was given out for it.
func End(tx *db.Tx, a *kernel.App, g Grant, now time.Time) error {
	if _, err := tx.Exec(`update eid_grant set ended = $1 where id = $2 and ended = 0`, db.At(now), g.ID); err != nil {
		return err
	}
	return a.Sessions.EndLabel(tx, web.App, g.Person, g.ID.String())
}

// Lasting reports whether the party may come back while the person is away.
func (g Grant) Lasting() bool { return slices.Contains(g.Scopes, party.Offline) }

// The sorts of secrets: what a party is given, and what it gave.
const (
	refresh   = "refresh"
	assertion = "assertion"
)

// Keep stores a refresh token by its hash.
func Keep(tx *db.Tx, token string, grant id.ID, expires time.Time) error {
	_, err := tx.Exec(`insert into eid_secret (hash, sort, grant_id, expires, used) values ($1, $2, $3, $4, 0)`, digest(refresh+token), refresh, grant, db.At(expires))
	return err
}

// Spend takes a refresh token, which is good once. A second use of it means that
// two have it, and nobody knows which of them stole it: the whole grant ends (RFC
// 9700, 4.14.2). It is used up even when what comes with it is wrong.
func Spend(tx *db.Tx, a *kernel.App, token string) (g Grant, good bool, err error) {
	now, hash := a.Now(), digest(refresh+token)
	all, err := db.List(tx, scan, `select `+columns+` from eid_grant g where g.id = (select grant_id from eid_secret where hash = $1 and sort = $2)`, hash, refresh)
	if err != nil || len(all) == 0 {
		return g, false, err
	}
	g = all[0]
	n, err := tx.Exec(`update eid_secret set used = $1 where hash = $2 and used = 0 and expires > $1`, db.At(now), hash)
	if err != nil {
		return g, false, err
	}
	if n == 1 && g.Ended.IsZero() && g.Made.Add(Life).After(now) {
		return g, true, nil
	}
	return g, false, End(tx, a, g, now)
}

// Once notes what a party said of itself; fresh: it was not shown before (RFC 7523, 3).
func Once(ctx context.Context, a *kernel.App, said string) (fresh bool, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`insert into eid_secret (hash, sort, grant_id, expires, used) values ($1, $2, 0, $3, 0) on conflict (hash) do nothing`,
			digest(assertion+said), assertion, db.At(a.Now().Add(time.Hour)))
		fresh = n == 1
		return err
	})
	return fresh, err
}

// Sweep forgets what is over.
func Sweep(ctx context.Context, a *kernel.App) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		now := a.Now()
		if _, err := tx.Exec(`delete from eid_secret where expires < $1`, db.At(now.Add(-24*time.Hour))); err != nil {
			return err
		}
		_, err := tx.Exec(`delete from eid_grant where made < $1`, db.At(now.Add(-Life-RefreshLife)))
		return err
	})
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
