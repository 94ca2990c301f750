//go:build linux

package prove

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestARefusedStartSaysWhy starts the program where it cannot serve: it ends
// with an exit code and one sentence that an operator can do something with.
func TestARefusedStartSaysWhy(t *testing.T) {
	t.Parallel()
	s := found(t, filepath.Join(t.TempDir(), "node.db"), "0")
	newer := found(t, filepath.Join(t.TempDir(), "node.db"), "0")
	newer.change(t, `insert into goose_dossier (version_id, is_applied) values (99, 1)`)
	lost := found(t, filepath.Join(t.TempDir(), "node.db"), "0")
	secret := filepath.Join(lost.dir, "secret")
	if err := os.Rename(secret, secret+".kept"); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	write(t, garbage, strings.Repeat("not a database\n", 100))
	write(t, filepath.Join(s.dir, "wrong"), strings.Repeat("ab", 32))
	write(t, filepath.Join(s.dir, "short"), "abc")
	taken, err := net.Listen("tcp", freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, x := range []struct {
		name  string
		words []string
		env   string
		code  int
		says  string
	}{
		{"address taken", s.flags("serve", "--listen", taken.Addr().String()), "", 1, "another program listens on " + taken.Addr().String()},
		{"wrong secret", s.flags("serve", "--listen", s.address), "MOTCUA_SECRET_FILE=" + filepath.Join(s.dir, "wrong"), 1, "do not open with this node's secret"},
		{"no secret", s.flags("serve", "--listen", s.address), "MOTCUA_SECRET_FILE=" + filepath.Join(s.dir, "short"), 1, "not 64 hexadecimal digits"},
		{"lost secret", lost.flags("serve", "--listen", lost.address), "", 1, "do not open with this node's secret"},
		{"newer tables", newer.flags("serve", "--listen", s.address), "", 1, "a newer program made them"},
		{"not a database", []string{"serve", "--dir", s.dir, "--db", garbage, "--listen", s.address}, "", 1, "file is not a database"},
		{"server away", []string{"serve", "--dir", s.dir, "--db", "postgres://nobody@127.0.0.1:1/none", "--listen", s.address}, "", 5, "connection refused"},
		{"not a demo's folder", []string{"demo", "--dir", t.TempDir() + "/..", "--listen", s.address}, "", 1, "not a demo"},
		{"unknown command", []string{"sreve"}, "", 2, `no command "sreve"`},
		{"unknown flag", []string{"serve", "--prot", "80"}, "", 2, "-prot"},
	} {
		t.Run(x.name, func(t *testing.T) {
			cmd := command(t, x.words...)
			if x.env != "" {
				cmd.Env = append(cmd.Env, x.env)
			}
			p := start(t, s.address, cmd)
			if code := p.ended(); code != x.code || !strings.Contains(p.err.String(), x.says) || strings.Contains(p.err.String(), "goroutine ") {
				t.Errorf("exit code %d, want %d; said %s, want %q", code, x.code, &p.err, x.says)
			}
		})
	}
	s.sound(t)
	if _, err := os.Stat(secret); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in place of the lost secret stands another: %v", err)
	}
	if err := os.Rename(secret+".kept", secret); err != nil {
		t.Fatal(err)
	}
	lost.sound(t)
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var setup = regexp.MustCompile(`http://\S+/setup/\S+`)

// TestASecondStartHarmsNothing starts a program again where one runs already:
// the first one's link for the administrator stays good.
func TestASecondStartHarmsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &site{dir: dir, db: filepath.Join(dir, "node.db"), address: freeAddress(t)}
	p := s.serve(t)
	p.ready()
	link := setup.FindString(p.err.String())
	for end := time.Now().Add(5 * time.Second); link == "" && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		link = setup.FindString(p.err.String())
	}
	if link == "" {
		t.Fatalf("no link for the first administrator: %s", &p.err)
	}
	if code := s.serve(t).ended(); code != 1 {
		t.Errorf("the second start ended with %d", code)
	}
	if r, err := (caller{http: callers()}).get(t.Context(), link); err != nil || r.status != 200 {
		t.Errorf("after a second start the link of the first answers %d %v", r.status, err)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestAStopFinishesWhatIsUnderWay asks the program to end while somebody is
// still sending and many file: who was let in is answered, and what was
// answered is there at the next start.
func TestAStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		s := found(t, url, "0")
		p := s.serve(t)
		p.ready()
		c := newCrowd(t, s, p.url)

		body := pdf("slow", 100<<10)
		rest, send := io.Pipe()
		answered := make(chan error, 1)
		go func() {
			r, err := c.as("citizen").send(context.Background(), "POST", p.url+"/api/v1/files?name=slow.pdf", "slow", "application/pdf", rest)
			if err == nil && r.status != http.StatusCreated {
				err = fmt.Errorf("%s", r)
			}
			answered <- err
		}()
		if _, err := send.Write(body[:len(body)/2]); err != nil {
			t.Fatal(err)
		}
		stop := &fall{Cut: map[string]int{}}
		c.under.Store(stop)
		c.begin(4)
		time.Sleep(300 * time.Millisecond)
		p.cmd.Process.Signal(os.Interrupt)
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			other, err := net.Dial("tcp", p.address)
			if err != nil {
				break // nobody new is let in
			}
			other.Close()
			if time.Now().After(end) {
				t.Fatal("the program goes on letting people in")
			}
		}
		time.Sleep(200 * time.Millisecond)
		if !p.alive() {
			t.Error("the program ended while somebody was still sending")
		}
		send.Write(body[len(body)/2:])
		send.Close()
		if err := <-answered; err != nil {
			t.Errorf("who was let in was not answered: %v", err)
		}
		if code := p.ended(); code != 0 {
			t.Errorf("exit code %d: %s", code, &p.err)
		}
		if strings.Contains(p.err.String(), `"level":"ERROR"`) {
			t.Errorf("the stop was noisy: %s", &p.err)
		}
		p = s.serve(t)
		p.ready()
		c.end()
		for what, n := range stop.Cut { // a connection may close as a request comes; nothing is done and not answered
			if strings.HasSuffix(what, after) {
				t.Errorf("the stop cut %d asks: %s", n, what)
			}
		}
		c.judge(p.url).clean(t)
		if code := p.stop(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		s.sound(t)
	})
}

// TestAFirstStartCutShort kills motcua init again and again while it makes
// tables and keys: the one that is left alone ends with a whole node.
func TestAFirstStartCutShort(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		s := &site{dir: filepath.Join(t.TempDir(), "node"), db: url}
		cut := 0
		for range 6 {
			p := start(t, freeAddress(t), command(t, s.flags("init")...))
			select {
			case <-p.gone:
			case <-time.After(rand.N(250 * time.Millisecond)):
				p.kill()
				cut++
			}
		}
		r := run(t, s.flags("init")...)
		if r.code != 0 || !strings.Contains(r.out, "/setup/") {
			t.Fatalf("after %d cut starts: %s", cut, r)
		}
		if i, err := os.Stat(filepath.Join(s.dir, "root-key.pem")); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("the root's key: %v %v", i, err)
		}
		s.sound(t)
		t.Logf("%d of 6 starts were cut", cut)
	})
}
