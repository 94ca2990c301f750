package dossier

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/form"
)

// A Draft is a filing not yet submitted: a working row, kept 30 days. Its owner
// is an account, or whoever knows the secret of its link.
type Draft struct {
	ID          id.ID
	Owner       id.ID
	Secret      string // SHA-256 of the link's secret, hex
	Kind        string
	KindVersion string
	Body        string
	Org         id.ID
	Helped      *Helped
	Answers     form.Answers
	Papers      map[string][]File
	Made, Saved time.Time
	Moved       string // code of the body it was meant for, whose work another carries on now
	Dossier     id.ID  // what it became
}

// Keep is how long a draft is kept after it was last saved.
const Keep = 30 * 24 * time.Hour

// NewSecret makes the secret of a link and what is stored of it.
func NewSecret() (secret, stored string) {
	b := make([]byte, 18)
	rand.Read(b)
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, digest(secret)
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Knows reports whether secret opens the draft.
func (d *Draft) Knows(secret string) bool {
	return d.Secret != "" && subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(d.Secret)) == 1
}

// Save stores a draft, new when its ID is 0.
func (e *Engine) Save(ctx context.Context, d *Draft) error {
	_, err := e.save(ctx, d, time.Time{})
	return err
}

// Change lets f change draft n and saves it. When another device saved in
// between, it begins again with what is there now, so that two who write at
// once lose nothing of each other's; f may therefore run more than once.
func (e *Engine) Change(ctx context.Context, n id.ID, f func(*Draft) error) (*Draft, error) {
	for range 20 {
		d, err := e.FindDraft(ctx, n)
		if err != nil {
			return nil, err
		}
		read := d.Saved
		if err := f(d); err != nil {
			return nil, err
		}
		if saved, err := e.save(ctx, d, read); saved || err != nil {
			return d, err
		}
	}
	return nil, fmt.Errorf("draft %s: %w", n, fault.New(fault.Unavailable, "dossier.draftbusy"))
}

