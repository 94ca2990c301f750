// Package export gives a dossier away with all that proves it, in an open format
// (docs/export-format.md) that is checked without this program: by sha256sum,
// openssl and a script of a hundred lines.
//
// An export holds every act of the dossier as it was hashed into the ledger, the
// way of each to one signed checkpoint, the papers that were handed in, and those
// that were issued. An act that who asks may not read is there as its leaf alone:
// that something was done is proven, what it was is not said.
package export

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the download.
func System() kernel.System {
	return kernel.System{Name: "export", Texts: []fs.FS{texts}, Ops: describe, Routes: func(a *kernel.App) []kernel.Route {
		press := paper.NewPress(a)
		do := func(r *kernel.Request) (web.Answer, error) { return serve(r, press) }
		const made = "papers that nobody asked for yet are made and kept; an official's reading is recorded"
		return []kernel.Route{
			{Pattern: "GET /c/{id}/export.zip", Who: kernel.SignedIn(), Do: do, Writes: made},
			{Pattern: "GET /work/d/{id}/export.zip", Who: kernel.Roles(who.Clerk, who.Officer, who.Leader), Do: do, Writes: made},
			{Pattern: "GET /api/v1/dossiers/{id}/export.zip", Who: kernel.SignedIn(), API: true, Do: do, Writes: made},
		}
	}}
}

// describe puts the download into the API's document.
func describe(_ *kernel.App, api *web.API) {
	web.Describe[struct {
		ID string `path:"id" doc:"api.in.id" example:"0fh2k9s7d3qm1x"`
	}, struct{}](api, web.Op{ID: "exportDossier", Method: "GET", Path: "/api/v1/dossiers/{id}/export.zip", Summary: "export.op", Detail: "export.op.detail", Tag: "api.tag.files",
		Gives: "application/zip", Scope: web.ScopeRead, Faults: []int{403, 404, 503},
		Sample: "curl -H \"Authorization: Bearer $TOKEN\" \"$URL/api/v1/dossiers/$ID/export.zip\" -o export.zip"})
}

// serve answers a dossier to who may read it; of an official it is written down
// that he took it away.
func serve(r *kernel.Request, press paper.Press) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "export.none")
	}
	d, k, err := r.App.Engine.See(dossier.Through(r.Context(), dossier.Export), r.Me, n)
	if err != nil {
		return web.Answer{}, err
	}
	all, err := Make(r.Context(), r.App, press, d, k, dossier.Official(r.Me, d))
	if err != nil {
		return web.Answer{}, err
	}
	b, err := Zip(all, r.App.Now())
	return web.File(d.Code+".zip", "application/zip", b, true), err
}

// A File is one file of an export; its name may have folders.
type File struct {
	Name  string
	Bytes []byte
}

// Make is the export of d. whole: with what officials wrote for one another.
func Make(ctx context.Context, a *kernel.App, press paper.Press, d *dossier.Dossier, k *dossier.Kind, whole bool) ([]File, error) {
	b := &builder{ctx: ctx, App: a, dossier: d, kind: k, whole: whole, names: map[string]bool{}}
	for _, step := range []func() error{func() error { return b.issued(press) }, b.acts, b.papers, b.prove, b.seal} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("export of dossier %s: %w", d.ID, err)
		}
	}
	return b.files, nil
}

// Zip packs an export as one file.
func Zip(all []File, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range all {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: at.UTC()})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Bytes); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
