// Package sync lets bodies that keep their own software report their dossiers:
// a stream of lines, answered line by line, that may be cut, repeated and
// shuffled and settles to the same.
package sync

import (
	"embed"
	"io/fs"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// scope is what a token needs: an account of a machine can do nothing else with it.
const scope = "sync"

// unlimited is the bytes of a stream: each line has its own bound.
const unlimited = 1 << 62

// System is the stream of dossiers and what a body and the administrators see of it.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	s := &system{}
	return kernel.System{Name: "sync", Texts: []fs.FS{files}, Schema: schema, Routes: s.routes, Ops: s.ops}
}

// A system is its state in one program.
type system struct {
	heard heard
}

func (s *system) routes(*kernel.App) []kernel.Route {
	any := kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin)
	return []kernel.Route{
		{Pattern: "POST /api/v1/sync/dossiers", Who: any, API: true, Scope: scope, Limit: unlimited, Do: s.take},
	}
}

func (s *system) ops(_ *kernel.App, api *web.API) {
	web.Describe[asked, struct{}](api, web.Op{ID: "syncDossiers", Method: "POST", Path: "/api/v1/sync/dossiers", Summary: "sync.op.dossiers", Detail: "sync.op.dossiers.detail",
		Sample: `curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-ndjson" --data-binary @dossiers.ndjson "$URL/api/v1/sync/dossiers?body=$BODY"`,
		Tag:    "sync.tag", Takes: []string{lines}, Gives: lines, Faults: []int{403, 415}})
}

// asked is the parameters of the stream.
type asked struct {
	Body string `query:"body" doc:"sync.in.body" example:"H26"`
}

// sender is the body that a program reports for: the one it names among those
// of its account, or the only one it has.
func sender(r *kernel.Request, named string) (string, error) {
	all := r.Me.Bodies()
	if named == "" {
		if len(all) != 1 {
			return "", fault.Wrong(fault.Field{Pointer: "/body", Code: "sync.which"})
		}
		return all[0], nil
	}
	for _, b := range all {
		if r.App.Mirror.May(b, named) {
			return named, nil
		}
	}
	return "", fault.New(fault.Forbidden, "sync.body", named)
}
