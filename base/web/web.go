// Package web turns a request into an answer: language, looks, session, limits
// and errors in one place. It knows a session, not a person.
package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
)

// A Server holds what every request needs.
type Server struct {
	Texts    *lang.Catalogue
	Zone     *time.Location // whose clock pages show
	Asset    func(string) string
	Sessions *Sessions
	HTTPS    bool // how the public comes, whoever ends TLS
	Demo     bool
	Help     string // number of the help line
	IDs      *id.Source
	Frame    func(*Request) ui.Frame // of error pages
	Counts   Counts
	press    press
	shelf    shelf
}

// A Request is a request with what the server knows of it.
type Request struct {
	*http.Request
	Server  *Server
	Session Session
	Lang    lang.Lang
	Voice   lang.Voice
	API     bool // errors are answered as problem+json
	w       http.ResponseWriter
	failed  error  // of an operation
	lacks   string // what the token is not good for and would have to be
}

// T says a text of the interface in the visitor's language.
func (r *Request) T(key string, args ...any) string { return r.Voice.T(key, args...) }

// A Page answers one request.
type Page func(*Request) (Answer, error)

// An Options says what a route takes and how it answers errors.
type Options struct {
	Limit int64 // bytes of body; 0: 1 MiB
	API   bool
	Scope string        // what a token must be good for; "": write, or read where nothing is changed, and nothing for apps of others
	Still time.Duration // how long the page may be kept for everybody who brings nothing private; 0: not
}

type requestKey struct{}

// Of is the request that ctx belongs to.
func Of(ctx context.Context) *Request { r, _ := ctx.Value(requestKey{}).(*Request); return r }

// Policy is the content security policy of every page, with a directive of the
// page's own in place of the usual one, such as "form-action 'self' https://…".
func Policy(own string) string {
	name, _, _ := strings.Cut(own, " ")
	all := strings.Split(policy, "; ")
	for i, d := range all {
		if strings.HasPrefix(d, name+" ") {
			all[i] = own
		}
	}
	return strings.Join(all, "; ")
}

const policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handle serves one page function. It is the only place where errors become answers.
func (s *Server) Handle(o Options, page Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		begun, key := time.Now(), s.still(hr, o)
		if key != "" && s.kept(w, hr, key) {
			s.Counts.add(http.StatusOK, time.Since(begun))
			return
		}
		turn := s.turnOf()
		r, err := s.read(w, hr, o)
		if err == nil {
			err = letters(r.URL)
		}
		var a Answer
		if err == nil && s.turn(r) {
			return
		}
		if err == nil {
			a, err = guard(page, r)
		}
		if err != nil {
			a = s.wrong(r, err)
		}
		if key != "" && a.status == http.StatusOK && a.body != nil && a.header == nil {
			a.still = func(page []byte) *stillPage { return s.keep(key, turn, page, o.Still) }
		}
		s.write(r, a)
		s.Counts.add(a.status, time.Since(begun))
	})
}

// guard makes an error of a panic.
func guard(page Page, r *Request) (a Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return page(r)
}

func (s *Server) read(w http.ResponseWriter, hr *http.Request, o Options) (*Request, error) {
	r := &Request{Request: hr, Server: s, w: w, API: o.API}
	limit := o.Limit
	if limit == 0 {
		limit = 1 << 20
	}
	hr.Body = http.MaxBytesReader(w, hr.Body, limit)
	r.Lang = s.language(hr)
	r.Voice = lang.Voice{Lang: r.Lang, Zone: s.Zone, Catalogue: s.Texts}
	size, scheme := s.keeps(hr, "size"), ""
	if v := s.keeps(hr, "scheme"); v == "dark" || v == "auto" {
		scheme = v
	}
	ctx := lang.With(hr.Context(), r.Voice)
	ctx = ui.With(ctx, ui.Skin{Asset: s.Asset, URL: hr.URL.RequestURI(), Large: size == "lg", Scheme: scheme, Demo: s.Demo, Help: s.Help})
	ctx = context.WithValue(ctx, requestKey{}, r)
	r.Request = hr.WithContext(ctx)
	var err error
	if secret, ok := strings.CutPrefix(hr.Header.Get("Authorization"), "Bearer "); ok {
		if r.Session, err = s.Sessions.Bearer(ctx, secret); err == nil && r.Session.Sort == "" {
			err = fault.New(fault.Unidentified, "web.token")
		}
		if err == nil && !r.Session.good(o.Scope, hr.Method) {
			r.lacks, err = o.Scope, fault.New(fault.Forbidden, "web.scope")
		}
		return r, err
	}
	if r.Session, err = s.Sessions.Find(ctx, Browser, r.Secret()); err == nil {
		if used := s.Sessions.Used(ctx, r.Session, r.Secret()); used != nil { // on a full disk people go on reading
			slog.Warn("a session's use was not noted", "err", used)
		}
	}
	return r, err
}

