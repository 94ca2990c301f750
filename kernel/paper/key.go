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

// Signed keeps a result as who decided signed it, under the seal of his body when
// it has one (Decree 30/2020/ND-CP, 12 and 13: the person who may, then the body),
// and gives what is kept: when one was kept before, that one.
func (p Press) Signed(ctx context.Context, d *dossier.Dossier, k *dossier.Kind, act *dossier.Act, pdf []byte) ([]byte, error) {
	m, x := p.m, Paper{Result, act}
	if b, err := m.kept(ctx, act.ID, string(Result)); !errors.Is(err, fault.NotFound) {
		return b, err
	}
	title := x.Name(m.voice(d), k)
	seal, err := m.Keys.Sealing(ctx, d.Body, m.Now())
	if err == nil && seal.ID != 0 {
		pdf, err = m.Keys.PDF(ctx, pdf, seal.ID, title, m.Now())
	}
	if err != nil {
		return nil, err
	}
	return m.keep(ctx, d, x, string(Result), title, pdf, seal)
}

// bodys reports whether a paper is its body's word: what it decides or asks for.
// Of what came in, and of how it went from desk to desk, the node itself speaks.
func (p Paper) bodys() bool {
	return p.Sort == Result || p.Sort == Supplement || p.Sort == Refusal || p.Sort == Apology || p.Sort == Stopping
}

// seal is what p is sealed with, and when: at the act itself, but never before
// there was the certificate.
func (m *maker) seal(ctx context.Context, d *dossier.Dossier, p Paper) (key sign.Key, at time.Time, err error) {
	if p.bodys() {
		return m.Keys.Speaking(ctx, d.Body, m.Seal, p.Act.At, m.Now())
	}
	if err = m.Keys.May(ctx, d.Body, sign.Signing); err == nil {
		at, err = m.Keys.From(ctx, m.Seal, p.Act.At)
	}
	return m.Seal, at, err
}

// Give is a paper of a dossier as it is kept, or as it is made now.
func (p Press) Give(ctx context.Context, d *dossier.Dossier, k *dossier.Kind, x Paper) ([]byte, error) {
	return p.m.give(ctx, d, k, x, "")
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
