package signed

import (
	"context"

	"motcua/base/db"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// Play signs an order for an invented person who is played: he is not asked.
// Nothing that answers requests calls it.
func Play(ctx context.Context, a *kernel.App, o dossier.Order) (*dossier.Signed, error) {
	f, err := For(ctx, a, o)
	if err != nil {
		return nil, err
	}
	x, err := f.begin(ctx, true)
	if err != nil {
		return nil, err
	}
	var k sign.Key
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if k, err = a.Keys.Get(tx, x.key); err != nil {
			return err
		}
		return x.permit(tx, a, o.Me, f.kind.Signs, string(who.Code), nil)
	})
	if err != nil {
		return nil, err
	}
	s := &dossier.Signed{Level: x.level, Way: x.way, Key: sign.Number(k.Certificate), Sum: x.filed}
	s.Paper, err = x.sign(ctx, a)
	return s, err
}
