package eid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/systems/eid/grant"
	parties "motcua/systems/eid/party"
	"motcua/systems/eid/provider"
)

// A scene is what an attacker finds: portals a and b, whose secrets are shared
// ones; k, which signs; and an app. Its victim is signed in and agreed to all.
type scene struct {
	*stage
	a, b, k, app, shut, asked party
	victim                    *browser
	key, stranger             *ecdsa.PrivateKey
	rsa                       *rsa.PrivateKey
}

// An attack is one known way to cheat: where it is described, and what it must come to.
type attack struct {
	name, source string
	want         string // the error told to the portal; "page": the person is told, nobody else; a number: of the API's answer
	do           func(*scene) outcome
}

const evil = "https://evil.example/cb"

// authorize is the victim's browser sent to the authorization endpoint with a request of a that was changed.
func authorize(pairs ...string) func(*scene) outcome {
	return func(s *scene) outcome {
		return s.victim.get(issuer + provider.Authorize + "?" + with(s.a.request(), pairs...).Encode())
	}
}

// redeem is the token endpoint asked with a good code of a and a form that was changed.
func redeem(pairs ...string) func(*scene) outcome {
	return func(s *scene) outcome { return s.post(provider.Token, with(s.a.form(s.code(s.victim, s.a)), pairs...)) }
}

