package keys

import (
	"encoding/hex"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// tables hold who signed what. What was signed for a body goes with its dossier,
// whoever signed; a person's own documents go with him.
func tables() []held.Table {
	return []held.Table{
		{Name: "keys_wait", Dossier: "dossier = $1", Told: "work of an official", Stays: "gone when it is signed"},
		{Name: "keys_item", Of: "dossier = 0 and signing in (select id from keys_signing where person = $1)", Goes: held.Erased, Dossier: "dossier = $1", Tell: "title, digest, state"},
		{Name: "keys_signing", Of: bare + " and person = $1", Goes: held.Erased, Dossier: "id <> $1 and " + bare, Tell: "level, digest", Times: "made, confirmed, ended",
			Stays: "the manifest of what was signed for a body, as long as one of the dossiers"},
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
		End: func(tx *db.Tx, p who.Person) error {
			all, err := a.Keys.Of(tx, p.ID.String())
			for _, k := range all {
				if err == nil && k.Revoked.IsZero() && k.Certificate.NotAfter.After(a.Now()) {
					if _, err = a.Keys.Revoke(tx, k.ID, a.Now(), sign.Ended, ""); err == nil {
						err = a.Engine.Record(tx, p, "keys.revoke", k.ID, map[string]any{"number": sign.Number(k.Certificate), "at": a.Now(), "cause": int(sign.Ended)})
					}
				}
			}
			return err
		},
		Forget: func(tx *db.Tx, p who.Person, d id.ID) (sums []string, err error) {
			_, err = db.List(tx, func(into func(...any) error) (x struct{}, err error) {
				var prepared, signed string
				err = into(&prepared, &signed)
				sums = append(sums, prepared, signed)
				return x, err
			}, `select prepared, signed from keys_item where dossier = $1 and ($1 <> 0 or signing in (select id from keys_signing where person = $2))`, d, p.ID)
			return slices.DeleteFunc(sums, func(s string) bool { return s == "" }), err
		},
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
