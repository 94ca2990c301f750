// Command build makes the front end: theme, styles, scripts, fonts and icons
// from web/ into web/dist, under names that change with their content. It runs
// in the root of the repository after npm ci and needs no network:
//
//	cd web && npm ci --no-audit --no-fund
//	go run ./web/build
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	dist     = "web/dist"      // embedded in the program
	distTest = "web/dist-test" // for tests in the browser only
	modules  = "web/node_modules/"
)

// Styles are written out for browsers that many phones still have; a browser
// that does not read the script does without it.
var (
	styles = []api.Engine{
		{Name: api.EngineChrome, Version: "88"},
		{Name: api.EngineFirefox, Version: "78"},
		{Name: api.EngineSafari, Version: "14"},
	}
	script = api.ES2020
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("web/build: ")
	if err := build(); err != nil {
		log.Fatal(err)
	}
}

func build() error {
	if err := theme(); err != nil {
		return err
	}
	if err := empty(dist); err != nil {
		return err
	}
	names := map[string]string{}
	if err := bundle(names); err != nil {
		return err
	}
	for _, name := range []string{"icons.svg", "logo.svg", "mark.svg"} {
		b, err := os.ReadFile("web/" + name)
		if err != nil {
			return err
		}
		if err := put(names, name, squeeze(b)); err != nil {
			return err
		}
	}
	notice, err := licences()
	if err != nil {
		return err
	}
	if err := put(names, "licences.txt", notice); err != nil {
		return err
	}
	fonts := modules + "@expo-google-fonts/be-vietnam-pro/"
	for from, to := range map[string]string{
		fonts + "400Regular/BeVietnamPro_400Regular.ttf":   dist + "/pdf/regular.ttf",
		fonts + "600SemiBold/BeVietnamPro_600SemiBold.ttf": dist + "/pdf/bold.ttf",
		modules + "axe-core/axe.min.js":                    distTest + "/axe.min.js",
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := write(to, b); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(names, "", "\t")
	if err != nil {
		return err
	}
	return write(dist+"/manifest.json", append(b, '\n'))
}

// licences are the terms of what the bundle takes from elsewhere.
func licences() ([]byte, error) {
	var all bytes.Buffer
	for _, file := range []string{"@digdir/designsystemet-css/LICENSE", "@fontsource/be-vietnam-pro/LICENSE"} {
		b, err := os.ReadFile(modules + file)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&all, "%s\n\n%s\n\n", path.Dir(file), bytes.TrimSpace(b))
	}
	return all.Bytes(), nil
}

// theme makes web/theme/css/motcua.css from web/theme.json by the design system's own tool.
func theme() error {
	for _, args := range [][]string{
		{"tokens", "create", "--config", "theme.json"},
		{"tokens", "build", "-t", "theme/tokens", "-o", "theme/css"},
	} {
		cmd := exec.Command("node", append([]string{"node_modules/@digdir/designsystemet/dist/bin/designsystemet.js"}, args...)...)
		cmd.Dir = "web"
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("designsystemet %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// bundle writes the style sheet, the script and the fonts they name.
func bundle(names map[string]string) error {
	shared := api.BuildOptions{
		EntryNames: "[name]-[hash]", AssetNames: "[name]-[hash]",
		Bundle: true, Outdir: dist, Format: api.FormatESModule,
		MinifySyntax: true, MinifyWhitespace: true, MinifyIdentifiers: true,
		Loader:   map[string]api.Loader{".woff2": api.LoaderFile},
		Plugins:  []api.Plugin{plain},
		LogLevel: api.LogLevelWarning,
	}
	css, js := shared, shared
	css.EntryPoints, css.Engines = []string{"web/css/app.css"}, styles
	js.EntryPoints, js.Target = []string{"web/js/app.js"}, script
	for _, o := range []api.BuildOptions{css, js} {
		r := api.Build(o)
		if len(r.Errors) > 0 {
			return fmt.Errorf("esbuild: %d errors in %s", len(r.Errors), o.EntryPoints[0])
		}
		for _, f := range r.OutputFiles {
			file := filepath.Base(f.Path)
			ext := path.Ext(file)
			stem := file[:strings.LastIndexByte(file, '-')]
			if err := store(names, stem+ext, file, f.Contents); err != nil {
				return err
			}
		}
	}
	return nil
}

// plain takes the @layer wrappers off style sheets.
var plain = api.Plugin{Name: "plain", Setup: func(b api.PluginBuild) {
	b.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		src, err := os.ReadFile(a.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		css := unlayer(string(src))
		return api.OnLoadResult{Contents: &css, Loader: api.LoaderCSS, ResolveDir: filepath.Dir(a.Path)}, nil
	})
}}

// put stores b under name with a hash of its content.
func put(names map[string]string, name string, b []byte) error {
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	hash := base32.StdEncoding.EncodeToString(sum[:5])
	return store(names, name, strings.TrimSuffix(name, ext)+"-"+hash+ext, b)
}

// store writes file and, where it pays, its gzip copy, and notes it under name.
func store(names map[string]string, name, file string, b []byte) error {
	names[name] = file
	if err := write(dist+"/"+file, b); err != nil {
		return err
	}
	if path.Ext(file) == ".woff2" {
		return nil
	}
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		return err
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		return err
	}
	return write(dist+"/"+file+".gz", z.Bytes())
}

func write(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o644)
}

// empty removes what an earlier build left in dir; the placeholder is the only committed file.
func empty(dir string) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Name() == "placeholder.txt" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
