// Package keys is signatures: what programs ask of the node's authority, a
// person's own certificates and every use of them, documents signed by who
// confirmed their digest, and the switch that stops it all.
package keys

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"time"

	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/who"
	"motcua/systems/keys/halt"
	"motcua/systems/keys/own"
	"motcua/systems/keys/pki"
	"motcua/systems/keys/seals"
	"motcua/systems/keys/signing"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System is the signatures.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	desk := new(signing.Desk)
	return kernel.System{Name: "keys", Texts: []fs.FS{files}, Schema: schema, Held: tables(), Keeps: keeps, Unproved: unproved, Recovered: recovered,
		Start: func(_ context.Context, a *kernel.App) error {
			desk.App, desk.Press = a, paper.NewPress(a)
			return nil
		},
		Routes: func(*kernel.App) []kernel.Route {
			return slices.Concat(pki.Routes(), own.Routes(), desk.Routes(), halt.Routes(), seals.Routes(desk))
		},
		Deeds: []string{"keys.issue", "keys.import", "keys.revoke", "keys.halt.ask", "keys.halt", "keys.seal.ask", "keys.seal", "keys.seal.wish", "keys.seal.refuse", "keys.root.trust", "keys.root.drop", "keys.root.relist", "keys.list.add", "keys.list.bring", "keys.list.drop"},
		After: func(*kernel.App) dossier.Then { return desk.After },
		Jobs:  func(*kernel.App) map[string]job.Do { return map[string]job.Do{signing.Job: desk.Do} },
		Confirmed: func(*kernel.App) map[string]func(*kernel.Request, id.ID) (web.Answer, error) {
			return map[string]func(*kernel.Request, id.ID) (web.Answer, error){signing.Purpose: desk.Confirmed}
		},
		Links: []kernel.Link{{At: kernel.Mine, Path: "/me/keys", Text: "keys.title", Who: kernel.SignedIn()},
			{At: kernel.Office, Path: "/me/keys/sign", Text: "keys.sign.title", Who: kernel.Roles(who.Leader)},
			{At: kernel.Mine, Path: "/keys/stop", Text: "keys.halt.title", Who: kernel.Roles(who.Warden)},
			{At: kernel.Office, Path: "/keys/seals", Text: "keys.seal.title", Who: kernel.Roles(who.Sealer)},
			{At: kernel.Mine, Path: "/keys/seals", Text: "keys.seal.title", Who: kernel.Roles(who.Sealer, who.Leader, who.Warden)},
			{At: kernel.Admin, Path: "/keys/seals", Text: "keys.seal.title", Icon: "seal", About: "keys.seal.about", Who: kernel.Roles(who.Admin)},
			{At: kernel.Admin, Path: "/keys/stop", Text: "keys.halt.title", Icon: "hold", About: "keys.halt.about", Who: kernel.Roles(who.Admin)}},
		Every: []kernel.Task{
			{Name: "sign lists of revoked certificates", Pause: 30 * time.Minute, Do: func(ctx context.Context, a *kernel.App) error { return a.Keys.Relist(ctx, a.Now()) }},
			{Name: "go on with signings", Pause: 5 * time.Minute, Do: func(ctx context.Context, a *kernel.App) error { return desk.Resume(ctx, a.Now()) }},
			{Name: "sweep signings", Pause: time.Hour, Do: sweep}}}
}
