package walk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
)

// A Plain window is a browser without scripts and pictures, over HTTP alone.
type Plain struct {
	Handler http.Handler
	Header  http.Header // of every request
	Jar     http.CookieJar
	at      *url.URL
}

// NewPlain opens a window on a program that says it is at base.
func NewPlain(h http.Handler, base string) (*Plain, error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	return &Plain{Handler: h, Header: http.Header{}, Jar: jar, at: at}, err
}

// Open shows the page at an address.
func (w *Plain) Open(to string) (*Page, error) {
	u, err := w.at.Parse(to)
	if err != nil {
		return nil, err
	}
	u.Fragment = ""
	r, err := http.NewRequest(http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	return w.Send(r)
}

// Press sends a form by a button, as the page it stands on would.
func (w *Plain) Press(f *Form, b *Control) (*Page, error) {
	r, err := f.Request(b)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Origin", w.at.Scheme+"://"+w.at.Host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.Send(r)
}

// Send sends any request with the window's cookies and follows where it leads.
func (w *Plain) Send(r *http.Request) (*Page, error) {
	for range 10 {
		for k, v := range w.Header {
			r.Header[k] = v
		}
		for _, c := range w.Jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
		in := httptest.NewRequest(r.Method, r.URL.RequestURI(), r.Body)
		in.Header, in.Host, in.ContentLength = r.Header, r.URL.Host, r.ContentLength
		out := httptest.NewRecorder()
		w.Handler.ServeHTTP(out, in)
		res := out.Result()
		w.Jar.SetCookies(r.URL, res.Cookies())
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return nil, err
		}
		to := res.Header.Get("Location")
		if res.StatusCode < 300 || res.StatusCode > 399 || to == "" {
			w.at = r.URL
			return Read(res.StatusCode, r.URL, res.Header, body)
		}
		next, err := r.URL.Parse(to)
		if err != nil {
			return nil, err
		}
		next.Fragment = ""
		if r, err = http.NewRequest(http.MethodGet, next.String(), nil); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: %w", r.URL, errors.New("redirects without end"))
}

// Post sends a body from the page that the window shows.
func (w *Plain) Post(to, media string, body []byte) (*Page, error) {
	u, err := w.at.Parse(to)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", media)
	r.Header.Set("Origin", w.at.Scheme+"://"+w.at.Host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.Send(r)
}
