// Package sign is the signing authority of a node: certificates for persons,
// seals and the node's clock, what became of them, and documents signed with
// them. What a signature in a document proves is said by package pades, which
// needs no database for it.
//
// A root certifies an issuer, the issuer certifies persons (name, body, post),
// the seals of bodies and the clock. Keys made here are ECDSA P-256 and lie in
// the database, each sealed under a key of its own, and that under a secret of
// the node; the root's key is handed out once, to be kept off the machine. A
// person is known by a serial number of the node, never by the number of an
// identity card: certificates travel with papers.
//
// A seal signs for the node or for the body whose code it has. A person's key
// signs only a digest that its person confirmed, and so does a body's seal where
// its keeper sets it: Permit enters the use in the transaction that takes the
// confirmation, Personal makes it. What the node seals for a body it enters by Sealed.
//
// Nothing here records an act: every verb that changes something returns what
// its caller needs to do so in the same transaction.
package sign

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/box"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/verdict"
)

//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var files embed.FS

// An Authority issues certificates and signs with their keys.
type Authority struct {
	URL string           // how the public reaches the node, for certificates; "": they say no address
	Now func() time.Time // the clock of the stamps on what is sealed; nil: it gets none

	d   *db.DB
	ids *id.Source
	box box.Box
}

// Open is the authority of d, whose tables it makes if need be. secret is 32
// bytes that the node keeps in a file: who has it and the database can sign as anyone.
func Open(ctx context.Context, d *db.DB, ids *id.Source, secret []byte) (*Authority, error) {
	b, err := box.New(secret)
	if err != nil {
		return nil, err
	}
	schema, err := fs.Sub(files, "schema")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "sign", schema); err != nil {
		return nil, err
	}
	return &Authority{d: d, ids: ids, box: b}, nil
}

// A Kind is what a key is for.
type Kind string

// The kinds of keys.
const (
	Root   Kind = "root"
	Issuer Kind = "issuer"
	Person Kind = "person"
	Seal   Kind = "seal"  // of a body, or of the node
	Clock  Kind = "clock" // of the node: time stamps
)

// A Key is a certificate and, unless it stays with its person, its secret key.
type Key struct {
	ID          id.ID
	Kind        Kind
	Issuer      id.ID  // 0: somebody outside
	Serial      string // of the person; empty for others
	Body        string // code of the body it signs for; "" nobody's but his own
	Certificate *x509.Certificate
	Revoked     time.Time // zero: in force
	Cause       Cause     // of the revocation
	Reason      string    // of the revocation, in words

	sealed []byte
}

// Get is one key.
func (a *Authority) Get(tx *db.Tx, key id.ID) (Key, error) {
	some, err := keys(tx, `where id = $1`, key)
	if err == nil && len(some) == 0 {
		err = fault.New(fault.NotFound, "sign.nokey")
	}
	if err != nil {
		return Key{}, fmt.Errorf("key %s: %w", key, err)
	}
	return some[0], nil
}

// List is every key, the oldest first.
func (a *Authority) List(tx *db.Tx) ([]Key, error) { return keys(tx, ``) }

// Of is the keys of the person with this serial number, the oldest first.
func (a *Authority) Of(tx *db.Tx, serial string) ([]Key, error) {
	return keys(tx, `where serial = $1`, serial)
}

// Roots are the certificates that signatures may lead to: this node's, and those
// outside that it trusts.
func (a *Authority) Roots(tx *db.Tx) (roots []*x509.Certificate, err error) {
	some, err := keys(tx, `where kind = $1`, Root)
	if err != nil {
		return nil, err
	}
	for _, k := range some {
		roots = append(roots, k.Certificate)
	}
	outside, err := db.List(tx, func(scan func(...any) error) (c *x509.Certificate, err error) {
		var der []byte
		if err = scan(&der); err == nil {
			c, err = x509.ParseCertificate(der)
		}
		return c, err
	}, `select cert from sign_root order by sum`)
	return append(roots, outside...), err
}

// Held reports whether the secret half is kept here.
func (k Key) Held() bool { return len(k.sealed) > 0 }

