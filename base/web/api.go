package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"motcua/base/fault"
)

// An API is the operations that programs use, described by OpenAPI 3.1.
type API struct {
	huma   huma.API
	server *Server
}

// An Op describes one operation.
type Op struct {
	ID, Method, Path, Summary, Detail, Tag string
	Status                                 int // of success; 0: 200
	Limit                                  int64
}

var once sync.Once

// NewAPI starts an API whose operations are mounted on mux by wrap, which finds
// the person and asks for his rights.
func NewAPI(mux *http.ServeMux, s *Server, title, version string) *API {
	once.Do(func() { // huma makes its own errors through this one function
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			p := &problem{Problem: Problem{Type: "/api/docs#errors", Title: http.StatusText(status), Status: status, Detail: msg}}
			for _, e := range errs {
				if d, ok := e.(*huma.ErrorDetail); ok {
					p.Errors = append(p.Errors, ProblemField{Pointer: "/" + d.Location, Code: "api.shape", Message: d.Message})
				}
			}
			return p
		}
	})
	c := huma.DefaultConfig(title, version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	return &API{huma: humago.New(mux, c), server: s}
}

// problem is a Problem that huma can answer.
type problem struct{ Problem }

func (p *problem) Error() string             { return p.Title }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return "application/problem+json" }
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", "2")
	}
	return h
}

// MarshalJSON writes the problem alone.
func (p *problem) MarshalJSON() ([]byte, error) { return json.Marshal(p.Problem) }

// Add adds an operation. before says whether the request may use it and gives
// do what the caller keeps of a request.
func Add[C, I, O any](a *API, op Op, before func(*Request) (C, error), do func(C, *I) (*O, error)) {
	if op.Limit == 0 {
		op.Limit = 1 << 20
	}
	huma.Register(a.huma, huma.Operation{OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Detail,
		Tags: []string{op.Tag}, DefaultStatus: op.Status, MaxBodyBytes: op.Limit,
		Middlewares: huma.Middlewares{func(hc huma.Context, next func(huma.Context)) {
			hr, w := humago.Unwrap(hc)
			r, err := a.server.read(w, hr, Options{API: true, Limit: op.Limit})
			if err != nil {
				a.refuse(hc, r, err)
				return
			}
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Cache-Control", "no-store")
			next(huma.WithContext(hc, r.Context()))
		}}}, func(ctx context.Context, in *I) (*O, error) {
		r := Of(ctx)
		c, err := before(r)
		var out *O
		if err == nil {
			out, err = do(c, in)
		}
		if err != nil {
			return nil, &problem{a.server.Problem(r, err)}
		}
		return out, nil
	})
}

func (a *API) refuse(hc huma.Context, r *Request, err error) {
	p := a.server.Problem(r, err)
	hc.SetHeader("Content-Type", "application/problem+json")
	hc.SetStatus(p.Status)
	json.NewEncoder(hc.BodyWriter()).Encode(p)
}

// Document is the OpenAPI 3.1 document.
func (a *API) Document() *huma.OpenAPI { return a.huma.OpenAPI() }

// Key is the request's idempotency key, "" without one.
func (r *Request) Key() (string, error) {
	k := r.Header.Get("Idempotency-Key")
	if len(k) > 200 {
		return "", fault.Wrong(fault.Field{Pointer: "/headers/Idempotency-Key", Code: "web.key"})
	}
	return k, nil
}
