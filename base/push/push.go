// Package push is news to apps and browsers through push services: Web Push
// (RFC 8030), sealed for the device alone (RFC 8291, aes128gcm of RFC 8188) and
// signed by the sender (VAPID, RFC 8292).
//
// It is a hundred lines on the standard library: the library that is at hand
// uses curve functions which Go deprecated, and a second reader of tokens.
package push

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"motcua/base/call"
)

// Most is how many bytes a message may have, so that every push service takes it.
const Most = 3000

// ErrDevice is a device whose keys are none.
var ErrDevice = errors.New("p256dh is a point of P-256 and auth 16 bytes, both in base64url")

// A Device is where messages go, as it registered itself at its push service.
type Device struct {
	Endpoint string // address at the push service
	P256dh   string // its public key, base64url
	Auth     string // the secret it shares with its senders, base64url
}

// Check names what is wrong with the keys of a device.
func (d Device) Check() error {
	_, _, err := d.keys()
	return err
}

func (d Device) keys() (*ecdh.PublicKey, []byte, error) {
	read := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
		if err != nil {
			return nil
		}
		return b
	}
	auth := read(d.Auth)
	to, err := ecdh.P256().NewPublicKey(read(d.P256dh))
	if err != nil || len(auth) != 16 {
		return nil, nil, ErrDevice
	}
	return to, auth, nil
}

// Seal encrypts a message that d alone can open.
func (d Device) Seal(message []byte) ([]byte, error) {
	once, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	return d.seal(message, once, salt)
}

func (d Device) seal(message []byte, once *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	to, auth, err := d.keys()
	if err != nil {
		return nil, err
	}
	if len(message) > Most {
		return nil, errors.New("the message is too long to push")
	}
	shared, err := once.ECDH(to)
	if err != nil {
		return nil, err
	}
	mine := once.PublicKey().Bytes()
	ikm, err := hkdf.Key(sha256.New, shared, auth, "WebPush: info\x00"+string(to.Bytes())+string(mine), 32)
	if err != nil {
		return nil, err
	}
	prk, err := hkdf.Extract(sha256.New, ikm, salt)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32(append([]byte{}, salt...), 4096)
	head = append(append(head, byte(len(mine))), mine...)
	return append(head, gcm.Seal(nil, nonce, append(append([]byte{}, message...), 2), nil)...), nil
}

// A Sender is who signs: push services ask it of who sends, and devices may
// register for one sender alone.
type Sender struct {
	Key     *ecdsa.PrivateKey
	Contact string // an https address
}

// Public is the sender's key as devices register with it (applicationServerKey).
func (s Sender) Public() string {
	b, err := s.Key.PublicKey.Bytes()
	if err != nil || s.Key.Curve != elliptic.P256() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// sign is who sends, said to the push service at endpoint until expires.
func (s Sender) sign(endpoint string, expires time.Time) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	said, err := json.Marshal(map[string]any{"aud": u.Scheme + "://" + u.Host, "exp": expires.Unix(), "sub": s.Contact})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + base64.RawURLEncoding.EncodeToString(said)
	sum := sha256.Sum256([]byte(text))
	a, b, err := ecdsa.Sign(rand.Reader, s.Key, sum[:])
	if err != nil {
		return "", err
	}
	sig := make([]byte, 64)
	a.FillBytes(sig[:32])
	b.FillBytes(sig[32:])
	return "vapid t=" + text + "." + base64.RawURLEncoding.EncodeToString(sig) + ", k=" + s.Public(), nil
}

// Send pushes a message to d, kept by its push service for life while the device
// is away; the latest of a topic replaces those before it. The time is the
// machine's own, which push services compare.
func (s Sender) Send(ctx context.Context, c *call.Caller, d Device, topic string, life time.Duration, message []byte) (call.Answer, error) {
	b, err := d.Seal(message)
	if err != nil {
		return call.Answer{}, err
	}
	who, err := s.sign(d.Endpoint, time.Now().Add(time.Hour))
	if err != nil {
		return call.Answer{}, err
	}
	return c.Post(ctx, d.Endpoint, http.Header{"Content-Type": {"application/octet-stream"}, "Content-Encoding": {"aes128gcm"}, "Ttl": {strconv.Itoa(int(life / time.Second))},
		"Topic": {topic}, "Urgency": {"normal"}, "Authorization": {who}}, b)
}
