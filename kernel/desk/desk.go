// Package desk is the page that every kind of dossier has for officials, and
// the small form of each act.
package desk

import (
	"embed"
	"io/fs"

	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/inbox"
	"motcua/kernel/procedure"
)

//go:embed texts.yaml
var texts embed.FS

// System is the desk.
func System() kernel.System {
	return kernel.System{Name: "desk", Texts: []fs.FS{texts}, Routes: routes}
}

func routes(*kernel.App) []kernel.Route {
	officials, read := kernel.Roles(inbox.Desks()...), "an official's reading is recorded"
	return []kernel.Route{
		{Pattern: "GET /work/d/{id}", Who: officials, Do: show, Writes: read},
		{Pattern: "GET /work/d/{id}/papers/{paper}/{n}", Who: officials, Do: document, Writes: read},
		{Pattern: "GET /work/d/{id}/act/{act}", Who: officials, Do: askAct, Writes: read},
		{Pattern: "POST /work/d/{id}/act/{act}", Who: officials, Do: doAct, Limit: 100 << 20},
	}
}

// service is the procedure that a kind was compiled from, or nil.
func service(k *dossier.Kind) *procedure.Procedure {
	p, _ := k.Service.(*procedure.Procedure)
	return p
}
