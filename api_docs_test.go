package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"html"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/verdict/verdicttest"
	"motcua/kernel/play"
	"motcua/kernel/sign"
	"motcua/kernel/signed"
)

// TestAPIDocs: the reference is whole in every language, its links lead
// somewhere, and a problem's type leads to its line.
func TestAPIDocs(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for _, lang := range []string{"vi", "en", "fr"} {
		w.people["nobody"].lang = lang
		page := string(w.people["nobody"].want(200, "GET", "/api/docs", nil).body)
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two have the id %s", lang, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if !ids[m[1]] {
				t.Errorf("%s: #%s leads nowhere", lang, m[1])
			}
		}
		for _, o := range w.rules.operations() {
			method, path, _ := strings.Cut(o, " ")
			if !strings.Contains(page, "<code>"+path+"</code>") || !strings.Contains(page, ">"+method+"</span>") {
				t.Errorf("%s: %s is not in the reference", lang, o)
			}
		}
		if m := regexp.MustCompile(`>\s*(api|portal|web)\.[a-z.]+\s*<`).FindString(page); m != "" {
			t.Errorf("%s: a text is missing: %s", lang, m)
		}
		for seen := range w.rules.seen {
			if status := seen[strings.LastIndexByte(seen, ' ')+1:]; status >= "400" && !ids["error-"+status] {
				t.Errorf("%s: no line for %s", lang, status)
			}
		}
		for _, path := range []string{"/api/v1/nothing", "/api/v1/dossiers/1", "/api/v1/track"} {
			kind, _ := w.people["nobody"].send("GET", path, nil).json()["type"].(string)
			if at, ok := strings.CutPrefix(kind, "/api/docs#"); !ok || !ids[at] {
				t.Errorf("%s: type %q of %s leads nowhere", lang, kind, path)
			}
		}
	}
}

