package gateway

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// secret is one as short as may be.
const secret = "sixteen of these"

func client() *Client {
	return &Client{URL: "https://gate.example", Secret: secret, Now: func() time.Time { return time.Unix(1_600_000_000, 0) }}
}

func TestCallback(t *testing.T) {
	c, what := client(), "POST /pay/callback"
	body := []byte(`{"event":"e","payment":"p","reference":"MC","status":"paid","transaction":{"id":"t","amount":5}}`)
	good := Sign(secret, c.Now(), what, body)
	if n, err := c.Read(good, what, body); err != nil || n.Transaction.Amount != 5 {
		t.Fatalf("%+v, %v", n, err)
	}
	for name, x := range map[string]struct {
		header string
		body   []byte
	}{
		"another secret":  {Sign("sixteen of those", c.Now(), what, body), body},
		"another address": {Sign(secret, c.Now(), "POST /elsewhere", body), body},
		"another body":    {good, append([]byte(" "), body...)},
		"too old":         {Sign(secret, c.Now().Add(-Window-time.Second), what, body), body},
		"from tomorrow":   {Sign(secret, c.Now().Add(24*time.Hour), what, body), body},
		"none":            {"", body},
	} {
		if _, err := c.Read(x.header, what, x.body); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, want %v", name, err, ErrSignature)
		}
	}
	for _, bad := range []string{``, `[]`, `{"status":"paid"}`, `{"status":"paid","transaction":{"id":"t","amount":-5}}`, `{"status":"paid","transaction":{"id":"t","amount":1e99}}`} {
		if n, err := c.Read(Sign(secret, c.Now(), what, []byte(bad)), what, []byte(bad)); err == nil {
			t.Errorf("%s: taken as %+v", bad, n)
		}
	}
	c.Secret = ""
	if _, err := c.Read(Sign(noKey, c.Now(), what, body), what, body); !errors.Is(err, ErrSignature) {
		t.Errorf("without a secret anybody's callback is taken: %v", err)
	}
}

// noKey signs as no key does: HMAC fills both up to the same block of zeros.
var noKey = string(make([]byte, 64))

// A secret that can be guessed is none: neither spoken with nor believed.
func TestShortSecret(t *testing.T) {
	c, what, body := client(), "POST /pay/callback", []byte(`{}`)
	good := Sign(secret, c.Now(), what, body)
	if _, err := c.Read(good, what, body); err != nil || c.Check() != nil {
		t.Fatalf("%v, %v", err, c.Check())
	}
	c.Secret = string(make([]byte, SecretLeast-1))
	if _, err := c.Read(Sign(noKey, c.Now(), what, body), what, body); !errors.Is(err, ErrSignature) || !errors.Is(c.Check(), ErrSecret) {
		t.Errorf("a secret of %d: %v, %v", len(c.Secret), err, c.Check())
	}
	if c.URL, c.Secret = "", ""; c.Check() != nil {
		t.Error("no gateway needs no secret")
	}
}

func TestPage(t *testing.T) {
	c := client()
	for address, want := range map[string]bool{"https://gate.example/pay/1": true, "http://gate.example/pay/1": false, "https://evil.example/": false,
		"https://gate.example@evil.example/": false, "javascript:alert(1)": false, "": false} {
		if got := c.page(address); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
}

// FuzzCallback: no header or body makes it panic, and what is taken has a number and a sum.
func FuzzCallback(f *testing.F) {
	f.Add("t=1,v1=00", []byte(`{}`), false)
	f.Add("", []byte(`{"status":"paid","transaction":{"id":"t","amount":5}}`), true)
	f.Fuzz(func(t *testing.T, header string, body []byte, signed bool) {
		c := client()
		if signed {
			header = Sign(secret, c.Now(), "POST /x", body)
		}
		n, err := c.Read(header, "POST /x", body)
		if err == nil && n.Status == "paid" && (n.Transaction.ID == "" || n.Transaction.Amount < 1) {
			t.Errorf("taken: %s", fmt.Sprint(n))
		}
	})
}
