package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"motcua/base/call"
)

func read(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTheStandardsExample is that of RFC 8291, appendix A.
func TestTheStandardsExample(t *testing.T) {
	d := Device{P256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg"}
	once, err := ecdh.P256().NewPrivateKey(read(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.seal([]byte("When I grow up, I want to be a watermelon"), once, read(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if s := base64.RawURLEncoding.EncodeToString(got); err != nil || s != want {
		t.Errorf("got %s, %v\nwant %s", s, err, want)
	}
}

// open is what the device does.
func open(t testing.TB, own *ecdh.PrivateKey, auth, body []byte) string {
	t.Helper()
	salt, sender := body[:16], body[21:21+int(body[20])]
	from, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		t.Fatal(err)
	}
	shared, _ := own.ECDH(from)
	ikm, _ := hkdf.Key(sha256.New, shared, auth, "WebPush: info\x00"+string(own.PublicKey().Bytes())+string(sender), 32)
	key, _ := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, _ := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	block, _ := aes.NewCipher(key)
	gcm, _ := cipher.NewGCM(block)
	plain, err := gcm.Open(nil, nonce, body[21+int(body[20]):], nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(plain), "\x02")
}

// TestSend pushes to a service that checks the sender as RFC 8292 says, and
// lets the device open what came.
func TestSend(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := Sender{Key: key, Contact: "https://x.example"}
	own, _ := ecdh.P256().GenerateKey(rand.Reader)
	auth := make([]byte, 16)
	rand.Read(auth)
	var service *httptest.Server
	service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, k, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
		parts := strings.Split(token, ".")
		if k != s.Public() || len(parts) != 3 || r.Header.Get("TTL") != "60" || r.Header.Get("Topic") != "t" || r.Header.Get("Content-Encoding") != "aes128gcm" {
			t.Errorf("headers %v", r.Header)
			return
		}
		sum, sig := sha256.Sum256([]byte(parts[0]+"."+parts[1])), read(t, parts[2])
		if !ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
			t.Error("the signature does not hold")
		}
		if said := string(read(t, parts[1])); !strings.Contains(said, `"aud":"`+service.URL+`"`) || !strings.Contains(said, `"sub":"https://x.example"`) {
			t.Errorf("says %s", said)
		}
		b, _ := io.ReadAll(r.Body)
		if got := open(t, own, auth, b); got != "tin mới" {
			t.Errorf("opens to %q", got)
		}
		w.WriteHeader(201)
	}))
	defer service.Close()
	d := Device{service.URL + "/p/1", base64.RawURLEncoding.EncodeToString(own.PublicKey().Bytes()), base64.URLEncoding.EncodeToString(auth)}
	a, err := s.Send(t.Context(), call.NewCaller([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}), d, "t", time.Minute, []byte("tin mới"))
	if err != nil || a.Status != 201 {
		t.Errorf("%d, %v", a.Status, err)
	}
	if _, err := s.Send(t.Context(), call.NewCaller(nil), d, "t", time.Minute, nil); err == nil {
		t.Error("this machine was reached")
	}
}

func FuzzDevice(f *testing.F) {
	f.Add("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
	f.Add("", "====")
	f.Fuzz(func(t *testing.T, key, auth string) {
		d := Device{P256dh: key, Auth: auth}
		if d.Check() != nil {
			return
		}
		if b, err := d.Seal([]byte("x")); err != nil || len(b) != 16+4+1+65+2+16 {
			t.Errorf("%q %q: %d bytes, %v", key, auth, len(b), err)
		}
	})
}
