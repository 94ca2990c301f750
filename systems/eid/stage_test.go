package eid_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/api"
	"motcua/kernel/confirm"
	"motcua/kernel/door"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/second"
	"motcua/systems/eid"
	parties "motcua/systems/eid/party"
	"motcua/systems/eid/provider"
)

const issuer = "https://x.example"

// A stage is the provider with portals that rely on it, and the names they have.
type stage struct {
	*kerneltest.Rig
	t     testing.TB
	world world
	url   string // where machines that are no handlers reach the provider
	log   *notes
}

// A party is a portal as its own machine knows it.
type party struct {
	id      id.ID
	secret  string
	returns string
}

// world is every machine there is, by host; what is asked of another is refused.
type world map[string]http.Handler

func (w world) RoundTrip(r *http.Request) (*http.Response, error) {
	h := w[r.URL.Host]
	if h == nil {
		return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: io.EOF}
	}
	rec := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	h.ServeHTTP(rec, in)
	res := rec.Result()
	res.Request = r
	return res, nil
}

// notes keeps what the program writes down of refusals.
type notes struct {
	mu   sync.Mutex
	said []string
}

func (n *notes) Enabled(context.Context, slog.Level) bool { return true }
func (n *notes) WithAttrs([]slog.Attr) slog.Handler       { return n }
func (n *notes) WithGroup(string) slog.Handler            { return n }
func (n *notes) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "eid refused" {
		return nil
	}
	line := ""
	r.Attrs(func(a slog.Attr) bool { line += a.Key + "=" + a.Value.String() + " "; return true })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = append(n.said, line)
	return nil
}

func (n *notes) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.said
	n.said = nil
	return all
}

func open(t testing.TB, url string) *stage {
	t.Helper()
	s := &stage{Rig: kerneltest.Open(t, url, nil, eid.System(), door.System(), second.System(), confirm.System(), onetime.System(), passkey.System(), api.System()), t: t, world: world{}, log: &notes{}}
	s.world["x.example"] = s.Handler
	was := slog.Default()
	slog.SetDefault(slog.New(s.log))
	t.Cleanup(func() { slog.SetDefault(was) })
	return s
}

// register registers a portal as its body does: asked for, wanted, admitted.
func (s *stage) register(name, auth string, change map[string]any) party {
	s.t.Helper()
	return s.registerAt(kerneltest.Here, name, auth, change)
}

func (s *stage) registerAt(body, name, auth string, change map[string]any) party {
	s.t.Helper()
	x := s.ask(body, name, auth, change)
	leader := map[string]string{kerneltest.Here: "leader", kerneltest.Away: "away"}[body]
	s.Do(s.t, leader, x.id, "want", nil)
	s.Do(s.t, "root", x.id, "admit", nil)
	if auth == parties.BySecret {
		x.secret = s.fresh(leader, x.id)
	}
	return x
}

// ask is the first step of it: anybody may.
func (s *stage) ask(body, name, auth string, change map[string]any) party {
	s.t.Helper()
	x := party{returns: "https://" + name + ".example/cb"}
	answers := map[string]any{"name": "Cổng " + name, "site": "https://" + name + ".example", "redirects": x.returns, "leaves": "https://" + name + ".example/bye",
		"scopes": []any{"profile", "email", "phone", "number", "offline_access"}, "level": "low", "auth": auth}
	maps.Copy(answers, change)
	d, err := s.Engine.Act(s.t.Context(), dossier.Order{Me: s.People["applicant"], Kind: "eid/party", Body: body, Act: "ask", Answers: answers})
	if err != nil {
		s.t.Fatal(err)
	}
	x.id = d.ID
	return x
}

// fresh makes the party a new secret on its page, as the body's leader does.
func (s *stage) fresh(by string, n id.ID) string {
	s.t.Helper()
	a := s.As(s.t, by).Post("/eid/parties/"+n.String()+"/secret", nil)
	a.Want(s.t, 200, "Chép ngay")
	_, rest, _ := strings.Cut(a.Body, `<p class="num">`)
	secret, _, _ := strings.Cut(rest, "<")
	if len(secret) != 52 {
		s.t.Fatalf("the page shows the secret %q", secret)
	}
	return secret
}

