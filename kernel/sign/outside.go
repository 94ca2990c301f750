package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Wish is a key made here for a certificate that an authority outside will
// issue. The secret half never leaves.
type Wish struct {
	ID   id.ID
	Body string // for which it will sign; "": for its person
	CSR  []byte // PKCS #10, PEM
	Made time.Time
}

// An Owner is whose key it will be: a person's, who signs for himself or for a
// body, or the seal of a body.
type Owner struct {
	Serial string // of the person; "" of a seal
	Body   string // code; "" of who signs for himself
	Seal   bool
}

func (o Owner) kind() Kind {
	if o.Seal {
		return Seal
	}
	return Person
}

// Wish makes a key and the request that its owner takes to another authority.
func (a *Authority) Wish(tx *db.Tx, o Owner, subject pkix.Name, at time.Time) (Wish, error) {
	w := Wish{ID: a.ids.New(), Body: o.Body, Made: at}
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return w, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject}, secret)
	if err != nil {
		return w, err
	}
	raw, err := secret.Bytes()
	if err != nil {
		return w, err
	}
	sealed, err := a.box.Wrap("key:"+w.ID.String(), raw) // it keeps its number when it becomes a key
	if err != nil {
		return w, err
	}
	w.CSR = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	_, err = tx.Exec(`insert into sign_wish (id, serial, sealed, csr, made, kind, body) values ($1, $2, $3, $4, $5, $6, $7)`,
		w.ID, o.Serial, sealed, w.CSR, db.At(at), string(o.kind()), o.Body)
	return w, err
}

// Wishes are those of a person, for himself and for bodies, or those for a body's
// seal; the oldest first.
func (a *Authority) Wishes(tx *db.Tx, o Owner) ([]Wish, error) {
	return db.List(tx, func(scan func(...any) error) (w Wish, err error) {
		var made db.Time
		err = scan(&w.ID, &w.Body, &w.CSR, &made)
		w.Made = made.Time
		return w, err
	}, `select id, body, csr, made from sign_wish where serial = $1 and kind = $2 and (body = $3 or kind <> 'seal') order by id`, o.Serial, string(o.kind()), o.Body)
}

// Import takes the certificate for a wish among all, with those above it, and makes
// a key of both. One of the roots that are trusted must vouch for it now.
func (a *Authority) Import(tx *db.Tx, o Owner, wish id.ID, all []*x509.Certificate, at time.Time) (k Key, err error) {
	k = Key{ID: wish, Kind: o.kind(), Serial: o.Serial}
	err = tx.Row(`select body, sealed from sign_wish where id = $1 and serial = $2 and kind = $3 and (body = $4 or kind <> 'seal')`, wish, o.Serial, string(k.Kind), o.Body).Scan(&k.Body, &k.sealed)
	if errors.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "sign.nokey")
	}
	if err != nil {
		return k, err
	}
	secret, err := a.secret(k)
	if err != nil {
		return k, err
	}
	i := slices.IndexFunc(all, func(c *x509.Certificate) bool { return cert.Same(secret.Public(), c.PublicKey) })
	if i < 0 {
		return k, fault.New(fault.Invalid, "sign.otherkey")
	}
	k.Certificate = all[i]
	if err := a.take(tx, &k, all, at); err != nil {
		return k, err
	}
	_, err = tx.Exec(`delete from sign_wish where id = $1`, wish)
	return k, err
}

// Vouched is the way from a certificate of an authority outside up to a root that
// is trusted, over those of others: it may sign documents, and is not here yet.
func (a *Authority) Vouched(tx *db.Tx, c *x509.Certificate, others []*x509.Certificate, at time.Time) ([]*x509.Certificate, error) {
	roots, err := a.Roots(tx)
	if err != nil {
		return nil, err
	}
	chain := cert.Way(c, others, roots, at)
	if chain == nil {
		return nil, fault.New(fault.Invalid, "sign.untrusted", c.Issuer.CommonName)
	}
	if !cert.Signs(c) {
		return nil, fault.New(fault.Invalid, "sign.purpose")
	}
	var there int
	if err = tx.Row(`select count(*) from sign_key where number in ($1, $2) and cert = $3`, Number(c), outside(c), c.Raw).Scan(&there); err == nil && there > 0 {
		err = fault.New(fault.Conflict, "sign.there")
	}
	return chain, err
}

// take stores a key of an authority outside, with those above it among others.
func (a *Authority) take(tx *db.Tx, k *Key, others []*x509.Certificate, at time.Time) error {
	chain, err := a.Vouched(tx, k.Certificate, others, at)
	if err == nil {
		err = k.store(tx)
	}
	if err != nil {
		return err
	}
	var above []byte
	for _, c := range chain[1:] {
		above = append(above, c.Raw...)
	}
	_, err = tx.Exec(`insert into sign_chain (key, certs) values ($1, $2)`, k.ID, above)
	return err
}

// Bring takes a certificate from outside, the first of some, whose key stays with
// its person. That he has it is shown to the caller; the others lead to a root.
func (a *Authority) Bring(tx *db.Tx, o Owner, some []*x509.Certificate, at time.Time) (Key, error) {
	k := Key{ID: a.ids.New(), Kind: o.kind(), Serial: o.Serial, Body: o.Body, Certificate: some[0]}
	return k, a.take(tx, &k, some, at)
}

// Trust makes a root outside one that certificates may lead to.
func (a *Authority) Trust(tx *db.Tx, c *x509.Certificate, at time.Time) (sum string, err error) {
	if !c.IsCA || c.CheckSignatureFrom(c) != nil {
		return "", fault.New(fault.Invalid, "sign.noroot")
	}
	s := sha256.Sum256(c.Raw)
	sum = hex.EncodeToString(s[:])
	n, err := tx.Exec(`insert into sign_root (sum, cert, at) values ($1, $2, $3) on conflict (sum) do nothing`, sum, c.Raw, db.At(at))
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.there")
	}
	return sum, err
}

// Distrust takes a root outside back. Signatures that lead to it count no more.
func (a *Authority) Distrust(tx *db.Tx, sum string) error {
	n, err := tx.Exec(`delete from sign_root where sum = $1`, sum)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "sign.nosuchroot")
	}
	return err
}

// Outside are the certificates of others in use here, each with those above it up
// to its root.
func (a *Authority) Outside(tx *db.Tx) (chains [][]*x509.Certificate, err error) {
	some, err := keys(tx, `where issuer = 0 and revoked = 0`)
	for _, k := range some {
		if err == nil {
			var more []*x509.Certificate
			more, err = above(tx, k.ID)
			chains = append(chains, append([]*x509.Certificate{k.Certificate}, more...))
		}
	}
	return chains, err
}

// above are the certificates over one from outside.
func above(tx *db.Tx, key id.ID) ([]*x509.Certificate, error) {
	var der []byte
	if err := tx.Row(`select certs from sign_chain where key = $1`, key).Scan(&der); err != nil {
		return nil, err
	}
	return x509.ParseCertificates(der)
}
