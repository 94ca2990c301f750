// Package board is what leaders see: how many dossiers came, how many promises
// were kept, where it is stuck, for the country and for each body, with the
// dossiers behind each number for those who may read them.
package board

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// board is the state of the system in one program.
type board struct {
	map_ tiles
}

// tiles is the map of the provinces, from the pack.
type tiles struct {
	Columns int               `yaml:"columns"`
	Rows    []string          `yaml:"rows"`
	Labels  map[string]string `yaml:"labels"`
	Islands []struct {
		Name     lang.Text `yaml:"name"`
		Province string    `yaml:"province"`
	} `yaml:"islands"`
}

// System is the board.
func System() kernel.System {
	b := &board{}
	return kernel.System{Name: "board", Texts: []fs.FS{texts}, Start: b.start, Routes: b.routes}
}

func (b *board) start(_ context.Context, a *kernel.App) error {
	file, err := fs.ReadFile(a.Pack.Files, "tiles.yaml")
	if err != nil {
		return err
	}
	return data.Read("tiles.yaml", file, &b.map_)
}

func (b *board) routes(*kernel.App) []kernel.Route {
	officials := kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin)
	return []kernel.Route{
		{Pattern: "GET /work/figures", Who: officials, Do: b.country},
		{Pattern: "GET /work/figures/{body}", Who: officials, Do: b.body},
		{Pattern: "GET /work/figures/{body}/behind", Who: officials, Do: b.behind},
		{Pattern: "GET /work/figures/{body}/tables/{table}", Who: officials, Do: b.export},
	}
}

// layout is the map's rows as ui.TileMap reads them.
func (t tiles) layout() string { return strings.Join(t.Rows, "|") }
