package eid_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/who"
	"motcua/systems/eid/keyring"
	parties "motcua/systems/eid/party"
	"motcua/systems/eid/provider"
)

// A portal is a relying party made of coreos/go-oidc: a site with one page, which
// says who is here, and a place where it is told that somebody left.
type portal struct {
	name   string
	config oauth2.Config
	idp    *oidc.Provider
	check  *oidc.IDTokenVerifier
	client *http.Client
	mu     sync.Mutex
	here   map[string]string // sub by sid
	hints  []string
	told   []string // logout tokens
}

func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx := oidc.ClientContext(r.Context(), p.client)
	switch r.URL.Path {
	case "/":
		http.Redirect(w, r, p.config.AuthCodeURL("st4te", oauth2.S256ChallengeOption(verifier), oidc.Nonce("n0nce")), http.StatusFound)
	case "/cb":
		if r.FormValue("state") != "st4te" || r.FormValue("iss") != issuer {
			http.Error(w, "another answer: "+r.URL.RawQuery, 400)
			return
		}
		t, err := p.config.Exchange(ctx, r.FormValue("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		raw, _ := t.Extra("id_token").(string)
		token, err := p.check.Verify(ctx, raw)
		if err != nil || token.Nonce != "n0nce" || token.VerifyAccessToken(t.AccessToken) != nil {
			http.Error(w, "the token does not hold", 400)
			return
		}
		info, err := p.idp.UserInfo(ctx, oauth2.StaticTokenSource(t))
		var who struct{ Name, Sid, ACR string }
		if err == nil {
			err = info.Claims(&who)
		}
		if err == nil {
			err = token.Claims(&who)
		}
		if err != nil || info.Subject != token.Subject {
			http.Error(w, "no userinfo", 400)
			return
		}
		p.here[who.Sid] = token.Subject
		p.hints = append(p.hints, raw)
		w.Write([]byte("here is " + who.Name + " as " + token.Subject + " at " + who.ACR))
	case "/left":
		token, err := p.check.Verify(ctx, r.FormValue("logout_token"))
		var said struct {
			Sid    string
			Events map[string]any
			Nonce  *string
		}
		if err == nil {
			err = token.Claims(&said)
		}
		if _, ok := said.Events["http://schemas.openid.net/event/backchannel-logout"]; err != nil || !ok || said.Nonce != nil || p.here[said.Sid] != token.Subject {
			http.Error(w, "no logout token", 400)
			return
		}
		delete(p.here, said.Sid)
		p.told = append(p.told, r.FormValue("logout_token"))
	case "/bye":
		w.Write([]byte("bye from " + p.name + " " + r.FormValue("state")))
	}
}

// portal registers a portal and opens its site; alg is what it wants its tokens signed with.
func (s *stage) portal(name, body string, alg ...any) *portal {
	s.t.Helper()
	p := &portal{name: name, here: map[string]string{}, client: &http.Client{Transport: s.world}}
	back := httptest.NewServer(p) // told over the network, as everywhere
	s.t.Cleanup(back.Close)
	change := map[string]any{"backchannel": back.URL + "/left"}
	for _, a := range alg {
		change["signs"] = a
	}
	x := s.registerAt(body, name, parties.BySecret, change)
	var err error
	ctx := oidc.ClientContext(s.t.Context(), p.client)
	if p.idp, err = oidc.NewProvider(ctx, issuer); err != nil {
		s.t.Fatal(err)
	}
	p.check = p.idp.VerifierContext(ctx, &oidc.Config{ClientID: x.id.String(), Now: s.Now})
	p.config = oauth2.Config{ClientID: x.id.String(), ClientSecret: x.secret, Endpoint: p.idp.Endpoint(), RedirectURL: x.returns, Scopes: []string{"openid", "profile"}}
	s.world[name+".example"] = p
	return p
}

// TestSignInOncePassThroughTwoPortalsSignOutEverywhere is the whole of it, with a
// relying party that others wrote, on both databases.
func TestSignInOncePassThroughTwoPortalsSignOutEverywhere(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		ministry, province, sister := s.portal("bo", kerneltest.Away), s.portal("tinh", kerneltest.Here, "ES256"), s.portal("tinh2", kerneltest.Here, "RS256")
		hash, err := s.Guard.Hash(t.Context(), who.Person{}, "mật khẩu rất dài")
		if err == nil {
			err = s.DB.Write(t.Context(), func(tx *db.Tx) error { return s.Book.SetPassword(tx, s.People["applicant"], hash) })
		}
		if err != nil {
			t.Fatal(err)
		}

		b := s.browser("")
		o := b.get("https://bo.example/")
		if o.status != 200 || !strings.Contains(o.body, `name="password"`) || !strings.Contains(o.header.Get("Content-Security-Policy"), "form-action 'self' https://bo.example") {
			t.Fatalf("not asked to sign in: %d %s\n%s", o.status, o.header.Get("Content-Security-Policy"), o.body)
		}
		o = b.do("POST", issuer+"/sign-in", url.Values{"login": {"applicant"}, "password": {"mật khẩu rất dài"}, "to": {hidden(t, o.body, "to")}})
		if !strings.Contains(o.body, "Nguyễn Văn Thử") || !strings.Contains(o.body, "Cổng bo") || !strings.Contains(o.header.Get("Content-Security-Policy"), "https://bo.example") {
			t.Fatalf("not asked to agree:\n%s", o.body)
		}
		if o = b.agree(o); !strings.Contains(o.body, "here is Nguyễn Văn Thử as ") || !strings.HasSuffix(o.body, " at low") {
			t.Fatalf("not in at the ministry: %d %s", o.status, o.body)
		}
		if o = b.agree(b.get("https://tinh.example/")); !strings.Contains(o.body, "here is Nguyễn Văn Thử") {
			t.Fatalf("not in at the province: %s", o.body)
		}
		if o = b.agree(b.get("https://tinh2.example/")); !strings.Contains(o.body, "here is") {
			t.Fatalf("not in at the province's second portal: %s", o.body)
		}
		if o = b.get("https://bo.example/"); !strings.Contains(o.body, "here is") {
			t.Fatalf("asked a second time for what was agreed: %s", o.body)
		}
		sub := func(p *portal) (s string) {
			for _, s = range p.here {
			}
			return s
		}
		if sub(ministry) == sub(province) || sub(province) != sub(sister) || sub(ministry) == "" || strings.Contains(sub(ministry), s.People["applicant"].ID.String()) {
			t.Errorf("subjects: %q %q %q, want one for each body", sub(ministry), sub(province), sub(sister))
		}

		for p, want := range map[*portal]string{ministry: "RS256", province: "ES256", sister: "RS256"} {
			if got := header(t, p.hints[0]).Alg; got != want {
				t.Errorf("%s gets tokens signed with %s, want %s", p.name, got, want)
			}
		}

		// The province lets its person leave: everywhere at once.
		q := url.Values{"id_token_hint": {province.hints[0]}, "post_logout_redirect_uri": {"https://tinh.example/bye"}, "state": {"s7"}}
		o = b.get(issuer + provider.Logout + "?" + q.Encode())
		if !strings.Contains(o.body, "Nguyễn Văn Thử") {
			t.Fatalf("not asked whether to leave: %d %s", o.status, o.body)
		}
		if o = b.do("POST", issuer+provider.Logout, url.Values{"request": {hidden(t, o.body, "request")}}); o.body != "bye from tinh s7" {
			t.Fatalf("not back at the province: %d %s", o.status, o.body)
		}
		if err := s.Calls.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*portal{ministry, province, sister} {
			if len(p.told) != 1 || len(p.here) != 0 {
				t.Errorf("%s was told %d times and still holds %v", p.name, len(p.told), p.here)
			}
			if got, want := header(t, p.told[0]).Alg, header(t, p.hints[0]).Alg; got != want {
				t.Errorf("%s is told that somebody left with %s, want %s", p.name, got, want)
			}
		}
		if o = b.get("https://bo.example/"); !strings.Contains(o.body, `name="password"`) {
			t.Errorf("still signed in: %s", o.body)
		}
		if wrong, err := s.Engine.Projections(context.Background(), false); err != nil || len(wrong) > 0 {
			t.Errorf("what the acts add up to differs: %v, %v", wrong, err)
		}
	})
}

