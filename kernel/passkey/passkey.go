// Package passkey is signing in and confirming by WebAuthn: a key that the
// person's device keeps and uses for this site alone, after it has asked for his
// finger, face or PIN. No page of somebody else's can get it to answer us.
//
// A page carries the options of a ceremony as JSON; web/js/passkey.js gives them
// to the browser and sends the answer back in a form. The challenge in them is
// made without storing anything: it bears our seal over what it is for and when,
// and is spent when it was answered.
package passkey

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/held"
	"motcua/kernel/level"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System keeps the passkeys.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "passkey", Texts: []fs.FS{files}, Schema: schema,
		Recovered: func(a *kernel.App) func(*db.Tx, id.ID) error {
			return func(tx *db.Tx, p id.ID) error { return forget(tx, a, p) }
		},
		Held:  []held.Table{{Name: "passkey", Of: "person = $1", Goes: held.Closed, Tell: "name", Times: "made, used, stopped"}},
		Every: []kernel.Task{{Name: "sweep spent challenges", Pause: time.Hour, Do: sweep}}}
}

// Most is how many passkeys a person may have.
const Most = 20

// A Key is one passkey of a person, as he knows it.
type Key struct {
	ID      id.ID
	Name    string
	Made    time.Time
	Used    time.Time // zero: never yet
	Stopped time.Time // when a copy of it was noticed: it is refused since
	record  webauthn.Credential
}

// Bound reports whether the key never leaves the device that made it: the device
// said so when it made the key, and asked who holds it (WebAuthn 3, 6.1: BE not
// set, UV set). That is what browsers and devices say of themselves; no maker
// vouches for it here (docs/decisions/levels-mandates-recovery.md).
func (k Key) Bound() bool { return k.record.Flags.UserVerified && !k.record.Flags.BackupEligible }

// Of are the passkeys of a person, the oldest first.
func Of(tx *db.Tx, person id.ID) ([]Key, error) {
	return db.List(tx, func(into func(...any) error) (k Key, err error) {
		var record string
		var made, used, stopped db.Time
		if err := into(&k.ID, &k.Name, &record, &made, &used, &stopped); err != nil {
			return k, err
		}
		k.Made, k.Used, k.Stopped = made.Time, used.Time, stopped.Time
		return k, json.Unmarshal([]byte(record), &k.record)
	}, `select id, name, record, made, used, stopped from passkey where person = $1 order by id`, person)
}

// Good are those of the keys that are accepted.
func Good(all []Key) (good []Key) {
	for _, k := range all {
		if k.Stopped.IsZero() {
			good = append(good, k)
		}
	}
	return good
}

// Remove takes one passkey away from a person, by the word of by; one of others
// does not exist.
func Remove(tx *db.Tx, a *kernel.App, by who.Person, person, key id.ID) error {
	n, err := tx.Exec(`delete from passkey where id = $1 and person = $2`, key, person)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "passkey.none")
	}
	if err != nil {
		return err
	}
	return lost(tx, a, by, person, key, "removed")
}

// lost takes back the proof that rests on a key that is good no more, and tells
// its person if he is less surely known without it.
func lost(tx *db.Tx, a *kernel.App, by who.Person, person, key id.ID, why string) error {
	was, err := a.Book.Find(tx, person)
	if err != nil {
		return err
	}
	if err := level.Lost(tx, a.Book, by, person, key, "passkey "+why); err != nil {
		return err
	}
	now, err := a.Book.Find(tx, person)
	if err != nil || now.Level == was.Level {
		return err
	}
	if err := a.Unproved(tx, by, now); err != nil {
		return err
	}
	return device.Notify(a, tx, now, "passkey.fell")
}

// forget takes all passkeys away from a person who got his account back: the
// node does it, for whoever held them.
func forget(tx *db.Tx, a *kernel.App, person id.ID) error {
	all, err := Of(tx, person)
	for _, k := range all {
		if err == nil {
			err = Remove(tx, a, who.Person{}, person, k.ID)
		}
	}
	return err
}

