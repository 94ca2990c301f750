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
	"motcua/systems/sync/account"
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
	return kernel.System{Name: "sync", Texts: []fs.FS{files}, Schema: schema, Routes: s.routes, Ops: s.ops,
		Links: []kernel.Link{{At: kernel.Office, Path: "/work/sync", Text: "sync.nav", Who: officials()}},
		Every: []kernel.Task{{Name: "sync", Pause: account.Round, Do: account.Look}}}
}

// A system is the state of these in one program: there is none.
type system struct{}

// officials are those who see how it stands with every body.
func officials() kernel.Access { return kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin) }

func (s *system) routes(*kernel.App) []kernel.Route {
	return []kernel.Route{
		{Pattern: "POST /api/v1/sync/dossiers", Who: officials(), API: true, Scope: scope, Limit: unlimited, Do: s.take},
		{Pattern: "POST /api/v1/sync/statement", Who: officials(), API: true, Scope: scope, Limit: accountBytes, Do: s.give},
		{Pattern: "GET /api/v1/sync/statement", Who: officials(), API: true, Scope: scope, Do: s.last},
		{Pattern: "GET /work/sync", Who: officials(), Do: s.overview},
		{Pattern: "GET /work/sync/{body}", Who: officials(), Do: s.show},
		{Pattern: "POST /work/sync/{body}", Who: officials(), Limit: accountBytes, Do: s.upload},
	}
}

func (s *system) ops(_ *kernel.App, api *web.API) {
	op := func(id, method, path, sample string, takes, gives []string, faults ...int) web.Op {
		o := web.Op{ID: id, Method: method, Path: "/api/v1/sync/" + path, Summary: "sync.op." + id, Detail: "sync.op." + id + ".detail", Tag: "sync.tag",
			Takes: takes, Faults: faults, Sample: `curl -H "Authorization: Bearer $TOKEN" ` + sample}
		if gives != nil {
			o.Gives = gives[0]
		}
		return o
	}
	web.Describe[asked, struct{}](api, op("syncDossiers", "POST", "dossiers",
		`-H "Content-Type: application/x-ndjson" --data-binary @dossiers.ndjson "$URL/api/v1/sync/dossiers?body=$BODY"`, []string{lines}, []string{lines}, 403, 415))
	web.Describe[spanned, statementOut](api, op("giveStatement", "POST", "statement",
		`-H "Content-Type: text/csv" --data-binary @statement.csv "$URL/api/v1/sync/statement?body=$BODY&from=2020-03-02&to=2020-03-02"`, []string{lines, account.Table}, nil, 403, 413, 415, 422))
	web.Describe[asked, statementOut](api, op("lastStatement", "GET", "statement", `"$URL/api/v1/sync/statement?body=$BODY"`, nil, nil, 403, 404))
}

// statementOut is a statement as an answer.
type statementOut struct{ Body statementSaid }

// spanned is the parameters of an account.
type spanned struct {
	asked
	From string `query:"from" required:"true" doc:"sync.in.from" example:"2020-03-02"`
	To   string `query:"to" required:"true" doc:"sync.in.to" example:"2020-03-02"`
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
