package paper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/ledger"
	"motcua/kernel/sign"
)

// give is the paper as it is kept, or as it is made now.
func (m *maker) give(ctx context.Context, d *dossier.Dossier, k *dossier.Kind, p Paper, size pdf.Size) ([]byte, error) {
	if was := d.BodyAt(p.Act.Version); was != d.Body { // a paper speaks for the body that had the dossier then
		then := *d
		then.Body, d = was, &then
	}
	sort := string(p.Sort)
	if size == pdf.Roll {
		sort += "-" + string(size)
	}
	if p.Personal(k) != "" {
		b, err := m.kept(ctx, p.Act.ID, sort)
		if errors.Is(err, fault.NotFound) {
			err = fault.New(fault.NotYet, "paper.unsigned", p.Act.Entry.Name)
		}
		return b, err
	}
	return m.once(ctx, d, p, sort, p.Name(m.voice(d), k), func(key sign.Key, at time.Time) (pdf.Doc, error) {
		sheet := &sheet{maker: m, Dossier: d, kind: k, paper: p, voice: m.voice(d), key: key, at: at}
		return sheet.draw(ctx, size)
	})
}

// A Press makes the papers that a system draws of its own dossiers, and keeps
// them as those of public services are kept.
type Press struct{ m *maker }

// NewPress is the press of a node.
func NewPress(a *kernel.App) Press {
	return Press{&maker{App: a, turns: make(chan struct{}, runtime.GOMAXPROCS(0))}}
}

// Payment is the receipt for money that rests on act, as draw has it; it says
// the moment that it is signed with.
func (p Press) Payment(ctx context.Context, d *dossier.Dossier, act *dossier.Act, draw func(at time.Time) (pdf.Doc, error)) ([]byte, error) {
	return p.m.once(ctx, d, Paper{Payment, act}, string(Payment), Paper{Payment, act}.Title(p.m.voice(d)), func(_ sign.Key, at time.Time) (pdf.Doc, error) { return draw(at) })
}

// A drawing is a paper that key signs, as of at.
type drawing func(key sign.Key, at time.Time) (pdf.Doc, error)

// once is the paper as it is kept, or as it is made now.
func (m *maker) once(ctx context.Context, d *dossier.Dossier, p Paper, sort, title string, draw drawing) ([]byte, error) {
	b, err := m.kept(ctx, p.Act.ID, sort)
	if !errors.Is(err, fault.NotFound) {
		return b, err
	}
	proof, err := Proof(ctx, m.Log, p.Act.ID)
	if err != nil {
		return nil, err
	}
	done, err := m.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if b, err = m.kept(ctx, p.Act.ID, sort); !errors.Is(err, fault.NotFound) {
		return b, err // somebody else waited for the same
	}
	b, seal, err := m.make(ctx, d, p, title, draw, proof)
	if err != nil {
		return nil, fmt.Errorf("%s of dossier %s: %w", sort, d.ID, err)
	}
	return m.keep(ctx, d, p, sort, title, b, seal)
}

// turn waits until a processor is free for a paper; done gives it back.
func (m *maker) turn(ctx context.Context) (done func(), err error) {
	select {
	case m.turns <- struct{}{}:
		return func() { <-m.turns }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "paper.busy")
	}
}

// kept is the paper as it was made once.
func (m *maker) kept(ctx context.Context, act id.ID, sort string) ([]byte, error) {
	var text string
	err := m.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select sum from paper where act = $1 and sort = $2`, act, sort).Scan(&text)
	})
	if err != nil {
		return nil, err
	}
	sum, err := blob.Parse(text)
	if err != nil {
		return nil, err
	}
	b, err := m.Blobs.Bytes(sum)
	if errors.Is(err, fault.NotFound) { // not to be made anew: the ledger holds what is lost
		err = fmt.Errorf("kept paper %s is missing", text)
	}
	return b, err
}

// Issued is the act that entered a paper with these bytes in the ledger, and when; none is a fault.NotFound.
func Issued(ctx context.Context, a *kernel.App, sum blob.Sum) (act id.ID, at time.Time, err error) {
	var t db.Time
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select p.issue, a.at from paper p join act a on a.id = p.issue where p.sum = $1`, sum.String()).Scan(&act, &t)
	})
	return act, t.Time, err
}

