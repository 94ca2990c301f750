package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// The house rules. Each is a function from the tree to what breaks it, so that
// TestRulesBite can show every one of them a small tree that does.
var rules = map[string]func(*tree) []string{
	"order":     order,
	"outside":   outside,
	"tables":    tables,
	"state":     state,
	"docs":      docs,
	"names":     names,
	"tongue":    tongue,
	"size":      size,
	"generated": generated,
	"apart":     apart,
}

// owners says which package alone imports an outside path, and so has the word
// on it. Free for all: golang.org/x, the templ runtime, and tests.
var owners = map[string]string{
	"modernc.org/sqlite":                                      "base/db",
	"modernc.org/sqlite/lib":                                  "base/db",
	"github.com/jackc/pgx/v5":                                 "base/db",
	"github.com/jackc/pgx/v5/pgconn":                          "base/db",
	"github.com/jackc/pgx/v5/stdlib":                          "base/db",
	"github.com/pressly/goose/v3":                             "base/db",
	"github.com/pressly/goose/v3/database":                    "base/db",
	"go.yaml.in/yaml/v3":                                      "base/data",
	"github.com/wneessen/go-mail":                             "base/post",
	"rsc.io/qr":                                               "base/ui",
	"rsc.io/qr/coding":                                        "base/ui",
	"github.com/danielgtaylor/huma/v2":                        "base/web",
	"github.com/danielgtaylor/huma/v2/adapters/humago":        "base/web",
	"codeberg.org/go-pdf/fpdf":                                "base/pdf",
	"github.com/smallstep/pkcs7":                              "base/pades",
	"github.com/beevik/etree":                                 "base/xades",
	"github.com/russellhaering/goxmldsig":                     "base/xades",
	"cel.dev/cel-go/cel":                                      "kernel/form",
	"cel.dev/cel-go/common/ast":                               "kernel/form",
	"cel.dev/cel-go/common/env":                               "kernel/form",
	"cel.dev/cel-go/common/functions":                         "kernel/form",
	"cel.dev/cel-go/common/operators":                         "kernel/form",
	"cel.dev/cel-go/common/types":                             "kernel/form",
	"cel.dev/cel-go/common/types/ref":                         "kernel/form",
	"cel.dev/cel-go/common/types/traits":                      "kernel/form",
	"github.com/prometheus/client_golang/prometheus":          "kernel",
	"github.com/prometheus/client_golang/prometheus/promhttp": "kernel",
	"github.com/xuri/excelize/v2":                             "base/sheet",
	"github.com/evanw/esbuild/pkg/api":                        "web/build",
	"github.com/zitadel/oidc/v3/pkg/crypto":                   "systems/eid/keyring",
	"github.com/zitadel/oidc/v3/pkg/oidc":                     "systems/eid/provider",
	"github.com/zitadel/oidc/v3/pkg/op":                       "systems/eid/provider",
	"github.com/coreos/go-oidc/v3/oidc":                       "systems/staffing/upstream",
	"github.com/go-jose/go-jose/v4":                           "systems/eid/keyring",
	"github.com/pquerna/otp":                                  "kernel/second",
	"github.com/pquerna/otp/totp":                             "kernel/second",
	"github.com/go-webauthn/webauthn/protocol":                "kernel/passkey",
	"github.com/go-webauthn/webauthn/webauthn":                "kernel/passkey",
}

// large says why a package may be larger than its storey allows.
var large = map[string]string{
	"systems/portal":   "finding is pages and two operations of the API over the same index; the pages alone are within the bound",
	"kernel/dossier":   "the heart: fold, engine, drafts, lists and doctor read the same rows; apart, each would know the others' insides",
	"kernel/form":      "the only validator: answers, conditions, pages and the exported schema are four views of one thing",
	"kernel/procedure": "a file's checks name every fault with its line; they are most of it",
}

// A tree is the sources as the rules see them.
type tree struct {
	files  fs.FS
	dirs   map[string]*folder // by path
	system []string           // names of the systems
}

type folder struct {
	path    string
	imports map[string]bool // of files that are not tests
	sources []source
	doc     bool
}

