package paper

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/ledger"
)

// Check says of a file what can be known at this node: beside what Read says,
// which certificates were revoked, what became of the paper, and whether the
// ledger holds these very bytes.
func Check(ctx context.Context, a *kernel.App, v lang.Voice, pdf []byte) (Report, error) {
	var r Report
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		roots, err := a.Keys.Roots(tx)
		if err == nil {
			r, err = Read(pdf, roots...)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	if err := a.Keys.Check(ctx, &r.Verdict); err != nil {
		return r, err
	}
	s := r.Says
	// What nobody we know has signed is not ours to speak of; of a file that was
	// changed it may be said what became of the one it was made from.
	if s == nil || s.Node != a.Node || r.State != pades.Changed && !slices.ContainsFunc(r.Signatures, trusted) {
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
	r.Proven = r.Proven && s.Key == a.Log.PublicKey() && bytes.Equal(s.Proof.Leaf[:], leaf[:])
	if r.Standing = standing(v, a, d, k, Paper{s.Doc, act}); r.Standing == nil {
		return r, nil
	}
	r.Here = true
	return r, r.enter(ctx, a, blob.Sum(sha256.Sum256(pdf)))
}

// enter finds the act that holds the hash of the file itself.
func (r *Report) enter(ctx context.Context, a *kernel.App, sum blob.Sum) error {
	var issue id.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select issue from paper where sum = $1`, sum.String()).Scan(&issue)
	})
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
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
func standing(v lang.Voice, a *kernel.App, d *dossier.Dossier, k *dossier.Kind, p Paper) *Standing {
	all := Of(d, k)
	s := &Standing{State: InForce, Title: p.Title(v), Stage: v.T("kernel.public." + string(k.Stands[d.State].Public))}
	if b, ok := a.Country.Body(d.Body); ok {
		s.Body = v.Of(b.Name)
	}
	now := slices.IndexFunc(all, func(x Paper) bool { return x.Sort == p.Sort })
	switch p.Sort {
	case Result:
		r := p.Act.Entry.Result
		if r == nil {
			return nil
		}
		s.Title = v.Of(k.Title)
		if x := service(k); x != nil && len(x.Result.Title) > 0 {
			s.Title = v.Of(x.Result.Title)
		}
		s.Title = v.T("paper.titled", s.Title, r.Number)
		last := ends(k, r)
		switch {
		case now < 0:
			s.State, s.Since = Revoked, d.Entered
		case all[now].Act.ID != p.Act.ID:
			s.State, s.Since, s.Next = Replaced, all[now].Act.At, all[now].Act.ID
		case last != "" && a.Today(d.Body) > last:
			s.State = Expired
			s.Since, _ = time.ParseInLocation(time.DateOnly, last, v.Zone)
		}
	case Receipt, Form:
		if p.Act.Version > all[now].Act.Version {
			return nil
		}
		if all[now].Act.ID != p.Act.ID {
			s.State, s.Since, s.Next = Replaced, all[now].Act.At, all[now].Act.ID
		}
	default:
		if !slices.ContainsFunc(all, func(x Paper) bool { return x.Sort == p.Sort && x.Act.ID == p.Act.ID }) {
			return nil
		}
	}
	return s
}

// paperOf is the paper that an act's own page is about: the result it put into
// force, or the letter that went with it.
func paperOf(d *dossier.Dossier, k *dossier.Kind, act *dossier.Act) (Paper, bool) {
	if act.Entry.Result != nil {
		return Paper{Result, act}, true
	}
	for _, p := range Of(d, k) {
		if p.Act.ID == act.ID && p.Sort != Receipt && p.Sort != Form {
			return p, true
		}
	}
	return Paper{}, false
}

// roots are the certificates that this node's signatures lead to, for who checks them elsewhere.
func (m *maker) roots(r *kernel.Request) (web.Answer, error) {
	var b bytes.Buffer
	err := m.DB.Read(r.Context(), func(tx *db.Tx) error {
		b.Reset()
		all, err := m.Keys.Roots(tx)
		for _, c := range all {
			if err == nil {
				err = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
			}
		}
		return err
	})
	return web.Raw("application/x-pem-file", b.Bytes()), err
}

// find reads the act of an address and the paper it is about.
func (m *maker) find(r *kernel.Request) (*dossier.Dossier, *dossier.Kind, Paper, error) {
	none := fault.New(fault.NotFound, "paper.none")
	n, err := id.Parse(strings.TrimSuffix(r.PathValue("act"), ".pdf"))
	if err != nil {
		return nil, nil, Paper{}, none
	}
	d, k, act, err := m.Engine.Done(r.Context(), n)
	if errors.Is(err, fault.NotFound) {
		err = none
	}
	if err != nil {
		return nil, nil, Paper{}, err
	}
	p, ok := paperOf(d, k, act)
	if !ok {
		err = none
	}
	return d, k, p, err
}

// status is what became of a paper, for programs.
func (m *maker) status(r *kernel.Request) (web.Answer, error) {
	d, k, p, err := m.find(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.JSON(200, standing(r.Voice, m.App, d, k, p))
}
