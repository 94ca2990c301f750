// Package sign is the signing authority of a node: certificates for persons
// and seals, and documents signed with them. What a signature in a document
// proves is said by package pades, which needs no database for it.
//
// A root certifies an issuer, the issuer certifies persons (name, body, post)
// and the seals of bodies. All keys are ECDSA P-256 and lie in the database,
// sealed with a secret of the node; the root's key is handed out once, to be
// kept off the machine. A person is known by a serial number of the node,
// never by the number of an identity card: certificates travel with papers.
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
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/verdict"
)

//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var files embed.FS

// An Authority issues certificates and signs with their keys.
type Authority struct {
	d   *db.DB
	ids *id.Source
	box box
}

// Open is the authority of d, whose tables it makes if need be. secret is 32
// bytes that the node keeps in a file: who has it and the database can sign as anyone.
func Open(ctx context.Context, d *db.DB, ids *id.Source, secret []byte) (*Authority, error) {
	b, err := newBox(secret)
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
	return &Authority{d, ids, b}, nil
}

// A Kind is what a key is for.
type Kind string

// The kinds of keys.
const (
	Root   Kind = "root"
	Issuer Kind = "issuer"
	Person Kind = "person"
	Seal   Kind = "seal" // of a body, or of the node
)

// A Key is a certificate whose secret key the authority holds.
type Key struct {
	ID          id.ID
	Kind        Kind
	Issuer      id.ID
	Serial      string // of the person; empty for others
	Certificate *x509.Certificate
	Revoked     time.Time // zero: in force
	Reason      string    // of the revocation

	sealed []byte
}

// Revoke ends the use of a key from at on. What was signed before stays valid.
func (a *Authority) Revoke(tx *db.Tx, key id.ID, at time.Time, reason string) (Key, error) {
	n, err := tx.Exec(`update sign_key set revoked = $1, reason = $2 where id = $3 and revoked = 0`, db.At(at), reason, key)
	if err != nil {
		return Key{}, err
	}
	k, err := a.Get(tx, key)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.revoked", k.Revoked)
	}
	return k, err
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

// Roots are the certificates that signatures of this node lead to.
func (a *Authority) Roots(tx *db.Tx) (roots []*x509.Certificate, err error) {
	some, err := keys(tx, `where kind = $1`, Root)
	for _, k := range some {
		roots = append(roots, k.Certificate)
	}
	return roots, err
}

func keys(tx *db.Tx, where string, args ...any) ([]Key, error) {
	return db.List(tx, func(scan func(...any) error) (k Key, err error) {
		var cert []byte
		var revoked db.Time
		if err = scan(&k.ID, &k.Kind, &k.Issuer, &k.Serial, &cert, &k.sealed, &revoked, &k.Reason); err != nil {
			return k, err
		}
		k.Revoked = revoked.Time
		if k.Certificate, err = x509.ParseCertificate(cert); err != nil {
			err = fmt.Errorf("certificate of key %s: %w", k.ID, err)
		}
		return k, err
	}, `select id, kind, issuer, serial, cert, sealed, revoked, reason from sign_key `+where+` order by id`, args...)
}

// PDF signs a PDF with a key, as of at. Bytes that were there stay as they
// are, so what was signed before stays valid.
func (a *Authority) PDF(ctx context.Context, pdf []byte, key id.ID, reason string, at time.Time) ([]byte, error) {
	var k, issuer Key
	err := a.d.Read(ctx, func(tx *db.Tx) (err error) {
		if k, err = a.Get(tx, key); err == nil {
			issuer, err = a.Get(tx, k.Issuer)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if k.Kind != Person && k.Kind != Seal {
		return nil, fmt.Errorf("key %s of kind %s signs no documents", key, k.Kind)
	}
	for _, k := range []Key{k, issuer} {
		switch c := k.Certificate; {
		case !k.Revoked.IsZero() && !at.Before(k.Revoked):
			return nil, fault.New(fault.Conflict, "sign.revoked", k.Revoked)
		case at.Before(c.NotBefore) || at.After(c.NotAfter):
			return nil, fault.New(fault.Conflict, "sign.expired", c.NotBefore, c.NotAfter)
		}
	}
	secret, err := a.secret(k)
	if err != nil {
		return nil, err
	}
	return pades.Sign(pdf, pades.By{Key: secret, Chain: []*x509.Certificate{k.Certificate, issuer.Certificate}, Reason: reason, At: at})
}

// secret opens a key's secret half.
func (a *Authority) secret(k Key) (*ecdsa.PrivateKey, error) {
	raw, err := a.box.open("key:"+k.ID.String(), k.sealed)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", k.ID, err)
	}
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
}

// Check adds to a verdict what only the authority knows: which of its
// certificates were revoked. A signature made before that stays valid.
func (a *Authority) Check(ctx context.Context, v *verdict.Verdict) error {
	return a.d.Read(ctx, func(tx *db.Tx) error {
		for i := range v.Signatures {
			s := &v.Signatures[i]
			if !s.Trusted {
				continue
			}
			var at db.Time
			err := tx.Row(`select revoked from sign_key where number = $1 and cert = $2`,
				hex.EncodeToString(s.Certificate.SerialNumber.Bytes()), s.Certificate.Raw).Scan(&at)
			if errors.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if s.Revoked = at.Time; !at.IsZero() && !s.When().Before(at.Time) {
				s.Trusted = false
				v.Judge(verdict.Unknown, "sign.why.revoked", s.Name, at.Time)
			}
		}
		return nil
	})
}