// patience is how long a request waits for the ledger before it is told to come again.
const patience = 3 * time.Second

// Proof waits for the checkpoint that covers act, which takes about a second.
func Proof(ctx context.Context, log *ledger.Log, act id.ID) (ledger.Proof, error) {
	wait, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		p, err := log.Proof(ctx, act)
		if !errors.Is(err, fault.NotYet) {
			return p, err
		}
		select {
		case <-wait.Done():
			return p, err
		case <-time.After(patience / 20):
		}
	}
}

// make draws the paper, puts the statement in and seals it.
func (m *maker) make(ctx context.Context, d *dossier.Dossier, p Paper, title string, draw drawing, proof ledger.Proof) (b []byte, seal sign.Key, err error) {
	seal, at, err := m.seal(ctx, d, p)
	if err != nil {
		return nil, seal, err
	}
	doc, err := draw(seal, at)
	if err == nil {
		b, err = m.state(d, p, doc, proof)
	}
	if err == nil {
		b, err = m.Keys.PDF(ctx, b, seal.ID, title, at)
	}
	return b, seal, err
}

// state is the paper as a file, with what it says of itself to programs.
func (m *maker) state(d *dossier.Dossier, p Paper, doc pdf.Doc, proof ledger.Proof) ([]byte, error) {
	b, err := pdf.Make(doc, m.Front.Fonts)
	if err != nil {
		return nil, err
	}
	said := Statement{Motcua: 1, Doc: p.Sort, Node: m.Node, Code: d.Code, Act: p.Act.ID, Version: p.Act.Version, Proof: proof, Key: m.Log.PublicKey()}
	said.Form, said.Law = Official(m.App, d, p)
	if p.Sort == Result {
		said.Number, said.Version = p.Act.Entry.Result.Number, p.Act.Entry.Result.Version
	}
	text, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	return pades.Attach(b, text)
}

// keep stores a paper that was just made and enters it in the ledger. Of two
// programs that made the same, the first one's is kept. A body's seal on it is
// entered in the seal's journal by the same act.
func (m *maker) keep(ctx context.Context, d *dossier.Dossier, p Paper, sort, title string, b []byte, seal sign.Key) ([]byte, error) {
	sum, err := m.Blobs.PutBytes(ctx, b)
	if err != nil {
		return nil, err
	}
	f := dossier.File{Name: d.Code + "-" + sort + ".pdf", Type: "application/pdf", Size: int64(len(b)), Sum: sum.String()}
	first := true
	err = m.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`insert into paper (act, sort, dossier, sum, issue, at) values ($1, $2, $3, $4, 0, $5)
			on conflict (act, sort) do nothing`, p.Act.ID, sort, d.ID, f.Sum, db.At(m.Now()))
		if first = n > 0; err != nil || !first {
			return err
		}
		says := map[string]any{"sort": sort, "act": p.Act.ID, "sha256": f.Sum}
		if seal.Body != "" {
			says["seal"] = seal.ID
			err := m.Keys.Sealed(tx, sign.Use{Key: seal.ID, What: title + " · " + d.Code, At: m.Now(), About: p.Act.ID, File: sum})
			if err != nil {
				return err
			}
		}
		_, issue, err := m.Engine.Issue(tx, d, "paper.issue", f, says)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`update paper set issue = $1 where act = $2 and sort = $3`, issue, p.Act.ID, sort)
		return err
	})
	if err != nil || first {
		return b, err
	}
	kept, err := m.kept(ctx, p.Act.ID, sort)
	if err == nil && !bytes.Equal(kept, b) {
		err = m.Blobs.Remove(sum, time.Now().Add(time.Minute))
	}
	return kept, err
}
