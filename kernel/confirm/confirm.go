// Package confirm lets a signed-in person confirm one thing that is shown to him
// in words and by its SHA-256 digest: with a passkey, or with a code sent to a
// contact of his. What needs him once more, now and for this alone, stands on
// it: a signature, an act that asks for a surer sign-in.
//
// A system asks and sends the person to the page:
//
//	n, err := confirm.Ask(tx, r, confirm.Matter{Purpose: "keys.sign", Digest: sum, Title: "…", Back: "/keys/…"})
//	return web.Goto("%s", confirm.Path(n))
//
// When he confirmed, the system's function for the purpose goes on in the same
// request, after what he said is durable:
//
//	kernel.System{Confirmed: func(*App) map[string]func(*Request, id.ID) (web.Answer, error)}
//
// Without one he comes back to Back. Either way the thing is done by taking the
// confirmation inside the transaction that needs it:
//
//	said, err := confirm.Take(tx, a, me.ID, "keys.sign", sum)
//
// A confirmation is good for Valid, for this person, purpose and digest, and for
// one Take: a second one finds none, whoever asks, even at the same moment.
package confirm

import (
	"context"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System is the page on which a person confirms.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	me := kernel.SignedIn()
	return kernel.System{Name: "confirm", Texts: []fs.FS{files}, Schema: schema, Alert: alert,
		Held: []held.Table{{Name: "confirm", Of: "person = $1", Goes: held.Erased, Tell: "purpose, title, way, level", Times: "made, done"}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /confirm/{id}", Who: me, Do: show}, {Pattern: "POST /confirm/{id}", Who: me, Do: answer},
				{Pattern: "POST /confirm/{id}/send", Who: me, Do: send}, {Pattern: "POST /confirm/{id}/key", Who: me, Do: key},
				{Pattern: "GET /me/surer", Who: me, Do: surer}, {Pattern: "POST /me/surer", Who: me, Do: goSurer}}
		},
		Every: []kernel.Task{{Name: "sweep confirmations", Pause: time.Hour, Do: sweep}}}
}

// How long a person has to confirm what he is asked, and how long that is good.
const (
	Open  = 15 * time.Minute
	Valid = 5 * time.Minute
)

// A Matter is the one thing to confirm.
type Matter struct {
	Purpose string // what for, such as keys.sign: nothing else can take the confirmation
	Digest  [32]byte
	Title   string   // in the person's words: what it is
	Facts   ui.Facts // more of it, so that he knows it from others
	Least   who.Level
	Back    string // a path of ours: where he comes back to, confirmed or not
}

// A Said is what a person confirmed.
type Said struct {
	ID     id.ID
	Way    who.Way
	Level  who.Level // of the confirmation together with the sign-in; how surely it is known who the person is may be less
	Proof  []byte    // what shows it to others: of a passkey the assertion as JSON, otherwise empty
	At     time.Time
	Person id.ID
}

// Path is the page where the matter is confirmed.
func Path(n id.ID) string { return "/confirm/" + n.String() }

// Ask stores a matter for r's person and gives its number.
func Ask(tx *db.Tx, r *kernel.Request, m Matter) (id.ID, error) {
	n := r.App.IDs.New()
	facts, err := json.Marshal(m.Facts)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`insert into confirm (id, person, purpose, digest, title, facts, least, back, made, way, level, proof, done, used) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', 0, 0)`,
		n, r.Me.ID, m.Purpose, hex.EncodeToString(m.Digest[:]), m.Title, string(facts), string(m.Least), m.Back, db.At(r.App.Now()))
	return n, err
}

// Take uses up what a person confirmed, in the caller's transaction. Without a
// confirmation that is good now it is Forbidden.
func Take(tx *db.Tx, a *kernel.App, person id.ID, purpose string, digest [32]byte) (Said, error) {
	s := Said{Person: person}
	var at db.Time
	var proof string
	now := a.Now()
	err := tx.Row(`select id, way, level, proof, done from confirm where person = $1 and purpose = $2 and digest = $3 and used = 0 and done > $4 order by done desc limit 1`,
		person, purpose, hex.EncodeToString(digest[:]), db.At(now.Add(-Valid))).Scan(&s.ID, &s.Way, &s.Level, &proof, &at)
	if errors.Is(err, fault.NotFound) {
		return s, fault.New(fault.Forbidden, "confirm.none")
	}
	if err != nil {
		return s, err
	}
	n, err := tx.Exec(`update confirm set used = $1 where id = $2 and used = 0`, db.At(now), s.ID)
	if err == nil && n != 1 {
		err = fault.New(fault.Forbidden, "confirm.none")
	}
	s.Proof, s.At = []byte(proof), at.Time
	return s, err
}

// An open is a matter as it is stored, not yet confirmed.
type open struct {
	id id.ID
	Matter
	sum  string // the digest in hexadecimal
	made time.Time
}

// find reads a matter of the person that waits for him.
func find(tx *db.Tx, a *kernel.App, n, person id.ID) (o open, err error) {
	var facts string
	var made db.Time
	err = tx.Row(`select id, purpose, digest, title, facts, least, back, made from confirm where id = $1 and person = $2 and done = 0 and made > $3`,
		n, person, db.At(a.Now().Add(-Open))).Scan(&o.id, &o.Purpose, &o.sum, &o.Title, &facts, &o.Least, &o.Back, &made)
	if errors.Is(err, fault.NotFound) {
		return o, fault.New(fault.Gone, "confirm.gone")
	}
	if err != nil {
		return o, err
	}
	o.made = made.Time
	sum, err := hex.DecodeString(o.sum)
	copy(o.Digest[:], sum)
	return o, errors.Join(err, json.Unmarshal([]byte(facts), &o.Facts))
}

// done stores that the person confirmed.
func (o open) done(tx *db.Tx, a *kernel.App, way who.Way, level who.Level, proof []byte) error {
	n, err := tx.Exec(`update confirm set way = $1, level = $2, proof = $3, done = $4 where id = $5 and done = 0`,
		string(way), string(level), string(proof), db.At(a.Now()), o.id)
	if err == nil && n != 1 {
		err = fault.New(fault.Gone, "confirm.gone")
	}
	return err
}

// about is the matter of the codes sent for it.
func (o open) about() string { return "confirm/" + o.id.String() }

// short is what of the digest a person compares: 64 bits of it, in groups.
func (o open) short() string {
	s := strings.ToUpper(o.sum[:16])
	return s[:4] + " " + s[4:8] + " " + s[8:12] + " " + s[12:]
}

// level is how sure a confirmation by way is in a session that was entered so. A
// code adds nothing to a session that a code alone opened.
func level(scope string, way who.Way) who.Level {
	return who.Strength(append(who.Ways(scope), way))
}

func sweep(ctx context.Context, a *kernel.App) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from confirm where made < $1`, db.At(a.Now().Add(-24*time.Hour)))
		return err
	})
}
