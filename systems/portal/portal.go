// Package portal is the national public service portal: finding a service in
// everyday words, its page, and the kinds of dossier that its files describe.
package portal

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"strings"

	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/find"
	"motcua/kernel/procedure"
)

//go:embed texts.yaml
var texts embed.FS

// portal is the state of the system in one program.
type portal struct {
	set  *procedure.Set
	find *find.Finder
}

// System is the portal.
func System() kernel.System {
	p := &portal{}
	return kernel.System{Name: "portal", Texts: p.texts(), Schema: procedure.Schema(),
		Start: p.start, Kinds: p.kinds, Old: p.old, Routes: p.routes, Ops: p.ops, Deeds: []string{"words.add", "words.forget"}}
}

// start loads the procedures of the pack. A faulty file is named and left out; the others serve.
func (p *portal) start(ctx context.Context, a *kernel.App) error {
	set, faults := procedure.Load(a.Pack.Files, a.Law)
	for _, f := range faults {
		slog.Error("procedure left out or unclear", "fault", f.Error())
	}
	p.set, a.Procedures = set, set
	b, err := fs.ReadFile(a.Pack.Files, "synonyms.yaml")
	if err != nil {
		return err
	}
	said, err := find.ReadSynonyms("synonyms.yaml", b)
	if err != nil {
		return err
	}
	if err := set.Store(ctx, a.DB, a.Now()); err != nil {
		return err
	}
	p.find, err = find.Open(ctx, a.DB, said, func(ctx context.Context) ([]find.Entry, error) { return p.entries(ctx, a) })
	return err
}

func (p *portal) kinds(*kernel.App) (all []*dossier.Kind, err error) {
	for _, x := range p.set.All() {
		all = append(all, x.Kind())
	}
	return all, nil
}

func (p *portal) old(a *kernel.App, name, version string) (*dossier.Kind, error) {
	_, code, ok := strings.Cut(name, "/")
	if !ok {
		return nil, fault.New(fault.NotFound, "kernel.kind")
	}
	x, err := p.set.Old(context.Background(), a.DB, code, version)
	if err != nil {
		return nil, err
	}
	return x.Kind(), nil
}

// findInfo is the information page of this code.
func findInfo(ctx context.Context, a *kernel.App, code string) (procedure.Info, error) {
	all, err := procedure.Infos(ctx, a.DB)
	for _, x := range all {
		if x.Code == code {
			return x, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "portal.noservice", code)
	}
	return procedure.Info{}, err
}
