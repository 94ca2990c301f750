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
	ID, Party, Person, Session        id.ID
	Scopes                            []string
	Level, Nonce, Redirect, Challenge string
	Signed, Made, Ended               time.Time
}

const columns = `g.id, g.party, g.person, g.session, g.scopes, g.level, g.signed, g.nonce, g.redirect, g.challenge, g.made, g.ended`

func scan(into func(...any) error) (g Grant, err error) {
	var scopes string
	var signed, made, ended db.Time
	err = into(&g.ID, &g.Party, &g.Person, &g.Session, &scopes, &g.Level, &signed, &g.Nonce, &g.Redirect, &g.Challenge, &made, &ended)
	g.Scopes, g.Signed, g.Made, g.Ended = strings.Fields(scopes), signed.Time, made.Time, ended.Time
	return g, err
}

// Put writes down a new grant.
func Put(tx *db.Tx, g Grant) error {
	_, err := tx.Exec(`insert into eid_grant (id, party, person, session, scopes, level, signed, nonce, redirect, challenge, made, ended) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)`,
		g.ID, g.Party, g.Person, g.Session, strings.Join(g.Scopes, " "), g.Level, db.At(g.Signed), g.Nonce, g.Redirect, g.Challenge, db.At(g.Made))
	return err
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
func Behind(tx *db.Tx, party, n id.ID, refresh string) ([]Grant, error) {
	return db.List(tx, scan, `select `+columns+` from eid_grant g where g.party = $1 and (g.id = $2 or g.id = (select grant_id from eid_secret where hash = $3))`,
		party, n, digest(Refresh+refresh))
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

// The sorts of secrets that a party is given; an assertion is one it gave.
const (
	Code      = "code"
	Refresh   = "refresh"
	assertion = "assertion"
)

// Keep stores a secret by its hash.
func Keep(tx *db.Tx, secret, sort string, grant id.ID, expires time.Time) error {
	_, err := tx.Exec(`insert into eid_secret (hash, sort, grant_id, expires, used) values ($1, $2, $3, $4, 0)`, digest(sort+secret), sort, grant, db.At(expires))
	return err
}

// Spend takes a secret that is good once. A second use of it means that two have
// it, and nobody knows which of them stole it: the whole grant ends (RFC 9700,
// 2.1.1 and 4.14.2). It is used up even when what comes with it is wrong.
func Spend(ctx context.Context, a *kernel.App, secret, sort string) (g Grant, good bool, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		good = false
		now, hash := a.Now(), digest(sort+secret)
		all, err := db.List(tx, scan, `select `+columns+` from eid_grant g where g.id = (select grant_id from eid_secret where hash = $1 and sort = $2)`, hash, sort)
		if err != nil || len(all) == 0 {
			return err
		}
		g = all[0]
		n, err := tx.Exec(`update eid_secret set used = $1 where hash = $2 and used = 0 and expires > $1`, db.At(now), hash)
		if err != nil {
			return err
		}
		good = n == 1 && g.Ended.IsZero() && g.Made.Add(Life).After(now)
		if good {
			return nil
		}
		return End(tx, a, g, now)
	})
	return g, good, err
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