type source struct {
	name string
	text string
	ast  *ast.File // nil unless Go
	test bool
	made bool // generated
}

func readTree(files fs.FS) (*tree, error) {
	t := &tree{files: files, dirs: map[string]*folder{}}
	set := token.NewFileSet()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" || base == "dist" || base == "dist-test") {
				return fs.SkipDir
			}
			if _, err := fs.Stat(files, path.Join(name, "go.mod")); err == nil && name != "." {
				return fs.SkipDir // a module of its own is somebody else's
			}
			return nil
		}
		ext := path.Ext(name)
		if !slices.Contains([]string{".go", ".templ", ".sql", ".js", ".css"}, ext) {
			return nil
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		f := t.dirs[dir]
		if f == nil {
			f = &folder{path: dir, imports: map[string]bool{}}
			t.dirs[dir] = f
		}
		s := source{name: name, text: string(b), test: strings.HasSuffix(name, "_test.go") || strings.HasSuffix(dir, "test"), made: strings.HasSuffix(name, "_templ.go")}
		if ext == ".go" {
			if s.ast, err = parser.ParseFile(set, name, b, parser.ParseComments); err != nil {
				return err
			}
			f.doc = f.doc || s.ast.Doc.Text() != ""
			for _, i := range s.ast.Imports {
				if p, _ := strconv.Unquote(i.Path.Value); !s.test {
					f.imports[p] = true
				}
			}
		}
		f.sources = append(f.sources, s)
		return nil
	})
	for dir := range t.dirs {
		if rest, ok := strings.CutPrefix(dir, "systems/"); ok && !strings.Contains(rest, "/") {
			t.system = append(t.system, rest)
		}
	}
	slices.Sort(t.system)
	return t, err
}

// go folders have at least one Go file that is not a test.
func (t *tree) packages() (all []*folder) {
	for _, dir := range slices.Sorted(maps.Keys(t.dirs)) {
		if f := t.dirs[dir]; slices.ContainsFunc(f.sources, func(s source) bool { return s.ast != nil && !s.test }) {
			all = append(all, f)
		}
	}
	return all
}

func (t *tree) order() []string {
	b, err := fs.ReadFile(t.files, "ARCHITECTURE.md")
	if err != nil {
		return nil
	}
	_, list, _ := strings.Cut(string(b), "```order\n")
	list, _, _ = strings.Cut(list, "```")
	var all []string
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) > 0 {
			all = append(all, f[0])
		}
	}
	return all
}

// order: packages of base and kernel stand in one total order; systems below, side by side.
func order(t *tree) (bad []string) {
	rank := t.order()
	if len(rank) == 0 {
		return []string{"ARCHITECTURE.md has no ```order block"}
	}
	for _, f := range t.packages() {
		storey, _, _ := strings.Cut(f.path, "/")
		if storey != "base" && storey != "kernel" && storey != "systems" {
			continue // the root, packs, web and bench are not built upon
		}
		at, isSystem := slices.Index(rank, f.path), storey == "systems"
		if at < 0 && !isSystem {
			bad = append(bad, f.path+" has no place in the order: say in ARCHITECTURE.md what it may build on")
			continue
		}
		for p := range f.imports {
			to, ours := strings.CutPrefix(p, "motcua/")
			if !ours {
				continue
			}
			switch i := slices.Index(rank, to); {
			case isSystem && system(to) == system(f.path): // the folders of one system
			case isSystem && i < 0:
				bad = append(bad, f.path+" imports "+to+": systems meet only in data, through the kernel")
			case !isSystem && (i < 0 || i >= at):
				bad = append(bad, f.path+" imports "+to+", which stands below it: no import runs up")
			}
		}
	}
	for _, r := range rank {
		if t.dirs[r] == nil {
			bad = append(bad, "the order lists "+r+", which does not exist")
		}
	}
	return bad
}

// system is the folder under systems/ that a path lies in.
func system(p string) string {
	if parts := strings.Split(p, "/"); len(parts) > 2 {
		p = parts[0] + "/" + parts[1]
	}
	return p
}

