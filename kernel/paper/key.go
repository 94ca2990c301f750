package paper

import (
	"context"
	"errors"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// Personal is how surely who decided must confirm the paper itself before his
// own key signs it; "": the seal signs.
func (p Paper) Personal(k *dossier.Kind) who.Level {
	if s := service(k); s != nil && p.Sort == Result {
		return s.Result.Signed
	}
	return ""
}

// Unsigned draws a result that who decided will sign himself, as of at: with
// the proof that the ledger holds his decision, without any signature.
func (p Press) Unsigned(ctx context.Context, d *dossier.Dossier, k *dossier.Kind, act *dossier.Act, key sign.Key, at time.Time) (pdf []byte, title string, err error) {
	m, x := p.m, Paper{Result, act}
	proof, err := Proof(ctx, m.Log, act.ID)
	if err != nil {
		return nil, "", err
	}
	done, err := m.turn(ctx)
	if err != nil {
		return nil, "", err
	}
	defer done()
	sheet := &sheet{maker: m, Dossier: d, kind: k, paper: x, voice: m.voice(d), key: key, at: at}
	doc, err := sheet.draw(ctx, "")
	if err != nil {
		return nil, "", err
	}
	pdf, err = m.state(d, x, doc, proof)
	return pdf, x.Name(m.voice(d), k), err
}

// Signed keeps a result as who decided signed it. When one was kept before,
// that one stays, and first is false.
func (p Press) Signed(ctx context.Context, d *dossier.Dossier, act *dossier.Act, pdf []byte) (first bool, err error) {
	kept, err := p.m.keep(ctx, d, Paper{Result, act}, string(Result), pdf)
	return string(kept) == string(pdf), err
}

// Kept reports whether the result of act was made.
func (p Press) Kept(ctx context.Context, act *dossier.Act) (bool, error) {
	_, err := p.m.kept(ctx, act.ID, string(Result))
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Capacity is what a certificate says of somebody who decides for a body.
func (p Press) Capacity(d *dossier.Dossier, a *dossier.Act) (body, role string) {
	v := p.m.voice(d)
	return p.m.bodyName(d, v), Role(v, a)
}

// Role is what the role is called under which an act was done.
func Role(v lang.Voice, a *dossier.Act) string {
	role, _, _ := strings.Cut(string(a.Entry.As), "@")
	if v.Catalogue.Has("who.role." + role) {
		return v.T("who.role." + role)
	}
	return role
}

func (m *maker) bodyName(d *dossier.Dossier, v lang.Voice) string {
	b, ok := m.Country.Body(d.Body)
	if !ok {
		return d.Body
	}
	return v.Of(b.Name)
}
