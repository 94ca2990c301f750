package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
)

// secret makes a secret of a sort.
func (s *scene) secret(t *testing.T, sort web.Sort, whose id.ID, scope string, life time.Duration) (secret string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		secret, err = s.Sessions.Make(tx, sort, whose, scope, "", life)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// answer is what a request gets that carries these headers alone.
func (s *scene) answer(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// TestWaysIn tries every way in with what is used, too old, of another sort or
// meant for something else.
func TestWaysIn(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, u string) {
		s := newScene(t, newTown(t, u))
		who := s.people["other"].ID
		want := func(what string, got *httptest.ResponseRecorder, status int) {
			t.Helper()
			if got.Code != status {
				t.Errorf("%s: got %d to %q, want %d", what, got.Code, got.Header().Get("Location"), status)
			}
		}
		once := "/once/" + s.secret(t, web.OneTime, who, "sign-in", time.Hour)
		for range 2 { // programs that open links burn nothing
			want("looking at a link", s.answer("GET", once, ""), 200)
		}
		want("using a link", s.answer("POST", once, ""), 303)
		want("using it again", s.answer("POST", once, ""), 410)
		want("looking at it again", s.answer("GET", once, ""), 410)
		old := "/once/" + s.secret(t, web.OneTime, who, "sign-in", -time.Second)
		want("looking at an old link", s.answer("GET", old, ""), 410)
		want("using an old link", s.answer("POST", old, ""), 410)

		// A link is good for one thing alone, and what it was tried for does not use it up.
		form := "name=A&login=abc&password=" + url.QueryEscape(password)
		for _, scope := range []string{"sign-in", "setup", "password"} {
			secret := s.secret(t, web.OneTime, who, scope, time.Hour)
			for page, meant := range map[string]string{"/once/": "sign-in", "/setup/": "setup", "/welcome/": "password"} {
				if scope != meant {
					want(scope+" shown at "+page, s.answer("GET", page+secret, ""), 410)
					want(scope+" used at "+page, s.answer("POST", page+secret, form), 410)
				}
			}
		}

		// A secret of one sort is none of another.
		in := func(secret string) []string { return []string{"Cookie", "motcua=" + secret} }
		bearer := func(secret string) []string { return []string{"Authorization", "Bearer " + secret} }
		browser, token := s.secret(t, web.Browser, who, "", time.Hour), s.secret(t, web.Token, who, "read write", time.Hour)
		want("a browser", s.answer("GET", "/me", "", in(browser)...), 200)
		want("a program", s.answer("GET", "/api/v1/dossiers", "", bearer(token)...), 200)
		want("a token in a cookie", s.answer("GET", "/me", "", in(token)...), 303)
		want("a link in a cookie", s.answer("GET", "/me", "", in(s.secret(t, web.OneTime, who, "sign-in", time.Hour))...), 303)
		want("a cookie as a token", s.answer("GET", "/api/v1/dossiers", "", bearer(browser)...), 401)
		want("an old browser", s.answer("GET", "/me", "", in(s.secret(t, web.Browser, who, "", -time.Second))...), 303)
		want("an old token", s.answer("GET", "/api/v1/dossiers", "", bearer(s.secret(t, web.Token, who, "read write", -time.Second))...), 401)
		want("no token", s.answer("GET", "/api/v1/dossiers", "", bearer("")...), 401)
		want("signing out", s.answer("POST", "/sign-out", "", in(browser)...), 303)
		want("after signing out", s.answer("GET", "/me", "", in(browser)...), 303)

		// Signing in leads to our own pages, under a new secret.
		w := s.window(t)
		for _, to := range []string{"//elsewhere.example/x", "https://elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", "javascript:alert(1)", "/ok\r\nX: y"} {
			p, err := w.Open("/sign-in?to=" + url.QueryEscape(to))
			if err != nil {
				t.Fatal(err)
			}
			f := p.Form("password")
			if got := f.Control("to").Value; got != "" {
				t.Errorf("the form would lead to %q", got)
			}
			f.Control("to").Value = to
			r, err := f.Request(f.Main())
			if err != nil {
				t.Fatal(err)
			}
			q := strings.NewReplacer("login=", "login=other", "password=", "password="+url.QueryEscape(password)).Replace(readAll(t, r))
			a := s.answer("POST", "/sign-in", q, in("chosen-by-somebody-else")...)
			if got := a.Header().Get("Location"); a.Code != 303 || got != "/my" {
				t.Errorf("%q: %d to %q", to, a.Code, got)
			}
			all := a.Result().Cookies() // the session, and by what the browser is known again
			for _, c := range all {
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || len(c.Value) < 30 {
					t.Errorf("cookie %v", c)
				}
			}
			if len(all) != 2 || all[0].Name != "motcua" || all[1].Name != "knows" {
				t.Errorf("cookies %v", all)
			}
		}
	})
}

func readAll(t *testing.T, r *http.Request) string {
	t.Helper()
	if err := r.ParseForm(); err != nil {
		t.Fatal(err)
	}
	return r.PostForm.Encode()
}

