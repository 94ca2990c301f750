package keys

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/sign"
	"motcua/kernel/who"
	"motcua/systems/keys/own"
)

// tables hold who signed what. What was signed for a body goes with its dossier,
// whoever signed; a person's own documents go with him.
func tables() []held.Table {
	return []held.Table{
		{Name: "keys_wait", Dossier: "dossier = $1", Told: "work of an official", Stays: "gone when it is signed"},
		{Name: "keys_item", Of: "dossier = 0 and signing in (select id from keys_signing where person = $1 and body = '')", Goes: held.Erased, Dossier: "dossier = $1", Tell: "title, digest, state", Files: "prepared, signed", Stays: "what its keeper had sealed for a body, beside dossiers: until the time of retention.yaml, line sealed, is over"},
		{Name: "keys_signing", Of: bare + " and person = $1 and body = ''", Goes: held.Erased, Dossier: "id <> $1 and " + bare, Tell: "level, digest", Times: "made, confirmed, ended",
			Stays: "the manifest of what was signed for a body, as long as one of the dossiers"},
		{Name: "keys_offer", Of: "person = $1", Goes: held.Closed, Tell: "says", Times: "made"},
		{Name: "keys_halt", Told: "acts of administrators", Stays: "who stopped signatures, and why, is answered for"},
	}
}

// bare is a signing of which no document is left.
const bare = "not exists (select 1 from keys_item i where i.signing = keys_signing.id)"

// keeps are the certificates: told, revoked with the account, and with it the
// documents that were signed for nobody else.
func keeps(a *kernel.App) held.Keeps {
	return held.Keeps{
		Tell: func(tx *db.Tx, p who.Person) (any, error) {
			type use struct{ What, Digest, Level, Way, At string }
			type certificate struct {
				Number, Body, From, Until string
				Certificate               []byte
			}
			said := struct {
				Certificates []certificate
				Uses         []use
			}{[]certificate{}, []use{}}
			all, err := a.Keys.Of(tx, p.ID.String())
			for _, k := range all {
				c := k.Certificate
				said.Certificates = append(said.Certificates, certificate{sign.Number(c), k.Body, stamp(c.NotBefore), stamp(c.NotAfter), c.Raw})
			}
			if err != nil {
				return nil, err
			}
			uses, err := a.Keys.Uses(tx, p.ID.String(), 100_000)
			for _, u := range uses {
				said.Uses = append(said.Uses, use{u.What, hex.EncodeToString(u.Digest[:]), u.Level, u.Way, stamp(u.At)})
			}
			return said, err
		},
		End:   func(tx *db.Tx, p who.Person) error { return revokeAll(tx, a, p, p, sign.Ended) },
		Lapse: lapse,
		Forget: func(tx *db.Tx, p who.Person, d id.ID) (sums []string, err error) {
			_, err = db.List(tx, func(into func(...any) error) (x struct{}, err error) {
				var prepared, signed string
				err = into(&prepared, &signed)
				sums = append(sums, prepared, signed)
				return x, err
			}, `select prepared, signed from keys_item where dossier = $1 and ($1 <> 0 or signing in (select id from keys_signing where person = $2 and body = ''))`, d, p.ID)
			return slices.DeleteFunc(sums, func(s string) bool { return s == "" }), err
		},
	}
}

// lapse deletes what keepers had sealed before then. That they did stays: in the
// journal of the seal, and in the ledger.
func lapse(tx *db.Tx, then time.Time) (all []held.Lapsed, err error) {
	const old = `body <> '' and confirmed > 0 and confirmed < $1 and not exists (select 1 from keys_item i where i.signing = keys_signing.id and i.dossier <> 0)`
	some, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `select id from keys_signing where `+old+` order by id limit 100`, db.At(then))
	for _, n := range some {
		x := held.Lapsed{ID: n}
		if err == nil {
			_, err = db.List(tx, func(into func(...any) error) (_ struct{}, err error) {
				var prepared, signed string
				err = into(&prepared, &signed)
				x.Files = append(x.Files, prepared, signed)
				return struct{}{}, err
			}, `delete from keys_item where signing = $1 returning prepared, signed`, n)
		}
		if err == nil {
			_, err = tx.Exec(`delete from keys_signing where id = $1`, n)
		}
		x.Files = slices.DeleteFunc(x.Files, func(s string) bool { return s == "" })
		all = append(all, x)
	}
	return all, err
}

// unproved revokes the certificates of who is no more known surely enough to have
// one: it is done by who took the proof back, not by him.
func unproved(a *kernel.App) func(tx *db.Tx, by, p who.Person) error {
	return func(tx *db.Tx, by, p who.Person) error {
		if p.Level.Reaches(who.Substantial) {
			return nil
		}
		return revokeAll(tx, a, by, p, sign.Unproved)
	}
}

// recovered revokes the certificates of who got his account back whose keys are not
// here: whoever had the account may have had them made out for a key of his own. A
// key that is kept here signs by its person's confirmation alone, and stays.
func recovered(a *kernel.App) func(*db.Tx, id.ID) error {
	return func(tx *db.Tx, person id.ID) error {
		return revoke(tx, a, who.Person{}, person, sign.Lost, func(k sign.Key) bool { return !k.Held() })
	}
}

// revokeAll revokes the certificates of p that are in force, by the word of by.
func revokeAll(tx *db.Tx, a *kernel.App, by, p who.Person, cause sign.Cause) error {
	return revoke(tx, a, by, p.ID, cause, func(sign.Key) bool { return true })
}

// revoke does so with those of them that are meant.
func revoke(tx *db.Tx, a *kernel.App, by who.Person, person id.ID, cause sign.Cause, meant func(sign.Key) bool) error {
	all, err := a.Keys.Of(tx, person.String())
	for _, k := range all {
		if err == nil && meant(k) && k.Revoked.IsZero() && k.Certificate.NotAfter.After(a.Now()) {
			err = own.End(tx, a, by, k, cause)
		}
	}
	return err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// sweep forgets what nobody confirmed within a day.
func sweep(ctx context.Context, a *kernel.App) error {
	var sums []string
	before := a.Now().AddDate(0, 0, -1)
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		sums, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
			`delete from keys_item where signing in (select id from keys_signing where confirmed = 0 and made < $1) returning prepared`, db.At(before))
		for _, q := range []string{`delete from keys_signing where confirmed = 0 and made < $1`, `delete from keys_offer where made < $1`} {
			if err == nil {
				_, err = tx.Exec(q, db.At(before))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.Remove(ctx, sums, before)
}