// TestAPICommands runs every command of the reference as it stands.
func TestAPICommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl on this machine")
	}
	w := newWorld(t, dbtest.SQLite(t))
	page := string(w.people["nobody"].want(200, "GET", "/api/docs", nil).body)
	commands := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)<pre id="curl-([A-Za-z]+)">(.*?)</pre>`).FindAllStringSubmatch(page, -1) {
		commands[m[1]] = html.UnescapeString(m[2])
	}
	if n := len(w.rules.operations()); len(commands) != n+1 { // and the one to start with
		t.Errorf("%d commands for %d operations", len(commands), n)
	}
	dir := t.TempDir()
	f, err := play.Sample("pdf")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"paper.pdf": f.Bytes, ".curlrc": []byte("fail-with-body\nsilent\nshow-error\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"URL": w.url, "TOKEN": w.people["citizen"].token, "HOME": dir, "PATH": os.Getenv("PATH")}
	run := func(name string) (out map[string]any) {
		c := exec.CommandContext(t.Context(), "sh", "-ec", commands[name])
		c.Dir = dir
		for k, v := range env {
			c.Env = append(c.Env, k+"="+v)
		}
		b, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", name, err, commands[name], b)
		}
		delete(commands, name)
		json.Unmarshal(b, &out)
		return out
	}
	keep := func(d map[string]any) {
		env["ID"], env["CODE"], env["TAIL"] = d["id"].(string), d["code"].(string), d["tail"].(string)
	}
	delete(commands, "start") // it makes a token
	env["FILE"] = run("sendFile")["id"].(string)
	if len(run("listProcedures")["items"].([]any)) == 0 {
		t.Error("the words of the example find nothing")
	}
	run("readProcedure")
	keep(run("fileDossier"))
	if err := w.Log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"listDossiers", "readDossier", "track", "readPaper", "readPaperFile", "receipt", "proof", "checkpoint", "tile"} {
		run(name)
	}
	if d := run("act"); d["state"] != "withdrawn" {
		t.Errorf("act leads to %v", d["state"])
	}
	x := example(t, w, birth, "returned")
	d := w.file(t, birth, x).json()
	for _, s := range x["story"].([]any) {
		turn := s.(map[string]any)
		w.people[turn["by"].(string)].want(200, "POST", "/api/v1/dossiers/"+d["id"].(string)+"/acts", map[string]any{"act": turn["act"], "answers": turn["answers"]})
	}
	keep(d)
	if err := w.Log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	run("result")
	run("exportDossier")
	for _, name := range []string{"receipt.pdf", "result.pdf"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasPrefix(string(b), "%PDF-") {
			t.Errorf("%s: %.20q, %v", name, b, err)
		}
	}
	env["TOKEN"] = w.people["clerk"].token
	if n := len(run("readFigures")["items"].([]any)); n == 0 {
		t.Error("two dossiers came and one ended, and no figure says so")
	}
	env["ORDER"] = w.owed(t)
	env["TOKEN"] = w.people["citizen"].token
	run("readPayment")
	run("payHosted")
	env["FILING"] = run("prepareFiling")["id"].(string)
	run("readFiling")
	sign := w.keepsKey(t, "citizen")
	run("drawFiling")
	run("filingForm")
	run("filingBytes")
	covered, err := os.ReadFile(filepath.Join(dir, "form.bin"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "form.p7s"), sign(covered), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if f := run("signFiling"); f["state"] != "filed" || f["dossier"] == "" {
		t.Errorf("signed: %v", f)
	}
	env["TOKEN"] = w.program(t, "citizen", "notify").token
	env["DEVICE"] = run("addPush")["id"].(string)
	run("listPush")
	run("removePush")
	env["BODY"], env["TOKEN"] = x["body"].(string), w.program(t, "clerk", "sync").token
	if err := os.WriteFile(filepath.Join(dir, "dossiers.ndjson"), []byte(reportedLine+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("syncDossiers")
	if err := os.WriteFile(filepath.Join(dir, "statement.csv"), []byte("code,version,state\nHB-2020-001,1,4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("giveStatement")
	run("lastStatement")
	env["TOKEN"] = software(t, w)
	env["ID"] = w.file(t, birth, x).json()["id"].(string)
	for _, name := range []string{"listHandover", "readHandover", "acknowledge"} {
		run(name)
	}
	env["HOOK"] = run("addWebhook")["id"].(string)
	for _, name := range []string{"listWebhooks", "rotateWebhook", "tryWebhook", "listDeliveries", "replayDeliveries", "stopWebhook"} {
		run(name)
	}
	for name := range commands {
		t.Errorf("%s was not run", name)
	}
}

// keepsKey gives one of the cast a certificate for a key of his own, and what signs with it.
func (w *world) keepsKey(t testing.TB, name string) func(b []byte) []byte {
	t.Helper()
	key := verdicttest.Key(t)
	var k sign.Key
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		q, err := signed.Own(w.App, w.cast[name])
		if err == nil {
			q.Public = key.Public()
			k, err = w.Keys.Issue(tx, q)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(b []byte) []byte {
		sum := sha256.Sum256(b)
		der, err := cms.Sign(cms.Signing{Key: key, Chain: []*x509.Certificate{k.Certificate}, Digest: sum[:]})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
}

// FuzzBody sends any bytes as a filing: they are filed or refused, and never our fault.
func FuzzBody(f *testing.F) {
	w := newWorld(f, dbtest.SQLite(f))
	x := example(f, w, birth, "returned")
	good, err := json.Marshal(bodyOf(w, "citizen", birth, x))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(good), "", "null", "[]", "{}", `{"kind":"portal/1.001193","body":"\u0000"}`, `{"kind":"portal/1.001193","body":"H26.001.00037","answers":{"a":{"b":[1e400]}}}`,
		`{"kind":"portal/1.001193","body":"x","papers":{"a/b~c":["\ud800"]}}`, `{"KIND":1,"kind":"a","kind":"b"}`, "\xef\xbb\xbf{}", `{"answers":` + strings.Repeat("[", 100)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q := httptest.NewRequest("POST", "/api/v1/dossiers", bytes.NewReader(body))
		q.Header.Set("Authorization", "Bearer "+w.people["citizen"].token)
		q.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.door.ServeHTTP(rec, q)
		got := rec.Result()
		if !json.Valid(rec.Body.Bytes()) || got.StatusCode != 201 && (got.StatusCode < 400 || got.StatusCode >= 500) {
			t.Errorf("%q: %d %s", body, got.StatusCode, rec.Body)
		}
		w.in(t).rules.hold(t, "POST", "/api/v1/dossiers", reply{got, rec.Body.Bytes()})
	})
}
