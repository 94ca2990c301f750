package call

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// The example of the standard's own test suite, so that we agree with everybody else.
func TestTheStandardsExample(t *testing.T) {
	s, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	Sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, s)
	if got, want := h.Get(HeaderSignature), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVerify(t *testing.T) {
	now, body := time.Unix(1600000000, 0), []byte(`{"a":1}`)
	old, fresh, other := NewSecret(), NewSecret(), NewSecret()
	signed := func() http.Header {
		h := http.Header{}
		Sign(h, "msg_1", now, body, old, fresh)
		return h
	}
	with := func(name, v string) http.Header { h := signed(); h.Set(name, v); return h }
	for name, c := range map[string]struct {
		h    http.Header
		body string
		at   time.Time
		keys []Secret
		want error
	}{
		"the new secret":      {signed(), string(body), now, []Secret{fresh}, nil},
		"the old secret":      {signed(), string(body), now, []Secret{old}, nil},
		"either":              {signed(), string(body), now, []Secret{other, old}, nil},
		"at the last moment":  {signed(), string(body), now.Add(Tolerance), []Secret{fresh}, nil},
		"too late":            {signed(), string(body), now.Add(Tolerance + time.Second), []Secret{fresh}, ErrTime},
		"from the future":     {signed(), string(body), now.Add(-Tolerance - time.Second), []Secret{fresh}, ErrTime},
		"another secret":      {signed(), string(body), now, []Secret{other}, ErrSignature},
		"no secret":           {signed(), string(body), now, nil, ErrSignature},
		"another body":        {signed(), `{"a":2}`, now, []Secret{fresh}, ErrSignature},
		"another id":          {with(HeaderID, "msg_2"), string(body), now, []Secret{fresh}, ErrSignature},
		"a point in the id":   {with(HeaderID, "msg.1"), string(body), now, []Secret{fresh}, ErrHeaders},
		"another time":        {with(HeaderTime, "1600000001"), string(body), now, []Secret{fresh}, ErrSignature},
		"a time with a plus":  {with(HeaderTime, "+1600000000"), string(body), now, []Secret{fresh}, ErrHeaders},
		"no time":             {with(HeaderTime, ""), string(body), now, []Secret{fresh}, ErrHeaders},
		"another version":     {with(HeaderSignature, "v2,"+strings.Repeat("A", 43)+"="), string(body), now, []Secret{fresh}, ErrHeaders},
		"many that fit not":   {with(HeaderSignature, strings.Repeat("v1,"+strings.Repeat("A", 43)+"= ", 20)), string(body), now, []Secret{fresh}, ErrSignature},
		"an endless header":   {with(HeaderSignature, strings.Repeat("v1,", 1000)), string(body), now, []Secret{fresh}, ErrHeaders},
		"nothing of the kind": {http.Header{}, string(body), now, []Secret{fresh}, ErrHeaders},
	} {
		if got := Verify(c.h, []byte(c.body), c.at, c.keys...); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	for _, bad := range []string{"", "whsec_", "whsec_MfKQ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + strings.Repeat("A", 100), "whsec_???"} {
		if _, err := ParseSecret(bad); err != ErrSecret {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if s, err := ParseSecret(old.String()); err != nil || string(s) != string(old) {
		t.Errorf("got %v, %v", s, err)
	}
}

func FuzzVerify(f *testing.F) {
	key, now := Secret(strings.Repeat("k", 32)), time.Unix(1600000000, 0)
	h := http.Header{}
	Sign(h, "msg_1", now, []byte("{}"), key)
	good := h.Get(HeaderSignature)
	f.Add("msg_1", "1600000000", good)
	f.Add("msg_1", "1600000000", good+" v1a,x v1,")
	f.Add("msg_1", "1600000000", strings.TrimSuffix(good, "s=")+"v= v1,") // bits that base64 leaves over
	f.Add("", "-1", "v1,,")
	f.Add("msg_1", "01600000000", "v1 "+good)
	f.Fuzz(func(t *testing.T, id, at, sig string) {
		h := http.Header{HeaderID: {id}, HeaderTime: {at}, HeaderSignature: {sig}}
		if Verify(h, []byte("{}"), now, key) == nil && (id != "msg_1" || at != "1600000000" || !strings.Contains(sig, strings.TrimPrefix(good, "v1,"))) {
			t.Errorf("%q %q %q was taken for signed", id, at, sig)
		}
		if Verify(h, []byte("{ }"), now, key) == nil {
			t.Errorf("%q %q %q fits another body", id, at, sig)
		}
	})
}

func TestReaches(t *testing.T) {
	allow, err := ParseNetworks("10.20.0.0/16, fd00:1::/32")
	if err != nil {
		t.Fatal(err)
	}
	for ip, want := range map[string]bool{"113.160.1.1": true, "2405:4800::1": true, "8.8.8.8": true, "10.20.3.4": true, "fd00:1::9": true, "::ffff:10.20.3.4": true,
		"10.21.0.1": false, "127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "169.254.169.254": false, "fe80::1": false, "192.168.1.1": false,
		"172.16.0.1": false, "100.64.0.1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "224.0.0.1": false, "ff02::1": false,
		"255.255.255.255": false, "fd00:2::1": false, "198.18.0.1": false, "192.0.2.1": false, "240.0.0.1": false, "2001::1": false, "fec0::1": false} {
		if got := Reaches(netip.MustParseAddr(ip), allow); got != want {
			t.Errorf("%s: got %v, want %v", ip, got, want)
		}
	}
	if _, err := ParseNetworks("10.0.0.1"); err == nil {
		t.Error("an address was taken for a network")
	}
}

func TestPost(t *testing.T) {
	hits := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hits++; r.URL.Path == "/away" {
			http.Redirect(w, r, "/inside", http.StatusTemporaryRedirect)
			return
		}
		w.WriteHeader(202)
		w.Write([]byte(strings.Repeat("x", 100_000)))
	}))
	defer s.Close()
	ctx := t.Context()
	if _, err := NewCaller(nil).Post(ctx, s.URL, http.Header{}, nil); !errors.Is(err, ErrPlace) || hits != 0 {
		t.Errorf("this machine was reached: %v, %d calls", err, hits)
	}
	if _, err := NewCaller(nil).Post(ctx, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), http.Header{}, nil); !errors.Is(err, ErrPlace) || hits != 0 {
		t.Errorf("this machine was reached by name: %v", err)
	}
	here, _ := ParseNetworks("127.0.0.0/8")
	c := NewCaller(here)
	if a, err := c.Post(ctx, s.URL, http.Header{}, []byte("hi")); err != nil || a.Status != 202 || len(a.Body) != answerMost {
		t.Errorf("got %d, %d bytes, %v", a.Status, len(a.Body), err)
	}
	if a, err := c.Post(ctx, s.URL+"/away", http.Header{}, nil); err != nil || a.Status != 307 || hits != 2 {
		t.Errorf("the redirect was followed: %d, %v, %d calls", a.Status, err, hits)
	}
}
