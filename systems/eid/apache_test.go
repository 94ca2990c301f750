package eid_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	parties "motcua/systems/eid/party"
	"motcua/systems/eid/provider"
)

// modules is where Debian puts those of Apache.
const modules = "/usr/lib/apache2/modules/"

// apacheConfig is a site of which every page is for who is signed in: its
// folder, its port, our address, and its client_id and secret.
const apacheConfig = `ServerRoot %[1]s
ServerName mod.example
Listen 127.0.0.1:%[2]s
PidFile %[1]s/pid
ErrorLog %[1]s/error.log
LogLevel warn
User www-data
Group www-data
LoadModule mpm_event_module ` + modules + `mod_mpm_event.so
LoadModule authn_core_module ` + modules + `mod_authn_core.so
LoadModule authz_core_module ` + modules + `mod_authz_core.so
LoadModule authz_user_module ` + modules + `mod_authz_user.so
LoadModule dir_module ` + modules + `mod_dir.so
LoadModule headers_module ` + modules + `mod_headers.so
LoadModule auth_openidc_module ` + modules + `mod_auth_openidc.so
DocumentRoot %[1]s/www
DirectoryIndex index.html
OIDCProviderMetadataURL %[3]s/.well-known/openid-configuration
OIDCClientID %[4]s
OIDCClientSecret %[5]s
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCRedirectURI https://mod.example/cb
OIDCXForwardedHeaders X-Forwarded-Proto
OIDCCryptoPassphrase %[5]s
<Location />
  AuthType openid-connect
  Require valid-user
  Header set X-Who "expr=%%{REMOTE_USER}"
</Location>
`

// apache starts Apache httpd with mod_auth_openidc as the portal mod.example.
func (s *stage) apache(home string, x party) (log string) {
	s.t.Helper()
	dir := s.t.TempDir()
	for d := dir; d != "/"; d = filepath.Dir(d) { // www-data reads it
		if info, err := os.Stat(d); err != nil || info.Mode()&0o005 != 0o005 && os.Chmod(d, 0o755) != nil {
			s.t.Fatal(d, err)
		}
	}
	at, err := url.Parse(home)
	if err == nil {
		err = os.MkdirAll(filepath.Join(dir, "www"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "www", "index.html"), []byte("pages of the portal"), 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "httpd.conf"), fmt.Appendf(nil, apacheConfig, dir, at.Port(), s.url, x.id, x.secret), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	c := exec.Command("/usr/sbin/apache2", "-DFOREGROUND", "-f", filepath.Join(dir, "httpd.conf"))
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Process.Signal(os.Interrupt); c.Wait() })
	for range 100 {
		if l, err := net.Dial("tcp", at.Host); err == nil {
			l.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.world["mod.example"] = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(at)
		r.Out.Host = "mod.example"
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}}
	return filepath.Join(dir, "error.log")
}

// TestApacheModAuthOpenidc lets a site behind Apache and one of go-oidc share a
// sign-in, and leave together by the back channel.
func TestApacheModAuthOpenidc(t *testing.T) {
	if _, err := os.Stat(modules + "mod_auth_openidc.so"); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") != "" {
			t.Fatal(err)
		}
		t.Skip("apt-get install libapache2-mod-auth-openidc brings Apache and its relying party")
	}
	if testing.Short() {
		t.Skip("starts Apache")
	}
	s := open(t, dbtest.SQLite(t))
	s.Later(time.Since(s.Now())) // the module looks at its own clock
	s.rotate()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			s.Handler.ServeHTTP(w, r)
			return
		}
		said := httptest.NewRecorder() // as it is, but that the module reaches us without TLS
		s.Handler.ServeHTTP(said, r)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, strings.NewReplacer(issuer+provider.Token, s.url+provider.Token, issuer+provider.UserInfo, s.url+provider.UserInfo,
			issuer+provider.Keys, s.url+provider.Keys).Replace(said.Body.String()))
	}))
	defer server.Close()
	s.url = server.URL
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	home := "http://" + l.Addr().String()
	l.Close()
	x := s.register("mod", parties.BySecret, map[string]any{"backchannel": home + "/cb?logout=backchannel", "leaves": "https://mod.example/bye"})
	log := s.apache(home, x)
	defer func() {
		if b, _ := os.ReadFile(log); t.Failed() {
			t.Logf("Apache says\n%s", b)
		}
	}()
	other := s.portal("bo", kerneltest.Away)
	s.log.take()

	b := s.browser("applicant")
	o := b.agree(b.get("https://mod.example/"))
	sub := strings.TrimSuffix(o.header.Get("X-Who"), "@x.example")
	if o.status != 200 || o.body != "pages of the portal" || len(sub) != 32 {
		t.Fatalf("not in: %d %q %s", o.status, o.header.Get("X-Who"), o.body)
	}
	if o = b.agree(b.get("https://bo.example/")); !strings.Contains(o.body, "here is Nguyễn Văn Thử") || strings.Contains(o.body, sub) {
		t.Fatalf("not in at the other, or under the same name: %s", o.body)
	}
	if o = b.get("https://mod.example/"); o.body != "pages of the portal" {
		t.Fatalf("asked again: %d %s", o.status, o.body)
	}

	// Leaving at the other ends the session behind Apache too, which hears of it by the back channel.
	q := url.Values{"id_token_hint": {other.hints[0]}, "post_logout_redirect_uri": {"https://bo.example/bye"}}
	o = b.get(issuer + provider.Logout + "?" + q.Encode())
	if o = b.do("POST", issuer+provider.Logout, url.Values{"request": {hidden(t, o.body, "request")}}); !strings.Contains(o.body, "bye from bo") {
		t.Fatalf("not back: %d %s", o.status, o.body)
	}
	if err := s.Calls.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o = b.get("https://mod.example/"); !strings.Contains(o.body, `name="password"`) {
		t.Errorf("still in behind Apache: %d %s", o.status, o.body)
	}
	if len(other.here) != 0 {
		t.Errorf("still in at the other: %v", other.here)
	}
	if said := s.log.take(); len(said) > 0 {
		t.Errorf("honest portals were refused: %q", said)
	}

	// Apache's own way out: it sends the person here, who comes back to it.
	b = s.browser("applicant")
	if o = b.get("https://mod.example/"); o.body != "pages of the portal" {
		o = b.agree(o)
	}
	o = b.get("https://mod.example/cb?logout=" + url.QueryEscape("https://mod.example/bye"))
	if o.status != 200 || !strings.Contains(o.body, "Nguyễn Văn Thử") {
		t.Errorf("not asked whether to leave: %d %s", o.status, o.body)
	}
}
