package sign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Wish is a key made here for a certificate that an authority outside will
// issue. The secret half never leaves.
type Wish struct {
	ID   id.ID
	CSR  []byte // PKCS #10, PEM
	Made time.Time
}

const maxCertificates = 64 << 10

// Wish makes a key and the request that its person takes to another authority.
func (a *Authority) Wish(tx *db.Tx, serial string, subject pkix.Name, at time.Time) (Wish, error) {
	w := Wish{ID: a.ids.New(), Made: at}
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
	sealed, err := a.box.wrap("key:"+w.ID.String(), raw) // it keeps its number when it becomes a key
	if err != nil {
		return w, err
	}
	w.CSR = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	_, err = tx.Exec(`insert into sign_wish (id, serial, sealed, csr, made) values ($1, $2, $3, $4, $5)`, w.ID, serial, sealed, w.CSR, db.At(at))
	return w, err
}

// Wishes are those of a person, the oldest first.
func (a *Authority) Wishes(tx *db.Tx, serial string) ([]Wish, error) {
	return db.List(tx, func(scan func(...any) error) (w Wish, err error) {
		var made db.Time
		err = scan(&w.ID, &w.CSR, &made)
		w.Made = made.Time
		return w, err
	}, `select id, csr, made from sign_wish where serial = $1 order by id`, serial)
}

// Import takes the certificate for a wish, with those above it, and makes a key
// of both. One of the roots that are trusted must vouch for it now.
func (a *Authority) Import(tx *db.Tx, serial string, wish id.ID, chain []byte, at time.Time) (k Key, err error) {
	k = Key{ID: wish, Kind: Person, Serial: serial}
	err = tx.Row(`select sealed from sign_wish where id = $1 and serial = $2`, wish, serial).Scan(&k.sealed)
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
	if err := a.take(tx, &k, chain, at, secret.Public().(*ecdsa.PublicKey).Equal); err != nil {
		return k, err
	}
	_, err = tx.Exec(`delete from sign_wish where id = $1`, wish)
	return k, err
}

// take stores k with the certificate among chain whose public key fits.
func (a *Authority) take(tx *db.Tx, k *Key, chain []byte, at time.Time, fits func(crypto.PublicKey) bool) error {
	all, err := Certificates(chain)
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, c := range all {
		if fits(c.PublicKey) {
			k.Certificate = c
		}
		between.AddCert(c)
	}
	if k.Certificate == nil {
		return fault.New(fault.Invalid, "sign.otherkey")
	}
	roots, err := a.Roots(tx)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	found, err := k.Certificate.Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return fault.New(fault.Invalid, "sign.untrusted", k.Certificate.Issuer.CommonName)
	}
	if k.Certificate.KeyUsage != 0 && k.Certificate.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return fault.New(fault.Invalid, "sign.purpose")
	}
	var there int
	if err := tx.Row(`select count(*) from sign_key where number = $1`, k.number()).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return fault.New(fault.Conflict, "sign.there")
	}
	if err := k.store(tx); err != nil {
		return err
	}
	var above []byte
	for _, c := range found[0][1:] {
		above = append(above, c.Raw...)
	}
	_, err = tx.Exec(`insert into sign_chain (key, certs) values ($1, $2)`, k.ID, above)
	return err
}

// Bring takes a certificate from outside whose key stays with its person. That
// he has it was shown by his signature, which certificate is that of.
func (a *Authority) Bring(tx *db.Tx, serial string, certificate *x509.Certificate, chain []byte, at time.Time) (Key, error) {
	k := Key{ID: a.ids.New(), Kind: Person, Serial: serial}
	pemmed := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	return k, a.take(tx, &k, append(pemmed, chain...), at, func(x crypto.PublicKey) bool { return same(x, certificate.PublicKey) })
}

func same(x, y any) bool {
	e, ok := x.(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(y)
}

// Certificates reads certificates in PEM, or one in DER.
func Certificates(b []byte) (all []*x509.Certificate, err error) {
	wrong := fault.New(fault.Invalid, "sign.nocert")
	if len(b) > maxCertificates {
		return nil, wrong
	}
	if c, err := x509.ParseCertificate(b); err == nil {
		return []*x509.Certificate{c}, nil
	}
	for rest := bytes.TrimSpace(b); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, wrong
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, wrong
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, wrong
	}
	return all, nil
}

// Asked reads a person's own request (PKCS #10, PEM or DER) and gives the public
// key that it shows to be his. Names in it count for nothing: the node knows who he is.
func Asked(csr []byte) (public crypto.PublicKey, err error) {
	wrong := fault.New(fault.Invalid, "sign.nocsr")
	if len(csr) > maxCertificates {
		return nil, wrong
	}
	if block, _ := pem.Decode(csr); block != nil {
		csr = block.Bytes
	}
	r, err := x509.ParseCertificateRequest(csr)
	if err != nil || r.CheckSignature() != nil {
		return nil, wrong
	}
	switch key := r.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize >= 256 {
			return key, nil
		}
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n >= 2048 && n <= 4096 {
			return key, nil
		}
	}
	return nil, fault.New(fault.Invalid, "sign.weak")
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

// above are the certificates over one from outside.
func above(tx *db.Tx, key id.ID) ([]*x509.Certificate, error) {
	var der []byte
	if err := tx.Row(`select certs from sign_chain where key = $1`, key).Scan(&der); err != nil {
		return nil, err
	}
	return x509.ParseCertificates(der)
}