// rotate does what the system does every hour.
func (s *stage) rotate() {
	s.t.Helper()
	for _, x := range s.Systems {
		for _, task := range x.Every {
			if x.Name != "eid" {
				continue
			}
			if err := task.Do(s.t.Context(), s.App); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// A browser is one of the cast's, signed in or not, that follows redirects from machine to machine.
type browser struct {
	*http.Client
	s    *stage
	last *url.URL // where a redirect led last
}

func (s *stage) browser(login string) *browser {
	s.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &browser{s: s}
	b.Client = &http.Client{Transport: s.world, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		b.last = r.URL
		if s.world[r.URL.Host] == nil {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	if login == "" {
		return b
	}
	err := s.DB.Write(s.t.Context(), func(tx *db.Tx) error {
		secret, err := s.Sessions.Make(tx, web.Browser, s.People[login].ID, map[bool]string{true: "password app"}[len(s.People[login].Grants) > 0], "", web.Life)
		at, _ := url.Parse(issuer)
		jar.SetCookies(at, []*http.Cookie{{Name: s.Web.CookieName("motcua"), Value: secret}})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// outcome is what came of a request: the page, or where it led.
type outcome struct {
	status int
	to     *url.URL // outside, or nil
	body   string
	header http.Header
}

func (b *browser) do(method, at string, form url.Values) outcome {
	b.s.t.Helper()
	b.last = nil
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, at, body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,*/*")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.Do(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	o := outcome{status: res.StatusCode, body: string(text), header: res.Header}
	if b.last != nil && b.s.world[b.last.Host] == nil {
		o.to = b.last
	}
	return o
}

func (b *browser) get(at string) outcome { b.s.t.Helper(); return b.do("GET", at, nil) }

// agree answers a consent page with yes.
func (b *browser) agree(o outcome) outcome {
	b.s.t.Helper()
	if o.status != 200 || !strings.Contains(o.body, `value="yes"`) {
		b.s.t.Fatalf("no consent page: %d to %v\n%s", o.status, o.to, o.body)
	}
	return b.do("POST", issuer+"/eid/answer", url.Values{"request": {hidden(b.s.t, o.body, "request")}, "word": {"yes"}})
}

func hidden(t testing.TB, page, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="`+name+`" value="`)
	v, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no hidden %s:\n%s", name, page)
	}
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(v)
}

// verifier is the half of PKCE that stays with the portal in these tests.
const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-ok"

func challengeOf(v string) string {
	sum := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// request is a good authorization request of x.
func (x party) request() url.Values {
	return url.Values{"response_type": {"code"}, "client_id": {x.id.String()}, "redirect_uri": {x.returns}, "scope": {"openid profile"}, "state": {"st4te"}, "nonce": {"n0nce"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}}
}

func with(v url.Values, pairs ...string) url.Values {
	v = maps.Clone(v)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == drop {
			delete(v, pairs[i])
			continue
		}
		v[pairs[i]] = []string{pairs[i+1]}
	}
	return v
}

const drop = "\x00"

// code lets b's person sign in at x and gives the code that x gets.
func (s *stage) code(b *browser, x party, pairs ...string) string {
	s.t.Helper()
	o := b.get(issuer + provider.Authorize + "?" + with(x.request(), pairs...).Encode())
	if o.to == nil {
		o = b.agree(o)
	}
	if o.to == nil || o.to.Query().Get("code") == "" {
		s.t.Fatalf("no code: %d %v\n%s", o.status, o.to, o.body)
	}
	return o.to.Query().Get("code")
}

// form is a good token request of x for a code.
func (x party) form(code string) url.Values {
	v := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {x.returns}, "code_verifier": {verifier}, "client_id": {x.id.String()}}
	if x.secret != "" {
		v.Set("client_secret", x.secret)
	}
	return v
}

// tokens is what the token endpoint answered.
type tokens struct {
	status  int
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Error   string `json:"error"`
	Why     string `json:"error_description"`
}

// post sends a machine's form.
func (s *stage) post(path string, form url.Values, head ...string) (o outcome) {
	r := httptest.NewRequest("POST", issuer+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	return outcome{status: w.Code, body: w.Body.String(), header: w.Header()}
}

func (s *stage) token(form url.Values) (t tokens) {
	o := s.post(provider.Token, form)
	json.NewDecoder(bytes.NewReader([]byte(o.body))).Decode(&t)
	t.status = o.status
	return t
}

// signIn goes the whole way: b's person at x, and the tokens x gets.
func (s *stage) signIn(b *browser, x party, pairs ...string) tokens {
	s.t.Helper()
	t := s.token(x.form(s.code(b, x, pairs...)))
	if t.status != 200 || t.Access == "" || t.ID == "" {
		s.t.Fatalf("no tokens: %+v", t)
	}
	return t
}

func (s *stage) info(access string) outcome { return s.bear("GET", provider.UserInfo, access, "") }

// bear is what a machine gets that shows a token.
func (s *stage) bear(method, path, token, body string) outcome {
	r := httptest.NewRequest(method, issuer+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	return outcome{status: w.Code, body: w.Body.String(), header: w.Header()}
}

// header reads how a token is signed.
func header(t testing.TB, token string) (h struct{ Alg, Kid string }) {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	if err := json.Unmarshal(decode(t, head), &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// claims reads what a token says, its signature unread.
func claims(t testing.TB, token string) (c map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func contains(all []string, words ...string) bool {
	return slices.ContainsFunc(all, func(s string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s, w) })
	})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
