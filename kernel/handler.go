package kernel

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/web"
)

// Handler serves every page, operation and file of the program.
func (a *App) Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	a.routes, a.ops = nil, nil
	for _, s := range a.Systems {
		if s.Routes != nil {
			a.routes = append(a.routes, s.Routes(a)...)
		}
	}
	a.routes = append(a.routes,
		Route{Pattern: "GET /healthz", Who: Anyone(), API: true, Do: func(*Request) (web.Answer, error) { return web.Raw("text/plain; charset=utf-8", []byte("ok\n")), nil }},
		Route{Pattern: "GET /readyz", Who: Anyone(), API: true, Do: a.ready},
		Route{Pattern: "GET /metrics", Who: Anyone(), API: true, Scope: "metrics", Do: a.metrics()},
		Route{Pattern: "GET /ledger/{path...}", Who: Anyone(), API: true, Do: a.serveLedger},
		Route{Pattern: "/", Who: Anyone(), Do: func(*Request) (web.Answer, error) { return web.Answer{}, fault.New(fault.NotFound, "web.nopage") }},
	)
	if err := a.mount(mux, a.routes); err != nil {
		return nil, err
	}
	api := web.NewAPI(mux, a.Web, "motcua", "1")
	for _, s := range a.Systems {
		if s.Ops != nil {
			s.Ops(a, api)
		}
	}
	mux.Handle("GET /assets/", a.Front.Files)
	cross := http.NewCrossOriginProtection()
	denied := map[bool]http.Handler{}
	for _, api := range []bool{false, true} {
		denied[api] = a.Web.Handle(web.Options{API: api}, func(*web.Request) (web.Answer, error) {
			return web.Answer{}, fault.New(fault.Forbidden, "web.cross")
		})
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		denied[strings.HasPrefix(r.URL.Path, "/api/")].ServeHTTP(w, r)
	}))
	return a.Web.Front(a.Before, cross.Handler(mux)), nil
}

// Routes are all routes and operations with who may use them, sorted, for the golden matrix.
func (a *App) Routes() (all []string) {
	for _, r := range append(slices.Clone(a.routes), a.ops...) {
		all = append(all, fmt.Sprintf("%-60s %s", r.Pattern, r.Who))
	}
	slices.Sort(all)
	return all
}

// Patterns are the same as values.
func (a *App) AllRoutes() []Route { return append(slices.Clone(a.routes), a.ops...) }

// ready says whether the node can take work, and why not.
func (a *App) ready(r *Request) (web.Answer, error) {
	type check struct {
		Name   string `json:"name"`
		OK     bool   `json:"ok"`
		Detail string `json:"detail,omitempty"`
	}
	status, checks := http.StatusOK, []check{}
	add := func(name string, err error) {
		c := check{Name: name, OK: err == nil}
		if err != nil {
			c.Detail, status = string(fault.Of(err)), http.StatusServiceUnavailable
			if c.Detail == "" {
				c.Detail = "failed"
			}
		}
		checks = append(checks, c)
	}
	state, err := a.Log.State(r.Context())
	add("database", err)
	if err == nil {
		var late error
		if state.Open > 0 && a.Now().Sub(state.At) > time.Minute {
			late = fault.New(fault.Unavailable, "ledger.behind")
		}
		add("ledger", late)
	}
	b, err := json.Marshal(map[string]any{"ready": status == http.StatusOK, "checks": checks})
	return web.Raw("application/json", append(b, '\n')).Status(status), err
}

func (a *App) serveLedger(r *Request) (web.Answer, error) {
	path := strings.TrimPrefix(r.PathValue("path"), "/")
	if path == "key" {
		return web.Raw("text/plain; charset=utf-8", []byte(a.Log.PublicKey()+"\n")), nil
	}
	res, err := a.Log.Serve(r.Context(), path)
	if err != nil {
		return web.Answer{}, err
	}
	cache := "no-cache"
	if res.Fixed {
		cache = "public, max-age=31536000, immutable"
	}
	return web.Raw(res.Type, res.Body).With("Cache-Control", cache), nil
}
