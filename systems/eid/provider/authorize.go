package provider

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/who"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/party"
)

// A Word is what a person said to the question whether a party may know of him.
type Word string

// The words.
const (
	Unasked Word = ""
	Yes     Word = "yes"
	No      Word = "no"
)

// An Asked is what a person has to be asked before a party is told anything.
type Asked struct {
	Party  party.Party
	Scopes []string // of which he did not yet say yes
	Query  string   // the request, to come back with
	Origin string   // where his answer leads
}

// An errand is one request on its way through the library and back.
type errand struct {
	r     *kernel.Request
	word  Word
	asked *Asked
	to    string    // a page of ours to go to first
	surer who.Level // how surely he must have signed in before he is answered
}

type errandKey struct{}

func errandOf(ctx context.Context) *errand { e, _ := ctx.Value(errandKey{}).(*errand); return e }

// Ask takes an authorization request, with what the person said to it. It gives
// the question to ask him, or else an answer: on to the party with a code or with
// what went wrong, or first to a page of ours.
//
// Nothing of the request is kept before he answered: it comes back with his
// answer and is looked at anew, so there is nothing to fix, to mix up or to
// start again under somebody else's name.
func (p *Provider) Ask(r *kernel.Request, query string, word Word) (*Asked, web.Answer, error) {
	e := &errand{r: r, word: word}
	q, err := http.NewRequestWithContext(context.WithValue(r.Context(), errandKey{}, e), http.MethodGet, Authorize+"?"+query, nil)
	if err != nil {
		return nil, web.Answer{}, odd()
	}
	k := p.ask(q)
	to := k.header.Get("Location")
	switch {
	case k.status >= http.StatusInternalServerError:
		return nil, web.Answer{}, fault.New(fault.Unavailable, "eid.odd")
	case e.asked != nil:
		e.asked.Query = query
		return e.asked, web.Answer{}, nil
	case e.surer != "":
		a, _, err := confirm.Surer(r, e.surer, Authorize+"?"+query)
		return nil, a, err
	case e.to != "":
		a, err := web.Goto("%s", e.to)
		return nil, a, err
	case to == "":
		return nil, web.Answer{}, odd()
	}
	a, err := web.Goto("%s", to)
	return nil, a, err
}

// Beyond is where a person may come to from a page at path without being asked:
// the origin of the party that sent him, if it may send him there.
func (p *Provider) Beyond(r *kernel.Request, path string) (string, error) {
	u, err := url.Parse(path)
	if err != nil || u.Path != Authorize {
		return "", nil
	}
	to := u.Query().Get("redirect_uri")
	x, known, err := p.party(r.Context(), u.Query().Get("client_id"))
	if err != nil || !known || !x.Returns(to) {
		return "", err
	}
	return origin(to), nil
}

