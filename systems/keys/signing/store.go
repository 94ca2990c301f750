package signing

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/verdict"
	"motcua/kernel/sign"
)

func certificate(k sign.Key) []*x509.Certificate { return []*x509.Certificate{k.Certificate} }

// insert stores a signing that nobody confirmed yet.
func (s *Signing) insert(tx *db.Tx) error {
	_, err := tx.Exec(`insert into keys_signing (id, person, level, digest, made, matter, confirmed, manifest, ended, body) values ($1, $2, $3, $4, $5, 0, 0, '', 0, $6)`,
		s.ID, s.Person, string(s.Level), hex.EncodeToString(s.Digest[:]), db.At(s.Made), s.Body)
	for _, i := range s.Items {
		if err == nil {
			_, err = tx.Exec(`insert into keys_item (signing, nth, key, dossier, act, title, prepared, digest, state, why, signed, form) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', $10)`,
				s.ID, i.Nth, i.Key, i.Dossier, i.Act, i.Title, i.Prepared, i.Digest, string(i.State), string(i.Form))
		}
	}
	return err
}

func (x *Desk) find(ctx context.Context, n id.ID) (s *Signing, err error) {
	err = x.App.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = read(tx, `id = $1`, n)
		return err
	})
	return s, err
}

// read reads one signing with its documents.
func read(tx *db.Tx, where string, arg any) (*Signing, error) {
	s := &Signing{}
	var digest string
	var made, confirmed, ended db.Time
	err := tx.Row(`select id, person, level, digest, made, matter, confirmed, ended, body from keys_signing where `+where, arg).
		Scan(&s.ID, &s.Person, &s.Level, &digest, &made, &s.Matter, &confirmed, &ended, &s.Body)
	if err != nil {
		return nil, err
	}
	s.Made, s.Confirmed, s.Ended = made.Time, confirmed.Time, ended.Time
	sum, err := hex.DecodeString(digest)
	if err != nil {
		return nil, err
	}
	copy(s.Digest[:], sum)
	s.Items, err = db.List(tx, func(scan func(...any) error) (i Item, err error) {
		err = scan(&i.Nth, &i.Key, &i.Dossier, &i.Act, &i.Title, &i.Prepared, &i.Digest, &i.State, &i.Why, &i.Signed, &i.Form)
		return i, err
	}, `select nth, key, dossier, act, title, prepared, digest, state, why, signed, form from keys_item where signing = $1 order by nth`, s.ID)
	return s, err
}

// recent are the latest signings of a person that he confirmed, newest first.
func recent(tx *db.Tx, person id.ID) (all []*Signing, err error) {
	some, err := db.List(tx, func(scan func(...any) error) (n id.ID, err error) {
		err = scan(&n)
		return n, err
	}, `select id from keys_signing where person = $1 and body = '' and confirmed <> 0 order by id desc limit 10`, person)
	for _, n := range some {
		s, err := read(tx, `id = $1`, n)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, err
}

// finish notes what became of a document; the first word stands.
func (x *Desk) finish(ctx context.Context, s *Signing, i Item, state State, why, signed string) error {
	digest, err := hex.DecodeString(i.Digest)
	if err != nil {
		return err
	}
	return x.App.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`update keys_item set state = $1, why = $2, signed = $3 where signing = $4 and nth = $5 and state = $6`,
			string(state), why, signed, s.ID, i.Nth, string(Waits))
		if err != nil || n == 0 || state != Done {
			return err
		}
		if _, err := x.App.Keys.Done(tx, i.Key, [32]byte(digest), x.App.Now()); err != nil {
			return err
		}
		if s.Body != "" && i.Form == verdict.PDF {
			file, err := blob.Parse(signed)
			if err == nil {
				err = x.App.Keys.Filed(tx, i.Key, [32]byte(digest), file)
			}
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(`delete from keys_wait where act = $1`, i.Act)
		return err
	})
}

// end signs the list of what was confirmed, once all that could be is signed.
func (x *Desk) end(ctx context.Context, s *Signing) error {
	manifest := ""
	if len(s.Items) > 1 {
		der, err := x.App.Keys.Personal(ctx, s.Items[0].Key, s.Digest, x.App.Now(), false, x.App.Keys.Stamper(ctx, x.App.Now))
		switch kind := fault.Of(err); {
		case kind == fault.Unavailable: // it was stopped meanwhile: Resume comes back to it
			return nil
		case err != nil && kind == "":
			return err
		}
		manifest = base64.StdEncoding.EncodeToString(der)
	}
	return x.App.DB.Write(ctx, func(tx *db.Tx) error {
		if manifest != "" {
			if _, err := x.App.Keys.Done(tx, s.Items[0].Key, s.Digest, x.App.Now()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`update keys_signing set ended = $1, manifest = $2 where id = $3 and ended = 0`, db.At(x.App.Now()), manifest, s.ID)
		return err
	})
}

// manifest is the signed list, in DER.
func manifest(tx *db.Tx, n id.ID) ([]byte, error) {
	var text string
	if err := tx.Row(`select manifest from keys_signing where id = $1`, n).Scan(&text); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// Resume asks for the job again for what was confirmed and is not all signed: it
// waited while signing was stopped, or failed so often that the job gave up.
func (x *Desk) Resume(ctx context.Context, now time.Time) error {
	var open []id.ID
	given := map[string]bool{}
	err := x.App.DB.Read(ctx, func(tx *db.Tx) error {
		clear(given)
		all, err := job.Quarantined(tx)
		for _, j := range all {
			given[j.Key] = given[j.Key] || j.Name == Job
		}
		if err == nil {
			open, err = db.List(tx, func(scan func(...any) error) (n id.ID, err error) { return n, scan(&n) },
				`select id from keys_signing where confirmed > 0 and confirmed < $1 and ended = 0 order by id limit 1000`, db.At(now.Add(-2*patience)))
		}
		return err
	})
	if err != nil || len(open) == 0 {
		return err
	}
	return x.App.DB.Write(ctx, func(tx *db.Tx) (err error) {
		for _, n := range open {
			if given[n.String()] {
				err = job.Replay(tx, Job, n.String(), now)
			} else {
				err = job.Add(tx, Job, n.String(), now, n)
			}
			if err != nil {
				break
			}
		}
		return err
	})
}
