package paper

import (
	"context"

	"motcua/kernel/dossier"
)

// Give is a paper of a dossier as it is kept, or as it is made now.
func (p Press) Give(ctx context.Context, d *dossier.Dossier, k *dossier.Kind, x Paper) ([]byte, error) {
	return p.m.give(ctx, d, k, x, "")
}
