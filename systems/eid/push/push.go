// Package push tells a person's devices that one of his dossiers has news: to the
// app that he lets do so, through the push service of the device.
//
// What is pushed is the code of the dossier and nothing else: it lies on locked
// screens, and with push services of other countries. The app asks the rest by
// the API, with the person's token.
package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/push"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/signed"
	"motcua/systems/eid/party"
)

// JobName is the job that pushes to one device that one dossier has news.
const JobName = "eid.push"

// How long a push service keeps a message for a device that is away; how long a
// device is tried that nobody answers for; how many devices a person may have.
const (
	life   = 7 * 24 * time.Hour
	giveUp = 3 * 24 * time.Hour
	most   = 20
)

// A House holds the registrations.
type House struct {
	app    *kernel.App
	caller *call.Caller
	sender push.Sender
}

const keyName = "eid/vapid"

// Open is the house of a's database, with the key that its messages are signed
// with, which never changes: devices register for it.
func Open(ctx context.Context, a *kernel.App) (*House, error) {
	h := &House{app: a, caller: call.NewCaller(a.Reach), sender: push.Sender{Contact: a.URL}}
	b, err := a.Keys.Kept(ctx, keyName)
	if errors.Is(err, fault.NotFound) {
		b, err = h.found(ctx)
	}
	if err == nil {
		h.sender.Key, err = x509.ParseECPrivateKey(b)
	}
	return h, err
}

// found makes the key. Of several programs that start at once the first to write
// has the word, and all read what it wrote.
func (h *House) found(ctx context.Context) ([]byte, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	b, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		return nil, err
	}
	err = h.app.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`insert into eid_key (id, since, until) values (-1, 0, 0) on conflict (id) do nothing`)
		if err != nil || n == 0 {
			return err
		}
		return h.app.Keys.Keep(tx, keyName, b)
	})
	if err != nil {
		return nil, err
	}
	return h.app.Keys.Kept(ctx, keyName)
}

// A Device is one registration.
type Device struct {
	push.Device
	ID, Person, Party id.ID // Party 0: the person's own program
	Name              string
	Made, Failing     time.Time
}

const columns = `id, person, party, device, endpoint, p256dh, auth, made, failing`

func scan(into func(...any) error) (d Device, err error) {
	var made, failing db.Time
	err = into(&d.ID, &d.Person, &d.Party, &d.Name, &d.Endpoint, &d.P256dh, &d.Auth, &made, &failing)
	d.Made, d.Failing = made.Time, failing.Time
	return d, err
}

// Of are the devices of a person at a party, the latest first.
func Of(tx *db.Tx, person, party id.ID) ([]Device, error) {
	return db.List(tx, scan, `select `+columns+` from eid_push where person = $1 and party = $2 order by id desc`, person, party)
}

// Put registers a device, or anew one that is known by its endpoint; the oldest
// of too many goes.
func Put(tx *db.Tx, d Device) (Device, error) {
	_, err := tx.Exec(`insert into eid_push (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, 0)
		on conflict (person, endpoint) do update set party = excluded.party, device = excluded.device, p256dh = excluded.p256dh, auth = excluded.auth, failing = 0`,
		d.ID, d.Person, d.Party, d.Name, d.Endpoint, d.P256dh, d.Auth, db.At(d.Made))
	if err != nil {
		return d, err
	}
	all, err := Of(tx, d.Person, d.Party)
	if err != nil {
		return d, err
	}
	for _, old := range all[min(len(all), most):] {
		if _, err := tx.Exec(`delete from eid_push where id = $1`, old.ID); err != nil {
			return d, err
		}
	}
	i := slices.IndexFunc(all, func(x Device) bool { return x.Endpoint == d.Endpoint })
	return all[i], nil
}

