package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"motcua/base/fault"
	"motcua/base/lang"
)

// An API is the operations that programs use, described by OpenAPI 3.1.
//
// Huma reads what comes in, checks its shape and describes it; the answer goes
// the way of every page, through Server.Handle, so that errors, limits and
// headers are the same for both.
type API struct {
	mux    *http.ServeMux
	huma   huma.API
	server *Server
	taken  *taker
	count  int
}

// An Op describes one operation. Summary, Detail and Tag, and the doc tags of
// what it takes and gives, are keys of texts.
type Op struct {
	ID, Method, Path, Summary, Detail, Tag string
	Status                                 int      // of success; 0: 200
	Limit                                  int64    // bytes of body; 0: 1 MiB
	Open                                   bool     // nobody need say who he is
	Scope                                  string   // what the token of an app must be good for; "": apps of others may not
	Takes                                  []string // media types of a body that is not JSON
	Gives                                  string   // media type of an answer that is not JSON
	Faults                                 []int    // statuses of the problems it may answer
	Sample                                 string   // a command of the shell that uses it
}

// NewAPI starts an API whose operations are mounted on mux.
func NewAPI(mux *http.ServeMux, s *Server, title, version string) *API {
	a := &API{mux: mux, server: s, taken: &taker{}}
	c := huma.DefaultConfig(title, version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.Info.Description = "api.about"
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "api.security.token"},
		"session": {Type: "apiKey", In: "cookie", Name: s.CookieName(cookie), Description: "api.security.session"},
		"app":     {Type: "openIdConnect", OpenIDConnectURL: "/.well-known/openid-configuration", Description: "api.security.app"},
	}
	c.Transformers = []huma.Transformer{func(hc huma.Context, _ string, v any) (any, error) {
		if e, ok := v.(*huma.ErrorModel); ok {
			if r := Of(hc.Context()); r.failed == nil {
				r.failed = shape(e)
			}
		}
		return v, nil
	}}
	a.huma = huma.NewAPI(c, a.taken)
	return a
}

// A taker takes from huma what it made of an operation.
type taker struct {
	op *huma.Operation
	do func(huma.Context)
}

// Handle is huma's way to hand over an operation.
func (t *taker) Handle(op *huma.Operation, do func(huma.Context)) { t.op, t.do = op, do }

// ServeHTTP is not used: operations are mounted on the mux of all pages.
func (t *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

type callKey struct{}

// Add adds an operation. before says whether the request may use it, before
// anything else is read, and gives do what the caller keeps of a request.
func Add[C, I, O any](a *API, op Op, before func(*Request) (C, error), do func(C, *I) (*O, error)) {
	huma.Register(a.huma, a.describe(op), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx.Value(callKey{}).(C), in)
		if err != nil {
			Of(ctx).failed = err
		}
		return out, err
	})
	t := *a.taken
	_, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	a.mux.Handle(op.Method+" "+op.Path, a.server.Handle(Options{API: true, Limit: op.Limit, Scope: op.Scope}, func(r *Request) (Answer, error) {
		c, err := before(r)
		if err == nil && hasBody {
			err = r.readJSON()
		}
		if err != nil {
			return Answer{}, err
		}
		w := &recorder{header: http.Header{}, status: http.StatusOK}
		t.do(humago.NewContext(t.op, r.Request.WithContext(context.WithValue(r.Context(), callKey{}, c)), w))
		if r.failed != nil {
			return Answer{}, r.failed
		}
		return Answer{status: w.status, header: w.header, raw: w.body.Bytes()}, nil
	}))
}

// Describe describes an operation that is served as a route, because its body
// or its answer is not JSON. I has its parameters, O what it gives.
func Describe[I, O any](a *API, op Op) {
	huma.Register(a.huma, a.describe(op), func(context.Context, *I) (*O, error) { return nil, nil })
}

// A recorder keeps what huma writes until it is known to be right.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