func origin(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// VerifyAuthRequest finds who asks and whether he may be answered where he says.
// What is wrong here is never told by a redirect (RFC 9700, 4.11).
func (p *Provider) VerifyAuthRequest(ctx context.Context, r *op.Request[oidc.AuthRequest]) (*op.ClientRequest[oidc.AuthRequest], error) {
	if bad := twice(r.Form); bad != "" {
		return nil, why(oidc.ErrInvalidRequestRedirectURI(), bad)
	}
	x, known, err := p.party(ctx, r.Data.ClientID)
	switch {
	case err != nil:
		return nil, oidc.ErrServerError().WithParent(err)
	case !known:
		return nil, why(oidc.ErrInvalidRequestRedirectURI(), "no such client")
	case !x.Returns(r.Data.RedirectURI):
		return nil, why(oidc.ErrInvalidRequestRedirectURI(), "redirect_uri is not registered")
	}
	return &op.ClientRequest[oidc.AuthRequest]{Request: r, Client: client{Party: x}}, nil
}

var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // of SHA-256 (RFC 7636, 4.2)

// wrong says what a request of a known party lacks, so that it is told.
func (p *Provider) wrong(x party.Party, r *op.ClientRequest[oidc.AuthRequest]) error {
	q := r.Data
	for name, most := range map[string]int{"state": 1024, "nonce": 512, "login_hint": 200} {
		if len(r.Form.Get(name)) > most {
			return why(oidc.ErrInvalidRequest(), name+" is too long")
		}
	}
	switch {
	case r.Form.Has("request"):
		return why(oidc.ErrRequestNotSupported(), "request objects are not read")
	case r.Form.Has("request_uri"):
		return why(&oidc.Error{ErrorType: "request_uri_not_supported"}, "nothing is fetched for a request")
	case r.Form.Has("registration"):
		return why(&oidc.Error{ErrorType: "registration_not_supported"}, "parties are registered by their bodies")
	case !p.ours(r.Form["resource"]):
		return why(&oidc.Error{ErrorType: "invalid_target"}, "resource is not the API of this node")
	case q.ResponseMode != "" && q.ResponseMode != oidc.ResponseModeQuery:
		q.ResponseMode = "" // the answer goes where every answer goes
		return why(oidc.ErrInvalidRequest(), "response_mode is not supported")
	case q.CodeChallenge == "":
		return why(oidc.ErrInvalidRequest(), "code_challenge is missing")
	case q.CodeChallengeMethod != oidc.CodeChallengeMethodS256 || !challenge.MatchString(q.CodeChallenge):
		return why(oidc.ErrInvalidRequest(), "code_challenge_method must be S256")
	case !slices.Contains(q.Scopes, oidc.ScopeOpenID):
		return why(oidc.ErrInvalidScope(), "scope openid is missing")
	}
	for _, s := range q.Scopes {
		if !slices.Contains(x.Scopes, s) && s != oidc.ScopeOpenID {
			return why(oidc.ErrInvalidScope(), "a scope is not approved for this client")
		}
	}
	for _, s := range q.Prompt {
		if !slices.Contains([]string{oidc.PromptNone, oidc.PromptLogin, oidc.PromptConsent, oidc.PromptSelectAccount}, s) {
			return why(oidc.ErrInvalidRequest(), "prompt is not known")
		}
	}
	for _, l := range q.ACRValues {
		if !slices.Contains(levels(), l) {
			return why(oidc.ErrInvalidRequest(), "acr_values is not known")
		}
	}
	return nil
}

// ours reports whether what a token is wanted for is this node and its API alone
// (RFC 8707, 2): it is good nowhere else.
func (p *Provider) ours(resources []string) bool {
	return !slices.ContainsFunc(resources, func(s string) bool { return s != p.app.URL && s != p.app.URL+"/api/v1" })
}

// Authorize answers a request of a known party for an address of its own.
func (p *Provider) Authorize(ctx context.Context, r *op.ClientRequest[oidc.AuthRequest]) (*op.Redirect, error) {
	x, q, e := r.Client.(client).Party, r.Data, errandOf(ctx)
	if err := p.wrong(x, r); err != nil {
		return nil, err
	}
	if e.word == No {
		return nil, why(oidc.ErrAccessDenied(), "the person said no")
	}
	me, s := e.r.Me, e.r.Session
	silent := slices.Contains(q.Prompt, oidc.PromptNone)
	here, err := p.here(ctx, e.r, x, q, r.Form.Get(since))
	if err != nil {
		return nil, err
	}
	want := least(q.ACRValues, x.Level)
	switch {
	case !here && silent:
		return nil, why(oidc.ErrLoginRequired(), "nobody is signed in, or not lately enough")
	case !here:
		e.to = p.signIn(r.Form, p.app.Now())
		return op.NewRedirect("/"), nil
	case !level(me, s).Reaches(want) && me.Level.Reaches(want) && !silent:
		e.surer = want
		return op.NewRedirect("/"), nil
	case !level(me, s).Reaches(want):
		return nil, why(&oidc.Error{ErrorType: "unmet_authentication_requirements"}, "the level of assurance is not reached")
	}
	var given []string
	err = p.app.DB.Look(ctx, func(tx *db.Tx) (err error) {
		given, err = party.Given(tx, me.ID, x.ID)
		return err
	})
	if err != nil {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	fresh := slices.DeleteFunc(slices.Clone([]string(q.Scopes)), func(s string) bool { return slices.Contains(given, s) })
	if (len(fresh) > 0 || slices.Contains(q.Prompt, oidc.PromptConsent) || x.Unsure(q.RedirectURI)) && e.word != Yes {
		if silent {
			return nil, why(&oidc.Error{ErrorType: "consent_required"}, "the person was not asked yet")
		}
		if len(fresh) == 0 {
			fresh = q.Scopes
		}
		e.asked = &Asked{Party: x, Scopes: fresh, Origin: origin(q.RedirectURI)}
		return op.NewRedirect("/"), nil
	}
	code, err := p.grant(ctx, me, s, x, q, fresh)
	if err != nil {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	to, err := op.AuthResponseURL(q.RedirectURI, oidc.ResponseTypeCode, "", &op.CodeResponseType{Code: code, State: q.State}, issuing{p.app.URL, oidc.NewEncoder()})
	return op.NewRedirect(to), err
}

// least is the least sure of the levels that were asked for which the party lets in.
func least(asked []string, floor who.Level) who.Level {
	for _, l := range who.Levels() {
		if slices.Contains(asked, string(l)) && l.Reaches(floor) {
			return l
		}
	}
	return floor
}

// level is the less sure of two answers: that it is he who signed in, by the
// ways that the session was entered by, and who he is.
func level(me who.Person, s web.Session) who.Level {
	if entered := who.Strength(who.Ways(s.Scope)); me.Level.Reaches(entered) {
		return entered
	}
	return cmp.Or(me.Level, who.Low)
}

// since is when a person was sent to sign in once more, in seconds: put into the
// request by us, so that the demand is met by what he did after it.
const since = "motcua_since"

// here reports whether somebody is signed in as lately as the request demands,
// and as the one it hints at.
func (p *Provider) here(ctx context.Context, r *kernel.Request, x party.Party, q *oidc.AuthRequest, sent string) (bool, error) {
	s := r.Session
	if r.Me.ID == 0 || s.Sort != web.Browser {
		return false, nil
	}
	if q.IDTokenHint != "" {
		hint, err := p.hint(ctx, q.IDTokenHint)
		if err != nil || !slices.Contains(hint.Audience, x.ID.String()) {
			return false, why(oidc.ErrInvalidRequest(), "id_token_hint is not one of this client")
		}
		sub, err := p.ring.Subject(ctx, r.Me.ID, x.Body)
		if err != nil || sub != hint.Subject {
			return false, why(oidc.ErrLoginRequired(), "somebody else is signed in")
		}
	}
	anew := slices.Contains(q.Prompt, oidc.PromptLogin) || slices.Contains(q.Prompt, oidc.PromptSelectAccount)
	if !anew && q.MaxAge == nil {
		return true, nil
	}
	if n, err := strconv.ParseInt(sent, 10, 64); err == nil && s.Made.Unix() >= n {
		return true, nil
	}
	return !anew && s.Made.Add(time.Duration(min(*q.MaxAge, 1<<30))*time.Second).After(p.app.Now()), nil
}

// signIn is the page where a person signs in, and comes back from to the request.
func (p *Provider) signIn(form url.Values, now time.Time) string {
	form.Set(since, strconv.FormatInt(now.Unix(), 10))
	return "/sign-in?" + url.Values{"again": {"1"}, "to": {Authorize + "?" + form.Encode()}}.Encode()
}

// grant is the code for x to be let know who is here, once what the person newly
// lets it have is written down.
func (p *Provider) grant(ctx context.Context, me who.Person, s web.Session, x party.Party, q *oidc.AuthRequest, fresh []string) (string, error) {
	now := p.app.Now()
	if len(fresh) > 0 {
		if err := p.app.DB.Write(ctx, func(tx *db.Tx) error { return p.give(tx, me, x, q.Scopes, now) }); err != nil {
			return "", err
		}
	}
	g := grant.Grant{ID: p.app.IDs.New(), Party: x.ID, Person: me.ID, Session: s.Number, Scopes: q.Scopes, Level: string(level(me, s)), Signed: s.Made, Made: now}
	return p.ring.Seal(ctx, grant.Code{Grant: g, Nonce: q.Nonce, Redirect: q.RedirectURI, Challenge: q.CodeChallenge})
}

// give writes down what a person lets a party have from now on: an act of its own.
func (p *Provider) give(tx *db.Tx, me who.Person, x party.Party, scopes []string, at time.Time) error {
	all, err := party.Give(tx, me.ID, x.ID, scopes, at)
	if err != nil {
		return err
	}
	return p.app.Engine.Record(tx, me, "consent.give", x.ID, map[string]any{"scopes": all})
}
