package staffing_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/kerneltest"
	"motcua/kernel/second"
	"motcua/kernel/who"
	"motcua/systems/staffing/source"
	"motcua/systems/staffing/upstream"
)

// An idp is a body's own provider, which can be told to lie.
type idp struct {
	*httptest.Server
	key    *rsa.PrivateKey
	last   url.Values     // the last authorization request
	claims map[string]any // changes to the id token
	sign   func(claims string) string
	now    func() time.Time // the node’s, so that nothing is refused for its time alone
}

func newIDP(t *testing.T, now func() time.Time) *idp {
	p := &idp{now: now}
	p.key, _ = rsa.GenerateKey(rand.Reader, 2048)
	p.sign = func(claims string) string { return seal(t, jose.RS256, p.key, claims) }
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			json.NewEncoder(w).Encode(map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
				"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "authorization_response_iss_parameter_supported": true})
		case "/keys":
			json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
		case "/token":
			r.ParseForm()
			if r.PostForm.Get("code") != "good" || r.PostForm.Get("code_verifier") == "" {
				w.WriteHeader(400)
				io.WriteString(w, `{"error":"invalid_grant"}`)
				return
			}
			c := map[string]any{"iss": p.URL, "aud": "motcua", "sub": "u-17", "nonce": p.last.Get("nonce"), "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(), "email": "leader@x.example"}
			maps.Copy(c, p.claims)
			b, _ := json.Marshal(c)
			json.NewEncoder(w).Encode(map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": p.sign(string(b))})
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func seal(t *testing.T, alg jose.SignatureAlgorithm, key any, claims string) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := signer.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	out, _ := j.CompactSerialize()
	return out
}

// A visitor is a browser at this node, with its cookies.
type visitor struct {
	s   *stage
	jar http.CookieJar
}

func (s *stage) visitor(login string) *visitor {
	jar, _ := cookiejar.New(nil)
	v := &visitor{s, jar}
	if login != "" {
		home, _ := url.Parse("https://x.example")
		err := s.DB.Write(s.t.Context(), func(tx *db.Tx) error {
			secret, err := s.Sessions.Make(tx, web.Browser, s.People[login].ID, "password app", "", time.Hour)
			jar.SetCookies(home, []*http.Cookie{{Name: s.Web.CookieName("motcua"), Value: secret, Secure: true}})
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return v
}

func (v *visitor) do(method, path string, form url.Values) *http.Response {
	v.s.t.Helper()
	r := httptest.NewRequest(method, "https://x.example"+path, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.s.Handler.ServeHTTP(w, r)
	v.jar.SetCookies(r.URL, w.Result().Cookies())
	return w.Result()
}

// begin goes to the body's provider, and gives what it would answer with.
func (v *visitor) begin(p *idp, path, body, to string) url.Values {
	v.s.t.Helper()
	a := v.do("POST", path, url.Values{"body": {body}, "to": {to}})
	at, err := url.Parse(a.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(at.String(), p.URL+"/authorize?") {
		v.s.t.Fatalf("led to %q, %d", a.Header.Get("Location"), a.StatusCode)
	}
	p.last = at.Query()
	if q := p.last; q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("nonce")) < 20 || len(q.Get("state")) < 20 || q.Get("redirect_uri") != "https://x.example"+upstream.Back {
		v.s.t.Fatalf("asked with %v", q)
	}
	return url.Values{"code": {"good"}, "state": {p.last.Get("state")}, "iss": {p.URL}}
}

func (v *visitor) back(q url.Values) *http.Response {
	v.s.t.Helper()
	return v.do("GET", upstream.Back+"?"+q.Encode(), nil)
}

// provided is a stage whose body has a provider; its leader linked his account.
func provided(t *testing.T, at string) (*stage, *idp) {
	t.Helper()
	s := open(t, at)
	p := newIDP(t, s.Now)
	s.Demo = true // a provider without TLS
	s.provide("root", p.URL, "motcua")
	s.approve("admin")
	s.provide("root", p.URL, "motcua")
	return s, p
}

// provide has somebody save a provider of the body.
func (s *stage) provide(by, issuer, client string) {
	s.t.Helper()
	s.As(s.t, by).Post("/admin/staff", url.Values{"body": {kerneltest.Here}, "issuer": {issuer}, "client": {client}, "secret": {"s3cret"}}).Want(s.t, 303, "")
}

// waits is what waits on the page of those who approve.
func (s *stage) waits(by string) (page string, all []string) {
	s.t.Helper()
	page = s.As(s.t, by).Get("/admin/rights").Body
	for _, m := range regexp.MustCompile(`name="ask" value="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return page, all
}

func (s *stage) approve(by string) {
	s.t.Helper()
	_, all := s.waits(by)
	s.As(s.t, by).Post("/admin/rights", url.Values{"do": {"approve"}, "ask": all}).Want(s.t, 303)
}

// TestAProviderTakesTwo: what another provider says of who is leader is believed only
// when a second administrator has read which one it is.
func TestAProviderTakesTwo(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		here, good, evil := kerneltest.Here, "https://id.example.vn", "https://evil.example"
		stands := func(what, issuer, client string) {
			t.Helper()
			err := s.DB.Read(t.Context(), func(tx *db.Tx) error {
				is, err := source.Of(tx, here)
				if is.Issuer != issuer || is.Client != client {
					t.Errorf("%s: %q and %q are believed", what, is.Issuer, is.Client)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		s.provide("root", good, "motcua")
		stands("one alone", "", "")
		s.provide("root", good, "motcua")
		stands("one alone, twice", "", "")
		s.As(t, "root").Get("/admin/staff?body="+here).Want(t, 200, "chờ một quản trị viên khác", good)
		page, all := s.waits("admin")
		if len(all) != 1 || !strings.Contains(page, `<span class="under soft">`+good+" motcua") || !strings.Contains(page, "Nơi đăng nhập của cơ quan") {
			t.Fatalf("the second sees on a screen of any width %v:\n%s", all, page)
		}
		s.As(t, "root").Post("/admin/rights", url.Values{"do": {"approve"}, "ask": all}).Want(t, 403)
		if page := s.As(t, "admin").Get("/admin/people?body=" + here); page.Status != 200 || strings.Contains(page.Body, "Danh bạ của") {
			t.Error("the directory's account stands among the body's people")
		}

		// Something else is wanted meanwhile: what waited is over, and cannot be approved.
		s.provide("root", evil, "motcua")
		s.As(t, "admin").Post("/admin/rights", url.Values{"do": {"approve"}, "ask": all}).Want(t, 409)
		s.provide("root", good, "motcua")
		s.approve("admin")
		stands("before it is saved", "", "")
		s.As(t, "root").Get("/admin/staff?body="+here).Want(t, 200, "bấm Lưu lần nữa")
		s.provide("root", evil, "motcua")
		stands("another than was approved", "", "")
		s.provide("root", good, "other")
		stands("as another client", "", "")
		s.provide("admin", good, "motcua")
		stands("by who approved", "", "")
		s.provide("root", good, "motcua")
		stands("as approved", good, "motcua")

		// A new secret, and none any more, take one; what was approved is used up.
		secret := func() string {
			t.Helper()
			got, err := source.Secret(t.Context(), s.App, here)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		s.provide("admin", good, "motcua")
		unsaid := url.Values{"body": {here}, "issuer": {good}, "client": {"motcua"}}
		s.As(t, "admin").Post("/admin/staff", unsaid).Want(t, 303)
		if got := secret(); got != "s3cret" {
			t.Errorf("saved again without a secret: %q", got)
		}
		s.As(t, "admin").Post("/admin/staff", url.Values{"body": {here}}).Want(t, 303)
		stands("none any more", "", "")
		if got := secret(); got != "" {
			t.Errorf("the next provider would be shown %q", got)
		}
		s.provide("root", good, "motcua")
		stands("once more", "", "")
		s.As(t, "root").Post("/admin/staff", url.Values{"body": {here}, "issuer": {good + "/a b"}, "client": {"motcua"}}).Want(t, 422) // it would read as another
	})
}

func TestStaffComeInThroughTheirOwnProvider(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s, p := provided(t, at)
		here := kerneltest.Here
		v := s.visitor("")
		if a := v.back(v.begin(p, "/staff/in", here, "/work")); a.StatusCode != 422 {
			t.Fatalf("in without being linked: %d", a.StatusCode)
		}

		// The leader links his account himself, signed in here; then he comes in through it.
		leader := s.visitor("leader")
		if a := leader.back(leader.begin(p, "/staff/link", here, "")); a.StatusCode != 303 || a.Header.Get("Location") != "/staff" {
			t.Fatalf("not linked: %d", a.StatusCode)
		}
		v = s.visitor("")
		a := v.back(v.begin(p, "/staff/in", here, "/work?view=all"))
		if a.StatusCode != 303 || a.Header.Get("Location") != "/work?view=all" {
			t.Fatalf("not in: %d %q", a.StatusCode, a.Header.Get("Location"))
		}
		if a := v.do("GET", "/me", nil); a.StatusCode != 200 {
			t.Errorf("nobody is signed in: %d", a.StatusCode)
		}

		// Somebody of the directory comes in by what it calls him, until it puts him out.
		d := s.want(201, here, "POST", "/Users", strings.Replace(newcomer, "u-17", "u-18", 1))
		p.claims = map[string]any{"sub": "u-18"}
		v = s.visitor("")
		if a := v.back(v.begin(p, "/staff/in", here, "")); a.StatusCode != 422 {
			t.Errorf("in without any role: %d", a.StatusCode)
		}
		s.want(200, here, "PATCH", "/Groups/clerk", op(`{"op":"add","path":"members","value":[{"value":"`+d["id"].(string)+`"}]}`))
		if a := v.back(v.begin(p, "/staff/in", here, "")); a.StatusCode != 303 {
			t.Errorf("not in: %d", a.StatusCode)
		}
		s.want(200, here, "PATCH", "/Users/"+d["id"].(string), op(`{"op":"replace","path":"active","value":false}`))
		if a := v.do("GET", "/me", nil); a.StatusCode != 303 {
			t.Errorf("still in: %d", a.StatusCode)
		}
		if a := v.back(v.begin(p, "/staff/in", here, "")); a.StatusCode != 422 {
			t.Errorf("in again after he left: %d", a.StatusCode)
		}
	})
}

// TestLinkingIsAWayIn: who is at work with a stolen password alone does not link an
// account of his own over there, whose two factors would then count as the leader's;
// and who did link one is told.
func TestLinkingIsAWayIn(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s, p := provided(t, at)
		here := kerneltest.Here
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			leader := s.People["leader"].ID
			if _, err := tx.Exec(`update person set email = 'leader@vidu.test' where id = $1`, leader); err != nil {
				return err
			}
			if err := s.Book.Grant(tx, s.People["root"], leader, who.Clerk, here, 0, time.Time{}); err != nil {
				return err
			}
			if err := second.Begin(tx, s.App, leader); err != nil {
				return err
			}
			_, err := tx.Exec(`update second_app set confirmed = 1 where person = $1`, leader)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"body": {here}}
		if a := s.Entered(t, "leader", who.Password).Post("/staff/link", form); !strings.HasPrefix(a.To, "/confirm/") {
			t.Errorf("by a password alone: %d, led to %q", a.Status, a.To)
		}
		leader := s.visitor("leader")
		if a := leader.back(leader.begin(p, "/staff/link", here, "")); a.StatusCode != 303 {
			t.Fatalf("by two factors: %d", a.StatusCode)
		}
		all, err := post.List(t.Context(), s.DB, 0, 10)
		if err != nil || len(all) != 1 || all[0].To != "leader@vidu.test" {
			t.Errorf("told: %v, %v", all, err)
		}
		count := func() (n int) {
			err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
				err := tx.Row(`select count(*) from staffing_link where person = $1`, s.People["leader"].ID).Scan(&n)
				for _, x := range s.Systems {
					if err == nil && x.Name == "staffing" {
						err = x.Recovered(s.App)(tx, s.People["leader"].ID)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if before, after := count(), count(); before != 1 || after != 0 {
			t.Errorf("%d links, %d once he got his account back", before, after)
		}
		s.Later(20 * time.Minute)
		if a := leader.do("POST", "/staff/link", form); !strings.HasPrefix(a.Header.Get("Location"), "/sign-in?again=1") {
			t.Errorf("in a browser left open: led to %q", a.Header.Get("Location"))
		}
	})
}

// TestUpstreamAttacks tries each known way to come in as somebody else.
func TestUpstreamAttacks(t *testing.T) {
	s, p := provided(t, dbtest.SQLite(t))
	here := kerneltest.Here
	leader := s.visitor("leader")
	if a := leader.back(leader.begin(p, "/staff/link", here, "")); a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	with := func(q url.Values, pairs ...string) url.Values {
		q = maps.Clone(q)
		for i := 0; i < len(pairs); i += 2 {
			if q.Del(pairs[i]); pairs[i+1] != "" {
				q.Set(pairs[i], pairs[i+1])
			}
		}
		return q
	}
	ask := func(v *visitor) url.Values { return v.begin(p, "/staff/in", here, "") }
	changed := func(claims map[string]any) func(v *visitor) *http.Response {
		return func(v *visitor) *http.Response {
			p.claims = claims
			return v.back(ask(v))
		}
	}
	for _, x := range []struct {
		name, source string
		do           func(v *visitor) *http.Response
	}{
		{"no state", "RFC 6749, 10.12", func(v *visitor) *http.Response { return v.back(with(ask(v), "state", "")) }},
		{"another state", "RFC 6749, 10.12", func(v *visitor) *http.Response { return v.back(with(ask(v), "state", rand.Text())) }},
		{"an answer twice", "RFC 9700, 4.7", func(v *visitor) *http.Response {
			q := ask(v)
			v.back(q)
			return v.back(q)
		}},
		{"the answer in another browser", "RFC 9700, 4.7.1", func(v *visitor) *http.Response { q := ask(v); return s.visitor("").back(q) }},
		{"a late answer", "RFC 9700, 4.5", func(v *visitor) *http.Response {
			q := ask(v)
			s.Later(upstream.Life + time.Second)
			return v.back(q)
		}},
		{"the answer of another provider", "RFC 9207, 2.4", func(v *visitor) *http.Response { return v.back(with(ask(v), "iss", "https://evil.example")) }},
		{"an answer that hides whose it is", "RFC 9207, 2.4", func(v *visitor) *http.Response { return v.back(with(ask(v), "iss", "")) }},
		{"a stolen code", "RFC 9700, 4.5", func(v *visitor) *http.Response { return v.back(with(ask(v), "code", "other")) }},
		{"no code", "RFC 6749, 4.1.2", func(v *visitor) *http.Response { return v.back(with(ask(v), "code", "", "error", "access_denied")) }},
		{"a token for another question", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"nonce": "old"})},
		{"a token without its question", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"nonce": nil})},
		{"a token for another client", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"aud": "other"})},
		{"a token for several", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"aud": []string{"motcua", "other"}})},
		{"a token made for another client", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"azp": "other"})},
		{"a token of another issuer", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"iss": "https://evil.example"})},
		{"a token that is over", "OpenID Connect Core, 3.1.3.7", changed(map[string]any{"exp": s.Now().Add(-time.Hour).Unix()})},
		{"a token about nobody", "OpenID Connect Core, 2", changed(map[string]any{"sub": ""})},
		{"the address of another", "CVE-2023-47106", changed(map[string]any{"sub": "u-99", "email": "leader@x.example", "email_verified": true, "preferred_username": "leader"})},
		{"a token without a signature", "RFC 8725, 2.1", func(v *visitor) *http.Response {
			was := p.sign
			defer func() { p.sign = was }()
			p.sign = func(c string) string { return encode(`{"alg":"none"}`) + "." + encode(c) + "." }
			return v.back(ask(v))
		}},
		{"a token signed with the secret", "RFC 8725, 2.1", func(v *visitor) *http.Response {
			was := p.sign
			defer func() { p.sign = was }()
			p.sign = func(c string) string { return seal(t, jose.HS256, []byte("s3crets3crets3crets3crets3crets3"), c) }
			return v.back(ask(v))
		}},
		{"a token of another key", "RFC 8725, 3.1", func(v *visitor) *http.Response {
			was := p.sign
			defer func() { p.sign = was }()
			other, _ := rsa.GenerateKey(rand.Reader, 2048)
			p.sign = func(c string) string { return seal(t, jose.RS256, other, c) }
			return v.back(ask(v))
		}},
		{"linking in another's session", "RFC 9700, 4.7.1", func(v *visitor) *http.Response {
			p.claims = map[string]any{"sub": "u-50"}
			q := leader.begin(p, "/staff/link", here, "")
			return leader.back(with(s.visitor("clerk").begin(p, "/staff/link", here, ""), "code", q.Get("code")))
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			p.claims, s.t = nil, t
			v := s.visitor("")
			if honest := s.visitor(""); honest.back(ask(honest)).StatusCode != 303 {
				t.Fatal("the honest one is not in")
			}
			if a := x.do(v); a.StatusCode != 422 || x.source == "" {
				t.Errorf("answered %d", a.StatusCode)
			}
			if x.name == "an answer twice" {
				return
			}
			if a := v.do("GET", "/me", nil); a.StatusCode != 303 {
				t.Errorf("somebody is signed in: %d", a.StatusCode)
			}
		})
	}

	// A way on leads to pages of ours alone; a body's people to that body alone.
	s.t, p.claims = t, nil
	v := s.visitor("")
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`} {
		if at := v.back(v.begin(p, "/staff/in", here, to)).Header.Get("Location"); strings.Contains(at, "evil") {
			t.Errorf("led on to %s", at)
		}
	}
	if a := s.visitor("applicant").do("POST", "/staff/link", url.Values{"body": {here}}); a.StatusCode != 404 {
		t.Errorf("a citizen links himself: %d", a.StatusCode)
	}
	if a := s.visitor("away").do("POST", "/staff/link", url.Values{"body": {here}}); a.StatusCode != 404 {
		t.Errorf("another body's leader links himself: %d", a.StatusCode)
	}
	if a := s.visitor("").do("POST", "/staff/in", url.Values{"body": {kerneltest.Away}}); a.StatusCode != 404 {
		t.Errorf("a body without a provider: %d", a.StatusCode)
	}
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
