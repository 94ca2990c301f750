package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/cmd/sandboxbank/bank"
	"motcua/kernel"
	"motcua/kernel/play"
)

// A program is somebody who uses the API as any outsider would: over HTTP, with
// a token, knowing only what the API says.
type program struct {
	t     testing.TB
	url   string
	token string
	lang  string
	files map[string]string // sample files already sent, by their sort
	rules *contract
}

// A reply is what came back.
type reply struct {
	*http.Response
	body []byte
}

// json reads the body into a map.
func (r reply) json() map[string]any {
	var m map[string]any
	json.Unmarshal(r.body, &m)
	return m
}

// send makes a request; headers are pairs of names and values.
func (p *program) send(method, path string, body any, headers ...string) reply {
	p.t.Helper()
	var b []byte
	switch x := body.(type) {
	case nil:
	case []byte:
		b = x
	case string:
		b = []byte(x)
	default:
		var err error
		if b, err = json.Marshal(x); err != nil {
			p.t.Fatal(err)
		}
	}
	q, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, bytes.NewReader(b))
	if err != nil {
		p.t.Fatal(err)
	}
	if p.token != "" {
		q.Header.Set("Authorization", "Bearer "+p.token)
	}
	q.Header.Set("Accept-Language", p.lang)
	if method == "POST" {
		q.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	r := reply{res, out}
	at, _, _ := strings.Cut(path, "?")
	p.rules.hold(p.t, method, at, r)
	return r
}

// want sends and asks for a status; a refusal must be a problem of RFC 9457.
func (p *program) want(status int, method, path string, body any, headers ...string) reply {
	p.t.Helper()
	r := p.send(method, path, body, headers...)
	if r.StatusCode != status {
		p.t.Fatalf("%s %s: got %d, want %d: %s", method, path, r.StatusCode, status, r.body)
	}
	if status >= 400 {
		m := r.json()
		if ct := r.Header.Get("Content-Type"); ct != "application/problem+json" || m["status"] != float64(status) || m["title"] == "" || m["type"] != fmt.Sprintf("/api/docs#error-%d", status) {
			p.t.Errorf("%s %s: not a problem: %s %s", method, path, ct, r.body)
		}
	}
	return r
}

// papers sends the samples that a story names and gives the ids of the files.
func (p *program) papers(samples map[string]any) map[string][]string {
	p.t.Helper()
	out := map[string][]string{}
	for paper, sort := range samples {
		s := sort.(string)
		if p.files[s] == "" {
			f, err := play.Sample(s)
			if err != nil {
				p.t.Fatal(err)
			}
			r := p.want(201, "POST", "/api/v1/files?name="+f.Name, f.Bytes, "Content-Type", f.Type)
			p.files[s] = r.json()["id"].(string)
		}
		out[paper] = []string{p.files[s]}
	}
	return out
}

// A world is the whole program behind a real listener, with a token for everybody in the cast.
type world struct {
	*kernel.App
	url    string
	people map[string]*program
	cast   play.Cast
	rules  *contract
	door   http.Handler
}

func newWorld(t testing.TB, url string) *world {
	t.Helper()
	gateway := httptest.NewServer(nil)
	t.Cleanup(gateway.Close)
	const merchant, secret = "test", "a secret of the tests"
	gateway.Config.Handler = bank.New(bank.Settings{URL: gateway.URL, Merchant: merchant, Secret: secret})
	a := testAppWith(t, url, func(s *settings) { s.PayURL, s.PayMerchant, s.PaySecret = gateway.URL, merchant, secret })
	return newWorldOf(t, a)
}

func newWorldOf(t testing.TB, a *kernel.App) *world {
	t.Helper()
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	w := &world{App: a, url: s.URL, people: map[string]*program{}, door: h}
	nobody := &program{t: t, url: s.URL, lang: "en"}
	w.rules = newContract(t, nobody.want(200, "GET", "/api/v1/openapi.json", nil).body)
	nobody.rules = w.rules
	w.cast, _ = cast(t, a, exampleBodies(a))
	for name := range w.cast {
		w.people[name] = w.program(t, name, "read write")
	}
	w.people["nobody"] = nobody
	return w
}