// outside: each outside path is imported by one package.
func outside(t *tree) (bad []string) {
	for _, f := range t.packages() {
		if strings.HasPrefix(f.path, "bench") {
			continue // limits and peers never enter the product
		}
		for p := range f.imports {
			first, _, _ := strings.Cut(p, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(p, "golang.org/x/") || p == "github.com/a-h/templ" || p == "github.com/a-h/templ/runtime" {
				continue
			}
			if owners[p] != f.path {
				bad = append(bad, fmt.Sprintf("%s imports %s, which belongs to %q: a new dependency is a line in owners and a page in docs/decisions", f.path, p, owners[p]))
			}
		}
	}
	return bad
}

var sqlTable = regexp.MustCompile(`(?i)\b(?:from|join|into|update|table|index \w+ on)\s+([a-z_][a-z0-9_]*)`)

// tables: SQL in systems/x names only tables x_*.
func tables(t *tree) (bad []string) {
	for dir, f := range t.dirs {
		name, ok := strings.CutPrefix(dir, "systems/")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, "/")
		for _, s := range f.sources {
			var texts []string
			switch {
			case s.test || s.made:
			case strings.HasSuffix(s.name, ".sql"):
				texts = []string{s.text}
			case s.ast != nil:
				ast.Inspect(s.ast, func(n ast.Node) bool {
					if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && strings.HasPrefix(l.Value, "`") {
						texts = append(texts, l.Value)
					}
					return true
				})
			}
			for _, sql := range texts {
				if !regexp.MustCompile(`(?i)\b(select|insert|update|delete|create|drop)\b`).MatchString(sql) {
					continue
				}
				for _, m := range sqlTable.FindAllStringSubmatch(sql, -1) {
					if !strings.HasPrefix(m[1], name+"_") && !slices.Contains([]string{"set", "select", "the", "a"}, strings.ToLower(m[1])) {
						bad = append(bad, fmt.Sprintf("%s touches table %s: a system's tables are called %s_…, and it reads no other's", s.name, m[1], name))
					}
				}
			}
		}
	}
	return bad
}

// state: no init, no package variable that changes.
func state(t *tree) (bad []string) {
	for _, f := range t.packages() {
		own := map[string]bool{}
		for _, s := range f.sources {
			if s.ast == nil || s.test {
				continue
			}
			for _, d := range s.ast.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
					for _, spec := range g.Specs {
						for _, n := range spec.(*ast.ValueSpec).Names {
							own[n.Name] = true
						}
					}
				}
			}
		}
		for _, s := range f.sources {
			if s.ast == nil || s.test || s.made {
				continue
			}
			changed := func(e ast.Expr) {
				for {
					if i, ok := e.(*ast.IndexExpr); ok {
						e = i.X
						continue
					}
					break
				}
				id, ok := e.(*ast.Ident)
				if !ok || id.Name == "_" || !own[id.Name] {
					return
				}
				if id.Obj != nil { //nolint // the parser's own scopes are all this needs
					spec, ok := id.Obj.Decl.(*ast.ValueSpec)
					if !ok || !packageLevel(s.ast, spec) {
						return
					}
				}
				bad = append(bad, s.name+" changes the package variable "+id.Name+": state belongs to a value that somebody made")
			}
			ast.Inspect(s.ast, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Recv == nil && n.Name.Name == "init" {
						bad = append(bad, s.name+" has an init function: what happens at start stands in main")
					}
				case *ast.AssignStmt:
					if n.Tok != token.DEFINE {
						for _, l := range n.Lhs {
							changed(l)
						}
					}
				case *ast.IncDecStmt:
					changed(n.X)
				}
				return true
			})
		}
	}
	return bad
}

func packageLevel(f *ast.File, spec *ast.ValueSpec) bool {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && slices.Contains(g.Specs, ast.Spec(spec)) {
			return true
		}
	}
	return false
}

// docs: every package says what it is.
func docs(t *tree) (bad []string) {
	for _, f := range t.packages() {
		if !f.doc {
			bad = append(bad, f.path+" has no package comment: its first sentence says what it is")
		}
	}
	return bad
}

