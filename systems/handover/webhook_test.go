package handover

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/kerneltest"
	"motcua/systems/handover/hook"
	"motcua/systems/handover/register"
)

// A receiver is a machine of somebody else, as good or bad as the test says.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []got
	answer func(w http.ResponseWriter, g got)
}

// A got is one call that arrived.
type got struct {
	id     string
	header http.Header
	body   string
	event  hook.Event
	at     time.Time
}

func newReceiver(t *testing.T, answer func(http.ResponseWriter, got)) *receiver {
	v := &receiver{answer: answer}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		g := got{id: r.Header.Get(call.HeaderID), header: r.Header, body: string(b), at: time.Now()}
		json.Unmarshal(b, &g.event)
		v.mu.Lock()
		v.got = append(v.got, g)
		v.mu.Unlock()
		if v.answer != nil {
			v.answer(w, g)
		}
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *receiver) all() []got {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.got)
}

// subscribe lets the body's software subscribe; the demo's rule about TLS is not what is tested.
func (s *stage) subscribe(t *testing.T, to string, types ...string) (e hook.Endpoint, secret call.Secret) {
	t.Helper()
	e = hook.Endpoint{ID: s.IDs.New(), Scope: "body:" + kerneltest.Here, Account: s.c.Account, URL: to, Types: types}
	err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		secret, err = s.h.register.Hooks.Put(tx, s.People["root"], e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, secret
}

// run does the calls that are due.
func (s *stage) run(t *testing.T) {
	t.Helper()
	if err := s.Calls.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) sent(t *testing.T, e hook.Endpoint, state string) []hook.Sent {
	t.Helper()
	all, err := s.h.register.Hooks.Sent(t.Context(), e.ID, state, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEventsAreSignedOrderedAndSayNothingAboutPersons(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		v := newReceiver(t, nil)
		_, secret := s.subscribe(t, v.URL, hook.Filed, hook.Acted, hook.Ended)
		d := s.File(t, birth)
		s.call(t, s.token, "POST", "/api/v1/handover/"+d.ID.String()+"/acknowledge", `{"number": "1"}`, 200, nil)
		s.Do(t, "applicant", d.ID, "withdraw", nil)
		s.run(t)
		var types, sequence []string
		for _, g := range v.all() {
			types, sequence = append(types, g.event.Type), append(sequence, g.event.Sequence)
			if err := call.Verify(g.header, []byte(g.body), time.Now(), secret); err != nil {
				t.Error(err)
			}
			for _, private := range []string{"Nguyễn", "001093000011", "mother"} {
				if strings.Contains(g.body, private) {
					t.Errorf("the event says %q: %s", private, g.body)
				}
			}
		}
		slices.Sort(types)
		if want := "dossier.acted dossier.acted dossier.ended dossier.filed"; strings.Join(types, " ") != want {
			t.Errorf("got %q, want %q", types, want)
		}
		if !slices.IsSorted(sequence) {
			t.Errorf("sent in the order %q", sequence)
		}
	})
}

// TestGoldenWebhook holds one webhook to what outsiders read; the id, the time and the signature are put in place.
func TestGoldenWebhook(t *testing.T) {
	s := open(t, dbtest.SQLite(t), register.Pull)
	v := newReceiver(t, nil)
	s.subscribe(t, v.URL, hook.Filed)
	d := s.File(t, birth)
	s.run(t)
	all := v.all()
	if len(all) != 1 {
		t.Fatalf("%d calls", len(all))
	}
	g := all[0]
	var b strings.Builder
	for _, name := range []string{"Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		b.WriteString(strings.ToLower(name) + ": " + g.header.Get(name) + "\n")
	}
	var pretty map[string]any
	json.Unmarshal([]byte(g.body), &pretty)
	x, _ := json.MarshalIndent(pretty, "", "  ")
	b.WriteString("\n" + string(x) + "\n")
	text := strings.NewReplacer(g.id, "msg_ID", g.header.Get("Webhook-Timestamp"), "TIME", g.header.Get("Webhook-Signature"), "v1,SIGNATURE", d.ID.String(), "DOSSIER",
		g.event.ID, "ACT", pretty["time"].(string), "2020-03-02T02:00:00Z").Replace(b.String())
	const file = "testdata/webhook.golden"
	if os.Getenv("MOTCUA_GOLDEN") == "1" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, _ := os.ReadFile(file); text != string(want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestAReceiverThatFailsAndComesBackMissesNothing(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		good := false
		v := newReceiver(t, func(w http.ResponseWriter, g got) {
			if !good {
				http.Error(w, "out of order", 500)
			}
		})
		e, _ := s.subscribe(t, v.URL, hook.Filed)
		for range 3 {
			s.File(t, birth)
		}
		s.run(t)
		if n := len(v.all()); n != 3 {
			t.Fatalf("%d calls, want 3", n)
		}
		s.run(t)
		if n := len(v.all()); n != 3 {
			t.Errorf("%d calls before the pause is over", n)
		}
		s.Later(time.Minute)
		s.run(t)
		good = true
		s.Later(time.Hour)
		s.run(t)
		ids := map[string]int{}
		for _, g := range v.all() {
			ids[g.id]++
		}
		if len(ids) != 3 || len(s.sent(t, e, "done")) != 3 {
			t.Errorf("got %v; %d done", ids, len(s.sent(t, e, "done")))
		}
		for _, m := range s.sent(t, e, "") {
			if len(m.All) != 3 || m.All[0].Status != 500 || m.All[0].Said != "out of order" || m.All[2].Status != 200 {
				t.Errorf("tries %+v", m.All)
			}
		}
	})
}

func TestADeadReceiverCostsOneCallARoundAndIsTurnedOff(t *testing.T) {
	s := open(t, dbtest.SQLite(t), register.Pull)
	v := newReceiver(t, nil)
	dead := v.URL
	v.Close()
	e, _ := s.subscribe(t, dead, hook.Filed)
	well := newReceiver(t, nil)
	s.subscribe(t, well.URL, hook.Filed)
	for range 5 {
		s.File(t, birth)
	}
	s.run(t)
	tries := func() (n int) {
		for _, m := range s.sent(t, e, "") {
			n += len(m.All)
		}
		return n
	}
	if n := tries(); n != 1 {
		t.Errorf("%d calls to a dead machine in one round", n)
	}
	if n := len(well.all()); n != 5 {
		t.Errorf("the other got %d of 5", n)
	}
	for range 30 {
		s.Later(12 * time.Hour)
		s.run(t)
	}
	all, err := s.h.register.Hooks.Of(t.Context(), []string{e.Scope})
	if err != nil || all[0].Off.IsZero() || all[0].Why != "days" {
		t.Fatalf("after fifteen days it is %+v, %v", all, err)
	}
	n := tries()
	s.File(t, birth)
	s.Later(24 * time.Hour)
	s.run(t)
	if tries() != n {
		t.Error("it is called though it is off")
	}
}

func TestWhatWasPutAsideIsSentAgainByHand(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		good := false
		v := newReceiver(t, func(w http.ResponseWriter, g got) {
			if !good && g.event.Type == hook.Ended {
				w.WriteHeader(400)
			}
		})
		e, _ := s.subscribe(t, v.URL, hook.Filed, hook.Ended)
		d := s.File(t, birth)
		s.Do(t, "applicant", d.ID, "withdraw", nil)
		for range 14 {
			s.run(t)
			s.Later(12 * time.Hour)
			s.File(t, birth) // others get through meanwhile: the endpoint is well
		}
		dead := s.sent(t, e, "dead")
		if len(dead) != 1 || dead[0].Type != hook.Ended {
			t.Fatalf("put aside: %+v", dead)
		}
		good = true
		at := "/api/v1/webhooks/" + e.ID.String()
		s.call(t, s.token, "GET", at+"/deliveries?state=dead", "", 200, nil)
		s.call(t, s.token, "POST", at+"/replay", `{"message": "msg_0000000000000"}`, 422, nil)
		var n struct{ Count int }
		if s.call(t, s.token, "POST", at+"/replay", `{}`, 200, &n); n.Count != 1 {
			t.Errorf("%d sent again", n.Count)
		}
		s.run(t)
		if all := s.sent(t, e, "dead"); len(all) != 0 {
			t.Errorf("still put aside: %+v", all)
		}
		s.call(t, s.token, "POST", at+"/replay", `{"message": "`+dead[0].Name()+`"}`, 200, &n)
		s.run(t)
		times := 0
		for _, g := range v.all() {
			if g.id == dead[0].Name() {
				times++
			}
		}
		if times < 3 {
			t.Errorf("it arrived %d times under its id", times)
		}
	})
}

