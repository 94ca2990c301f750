package desk

import (
	"context"
	"errors"

	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// A relative is the dossier whose act opened this one, or one that an act of
// this one opened: an apology, a question to another body, a payment.
type relative struct {
	*dossier.Dossier
	kind  *dossier.Kind
	opens bool // it opened this one
	mine  bool // who reads this one may read it too
}

func (p *dossierPage) family(ctx context.Context) (all []relative, err error) {
	add := func(d *dossier.Dossier, opens bool) error {
		k, err := p.App.Kind(d.Kind, d.KindVersion)
		if err == nil {
			all = append(all, relative{d, k, opens, dossier.Official(p.Me, d)})
		}
		return err
	}
	if p.Parent > 0 {
		d, err := p.App.Engine.Row(ctx, p.Parent)
		if err == nil {
			err = add(d, true)
		}
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	rows, err := p.App.Engine.Children(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range rows {
		if err := add(d, false); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (x relative) title(p *dossierPage) string {
	if x.opens {
		return p.T("desk.kin.of", p.Voice.Of(x.kind.Title))
	}
	return p.Voice.Of(x.kind.Title)
}

func (x relative) state(p *dossierPage) string { return kernel.StateTitle(p.Voice, x.kind, x.State) }
