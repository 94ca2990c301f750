package door_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/passkey"
)

var b64 = base64.RawURLEncoding

// A forger is an authenticator and a browser that lie as they are told.
type forger struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
}

// A lie is what an answer says instead of the truth.
type lie struct {
	origin, typ, rp string
	challenge       []byte
	cross           bool
	flags           byte // 0: present and verified
	count           uint32
	handle          []byte
	id              []byte
	spoil           bool // the signature
}

const (
	present  = 0x01
	verified = 0x04
	attested = 0x40
)

func newForger(t *testing.T) *forger {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &forger{t: t, key: key, id: id}
}

var dataOptions = regexp.MustCompile(`data-options="(\{.*?\})" `)

// asked are the options on a page.
func asked(t *testing.T, page reply) (challenge []byte, handle []byte) {
	t.Helper()
	m := dataOptions.FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("the page asks for no passkey:\n%s", page.body)
	}
	var o struct {
		Challenge string
		User      struct{ ID string }
	}
	if err := json.Unmarshal([]byte(m[1]), &o); err != nil {
		t.Fatalf("%s: %v", m[1], err)
	}
	challenge, _ = b64.DecodeString(o.Challenge)
	handle, _ = b64.DecodeString(o.User.ID)
	return challenge, handle
}

func (l lie) client(challenge []byte, typ string) []byte {
	if l.challenge != nil {
		challenge = l.challenge
	}
	if l.typ != "" {
		typ = l.typ
	}
	origin := "https://x.example"
	if l.origin != "" {
		origin = l.origin
	}
	b, _ := json.Marshal(map[string]any{"type": typ, "challenge": b64.EncodeToString(challenge), "origin": origin, "crossOrigin": l.cross})
	return b
}

func (f *forger) head(l lie, more byte) []byte {
	rp := "x.example"
	if l.rp != "" {
		rp = l.rp
	}
	sum := sha256.Sum256([]byte(rp))
	flags := l.flags
	if flags == 0 {
		flags = present | verified
	}
	count := l.count
	if count == 0 {
		f.count++
		count = f.count
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags|more), count)
}

