package signed

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/dossier"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// name is that of the file, of whoever it is.
const name = "to-khai.pdf"

// years is how long a certificate holds that is issued to sign with.
const years = 2

// Own is the request for a person's own certificate, in whose name he signs for
// himself. The names are the node's: it knows who he is.
func Own(a *kernel.App, p who.Person) (q sign.Request, err error) {
	if !p.Level.Reaches(who.Substantial) {
		return q, fault.New(fault.Forbidden, "signed.unknown")
	}
	at := a.Now()
	return sign.Request{Kind: sign.Person, Name: p.Name, Serial: p.ID.String(), Body: a.Voice("", "").T("signed.himself"), From: at, Until: at.AddDate(years, 0, 0)}, nil
}

// key is the newest of the person's own keys in force; held: whose secret half is
// kept here, issued now if he has none.
func key(tx *db.Tx, a *kernel.App, p who.Person, held bool) (k sign.Key, err error) {
	all, err := a.Keys.Of(tx, p.ID.String())
	if err != nil {
		return k, err
	}
	for _, one := range all {
		if one.Serves("", a.Now()) && one.Held() == held {
			k = one
		}
	}
	if k.ID != 0 || !held {
		return k, nil
	}
	q, err := Own(a, p)
	if err != nil {
		return k, err
	}
	if k, err = a.Keys.Issue(tx, q); err != nil {
		return k, err
	}
	return k, a.Engine.Record(tx, p, "keys.issue", k.ID, map[string]any{"number": sign.Number(k.Certificate), "body": "", "until": k.Certificate.NotAfter, "held": true})
}

// Ask draws the paper and gives the page where its person confirms its digest.
func Ask(r *kernel.Request, f *Filing, back string) (path string, err error) {
	x, err := f.begin(r.Context(), true)
	if err != nil {
		return "", err
	}
	m := confirm.Matter{Purpose: Purpose, Digest: x.digest, Title: r.T("signed.matter", r.Voice.Of(f.kind.Title)), Least: x.least, Back: back,
		Facts: ui.Facts{{Term: r.T("signed.by"), Text: r.Me.Name}, {Term: r.T("signed.to"), Text: r.BodyName(f.order.Body)}}}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if x.matter, err = confirm.Ask(tx, r, m); err != nil {
			return err
		}
		return x.store(tx)
	})
	return confirm.Path(x.matter), err
}

// Begin draws the paper for a key on its person's side.
func Begin(ctx context.Context, f *Filing) error {
	x, err := f.begin(ctx, false)
	if err != nil {
		return err
	}
	return f.app.DB.Write(ctx, x.store)
}

// A Paper is what a key on its person's side is to sign: to read, and as the bytes
// that the signature covers, with their SHA-256.
type Paper struct {
	PDF, Covered []byte
	Digest       [32]byte
}

// Begun is the paper that Begin drew of this filing; nil when it drew none, or
// something was changed since.
func Begun(ctx context.Context, f *Filing) (*Paper, error) {
	var x row
	err := f.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		x, err = read(tx, `draft = $1`, f.order.Draft)
		return err
	})
	if errors.Is(err, fault.NotFound) || err == nil && (x.filed != f.Sum || x.matter != 0 || x.person != f.order.Me.ID) {
		return nil, nil
	}
	p := &Paper{Digest: x.digest}
	if err == nil {
		p.PDF, err = content(f.app, x.prepared)
	}
	if err == nil {
		p.Covered, err = pades.Covered(p.PDF)
	}
	return p, err
}

// begin draws the paper with its place for the signature.
func (f *Filing) begin(ctx context.Context, held bool) (x row, err error) {
	a, at := f.app, f.app.Now()
	var k sign.Key
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		k, err = key(tx, a, f.order.Me, held)
		return err
	})
	if err == nil && k.ID == 0 {
		err = fault.New(fault.Conflict, "signed.nokey")
	}
	if err != nil {
		return x, err
	}
	x = row{draft: f.order.Draft, person: f.order.Me.ID, key: k.ID, filed: f.Sum, least: f.kind.Signs, what: f.title()}
	file, err := f.draw(a.IDs.New(), x.least, at)
	if err != nil {
		return x, err
	}
	v := f.app.Voice("", "")
	prepared, digest, err := pades.Prepare(file, pades.By{Chain: []*x509.Certificate{k.Certificate}, Reason: v.T("signed.reason", v.T("who.level."+string(x.least))), At: at.In(v.Zone)})
	if err != nil {
		return x, err
	}
	kept, err := keep(ctx, a, x, prepared)
	x.prepared, x.digest = kept.Sum, digest
	return x, err
}

// keep stores a paper as a file of the draft.
func keep(ctx context.Context, a *kernel.App, x row, b []byte) (f dossier.File, err error) {
	sum, err := a.Blobs.PutBytes(ctx, b)
	if err != nil {
		return f, err
	}
	return a.Engine.AddFile(ctx, x.person, x.draft, dossier.File{Name: name, Type: "application/pdf", Size: int64(len(b)), Sum: sum.String()})
}

func content(a *kernel.App, sum string) ([]byte, error) {
	s, err := blob.Parse(sum)
	if err != nil {
		return nil, err
	}
	return a.Blobs.Bytes(s)
}

