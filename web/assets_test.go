package assets

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// built loads the assets, or skips the test on a bare clone.
func built(t *testing.T) *Assets {
	t.Helper()
	a, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(a.names) == 0 {
		t.Skip("web/dist is not built")
	}
	return a
}

func TestBareClone(t *testing.T) {
	var a Assets
	if got, want := a.Path("app.css"), "/assets/app.css"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/assets/app.css", nil))
	if w.Code != 404 {
		t.Errorf("got %d, want 404", w.Code)
	}
}

func TestHandler(t *testing.T) {
	a := built(t)
	get := func(path, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		return w
	}
	for name, kind := range map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "icons.svg": "image/svg+xml",
		"logo.svg": "image/svg+xml", "mark.svg": "image/svg+xml", "be-vietnam-pro-latin-400-normal.woff2": "font/woff2",
	} {
		w := get(a.Path(name), "gzip, br")
		for header, want := range map[string]string{
			"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable",
		} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %s: got %q, want %q", name, header, got, want)
			}
		}
		if w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: got %d with %d bytes", name, w.Code, w.Body.Len())
		}
	}
	packed, bare, refused := get(a.Path("app.css"), "gzip"), get(a.Path("app.css"), ""), get(a.Path("app.css"), "br, gzip;q=0")
	if packed.Header().Get("Content-Encoding") != "gzip" || bare.Header().Get("Content-Encoding") != "" || refused.Header().Get("Content-Encoding") != "" {
		t.Error("gzip was sent unasked, or not sent when asked")
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || string(unpacked) != bare.Body.String() {
		t.Error("the packed copy differs from the file")
	}
	for _, path := range []string{"/assets/", "/assets/manifest.json", "/assets/pdf/bold.ttf", "/assets/../go.mod", a.Path("app.css") + ".gz"} {
		if w := get(path, ""); w.Code != 404 {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}

func TestFont(t *testing.T) {
	a := built(t)
	for _, bold := range []bool{false, true} {
		if b, ok := a.Font(bold); !ok || len(b) < 100_000 {
			t.Errorf("bold %v: got %d bytes", bold, len(b))
		}
	}
}

// TestBudget: what a phone fetches before it shows the first page.
func TestBudget(t *testing.T) {
	a := built(t)
	size := func(file string) int {
		b, err := dist.ReadFile("dist/" + file + ".gz")
		if err != nil {
			if b, err = dist.ReadFile("dist/" + file); err != nil {
				t.Fatal(err)
			}
		}
		return len(b)
	}
	const page = 30_000 // the page itself, counted where pages are made
	total := page
	for name, file := range a.names {
		if name == "logo.svg" || name == "licences.txt" {
			continue // not part of a page
		}
		n := size(file)
		total += n
		most := map[string]int{"app.css": 26_000, "app.js": 24_000}[name]
		if most > 0 && n > most {
			t.Errorf("%s: got %d bytes, at most %d", name, n, most)
		}
		t.Log(name, n)
	}
	if total > 140_000 {
		t.Errorf("the first view: got %d bytes, at most 140000", total)
	}
	t.Log("first view", total)
	css, err := dist.ReadFile("dist/" + a.names["app.css"])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(css), "@layer") || strings.Contains(string(css), "//") {
		t.Error("the style sheet needs layers, or something from elsewhere")
	}
}
