package kernel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"motcua/base/blob"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel/dossier"
)

// Keep takes a document that somebody sent: looked into, cleaned, stored, and
// written down as owner's (0: a visitor's) and the draft's it came with (0: none).
func (a *App) Keep(ctx context.Context, owner, draft id.ID, r io.Reader, name string) (dossier.File, error) {
	f, err := a.keep(ctx, r, name, "")
	if err != nil {
		return dossier.File{}, err
	}
	return a.Engine.AddFile(ctx, owner, draft, f)
}

// KeepOnce is Keep for a program, which may say what type the document is and
// send it again under an idempotency key.
func (a *App) KeepOnce(ctx context.Context, owner id.ID, key string, r io.Reader, name, media string) (_ dossier.File, replayed bool, err error) {
	sent := sha256.New()
	f, err := a.keep(ctx, io.TeeReader(r, sent), name, media)
	if err != nil {
		return dossier.File{}, false, err
	}
	fmt.Fprintf(sent, "\x00%s\x00%s", f.Name, f.Type)
	return a.Engine.AddFileOnce(ctx, owner, key, hex.EncodeToString(sent.Sum(nil)), f)
}

func (a *App) keep(ctx context.Context, r io.Reader, name, media string) (dossier.File, error) {
	f, err := upload.Take(ctx, r, name)
	if err != nil {
		return dossier.File{}, err
	}
	defer f.Close()
	if media != "" && media != f.Type {
		return dossier.File{}, fault.New(fault.Unsupported, "upload.type")
	}
	sum, n, err := a.Blobs.Put(ctx, f, upload.Most)
	if err != nil {
		return dossier.File{}, err
	}
	return dossier.File{Name: f.Name, Type: f.Type, Size: n, Sum: sum.String()}, nil
}

// thumb is the longer edge of small pictures, in pixels.
const thumb = 400

// Document answers a stored file to who was found to have a right to it, or a
// small picture of it.
func (a *App) Document(ctx context.Context, f dossier.File, small bool) (web.Answer, error) {
	sum, err := blob.Parse(f.Sum)
	if err != nil {
		return web.Answer{}, err
	}
	b, err := a.Blobs.Bytes(sum) // checked: what is damaged is not shown, not even small
	if err != nil || !small || f.Type == upload.PDF {
		return web.File(f.Name, f.Type, b, false), err
	}
	b, err = upload.Thumb(ctx, bytes.NewReader(b), thumb)
	return web.File(f.Name, upload.JPEG, b, false), err
}
