package sign

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Cause is why a certificate was revoked, by the numbers of RFC 5280, 5.3.1.
type Cause int

// The causes.
const (
	Unsaid   Cause = 0
	Lost     Cause = 1 // or in other hands
	Left     Cause = 3 // no longer at that body or in that post
	Replaced Cause = 4
	Ended    Cause = 5 // no longer needed
	Unproved Cause = 9 // who its owner is was not proved (privilege withdrawn)
)

// Revoke ends the use of a key from at on. What was signed before stays valid.
// The list of its issuer says so when the transaction is durable.
func (a *Authority) Revoke(tx *db.Tx, key id.ID, at time.Time, cause Cause, reason string) (Key, error) {
	n, err := tx.Exec(`update sign_key set revoked = $1, reason = $2, cause = $3 where id = $4 and revoked = 0`, db.At(at), reason, int(cause), key)
	if err != nil {
		return Key{}, err
	}
	k, err := a.Get(tx, key)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.revoked", k.Revoked)
	}
	if err != nil || k.Issuer == 0 || k.Kind == Root || k.Kind == Issuer { // the root's list needs the root's key
		return k, err
	}
	issuer, err := a.Get(tx, k.Issuer)
	if err == nil {
		err = a.list(tx, issuer, nil, at, issuerList)
	}
	return k, err
}

// How long a list holds. An issuer's is signed anew every half of it; the
// root's, whose key is not here, when that is brought.
const (
	issuerList = 2 * 24 * time.Hour
	rootList   = 366 * 24 * time.Hour
)

// Where a certificate says that one may ask.
const StatusPath = "/pki/ocsp"

// ListPath is where the list of an issuer stands.
func ListPath(issuer id.ID) string { return "/pki/" + issuer.String() + ".crl" }

// CertPath is where the certificate of an issuer stands.
func CertPath(issuer id.ID) string { return "/pki/" + issuer.String() + ".cer" }

// list signs the list of what issuer certified and was revoked, and keeps it in
// place of the one before. secret is nil for an issuer whose key is here.
func (a *Authority) list(tx *db.Tx, issuer Key, secret crypto.Signer, at time.Time, life time.Duration) error {
	if secret == nil {
		own, err := a.secret(issuer)
		if err != nil {
			return err
		}
		secret = own
	}
	gone, err := keys(tx, `where issuer = $1 and revoked <> 0`, issuer.ID)
	if err != nil {
		return err
	}
	var number int64
	err = tx.Row(`select number from sign_list where issuer = $1`, issuer.ID).Scan(&number)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	l := &x509.RevocationList{Number: big.NewInt(number + 1), ThisUpdate: at.UTC().Truncate(time.Second), NextUpdate: at.UTC().Add(life).Truncate(time.Second)}
	for _, k := range gone {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: k.Certificate.SerialNumber, RevocationTime: k.Revoked.UTC(), ReasonCode: int(k.Cause)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, issuer.Certificate, secret)
	if err != nil {
		return fmt.Errorf("list of issuer %s: %w", issuer.ID, err)
	}
	_, err = tx.Exec(`insert into sign_list (issuer, number, made, der) values ($1, $2, $3, $4)
		on conflict (issuer) do update set number = excluded.number, made = excluded.made, der = excluded.der`, issuer.ID, number+1, db.At(at), der)
	return err
}

// Relist signs the lists anew that have come half their way.
func (a *Authority) Relist(ctx context.Context, now time.Time) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		issuers, err := keys(tx, `where kind = $1`, Issuer)
		if err != nil {
			return err
		}
		for _, k := range issuers {
			var made db.Time
			err := tx.Row(`select made from sign_list where issuer = $1`, k.ID).Scan(&made)
			if err != nil && !errors.Is(err, fault.NotFound) {
				return err
			}
			if now.Sub(made.Time) < issuerList/2 || now.After(k.Certificate.NotAfter) {
				continue
			}
			if err := a.list(tx, k, nil, now, issuerList); err != nil {
				return err
			}
		}
		return nil
	})
}

// RelistRoot signs the root's list with the root's key as Init gave it.
func (a *Authority) RelistRoot(tx *db.Tx, rootKey []byte, at time.Time) error {
	root, secret, err := a.root(tx, rootKey)
	if err != nil {
		return err
	}
	return a.list(tx, root, secret, at, rootList)
}

// Listed is the list of an issuer, in DER.
func (a *Authority) Listed(ctx context.Context, issuer id.ID) (der []byte, err error) {
	err = a.d.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select der from sign_list where issuer = $1`, issuer).Scan(&der)
	})
	if errors.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "sign.nokey")
	}
	return der, err
}
