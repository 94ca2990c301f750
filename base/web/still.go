package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// most is how many bytes of still pages are kept; then the shelf is emptied.
const most = 64 << 20

// A shelf keeps pages that are the same for everybody who brings nothing
// private, as they go over the wire, for as long as their route allows.
type shelf struct {
	mu    sync.RWMutex
	pages map[string]*stillPage
	bytes int
	turn  int // counts the emptyings: what was rendered before one is not put after it
}

type stillPage struct {
	plain, pressed []byte
	tag            string
	until          time.Time
}

// Drop forgets every kept page: something that pages show has changed.
func (s *Server) Drop() {
	s.shelf.mu.Lock()
	s.shelf.pages, s.shelf.bytes = nil, 0
	s.shelf.turn++
	s.shelf.mu.Unlock()
}

// still is the key under which the answer to r may be kept, "" when it may not:
// r brings no cookie but choices, no token and no question.
func (s *Server) still(r *http.Request, o Options) string {
	if o.Still == 0 || r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" {
		return ""
	}
	var key strings.Builder
	key.WriteString(r.URL.Path)
	for _, c := range r.Cookies() {
		name := strings.TrimPrefix(c.Name, s.CookieName(""))
		if !slices.Contains(choices, name) || len(c.Value) > 5 {
			return ""
		}
		if name != "lang" {
			key.WriteString("\n" + c.Name + c.Value)
		}
	}
	key.WriteString("\n" + string(s.language(r)))
	return key.String()
}

// kept answers r with the page kept under key, if there is one.
func (s *Server) kept(w http.ResponseWriter, r *http.Request, key string) bool {
	s.shelf.mu.RLock()
	p := s.shelf.pages[key]
	s.shelf.mu.RUnlock()
	if p == nil || time.Now().After(p.until) {
		return false
	}
	s.head(w.Header())
	p.write(w, r)
	return true
}

// keep puts a page on the shelf unless something changed since turn.
func (s *Server) keep(key string, turn int, plain []byte, long time.Duration) *stillPage {
	sum := sha256.Sum256(plain)
	p := &stillPage{plain: plain, pressed: s.press.squeeze(plain), tag: base64.RawURLEncoding.EncodeToString(sum[:9]), until: time.Now().Add(long)}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	if s.shelf.turn != turn {
		return p
	}
	if s.shelf.bytes > most || s.shelf.pages == nil {
		s.shelf.pages, s.shelf.bytes = map[string]*stillPage{}, 0
	}
	if old := s.shelf.pages[key]; old != nil {
		s.shelf.bytes -= len(old.plain) + len(old.pressed)
	}
	s.shelf.pages[key] = p
	s.shelf.bytes += len(p.plain) + len(p.pressed)
	return p
}

func (s *Server) turnOf() int {
	s.shelf.mu.RLock()
	defer s.shelf.mu.RUnlock()
	return s.shelf.turn
}

// write sends the page as the browser takes it, or says that it has it already.
func (p *stillPage) write(w http.ResponseWriter, r *http.Request) {
	h, b, tag := w.Header(), p.plain, `"`+p.tag+`"`
	if p.pressed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		b, tag = p.pressed, `"`+p.tag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Cookie, Accept-Language, Accept-Encoding")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(b)
	}
}