// names: no system's name occurs in base or kernel. Words of the language that
// happen to be a system's name are taken as addresses ("/voice") or kinds ("voice/…").
func names(t *tree) (bad []string) {
	for dir, f := range t.dirs {
		if !strings.HasPrefix(dir, "base/") && dir != "kernel" && !strings.HasPrefix(dir, "kernel/") {
			continue
		}
		for _, s := range f.sources {
			if s.test || s.made || s.ast == nil {
				continue
			}
			for _, name := range t.system {
				if slices.Contains(frameNames, s.name+" "+name) {
					continue
				}
				ast.Inspect(s.ast, func(n ast.Node) bool {
					if _, ok := n.(*ast.ImportSpec); ok { // the order is asked of those
						return false
					}
					l, ok := n.(*ast.BasicLit)
					if ok && l.Kind == token.STRING && regexp.MustCompile("[\"`/]"+name+"[\"`/]").MatchString(l.Value) && !strings.HasPrefix(l.Value, `"motcua/`) {
						bad = append(bad, fmt.Sprintf("%s knows the system %s (%s): the kernel serves any system", s.name, name, l.Value))
					}
					return true
				})
			}
		}
	}
	return bad
}

// frameNames are the places where the frame's links name systems, and why: the
// frame stands around every page and leads to the parts that people ask for.
var frameNames = []string{"kernel/kernel.go voice", "kernel/procedure/kind.go portal",
	"kernel/counter/counter.go handover",                   // the counter's own list of what goes to the desks
	"kernel/ways/keys.go keys", "kernel/ways/ways.go keys"} // there they are passkeys

var marked = regexp.MustCompile(`[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]`)

var blockComment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// tongues are places that must name letters of the language, with the reason.
var tongues = map[string]string{
	"base/lang/fold.go": "đ has no decomposition in Unicode",
	"base/ui/sample.go": "the gallery shows long words with all their marks",
	"base/pdf/text.go":  "đ has no decomposition in Unicode",
}