// Forget removes the devices of a person at a party; party 0: at all, n 0: all of them.
func Forget(tx *db.Tx, person, party, n id.ID) (int64, error) {
	return tx.Exec(`delete from eid_push where person = $1 and (party = $2 or $2 = 0) and (id = $3 or $3 = 0)`, person, party, n)
}

// news is what a job is about.
type news struct {
	Device  id.ID `json:"device"`
	Dossier id.ID `json:"dossier"`
}

// After asks that the applicant's devices be told, when somebody else moved his
// dossier, or he signed what a program had filled in: in the act's transaction, so
// that no change is missed.
func (h *House) After(do *dossier.Doing) error {
	d := do.Dossier
	if d.Applicant == 0 || do.Was == d.State && do.Act.Entry.Open == nil {
		return nil
	}
	if do.Act.By == d.Applicant {
		if do.Act.Entry.Signed == nil {
			return nil
		}
		if sent, err := signed.Sent(do.Tx, d.Applicant, d.ID); err != nil || !sent {
			return err
		}
	}
	all, err := db.List(do.Tx, scan, `select `+columns+` from eid_push where person = $1`, d.Applicant)
	if err != nil {
		return err
	}
	for _, x := range all {
		if err := job.Add(do.Tx, JobName, x.ID.String()+d.ID.String(), do.Act.At, news{x.ID, d.ID}); err != nil {
			return err
		}
	}
	return nil
}

// A Message is what is pushed, as JSON.
type Message struct {
	Dossier string `json:"dossier"`
	Code    string `json:"code"`
	News    bool   `json:"news"`
}

// Send pushes to one device. What the person no longer lets the app have is not
// sent; a device that its push service does not know any more is forgotten.
func (h *House) Send(ctx context.Context, body []byte) error {
	var n news
	if err := json.Unmarshal(body, &n); err != nil {
		return err
	}
	var all []Device
	may := true
	err := h.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = db.List(tx, scan, `select `+columns+` from eid_push where id = $1`, n.Device)
		if err != nil || len(all) == 0 || all[0].Party == 0 {
			return err
		}
		given, err := party.Given(tx, all[0].Person, all[0].Party)
		may = slices.Contains(given, party.Notify)
		return err
	})
	if err != nil || len(all) == 0 || !may {
		return err
	}
	d := all[0]
	about, err := h.app.Engine.Find(ctx, n.Dossier)
	if err != nil || about.Applicant != d.Person {
		return err
	}
	text, err := json.Marshal(Message{about.ID.String(), about.Code, true})
	if err != nil {
		return err
	}
	a, err := h.sender.Send(ctx, h.caller, d.Device, about.ID.String(), life, text)
	return h.noted(ctx, d, n, a.Status, err)
}

// noted writes down how it went, and asks for another try.
func (h *House) noted(ctx context.Context, d Device, n news, status int, failed error) error {
	now := h.app.Now()
	gone := status == http.StatusNotFound || status == http.StatusGone || !d.Failing.IsZero() && now.Sub(d.Failing) > giveUp
	good := status >= 200 && status < 300
	if good && d.Failing.IsZero() {
		return nil
	}
	return h.app.DB.Write(ctx, func(tx *db.Tx) error {
		if good {
			_, err := tx.Exec(`update eid_push set failing = 0 where id = $1`, d.ID)
			return err
		}
		slog.Warn("push not taken", "device", d.ID.String(), "status", status, "err", failed, "forgotten", gone)
		if gone {
			_, err := tx.Exec(`delete from eid_push where id = $1`, d.ID)
			return err
		}
		if d.Failing.IsZero() {
			d.Failing = now
			if _, err := tx.Exec(`update eid_push set failing = $1 where id = $2`, db.At(now), d.ID); err != nil {
				return err
			}
		}
		wait := min(max(now.Sub(d.Failing), time.Minute), 6*time.Hour) // twice as long each time
		return job.Add(tx, JobName, d.ID.String()+n.Dossier.String(), now.Add(wait), n)
	})
}
