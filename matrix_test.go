package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
)

// A use is one way to use a route, where its path alone is not enough.
type use struct {
	name  string                     // in the matrix, after the pattern
	query func(*scene) url.Values    // nil: none
	media string                     // "": a form
	body  func(*scene) (body []byte) // nil: empty
}

const edge = "the-edge-of-a-part"

// typed is a form of pairs of names and values.
func typed(pairs ...string) func(*scene) []byte {
	return func(*scene) []byte { return []byte(values(pairs...).Encode()) }
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// sample is a sample paper of the sort.
func sample(sort string) []byte {
	f, err := play.Sample(sort)
	if err != nil {
		panic(err)
	}
	return f.Bytes
}

// attached is a form with one file in the box of this name.
func attached(name, file string, b []byte) []byte {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	w.SetBoundary(edge)
	part, err := w.CreateFormFile(name, file)
	if err != nil {
		panic(err)
	}
	part.Write(b)
	w.Close()
	return out.Bytes()
}

func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// uses are the routes that need more than their path. Others are asked once,
// with an empty form where they are posted to.
var uses = map[string][]use{
	"GET /track":                      {{query: func(s *scene) url.Values { return values("code", s.done.Code, "tail", s.done.Tail) }}},
	"GET /api/v1/track":               {{query: func(s *scene) url.Values { return values("code", s.done.Code, "tail", s.done.Tail) }}},
	"GET /units":                      {{query: func(*scene) url.Values { return values("under", "01") }}},
	"GET /services":                   {{query: func(*scene) url.Values { return values("q", "khai sinh") }}},
	"GET /work":                       {{}, {name: "all", query: func(*scene) url.Values { return values("view", "all") }}, {name: "one read", query: func(s *scene) url.Values { return values("view", "all", "at", s.done.ID.String()) }}},
	"GET /work/bulk":                  {{query: func(s *scene) url.Values { return values("act", "receive", "d", s.fresh.ID.String(), "v", "1") }}},
	"GET /work/bulk/done":             {{query: func(s *scene) url.Values { return values("act", "receive", "d", s.fresh.ID.String(), "v", "1") }}},
	"GET /api/v1/dossiers":            {{}, {name: "inbox=all", query: func(*scene) url.Values { return values("inbox", "all") }}},
	"GET /api/v1/dossiers/{id}/proof": {{query: func(*scene) url.Values { return values("act", "1") }}},

	"POST /sign-in": {{body: typed("login", "other", "password", password)}},
	"POST /register": {{body: func(s *scene) []byte {
		return []byte(values("name", "Thử Mới", "number", "001095000009", "phone", "0900000000", "login", fmt.Sprint("moi", s.n), "password", password).Encode())
	}}},
	"POST /setup/{secret}": {{body: func(s *scene) []byte {
		return []byte(values("name", "Thử Trị", "login", fmt.Sprint("tri", s.n), "password", password).Encode())
	}}},
	"POST /welcome/{secret}": {{body: typed("password", password)}},
	"POST /start/{system}/{name}": {{body: typed("body", here)},
		{name: "another's draft", body: func(s *scene) []byte {
			return []byte(values("body", "H26.002.00070", "draft", s.draft.ID.String()).Encode())
		}}},
	"POST /d/{draft}/as":             {{body: typed("org", "me")}},
	"POST /d/{draft}/q/{page}":       {{body: typed("child_name", "Lộ Thử Tên Mới")}},
	"POST /d/{draft}/papers":         {{media: "multipart/form-data; boundary=" + edge, body: func(*scene) []byte { return attached("birth_note", "a.jpg", sample("jpg")) }}},
	"POST /d/{draft}/papers/{paper}": {{media: "multipart/form-data; boundary=" + edge, body: func(*scene) []byte { return attached("birth_note", "a.jpg", sample("jpg")) }}},
	"POST /d/{draft}/submit":         {{body: typed("declare", "yes")}},
	"POST /c/{id}/act/{act}":         {{body: typed("version", "1")}},
	"POST /work/d/{id}/act/{act}":    {{body: typed("version", "1", "key", "k")}},
	"GET /counter/new":               {{query: func(*scene) url.Values { return values("kind", "portal/"+service, "body", here) }}},
	"POST /counter/new":              {{query: func(*scene) url.Values { return values("kind", "portal/"+service, "body", here) }, body: typed("helped_name", "Thử Được Giúp")}},
	"POST /counter/d/{draft}":        {{body: typed("helped_name", "Thử Được Giúp")}},
	"GET /admin/people":              {{}, {name: "of the body", query: func(*scene) url.Values { return values("body", here) }}},
	"POST /admin/people": {{body: func(s *scene) []byte {
		return []byte(values("body", here, "name", "Thử Người Mới", "login", fmt.Sprint("moi.", s.n), "role", "clerk").Encode())
	}}},
	"POST /admin/people/{id}/grant":    {{body: typed("body", here, "role", "officer")}},
	"POST /admin/people/{id}/withdraw": {{body: typed("body", here, "role", "officer")}},
	"POST /admin/people/{id}/link":     {{body: typed("body", here)}},
	"POST /admin/lists": {{body: func(s *scene) []byte {
		return []byte(values("what", "people", "sure", "yes", "text", fmt.Sprint("login,name,body,role\nds.", s.n, ",Thử Người Mới,", here, ",clerk\n")).Encode())
	}}},
	"POST /admin/lists/save": {{body: typed("name", "refused", "text", "x")}},
	"POST /work/bulk": {{body: func(s *scene) []byte {
		return []byte(values("act", "receive", "d", s.fresh.ID.String(), "v", "1").Encode())
	}}},
	"POST /work/days": {{body: func(s *scene) []byte {
		return []byte(values("body", here, "day.day", "1", "day.month", "1", "day.year", fmt.Sprint(2040+s.n), "name", "Thử", "source", "Thử", "sure", "yes").Encode())
	}}},
	"POST /work/days/{id}/undo": {{body: typed("body", here, "sure", "yes")}},
	"POST /work/delegate": {{body: func(s *scene) []byte {
		last := s.Now().AddDate(0, 0, 30)
		return []byte(values("role", "clerk@"+here, "to", s.people["officer"].ID.String(),
			"until.day", last.Format("2"), "until.month", last.Format("1"), "until.year", last.Format("2006")).Encode())
	}}},
	"POST /words": {{body: func(s *scene) []byte {
		return []byte(values("say", fmt.Sprint("chữ thử ", s.n), "mean", "khai sinh").Encode())
	}}},
	"POST /verify": {{media: "application/pdf", body: func(*scene) []byte { return sample("pdf") }}},

	"POST /api/v1/push": {{media: "application/json", body: func(*scene) []byte {
		return encoded(map[string]any{"device": "x", "endpoint": "https://push.example/1", "keys": map[string]string{"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}})
	}}},
	"POST /api/v1/files": {{media: "image/jpeg", query: func(*scene) url.Values { return values("name", "a.jpg") }, body: func(*scene) []byte { return sample("jpg") }}},
	"POST /api/v1/dossiers": {{media: "application/json", body: func(s *scene) []byte {
		return encoded(map[string]any{"kind": "portal/" + service, "body": here, "answers": s.fresh.Answers, "papers": map[string]any{"birth_note": []string{s.file.String()}, "declarant_card": []string{s.file.String()}}})
	}}},
	"POST /api/v1/dossiers/{id}/acts": {{name: "withdraw", media: "application/json", body: func(*scene) []byte { return encoded(map[string]any{"act": "withdraw", "version": 1}) }},
		{name: "receive", media: "application/json", body: func(*scene) []byte { return encoded(map[string]any{"act": "receive", "version": 1}) }}},
}

// outsiders must not learn that there is a dossier.
var outsiders = []string{"nobody", "other", "business", "away", "chief", "admin"}

// keyed are the routes that carry a dossier or a draft and yet may be used by
// whoever has what they ask for, with the reason.
var keyed = map[string]string{
	"GET /resume/{draft}/{secret}":  "the secret of the link is the key",
	"POST /resume/{draft}/{secret}": "the secret of the link is the key",
}

// private says who alone may learn of what the pattern names; nil: everybody.
func private(pattern string) []string {
	switch {
	case keyed[pattern] != "":
	case strings.Contains(pattern, "/counter/d/"):
		return []string{"clerk"}
	case strings.Contains(pattern, "/counter/done/"):
		return []string{"clerk", "officer", "leader"}
	case strings.Contains(pattern, "{draft}"), strings.Contains(pattern, "{file}"):
		return []string{"owner", "token"}
	case strings.Contains(pattern, "/c/{id}"):
		return []string{"owner", "token", "clerk", "officer", "leader"}
	case strings.Contains(pattern, "/work/d/{id}"), strings.HasPrefix(pattern, "GET /work/bulk"):
		return []string{"clerk", "officer", "leader"}
	case strings.Contains(pattern, "/dossiers/{id}"):
		return []string{"owner", "token", "clerk", "officer", "leader"}
	}
	return nil
}

// TestMatrix uses every route and operation as everybody and compares the
// answers with those that were reviewed; MOTCUA_GOLDEN=1 writes them anew.
// Whatever was reviewed, nobody gets at another's dossier, draft, file or
// paper, no page says a word of it, and nothing is ever our fault.
func TestMatrix(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		s := newScene(t, newTown(t, url))
		var b strings.Builder
		line := func(name, declared string, cell func(role string) string) {
			text := fmt.Sprintf("%-52s %-27s", name, declared)
			for _, r := range roles {
				text += fmt.Sprintf(" %-8s", cell(r))
			}
			b.WriteString(strings.TrimSpace(text) + "\n")
		}
		line("route", "declared", func(role string) string { return role })
		routes := s.AllRoutes()
		slices.SortFunc(routes, func(x, y kernel.Route) int { return strings.Compare(x.Pattern, y.Pattern) })
		known := map[string]bool{}
		for _, rt := range routes {
			known[rt.Pattern] = true
			all := uses[rt.Pattern]
			if all == nil {
				all = []use{{}}
			}
			for _, u := range all {
				name := rt.Pattern
				if u.name != "" {
					name += ", " + u.name
				}
				line(name, rt.Who.String(), func(role string) string { return s.cell(t, rt.Pattern, name, u, role) })
			}
		}
		for _, p := range slices.Sorted(maps.Keys(uses)) {
			if !known[p] {
				t.Errorf("uses names %s, which is not a route any more", p)
			}
		}
		reviewed(t, "testdata/matrix.golden", b.String())
	})
}

// request is one use of a route, on a country that nothing was changed in.
func (s *scene) request(t *testing.T, pattern string, u use) *http.Request {
	t.Helper()
	method, _, ok := strings.Cut(pattern, " ")
	if !ok {
		method = http.MethodGet
	}
	if s.used {
		s.renew(t)
	}
	path := s.path(t, pattern)
	if u.query != nil {
		path += "?" + u.query(s).Encode()
	}
	var body []byte
	if u.body != nil {
		body = u.body(s)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", cmp.Or(u.media, "application/x-www-form-urlencoded"))
	}
	return r
}

// cell is what one role gets.
func (s *scene) cell(t *testing.T, pattern, name string, u use, role string) string {
	r := s.request(t, pattern, u)
	w := s.ask(t, role, r)
	s.used = r.Method != http.MethodGet && w.Code < 400
	to := w.Header().Get("Location")
	door := strings.HasPrefix(to, "/sign-in")
	if w.Code >= 500 {
		t.Errorf("%s as %s: %d\n%s", name, role, w.Code, w.Body)
	}
	if may := private(pattern); may != nil && !slices.Contains(may, role) {
		if w.Code < 400 && !door {
			t.Errorf("%s as %s: %d %s", name, role, w.Code, to)
		}
	}
	if slices.Contains(outsiders, role) {
		s.sealed(t, name, role, w.Body.String())
		if s.used && keyed[pattern] == "" || w.Code >= 400 && r.Method != http.MethodGet {
			s.untouched(t, name, role)
		}
	}
	if door {
		return "door"
	}
	return fmt.Sprint(w.Code)
}

// sealed fails when a page tells an outsider of a dossier he asked nothing of.
func (s *scene) sealed(t *testing.T, name, role, page string) {
	t.Helper()
	if strings.Contains(page, child) {
		t.Errorf("%s tells %s the name of the child", name, role)
	}
	if strings.Contains(name, "track") {
		return // he had the code and its tail
	}
	for _, d := range []string{s.done.Code, s.fresh.Code} {
		if strings.Contains(page, d) && !strings.Contains(name, "/verify/") {
			t.Errorf("%s tells %s the code %s", name, role, d)
		}
	}
}

// untouched fails when the dossiers or the draft are not as they were.
func (s *scene) untouched(t *testing.T, name, role string) {
	t.Helper()
	for _, d := range []*dossier.Dossier{s.fresh, s.done} {
		now, err := s.Engine.Find(context.Background(), d.ID)
		if err != nil || now.Version != d.Version {
			t.Errorf("%s as %s changed the dossier %s: %v", name, role, d.ID, err)
		}
	}
	for _, d := range []*dossier.Draft{s.draft, s.desk} {
		now, err := s.Engine.FindDraft(context.Background(), d.ID)
		if err != nil || now.Dossier != 0 || !now.Saved.Equal(d.Saved) {
			t.Errorf("%s as %s changed the draft %s: %v", name, role, d.ID, err)
		}
	}
}

// reviewed compares got with a reviewed file, line by line, whatever their order.
func reviewed(t *testing.T, name, got string) {
	t.Helper()
	if os.Getenv("MOTCUA_GOLDEN") == "1" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(b), "\n")
	have := strings.Split(got, "\n")
	for _, line := range want {
		if !slices.Contains(have, line) {
			t.Errorf("%s\n  was  %s", name, line)
		}
	}
	for _, line := range have {
		if !slices.Contains(want, line) {
			t.Errorf("%s\n  is   %s", name, line)
		}
	}
}
