package kernel

import (
	"context"
	"io"

	"motcua/base/id"
	"motcua/base/upload"
	"motcua/kernel/dossier"
)

// Keep takes a document that somebody sent: looked into, cleaned, stored, and
// written down as owner's (0: a visitor's) and the draft's it came with (0: none).
func (a *App) Keep(ctx context.Context, owner, draft id.ID, r io.Reader, name string) (dossier.File, error) {
	f, err := upload.Take(ctx, r, name)
	if err != nil {
		return dossier.File{}, err
	}
	defer f.Close()
	sum, n, err := a.Blobs.Put(ctx, f, upload.Most)
	if err != nil {
		return dossier.File{}, err
	}
	return a.Engine.AddFile(ctx, owner, draft, dossier.File{Name: f.Name, Type: f.Type, Size: n, Sum: sum.String()})
}
