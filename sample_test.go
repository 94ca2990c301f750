package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/who"
)

// TestSampleApp follows the tutorial as somebody else does: he registers his app
// in a sandbox and runs it; the test is the person at the browser, who agrees,
// and the office, which decides.
func TestSampleApp(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds another module")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, testAppWith(t, dbtest.SQLite(t), func(s *settings) { s.demo, s.URL = true, "http://"+l.Addr().String() }))
	server := &http.Server{Handler: w.door}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })

	steps := snippets(t, "docs/tutorial/build-an-app.md", "sh")
	if len(steps) != 2 {
		t.Fatalf("the page has %d commands", len(steps))
	}
	env := append(os.Environ(), "URL="+w.URL, "TOKEN="+w.people["citizen"].token)
	sh := func(text string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), "sh", "-ec", text)
		c.Env, c.Stderr, c.WaitDelay = env, os.Stderr, time.Second
		return c
	}
	out, err := sh(steps[0]).Output()
	var app map[string]string
	if err != nil || json.Unmarshal(out, &app) != nil || app["issuer"] != w.URL {
		t.Fatalf("registering: %s %v", out, err)
	}

	try := *w.people["citizen"]
	try.rules = nil // the address is of a sandbox alone
	for _, bad := range []string{"app://cb", "http://localhost:1/cb", "http://app.example/cb", "https://app.example/cb#x", ""} {
		try.want(422, "POST", "/api/v1/sandbox/apps", map[string]any{"name": "Thử", "redirects": []string{bad}, "scopes": []string{"read"}})
	}

	x := example(t, w, birth, "returned")
	dir := t.TempDir()
	env = append(env, "CLIENT="+app["client_id"], "FILING="+w.toFile(t, dir, birth, x))
	built := filepath.Join(dir, "app")
	command := strings.Replace(steps[1], "go run .", "go build -o "+built+" . && exec "+built, 1) // its own process, which ends with the test
	run, next := running(t, sh(command))
	w.agrees(t, "citizen", next("open "))
	if got := next("signed in as "); got != "Thử citizen" {
		t.Errorf("signed in as %q", got)
	}
	code := next("filed as ")
	d := w.people["citizen"].want(200, "GET", "/api/v1/dossiers", nil).json()["items"].([]any)[0].(map[string]any)
	if d["code"] != code {
		t.Fatalf("the app filed %s, the person sees %v", code, d["code"])
	}
	if got := next(code + " is "); !strings.HasPrefix(got, "submitted") {
		t.Errorf("first it is %s", got)
	}
	for _, turn := range x["story"].([]any) {
		s := turn.(map[string]any)
		w.people[s["by"].(string)].want(200, "POST", "/api/v1/dossiers/"+d["id"].(string)+"/acts", map[string]any{"act": s["act"], "answers": s["answers"]})
	}
	if got := next(code + " is ready"); got == "" {
		t.Error("no promise is told")
	}
	if err := run.Wait(); err != nil {
		t.Error(err)
	}

	// Where she has to sign, the app fills in and she signs in her browser.
	env = append(env, "FILING="+w.toFile(t, dir, company, example(t, w, company, "returned")))
	run, next = running(t, sh("exec "+built+` -issuer "$URL" -client "$CLIENT" -filing "$FILING"`))
	b := w.agrees(t, "citizen", next("open "))
	w.signs(t, b, next("sign "))
	code = next("filed as ")
	if got := next(code + " is "); !strings.HasPrefix(got, "submitted") {
		t.Errorf("signed, it is %s", got)
	}
	if err := run.Process.Kill(); err != nil {
		t.Error(err)
	}
	run.Wait()
}

// company is a service that its applicant has to sign.
const company = "2.001583"

// running starts the app, and gives what reads the rest of its next line that begins so.
func running(t *testing.T, run *exec.Cmd) (*exec.Cmd, func(begins string) string) {
	t.Helper()
	pipe, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	return run, func(begins string) string {
		t.Helper()
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), begins); ok {
				return rest
			}
		}
		t.Fatalf("the app never said %q", begins)
		return ""
	}
}

// toFile writes what the app is to file, with its papers beside it.
func (w *world) toFile(t *testing.T, dir, code string, x map[string]any) string {
	t.Helper()
	papers := map[string]string{}
	for name := range x["papers"].(map[string]any) {
		papers[name] = name + ".jpg"
		write(t, dir, papers[name], string(sample("jpg")))
	}
	b, err := json.Marshal(map[string]any{"kind": "portal/" + code, "body": x["body"], "answers": x["answers"], "papers": papers})
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, code+".json", string(b))
}

// signs is a person who reads what an app filled in, and signs it with a code.
func (w *world) signs(t *testing.T, browser *http.Client, at string) {
	t.Helper()
	draft := strings.TrimSuffix(at, "/check")
	submit := opened(t)(browser.PostForm(draft+"/submit", url.Values{"declare": {"yes"}}))
	_, rest, ok := strings.Cut(submit, `action="/confirm/`)
	matter, _, _ := strings.Cut(rest, `"`)
	matter, _, _ = strings.Cut(matter, "/")
	if !ok {
		t.Fatalf("not asked to confirm:\n%s", submit)
	}
	opened(t)(browser.PostForm(w.URL+"/confirm/"+matter+"/send", url.Values{"contact": {"0"}}))
	all, err := post.List(t.Context(), w.DB, 0, 1)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	opened(t)(browser.PostForm(w.URL+"/confirm/"+matter, url.Values{"code": {regexp.MustCompile(`\d{3} \d{3}`).FindString(all[0].Body)}}))
}

// opened is the page that a browser got.
func opened(t *testing.T) func(*http.Response, error) string {
	return func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return string(b)
	}
}

// agrees is a person at a browser who opens an app's request and says yes.
func (w *world) agrees(t *testing.T, name, at string) *http.Client {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	home, _ := url.Parse(w.URL)
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		secret, err := w.Sessions.Make(tx, web.Browser, w.cast[name].ID, string(who.Password), "", time.Hour)
		jar.SetCookies(home, []*http.Cookie{{Name: "motcua", Value: secret}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	page := opened(t)(browser.Get(at))
	_, rest, ok := strings.Cut(page, `name="request" value="`)
	request, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("not asked to agree:\n%s", page)
	}
	form := url.Values{"request": {strings.ReplaceAll(request, "&amp;", "&")}, "word": {"yes"}}
	if got := opened(t)(browser.PostForm(w.URL+"/eid/answer", form)); !strings.Contains(got, "signed in") {
		t.Fatalf("the app says %q", got)
	}
	return browser
}
