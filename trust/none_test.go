package trust

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"motcua/base/data"
)

// absent is, for each requirement that there is said to be nothing for, what would
// stand in our sources if there were something, and an example that it finds. Then
// the requirement needs evidence.
var absent = map[string]struct{ sign, example string }{
	"1.2.6":  {`"[^"\n]*\bldap[^"\n]*"`, `import "github.com/go-ldap/ldap/v3"`},
	"1.2.7":  {`\.FindElements?\(|MustCompilePath|CompilePath|xpath`, `root.FindElement("//" + name)`},
	"1.2.8":  {`(?i)\b(pdf|xe|lua)?latex\b`, `exec.Command("pdflatex")`},
	"1.3.1":  {`template\.HTML\(|bluemonday|sanitize-html|templ\.Raw\([^)]*\bForm`, `template.HTML(answer)`},
	"1.3.5":  {`(?i)goldmark|blackfriday|\bmarkdown\.|bbcode`, `goldmark.Convert(b, &out)`},
	"1.3.8":  {`(?i)\bjndi\b`, `jndi:ldap://`},
	"1.3.9":  {`(?i)memcache`, `memcache.New(address)`},
	"3.5.5":  {`\bpostMessage\b|addEventListener\(['"]message['"]|\bonmessage\b`, `window.addEventListener("message", f)`},
	"4.3.1":  {`(?i)graphql|gqlgen`, `graphql.Do(p)`},
	"4.3.2":  {`(?i)graphql|gqlgen`, `graphql.Do(p)`},
	"4.4.1":  {`(?i)\bwebsocket|\.Hijack\(\)`, `new WebSocket(u)`},
	"4.4.2":  {`(?i)\bwebsocket|\.Hijack\(\)`, `websocket.Accept(w, r, nil)`},
	"4.4.3":  {`(?i)\bwebsocket|\.Hijack\(\)`, `w.(http.Hijacker).Hijack()`},
	"4.4.4":  {`(?i)\bwebsocket|\.Hijack\(\)`, `new WebSocket(u)`},
	"5.2.3":  {`\bzip\.(NewReader|OpenReader)|tar\.NewReader|excelize\.Open`, `zip.NewReader(f, n)`},
	"6.8.3":  {`(?i)\bsaml`, `saml.ServiceProvider{}`},
	"10.5.5": {`logout_token["']?\)`, `r.PostFormValue("logout_token")`},
	"11.4.4": {`pbkdf2\.Key|scrypt\.Key|hkdf\.Key\([^)]*[pP]assword`, `pbkdf2.Key(sha256.New, password, salt, n, 32)`},
	"12.1.3": {`\.PeerCertificates|ClientAuth:|ClientCAs`, `tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}`},
}

// apart are places where a sign stands and means something else, with the reason.
var apart = map[string]string{
	"base/xades/sign.go 1.2.7": "paths that are written in our own sources",
	"backup.go 5.2.3":          "the operator's own backup, at the machine",
}

// TestNothingToShow: what is said not to be there is not.
func TestNothingToShow(t *testing.T) {
	b, err := os.ReadFile("asvs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []requirement
	if err := data.Read("asvs.yaml", b, &all); err != nil {
		t.Fatal(err)
	}
	said := map[string]*regexp.Regexp{}
	for _, r := range all {
		if r.None == "" {
			continue
		}
		x, ok := absent[r.ID]
		if !ok {
			t.Errorf("%s: what would stand in the sources if it were not so?", r.ID)
			continue
		}
		if said[r.ID] = regexp.MustCompile(x.sign); !said[r.ID].MatchString(x.example) {
			t.Errorf("%s: %s does not find its own example", r.ID, x.sign)
		}
	}
	if len(said) != len(absent) {
		t.Errorf("%d signs for %d requirements that there is nothing for", len(absent), len(said))
	}
	comment := regexp.MustCompile(`(?m)^\s*//.*$|(?s)/\*.*?\*/`)
	files := 0
	err = fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || strings.HasSuffix(base, "test") || base == "node_modules" || base == "testdata" || base == "bench" || base == "sample" || base == "mutant" || base == "prove" || base == "walk" || base == "build" || base == "dist" || base == "dist-test") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_test.go") || !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".templ") {
			return nil
		}
		b, err := os.ReadFile("../" + name)
		if err != nil {
			return err
		}
		files++
		text := comment.ReplaceAllString(string(b), "")
		for id, sign := range said {
			if found := sign.FindString(text); found != "" && apart[name+" "+id] == "" {
				t.Errorf("%s: there is something after all: %s has %q", id, name, found)
			}
		}
		return nil
	})
	if err != nil || files < 300 {
		t.Errorf("%d files, %v", files, err)
	}
}
