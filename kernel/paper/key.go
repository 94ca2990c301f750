package paper

import (
	"context"
	"errors"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel"
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

// Waits is who still has to sign the result of d himself before anybody can have
// it; "": nobody.
func Waits(ctx context.Context, a *kernel.App, d *dossier.Dossier, k *dossier.Kind) (name string, err error) {
	for _, p := range Of(d, k) {
		if p.Personal(k) == "" {
			continue
		}
		if _, err = (&maker{App: a}).kept(ctx, p.Act.ID, string(p.Sort)); errors.Is(err, fault.NotFound) {
			return p.Act.Entry.Name, nil
		}
	}
	return "", err
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

// Signed keeps a result as who decided signed it, and gives what is kept: when
// one was kept before, that one.
func (p Press) Signed(ctx context.Context, d *dossier.Dossier, act *dossier.Act, pdf []byte) ([]byte, error) {
	return p.m.keep(ctx, d, Paper{Result, act}, string(Result), pdf)
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