// describe is op for huma.
func (a *API) describe(op Op) huma.Operation {
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	a.count++
	o := huma.Operation{OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Detail,
		Tags: []string{op.Tag}, DefaultStatus: op.Status, BodyReadTimeout: -1, MaxBodyBytes: -1,
		Responses: map[string]*huma.Response{}, Extensions: map[string]any{"x-order": a.count},
		Security: []map[string][]string{{"token": {}}, {"session": {}}}}
	if op.Scope != "" {
		o.Security = append(o.Security, map[string][]string{"app": {op.Scope}})
	}
	if op.Open {
		o.Security = append(o.Security, map[string][]string{})
	} else {
		op.Faults = append(op.Faults, http.StatusUnauthorized)
	}
	for _, status := range append(op.Faults, http.StatusInternalServerError) {
		r := &huma.Response{Description: "web.title." + strconv.Itoa(status), Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")}}}
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
			r.Headers = map[string]*huma.Param{"Retry-After": {Description: "api.header.retry", Schema: &huma.Schema{Type: "integer"}}}
		}
		o.Responses[strconv.Itoa(status)] = r
	}
	if op.Sample != "" {
		o.Extensions["x-codeSamples"] = []map[string]string{{"lang": "Shell", "label": "curl", "source": op.Sample}}
	}
	bytes := func() *huma.MediaType { return &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}} }
	if op.Gives != "" {
		o.Responses[strconv.Itoa(op.Status)] = &huma.Response{Description: http.StatusText(op.Status), Content: map[string]*huma.MediaType{op.Gives: bytes()}}
	}
	for _, media := range op.Takes {
		if o.RequestBody == nil {
			o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		}
		o.RequestBody.Content[media] = bytes()
	}
	return o
}

// Document is the OpenAPI document as v says it.
func (a *API) Document(v lang.Voice) ([]byte, error) {
	b, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for _, own := range []string{"ErrorModel", "ErrorDetail"} { // huma's own problem, which it never answers here
		delete(schemas, own)
	}
	translate(doc, v)
	return json.MarshalIndent(doc, "", "  ")
}

// translate puts texts in place of their keys, and takes away what huma says
// of every list, that it may be null, and what it says twice of a parameter.
func translate(x any, v lang.Voice) {
	switch x := x.(type) {
	case []any:
		for i, e := range x {
			if s, ok := e.(string); ok && v.Catalogue.Has(s) {
				x[i] = v.T(s)
			}
			translate(e, v)
		}
	case map[string]any:
		for key, e := range x {
			if s, ok := e.(string); ok && v.Catalogue.Has(s) {
				x[key] = v.T(s)
			}
			if t, ok := e.([]any); ok && key == "type" && len(t) == 2 && t[0] == "array" {
				x[key] = "array"
			}
			if schema, ok := e.(map[string]any); ok && key == "schema" && x["in"] != nil {
				delete(schema, "description")
			}
			translate(e, v)
		}
	}
}

// shape makes a fault of what huma says about parameters and bodies.
func shape(e *huma.ErrorModel) error {
	var all []fault.Field
	for _, d := range e.Errors {
		f := fault.Field{Pointer: pointer(d.Location), Code: "web.shape.value"}
		switch said, rest, _ := strings.Cut(d.Message, " property "); {
		case said == "unexpected", d.Message == "unexpected property":
			f.Code = "web.shape.unknown"
		case said == "expected required":
			name, _, _ := strings.Cut(rest, " ")
			f.Pointer, f.Code = f.Pointer+"/"+escape(name), "web.shape.missing"
		case strings.HasPrefix(d.Message, "required "):
			f.Code = "web.shape.missing"
		default:
			if kind, ok := strings.CutPrefix(d.Message, "expected "); ok && !strings.Contains(kind, " ") {
				f.Code, f.Args = "web.shape.type", []any{kind}
			}
		}
		all = append(all, f)
	}
	return fault.Wrong(all...)
}

// pointer is huma's place body.papers.form[0] as the pointer /papers/form/0.
func pointer(place string) string {
	where, rest, _ := strings.Cut(strings.NewReplacer("[", ".", "]", "").Replace(place), ".")
	switch {
	case rest == "":
		return ""
	case where == "header":
		return "/headers/" + rest
	}
	return "/" + strings.ReplaceAll(rest, ".", "/")
}

func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}