// TestWalls: no answer lets anything of another site in, and what people sent
// is shown so that nothing in it runs as ours.
func TestWalls(t *testing.T) {
	s := newScene(t, newTown(t, dbtest.SQLite(t)))
	s.renew(t)
	for _, rt := range s.AllRoutes() {
		if !strings.HasPrefix(rt.Pattern, "GET ") || rt.Pattern == "GET /metrics" {
			continue
		}
		path := s.path(t, rt.Pattern)
		if all := uses[rt.Pattern]; all != nil && all[0].query != nil {
			path += "?" + all[0].query(s).Encode()
		}
		for _, role := range []string{"owner", "clerk"} {
			a := s.ask(t, role, httptest.NewRequest("GET", path, nil))
			h := a.Header()
			policy := h.Get("Content-Security-Policy")
			if h.Get("X-Content-Type-Options") != "nosniff" || policy == "" || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: headers %v", rt.Pattern, h)
			}
			if strings.HasPrefix(h.Get("Content-Type"), "text/html") && (!strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'")) {
				t.Errorf("%s: policy %s", rt.Pattern, policy)
			}
			if h.Get("Referrer-Policy") != "same-origin" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" || h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: headers %v", rt.Pattern, h)
			}
			if strings.HasPrefix(h.Get("Content-Type"), "text/") && !strings.Contains(h.Get("Content-Type"), "charset=utf-8") {
				t.Errorf("%s: its type %s says no charset", rt.Pattern, h.Get("Content-Type"))
			}
			if a.Code == 200 && strings.HasPrefix(h.Get("Content-Type"), "image/") && (!strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox")) {
				t.Errorf("%s shows a picture with the policy %s", rt.Pattern, policy)
			}
			if a.Code == 200 && rt.Who.String() != "anyone" && strings.Contains(h.Get("Cache-Control"), "public") {
				t.Errorf("%s may be kept by everybody: %s", rt.Pattern, h.Get("Cache-Control"))
			}
		}
	}
}

// TestLinkOfADraft: whoever has the link goes on with the draft, and only its
// owner submits it; a new link ends the old one.
func TestLinkOfADraft(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, u string) {
		s := newScene(t, newTown(t, u))
		s.renew(t)
		at, link := "/d/"+s.draft.ID.String(), "/resume/"+s.draft.ID.String()+"/"+s.link
		w := s.signedIn(t, "other")
		p, err := w.Open(link)
		if err != nil {
			t.Fatal(err)
		}
		if p, err = w.Press(p.Form(""), p.Form("").Main()); err != nil || p.Status != 200 || p.URL.Path != at {
			t.Fatalf("the link leads to %s: %d, %v", p.URL, p.Status, err)
		}
		if p = sent(t, w, at+"/submit", "", []byte("declare=yes")); p.Status != http.StatusForbidden || s.town.draft(t, s.draft.ID).Dossier != 0 {
			t.Errorf("another submitted it: %d at %s", p.Status, p.URL)
		}
		if p, err = s.signedIn(t, "citizen").Open(at); err != nil || p.Status != 200 || p.Form("") == nil {
			t.Fatalf("the owner: %v", err)
		}
		owner := s.signedIn(t, "citizen")
		if p = sent(t, owner, at+"/link", "", nil); p.Status != 200 || !p.Says("/resume/"+s.draft.ID.String()) {
			t.Errorf("no new link: %d", p.Status)
		}
		if p, err = w.Open(at); err != nil || p.Status != http.StatusNotFound {
			t.Errorf("the old link still opens it: %d, %v", p.Status, err)
		}
		if p, err = s.window(t).Open(link); err != nil || p.Status != http.StatusGone {
			t.Errorf("the old link is not gone: %d, %v", p.Status, err)
		}
	})
}

// TestCrossSite: whatever a browser sends from another site's page is refused,
// in a sentence, and nothing is changed.
func TestCrossSite(t *testing.T) {
	s := newScene(t, newTown(t, dbtest.SQLite(t)))
	s.renew(t)
	for _, rt := range s.AllRoutes() {
		if !strings.HasPrefix(rt.Pattern, "POST ") {
			continue
		}
		u := use{}
		if all := uses[rt.Pattern]; all != nil {
			u = all[0]
		}
		var body []byte
		if u.body != nil {
			body = u.body(s)
		}
		for _, from := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://elsewhere.example"}}, {"Sec-Fetch-Site": {"same-site"}}} {
			for _, role := range []string{"owner", "clerk"} {
				r := httptest.NewRequest("POST", s.path(t, rt.Pattern), bytes.NewReader(body))
				r.Header = from.Clone()
				r.Header.Set("Content-Type", u.media)
				r.Header.Set("Accept-Language", "en")
				a := s.ask(t, role, r)
				if a.Code != http.StatusForbidden || !strings.Contains(a.Body.String(), s.say(lang.EN, "web.cross")) {
					t.Errorf("%s from %v: %d\n%s", rt.Pattern, from, a.Code, a.Body)
				}
				s.untouched(t, rt.Pattern+" from elsewhere", role)
			}
		}
	}
}
