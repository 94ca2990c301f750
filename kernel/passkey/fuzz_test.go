package passkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/kerneltest"
	"motcua/kernel/passkey"
)

// FuzzAnswer gives what browsers answer, the JSON of the client, the CBOR of a new
// passkey and the data and signature of one that is shown, each as bytes. Whatever they
// are, the answer is taken or refused as nobody's, and nothing is taken that the device
// did not sign for this site, this challenge and a person it had verified.
func FuzzAnswer(f *testing.F) {
	r := kerneltest.Open(f, dbtest.SQLite(f), nil, passkey.System())
	now := r.Now()
	app := r.App
	app.Now = func() time.Time { return now } // the challenges of the seeds stay good
	me := r.People["applicant"]
	req := &kernel.Request{Request: &web.Request{}, App: app, Me: me}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	client := func(typ string, challenge []byte) []byte {
		b, _ := json.Marshal(map[string]any{"type": typ, "challenge": base64.RawURLEncoding.EncodeToString(challenge), "origin": app.URL})
		return b
	}
	head := func(flags byte, count uint32) []byte {
		sum := sha256.Sum256([]byte("x.example"))
		return binary.BigEndian.AppendUint32(append(sum[:], flags), count)
	}
	name := []byte("0123456789abcdef")
	made := func(flags byte, form string, statement any) []byte {
		cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
		if err != nil {
			f.Fatal(err)
		}
		data := append(head(flags, 1), make([]byte, 16)...)
		data = append(append(binary.BigEndian.AppendUint16(data, uint16(len(name))), name...), cose...)
		b, err := cbor.Marshal(map[string]any{"fmt": form, "attStmt": statement, "authData": data})
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	const present, verified, attested = 1, 4, 64
	create := client("webauthn.create", passkey.Challenge(app, passkey.Registering(req), nil))
	good := made(present|verified|attested, "none", map[string]any{})
	said := func(client, object, sig []byte, shown bool) string {
		e := base64.RawURLEncoding.EncodeToString
		response := map[string]any{"clientDataJSON": e(client), "attestationObject": e(object)}
		if shown {
			response = map[string]any{"clientDataJSON": e(client), "authenticatorData": e(object), "signature": e(sig), "userHandle": e(passkey.OwnerOf(app, me, nil).WebAuthnID())}
		}
		b, _ := json.Marshal(map[string]any{"id": e(name), "rawId": e(name), "type": "public-key", "response": response})
		return string(b)
	}
	if err := app.DB.Write(context.Background(), func(tx *db.Tx) error { return passkey.Add(tx, req, "seed", said(create, good, nil, false)) }); err != nil {
		f.Fatal("an honest new passkey is refused:", err)
	}
	get := client("webauthn.get", passkey.Challenge(app, "sign in", nil))
	data := head(present|verified, 2)
	sum := sha256.Sum256(get)
	all := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, key, all[:])
	if err != nil {
		f.Fatal(err)
	}
	again := client("webauthn.create", passkey.Challenge(app, passkey.Registering(req), nil))
	f.Add(false, again, made(present|verified|attested, "none", map[string]any{}), []byte{})
	f.Add(false, again, made(present|verified|attested, "packed", map[string]any{"alg": -7, "sig": sig, "x5c": [][]byte{{0x30, 0}}}), []byte{})
	f.Add(false, again, made(present|attested, "tpm", map[string]any{"ver": "2.0", "alg": -257, "sig": sig, "certInfo": name, "pubArea": name}), []byte{})
	f.Add(true, get, data, sig)
	f.Add(true, get, head(present, 3), sig)
	f.Add(true, []byte(`{"type":"webauthn.get"}`), []byte{}, []byte{0x30, 0})
	undone := errors.New("undone")
	f.Fuzz(func(t *testing.T, shown bool, client, object, signature []byte) {
		answer := said(client, object, signature, shown)
		err := app.DB.Write(context.Background(), func(tx *db.Tx) error {
			if shown {
				if _, _, err := passkey.CheckAnswer(tx, app, "sign in", nil, 0, answer); err != nil {
					return err
				}
				digest := sha256.Sum256(client)
				all := sha256.Sum256(append(append([]byte{}, object...), digest[:]...))
				if !ecdsa.VerifyASN1(&key.PublicKey, all[:], signature) || len(object) < 37 || object[32]&(present|verified) != present|verified {
					t.Errorf("taken, though the device did not sign it for a person it had verified: %q %x", client, object)
				}
				return undone
			}
			if err := passkey.Add(tx, req, "x", answer); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) && fault.Of(err) != fault.Unidentified {
			t.Errorf("answered with %v", err)
		}
	})
}
