// Package signed is what a person files under his own signature: a paper with all
// his answers is drawn, he confirms the digest of exactly what the signature will
// cover, his key signs it, and the dossier is opened with it. Or he signs those
// bytes with a key on his side and sends the signature.
//
// The paper is a PDF with one signature (PAdES B-T). On it stands the SHA-256 of
// what is filed (dossier.Filed), which the engine computes anew: what was changed
// after the signature cannot be filed under it.
package signed

import (
	"context"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/verdict"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var Texts embed.FS

// Purpose is what confirmations are for here.
const Purpose = "filing.sign"

// Tool is the way of who signed with a key on his side.
const Tool = "tool"

// Ways are those by which a filing may be signed where its kind asks for level.
// How a key on a person's side is kept nobody here knows: it is never high.
func Ways(level who.Level) []string {
	if level == who.High {
		return []string{string(who.Passkey)}
	}
	return []string{string(who.Passkey), string(who.Code), Tool}
}

// Elsewhere asks whether a filing of the kind may be signed with a key on its person's side.
func Elsewhere(k *dossier.Kind) error {
	if k.Signs == "" || !slices.Contains(Ways(k.Signs), Tool) {
		return fault.New(fault.Forbidden, "signed.onlyhere")
	}
	return nil
}

// System keeps what waits to be signed. Its pages are those of filing.
func System() kernel.System {
	schema, _ := fs.Sub(Texts, "schema")
	return kernel.System{Name: "signed", Texts: []fs.FS{Texts}, Schema: schema,
		Held: []held.Table{{Name: "signed", Of: "person = $1", Goes: held.Closed, Told: "drafts on their way", Files: "prepared"},
			{Name: "prepared", Of: "person = $1", Goes: held.Closed, Times: "made"}},
		Every: []kernel.Task{{Name: "sweep what waits to be signed", Pause: time.Hour, Do: sweep}}}
}

// sweep forgets the rows whose drafts were filed or forgotten.
func sweep(ctx context.Context, a *kernel.App) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from signed where draft not in (select id from draft where dossier = 0)`)
		if err == nil {
			_, err = tx.Exec(`delete from prepared where draft not in (select id from draft)`)
		}
		return err
	})
}

// A row is a paper on its way to its signature.
type row struct {
	draft, person, key, matter, paper id.ID
	what, filed, prepared             string
	least, level                      who.Level
	way                               string
	digest                            [32]byte
}

func read(tx *db.Tx, where string, arg id.ID) (x row, err error) {
	var digest string
	err = tx.Row(`select draft, person, what, filed, least, key, prepared, digest, matter, level, way, paper from signed where `+where, arg).
		Scan(&x.draft, &x.person, &x.what, &x.filed, &x.least, &x.key, &x.prepared, &digest, &x.matter, &x.level, &x.way, &x.paper)
	if err != nil {
		return x, err
	}
	sum, err := hex.DecodeString(digest)
	if copy(x.digest[:], sum) != len(x.digest) {
		err = errors.Join(err, fmt.Errorf("signed %s: no digest", x.draft))
	}
	return x, err
}

// Of is the signature under this filing, if its person gave it: nil when he did
// not, when it is under something else, or when it proves nothing any more.
func Of(ctx context.Context, f *Filing) (*dossier.Signed, error) {
	var x row
	var k sign.Key
	err := f.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if x, err = read(tx, `draft = $1`, f.order.Draft); err == nil {
			k, err = f.app.Keys.Get(tx, x.key)
		}
		return err
	})
	if errors.Is(err, fault.NotFound) || err == nil && (x.level == "" || x.filed != f.Sum || x.person != f.order.Me.ID || !x.level.Reaches(f.kind.Signs)) {
		return nil, nil
	}
	if err == nil && x.paper == 0 { // it was cut short after he confirmed
		err = x.finish(ctx, f.app)
	}
	if err != nil {
		return nil, err
	}
	s := &dossier.Signed{Level: x.level, Way: x.way, Sum: x.filed}
	if s.Paper, err = f.app.Engine.File(ctx, x.paper, x.person, x.draft); err != nil {
		return nil, err
	}
	v, err := Check(ctx, f.app, s.Paper, time.Time{})
	if err != nil {
		return nil, err
	}
	if v.State != verdict.Valid || len(v.Signatures) != 1 || !v.Signatures[0].Certificate.Equal(k.Certificate) {
		return nil, nil
	}
	s.Key = sign.Number(k.Certificate)
	return s, nil
}

// Check says what the signature of a paper proves now, which the ledger has held
// since seen; the zero time: it does not yet.
func Check(ctx context.Context, a *kernel.App, paper dossier.File, seen time.Time) (v verdict.Verdict, err error) {
	sum, err := blob.Parse(paper.Sum)
	if err != nil {
		return v, err
	}
	file, err := a.Blobs.Bytes(sum)
	if err != nil {
		return v, err
	}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		roots, err := a.Keys.Roots(tx)
		if err == nil {
			v, err = pades.Read(file, roots...)
		}
		return err
	})
	if err != nil {
		return v, err
	}
	facts, err := a.Keys.Facts(ctx, v, a.Now())
	facts.Seen = seen
	facts.Weigh(&v)
	return v, err
}

// A Shown is an applicant's signature as it is looked at now.
type Shown struct {
	dossier.Signed
	verdict.Verdict
	By   verdict.Signature
	Same bool // the dossier holds what was signed
}

// Show looks at the signature under which d was filed; nil: there was none.
func Show(ctx context.Context, a *kernel.App, d *dossier.Dossier) (*Shown, error) {
	if len(d.Acts) == 0 || d.Acts[0].Entry.Signed == nil || d.Acts[0].Entry.File == nil {
		return nil, nil
	}
	first := &d.Acts[0]
	s := &Shown{Signed: *first.Entry.Signed}
	sum, err := first.Filed().Sum()
	if err != nil {
		return nil, err
	}
	if s.Verdict, err = Check(ctx, a, *first.Entry.File, first.At); err != nil {
		return nil, err
	}
	if len(s.Signatures) > 0 {
		s.By = s.Signatures[0]
		s.Same = sum == s.Signed.Sum && s.By.Certificate != nil && sign.Number(s.By.Certificate) == s.Key
	}
	return s, nil
}
