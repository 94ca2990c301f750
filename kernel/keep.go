package kernel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"motcua/base/id"
	"motcua/kernel/dossier"
)

// Keep takes a document that somebody sent: looked into, cleaned, stored, and
// written down as owner's (0: a visitor's) and the draft's it came with (0: none).
func (a *App) Keep(ctx context.Context, owner, draft id.ID, r io.Reader, name string) (dossier.File, error) {
	f, err := a.Files.Take(ctx, r, name, "")
	if err != nil {
		return dossier.File{}, err
	}
	return a.Engine.AddFile(ctx, owner, draft, f)
}

// KeepOnce is Keep for a program, which may say what type the document is and
// send it again under an idempotency key.
func (a *App) KeepOnce(ctx context.Context, owner id.ID, key string, r io.Reader, name, media string) (_ dossier.File, replayed bool, err error) {
	sent := sha256.New()
	f, err := a.Files.Take(ctx, io.TeeReader(r, sent), name, media)
	if err != nil {
		return dossier.File{}, false, err
	}
	fmt.Fprintf(sent, "\x00%s\x00%s", f.Name, f.Type)
	return a.Engine.AddFileOnce(ctx, owner, key, hex.EncodeToString(sent.Sum(nil)), f)
}