// AddDraft stores a new draft. Files that were sent for no other are kept with it.
func (e *Engine) AddDraft(tx *db.Tx, d *Draft) error {
	now := e.Now().UTC().Truncate(time.Microsecond)
	d.ID, d.Made, d.Saved = e.IDs.New(), now, now
	answers, papers, helped, err := d.written()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into draft (id, owner, secret, kind, kind_version, body, org, helped, answers, papers, made, saved, dossier, moved)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, '')`, d.ID, d.Owner, d.Secret, d.Kind, d.KindVersion, d.Body,
		d.Org, helped, answers, papers, db.At(d.Made), db.At(d.Saved))
	for _, files := range d.Papers {
		for _, f := range files {
			if err == nil {
				_, err = tx.Exec(`update file set draft = $1 where id = $2 and owner = $3 and draft = 0 and dossier = 0`, d.ID, f.ID, d.Owner)
			}
		}
	}
	return err
}

// written are the parts of d that are stored as JSON.
func (d *Draft) written() (answers, papers, helped string, err error) {
	a, wrongA := json.Marshal(d.Answers)
	p, wrongP := json.Marshal(d.Papers)
	h, wrongH := json.Marshal(d.Helped)
	return string(a), string(p), string(h), errors.Join(wrongA, wrongP, wrongH)
}

// save stores a draft unless it was saved after read; the zero time does not ask.
func (e *Engine) save(ctx context.Context, d *Draft, read time.Time) (saved bool, err error) {
	if d.ID == 0 {
		return true, e.DB.Write(ctx, func(tx *db.Tx) error { return e.AddDraft(tx, d) })
	}
	now := e.Now().UTC().Truncate(time.Microsecond)
	if !now.After(d.Saved) { // each saving has a time of its own
		now = d.Saved.Add(time.Microsecond)
	}
	d.Saved = now
	answers, papers, helped, err := d.written()
	if err != nil {
		return false, err
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		saved = true
		n, err := tx.Exec(`update draft set owner = $1, secret = $2, body = $3, org = $4, helped = $5, answers = $6, papers = $7, saved = $8,
			moved = case when body = $3 then moved else '' end where id = $9 and dossier = 0 and (saved = $10 or $10 = 0)`, d.Owner, d.Secret, d.Body, d.Org, helped, answers, papers,
			db.At(d.Saved), d.ID, db.At(read))
		if saved = n > 0; err != nil || saved {
			return err
		}
		var open int
		if err := tx.Row(`select count(*) from draft where id = $1 and dossier = 0`, d.ID).Scan(&open); err != nil {
			return err
		}
		if open == 0 {
			return fmt.Errorf("draft %s: %w", d.ID, fault.New(fault.Gone, "dossier.draftgone"))
		}
		return nil
	})
	return saved, err
}

const draftColumns = `id, owner, secret, kind, kind_version, body, org, helped, answers, papers, made, saved, dossier, moved`

func scanDraft(into func(...any) error) (*Draft, error) {
	d := new(Draft)
	var helped, answers, papers string
	var made, saved db.Time
	if err := into(&d.ID, &d.Owner, &d.Secret, &d.Kind, &d.KindVersion, &d.Body, &d.Org, &helped, &answers, &papers, &made, &saved, &d.Dossier, &d.Moved); err != nil {
		return nil, err
	}
	d.Made, d.Saved = made.Time, saved.Time
	err := errors.Join(json.Unmarshal([]byte(helped), &d.Helped), json.Unmarshal([]byte(answers), &d.Answers), json.Unmarshal([]byte(papers), &d.Papers))
	if err != nil {
		return nil, fmt.Errorf("draft %s: %w", d.ID, err)
	}
	return d, nil
}

// FindDraft reads a draft; the caller asks whether it is the visitor's.
func (e *Engine) FindDraft(ctx context.Context, n id.ID) (d *Draft, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanDraft, `select `+draftColumns+` from draft where id = $1`, n)
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("draft %s: %w", n, fault.New(fault.NotFound, "dossier.draftmissing"))
		}
		if err == nil {
			d = all[0]
		}
		return err
	})
	return d, err
}

// Drafts are the open drafts of owner, newest first.
func (e *Engine) Drafts(ctx context.Context, owner id.ID) (all []*Draft, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scanDraft, `select `+draftColumns+` from draft where owner = $1 and owner > 0 and dossier = 0 order by saved desc limit 20`, owner)
		return err
	})
	return all, err
}

// useUp makes the draft that the act submits the dossier's, empty: it can be
// submitted once only, whoever sends it again and under whatever key.
func useUp(tx *db.Tx, draft, dossier id.ID) error {
	if draft == 0 {
		return nil
	}
	n, err := tx.Exec(`update draft set dossier = $1, answers = '{}', papers = '{}', helped = 'null' where id = $2 and dossier = 0`, dossier, draft)
	if err == nil && n == 0 {
		err = fmt.Errorf("draft %s: %w", draft, fault.New(fault.Gone, "dossier.draftgone"))
	}
	return err
}

// DropDraft deletes a draft at its owner's wish.
func (e *Engine) DropDraft(ctx context.Context, n id.ID) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from draft where id = $1 and dossier = 0`, n)
		return err
	})
}

// SweepDrafts deletes the drafts last saved before the given time.
func (e *Engine) SweepDrafts(ctx context.Context, before time.Time) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from draft where saved < $1 and dossier = 0`, db.At(before))
		return err
	})
}

// MoveDrafts gives the open drafts for a body to the one that carries on its
// work, with a note of where they were meant to go.
func (e *Engine) MoveDrafts(tx *db.Tx, from, to string) (int64, error) {
	return tx.Exec(`update draft set body = $1, moved = $2 where body = $2 and dossier = 0`, to, from)
}
