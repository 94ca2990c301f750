//go:build linux

package prove

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A crowd files and decides, each member in his own time, and remembers what it
// was promised. It is the parent of the proof: it outlives every victim.
type crowd struct {
	t      testing.TB
	call   caller
	tokens map[string]string
	at     func(n int) string // where to ask; who asks again may ask another program
	birth  birth
	life   func(c *crowd, m *member)       // what a member does in one round
	heard  atomic.Pointer[func(*ask) bool] // hears of every good answer first; false: it never came
	under  atomic.Pointer[fall]            // where the kill falls that is under way

	first   int  // number of the first member
	keyless bool // asks again without saying that it is the same

	over atomic.Bool
	wg   sync.WaitGroup
	mu   sync.Mutex
	told []*ask // acknowledged
}

// A member is one of the crowd.
type member struct {
	n, round int
	card     string // a paper given before, used again
}

// An ask is one POST under its key. Who gets no whole answer sends the same
// again, with the same key, until he has one.
type ask struct {
	sort     string // upload, file, receive, propose, approve
	role     string
	key      string
	path     string
	body     any
	cut      *fall // the kill that broke its connection last
	reply    reply
	id, code string
}

// Phases of a cut ask, known once its second sending is answered: a replayed
// answer was committed before the kill.
const (
	before = "before its commit"
	after  = "after its commit, before its answer"
)

func (a *ask) phase() string {
	if a.reply.header.Get("Idempotency-Replayed") == "true" {
		return after
	}
	return before
}

// birth is how a birth is registered, by the example in the service's own file.
type birth struct {
	body    string
	answers map[string]any
	propose map[string]any
	paper   []string
}

const (
	service = "1.001193"
	name    = "child_name"
)

// learn asks the program for the example.
func learn(t testing.TB, c caller, url string) (b birth) {
	t.Helper()
	var p struct {
		Examples []struct {
			Body    string
			Answers map[string]any
			Papers  map[string]string
			Story   []struct {
				Act     string
				Answers map[string]any
			}
		}
	}
	r, err := c.get(t.Context(), url+"/api/v1/procedures/"+service)
	if err == nil {
		err = r.into(&p)
	}
	if err != nil || len(p.Examples) == 0 {
		t.Fatalf("no example of %s: %v %s", service, err, r)
	}
	x := p.Examples[0]
	b = birth{body: x.Body, answers: x.Answers, paper: slices.Sorted(maps.Keys(x.Papers))}
	for _, turn := range x.Story {
		if turn.Act == "propose" {
			b.propose = turn.Answers
		}
	}
	return b
}

// newCrowd is a crowd of citizens and officials before the program at url.
func newCrowd(t testing.TB, s *site, url string) *crowd {
	c := &crowd{t: t, call: caller{http: callers()}, tokens: s.tokens, at: func(int) string { return url }, life: register}
	c.birth = learn(t, c.call, url)
	return c
}

// as is the person of a role.
func (c *crowd) as(role string) caller { return caller{http: c.call.http, token: c.tokens[role]} }

// begin lets n members begin.
func (c *crowd) begin(n int) {
	for i := range n {
		c.wg.Go(func() {
			for m := (&member{n: c.first + i}); !c.over.Load() && !c.t.Failed(); m.round++ {
				c.life(c, m)
			}
		})
	}
}

// end lets everybody finish what he began. A program must run.
func (c *crowd) end() {
	c.over.Store(true)
	c.wg.Wait()
}

// register is a member's round: a birth is registered with a paper, received,
// and every third time decided.
func register(c *crowd, m *member) {
	if m.card == "" || m.round%3 == 0 {
		up := upload(fmt.Sprint(m.n, m.round), 20<<10)
		if !c.insist(m, up) {
			return
		}
		m.card = up.id
	}
	filed := c.filing(m, m.card)
	if !c.insist(m, filed) {
		return
	}
	steps := []*ask{{sort: "receive", role: "clerk"}}
	if m.round%3 == 1 {
		steps = append(steps, &ask{sort: "propose", role: "officer"}, &ask{sort: "approve", role: "leader"})
	}
	for _, s := range steps {
		s.path = "/api/v1/dossiers/" + filed.id + "/acts"
		body := map[string]any{"act": s.sort}
		if s.sort == "propose" {
			body["answers"] = c.birth.propose
		}
		if s.body = body; !c.insist(m, s) {
			return
		}
	}
}

// upload is the ask to keep a document of about size bytes.
func upload(mark string, size int) *ask {
	return &ask{sort: "upload", role: "citizen", path: "/api/v1/files?name=paper.pdf", body: pdf(mark, size)}
}

// filing is the ask to file; the child's name is the ask's own, so that a
// dossier tells which ask it came from.
func (c *crowd) filing(m *member, file string) *ask {
	answers := maps.Clone(c.birth.answers)
	answers[name] = "Nguyễn " + m.key("file")
	papers := map[string][]string{}
	for _, p := range c.birth.paper {
		papers[p] = []string{file}
	}
	return &ask{sort: "file", role: "citizen", path: "/api/v1/dossiers",
		body: map[string]any{"kind": "portal/" + service, "body": c.birth.body, "answers": answers, "papers": papers}}
}

func (m *member) key(sort string) string { return fmt.Sprintf("%s-%d-%d", sort, m.n, m.round) }

// insist sends a under its key until it is answered, and notes the promise. It
// reports false when the answer was a refusal, which fails the test.
func (c *crowd) insist(m *member, a *ask) bool {
	a.key = m.key(a.sort)
	who, key := c.as(a.role), a.key
	if c.keyless {
		key = ""
	}
	for try := 0; ; try++ {
		r, err := who.post(context.Background(), c.at(m.n+try)+a.path, key, a.body)
		if err == nil && r.status/100 == 2 && c.withheld(a) {
			err = errWithheld
		}
		switch {
		case err == nil && r.status/100 == 2:
			return c.keep(a, r)
		case err == nil && r.status != 503:
			c.t.Errorf("%s %s, try %d: %s", a.role, a.key, try, r)
			return false
		case err != nil && !nobody(err):
			a.cut = c.under.Load()
		}
		if try > 3000 {
			c.t.Errorf("%s: nobody answers: %v %s", a.key, err, r)
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// keep notes what was promised.
func (c *crowd) keep(a *ask, r reply) bool {
	var d struct{ ID, Code, SHA256 string }
	if err := r.into(&d); err != nil || d.ID == "" {
		c.t.Errorf("%s: not an answer: %v", a.key, err)
		return false
	}
	a.reply, a.id, a.code = r, d.ID, d.Code
	if b, ok := a.body.([]byte); ok {
		sum := sha256.Sum256(b)
		if a.code = d.SHA256; a.code != hex.EncodeToString(sum[:]) {
			c.t.Errorf("%s: the file has the hash %s, sent was %x", a.key, a.code, sum)
		}
		a.body = nil
	}
	a.reply.body = nil
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, a)
	if a.cut != nil {
		a.cut.Cut[a.sort+" "+a.phase()]++
	}
	return true
}

func (c *crowd) withheld(a *ask) bool {
	heard := c.heard.Load()
	return heard != nil && !(*heard)(a)
}

// pdf is a document of about size bytes that nobody else has.
func pdf(mark string, size int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%%PDF-1.4\n%% %s\n", mark)
	for b.Len() < size {
		fmt.Fprintf(&b, "%% %s %d\n", mark, b.Len())
	}
	b.WriteString("trailer\n<<>>\n%%EOF\n")
	return b.Bytes()
}