func keys(tx *db.Tx, where string, args ...any) ([]Key, error) {
	return db.List(tx, func(scan func(...any) error) (k Key, err error) {
		var cert []byte
		var revoked db.Time
		if err = scan(&k.ID, &k.Kind, &k.Issuer, &k.Serial, &cert, &k.sealed, &revoked, &k.Reason, &k.Cause, &k.Body); err != nil {
			return k, err
		}
		k.Revoked = revoked.Time
		if k.Certificate, err = x509.ParseCertificate(cert); err != nil {
			err = fmt.Errorf("certificate of key %s: %w", k.ID, err)
		}
		return k, err
	}, `select id, kind, issuer, serial, cert, sealed, revoked, reason, cause, body from sign_key `+where+` order by id`, args...)
}

// usable is a key that may sign at that time, with its chain of certificates.
func (a *Authority) usable(ctx context.Context, key id.ID, at time.Time) (k Key, chain []*x509.Certificate, err error) {
	err = a.d.Read(ctx, func(tx *db.Tx) error {
		k, chain, err = a.fit(tx, key, at)
		return err
	})
	return k, chain, err
}

// fit is usable inside a transaction.
func (a *Authority) fit(tx *db.Tx, key id.ID, at time.Time) (k Key, chain []*x509.Certificate, err error) {
	if k, err = a.Get(tx, key); err == nil {
		chain, err = a.fits(tx, k, at)
	}
	return k, chain, err
}

// fits is the chain of a key that may sign now.
func (a *Authority) fits(tx *db.Tx, k Key, at time.Time) (chain []*x509.Certificate, err error) {
	if err := stopped(tx, k.use(), k.Body); err != nil {
		return nil, err
	}
	all := []Key{k}
	if k.Issuer != 0 {
		issuer, err := a.Get(tx, k.Issuer)
		if err != nil {
			return nil, err
		}
		all = append(all, issuer)
	}
	for _, k := range all {
		switch c := k.Certificate; {
		case !k.Revoked.IsZero() && !at.Before(k.Revoked):
			return nil, fault.New(fault.Conflict, "sign.revoked", k.Revoked)
		case at.Before(c.NotBefore) || at.After(c.NotAfter):
			return nil, fault.New(fault.Conflict, "sign.expired", c.NotBefore, c.NotAfter)
		}
		chain = append(chain, k.Certificate)
	}
	if k.Issuer == 0 {
		more, err := above(tx, k.ID)
		if err != nil {
			return nil, err
		}
		chain = append(chain, more...)
	}
	return chain, nil
}

// secret opens a key's secret half.
func (a *Authority) secret(k Key) (*ecdsa.PrivateKey, error) {
	raw, err := a.box.Unwrap("key:"+k.ID.String(), k.sealed)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", k.ID, err)
	}
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
}

// Facts are what the authority knows of the certificates that vouch for the
// signatures of a verdict, as of now: its own, and those in lists of authorities
// outside. One that an issuer's key made and the authority never entered is a stolen key's.
func (a *Authority) Facts(ctx context.Context, v verdict.Verdict, now time.Time) (f verdict.Facts, err error) {
	err = a.d.Read(ctx, func(tx *db.Tx) error {
		f = verdict.Facts{}
		for _, s := range v.Signatures {
			for n := range max(0, len(s.Chain)-1) {
				if err := a.know(tx, &f, s.Chain[n], s.Chain[n+1], now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return f, err
}

func (a *Authority) know(tx *db.Tx, f *verdict.Facts, c, issuer *x509.Certificate, now time.Time) error {
	own := verdict.Own{Certificate: c, As: now}
	some, err := keys(tx, `where number in ($1, $2) and cert = $3`, Number(c), outside(c), c.Raw)
	if err != nil {
		return err
	}
	if len(some) > 0 && (some[0].Issuer != 0 || !some[0].Revoked.IsZero()) { // of a certificate from outside its own issuer has the word
		own.Since = some[0].Revoked
		f.Own = append(f.Own, own)
		return nil
	}
	ours, err := keys(tx, `where number = $1 and cert = $2`, Number(issuer), issuer.Raw)
	if err == nil && len(ours) > 0 {
		own.Strange = true
		f.Own = append(f.Own, own)
	}
	return err
}
