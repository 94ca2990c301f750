// Package api is the door for programs: what people do on pages, as operations
// under /api/v1, described by OpenAPI and by a reference that people can read.
//
// It adds no rule of its own. Rights, forms and steps are asked where pages ask them.
package api

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/track"
)

//go:embed texts.yaml
var texts embed.FS

// doors is the state of the system in one program.
type doors struct {
	api *web.API // once operations are mounted
}

// System is the API's own operations and pages; other systems add theirs.
func System() kernel.System {
	d := &doors{}
	return kernel.System{Name: "api", Texts: []fs.FS{texts}, Routes: d.routes, Ops: d.ops}
}

func (d *doors) routes(*kernel.App) []kernel.Route {
	anyone, signed := kernel.Anyone(), kernel.SignedIn()
	return []kernel.Route{
		{Pattern: "GET /api/docs", Who: anyone, Do: d.docs},
		{Pattern: "GET /api/v1/openapi.json", Who: anyone, API: true, Do: d.document},
		{Pattern: "POST /api/v1/files", Who: signed, API: true, Scope: web.ScopeWrite, Limit: upload.Most + 1, Do: takeFile},
		{Pattern: "GET /api/v1/dossiers/{id}/papers/{paper}", Who: signed, API: true, Scope: web.ScopeRead, Do: givePaper},
		{Pattern: "GET /api/v1/dossiers/{id}/papers/{paper}/{n}", Who: signed, API: true, Scope: web.ScopeRead, Do: givePaper},
		{Pattern: "/api/", Who: anyone, API: true, Do: lost},
	}
}

// The groups of operations, keys of texts.
const (
	tagDossiers = "api.tag.dossiers"
	tagFiles    = "api.tag.files"
	tagProofs   = "api.tag.proofs"
)

func (d *doors) ops(a *kernel.App, api *web.API) {
	d.api = api
	anyone, signed := kernel.Anyone(), kernel.SignedIn()
	say := samples(a)
	op := func(name, method, path, tag string, faults ...int) web.Op {
		return web.Op{ID: name, Method: method, Path: path, Summary: "api.op." + name, Detail: "api.op." + name + ".detail", Tag: tag, Faults: faults, Sample: say[name]}
	}
	as := func(o web.Op, status int, takes []string, gives string) web.Op {
		o.Status, o.Takes, o.Gives = status, takes, gives
		return o
	}
	needs := func(scope string, o web.Op) web.Op { o.Scope = scope; return o }
	kernel.Op(a, api, needs(web.ScopeWrite, as(op("fileDossier", "POST", "/api/v1/dossiers", tagDossiers, 403, 413, 415, 422, 503), 201, nil, "")), signed, open)
	kernel.Op(a, api, needs(web.ScopeRead, op("listDossiers", "GET", "/api/v1/dossiers", tagDossiers, 403, 422)), signed, list)
	kernel.Op(a, api, needs(web.ScopeRead, op("readDossier", "GET", "/api/v1/dossiers/{id}", tagDossiers, 403, 404)), signed, read)
	kernel.Op(a, api, needs(web.ScopeWrite, op("act", "POST", "/api/v1/dossiers/{id}/acts", tagDossiers, 403, 404, 409, 412, 413, 415, 422, 503)), signed, act)
	tries := &track.Limiter{Most: 20, Per: time.Minute}
	kernel.Op(a, api, op("track", "GET", "/api/v1/track", tagDossiers, 404, 422, 429), anyone,
		func(r *kernel.Request, in *tracking) (*tracked, error) { return follow(r, in, tries) })
	web.Describe[sent, kept](api, needs(web.ScopeWrite, as(op("sendFile", "POST", "/api/v1/files", tagFiles, 403, 413, 415, 422), 201, []string{upload.PDF, upload.JPEG, upload.PNG}, "")))
	web.Describe[struct {
		Whose
		Paper string `path:"paper" doc:"api.in.paper"`
	}, struct{}](api, needs(web.ScopeRead, as(op("readPaper", "GET", "/api/v1/dossiers/{id}/papers/{paper}", tagFiles, 403, 404), 200, nil, "application/octet-stream")))
	web.Describe[struct {
		Whose
		Paper string `path:"paper" doc:"api.in.paper"`
		N     int    `path:"n" minimum:"1" doc:"api.in.n"`
	}, struct{}](api, needs(web.ScopeRead, as(op("readPaperFile", "GET", "/api/v1/dossiers/{id}/papers/{paper}/{n}", tagFiles, 403, 404), 200, nil, "application/octet-stream")))
	web.Describe[Whose, struct{}](api, needs(web.ScopeRead, as(op("receipt", "GET", "/api/v1/dossiers/{id}/receipt.pdf", tagFiles, 403, 404, 503), 200, nil, upload.PDF)))
	web.Describe[Whose, struct{}](api, needs(web.ScopeRead, as(op("result", "GET", "/api/v1/dossiers/{id}/result.pdf", tagFiles, 403, 404, 410, 503), 200, nil, upload.PDF)))
	kernel.Op(a, api, needs(web.ScopeRead, op("proof", "GET", "/api/v1/dossiers/{id}/proof", tagProofs, 403, 404, 422, 503)), signed, prove)
	checkpoint := as(op("checkpoint", "GET", "/ledger/checkpoint", tagProofs, 503), 200, nil, "text/plain")
	tile := as(op("tile", "GET", "/ledger/tile/{level}/{index}", tagProofs, 404), 200, nil, "application/octet-stream")
	checkpoint.Open, tile.Open = true, true
	web.Describe[struct{}, struct{}](api, checkpoint)
	web.Describe[struct {
		Level string `path:"level" doc:"api.in.level"`
		Index string `path:"index" doc:"api.in.index"`
	}, struct{}](api, tile)
}

// Whose names the dossier of an operation; its name is exported for huma, which reads no other.
type Whose struct {
	ID string `path:"id" doc:"api.in.id" example:"0fh2k9s7d3qm1x"`
}

// number is the id of the dossier; one that is no id at all is not found.
func number(s string) (id.ID, error) {
	n, err := id.Parse(s)
	if err != nil {
		return 0, fault.New(fault.NotFound, "dossier.missing")
	}
	return n, nil
}

// lost answers what no operation does: there is none at this address, or it
// does not take this method.
func lost(r *kernel.Request) (web.Answer, error) {
	var allow []string
	for _, rt := range r.App.AllRoutes() {
		method, path, ok := strings.Cut(rt.Pattern, " ")
		if ok && matches(path, r.URL.Path) && !slices.Contains(allow, method) {
			allow = append(allow, method)
		}
	}
	if allow == nil {
		return web.Answer{}, fault.New(fault.NotFound, "api.nothing")
	}
	slices.Sort(allow)
	a, err := web.JSON(http.StatusMethodNotAllowed, web.Problem{Type: "/api/docs#error-405", Title: r.T("web.title.405"),
		Status: http.StatusMethodNotAllowed, Detail: r.T("web.detail.405"), Instance: r.URL.Path})
	return a.With("Content-Type", "application/problem+json").With("Allow", strings.Join(allow, ", ")), err
}

// matches reports whether path is one of pattern's.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if w != got[i] && !(strings.HasPrefix(w, "{") && got[i] != "") {
			return false
		}
	}
	return true
}

func (d *doors) document(r *kernel.Request) (web.Answer, error) {
	b, err := d.api.Document(r.Voice)
	return web.Raw("application/json", b), err
}
