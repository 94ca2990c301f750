package eid_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	parties "motcua/systems/eid/party"
	"motcua/systems/eid/push"
)

// A device is a phone with its push service: it opens what comes.
type device struct {
	own    *ecdh.PrivateKey
	auth   []byte
	got    []push.Message
	status int // what the service answers
	calls  int
	*httptest.Server
}

func newDevice(t *testing.T) *device {
	d := &device{auth: make([]byte, 16), status: 201}
	d.own, _ = ecdh.P256().GenerateKey(rand.Reader)
	rand.Read(d.auth)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.calls++
		body, _ := io.ReadAll(r.Body)
		if w.WriteHeader(d.status); d.status == 201 {
			var m push.Message
			if err := json.Unmarshal(d.open(t, body), &m); err != nil {
				t.Error(err)
			}
			d.got = append(d.got, m)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *device) open(t *testing.T, body []byte) []byte {
	t.Helper()
	salt, sender := body[:16], body[21:86]
	from, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		t.Fatal(err)
	}
	shared, _ := d.own.ECDH(from)
	ikm, _ := hkdf.Key(sha256.New, shared, d.auth, "WebPush: info\x00"+string(d.own.PublicKey().Bytes())+string(sender), 32)
	key, _ := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, _ := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	block, _ := aes.NewCipher(key)
	gcm, _ := cipher.NewGCM(block)
	plain, err := gcm.Open(nil, nonce, body[86:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return plain[:len(plain)-1]
}

// said is what an app registers of it.
func (d *device) said(change ...string) string {
	keys := map[string]string{"p256dh": encode(d.own.PublicKey().Bytes()), "auth": encode(d.auth)}
	m := map[string]any{"device": "Điện thoại của tôi", "endpoint": d.URL + "/p/1", "keys": keys}
	for i := 0; i < len(change); i += 2 {
		if keys[change[i]] != "" {
			keys[change[i]] = change[i+1]
		} else {
			m[change[i]] = change[i+1]
		}
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// TestNewsIsPushed lets an app register a phone: it is told of what others do to
// the person's dossier and of nothing else, until he withdraws.
func TestNewsIsPushed(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.Demo = true // a push service without TLS
		app, b, phone := s.phone("app"), s.browser("applicant"), newDevice(t)
		token := s.signIn(b, app, "scope", "openid read notify").Access
		for _, bad := range [][]string{{"endpoint", "ftp://x"}, {"endpoint", "https://u:p@x.example/"}, {"p256dh", "AAAA"}, {"auth", "AAAA"}, {"device", " "}} {
			if o := s.bear("POST", "/api/v1/push", token, phone.said(bad...)); o.status != 422 {
				t.Errorf("%v: %d %s", bad, o.status, o.body)
			}
		}
		for range 2 { // twice is once
			if o := s.bear("POST", "/api/v1/push", token, phone.said()); o.status != 201 {
				t.Fatalf("%d %s", o.status, o.body)
			}
		}
		devices := func(token string) (n int) {
			var got struct {
				Key   string
				Items []struct{ ID string }
			}
			o := s.bear("GET", "/api/v1/push", token, "")
			if err := json.Unmarshal([]byte(o.body), &got); err != nil || len(got.Key) != 87 {
				t.Fatalf("%d %s", o.status, o.body)
			}
			return len(got.Items)
		}
		if n := devices(token); n != 1 {
			t.Errorf("%d devices, want 1", n)
		}
		if n := devices(s.signIn(s.browser("leader"), app, "scope", "openid notify").Access); n != 0 {
			t.Errorf("another person's app sees %d", n)
		}
		drain := func() {
			t.Helper()
			if err := s.Calls.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		x := s.ask(kerneltest.Here, "mine", parties.ByNone, nil)
		drain()
		if len(phone.got) != 0 {
			t.Errorf("told of what he did himself: %v", phone.got)
		}
		s.Do(t, "leader", x.id, "want", nil)
		drain()
		d, err := s.Engine.Find(t.Context(), x.id)
		if err != nil || len(phone.got) != 1 || phone.got[0] != (push.Message{Dossier: x.id.String(), Code: d.Code, News: true}) {
			t.Fatalf("pushed %v, %v", phone.got, err)
		}

		// A service that is away is asked again; one that knows the device no more ends it.
		phone.status = 503
		s.Do(t, "root", x.id, "admit", nil)
		drain()
		phone.status = 201
		s.Later(2 * time.Minute)
		drain()
		if len(phone.got) != 2 || phone.calls != 3 {
			t.Errorf("after it came back: %v in %d calls", phone.got, phone.calls)
		}
		y := s.ask(kerneltest.Here, "second", parties.ByNone, nil)
		phone.status = 410
		s.Do(t, "leader", y.id, "want", nil)
		drain()
		token = s.signIn(b, app, "scope", "openid notify").Access
		if n := devices(token); n != 0 {
			t.Errorf("a dead device is still there: %d", n)
		}

		// What he withdraws ends the news in the same moment, with what was on its way.
		phone.status = 201
		s.bear("POST", "/api/v1/push", token, phone.said())
		z := s.ask(kerneltest.Here, "third", parties.ByNone, nil)
		s.Do(t, "leader", z.id, "want", nil)
		b.do("POST", issuer+"/me/apps/"+app.id.String()+"/withdraw", url.Values{})
		drain()
		if len(phone.got) != 2 {
			t.Errorf("told after he withdrew: %v", phone.got)
		}
	})
}

// TestPushReachesNoInside registers addresses that lead into the node's own network.
func TestPushReachesNoInside(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.Demo = true
	s.Reach = nil
	app, phone := s.phone("app"), newDevice(t)
	token := s.signIn(s.browser("applicant"), app, "scope", "openid notify").Access
	x := s.ask(kerneltest.Here, "mine", parties.ByNone, nil)
	if o := s.bear("POST", "/api/v1/push", token, phone.said("endpoint", strings.Replace(phone.URL, "127.0.0.1", "localhost", 1))); o.status != 201 {
		t.Fatal(o.status, o.body)
	}
	house, err := push.Open(t.Context(), s.App)
	if err != nil {
		t.Fatal(err)
	}
	s.Do(t, "leader", x.id, "want", nil)
	var n struct{ Items []struct{ ID string } }
	json.Unmarshal([]byte(s.bear("GET", "/api/v1/push", token, "").body), &n)
	if err := house.Send(t.Context(), []byte(`{"device":"`+n.Items[0].ID+`","dossier":"`+x.id.String()+`"}`)); err != nil || phone.calls != 0 {
		t.Errorf("this machine was called %d times, %v", phone.calls, err)
	}
}
