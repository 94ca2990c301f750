package sign

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"motcua/base/cades"
	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Use is one use of a person's key or of a body's seal: which digest who may
// use it confirmed, how and how surely.
type Use struct {
	ID     id.ID
	Key    id.ID
	Digest [32]byte // SHA-256 of what is signed
	What   string   // in words, for the person
	Level  string   // of assurance of the confirmation
	Way    string   // by which he confirmed
	At     time.Time
	Done   time.Time // when it was signed; zero: not yet

	// Of a seal only:
	By    id.ID    // who had it set; 0: the node, on what the body decided
	About id.ID    // the act that the paper rests on; of what somebody had sealed, his signing
	File  [32]byte // SHA-256 of the sealed file; zero: not sealed yet
}

// Permit enters a use that its person confirmed, in the transaction that takes
// his confirmation. Without one Personal signs nothing with the key; the same
// digest is permitted once. Whether u.By may use the body's seal is asked by the caller.
func (a *Authority) Permit(tx *db.Tx, owner string, u Use) (id.ID, error) {
	k, _, err := a.fit(tx, u.Key, u.At)
	if err != nil {
		return 0, err
	}
	sealed := k.Kind == Seal && k.Body != "" && u.By != 0
	if !sealed && (k.Kind != Person || k.Serial != owner || u.By != 0) {
		return 0, fault.New(fault.NotFound, "sign.nokey")
	}
	u.ID = a.ids.New()
	n, err := tx.Exec(`insert into sign_use (id, key, digest, what, level, way, at, done, by, about, file) values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, '') on conflict (key, digest) do nothing`,
		u.ID, u.Key, hex.EncodeToString(u.Digest[:]), u.What, u.Level, u.Way, db.At(u.At), u.By, u.About)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.used")
	}
	return u.ID, err
}

// Personal signs a digest that was confirmed, with the key it was confirmed for.
// Asked again it gives the same bytes, but for the stamp, which stamp makes over
// the signature. One that stands beside its file (ETSI EN 319 122-1, 5.2.1) says
// itself when it was confirmed; a PDF says so where it is signed.
func (a *Authority) Personal(ctx context.Context, key id.ID, digest [32]byte, now time.Time, beside bool, stamp func([]byte) ([]byte, error)) ([]byte, error) {
	var k Key
	var at db.Time
	var chain []*x509.Certificate
	err := a.d.Read(ctx, func(tx *db.Tx) (err error) {
		if k, chain, err = a.fit(tx, key, now); err != nil {
			return err
		}
		err = tx.Row(`select at from sign_use where key = $1 and digest = $2`, key, hex.EncodeToString(digest[:])).Scan(&at)
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
	if beside {
		return cades.Sign(digest, cades.By{Key: secret, Chain: chain, At: at.Time, Stamp: stamp})
	}
	return cms.Sign(cms.Signing{Key: secret, Chain: chain, Digest: digest[:], Stamp: stamp})
}

// Serves reports whether k may sign for its person at that time: for himself or,
// with the code of a body, in its name.
func (k Key) Serves(body string, at time.Time) bool {
	return k.Kind == Person && k.Body == body && k.Live(at)
}

// Signed says why a message is no signature over this very digest by this very
// certificate, or nothing.
func Signed(message []byte, c *x509.Certificate, digest [32]byte) error {
	m, err := cms.Read(message, c)
	if err != nil || m.Content != nil || !m.Type.Equal(cms.Data) {
		return fault.New(fault.Invalid, "sign.nosignature")
	}
	if m.Old || !m.Certificate.Equal(c) || m.Hash.Size() != len(digest) || m.Check(digest[:]) != nil {
		return fault.New(fault.Invalid, "sign.othersignature")
	}
	return nil
}

// Made takes a signature that k's person made with a key on his side. What it gives can be believed for
// years: with the certificates above k's, and with the node's time stamp, because
// his own clock shows nothing once his certificate is revoked.
func (a *Authority) Made(ctx context.Context, k Key, message []byte, digest [32]byte, now func() time.Time) ([]byte, error) {
	if err := Signed(message, k.Certificate, digest); err != nil {
		return nil, err
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
	return uses(tx, `where k.serial = $1 and k.kind = $2 order by u.id desc limit $3`, owner, string(Person), limit)
}

func uses(tx *db.Tx, where string, args ...any) ([]Use, error) {
	return db.List(tx, func(scan func(...any) error) (u Use, err error) {
		var digest, file string
		var at, done db.Time
		if err = scan(&u.ID, &u.Key, &digest, &u.What, &u.Level, &u.Way, &at, &done, &u.By, &u.About, &file); err != nil {
			return u, err
		}
		u.At, u.Done = at.Time, done.Time
		sum, err := hex.DecodeString(digest)
		if copy(u.Digest[:], sum) != len(u.Digest) {
			err = fmt.Errorf("use %s: no digest", u.ID)
		}
		if file != "" && err == nil {
			sum, err = hex.DecodeString(file)
			copy(u.File[:], sum)
		}
		return u, err
	}, `select u.id, u.key, u.digest, u.what, u.level, u.way, u.at, u.done, u.by, u.about, u.file from sign_use u join sign_key k on k.id = u.key `+where, args...)
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