// What a token may be good for; routes may ask for other words of their own.
const (
	ScopeRead  = "read"
	ScopeWrite = "write"
)

// good reports whether a token's scopes suffice where scope is asked for. An app
// of others comes nowhere but where its scope is named: what somebody adds later
// is closed to it until he says otherwise.
func (v Session) good(scope, method string) bool {
	has := strings.Fields(v.Scope)
	if v.Sort == App {
		return scope != "" && slices.Contains(has, scope)
	}
	if scope == "" {
		if scope = ScopeWrite; method == http.MethodGet || method == http.MethodHead {
			scope = ScopeRead
		}
	}
	return slices.Contains(has, scope) || scope == ScopeRead && slices.Contains(has, ScopeWrite)
}

// language is what the visitor chose, or what his browser asks for, or the first.
func (s *Server) language(r *http.Request) lang.Lang {
	if l, ok := lang.Parse(s.keeps(r, "lang")); ok {
		return l
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(part, ";")
		if l, ok := lang.Parse(tag); ok {
			return l
		}
	}
	return lang.All()[0]
}

// turn answers the switches of language, size and scheme: a cookie, then the same page.
func (s *Server) turn(r *Request) bool {
	if r.Method != http.MethodGet || r.API || r.URL.RawQuery == "" {
		return false
	}
	q, turned := r.URL.Query(), false
	for _, key := range []string{"lang", "size", "scheme"} {
		v := q.Get(key)
		if v == "" {
			continue
		}
		if _, ok := lang.Parse(v); key == "lang" && !ok {
			continue
		}
		if len(v) > 5 {
			continue
		}
		http.SetCookie(r.w, r.Keep(key, v, 365*24*time.Hour))
		q.Del(key)
		turned = true
	}
	if turned {
		to := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: q.Encode()} // a slash written as %2F stays so: else /%2Fhost led away from here
		http.Redirect(r.w, r.Request, to.String(), http.StatusSeeOther)
	}
	return turned
}

// head sets what stands above every answer.
func (s *Server) head(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if s.Demo {
		h.Set("X-Motcua-Demo", "1")
	}
}

func (s *Server) write(r *Request, a Answer) {
	h := r.w.Header()
	s.head(h)
	for k, v := range a.header {
		h[k] = v
	}
	switch {
	case a.goTo != "":
		http.Redirect(r.w, r.Request, a.goTo, a.status)
	case a.body != nil:
		var b bytes.Buffer
		if err := a.body.Render(r.Context(), &b); err != nil {
			s.log(r, err, "")
			http.Error(r.w, http.StatusText(500), 500)
			return
		}
		page := b.Bytes()
		if a.still != nil {
			a.still(page).write(r.w, r.Request)
			return
		}
		if mayPress(r) {
			if pressed := s.press.squeeze(page); pressed != nil {
				h.Set("Content-Encoding", "gzip")
				page = pressed
			}
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(page)))
		r.w.WriteHeader(a.status)
		r.w.Write(page)
	case a.talk != nil:
		a.converse(r)
	case a.stream != nil:
		defer a.stream.Close()
		r.w.WriteHeader(a.status)
		io.Copy(r.w, a.stream)
	default:
		h.Set("Content-Length", strconv.Itoa(len(a.raw)))
		r.w.WriteHeader(a.status)
		r.w.Write(a.raw)
	}
}
