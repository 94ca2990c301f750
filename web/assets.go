// Package assets is the built front end inside the program: styles, scripts,
// fonts and icons, as web/build left them in web/dist. Without a build the
// program compiles and runs all the same; its pages are plain.
package assets

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Lock is npm's lock file: what the build was made of, with sums.
//
//go:embed package-lock.json
var Lock []byte

// Root is where the files are served.
const Root = "/assets/"

// Assets are the files of one build by their plain name. The zero value has none.
type Assets struct {
	names map[string]string // plain name → name with its hash
	known map[string]bool   // names that are served
}

// Load reads what the build left; on a bare clone that is nothing.
func Load() (*Assets, error) {
	a := &Assets{names: map[string]string{}, known: map[string]bool{}}
	b, err := dist.ReadFile("dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &a.names); err != nil {
		return nil, fmt.Errorf("web/dist/manifest.json: %w", err)
	}
	for _, file := range a.names {
		a.known[file] = true
	}
	return a, nil
}

// Path is the address of a file by its plain name, such as
// /assets/app-XKWBYXSQ.css for app.css. It changes with the content.
func (a *Assets) Path(name string) string {
	if file, ok := a.names[name]; ok {
		return Root + file
	}
	return Root + name
}

// Handler serves the files under Root. Their names change with their content,
// so that browsers keep them for good.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file := strings.TrimPrefix(r.URL.Path, Root)
		if !a.known[file] {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", mediaType(file))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		b, err := dist.ReadFile("dist/" + file + ".gz")
		if err == nil {
			h.Set("Vary", "Accept-Encoding")
			if takesGzip(r) {
				h.Set("Content-Encoding", "gzip")
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
				return
			}
		}
		if b, err = dist.ReadFile("dist/" + file); err != nil {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	})
}

// Font is the face of printed documents as TrueType, and whether the build has it.
func (a *Assets) Font(bold bool) ([]byte, bool) {
	name := "dist/pdf/regular.ttf"
	if bold {
		name = "dist/pdf/bold.ttf"
	}
	b, err := dist.ReadFile(name)
	return b, err == nil
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}

func mediaType(file string) string {
	if t, ok := mediaTypes[path.Ext(file)]; ok {
		return t
	}
	return mime.TypeByExtension(path.Ext(file))
}

// mediaTypes do not depend on what the machine knows of types.
var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}