// make answers the options of a page for a new passkey.
func (f *forger) make(page reply, l lie) string {
	f.t.Helper()
	challenge, handle := asked(f.t, page)
	f.handle = handle
	point, err := f.key.PublicKey.Bytes()
	if err != nil {
		f.t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		f.t.Fatal(err)
	}
	data := f.head(l, attested)
	data = append(data, make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(f.id))), f.id...)
	data = append(data, cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		f.t.Fatal(err)
	}
	b, _ := json.Marshal(map[string]any{"id": b64.EncodeToString(f.id), "rawId": b64.EncodeToString(f.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": b64.EncodeToString(l.client(challenge, "webauthn.create")), "attestationObject": b64.EncodeToString(object)}})
	return string(b)
}

// show answers the options of a page with the passkey.
func (f *forger) show(challenge []byte, l lie) string {
	f.t.Helper()
	client, data := l.client(challenge, "webauthn.get"), f.head(l, 0)
	sum := sha256.Sum256(client)
	all := sha256.Sum256(append(bytes.Clone(data), sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, f.key, all[:])
	if err != nil {
		f.t.Fatal(err)
	}
	if l.spoil {
		sig[len(sig)-1] ^= 1
	}
	handle, id := f.handle, f.id
	if l.handle != nil {
		handle = l.handle
	}
	if l.id != nil {
		id = l.id
	}
	b, _ := json.Marshal(map[string]any{"id": b64.EncodeToString(id), "rawId": b64.EncodeToString(id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(handle)}})
	return string(b)
}

// A journal keeps what is logged.
type journal struct {
	slog.Handler
	mu  sync.Mutex
	all []string
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, line)
	return nil
}

func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := strings.Join(j.all, "\n")
	j.all = nil
	return s
}

// hears keeps what is logged until the test ends.
func hears(t *testing.T) *journal {
	j, was := new(journal), slog.Default()
	slog.SetDefault(slog.New(j))
	t.Cleanup(func() { slog.SetDefault(was) })
	return j
}

// keyed gives somebody a password and a passkey.
func keyed(t *testing.T, r *kerneltest.Rig, c *client, login string) *forger {
	t.Helper()
	setPassword(t, r, login)
	c.signIn(login, password).want(t, 303)
	f := newForger(t)
	c.post("/me/ways/keys", "name", "Khóa thử", "answer", f.make(c.get("/me/ways"), lie{})).want(t, 303)
	return f
}

// TestPasskeyAttacks tries what the verification of an assertion and of a new
// passkey is there to refuse. Where no other source is named, sections are of
// Web Authentication Level 2 (W3C Recommendation, 8 April 2021).
func TestPasskeyAttacks(t *testing.T) {
	log := hears(t)
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, systems()...)
	open := serve(t, r)
	reach(t, r, "applicant", "0900000001", false)
	me, thief := open("192.0.2.1"), open("192.0.2.66")
	mine := keyed(t, r, me, "applicant")
	other := keyed(t, r, open("192.0.2.2"), "clerk")
	fresh := func() []byte { c, _ := asked(t, thief.get("/sign-in")); return c }
	challengeOf := func(page reply) []byte { c, _ := asked(t, page); return c }
	old := fresh()
	r.Later(passkey.Life + time.Second)
	used := fresh()
	answered := mine.show(used, lie{})
	me.post("/sign-in/passkey", "answer", answered).want(t, 303)
	surer := func() reply { // a page that asks for a passkey to confirm something
		c := open("192.0.2.3")
		c.signIn("applicant", password).want(t, 303)
		return c.get(c.get("/sure").want(t, 303).to).want(t, 200)
	}
	forged := make([]byte, 56)
	rand.Read(forged)
	for _, x := range []struct{ name, source, answer, why string }{
		{"another origin", "7.2 step 13; phishing page", mine.show(fresh(), lie{origin: "https://x.example.evil.example"}), "origin"},
		{"our origin without TLS", "7.2 step 13", mine.show(fresh(), lie{origin: "http://x.example"}), "origin"},
		{"our origin on another port", "7.2 step 13", mine.show(fresh(), lie{origin: "https://x.example:8443"}), "origin"},
		{"in a frame of another site", "Level 3, 7.2: crossOrigin", mine.show(fresh(), lie{cross: true}), "ross"},
		{"another relying party", "7.2 step 15", mine.show(fresh(), lie{rp: "evil.example"}), "RP Hash"},
		{"a domain above ours", "7.2 step 15; subdomain takeover", mine.show(fresh(), lie{rp: "example"}), "RP Hash"},
		{"a challenge of nobody", "7.2 step 12", mine.show(fresh(), lie{challenge: forged}), "not one of ours"},
		{"no challenge", "7.2 step 12", mine.show(fresh(), lie{challenge: []byte{}}), "not one of ours"},
		{"a challenge with one bit changed", "7.2 step 12", mine.show(flip(fresh()), lie{}), "not one of ours"},
		{"a challenge of too long ago", "13.4.3: cryptographic challenges", mine.show(old, lie{}), "too old"},
		{"a challenge for a confirmation", "use of an assertion for another purpose; 13.4.3", mine.show(challengeOf(surer()), lie{}), "not one of ours"},
		{"a challenge for a new passkey", "use of an assertion for another purpose; 13.4.3", mine.show(challengeOf(me.get("/me/ways")), lie{}), "not one of ours"},
		{"an answer once more", "13.4.3: replay", answered, "answered before"},
		{"a challenge once more", "13.4.3: replay", mine.show(used, lie{}), "answered before"},
		{"nobody was there", "7.2 step 16", mine.show(fresh(), lie{flags: verified}), "presen"},
		{"the person was not verified", "7.2 step 17", mine.show(fresh(), lie{flags: present}), "erif"},
		{"a spoilt signature", "7.2 step 20", mine.show(fresh(), lie{spoil: true}), "does not hold"},
		{"the answer to making one", "7.2 step 11", mine.show(fresh(), lie{typ: "webauthn.create"}), "does not hold"},
		{"the handle of somebody else", "7.2 step 6", mine.show(fresh(), lie{handle: other.handle}), "does not hold"},
		{"somebody else's passkey under our signature", "7.2 step 7", mine.show(fresh(), lie{id: other.id, handle: other.handle}), "does not hold"},
		{"an unknown passkey", "7.2 step 7", newForger(t).show(fresh(), lie{handle: mine.handle}), "no such passkey"},
		{"not an answer", "7.2 step 9", `{"id":"AA"}`, "not an answer"},
		{"not even JSON", "7.2 step 9", `]`, "not an answer"},
		{"nothing", "7.2 step 3", ``, "not an answer"},
		{"a copied passkey", "7.2 step 21: the counter went back", mine.show(fresh(), lie{count: 1}), "copied"},
		{"the copied passkey, further on", "7.2 step 21", mine.show(fresh(), lie{count: 1000}), "no such passkey"},
	} {
		t.Run(x.name, func(t *testing.T) {
			log.take()
			thief.post("/sign-in/passkey", "answer", x.answer).want(t, 422, "Không nhận được khóa truy cập này")
			if a := thief.get("/me"); a.status != 303 {
				t.Errorf("signed in all the same: %d", a.status)
			}
			if said := log.take(); !strings.Contains(said, "passkey refused") || !strings.Contains(said, x.why) {
				t.Errorf("logged %q, want %q in it (%s)", said, x.why, x.source)
			}
		})
	}
	if n := messages(t, r, "có dấu hiệu bị sao chép"); n != 1 {
		t.Errorf("the owner was told %d times that his passkey was copied, want once", n)
	}
	me.signIn("applicant", password)
	me.get("/me/ways").want(t, 200, "Đã chặn")

	// Making one.
	page := me.get("/me/ways")
	foreign := open("192.0.2.7")
	foreign.signIn("clerk", password).want(t, 303)
	for _, x := range []struct{ name, source, answer, why string }{
		{"made on another origin", "7.1 step 9", newForger(t).make(page, lie{origin: "https://evil.example"}), "origin"},
		{"made for another relying party", "7.1 step 13", newForger(t).make(page, lie{rp: "evil.example"}), "RP Hash"},
		{"made without verifying the person", "7.1 step 15", newForger(t).make(page, lie{flags: present}), "erif"},
		{"made in another session", "login CSRF with a passkey of the attacker's", newForger(t).make(foreign.get("/me/ways"), lie{}), "not one of ours"},
		{"a passkey that somebody has", "7.1 step 22", other.make(page, lie{}), "known already"},
	} {
		t.Run(x.name, func(t *testing.T) {
			log.take()
			me.post("/me/ways/keys", "answer", x.answer).want(t, 422)
			if said := log.take(); !strings.Contains(said, "passkey refused") || !strings.Contains(said, x.why) {
				t.Errorf("logged %q, want %q in it (%s)", said, x.why, x.source)
			}
		})
	}
}

