//go:build linux

package prove

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/base/id"
)

// TestSeveralProgramsAreOneNode lets 16 file and decide through three programs
// on one database and folder, and kills one in the middle: nothing is lost or
// doubled, codes are unique, the ledger has no gap, each message is sent once.
func TestSeveralProgramsAreOneNode(t *testing.T) {
	t.Parallel()
	s := found(t, dbtest.Postgres(t), "0")
	mails := newSink(t)
	var all []*program
	var urls []string
	for range 3 {
		p := s.serveAt(t, freeAddress(t), "--smtp", "smtp://"+mails.address)
		all, urls = append(all, p), append(urls, p.url)
	}
	for _, p := range all {
		p.ready()
	}
	c := newCrowd(t, s, urls[0])
	c.at = func(n int) string { return urls[n%len(urls)] }
	c.begin(16)
	time.Sleep(1500 * time.Millisecond)
	all[1].kill()
	time.Sleep(1500 * time.Millisecond)
	c.end()
	v := c.judge(urls[0])
	v.clean(t)

	// What the dead one had in hand waits for the end of its lease; all else is done.
	left := settled(t, s)
	news := c.letters(s)
	sent := mails.seen()
	for m, n := range sent {
		if n != 1 {
			t.Errorf("message %s was sent %d times", m, n)
		}
	}
	if len(sent)+left < news {
		t.Errorf("%d mails were written, %d sent, and %d are in the dead program's hand", news, len(sent), left)
	}
	t.Logf("3 programs, one killed: %d filed, %d acts, %d mails", v.Filed, v.Acts, len(sent))
	for _, p := range []*program{all[0], all[2]} {
		if code := p.stop(); code != 0 {
			t.Errorf("exit code %d: %s", code, &p.err)
		}
	}
	s.sound(t)
	record{Proof: "three programs on one database, one killed -9", Database: "postgres", N: 1, Verdict: v}.keep(t, "several-postgres")
}

// settled waits until all messages are sent but those that a dead program had
// begun, and tells how many these are: it had three workers at most.
func settled(t *testing.T, s *site) (left int) {
	t.Helper()
	d := s.sql(t)
	defer d.Close()
	same := 0
	for end := time.Now().Add(20 * time.Second); same < 10; time.Sleep(50 * time.Millisecond) {
		n := 0
		if err := d.QueryRow(`select count(*) from job where name = 'post'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 3 || n != left {
			same = 0
		} else {
			same++
		}
		if left = n; time.Now().After(end) {
			t.Fatalf("%d messages are not sent", n)
		}
	}
	return left
}

// TestTwoProgramsOnOneFile starts a second program on a running SQLite node:
// they take turns, and lose nothing.
func TestTwoProgramsOnOneFile(t *testing.T) {
	t.Parallel()
	s := found(t, filepath.Join(t.TempDir(), "node.db"), "0")
	a, b := s.serve(t), s.serveAt(t, freeAddress(t))
	a.ready()
	b.ready()
	c := newCrowd(t, s, a.url)
	c.at = func(n int) string { return []string{a.url, b.url}[n%2] }
	c.begin(6)
	time.Sleep(time.Second)
	b.kill()
	time.Sleep(300 * time.Millisecond)
	c.end()
	c.judge(a.url).clean(t)
	if code := a.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.sound(t)
}

// TestProgramsHearOfEachOther changes something through one program and asks
// another, which has looked before: within two seconds it knows.
func TestProgramsHearOfEachOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, at string) {
		s := found(t, at, "0")
		a, b := s.serve(t), s.serveAt(t, freeAddress(t))
		a.ready()
		b.ready()
		c := newCrowd(t, s, a.url)
		m := &member{}
		up := upload("x", 1000)
		c.insist(m, up)
		filed := c.filing(m, up.id)
		c.insist(m, filed)
		acts := "/api/v1/dossiers/" + filed.id + "/acts"
		if !c.insist(m, &ask{sort: "receive", role: "clerk", path: acts, body: map[string]any{"act": "receive"}}) {
			return
		}
		clerk := c.as("clerk")
		var n int64
		d := s.sql(t)
		defer d.Close()
		if err := d.QueryRow(`select id from person where login = 'clerk'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		proposes := func() bool {
			r, err := clerk.get(t.Context(), b.url+"/api/v1/dossiers/"+filed.id)
			if err != nil || r.status != 200 {
				t.Fatal(err, r)
			}
			return strings.Contains(string(r.body), `"act":"propose"`)
		}
		finds := func(words string) func() bool {
			return func() bool {
				r, err := c.call.get(t.Context(), b.url+"/api/v1/procedures?q="+url.QueryEscape(words))
				if err != nil || r.status != 200 {
					t.Fatal(err, r)
				}
				return strings.Contains(string(r.body), service)
			}
		}
		person := "/admin/people/" + id.ID(n).String()
		for _, x := range []struct {
			what, path, role string
			form             url.Values
			know             func() bool
		}{
			{"a role given", person + "/grant", "admin", values("body", c.birth.body, "role", "officer"), proposes},
			{"a role taken", person + "/withdraw", "admin", values("body", c.birth.body, "role", "officer"), func() bool { return !proposes() }},
			{"a saying added", "/words", "clerk", values("say", "xyzzy plugh", "mean", service), finds("xyzzy plugh")},
		} {
			if x.know() {
				t.Errorf("%s is known before it happens", x.what)
			}
			if r, err := c.as(x.role).form(t.Context(), a.url+x.path, x.form); err != nil || r.status != http.StatusSeeOther {
				t.Fatalf("%s: %v %s", x.what, err, r)
			}
			began := time.Now()
			for !x.know() && time.Since(began) < 10*time.Second {
				time.Sleep(20 * time.Millisecond)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%s: the other program knows after %v", x.what, took)
			}
		}
	})
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}