// tongue: nothing of one country's language stands in code.
func tongue(t *tree) (bad []string) {
	for dir, f := range t.dirs {
		if strings.HasPrefix(dir, "packs/") || strings.HasPrefix(dir, "bench") {
			continue
		}
		for _, s := range f.sources {
			if s.test || s.made || tongues[s.name] != "" {
				continue
			}
			text := blockComment.ReplaceAllStringFunc(s.text, func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
			for i, line := range strings.Split(text, "\n") {
				code, _, _ := strings.Cut(line, "//") // a comment may quote a word and its source
				if marked.MatchString(code) {
					bad = append(bad, fmt.Sprintf("%s:%d says something in one language: texts stand in texts.yaml, in a pack or in a test", s.name, i+1))
				}
			}
		}
	}
	return bad
}

// size: a storey's packages stay small enough to read at one sitting.
func size(t *tree) (bad []string) {
	for dir, f := range t.dirs {
		most := 0
		switch {
		case strings.HasPrefix(dir, "kernel/") || dir == "kernel":
			most = 1500
		case strings.HasPrefix(dir, "systems/"):
			most = 1200
		default:
			continue
		}
		lines := 0
		for _, s := range f.sources {
			if !s.test && !s.made {
				lines += strings.Count(s.text, "\n")
			}
		}
		if lines > most && large[dir] == "" {
			bad = append(bad, fmt.Sprintf("%s has %d lines, more than %d: split it, or give the reason in large", dir, lines, most))
		}
	}
	return bad
}

// apart: the sandbox bank is written from the contract alone. It shares nothing
// with what it tries, or both would have the same mistake.
func apart(t *tree) (bad []string) {
	for dir, f := range t.dirs {
		if dir != "cmd/sandboxbank" && !strings.HasPrefix(dir, "cmd/sandboxbank/") {
			continue
		}
		for p := range f.imports {
			if strings.Contains(strings.Split(p, "/")[0], ".") || strings.HasPrefix(p, "motcua/") && !strings.HasPrefix(p, "motcua/cmd/sandboxbank/") {
				bad = append(bad, dir+" imports "+p+": the sandbox bank is written from docs/payment-gateway.md alone")
			}
		}
	}
	return bad
}

// generated: a templ file has its Go file, made from it as it now is.
func generated(t *tree) (bad []string) {
	for _, f := range t.dirs {
		for _, s := range f.sources {
			if !strings.HasSuffix(s.name, ".templ") {
				continue
			}
			made := strings.TrimSuffix(s.name, ".templ") + "_templ.go"
			i := slices.IndexFunc(f.sources, func(x source) bool { return x.name == made })
			if i < 0 {
				bad = append(bad, s.name+" was never generated: go tool templ generate")
			}
		}
	}
	return bad
}

func TestShape(t *testing.T) {
	tr, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for name, rule := range rules {
		for _, bad := range rule(tr) {
			t.Errorf("%s: %s", name, bad)
		}
	}
}

// TestRulesBite shows each rule one violation in an otherwise good tree.
func TestRulesBite(t *testing.T) {
	good := map[string]string{
		"ARCHITECTURE.md":      "```order\nbase/a\nkernel/b\n```",
		"base/a/a.go":          "// Package a is.\npackage a\n",
		"kernel/b/b.go":        "// Package b is.\npackage b\n\nimport \"motcua/base/a\"\n",
		"systems/x/x.go":       "// Package x is.\npackage x\n\nimport \"motcua/kernel/b\"\n\nconst q = `select n from x_rows`\n",
		"systems/y/y.go":       "// Package y is.\npackage y\n",
		"systems/y/p.templ":    "package y\n",
		"systems/y/p_templ.go": "package y\n",
	}
	crimes := []struct{ rule, file, text string }{
		{"order", "base/a/up.go", "package a\n\nimport \"motcua/kernel/b\"\n"},
		{"order", "systems/x/side.go", "package x\n\nimport \"motcua/systems/y\"\n"},
		{"order", "kernel/c/c.go", "// Package c is.\npackage c\n"},
		{"outside", "systems/x/out.go", "package x\n\nimport \"rsc.io/qr\"\n"},
		{"outside", "base/a/out.go", "package a\n\nimport \"example.org/new\"\n"},
		{"tables", "systems/x/other.go", "package x\n\nconst o = `select n from y_rows`\n"},
		{"tables", "systems/x/kernel.go", "package x\n\nconst o = `update dossier set state = 'granted'`\n"},
		{"tables", "systems/x/schema/1.sql", "create table y_more (n bigint);\n"},
		{"state", "base/a/init.go", "package a\n\nfunc init() {}\n"},
		{"state", "base/a/var.go", "package a\n\nvar n int\n\nfunc f() { n++ }\n"},
		{"state", "base/a/map.go", "package a\n\nvar m = map[string]int{}\n\nfunc f() { m[\"a\"] = 1 }\n"},
		{"docs", "base/a/a.go", "package a\n"},
		{"names", "kernel/b/name.go", "package b\n\nconst n = \"x/ask\"\n"},
		{"tongue", "kernel/b/word.go", "package b\n\nconst n = \"hồ sơ\"\n"},
		{"tongue", "systems/y/p.templ", "package y\n<p>Nộp hồ sơ</p>\n"},
		{"size", "kernel/b/long.go", "package b\n" + strings.Repeat("\n", 1600)},
		{"size", "systems/x/long.go", "package x\n" + strings.Repeat("\n", 1300)},
		{"generated", "systems/y/q.templ", "package y\n"},
		{"apart", "cmd/sandboxbank/bank/b.go", "package bank\n\nimport \"motcua/systems/x\"\n"},
	}
	check := func(files map[string]string) map[string][]string {
		m := fstest.MapFS{}
		for name, text := range files {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		tr, err := readTree(m)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for name, rule := range rules {
			if bad := rule(tr); len(bad) > 0 {
				found[name] = bad
			}
		}
		return found
	}
	if found := check(good); len(found) > 0 {
		t.Fatalf("the good tree breaks %v", found)
	}
	bitten := map[string]bool{}
	for _, c := range crimes {
		files := maps.Clone(good)
		files[c.file] = c.text
		if found := check(files); len(found[c.rule]) == 0 {
			t.Errorf("%s let %s pass", c.rule, c.file)
		}
		bitten[c.rule] = true
	}
	for name := range rules {
		if !bitten[name] {
			t.Errorf("nobody showed the rule %q a violation", name)
		}
	}
}