// program is somebody of the cast with a new token.
func (w *world) program(t testing.TB, name, scope string) *program {
	t.Helper()
	var secret string
	err := w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		secret, err = w.Sessions.Make(tx, web.Token, w.cast[name].ID, scope, "test", time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return &program{t: t, url: w.url, token: secret, lang: "en", files: map[string]string{}, rules: w.rules}
}

// in lets everybody report to t.
func (w *world) in(t testing.TB) *world {
	for _, p := range w.people {
		p.t = t
	}
	return w
}

// settle lets time itself do what is due.
func (w *world) settle(t testing.TB) {
	t.Helper()
	if err := w.Jobs.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// file files an example.
func (w *world) file(t testing.TB, code string, x map[string]any, headers ...string) reply {
	t.Helper()
	who := w.people[x["applicant"].(string)]
	body := map[string]any{"kind": "portal/" + code, "body": x["body"], "answers": x["answers"], "papers": who.papers(x["papers"].(map[string]any))}
	if x["applicant"] == "business" {
		body["org"] = w.cast["business"].Mandates[0].Number
	}
	return who.want(201, "POST", "/api/v1/dossiers", body, headers...)
}

// TestAPIPlays tells every example of every procedure as an outsider can: from
// what the API says of the procedure, over HTTP, with tokens.
func TestAPIPlays(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		told := 0
		items := w.in(t).people["nobody"].want(200, "GET", "/api/v1/procedures", nil).json()["items"].([]any)
		for _, it := range items {
			code := it.(map[string]any)["code"].(string)
			p := w.in(t).people["nobody"].want(200, "GET", "/api/v1/procedures/"+code, nil).json()
			if w.Procedures.Get(code).Sign != "" { // no program signs for its person
				continue
			}
			for _, e := range p["examples"].([]any) {
				x := e.(map[string]any)
				t.Run(code+" "+x["name"].(string), func(t *testing.T) {
					w.in(t)
					r := w.file(t, code, x)
					d := r.json()
					at := r.Header.Get("Location")
					if want := "/api/v1/dossiers/" + d["id"].(string); at != want {
						t.Fatalf("Location %q, want %q", at, want)
					}
					for _, turn := range x["story"].([]any) {
						s := turn.(map[string]any)
						by := s["by"].(string)
						if by == "applicant" {
							by = x["applicant"].(string)
						}
						me := w.people[by]
						seen := me.want(200, "GET", at, nil)
						if can := available(seen.json()); !slices.Contains(can, s["act"].(string)) {
							t.Errorf("%s before %s: available_acts %v", by, s["act"], can)
						}
						body := map[string]any{"act": s["act"], "answers": s["answers"], "papers": me.papers(s["papers"].(map[string]any)), "version": seen.json()["version"]}
						me.want(200, "POST", at+"/acts", body, "If-Match", seen.Header.Get("ETag"))
					}
					w.settle(t)
					end := w.people[x["applicant"].(string)].want(200, "GET", at, nil).json()
					if end["state"] != x["ends"] {
						t.Errorf("ends %v, the file says %v", end["state"], x["ends"])
					}
					told++
				})
			}
		}
		var want int
		for _, p := range w.Procedures.All() {
			if p.Sign == "" {
				want += len(p.Examples)
			}
		}
		if told != want || told < 24 {
			t.Errorf("%d stories were told, want all %d, and at least 24", told, want)
		}
	})
}

// available are the acts that a dossier says may be done.
func available(d map[string]any) (all []string) {
	for _, a := range d["available_acts"].([]any) {
		all = append(all, a.(map[string]any)["act"].(string))
	}
	return all
}

// example is the first example of the procedure that ends so.
func example(t testing.TB, w *world, code, ends string) (x map[string]any) {
	t.Helper()
	p := w.people["nobody"].want(200, "GET", "/api/v1/procedures/"+code, nil).json()
	for _, e := range p["examples"].([]any) {
		if x = e.(map[string]any); x["ends"] == ends {
			return x
		}
	}
	t.Fatalf("%s has no example that ends %s", code, ends)
	return nil
}

// bodyOf is an example as it is filed.
func bodyOf(w *world, who, code string, x map[string]any) map[string]any {
	return map[string]any{"kind": "portal/" + code, "body": x["body"], "answers": maps.Clone(x["answers"].(map[string]any)),
		"papers": w.people[who].papers(x["papers"].(map[string]any))}
}

// pointers are the places that a 422 names.
func pointers(r reply) (all []string) {
	list, _ := r.json()["errors"].([]any)
	for _, e := range list {
		all = append(all, e.(map[string]any)["pointer"].(string))
	}
	return all
}
