package kerneltest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"html"
	"regexp"
	"testing"
)

// A Device makes and shows one passkey, as a phone or a security key does, with
// its person verified. Synced says that the passkey leaves it.
type Device struct {
	Synced bool
	key    *ecdsa.PrivateKey
	name   []byte
	user   []byte
	count  uint32
}

// Bits of the flags in what a device signs (WebAuthn 3, 6.1).
const (
	present, verified = 1 << 0, 1 << 2
	eligible, kept    = 1 << 3, 1 << 4
	attested          = 1 << 6
)

func (d *Device) head(site string, more byte) []byte {
	flags := present | verified | more
	if d.Synced {
		flags |= eligible | kept
	}
	sum := sha256.Sum256([]byte(site))
	d.count++
	count := d.count
	if d.Synced {
		count = 0
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags), count)
}

var asked = regexp.MustCompile(`data-passkey="(create|get)"[^>]*data-options="([^"]*)"`)

// asks are what a page asks a passkey for.
func asks(t testing.TB, page, ceremony string, into any) {
	t.Helper()
	for _, m := range asked.FindAllStringSubmatch(page, -1) {
		if m[1] == ceremony {
			if err := json.Unmarshal([]byte(html.UnescapeString(m[2])), into); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("the page asks for no passkey (%s):\n%s", ceremony, page)
}

func e(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func said(ceremony, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": "webauthn." + ceremony, "challenge": challenge, "origin": "https://x.example"})
	return b
}

// Make answers a page of the rig that asks for a new passkey.
func (d *Device) Make(t testing.TB, page string) string {
	t.Helper()
	var o struct {
		Challenge string
		User      struct{ ID string }
		RP        struct{ ID string }
	}
	asks(t, page, "create", &o)
	var err error
	if d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	d.name = make([]byte, 16)
	rand.Read(d.name)
	d.user, _ = base64.RawURLEncoding.DecodeString(o.User.ID)
	data := append(d.head(o.RP.ID, attested), make([]byte, 16)...)
	data = append(append(data, 0, 16), d.name...)
	data = append(append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32), point[1:33]...) // COSE: EC2, ES256, P-256, x
	data = append(append(data, 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.answer(map[string]any{"clientDataJSON": e(said("create", o.Challenge)), "attestationObject": e(append(object, data...))})
}

// Show answers a page of the rig that asks for a passkey that is there.
func (d *Device) Show(t testing.TB, page string) string {
	t.Helper()
	var o struct{ Challenge, RPID string }
	asks(t, page, "get", &o)
	client, data := said("get", o.Challenge), d.head(o.RPID, 0)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": e(client), "authenticatorData": e(data), "signature": e(sig), "userHandle": e(d.user)})
}

func (d *Device) answer(response map[string]any) string {
	b, _ := json.Marshal(map[string]any{"id": e(d.name), "rawId": e(d.name), "type": "public-key", "response": response})
	return string(b)
}
