package keyring

import (
	"bytes"
	"encoding/base64"
	"testing"
)

var salt = bytes.Repeat([]byte{7}, 32)

func TestSeal(t *testing.T) {
	one, err := seal(salt, []byte("a grant"))
	if err != nil {
		t.Fatal(err)
	}
	if two, _ := seal(salt, []byte("a grant")); one == two || one[:10] == two[:10] {
		t.Errorf("sealed twice alike: %s, %s", one, two)
	}
	if b, ok := unseal(salt, one); !ok || string(b) != "a grant" {
		t.Errorf("got %q, %v", b, ok)
	}
	for i := range one {
		b := []byte(one)
		if b[i]++; b[i] == '{' || b[i] == '[' || b[i] == ':' || b[i] == '.' || b[i] == '`' {
			b[i] = 'A'
		}
		if got, ok := unseal(salt, string(b)); ok {
			t.Errorf("changed at %d: opened to %q", i, got)
		}
	}
	if _, ok := unseal(bytes.Repeat([]byte{8}, 32), one); ok {
		t.Error("opened with the secret of another node")
	}
}

// FuzzUnseal opens nothing but what was sealed with the secret, in one spelling.
func FuzzUnseal(f *testing.F) {
	good, err := seal(salt, []byte("a grant"))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "A", good, good[:22], good + "A", good + "\n", "====", good[1:]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, ok := unseal(salt, s)
		if !ok {
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(s)
		if string(b) != "a grant" || err != nil || base64.RawURLEncoding.EncodeToString(raw) != s {
			t.Errorf("%q opened to %q", s, b)
		}
	})
}
