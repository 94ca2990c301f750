package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/systems/handover/register"
)

// software lets the body of the first example of birth registration keep its own
// software, and returns the token of that.
func software(t testing.TB, w *world) (secret string) {
	t.Helper()
	r := register.Of(w.App)
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		c, _, err := r.Connect(tx, w.cast["admin"], register.Connection{Body: example(t, w, birth, "returned")["body"].(string), Way: register.Pull})
		if err == nil {
			secret, err = w.Sessions.Make(tx, web.Token, c.Account, "read write", "software", time.Hour)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

const connecting = "docs/tutorial/connect-your-software.md"

// snippets are the blocks of a tutorial in one language.
func snippets(t *testing.T, page, language string) (all []string) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(b), "```"+language+"\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		all = append(all, text)
	}
	return all
}

// trying is a node for those who try things out: webhooks may go to this machine.
func trying(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, testAppWith(t, dbtest.SQLite(t), func(s *settings) { s.demo = true }))
}

// free is an address on this machine that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A teller is a program that tells what it receives, line by line.
type teller struct {
	address string
	lines   chan string
}

// told waits for the next line that holds words.
func (p teller) told(t *testing.T, words string) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case line := <-p.lines:
			if strings.Contains(line, words) {
				return
			}
		case <-late:
			t.Fatalf("nothing said %q", words)
		}
	}
}

func tell(r io.Reader) teller {
	p := teller{lines: make(chan string, 1000)}
	in := bufio.NewScanner(r)
	in.Scan()
	p.address = in.Text()[strings.Index(in.Text(), "http://"):]
	go func() {
		for in.Scan() {
			p.lines <- in.Text()
		}
	}()
	return p
}

// receiver starts a snippet's program.
func receiver(t *testing.T, secret string, words ...string) teller {
	t.Helper()
	c := exec.CommandContext(t.Context(), words[0], words[1:]...)
	c.Env = append(os.Environ(), "SECRET="+secret, "PORT=0")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return tell(out)
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReceiversOfTheTutorial lets both programs of the page get a webhook that
// motcua trigger asked for: one through motcua listen, one directly.
func TestReceiversOfTheTutorial(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node")
	}
	w, dir := trying(t), t.TempDir()
	citizen := w.people["citizen"]
	trigger := func(hook string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"trigger", "dossier.filed", "--webhook", hook, "--url", w.url, "--token", citizen.token}, &out, &errs); code != 0 {
			t.Fatalf("trigger: %d %s", code, &errs)
		}
		if err := w.Calls.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	add := func(url string) (hook, secret string) {
		x := citizen.want(201, "POST", "/api/v1/webhooks", map[string]any{"url": url, "types": []string{"dossier.filed"}}).json()
		return x["id"].(string), x["secret"].(string)
	}

	// The address must stand before the secret is known: the listener's is free.
	at := free(t)
	hook, secret := add("http://" + at + "/")
	script := receiver(t, secret, "node", write(t, dir, "receiver.mjs", snippets(t, connecting, "js")[0]))
	shown, say := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan int)
	go func() {
		over <- run(ctx, []string{"listen", "--secret", secret, "--at", at, "--to", script.address}, say, say)
	}()
	heard := tell(shown)
	trigger(hook)
	script.told(t, "dossier.filed")
	heard.told(t, "dossier.filed")
	heard.told(t, "handed on: 204")
	for _, address := range []string{script.address, heard.address} { // what is not signed is turned away
		a, err := http.Post(address, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: got %d for what nobody signed", address, a.StatusCode)
		}
	}
	stop()
	go io.Copy(io.Discard, shown)
	if code := <-over; code != 0 {
		t.Errorf("listen ended with %d", code)
	}

	at = free(t)
	hook, secret = add("http://" + at + "/")
	_, port, _ := strings.Cut(at, ":")
	program := filepath.Join(dir, "receiver")
	if b, err := exec.Command("go", "build", "-o", program, write(t, dir, "receiver.go", snippets(t, connecting, "go")[0])).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	direct := receiver(t, secret, "env", "PORT="+port, program)
	trigger(hook)
	direct.told(t, "dossier.filed")
}

// TestCommandsOfTheTutorial runs what the page does with curl, in its order.
func TestCommandsOfTheTutorial(t *testing.T) {
	t.Parallel()
	w, dir := trying(t), t.TempDir()
	x := example(t, w, birth, "returned")
	token := software(t, w)
	d := w.file(t, birth, x).json()
	sh := func(text string) (out map[string]any) {
		t.Helper()
		c := exec.Command("bash", "-e", "-o", "pipefail", "-c", text)
		c.Dir, c.Env = dir, append(os.Environ(), "URL="+w.url, "TOKEN="+token, "SYNC="+w.program(t, "clerk", "sync").token, "BODY="+x["body"].(string))
		b, err := c.Output()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, text, b)
		}
		json.Unmarshal(b, &out)
		return out
	}
	all := snippets(t, connecting, "sh")
	if len(all) != 4 {
		t.Fatalf("%d blocks", len(all))
	}
	if got := sh(all[0]); got["id"] != d["id"] || got["state"] != "elsewhere-received" {
		t.Errorf("after the first block: %v", got)
	}
	sh(all[1])
	for _, want := range []string{"stored", "unchanged"} {
		if got := sh(all[2]); got["status"] != want {
			t.Errorf("a dossier that was handed over: %v", got)
		}
	}
	if got := w.people["citizen"].want(200, "GET", "/api/v1/dossiers/"+d["id"].(string), nil).json(); got["state"] != "elsewhere-carried" {
		t.Errorf("its applicant sees %v", got["state"])
	}
	if got := sh(all[3]); got["here"] != 1.0 || got["open"] != 1.0 {
		t.Errorf("the account: %v", got)
	}

	// The same by command: what differs is printed, and the command ends with 1.
	token = w.program(t, "clerk", "sync").token
	body := x["body"].(string)
	compare := func(want int) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"sync", "compare", filepath.Join(dir, "dossiers.ndjson"), "--first", "2020-03-02", "--url", w.url, "--token", token, "--body", body}, &out, &errs); code != want {
			t.Errorf("got %d, want %d: %s", code, want, &errs)
		}
		return out.String()
	}
	if got := compare(0); got != "" {
		t.Errorf("differs: %s", got)
	}
	folder := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	var errs bytes.Buffer
	over := make(chan int)
	go func() {
		over <- run(ctx, []string{"sync", "watch", folder, "--url", w.url, "--token", token, "--body", body}, io.Discard, &errs)
	}()
	line := strings.Split(snippets(t, connecting, "sh")[1], "\n")[1]
	write(t, folder, "day.ndjson", strings.Replace(line, "007", "009", 1)+"\n"+`{"code":"x"}`+"\n")
	sent := filepath.Join(folder, "sent", "day.ndjson")
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(sent); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the file was not sent")
		}
	}
	stop()
	if code := <-over; code != 0 {
		t.Errorf("watch ended with %d: %s", code, &errs)
	}
	if b, err := os.ReadFile(sent + ".rejected"); err != nil || !strings.Contains(string(b), ":2 ") {
		t.Errorf("the line that was not taken: %s, %v", b, err)
	}
	if got := compare(1); !strings.Contains(got, "missing_there") || !strings.Contains(got, "HB-2020-009") {
		t.Errorf("got %q", got)
	}
}

// run is the whole program in this process.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	return runAs(ctx, "", args, out, errs)
}