// store puts x in the place of what waited for this draft before.
func (x row) store(tx *db.Tx) error {
	_, err := tx.Exec(`delete from signed where draft = $1`, x.draft)
	if err == nil {
		_, err = tx.Exec(`insert into signed (draft, person, what, filed, least, key, prepared, digest, matter, level, way, paper) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', 0)`,
			x.draft, x.person, x.what, x.filed, string(x.least), x.key, x.prepared, hex.EncodeToString(x.digest[:]), x.matter)
	}
	return err
}

// Confirmed takes what the person confirmed, makes it durable, and signs. It
// gives the draft that may now be filed.
func Confirmed(r *kernel.Request, matter id.ID) (draft id.ID, err error) {
	var x row
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if x, err = read(tx, `matter = $1`, matter); errors.Is(err, fault.NotFound) || err == nil && x.person != r.Me.ID {
			return fault.New(fault.Gone, "signed.gone")
		}
		if err != nil {
			return err
		}
		said, err := confirm.Take(tx, r.App, r.Me.ID, Purpose, x.digest)
		if err != nil {
			return err
		}
		return x.permit(tx, r.App, r.Me, said.Level, string(said.Way), said.Proof)
	})
	if err != nil {
		return 0, err
	}
	return x.draft, x.finish(context.WithoutCancel(r.Context()), r.App)
}

// Send takes a signature that the person made with a key on his side over the
// bytes of Offer. How that key is kept nobody here knows: it counts as substantial.
func Send(r *kernel.Request, draft id.ID, message []byte) error {
	var x row
	var k sign.Key
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if x, err = read(tx, `draft = $1`, draft); err == nil {
			k, err = r.App.Keys.Get(tx, x.key)
		}
		return err
	})
	if errors.Is(err, fault.NotFound) || err == nil && (x.person != r.Me.ID || x.matter != 0 || x.paper != 0) {
		return fault.New(fault.Gone, "signed.gone")
	}
	if err == nil {
		message, err = r.App.Keys.Made(r.Context(), k, message, x.digest, r.App.Now)
	}
	if err != nil {
		return err
	}
	kept, err := x.embed(r.Context(), r.App, message)
	if err != nil {
		return err
	}
	return r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := x.permit(tx, r.App, r.Me, who.Substantial, Tool, nil); err != nil {
			return err
		}
		return x.settle(tx, r.App, kept.ID)
	})
}

// permit notes that the person confirmed the paper, so surely: from here on his
// key may sign its digest, and the ledger holds that he said so. The signature is
// no surer than who he is known to be.
func (x *row) permit(tx *db.Tx, a *kernel.App, me who.Person, level who.Level, way string, proof []byte) error {
	if level.Reaches(me.Level) {
		level = me.Level
	}
	if !level.Reaches(x.least) {
		v := a.Voice(me.Lang, "")
		return fault.New(fault.Forbidden, "signed.low", v.T("who.level."+string(x.least)), v.T("who.level."+string(cmp.Or(level, who.Low))))
	}
	sum := hex.EncodeToString(x.digest[:])
	if _, err := a.Keys.Permit(tx, me.ID.String(), sign.Use{Key: x.key, Digest: x.digest, What: x.what, Level: string(level), Way: way, At: a.Now()}); err != nil {
		return err
	}
	x.level, x.way = level, way
	if _, err := tx.Exec(`update signed set level = $1, way = $2 where draft = $3 and digest = $4`, string(level), way, x.draft, sum); err != nil {
		return err
	}
	return a.Engine.Record(tx, me, "keys.confirm", x.key, map[string]any{"key": x.key, "sha256": sum, "documents": []string{sum}, "level": level, "way": way, "proof": string(proof)})
}

// finish signs what is confirmed with the key that is kept here. It may run
// twice: the first paper counts.
func (x *row) finish(ctx context.Context, a *kernel.App) error {
	kept, err := x.sign(ctx, a)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error { return x.settle(tx, a, kept.ID) })
}

// sign makes the signature with the key that is kept here, and stores the paper with it.
func (x *row) sign(ctx context.Context, a *kernel.App) (f dossier.File, err error) {
	message, err := a.Keys.Personal(ctx, x.key, x.digest, a.Now(), false, a.Keys.Stamper(ctx, a.Now))
	if err != nil {
		return f, err
	}
	return x.embed(ctx, a, message)
}

// embed stores the paper with its signature.
func (x *row) embed(ctx context.Context, a *kernel.App, message []byte) (f dossier.File, err error) {
	prepared, err := content(a, x.prepared)
	if err != nil {
		return f, err
	}
	file, err := pades.Embed(prepared, message)
	if err != nil {
		return f, err
	}
	return keep(ctx, a, *x, file)
}

// settle notes the signed paper, unless there is one already.
func (x *row) settle(tx *db.Tx, a *kernel.App, paper id.ID) error {
	if _, err := a.Keys.Done(tx, x.key, x.digest, a.Now()); err != nil {
		return err
	}
	n, err := tx.Exec(`update signed set paper = $1 where draft = $2 and paper = 0 and digest = $3`, paper, x.draft, hex.EncodeToString(x.digest[:]))
	if err == nil && n == 0 {
		*x, err = read(tx, `draft = $1`, x.draft)
	} else {
		x.paper = paper
	}
	return err
}