func TestARefreshTokenIsGoodOnceAndItsThiefEndsIt(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		x, b := s.register("a", parties.BySecret, nil), s.browser("applicant")
		first := s.signIn(b, x, "scope", "openid profile offline_access")
		again := func(refresh string, pairs ...string) tokens {
			return s.token(with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {x.id.String()}, "client_secret": {x.secret}}, pairs...))
		}
		second := again(first.Refresh)
		if second.status != 200 || second.Refresh == "" || second.Refresh == first.Refresh || claims(t, second.ID)["sub"] != claims(t, first.ID)["sub"] || claims(t, second.ID)["nonce"] != nil {
			t.Fatalf("refreshed: %+v", second)
		}
		if o := s.info(second.Access); o.status != 200 {
			t.Fatalf("userinfo %d", o.status)
		}
		if thief := again(first.Refresh); thief.Error != "invalid_grant" {
			t.Errorf("used twice: %+v", thief)
		}
		if honest := again(second.Refresh); honest.Error != "invalid_grant" {
			t.Errorf("the grant goes on after a theft: %+v", honest)
		}
		for _, access := range []string{first.Access, second.Access} {
			if o := s.info(access); o.status != 401 || o.header.Get("WWW-Authenticate") == "" {
				t.Errorf("userinfo goes on after a theft: %d", o.status)
			}
		}
		// Signing out ends what the browser had, not what an app may do while the person is away.
		lasting, short := s.signIn(b, x, "scope", "openid profile offline_access"), s.signIn(b, x)
		b.do("POST", issuer+provider.Logout, url.Values{"request": {""}})
		if o := s.info(short.Access); o.status != 401 {
			t.Errorf("an access token outlives signing out: %d", o.status)
		}
		if next := again(lasting.Refresh); next.status != 200 {
			t.Errorf("offline access ended by signing out: %+v", next)
		}
	})
}

