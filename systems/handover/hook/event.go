package hook

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// JobName is the job that sends what is due to one endpoint, its key.
const JobName = "handover.send"

// An Event is what is told, as CloudEvents 1.0 in JSON. Two events of one
// dossier are in the order of their sequence, whatever order they arrive in.
type Event struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"` // of the act: the same for every endpoint and try
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Subject     string    `json:"subject"` // the dossier
	Time        time.Time `json:"time"`
	ContentType string    `json:"datacontenttype"`
	Sequence    string    `json:"sequence"` // of the act within its dossier, sorted as text
	Data        Data      `json:"data"`
}

// Data is where a dossier stands: ids and states, nothing of what it is about.
type Data struct {
	Dossier       string `json:"dossier"`
	Kind          string `json:"kind"`
	Body          string `json:"body"`
	Act           string `json:"act"`
	Version       int    `json:"version"`
	State         string `json:"state"`
	PublicState   string `json:"public_state"`
	NationalState int    `json:"national_state"`
	Why           string `json:"why,omitempty"`   // it waits: filed, supplied, withdrawn
	Trial         bool   `json:"trial,omitempty"` // nothing happened: somebody tries his receiver
}

func eventOf(a *kernel.App, kind string, d *dossier.Dossier, k *dossier.Kind, act *dossier.Act, why string) Event {
	s := k.Stands[d.State]
	return Event{SpecVersion: "1.0", ID: act.ID.String(), Source: a.URL, Type: kind, Subject: d.ID.String(), Time: act.At.UTC(), ContentType: "application/json",
		Sequence: fmt.Sprintf("%08d", act.Version), Data: Data{Dossier: d.ID.String(), Kind: d.Kind, Body: d.Body, Act: act.Act, Version: act.Version,
			State: string(d.State), PublicState: string(s.Public), NationalState: s.National, Why: why}}
}

// After writes what an act means to endpoints, in its transaction: the message
// exists exactly when the act does.
func (h *House) After(do *dossier.Doing, why string) error {
	d, e := do.Dossier, do.Act.Entry
	scopes := []string{"body:" + d.Body, "person:" + d.Applicant.String()}
	if d.Org != 0 {
		scopes[1] = "org:" + d.Org.String()
	}
	all, err := h.of(do.Tx, scopes...)
	if err != nil || len(all) == 0 {
		return err
	}
	was, now := do.Kind.Stands[do.Was], do.Kind.Stands[d.State]
	for kind, is := range map[string]bool{
		Filed:   e.Open != nil,
		Acted:   e.Open == nil && do.Was != d.State,
		Ended:   now.Ends && (e.Open != nil || !was.Ends),
		Issued:  e.Result != nil,
		Waiting: why != "",
	} {
		for _, x := range all {
			if !is || !slices.Contains(x.Types, kind) {
				continue
			}
			reason := ""
			if kind == Waiting {
				reason = why
			}
			if err := h.add(do.Tx, x.ID, d.ID, kind, eventOf(h.app, kind, d, do.Kind, do.Act, reason), do.Act.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// Settled ends the repetition of what waited of a dossier.
func (h *House) Settled(tx *db.Tx, d id.ID) error {
	_, err := tx.Exec(`update handover_message set state = 'done', repeats = 0 where dossier = $1 and repeats = 1`, d)
	return err
}

// Try sends an example of a type to an endpoint, on the way that all events go.
func (h *House) Try(tx *db.Tx, e Endpoint, kind string, d Data) (id.ID, error) {
	n, now := h.app.IDs.New(), h.app.Now()
	d.Dossier, d.Version, d.Trial = n.String(), 1, true
	event := Event{SpecVersion: "1.0", ID: n.String(), Source: h.app.URL, Type: kind, Subject: n.String(), Time: now.UTC().Truncate(time.Microsecond),
		ContentType: "application/json", Sequence: fmt.Sprintf("%08d", 1), Data: d}
	return n, h.put(tx, n, e.ID, 0, kind, event, now)
}

func (h *House) add(tx *db.Tx, endpoint, d id.ID, kind string, event Event, at time.Time) error {
	return h.put(tx, h.app.IDs.New(), endpoint, d, kind, event, at)
}

func (h *House) put(tx *db.Tx, n, endpoint, d id.ID, kind string, event Event, at time.Time) error {
	b, err := json.Marshal(event)
	if err != nil {
		return err
	}
	repeats := 0
	if kind == Waiting && d != 0 { // until the body acknowledges
		repeats = 1
	}
	_, err = tx.Exec(`insert into handover_message (id, endpoint, dossier, type, body, made, state, repeats, tries, next) values ($1, $2, $3, $4, $5, $6, 'waiting', $7, 0, $6)`,
		n, endpoint, d, kind, string(b), db.At(at), repeats)
	if err != nil {
		return fmt.Errorf("event %s for endpoint %s: %w", kind, endpoint, err)
	}
	return job.Add(tx, JobName, endpoint.String(), at, endpoint)
}