// TestSentButNotRecorded is a program that dies between a call and its record:
// the call is made again, and the receiver knows it by its id.
func TestSentButNotRecorded(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		ctx, die := context.WithCancel(context.Background())
		defer die()
		dies := true
		v := newReceiver(t, func(w http.ResponseWriter, g got) {
			if dies {
				die() // the call has arrived; its answer is never read
				time.Sleep(50 * time.Millisecond)
			}
		})
		e, _ := s.subscribe(t, v.URL, hook.Filed)
		s.File(t, birth)
		body, _ := json.Marshal(e.ID)
		if err := s.h.register.Hooks.Send(ctx, body); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if m := s.sent(t, e, "waiting"); len(m) != 1 || len(m[0].All) != 0 {
			t.Fatalf("recorded all the same: %+v", m)
		}
		dies = false
		s.run(t)
		all := v.all()
		if len(all) != 2 || all[0].id != all[1].id || all[0].body != all[1].body {
			t.Errorf("got %+v", all)
		}
		if m := s.sent(t, e, "done"); len(m) != 1 {
			t.Errorf("got %+v", m)
		}
	})
}

func TestAWaitingDossierIsToldUntilTheNumberComes(t *testing.T) {
	each(t, register.Push, func(t *testing.T, s *stage) {
		number := ""
		v := newReceiver(t, func(w http.ResponseWriter, g got) {
			if number != "" {
				json.NewEncoder(w).Encode(map[string]string{"number": number})
			}
		})
		s.c.URL = v.URL
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("update handover_endpoint set url = $1 where id = $2", v.URL, s.c.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		d := s.File(t, birth)
		for range 3 {
			s.run(t)
			s.Later(time.Hour)
		}
		if n := len(v.all()); n != 3 {
			t.Errorf("told %d times in three hours, want 3", n)
		}
		s.As(t, "applicant").Get("/c/"+d.ID.String()).Want(t, 200, "Đang chờ")
		number = "HB-9"
		s.run(t)
		var p Package
		s.call(t, s.token, "GET", "/api/v1/handover/"+d.ID.String(), "", 200, &p)
		if p.Number != "HB-9" || p.Dossier.State != "elsewhere-held" || p.Dossier.Acts[1].Name != "Phần mềm của UBND phường Hàng Bạc" {
			t.Errorf("got %+v", p.Dossier.Acts)
		}
		n := len(v.all())
		s.Later(24 * time.Hour)
		if s.run(t); len(v.all()) != n {
			t.Error("it is told though it was acknowledged")
		}
		s.sound(t)
	})
}

func TestWebhooksBelongToTheirOwners(t *testing.T) {
	s := open(t, dbtest.SQLite(t), register.Pull)
	e, _ := s.subscribe(t, "https://software.example/in", hook.Filed)
	at := "/api/v1/webhooks/" + e.ID.String()
	citizen := s.tokenOf(t, s.People["applicant"].ID)
	for _, x := range [][3]string{{"GET", at + "/deliveries", ""}, {"POST", at + "/trial", `{"type": "dossier.filed"}`}, {"POST", at + "/secret", ""}, {"POST", at + "/replay", `{}`}, {"DELETE", at, ""}} {
		s.call(t, citizen, x[0], x[1], x[2], 404, nil)
	}
	s.call(t, citizen, "POST", "/api/v1/webhooks", `{"url": "https://a.example/", "types": ["dossier.filed"], "body": "`+kerneltest.Here+`"}`, 403, nil)
	s.call(t, citizen, "POST", "/api/v1/webhooks", `{"url": "https://a.example/", "types": ["dossier.filed"], "org": "0101"}`, 403, nil)
	for _, bad := range []string{`"http://a.example/"`, `"https://u:p@a.example/"`, `"ftp://a.example/"`, `"https:///x"`, `""`} {
		s.call(t, citizen, "POST", "/api/v1/webhooks", `{"url": `+bad+`, "types": ["dossier.filed"]}`, 422, nil)
	}
	var w Webhook
	s.call(t, citizen, "POST", "/api/v1/webhooks", `{"url": "https://a.example/", "types": ["dossier.filed"]}`, 201, &w)
	first := w.Secret
	s.call(t, citizen, "POST", "/api/v1/webhooks/"+w.ID+"/secret", "", 200, &w)
	n, _ := id.Parse(w.ID)
	secrets, err := s.h.register.Hooks.Secrets(t.Context(), n)
	if err != nil || len(secrets) != 2 || secrets[0].String() != w.Secret || secrets[1].String() != first {
		t.Errorf("signed with %v, %v", secrets, err)
	}
	s.Later(25 * time.Hour)
	if secrets, err = s.h.register.Hooks.Secrets(t.Context(), n); err != nil || len(secrets) != 1 || secrets[0].String() != w.Secret {
		t.Errorf("a day later signed with %v, %v", secrets, err)
	}
	d := s.File(t, birth) // the citizen's own dossier
	all := s.sent(t, hook.Endpoint{ID: n}, "waiting")
	if len(all) != 1 || all[0].Dossier != d.ID {
		t.Errorf("his own endpoint gets %+v", all)
	}
	s.call(t, citizen, "DELETE", "/api/v1/webhooks/"+w.ID, "", 200, &w)
	if w.Off == nil {
		t.Error("it is still on")
	}
}