// asserted is the token endpoint asked by k, which proves itself with what claim and sign make of it.
func asserted(change map[string]any, sign func(s *scene, claims string) string) func(*scene) outcome {
	return func(s *scene) outcome {
		form := with(s.k.form(s.code(s.victim, s.k)), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", sign(s, s.assertion(change)))
		return s.post(provider.Token, form)
	}
}

// assertion is what k says of itself, changed.
func (s *scene) assertion(change map[string]any) string {
	now := time.Now().Unix()
	c := map[string]any{"iss": s.k.id, "sub": s.k.id, "aud": issuer, "iat": now, "exp": now + 60, "jti": rand.Text()}
	maps.Copy(c, change)
	b, err := json.Marshal(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

func seal(t testing.TB, alg jose.SignatureAlgorithm, key any, head map[string]any, claims string) string {
	o := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	for k, v := range head {
		o.ExtraHeaders[jose.HeaderKey(k)] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	j, err := signer.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// honest is k's own signature.
func honest(s *scene, claims string) string {
	return seal(s.t, jose.ES256, s.key, map[string]any{"kid": "k1"}, claims)
}

// forged is signed with the stranger's key, under headers that ask to be believed.
func forged(head map[string]any) func(*scene, string) string {
	return func(s *scene, claims string) string { return seal(s.t, jose.ES256, s.stranger, head, claims) }
}

func unsigned(_ *scene, claims string) string {
	return jwt(`{"alg":"none"}`, claims, "")
}

func jwt(head, claims, sig string) string {
	e := func(s string) string { return encode([]byte(s)) }
	return e(head) + "." + e(claims) + "." + sig
}

// twiceIn posts a form with one parameter twice.
func twiceIn(name, second string) func(*scene) outcome {
	return func(s *scene) outcome {
		v := s.a.form(s.code(s.victim, s.a))
		v.Add(name, second)
		return s.post(provider.Token, v)
	}
}

// stolen is what an attacker does with tokens that a got for the victim.
func stolen(do func(*scene, tokens) outcome) func(*scene) outcome {
	return func(s *scene) outcome {
		return do(s, s.signIn(s.victim, s.a, "scope", "openid profile offline_access"))
	}
}

func (s *scene) renew(x party, refresh string, pairs ...string) outcome {
	return s.post(provider.Token, with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {x.id.String()}, "client_secret": {x.secret}}, pairs...))
}

func leave(pairs ...string) func(*scene) outcome {
	return func(s *scene) outcome {
		return s.victim.get(issuer + provider.Logout + "?" + with(url.Values{}, pairs...).Encode())
	}
}

// visitor asks as somebody who is not signed in.
func visitor(pairs ...string) func(*scene) outcome {
	return func(s *scene) outcome {
		return s.browser("").get(issuer + provider.Authorize + "?" + with(s.a.request(), pairs...).Encode())
	}
}

var attacks = []attack{
	// The redirect: it goes to a registered address or nowhere.
	{"another host", "RFC 9700, 2.1", "page", authorize("redirect_uri", evil)},
	{"another path", "RFC 9700, 4.1.3", "page", authorize("redirect_uri", "https://a.example/other")},
	{"a path below", "RFC 9700, 4.1.1", "page", authorize("redirect_uri", "https://a.example/cb/open-redirect")},
	{"a way up in the path", "RFC 9700, 4.1.1", "page", authorize("redirect_uri", "https://a.example/cb/../other")},
	{"a way up, encoded", "RFC 3986, 6.2.2", "page", authorize("redirect_uri", "https://a.example/cb/%2e%2e/other")},
	{"a slash at the end", "RFC 9700, 2.1", "page", authorize("redirect_uri", "https://a.example/cb/")},
	{"a query added", "RFC 9700, 4.1.1", "page", authorize("redirect_uri", "https://a.example/cb?next=https://evil.example")},
	{"a fragment", "RFC 6749, 3.1.2", "page", authorize("redirect_uri", "https://a.example/cb#x")},
	{"capitals", "RFC 9700, 2.1", "page", authorize("redirect_uri", "https://A.example/CB")},
	{"another port", "RFC 9700, 4.1.3", "page", authorize("redirect_uri", "https://a.example:8443/cb")},
	{"without TLS", "RFC 9700, 2.6", "page", authorize("redirect_uri", "http://a.example/cb")},
	{"a name before the host", "CVE-2024-8883", "page", authorize("redirect_uri", "https://a.example@evil.example/cb")},
	{"many @", "CVE-2026-7504", "page", authorize("redirect_uri", "https://a.example@@evil.example@/cb")},
	{"a longer host", "RFC 9700, 4.1.1", "page", authorize("redirect_uri", "https://a.example.evil.example/cb")},
	{"a host that looks the same", "Unicode TR 39", "page", authorize("redirect_uri", "https://а.example/cb")},
	{"a backslash", "WHATWG URL, 4.4", "page", authorize("redirect_uri", `https://evil.example\a.example/cb`)},
	{"without a scheme", "CWE-601", "page", authorize("redirect_uri", "//a.example/cb")},
	{"a space before it", "CWE-601", "page", authorize("redirect_uri", " https://a.example/cb")},
	{"a line break in it", "CWE-113", "page", authorize("redirect_uri", "https://a.example/cb\r\nSet-Cookie: x=1")},
	{"script", "CVE-2026-9086", "page", authorize("redirect_uri", "JaVaScRiPt:alert(1)")},
	{"data", "CWE-79", "page", authorize("redirect_uri", "data:text/html,<script>alert(1)</script>")},
	{"no redirect", "OpenID Connect Core, 3.1.2.1", "page", authorize("redirect_uri", drop)},
	{"that of another portal", "RFC 9700, 4.4", "page", func(s *scene) outcome { return authorize("redirect_uri", s.b.returns)(s) }},
	{"two of them", "RFC 6749, 3.1", "page", func(s *scene) outcome {
		return s.victim.get(issuer + provider.Authorize + "?" + s.a.request().Encode() + "&redirect_uri=" + url.QueryEscape(evil))
	}},
	{"a portal on the person's machine", "RFC 8252, 7.3", "page", authorize("redirect_uri", "http://127.0.0.1:9000/cb")},
	{"an app by the name of the machine", "RFC 8252, 8.3", "page", func(s *scene) outcome { return s.to(s.app, "http://localhost:9000/cb") }},
	{"an app at another address of the machine", "RFC 8252, 7.3", "page", func(s *scene) outcome { return s.to(s.app, "http://127.0.0.2:9000/cb") }},
	{"an app at another path", "RFC 8252, 8.4", "page", func(s *scene) outcome { return s.to(s.app, "http://127.0.0.1:9000/steal") }},
	{"an app with a name before the machine", "CVE-2024-8883", "page", func(s *scene) outcome { return s.to(s.app, "http://127.0.0.1:1@evil.example:80/cb") }},

	// Who asks.
	{"a stranger", "RFC 6749, 4.1.2.1", "page", authorize("client_id", "0000000000000")},
	{"another writing of the name", "CWE-178", "page", func(s *scene) outcome { return authorize("client_id", strings.ToUpper(s.a.id.String()))(s) }},
	{"two names", "RFC 6749, 3.1", "page", func(s *scene) outcome {
		return s.victim.get(issuer + provider.Authorize + "?" + s.a.request().Encode() + "&client_id=" + s.b.id.String())
	}},
	{"a portal that was closed", "CVE-2026-55670", "page", func(s *scene) outcome { return s.to(s.shut, s.shut.returns) }},
	{"a portal that nobody admitted", "OpenID Connect Registration, 9.1", "page", func(s *scene) outcome { return s.to(s.asked, s.asked.returns) }},

	// What is asked.
	{"tokens in the address", "RFC 9700, 2.1.2", "unauthorized_client", authorize("response_type", "token")},
	{"an id token in the address", "RFC 9700, 2.1.2", "unauthorized_client", authorize("response_type", "id_token")},
	{"a code and a token", "RFC 9700, 2.1.2", "unauthorized_client", authorize("response_type", "code id_token")},
	{"no response type", "RFC 6749, 3.1.1", "invalid_request", authorize("response_type", drop)},
	{"the answer as a fragment", "RFC 9700, 4.3", "invalid_request", authorize("response_mode", "fragment")},
	{"the answer as a form", "OAuth Form Post, 5", "invalid_request", authorize("response_mode", "form_post")},
	{"no challenge", "RFC 9700, 2.1.1", "invalid_request", authorize("code_challenge", drop, "code_challenge_method", drop)},
	{"a plain challenge", "RFC 9700, 4.8.2", "invalid_request", authorize("code_challenge", verifier, "code_challenge_method", "plain")},
	{"a challenge without its method", "RFC 7636, 4.3", "invalid_request", authorize("code_challenge_method", drop)},
	{"a challenge that is none", "RFC 7636, 4.2", "invalid_request", authorize("code_challenge", "short")},
	{"a request object without a signature", "RFC 9101, 10.2", "request_not_supported", authorize("request", jwt(`{"alg":"none"}`, `{"redirect_uri":"`+evil+`"}`, ""))},
	{"a request to be fetched", "RFC 9101, 10.4.1", "request_uri_not_supported", authorize("request_uri", "http://169.254.169.254/latest")},
	{"registering oneself", "OpenID Connect Registration, 9.1", "registration_not_supported", authorize("registration", "{}")},
	{"what was not approved", "RFC 9700, 2.3", "invalid_scope", authorize("scope", "openid read")},
	{"nothing of OpenID", "OpenID Connect Core, 3.1.2.1", "invalid_scope", authorize("scope", "profile")},
	{"silence and a question", "OpenID Connect Core, 3.1.2.1", "invalid_request", authorize("prompt", "none login")},
	{"an unknown prompt", "OpenID Connect Core, 3.1.2.1", "invalid_request", authorize("prompt", "never")},
	{"a level that does not exist", "OpenID Connect Core, 3.1.2.1", "invalid_request", authorize("acr_values", "royal")},
	{"a level that was not reached", "OpenID Connect Core, 5.5.1.1", "unmet_authentication_requirements", authorize("acr_values", "high")},
	{"a state without end", "CWE-400", "invalid_request", authorize("state", strings.Repeat("x", 4000))},
	{"silently, of nobody", "OpenID Connect Core, 3.1.2.6", "login_required", visitor("prompt", "none")},
	{"silently, of who signed in long ago", "OpenID Connect Core, 3.1.2.1", "login_required", func(s *scene) outcome {
		s.Later(2 * time.Minute)
		return authorize("prompt", "none", "max_age", "60")(s)
	}},
	{"silently, of who was never asked", "OpenID Connect Core, 3.1.2.6", "consent_required", authorize("prompt", "none", "scope", "openid number")},
	{"a hint without a signature", "RFC 8725, 3.1", "invalid_request", func(s *scene) outcome {
		return authorize("id_token_hint", unsigned(s, `{"iss":"`+issuer+`","aud":"`+s.a.id.String()+`","sub":"x"}`))(s)
	}},
	{"a hint of another portal", "RFC 9700, 4.4", "invalid_request", func(s *scene) outcome {
		return authorize("id_token_hint", s.signIn(s.victim, s.b).ID)(s)
	}},
	{"a hint of another person", "OpenID Connect Core, 3.1.2.1", "login_required", func(s *scene) outcome {
		return authorize("id_token_hint", s.signIn(s.browser("clerk"), s.a).ID)(s)
	}},

	// The code.
	{"a code twice", "RFC 9700, 2.1.1; RFC 6749, 4.1.2", "invalid_grant", func(s *scene) outcome {
		form := s.a.form(s.code(s.victim, s.a))
		first := s.token(form)
		again := s.post(provider.Token, form)
		if o := s.info(first.Access); o.status != 401 {
			s.t.Errorf("what was given for the code goes on: %d", o.status)
		}
		return again
	}},
	{"an old code", "RFC 6749, 4.1.2", "invalid_grant", func(s *scene) outcome {
		form := s.a.form(s.code(s.victim, s.a))
		s.Later(2 * time.Minute)
		return s.post(provider.Token, form)
	}},
	{"no code", "RFC 6749, 4.1.3", "invalid_request", redeem("code", drop)},
	{"a guessed code", "RFC 6749, 10.10", "invalid_grant", redeem("code", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
	{"the code of another portal", "RFC 9700, 4.5", "invalid_grant", func(s *scene) outcome {
		return s.post(provider.Token, with(s.b.form(s.code(s.victim, s.a)), "redirect_uri", s.a.returns))
	}},
	{"another redirect than asked with", "RFC 6749, 4.1.3", "invalid_grant", func(s *scene) outcome { return redeem("redirect_uri", s.b.returns)(s) }},
	{"no redirect with the code", "RFC 6749, 4.1.3", "invalid_request", redeem("redirect_uri", drop)},
	{"no verifier", "RFC 9700, 4.8.2", "invalid_grant", redeem("code_verifier", drop)},
	{"a wrong verifier", "RFC 7636, 4.6", "invalid_grant", redeem("code_verifier", strings.Repeat("w", 50))},
	{"the challenge as the verifier", "RFC 7636, 7.2", "invalid_grant", redeem("code_verifier", challengeOf(verifier))},
	{"a wrong verifier, then the right one", "RFC 9700, 2.1.1", "invalid_grant", func(s *scene) outcome {
		form := s.a.form(s.code(s.victim, s.a))
		s.post(provider.Token, with(form, "code_verifier", strings.Repeat("w", 50)))
		return s.post(provider.Token, form)
	}},
	{"a code that was stolen from a browser", "RFC 9700, 4.5.3.1", "invalid_grant", func(s *scene) outcome {
		return s.post(provider.Token, with(s.a.form(s.code(s.victim, s.a, "code_challenge", challengeOf(strings.Repeat("v", 50)))), "code_verifier", verifier))
	}},

	{"a code that was changed", "RFC 9700, 4.5", "invalid_grant", func(s *scene) outcome {
		b := []byte(s.code(s.victim, s.a))
		b[len(b)/2] ^= 1
		return s.post(provider.Token, s.a.form(string(b)))
	}},
	{"a code of who signed out", "OpenID Connect Back-Channel Logout, 2.7", "invalid_grant", func(s *scene) outcome {
		code := s.code(s.victim, s.a)
		s.victim.do("POST", issuer+provider.Logout, url.Values{"request": {""}})
		return s.post(provider.Token, s.a.form(code))
	}},
	{"a code of who withdrew", "RFC 9700, 4.14", "invalid_grant", func(s *scene) outcome {
		code := s.code(s.victim, s.a)
		s.victim.do("POST", issuer+"/me/apps/"+s.a.id.String()+"/withdraw", url.Values{})
		return s.post(provider.Token, s.a.form(code))
	}},

	// Who the portal is.
	{"a wrong secret", "RFC 6749, 2.3.1", "invalid_client", redeem("client_secret", "guess")},
	{"no secret", "RFC 6749, 3.2.1", "invalid_client", redeem("client_secret", drop)},
	{"an empty secret", "RFC 6749, 2.3.1", "invalid_client", redeem("client_secret", "")},
	{"the secret of another portal", "RFC 6749, 2.3.1", "invalid_client", func(s *scene) outcome { return redeem("client_secret", s.b.secret)(s) }},
	{"an old secret", "RFC 6749, 10.1", "invalid_client", func(s *scene) outcome {
		old := s.b.secret
		s.b.secret = s.fresh("leader", s.b.id)
		return s.post(provider.Token, with(s.b.form(s.code(s.victim, s.b)), "client_secret", old))
	}},
	{"a secret in the address", "RFC 6749, 2.3.1", "invalid_request", func(s *scene) outcome {
		form := s.a.form(s.code(s.victim, s.a))
		form.Del("client_secret")
		return s.post(provider.Token+"?client_secret="+s.a.secret, form)
	}},
	{"two proofs at once", "RFC 6749, 2.3", "invalid_request", func(s *scene) outcome {
		r := httptest.NewRequest("POST", "/", nil)
		r.SetBasicAuth(s.a.id.String(), s.a.secret)
		return s.post(provider.Token, s.a.form(s.code(s.victim, s.a)), "Authorization", r.Header.Get("Authorization"))
	}},
	{"a secret where a key was registered", "RFC 9700, 2.5", "invalid_client", func(s *scene) outcome {
		return s.post(provider.Token, with(s.k.form(s.code(s.victim, s.k)), "client_secret", "x"))
	}},
	{"no proof where a key was registered", "RFC 9700, 2.5", "invalid_client", func(s *scene) outcome { return s.post(provider.Token, s.k.form(s.code(s.victim, s.k))) }},
	{"an assertion without a signature", "RFC 8725, 2.1", "invalid_client", asserted(nil, unsigned)},
	{"an assertion signed with the public key as a secret", "RFC 8725, 2.1", "invalid_client", asserted(nil, func(s *scene, c string) string {
		return seal(s.t, jose.HS256, public(s.t, &s.key.PublicKey), map[string]any{"kid": "k1"}, c)
	})},
	{"an assertion signed with the RSA key as a secret", "RFC 8725, 2.1", "invalid_client", asserted(nil, func(s *scene, c string) string {
		return seal(s.t, jose.HS256, public(s.t, &s.rsa.PublicKey), map[string]any{"kid": "k2"}, c)
	})},
	{"a key of another sort than its name", "RFC 8725, 3.1", "invalid_client", asserted(nil, forged(map[string]any{"kid": "k2"}))},
	{"a key by an address", "RFC 8725, 3.10", "invalid_client", asserted(nil, forged(map[string]any{"kid": "k1", "jku": "https://evil.example/keys"}))},
	{"a certificate by an address", "RFC 8725, 3.10", "invalid_client", asserted(nil, forged(map[string]any{"kid": "k1", "x5u": "https://evil.example/cert"}))},
	{"a key in the assertion itself", "RFC 7515, 10.4", "invalid_client", asserted(nil, func(s *scene, c string) string {
		return seal(s.t, jose.ES256, s.stranger, map[string]any{"kid": "k1", "jwk": jose.JSONWebKey{Key: &s.stranger.PublicKey}}, c)
	})},
	{"a key name that is a path", "RFC 8725, 3.10", "invalid_client", asserted(nil, forged(map[string]any{"kid": "../../k1"}))},
	{"a key name that is SQL", "RFC 8725, 3.10", "invalid_client", asserted(nil, forged(map[string]any{"kid": "' or 1=1 --"}))},
	{"an assertion for another server", "RFC 7523, 3", "invalid_client", asserted(map[string]any{"aud": "https://evil.example"}, honest)},
	{"an assertion for several servers", "draft-ietf-oauth-rfc7523bis", "invalid_client", asserted(map[string]any{"aud": []string{issuer, "https://evil.example"}}, honest)},
	{"an assertion that is over", "RFC 7523, 3", "invalid_client", asserted(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, honest)},
	{"an assertion for years", "RFC 7523, 3", "invalid_client", asserted(map[string]any{"exp": time.Now().AddDate(5, 0, 0).Unix()}, honest)},
	{"an assertion of tomorrow", "RFC 7523, 3", "invalid_client", asserted(map[string]any{"iat": time.Now().Add(24 * time.Hour).Unix()}, honest)},
	{"an assertion about another", "RFC 7523, 3", "invalid_client", func(s *scene) outcome { return asserted(map[string]any{"sub": s.a.id}, honest)(s) }},
	{"an assertion twice", "RFC 7523, 3", "invalid_client", func(s *scene) outcome {
		said := honest(s, s.assertion(nil))
		use := func(_ *scene, _ string) string { return said }
		if o := asserted(nil, use)(s); o.status != 200 {
			s.t.Errorf("the honest one: %d %s", o.status, o.body)
		}
		return asserted(nil, use)(s)
	}},

	// The token endpoint.
	{"a parameter twice", "RFC 6749, 3.2", "invalid_request", twiceIn("code", "x")},
	{"a verifier twice", "RFC 6749, 3.2", "invalid_request", twiceIn("code_verifier", "x")},
	{"a form that is none", "RFC 6749, 4.1.3", "invalid_request", func(s *scene) outcome {
		return s.post(provider.Token, s.a.form(s.code(s.victim, s.a)), "Content-Type", "text/plain")
	}},
	{"the person's password", "RFC 9700, 2.4", "unsupported_grant_type", redeem("grant_type", "password", "username", "applicant", "password", "x")},
	{"the portal for itself", "RFC 9700, 2.2", "unauthorized_client", redeem("grant_type", "client_credentials")},
	{"a token for a token", "RFC 8693, 5", "unauthorized_client", redeem("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")},
	{"a device", "RFC 8628, 5.4", "unauthorized_client", redeem("grant_type", "urn:ietf:params:oauth:grant-type:device_code")},
	{"an assertion as a grant", "RFC 7523, 2.1", "unsupported_grant_type", redeem("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", "x.y.z")},

	// What was given out.
	{"a refresh token twice", "RFC 9700, 4.14.2", "invalid_grant", stolen(func(s *scene, t tokens) outcome {
		s.renew(s.a, t.Refresh)
		return s.renew(s.a, t.Refresh)
	})},
	{"a refresh token of another portal", "RFC 9700, 4.14", "invalid_grant", stolen(func(s *scene, t tokens) outcome { return s.renew(s.b, t.Refresh) })},
	{"a refresh token without the secret", "RFC 6749, 6", "invalid_client", stolen(func(s *scene, t tokens) outcome { return s.renew(s.a, t.Refresh, "client_secret", drop) })},
	{"more than was granted", "RFC 6749, 6", "invalid_scope", stolen(func(s *scene, t tokens) outcome { return s.renew(s.a, t.Refresh, "scope", "openid number") })},
	{"a refresh token after a month", "RFC 9700, 4.14.2", "invalid_grant", stolen(func(s *scene, t tokens) outcome {
		s.Later(31 * 24 * time.Hour)
		return s.renew(s.a, t.Refresh)
	})},
	{"a refresh token as a code", "RFC 9700, 4.5", "invalid_grant", stolen(func(s *scene, t tokens) outcome {
		return s.post(provider.Token, s.a.form(t.Refresh))
	})},
	{"a code as a refresh token", "RFC 9700, 4.5", "invalid_grant", func(s *scene) outcome { return s.renew(s.a, s.code(s.victim, s.a)) }},
	{"a refresh token of who withdrew", "RFC 9700, 4.14", "invalid_grant", stolen(func(s *scene, t tokens) outcome {
		s.victim.do("POST", issuer+"/me/apps/"+s.a.id.String()+"/withdraw", url.Values{})
		return s.renew(s.a, t.Refresh)
	})},

	// Apps of others, and the API.
	{"another program on the machine, silently", "RFC 8252, 8.6", "consent_required", func(s *scene) outcome {
		return s.victim.get(issuer + provider.Authorize + "?" + with(s.app.request(), "prompt", "none").Encode())
	}},
	{"an app by a scheme of its own", "RFC 8252, 8.4; RFC 9700, 2.1", "page", func(s *scene) outcome { return s.to(s.app, "vn.example.app:/cb") }},
	{"an app on the other loopback", "RFC 8252, 7.3", "page", func(s *scene) outcome { return s.to(s.app, "http://[::1]:9000/cb") }},
	{"an app with a query added", "RFC 8252, 8.4", "page", func(s *scene) outcome { return s.to(s.app, "http://127.0.0.1:9000/cb?next=x") }},
	{"an app without a port", "RFC 8252, 7.3", "page", func(s *scene) outcome { return s.to(s.app, "http://127.0.0.1/cb") }},
	{"an app with TLS of nobody", "RFC 8252, 7.3", "page", func(s *scene) outcome { return s.to(s.app, "https://127.0.0.1:9000/cb") }},
	{"an app that pretends to have a secret", "RFC 8252, 8.5", "invalid_client", func(s *scene) outcome {
		return s.post(provider.Token, with(s.app.form(s.code(s.victim, s.app)), "client_secret", "built-in"))
	}},
	{"the code of an app, by who saw it pass", "RFC 8252, 8.1", "invalid_grant", func(s *scene) outcome {
		return s.post(provider.Token, with(s.app.form(s.code(s.victim, s.app)), "code_verifier", strings.Repeat("w", 50)))
	}},
	{"the code of an app, at another port", "RFC 6749, 4.1.3", "invalid_grant", func(s *scene) outcome {
		return s.post(provider.Token, with(s.app.form(s.code(s.victim, s.app)), "redirect_uri", "http://127.0.0.1:9/cb"))
	}},
	{"a token for another API", "RFC 8707, 2", "invalid_target", authorize("resource", "https://bank.example/api")},
	{"a token for another API, asked late", "RFC 8707, 2", "invalid_target", redeem("resource", "https://bank.example/api")},
	{"an id token as an access token", "RFC 9700, 4.9.1; RFC 9068, 5", "401", stolen(func(s *scene, t tokens) outcome { return s.bear("GET", "/api/v1/dossiers", t.ID, "") })},
	{"a refresh token as an access token", "RFC 6750, 5.2", "401", stolen(func(s *scene, t tokens) outcome { return s.bear("GET", "/api/v1/dossiers", t.Refresh, "") })},
	{"a code as an access token", "RFC 6749, 10.5", "401", func(s *scene) outcome { return s.bear("GET", "/api/v1/dossiers", s.code(s.victim, s.app), "") }},
	{"a token of another issuer", "RFC 9068, 4", "401", func(s *scene) outcome {
		return s.bear("GET", "/api/v1/dossiers", forged(nil)(s, `{"iss":"https://evil.example","aud":"`+issuer+`","scope":"read write","sub":"x"}`), "")
	}},
	{"a token in the address", "RFC 6750, 2.3", "401", func(s *scene) outcome {
		return s.browser("").get(issuer + "/api/v1/dossiers?access_token=" + s.signIn(s.victim, s.app, "scope", "openid read").Access)
	}},
	{"a token as a cookie", "RFC 6750, 5.3", "401", func(s *scene) outcome {
		b, at := s.browser(""), s.signIn(s.victim, s.app, "scope", "openid read").Access
		home, _ := url.Parse(issuer)
		b.Jar.SetCookies(home, []*http.Cookie{{Name: s.Web.CookieName("motcua"), Value: at}})
		return b.get(issuer + "/api/v1/dossiers")
	}},
	{"reading with a token for who one is", "RFC 6750, 3.1", "403", stolen(func(s *scene, t tokens) outcome { return s.bear("GET", "/api/v1/dossiers", t.Access, "") })},
	{"filing with a token for reading", "RFC 6750, 3.1", "403", func(s *scene) outcome {
		return s.bear("POST", "/api/v1/dossiers", s.signIn(s.victim, s.app, "scope", "openid read").Access, "{}")
	}},
	{"a page with a token for everything", "RFC 9700, 2.3", "403", func(s *scene) outcome {
		return s.bear("GET", "/me", s.signIn(s.victim, s.app, "scope", "openid read write notify").Access, "")
	}},
	{"an app that agrees for the person", "RFC 9700, 2.3", "403", func(s *scene) outcome {
		return s.bear("POST", "/eid/answer", s.signIn(s.victim, s.app, "scope", "openid write").Access, "")
	}},
	{"more by renewing", "RFC 6749, 6", "invalid_scope", func(s *scene) outcome {
		return s.renew(s.app, s.signIn(s.victim, s.app, "scope", "openid read offline_access").Refresh, "scope", "openid read write")
	}},
	{"less by renewing, then more again", "RFC 6749, 6", "403", func(s *scene) outcome {
		var t tokens
		json.Unmarshal([]byte(s.renew(s.app, s.signIn(s.victim, s.app, "scope", "openid read write offline_access").Refresh, "scope", "openid read").body), &t)
		return s.bear("POST", "/api/v1/dossiers", t.Access, "{}")
	}},
	{"an old token", "RFC 6750, 5.2", "401", func(s *scene) outcome {
		at := s.signIn(s.victim, s.app, "scope", "openid read").Access
		s.Later(grant.AccessLife + time.Second)
		return s.bear("GET", "/api/v1/dossiers", at, "")
	}},
	{"a token of who withdrew", "RFC 9700, 4.14", "401", func(s *scene) outcome {
		at := s.signIn(s.victim, s.app, "scope", "openid read").Access
		s.victim.do("POST", issuer+"/me/apps/"+s.app.id.String()+"/withdraw", url.Values{})
		return s.bear("GET", "/api/v1/dossiers", at, "")
	}},
	{"a token that was given back", "RFC 7009, 2", "401", func(s *scene) outcome {
		at := s.signIn(s.victim, s.app, "scope", "openid read").Access
		s.post(provider.Revoke, url.Values{"token": {at}, "client_id": {s.app.id.String()}})
		return s.bear("GET", "/api/v1/dossiers", at, "")
	}},
	{"a token after signing out", "OpenID Connect Back-Channel Logout, 2.7", "401", func(s *scene) outcome {
		at := s.signIn(s.victim, s.app, "scope", "openid read").Access
		s.victim.do("POST", issuer+provider.Logout, url.Values{"request": {""}})
		return s.bear("GET", "/api/v1/dossiers", at, "")
	}},

	// Leaving.
	{"leaving to a stranger", "OpenID Connect RP-Initiated Logout, 6", "page", func(s *scene) outcome {
		return leave("client_id", s.a.id.String(), "post_logout_redirect_uri", evil)(s)
	}},
	{"leaving to another's address", "OpenID Connect RP-Initiated Logout, 6", "page", func(s *scene) outcome {
		return leave("client_id", s.a.id.String(), "post_logout_redirect_uri", "https://b.example/bye")(s)
	}},
	{"leaving without saying for whom", "OpenID Connect RP-Initiated Logout, 3", "page", leave("post_logout_redirect_uri", "https://a.example/bye")},
	{"leaving with a hint without a signature", "RFC 8725, 2.1", "page", func(s *scene) outcome {
		return leave("id_token_hint", unsigned(s, `{"iss":"`+issuer+`","aud":"`+s.a.id.String()+`","sub":"x"}`))(s)
	}},
	{"leaving with another's hint", "OpenID Connect RP-Initiated Logout, 2", "page", func(s *scene) outcome {
		return leave("id_token_hint", s.signIn(s.victim, s.a).ID, "client_id", s.b.id.String())(s)
	}},
}

// to is the victim sent by x to come back at an address.
func (s *scene) to(x party, at string) outcome {
	return s.victim.get(issuer + provider.Authorize + "?" + with(x.request(), "redirect_uri", at).Encode())
}

func public(t testing.TB, key any) []byte {
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b})
}

// TestAttacks tries each known way to cheat. Each is refused with the error of
// the standard, told to nobody outside but the portal, and written down.
func TestAttacks(t *testing.T) {
	st := open(t, dbtest.SQLite(t))
	s := &scene{stage: st}
	s.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.stranger, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &s.key.PublicKey, KeyID: "k1", Algorithm: "ES256"}, {Key: &s.rsa.PublicKey, KeyID: "k2", Algorithm: "RS256"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.a, s.b, s.shut = st.register("a", parties.BySecret, nil), st.register("b", parties.BySecret, nil), st.register("shut", parties.BySecret, nil)
	s.k = st.register("k", parties.ByKey, map[string]any{"keys": string(set)})
	s.app = st.register("app", parties.ByNone, map[string]any{"redirects": "http://127.0.0.1:1/cb", "scopes": []any{"profile", "read", "write", "notify", "offline_access"}})
	s.app.returns = "http://127.0.0.1:51234/cb"
	st.Do(t, "leader", s.shut.id, "close", map[string]any{"reasons": []any{map[string]any{"text": "Cổng ngừng chạy."}}})
	s.asked = st.ask(kerneltest.Here, "asked", parties.ByNone, nil)
	s.victim = st.browser("applicant")
	for _, x := range []party{s.a, s.b, s.k, s.app} {
		st.code(s.victim, x)
	}
	st.code(s.victim, s.a, "scope", "openid profile offline_access")
	clerk := st.browser("clerk")
	st.code(clerk, s.a)
	if o := asserted(nil, honest)(s); o.status != 200 {
		t.Fatalf("k itself: %d %s", o.status, o.body)
	}
	if got := st.signIn(s.victim, s.app); got.status != 200 {
		t.Fatalf("the app itself: %+v", got)
	}

	names := map[string]bool{}
	for _, x := range attacks {
		t.Run(x.name, func(t *testing.T) {
			if names[x.name] || x.source == "" {
				t.Fatal("told twice, or without its source")
			}
			names[x.name] = true
			s.t = t
			s.victim, s.stage.t = st.browser("applicant"), t
			st.code(s.victim, s.a, "scope", "openid profile offline_access")
			s.log.take()
			o := x.do(s)
			said := s.log.take()
			if n, err := strconv.Atoi(x.want); err == nil { // the API tells of itself; who came with what is no note of the provider
				if o.status != n || !strings.HasPrefix(o.header.Get("WWW-Authenticate"), "Bearer") && strings.Contains(o.header.Get("Content-Type"), "problem") {
					t.Errorf("answered %d, want %d, WWW-Authenticate %q\n%.300s", o.status, n, o.header.Get("WWW-Authenticate"), o.body)
				}
				return
			}
			if x.want == "page" {
				if o.to != nil || o.status != 422 || strings.Contains(o.header.Get("Content-Security-Policy"), "evil") {
					t.Errorf("came to %d %v\n%.300s", o.status, o.to, o.body)
				}
				if len(said) == 0 {
					t.Error("nothing is written down")
				}
				return
			}
			got := ""
			if o.to != nil {
				q := o.to.Query()
				if o.to.Fragment != "" {
					q, _ = url.ParseQuery(o.to.Fragment)
				}
				got = q.Get("error")
				if q.Has("code") || q.Has("access_token") || q.Has("id_token") || q.Get("iss") != issuer {
					t.Errorf("led to %v", o.to)
				}
			} else {
				var e tokens
				json.Unmarshal([]byte(o.body), &e)
				got = e.Error
				if e.Access != "" || o.status < 400 || o.status >= 500 {
					t.Errorf("answered %d %s", o.status, o.body)
				}
			}
			if got != x.want {
				t.Errorf("got %q, want %q: %v %.300s", got, x.want, o.to, o.body)
			}
			if !contains(said, "error="+x.want) {
				t.Errorf("written down is %q", said)
			}
		})
	}
	if len(attacks) < 60 {
		t.Errorf("%d attacks", len(attacks))
	}
	var left int
	if err := st.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`select count(*) from eid_grant where party = $1`, s.shut.id).Scan(&left)
	}); err != nil || left != 0 {
		t.Errorf("the closed portal has %d grants, %v", left, err)
	}
}
