package passkey

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/who"
)

// Life is how long a page with a challenge may stay open before it is answered.
const Life = 15 * time.Minute

// A challenge is 16 bytes of chance, the second it was made, our seal over both,
// over what it is for and over the digest; and the digest itself, if it confirms
// one: so whoever sees the answer sees what was confirmed.
const sealed = 16 + 8 + sha256.Size

func challenge(a *kernel.App, about string, digest []byte) []byte {
	b := make([]byte, 24, sealed+len(digest))
	rand.Read(b[:16])
	binary.BigEndian.PutUint64(b[16:], uint64(a.Now().Unix()))
	return append(append(b, seal(a, b, about, digest)...), digest...)
}

func seal(a *kernel.App, b []byte, about string, digest []byte) []byte {
	return a.Keyed("passkey challenge\x00" + about + "\x00" + string(b) + string(digest))
}

// spend takes a challenge that was answered: one of ours, for this, lately, once.
func spend(tx *db.Tx, a *kernel.App, sent, about string, digest []byte) error {
	b, err := base64.RawURLEncoding.DecodeString(sent)
	if err != nil || len(b) != sealed+len(digest) || !bytes.Equal(b[sealed:], digest) || !hmac.Equal(b[24:sealed], seal(a, b[:24], about, digest)) {
		return refuse("the challenge is not one of ours for this", nil)
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(b[16:])), 0)
	if now := a.Now(); now.Sub(made) > Life || made.Sub(now) > time.Minute {
		return refuse("the challenge is too old", nil)
	}
	sum := sha256.Sum256(b)
	n, err := tx.Exec(`insert into passkey_spent (hash, made) values ($1, $2) on conflict do nothing`, hex.EncodeToString(sum[:]), db.At(a.Now()))
	if err == nil && n != 1 {
		err = refuse("the challenge was answered before", nil)
	}
	return err
}

func credential(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// Ask are the options by which somebody shows a passkey, for about and for this
// digest, if there is one. With keys it has to be one of them.
func Ask(a *kernel.App, about string, digest []byte, keys []Key) (string, error) {
	w, err := party(a)
	if err != nil {
		return "", err
	}
	asked, _, err := w.BeginDiscoverableLogin(func(c *protocol.PublicKeyCredentialRequestOptions) error {
		c.Challenge = challenge(a, about, digest)
		for _, k := range keys {
			c.AllowedCredentials = append(c.AllowedCredentials, k.record.Descriptor())
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(asked.Response)
	return string(b), err
}

// A Shown is whose passkey answered.
type Shown struct {
	Person who.Person
	Key    Key
	// Proof shows it to others: the public key and the signed answer, whose
	// challenge ends in the digest that was confirmed.
	Proof []byte
}

// Check takes the answer of a browser to Ask and does what follows from it in
// one transaction. person is who it has to be; 0 is anybody. What does not hold
// is Unidentified and logged; of a key that was copied its owner is told.
func Check(r *kernel.Request, about string, digest []byte, person id.ID, answer string, then func(*db.Tx, Shown) error) error {
	var copied bool
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, counts, err := check(tx, r.App, about, digest, person, answer)
		if err != nil {
			return err
		}
		copied = !counts
		if copied {
			if _, err := tx.Exec(`update passkey set stopped = $1 where id = $2`, db.At(r.App.Now()), s.Key.ID); err != nil {
				return err
			}
			if err := lost(tx, r.App, who.Person{}, s.Person.ID, s.Key.ID, "copied"); err != nil {
				return err
			}
			return device.Tell(r, tx, s.Person, "copied", s.Key.Name)
		}
		return then(tx, s)
	})
	if err == nil && copied {
		err = refuse("the counter went back: the key was copied", nil)
	}
	Log(r, err)
	return err
}

// Log notes why an answer was refused, if it was.
func Log(r *kernel.Request, err error) {
	var no *refusal
	if errors.As(err, &no) {
		slog.Warn("passkey refused", "route", r.Pattern, "why", no.Error())
	}
}

// check verifies an answer; counts is false where its counter went back.
func check(tx *db.Tx, a *kernel.App, about string, digest []byte, person id.ID, answer string) (s Shown, counts bool, err error) {
	got, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return s, false, refuse("not an answer of a browser", err)
	}
	sent := got.Response.CollectedClientData.Challenge
	if err := spend(tx, a, sent, about, digest); err != nil {
		return s, false, err
	}
	var whose id.ID
	err = tx.Row(`select person from passkey where credential = $1 and stopped = 0`, credential(got.RawID)).Scan(&whose)
	if errors.Is(err, fault.NotFound) || err == nil && person != 0 && whose != person {
		return s, false, refuse("no such passkey of this person", nil)
	}
	if err != nil {
		return s, false, err
	}
	keys, err := Of(tx, whose)
	if err == nil {
		s.Person, err = a.Book.Find(tx, whose)
	}
	if err != nil {
		return s, false, err
	}
	o := ownerOf(a, s.Person, keys)
	w, err := party(a)
	if err != nil {
		return s, false, err
	}
	c, err := w.ValidateLogin(o, webauthn.SessionData{Challenge: sent, RelyingPartyID: w.Config.RPID, UserID: o.handle, UserVerification: protocol.VerificationRequired}, got)
	if err != nil {
		return s, false, refuse("the answer does not hold", err)
	}
	for _, k := range keys {
		if bytes.Equal(k.record.ID, c.ID) {
			s.Key = k
		}
	}
	if c.Authenticator.CloneWarning {
		return s, false, nil
	}
	record, err := json.Marshal(c)
	if err != nil {
		return s, false, err
	}
	if _, err := tx.Exec(`update passkey set record = $1, used = $2 where id = $3`, string(record), db.At(a.Now()), s.Key.ID); err != nil {
		return s, false, err
	}
	s.Proof, err = json.Marshal(map[string]any{"publicKey": c.PublicKey, "assertion": json.RawMessage(answer)})
	return s, true, err
}
