// Package board is what leaders see: how many dossiers came, how many promises
// were kept, where it is stuck, for the country and for each body, with the
// dossiers behind each number for those who may read them.
package board

import (
	"context"
	"embed"
	"io/fs"

	"motcua/kernel"
	"motcua/kernel/sight"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// board is the state of the system in one program.
type board struct {
	provinces sight.Map
}

// System is the board.
func System() kernel.System {
	b := &board{}
	return kernel.System{Name: "board", Texts: []fs.FS{texts, sight.Texts}, Start: b.start, Routes: b.routes,
		Links: []kernel.Link{{At: kernel.Office, Path: "/work/figures", Text: "board.nav", Who: kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin)}}}
}

func (b *board) start(_ context.Context, a *kernel.App) (err error) {
	b.provinces, err = sight.ReadMap(a.Pack.Files)
	return err
}

func (b *board) routes(*kernel.App) []kernel.Route {
	officials := kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin)
	return []kernel.Route{
		{Pattern: "GET /work/figures", Who: officials, Do: b.country},
		{Pattern: "GET /work/figures/{body}", Who: officials, Do: b.body},
		{Pattern: "GET /work/figures/{body}/behind", Who: officials, Do: b.behind},
		{Pattern: "GET /work/figures/{body}/time", Who: officials, Do: b.time},
		{Pattern: "GET /work/figures/{body}/time/{table}", Who: officials, Do: b.timeTable},
		{Pattern: "GET /work/figures/{body}/brief", Who: officials, Do: b.brief},
		{Pattern: "GET /work/figures/{body}/tables/{table}", Who: officials, Do: b.export},
	}
}