// TestManyAtOnceUseOneCode has many show the same code, and the same refresh
// token, in the same instant: one of them at most gets tokens, and those end too.
func TestManyAtOnceUseOneCode(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		x, b := s.register("a", parties.BySecret, nil), s.browser("applicant")
		refresh := s.signIn(b, x, "scope", "openid profile offline_access").Refresh
		for name, form := range map[string]url.Values{"code": x.form(s.code(b, x)),
			"refresh token": {"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {x.id.String()}, "client_secret": {x.secret}}} {
			var all sync.WaitGroup
			got := make([]tokens, 8)
			for i := range got {
				all.Go(func() { got[i] = s.token(form) })
			}
			all.Wait()
			good := 0
			for _, g := range got {
				if g.status != 200 {
					if g.Error != "invalid_grant" || g.Access != "" {
						t.Errorf("%s: refused with %+v", name, g)
					}
					continue
				}
				if good++; s.info(g.Access).status != 401 {
					t.Errorf("%s: what was given for it goes on", name)
				}
			}
			if good != 1 {
				t.Errorf("%s: %d of 8 got tokens", name, good)
			}
		}
	})
}

func TestWhatAPersonWithdrawsEndsAtOnceAndIsInTheLedger(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		x, b := s.register("a", parties.BySecret, nil), s.browser("applicant")
		got := s.signIn(b, x, "scope", "openid profile email offline_access")
		if o := b.get(issuer + "/me/apps"); !strings.Contains(o.body, "Cổng a") || !strings.Contains(o.body, "Thư điện tử") {
			t.Fatalf("the page does not list it:\n%s", o.body)
		}
		b.do("POST", issuer+"/me/apps/"+x.id.String()+"/withdraw", url.Values{})
		if o := s.info(got.Access); o.status != 401 {
			t.Errorf("userinfo after withdrawal: %d", o.status)
		}
		if o := b.get(issuer + provider.Authorize + "?" + x.request().Encode()); !strings.Contains(o.body, `value="yes"`) {
			t.Errorf("not asked again after withdrawal: %s", o.body)
		}
		var acts int
		err := s.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select count(*) from act where by = $1 and act in ('consent.give', 'consent.withdraw')`, s.People["applicant"].ID).Scan(&acts)
		})
		if err != nil || acts != 2 {
			t.Errorf("%d acts of consent, %v", acts, err)
		}
		b.do("POST", issuer+"/eid/answer", url.Values{"request": {x.request().Encode()}, "word": {"no"}})
		if said := s.log.take(); !contains(said, "access_denied") {
			t.Errorf("a no is not noted: %q", said)
		}
	})
}

// TestWhatAppsHoldEndsWithAProof: tokens name a level, so they end when it falls,
// those for when the person is away too.
func TestWhatAppsHoldEndsWithAProof(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		x, b, p := s.register("a", parties.BySecret, nil), s.browser("applicant"), s.People["applicant"]
		got := s.signIn(b, x, "scope", "openid profile offline_access")
		if o := s.info(got.Access); o.status != 200 {
			t.Fatalf("userinfo %d", o.status)
		}
		if err := s.DB.Write(t.Context(), func(tx *db.Tx) error { return s.Unproved(tx, who.Person{}, p) }); err != nil {
			t.Fatal(err)
		}
		if o := s.info(got.Access); o.status != 401 {
			t.Errorf("userinfo after the proof was taken back: %d", o.status)
		}
		again := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}, "client_id": {x.id.String()}, "client_secret": {x.secret}}
		if next := s.token(again); next.Error != "invalid_grant" {
			t.Errorf("refreshed after the proof was taken back: %+v", next)
		}
	})
}

func TestKeysRotateWithOverlap(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	keys := func(alg string) (all []string) {
		r := httptest.NewRequest("GET", issuer+provider.Keys, nil)
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, r)
		var set struct {
			Keys []struct{ Kid, Alg, D string }
		}
		json.Unmarshal(w.Body.Bytes(), &set)
		for _, k := range set.Keys {
			if k.D != "" {
				t.Error("a secret is shown")
			}
			if k.Alg == alg {
				all = append(all, k.Kid)
			}
		}
		return all
	}
	parts, first := map[string]party{}, map[string]string{}
	kid := func(alg string) string { return header(t, s.signIn(s.browser("applicant"), parts[alg]).ID).Kid }
	each := func(check func(alg string)) {
		t.Helper()
		s.rotate()
		for _, alg := range keyring.Signs() {
			check(alg)
		}
	}
	each(func(alg string) {
		parts[alg] = s.register(strings.ToLower(alg), parties.BySecret, map[string]any{"signs": alg})
		first[alg] = kid(alg)
		if got := keys(alg); len(got) != 1 || got[0] != first[alg] {
			t.Fatalf("%s: keys %v, want %s alone", alg, got, first[alg])
		}
	})
	s.Later(89*24*time.Hour + 2*time.Hour)
	each(func(alg string) {
		if got := keys(alg); len(got) != 2 || kid(alg) != first[alg] {
			t.Errorf("%s: a day before: keys %v, signs with %s", alg, got, kid(alg))
		}
	})
	s.Later(24 * time.Hour)
	each(func(alg string) {
		if got := keys(alg); len(got) != 2 || kid(alg) == first[alg] {
			t.Errorf("%s: the day after: keys %v, signs with %s", alg, got, kid(alg))
		}
	})
	s.Later(3 * 24 * time.Hour)
	each(func(alg string) {
		if got := keys(alg); len(got) != 1 || got[0] == first[alg] {
			t.Errorf("%s: at last: keys %v", alg, got)
		}
	})
}

func TestPromptAndAge(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	x, b := s.register("a", parties.BySecret, nil), s.browser("applicant")
	s.code(b, x)
	ask := func(pairs ...string) outcome {
		return b.get(issuer + provider.Authorize + "?" + with(x.request(), pairs...).Encode())
	}
	if o := ask("prompt", "none"); o.to == nil || o.to.Query().Get("code") == "" || o.to.Query().Get("state") != "st4te" || o.to.Query().Get("iss") != issuer {
		t.Errorf("silently: %v", o.to)
	}
	if o := ask("prompt", "consent"); !strings.Contains(o.body, `value="yes"`) {
		t.Errorf("consent is not asked anew: %v", o.to)
	}
	s.Later(10 * time.Minute)
	if o := ask("max_age", "3600"); o.to == nil {
		t.Errorf("young enough: %s", o.body)
	}
	for _, old := range [][]string{{"max_age", "60"}, {"max_age", "0"}, {"prompt", "login"}, {"prompt", "select_account"}} {
		o := ask(old...)
		if !strings.Contains(o.body, `name="password"`) {
			t.Fatalf("%v: not asked to sign in: %v %s", old, o.to, o.body)
		}
		to := hidden(t, o.body, "to")
		if o = b.get(issuer + to); !strings.Contains(o.body, `name="password"`) {
			t.Fatalf("%v: let in without signing in again", old)
		}
		again := s.browser("applicant")
		s.DB.Write(t.Context(), func(tx *db.Tx) error { return s.Sessions.EndAll(tx, web.Token, 0) })
		if o = again.get(issuer + to); o.to == nil || o.to.Query().Get("code") == "" {
			t.Errorf("%v: not let in after signing in again: %d %v\n%s", old, o.status, o.to, o.body)
		}
	}
}

// TestLevelsTold: a portal is told the less sure of two answers, that it is he
// and who he is; what a surer sign-in would answer, he is asked for; what it
// would not, the portal is told.
func TestLevelsTold(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	x := s.register("a", parties.BySecret, nil)
	prove := func(login string, l who.Level, number string) {
		t.Helper()
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			return level.Reach(tx, s.Book, who.Person{}, s.People[login].ID, level.Proof{Level: l, Number: number, Name: s.People[login].Name, Born: "1990-01-01"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	prove("applicant", who.Substantial, "001093000011")
	prove("clerk", who.High, "001093000012")
	for _, c := range []struct {
		login string
		ways  []who.Way
		asks  string
		want  string // the level told, confirm: asked to sign in more surely; or the error
	}{
		{"applicant", []who.Way{who.Password}, "", "low"},
		{"applicant", []who.Way{who.Password, who.App}, "substantial", "substantial"},
		{"applicant", []who.Way{who.Passkey}, "", "substantial"},
		{"applicant", []who.Way{who.Password}, "substantial", "confirm"},
		{"applicant", []who.Way{who.Passkey}, "high", "unmet_authentication_requirements"},
		{"clerk", []who.Way{who.Passkey}, "high", "high"},
		{"clerk", []who.Way{who.Password}, "high", "confirm"},
		{"officer", []who.Way{who.Passkey}, "", "low"},
		{"officer", []who.Way{who.Passkey}, "substantial", "unmet_authentication_requirements"},
	} {
		b := s.browser(c.login)
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			secret, err := s.Sessions.Make(tx, web.Browser, s.People[c.login].ID, who.Scope(c.ways), "", web.Life)
			at, _ := url.Parse(issuer)
			b.Jar.SetCookies(at, []*http.Cookie{{Name: s.Web.CookieName("motcua"), Value: secret}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var ask []string
		if c.asks != "" {
			ask = []string{"acr_values", c.asks}
		}
		got := ""
		o := b.get(issuer + provider.Authorize + "?" + with(x.request(), ask...).Encode())
		switch {
		case o.to != nil && o.to.Query().Get("error") != "":
			got = o.to.Query().Get("error")
		case o.to == nil && b.last != nil && strings.HasPrefix(b.last.Path, "/confirm/"):
			got = "confirm"
		default:
			var claims struct{ ACR string }
			part := strings.Split(s.signIn(b, x, ask...).ID, ".")
			body, err := base64.RawURLEncoding.DecodeString(part[1])
			if err == nil {
				err = json.Unmarshal(body, &claims)
			}
			if err != nil {
				t.Fatal(err)
			}
			got = claims.ACR
		}
		if got != c.want {
			t.Errorf("%s by %v asked for %q: got %s, want %s", c.login, c.ways, c.asks, got, c.want)
		}
	}
}