func flip(b []byte) []byte {
	b[len(b)-1] ^= 1
	return b
}

// TestLastWay does not let anybody lock himself out.
func TestLastWay(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, systems()...)
	c := serve(t, r)("192.0.2.1")
	f := keyed(t, r, c, "applicant")
	remove := regexp.MustCompile(`/me/ways/keys/\w+/remove`)
	path := remove.FindString(c.get("/me/ways").body)

	// With the password alone a thief can change nothing of it.
	if a := c.post(path).want(t, 303); !strings.HasPrefix(a.to, "/confirm/") {
		t.Errorf("removed with a password alone: to %q", a.to)
	}
	if err := r.DB.Write(t.Context(), noPassword(r.People["applicant"].ID)); err != nil {
		t.Fatal(err)
	}
	enter := func() {
		t.Helper()
		challenge, _ := asked(t, c.get("/sign-in?again=1"))
		c.post("/sign-in/passkey", "answer", f.show(challenge, lie{})).want(t, 303)
	}
	enter()
	c.post(path).want(t, 422, "cách đăng nhập cuối cùng")
	second := newForger(t)
	c.post("/me/ways/keys", "name", "Khóa hai", "answer", second.make(c.get("/me/ways"), lie{})).want(t, 303)
	c.post(path).want(t, 303)
	if a := c.get("/me/ways"); strings.Contains(a.body, "Khóa thử") || !strings.Contains(a.body, "Khóa hai") {
		t.Error("the wrong passkey was removed")
	}
	challenge, _ := asked(t, c.get("/sign-in?again=1"))
	c.post("/sign-in/passkey", "answer", f.show(challenge, lie{})).want(t, 422)
}
