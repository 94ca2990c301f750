package sign

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Use is one use of a person's key: which digest he confirmed, how and how surely.
type Use struct {
	ID     id.ID
	Key    id.ID
	Digest [32]byte // SHA-256 of what is signed
	What   string   // in words, for the person
	Level  string   // of assurance of the confirmation
	Way    string   // by which he confirmed
	At     time.Time
	Done   time.Time // when it was signed; zero: not yet
}

// Permit enters a use that the person confirmed, in the transaction that takes
// his confirmation. Without one Personal signs nothing with his key; the same
// digest is permitted once.
func (a *Authority) Permit(tx *db.Tx, owner string, u Use) (id.ID, error) {
	k, _, err := a.fit(tx, u.Key, u.At)
	if err != nil {
		return 0, err
	}
	if k.Kind != Person || k.Serial != owner {
		return 0, fault.New(fault.NotFound, "sign.nokey")
	}
	u.ID = a.ids.New()
	n, err := tx.Exec(`insert into sign_use (id, key, digest, what, level, way, at, done) values ($1, $2, $3, $4, $5, $6, $7, 0) on conflict (key, digest) do nothing`,
		u.ID, u.Key, hex.EncodeToString(u.Digest[:]), u.What, u.Level, u.Way, db.At(u.At))
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.used")
	}
	return u.ID, err
}

// Personal signs a digest with a person's key that he confirmed. Asked again it
// gives the same bytes, but for the stamp, which stamp makes over the signature.
func (a *Authority) Personal(ctx context.Context, key id.ID, digest [32]byte, now time.Time, stamp func([]byte) ([]byte, error)) ([]byte, error) {
	var k Key
	var chain []*x509.Certificate
	err := a.d.Read(ctx, func(tx *db.Tx) (err error) {
		if k, chain, err = a.fit(tx, key, now); err != nil {
			return err
		}
		var use id.ID
		err = tx.Row(`select id from sign_use where key = $1 and digest = $2`, key, hex.EncodeToString(digest[:])).Scan(&use)
		if errors.Is(err, fault.NotFound) {
			err = fault.New(fault.Forbidden, "sign.unconfirmed")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !k.Held() {
		return nil, fault.New(fault.Conflict, "sign.elsewhere")
	}
	secret, err := a.secret(k)
	if err != nil {
		return nil, err
	}
	return cms.Sign(cms.Signing{Key: secret, Chain: chain, Digest: digest[:], Stamp: stamp})
}

// Serves reports whether k may sign for its person at that time: for himself or,
// with the code of a body, in its name.
func (k Key) Serves(body string, at time.Time) bool {
	return k.Kind == Person && k.Body == body && k.Revoked.IsZero() && !at.Before(k.Certificate.NotBefore) && at.Before(k.Certificate.NotAfter)
}

// Made takes a signature that k's person made with a key on his side: it is over
// this very digest, by this very certificate. What it gives can be believed for
// years: with the certificates above k's, and with the node's time stamp, because
// his own clock shows nothing once his certificate is revoked.
func (a *Authority) Made(ctx context.Context, k Key, message []byte, digest [32]byte, now func() time.Time) ([]byte, error) {
	m, err := cms.Read(message, k.Certificate)
	if err != nil || m.Content != nil || !m.Type.Equal(cms.Data) {
		return nil, fault.New(fault.Invalid, "sign.nosignature")
	}
	if m.Old || !m.Certificate.Equal(k.Certificate) || m.Hash.Size() != len(digest) || m.Check(digest[:]) != nil {
		return nil, fault.New(fault.Invalid, "sign.othersignature")
	}
	_, chain, err := a.usable(ctx, k.ID, now())
	if err != nil {
		return nil, err
	}
	return cms.Complete(message, chain, a.Stamper(ctx, now))
}

// Done notes that a permitted use was made; first says that nobody had before.
func (a *Authority) Done(tx *db.Tx, key id.ID, digest [32]byte, at time.Time) (first bool, err error) {
	n, err := tx.Exec(`update sign_use set done = $1 where key = $2 and digest = $3 and done = 0`, db.At(at), key, hex.EncodeToString(digest[:]))
	return n == 1, err
}

// Uses are those of a person's keys, newest first.
func (a *Authority) Uses(tx *db.Tx, owner string, limit int) ([]Use, error) {
	return db.List(tx, func(scan func(...any) error) (u Use, err error) {
		var digest string
		var at, done db.Time
		if err = scan(&u.ID, &u.Key, &digest, &u.What, &u.Level, &u.Way, &at, &done); err != nil {
			return u, err
		}
		u.At, u.Done = at.Time, done.Time
		sum, err := hex.DecodeString(digest)
		if copy(u.Digest[:], sum) != len(u.Digest) {
			err = fmt.Errorf("use %s: no digest", u.ID)
		}
		return u, err
	}, `select u.id, u.key, u.digest, u.what, u.level, u.way, u.at, u.done from sign_use u join sign_key k on k.id = u.key
		where k.serial = $1 and k.kind = $2 order by u.id desc limit $3`, owner, string(Person), limit)
}

// Erase takes out what is known of a person's own keys, those by which he signed for
// nobody else, once their certificates are over. Documents that he signed carry the
// certificate themselves.
func (a *Authority) Erase(tx *db.Tx, owner string) error {
	for _, q := range []string{
		`delete from sign_use where key in (select id from sign_key where serial = $1 and kind = $2 and body = '')`,
		`delete from sign_chain where key in (select id from sign_key where serial = $1 and kind = $2 and body = '')`,
		`delete from sign_key where serial = $1 and kind = $2 and body = ''`,
	} {
		if _, err := tx.Exec(q, owner, string(Person)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`delete from sign_wish where serial = $1`, owner)
	return err
}
