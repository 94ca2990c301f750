//go:build linux

package prove

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/call"
)

// A software is the receiver of somebody's webhooks. It does what integrators
// are told: it verifies, and bears doubles by their webhook-id.
type software struct {
	*httptest.Server
	secret call.Secret

	mu     sync.Mutex
	bodies map[string]string // by webhook-id
	times  map[string]int    // how often each arrived
	done   map[string]int    // its effects: dossier and act
	bad    []string
	strike func(w http.ResponseWriter, r *http.Request) // of the next call that arrives
}

func newSoftware(t *testing.T) *software {
	s := &software{bodies: map[string]string{}, times: map[string]int{}, done: map[string]int{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.take))
	t.Cleanup(s.Close)
	return s
}

func (s *software) take(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut off before it was whole
	}
	s.mu.Lock()
	if err := call.Verify(r.Header, b, time.Now(), s.secret); err != nil {
		s.bad = append(s.bad, err.Error())
	}
	n := r.Header.Get(call.HeaderID)
	if s.times[n]++; s.times[n] == 1 {
		var event struct {
			Subject string
			Data    struct{ Act string }
		}
		if err := json.Unmarshal(b, &event); err != nil {
			s.bad = append(s.bad, err.Error())
		}
		s.bodies[n] = string(b)
		s.done[event.Subject+" "+event.Data.Act]++
	} else if s.bodies[n] != string(b) {
		s.bad = append(s.bad, n+" came with another body")
	}
	strike := s.strike
	s.strike = nil
	s.mu.Unlock()
	if strike != nil {
		strike(w, r)
	}
}

// next lets f have the next call that arrives, and waits until it has it.
func (s *software) next(t *testing.T, f func(http.ResponseWriter, *http.Request)) {
	t.Helper()
	came := make(chan struct{})
	s.mu.Lock()
	s.strike = func(w http.ResponseWriter, r *http.Request) {
		f(w, r)
		close(came)
		<-r.Context().Done() // whoever called is dead, or has his answer
	}
	s.mu.Unlock()
	select {
	case <-came:
	case <-time.After(30 * time.Second):
		t.Fatal("no webhook comes")
	}
}

// TestAKilledProgramLosesNoWebhook kills the program while it delivers: when the
// call has arrived and nobody answered, when the answer is on its way back, at
// random. Every act that was promised to somebody arrives at least once, always
// under one webhook-id, and has its effect once.
func TestAKilledProgramLosesNoWebhook(t *testing.T) {
	rounds := 1
	if long {
		rounds = 10
	}
	each(t, func(t *testing.T, url string) {
		s, v := found(t, url, "0"), newSoftware(t)
		roots := filepath.Join(t.TempDir(), "roots.pem")
		if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.Certificate().Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		begin := func() *program {
			cmd := command(t, s.flags("serve", "--listen", s.address, "--reach", "127.0.0.0/8")...)
			cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+roots)
			p := start(t, s.address, cmd)
			p.ready()
			return p
		}
		p := begin()
		c := newCrowd(t, s, p.url)
		r, err := c.as("citizen").post(t.Context(), p.url+"/api/v1/webhooks", "", map[string]any{"url": v.URL + "/", "types": []string{"dossier.filed", "dossier.acted"}})
		var hook struct{ Secret string }
		if err == nil {
			err = r.into(&hook)
		}
		if err == nil {
			v.secret, err = call.ParseSecret(hook.Secret)
		}
		if err != nil {
			t.Fatalf("%v %s", err, r)
		}
		c.begin(3)
		kills := 0
		for range rounds {
			for _, strike := range []func(http.ResponseWriter, *http.Request){
				func(http.ResponseWriter, *http.Request) {},
				func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(http.StatusNoContent)
					w.(http.Flusher).Flush()
				},
				func(http.ResponseWriter, *http.Request) { time.Sleep(rand.N(20 * time.Millisecond)) },
			} {
				v.next(t, strike)
				p.kill()
				kills++
				// What the dead one had in hand waits for the end of its lease: let that be now.
				s.change(t, `update job set at = 1 where name = 'handover.send' and not fresh and at is not null`)
				p = begin()
			}
		}
		c.end()
		for end := time.Now().Add(60 * time.Second); strings.TrimSpace(s.text(t, `select count(*) from handover_message where state = 'waiting'`)) != "0"; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not all is delivered: %s", s.text(t, `select state, tries, next from handover_message where state <> 'done'`))
			}
		}
		if code := p.stop(); code != 0 {
			t.Errorf("exit code %d: %s", code, &p.err)
		}
		v.judge(t, c, kills)
		s.sound(t)
		record{Proof: fmt.Sprintf("%d events to a webhook, the sender killed -9 %d times while it delivered: each arrived, with %d doubles, each under one webhook-id, each with one effect", len(v.times), kills, v.doubles()),
			Database: s.kind(), N: kills}.keep(t, "webhook-"+s.kind())
	})
}

// doubles are how many calls were those of an event that had arrived before.
func (s *software) doubles() (n int) {
	for _, times := range s.times {
		n += times - 1
	}
	return n
}

// judge compares what arrived with what the crowd was promised.
func (s *software) judge(t *testing.T, c *crowd, kills int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, bad := range s.bad {
		t.Error(bad)
	}
	promised := 0
	for _, a := range c.told {
		act := a.sort
		switch act {
		case "upload":
			continue
		case "file":
			act = "submit"
		}
		promised++
		if n := s.done[a.id+" "+act]; n != 1 {
			t.Errorf("%s of %s had its effect %d times", act, a.id, n)
		}
	}
	if promised == 0 || promised != len(s.done) || len(s.done) != len(s.times) {
		t.Errorf("%d acts were promised, %d effects of %d events", promised, len(s.done), len(s.times))
	}
	// Two of three kills leave a call without an answer, and that is made again.
	if n := s.doubles(); n < kills*2/3 {
		t.Errorf("%d calls came again after %d kills: they did not fall into deliveries", n, kills)
	}
	t.Logf("%d events, %d calls came again, %d kills", len(s.times), s.doubles(), kills)
}
