package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"motcua/base/fault"
	"motcua/base/ui"
)

// status of a fault; ours is 500.
func status(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unidentified:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict, fault.Stale:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable, fault.NotYet:
		return http.StatusServiceUnavailable
	case fault.Gone:
		return http.StatusGone
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	}
	return http.StatusInternalServerError
}

// explain is what to tell the person: the status, the sentence, and for a fault
// of ours a number under which the log has it.
func (s *Server) explain(r *Request, err error) (code int, title, detail, number string, fields []fault.Field) {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		err = fault.New(fault.TooLarge, "web.large", big.Limit>>20)
	}
	kind := fault.Of(err)
	code = status(kind)
	var e *fault.Error
	if errors.As(err, &e) && s.Texts.Has(e.Code) {
		detail, fields = r.T(e.Code, e.Args...), e.Fields
	} else if kind != "" {
		detail = r.T("web.detail." + strconv.Itoa(code))
	}
	if code == 500 || kind == fault.Unavailable {
		number = s.IDs.New().String()
		s.log(r, err, number)
	}
	if code == 500 {
		detail = r.T("web.ours", number)
	}
	return code, r.T("web.title." + strconv.Itoa(code)), detail, number, fields
}

func (s *Server) log(r *Request, err error, number string) {
	slog.Error("request failed", "method", r.Method, "route", r.Pattern, "number", number, "err", err)
}

// A Problem is an error as RFC 9457 has it.
type Problem struct {
	Type     string         `json:"type" doc:"web.problem.type"`
	Title    string         `json:"title" doc:"web.problem.title"`
	Status   int            `json:"status" doc:"web.problem.status"`
	Detail   string         `json:"detail,omitempty" doc:"web.problem.detail"`
	Instance string         `json:"instance,omitempty" doc:"web.problem.instance"`
	Errors   []ProblemField `json:"errors,omitempty" doc:"web.problem.errors"`
	Number   string         `json:"number,omitempty" doc:"web.problem.number"`
}

// A ProblemField is one wrong place.
type ProblemField struct {
	Pointer string `json:"pointer" doc:"web.problem.pointer"`
	Code    string `json:"code" doc:"web.problem.code"`
	Message string `json:"message" doc:"web.problem.message"`
}

// Problem is err for a program.
func (s *Server) Problem(r *Request, err error) Problem {
	code, title, detail, number, fields := s.explain(r, err)
	if errors.Is(err, fault.Stale) && r.Header.Get("If-Match") != "" {
		code, title = http.StatusPreconditionFailed, r.T("web.title.412")
	}
	p := Problem{Type: "/api/docs#error-" + strconv.Itoa(code), Title: title, Status: code, Detail: detail, Instance: r.URL.Path, Number: number}
	for _, f := range fields {
		p.Errors = append(p.Errors, ProblemField{f.Pointer, f.Code, r.T(f.Code, f.Args...)})
	}
	return p
}

// refused notes who was told that he may not, or not so often: an attack shows there first.
func (s *Server) refused(r *Request, code int) {
	if code == http.StatusForbidden || code == http.StatusTooManyRequests || code == http.StatusUnauthorized && r.API {
		slog.Warn("request refused", "status", code, "method", r.Method, "route", r.Pattern, "person", r.Session.Subject, "session", r.Session.Number, "from", r.RemoteAddr)
	}
}

// ways lead on from the page of an error: the same once more where that may help,
// then home, and for the public to where most things are found.
func (r *Request) ways(code int, f ui.Frame) (all []ui.Button) {
	switch again := r.Method == http.MethodGet || r.Method == http.MethodHead; {
	case again && (code >= http.StatusInternalServerError || code == http.StatusTooManyRequests):
		all = append(all, ui.Button{Text: r.T("web.again"), Href: r.URL.RequestURI()})
	case code == http.StatusNotFound && !f.Office:
		all = append(all, ui.Button{Text: r.T("web.search"), Href: "/services"})
	}
	return append(all, ui.Button{Text: r.T("web.home"), Weight: ui.Second, Href: cmp.Or(f.Home, "/")})
}

// wrong answers an error: a page, or problem+json.
func (s *Server) wrong(r *Request, err error) Answer {
	if r.API {
		p := s.Problem(r, err)
		s.refused(r, p.Status)
		b, _ := json.Marshal(p)
		a := Raw("application/problem+json", b).Status(p.Status)
		if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
			a = a.With("Retry-After", "2")
		}
		if p.Status == http.StatusUnauthorized {
			a = a.With("WWW-Authenticate", "Bearer") // RFC 6750, 3
		}
		if r.lacks != "" {
			a = a.With("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+r.lacks+`"`)
		}
		return a
	}
	code, title, detail, number, fields := s.explain(r, err)
	s.refused(r, code)
	if code == http.StatusUnauthorized && r.Session.Sort == "" && r.Method == http.MethodGet && r.Header.Get("Authorization") == "" {
		return Answer{status: http.StatusSeeOther, goTo: "/sign-in?to=" + url.QueryEscape(r.URL.RequestURI())}
	}
	var lines []string
	for _, f := range fields {
		lines = append(lines, r.T(f.Code, f.Args...))
	}
	f := ui.Frame{}
	if s.Frame != nil {
		f = s.Frame(r)
	}
	f.Title, f.Code = title, "E"+strconv.Itoa(code)
	a := Answer{status: code, body: trouble(f, title, detail, lines, number, r.typed(code), r.ways(code, f))}
	if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
		a = a.With("Retry-After", "5")
	}
	return a
}