// An owner is a person as the library asks for him. His handle says nothing of
// him to who finds it on a device.
type owner struct {
	handle []byte
	login  string
	name   string
	keys   []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return o.handle }
func (o owner) WebAuthnName() string                       { return o.login }
func (o owner) WebAuthnDisplayName() string                { return o.name }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func ownerOf(a *kernel.App, p who.Person, keys []Key) owner {
	o := owner{handle: a.Keyed("passkey user " + p.ID.String()), login: p.Login, name: p.Name}
	for _, k := range keys {
		o.keys = append(o.keys, k.record)
	}
	return o
}

// party is this site as browsers know it.
func party(a *kernel.App) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(a.URL)
	if err != nil || !Possible(a) {
		return nil, refuse("the program has no domain", err)
	}
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: u.Hostname(), RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}})
}

// Possible reports whether passkeys can be used here: they belong to a domain,
// so not where the program is reached by a number of the network.
func Possible(a *kernel.App) bool {
	u, err := url.Parse(a.URL)
	return err == nil && protocol.ValidateRPID(u.Hostname()) == nil
}

// Offer are the options by which r's person makes a passkey.
func Offer(r *kernel.Request, keys []Key) (string, error) {
	w, err := party(r.App)
	if err != nil {
		return "", err
	}
	o := ownerOf(r.App, r.Me, keys)
	asked, _, err := w.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()),
		func(c *protocol.PublicKeyCredentialCreationOptions) error {
			c.Challenge = challenge(r.App, registering(r), nil)
			return nil
		})
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(asked.Response)
	return string(b), err
}

// registering is what the challenge of a new passkey is for: in this browser alone.
func registering(r *kernel.Request) string {
	return "register " + r.Me.ID.String() + " " + r.Session.Number.String()
}

// Add stores the passkey that the browser made under a name.
func Add(tx *db.Tx, r *kernel.Request, name, answer string) error {
	keys, err := Of(tx, r.Me.ID)
	if err != nil {
		return err
	}
	if len(keys) >= Most {
		return fault.New(fault.Conflict, "passkey.most", Most)
	}
	w, err := party(r.App)
	if err != nil {
		return err
	}
	made, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return refuse("not an answer of a browser", err)
	}
	sent := made.Response.CollectedClientData.Challenge
	if err := spend(tx, r.App, sent, registering(r), nil); err != nil {
		return err
	}
	o := ownerOf(r.App, r.Me, keys)
	c, err := w.CreateCredential(o, webauthn.SessionData{Challenge: sent, RelyingPartyID: w.Config.RPID, UserID: o.handle,
		UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault()}, made)
	if err != nil {
		return refuse("the new passkey does not hold", err)
	}
	var n int
	if err := tx.Row(`select count(*) from passkey where credential = $1`, credential(c.ID)).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return refuse("the passkey is known already", nil)
	}
	record, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into passkey (id, person, credential, name, record, made, used, stopped) values ($1, $2, $3, $4, $5, $6, 0, 0)`,
		r.App.IDs.New(), r.Me.ID, credential(c.ID), name, string(record), db.At(r.App.Now()))
	return err
}

func sweep(ctx context.Context, a *kernel.App) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from passkey_spent where made < $1`, db.At(a.Now().Add(-2*Life)))
		return err
	})
}

// refusal is why an answer was refused, for the log; the person is told that it was.
type refusal struct {
	why string
	err error
}

func refuse(why string, err error) error { return &refusal{why, err} }

func (r *refusal) Error() string {
	var e *protocol.Error
	switch {
	case errors.As(r.err, &e):
		return r.why + ": " + e.Details + ": " + e.DevInfo
	case r.err != nil:
		return r.why + ": " + r.err.Error()
	}
	return r.why
}

func (r *refusal) Unwrap() error { return fault.New(fault.Unidentified, "passkey.refused") }
