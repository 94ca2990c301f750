// Package handover brings dossiers that are filed here to the bodies that keep
// their own software, and keeps at it until the body's own number comes back.
//
// Which bodies those are stands in a register; the way is pull (the software
// asks), webhook (it is told) or redirect (the applicant goes there himself).
package handover

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
	"motcua/systems/handover/desk"
	"motcua/systems/handover/hook"
	"motcua/systems/handover/register"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System is the handing over.
func System() kernel.System { return new(house).system() }

func (h *house) system() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "handover", Links: []kernel.Link{{At: kernel.Admin, Path: "/handover", Text: "handover.manage", Icon: "share", About: "handover.about", Who: kernel.Roles(who.Admin)}}, Texts: []fs.FS{files}, Schema: schema,
		Held: []held.Table{
			{Name: "handover_connection", Told: "what bodies configured", Stays: "the account of a body's machine"},
			{Name: "handover_endpoint", Told: "what bodies and organisations configured", Stays: "the account of a machine"},
			{Name: "handover_attempt", Dossier: "message in (select id from handover_message where dossier = $1)", Told: "what a machine answered"},
			{Name: "handover_message", Dossier: "dossier = $1", Told: "dossiers"},
			{Name: "handover_item", Dossier: "dossier = $1", Told: "dossiers"},
			{Name: "handover_report", Dossier: "dossier = $1", Told: "dossiers"}},
		Start: h.start, Routes: h.routes, Ops: h.ops, Onward: h.next, Deeds: []string{"handover.connect"},
		Calls: func(*kernel.App) map[string]job.Do { return map[string]job.Do{hook.JobName: h.register.Hooks.Send} },
		After: func(*kernel.App) dossier.Then { return h.register.After },
		Reported: func(*kernel.App) func(context.Context, who.Person, string, *mirror.Line) (mirror.Answer, bool, error) {
			return h.reported
		},
		Stands: func(*kernel.App) func(context.Context, string, time.Time, time.Time, []string) ([]mirror.Stand, error) {
			return h.register.Stands
		},
		Elsewhere: func(ctx context.Context, _ *kernel.App, body, kind string) (bool, error) {
			c, err := h.register.For(ctx, body, kind)
			return c != nil, err
		}}
}

// A house is the system in one program.
type house struct {
	app      *kernel.App
	register *register.Register
	desk     desk.Desk
}

func (h *house) start(_ context.Context, a *kernel.App) error {
	h.app, h.register = a, register.Of(a)
	h.register.Hooks.Taken = h.answered
	h.desk = desk.Desk{Register: h.register}
	return nil
}

func (h *house) routes(*kernel.App) []kernel.Route {
	return append(h.desk.Routes(), kernel.Route{Pattern: "GET /handover/{id}/go", Who: kernel.SignedIn(), Do: h.onward})
}

const tag = "handover.tag"

func (h *house) ops(a *kernel.App, api *web.API) {
	staff := kernel.Roles(who.Clerk)
	op := func(name, method, path string, sample string, faults ...int) web.Op {
		return web.Op{ID: name, Method: method, Path: path, Summary: "handover.op." + name, Detail: "handover.op." + name + ".detail", Tag: tag, Faults: faults, Sample: sample}
	}
	h.hookOps(a, api)
	const curl, base, id = `curl -H "Authorization: Bearer $TOKEN"`, ` "$URL/api/v1/handover`, `/$ID`
	kernel.Op(a, api, op("listHandover", "GET", "/api/v1/handover", curl+base+`"`, 422), staff, h.list)
	kernel.Op(a, api, op("readHandover", "GET", "/api/v1/handover/{id}", curl+base+id+`"`, 404), staff, h.read)
	kernel.Op(a, api, op("acknowledge", "POST", "/api/v1/handover/{id}/acknowledge",
		curl+` -H "Content-Type: application/json" -d '{"number": "HB-2020-001"}'`+base+id+`/acknowledge"`, 404, 409, 413, 415, 422, 503), staff, h.acknowledge)
}
