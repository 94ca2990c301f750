//go:build linux

package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A caller calls pages and API as one person.
type caller struct {
	http  *http.Client
	token string
	lang  string // that he reads; "": says nothing
}

func callers() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// A reply is what came back whole. Nothing less is an answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.status, r.body) }

// A dossier as the API shows it.
type dossier struct {
	ID      string
	Code    string
	State   string
	Version int
	Answers map[string]any
	Papers  map[string][]struct{ Name, SHA256, Href string }
	Acts    []struct {
		Version int
		Act     string
		At      time.Time
	}
}

func (r reply) into(v any) error {
	if err := json.Unmarshal(r.body, v); err != nil {
		return fmt.Errorf("%s: %w", r, err)
	}
	return nil
}

// get asks for a page or a value.
func (c caller) get(ctx context.Context, url string) (reply, error) {
	return c.send(ctx, "GET", url, "", "", nil)
}

// post sends JSON, or bytes as they are; key may be "".
func (c caller) post(ctx context.Context, url, key string, body any) (reply, error) {
	media := "application/json"
	b, raw := body.([]byte)
	if raw {
		media = http.DetectContentType(b)
	} else {
		var err error
		if b, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	}
	return c.send(ctx, "POST", url, key, media, bytes.NewReader(b))
}

// form posts a form as a browser does.
func (c caller) form(ctx context.Context, url string, v url.Values) (reply, error) {
	return c.send(ctx, "POST", url, "", "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

func (c caller) send(ctx context.Context, method, url, key, media string, body io.Reader) (reply, error) {
	q, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return reply{}, err
	}
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	q.GetBody = nil // or a broken connection is tried again behind our back
	if key != "" {
		q.Header.Set("Idempotency-Key", key)
	}
	if c.lang != "" {
		q.Header.Set("Accept-Language", c.lang)
	}
	if media != "" {
		q.Header.Set("Content-Type", media)
	}
	a, err := c.http.Do(q)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header, b}, err
}
