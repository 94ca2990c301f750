package web

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// An Answer is what a page function gives back.
type Answer struct {
	status int
	goTo   string
	body   templ.Component
	header http.Header
	raw    []byte
	stream io.ReadCloser
	talk   func(*Talk)
	still  func(page []byte) *stillPage // keeps the page for who comes next
}

// Show answers a page.
func Show(c templ.Component) (Answer, error) { return Answer{status: 200, body: c}, nil }

// ShowWrong answers a page whose form has errors to mend.
func ShowWrong(c templ.Component) (Answer, error) { return Answer{status: 422, body: c}, nil }

// Stream answers a file to save that is too large for memory; r is closed at the end.
func Stream(name, contentType string, r io.ReadCloser) Answer {
	a := File(name, contentType, nil, true)
	a.raw, a.stream = nil, r
	return a
}

// Goto answers a redirect, as every POST that did something must.
func Goto(format string, args ...any) (Answer, error) {
	return Answer{status: http.StatusSeeOther, goTo: fmt.Sprintf(format, args...)}, nil
}

// Inside is to where it is a path of our own, such as one to go back to after
// signing in; anything else is "".
func Inside(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return ""
	}
	return to
}

// JSON answers a value.
func JSON(status int, v any) (Answer, error) {
	b, err := json.Marshal(v)
	return Raw("application/json", b).Status(status), err
}

// Raw answers bytes of a media type.
func Raw(contentType string, b []byte) Answer {
	return Answer{status: 200, raw: b, header: http.Header{"Content-Type": {contentType}}}
}

// File answers a document to look at or to keep, walled off from the pages:
// whatever is in it, nothing of it runs as ours.
func File(name, contentType string, b []byte, download bool) Answer {
	a := Raw(contentType, b)
	how := "inline"
	if download {
		how = "attachment"
	}
	a.header.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	wall := "default-src 'none'; frame-ancestors 'self'; sandbox"
	if contentType == "application/pdf" { // browsers show no PDF in a sandbox; with nosniff nothing else can be in it
		wall = "default-src 'none'; frame-ancestors 'self'"
	}
	a.header.Set("Content-Security-Policy", wall)
	a.header.Set("X-Frame-Options", "SAMEORIGIN")
	a.header.Set("Cache-Control", "private, no-store")
	return a
}

// Status changes the status of an answer.
func (a Answer) Status(code int) Answer { a.status = code; return a }

// With adds a header.
func (a Answer) With(key, value string) Answer {
	h := a.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(key, value)
	a.header = h
	return a
}

// Cookie adds a cookie; other than With it may be called again.
func (a Answer) Cookie(c *http.Cookie) Answer {
	h := a.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Add("Set-Cookie", c.String())
	a.header = h
	return a
}
