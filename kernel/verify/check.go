package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/verdict"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/ledger"
	"motcua/kernel/lists"
	"motcua/kernel/paper"
	"motcua/kernel/sign"
)

// Check says of a file what can be known at this node: beside what Read says,
// which certificates were revoked, what became of the paper, and whether the
// ledger holds these very bytes.
func Check(ctx context.Context, a *kernel.App, v lang.Voice, f File) (Report, error) {
	var r Report
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		roots, err := a.Keys.Roots(tx)
		if err == nil {
			r, err = Read(f, roots...)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	r.Asked = true
	facts, err := a.Keys.Facts(ctx, r.Verdict, a.Now())
	if err != nil {
		return r, err
	}
	issue, at, err := paper.Issued(ctx, a, blob.Sum(sha256.Sum256(f.Main)))
	if err != nil && !errors.Is(err, fault.NotFound) {
		return r, err
	}
	facts.Seen = at
	if facts.Lists, err = heard(ctx, a, r.Signatures); err != nil {
		return r, err
	}
	facts.Weigh(&r.Verdict)
	if err := a.DB.Read(ctx, func(tx *db.Tx) error { return r.know(tx, a) }); err != nil {
		return r, err
	}
	s := r.Says
	// What nobody we know has signed is not ours to speak of; of a file that was
	// changed it may be said what became of the one it was made from.
	if s == nil || s.Node != a.Node || r.State != verdict.Changed && !slices.ContainsFunc(r.Signatures, trusted) {
		return r, nil
	}
	d, k, act, err := a.Engine.Done(ctx, s.Act)
	if errors.Is(err, fault.NotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	leaf := ledger.Leaf(act.Salt, act.Canonical())
	if act.Entry.Erased != 0 { // the ledger alone still knows it
		p, err := a.Log.Proof(ctx, act.ID)
		if err != nil {
			return r, err
		}
		leaf = p.Leaf
	}
	r.Proven = r.Proven && s.Key == a.Log.PublicKey() && bytes.Equal(s.Proof.Leaf[:], leaf[:])
	if r.Standing = standing(v, a, d, k, paper.Paper{Sort: s.Doc, Act: act}); r.Standing == nil {
		return r, nil
	}
	r.Here = true
	return r, r.enter(ctx, a, issue)
}

// heard are the lists of authorities outside that are kept here. Where nobody asked
// an issuer yet it is asked from now on: the next who looks will know more.
func heard(ctx context.Context, a *kernel.App, all []verdict.Signature) (found []*x509.RevocationList, err error) {
	var unknown []lists.Source
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		found, unknown = nil, nil
		for _, s := range all {
			some, err := lists.About(tx, s.Chain)
			if err != nil {
				return err
			}
			more, err := lists.Unknown(tx, a, s.Chain)
			if err != nil {
				return err
			}
			found, unknown = append(found, some...), append(unknown, more...)
		}
		return nil
	})
	if err == nil && len(unknown) > 0 {
		err = a.DB.Write(ctx, func(tx *db.Tx) error { return lists.Ask(tx, unknown) })
	}
	return found, err
}

// know adds what the node knows of the keys by which somebody signed: that one is
// a body's seal, whatever its certificate from outside says, and what is stopped.
func (r *Report) know(tx *db.Tx, a *kernel.App) error {
	r.Stops = nil
	for i := range r.Signatures {
		s := &r.Signatures[i]
		if !s.Trusted {
			continue
		}
		k, x, err := a.Keys.Known(tx, s.Certificate)
		if err != nil {
			return err
		}
		if k.Kind == sign.Seal {
			s.Seal, s.Code = true, k.Body
		}
		if x != nil {
			r.Stops = append(r.Stops, Stop{sign.Number(s.Certificate), x.What, x.Since, x.Why})
		}
	}
	return nil
}

// enter finds the place of issue, the act that holds the hash of the file itself.
func (r *Report) enter(ctx context.Context, a *kernel.App, issue id.ID) error {
	if issue == 0 {
		return nil
	}
	p, err := a.Log.Proof(ctx, issue)
	switch {
	case errors.Is(err, fault.NotYet):
		return nil
	case err != nil:
		return err
	}
	r.Entry = entry(p)
	r.Entry.File = true
	return nil
}

// standing is what became of p, or nil when d never had such a paper.
func standing(v lang.Voice, a *kernel.App, d *dossier.Dossier, k *dossier.Kind, p paper.Paper) *Standing {
	all := paper.Of(d, k)
	s := &Standing{State: InForce, Title: p.Name(v, k), Stage: v.T("kernel.public." + string(k.Stands[d.State].Public))}
	if b, ok := a.Country.Body(d.BodyAt(p.Act.Version)); ok {
		s.Body = v.Of(b.Name)
	}
	now := slices.IndexFunc(all, func(x paper.Paper) bool { return x.Sort == p.Sort })
	switch p.Sort {
	case paper.Result:
		r := p.Act.Entry.Result
		if r == nil {
			return nil
		}
		last := p.Last(k)
		switch {
		case now < 0:
			s.State, s.Since = Revoked, d.Entered
		case all[now].Act.ID != p.Act.ID:
			s.State, s.Since, s.Next = Replaced, all[now].Act.At, all[now].Act.ID
		case last != "" && a.Today(d.Body) > last:
			s.State = Expired
			s.Since, _ = time.ParseInLocation(time.DateOnly, last, v.Zone)
		}
	case paper.Control:
		slip := paper.Inside(d, k)[0].Act
		if !paper.Moves(*p.Act) { // the slip rests on a hand-over
			return nil
		}
		if slip.ID != p.Act.ID {
			s.State, s.Since, s.Next = Replaced, slip.At, slip.ID
		}
	case paper.Payment:
		switch {
		case !receipt(k, d.Acts[:p.Act.Version], p.Act):
			return nil
		case !receipt(k, d.Acts, p.Act): // the money was given back
			s.State, s.Since = Revoked, d.Entered
		}
	case paper.Receipt, paper.Form:
		if now < 0 || p.Act.Version > all[now].Act.Version {
			return nil
		}
		if all[now].Act.ID != p.Act.ID {
			s.State, s.Since, s.Next = Replaced, all[now].Act.At, all[now].Act.ID
		}
	default:
		if !slices.ContainsFunc(all, func(x paper.Paper) bool { return x.Sort == p.Sort && x.Act.ID == p.Act.ID }) {
			return nil
		}
	}
	return s
}

// paperOf is the paper that an act's own page is about: the result it put into
// force, or the letter that went with it.
func paperOf(d *dossier.Dossier, k *dossier.Kind, act *dossier.Act) (paper.Paper, bool) {
	if act.Entry.Result != nil {
		return paper.Paper{Sort: paper.Result, Act: act}, true
	}
	if receipt(k, d.Acts[:act.Version], act) {
		return paper.Paper{Sort: paper.Payment, Act: act}, true
	}
	for _, p := range paper.Of(d, k) {
		if p.Act.ID == act.ID && p.Sort != paper.Receipt && p.Sort != paper.Form {
			return p, true
		}
	}
	return paper.Paper{}, false
}

// receipt reports whether a receipt for money rested on act when these were the acts.
func receipt(k *dossier.Kind, acts []dossier.Act, act *dossier.Act) bool {
	if k.Receipt == nil {
		return false
	}
	on := k.Receipt(acts)
	return on != nil && on.ID == act.ID
}
