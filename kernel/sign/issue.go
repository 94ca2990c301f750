package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/stamp"
)

// How long certificates hold, in years. The State itself lasts longer than its
// algorithms: a new issuer comes long before the old one ends.
const (
	rootYears   = 20
	issuerYears = 10
)

// Names are those of a new authority.
type Names struct {
	Root, Issuer string // common names
	Body         string // whose authority it is
	Country      string // ISO 3166, two letters
}

// Init makes the root and the first issuer. The root's secret key is in no
// table: rootKey, sealed with the node's secret, is for the caller to keep
// apart from the running node; NewIssuer asks for it.
func (a *Authority) Init(tx *db.Tx, n Names, at time.Time) (root, issuer Key, rootKey []byte, err error) {
	some, err := keys(tx, `where kind = $1`, Root)
	if err == nil && len(some) > 0 {
		err = fault.New(fault.Conflict, "sign.exists")
	}
	if err != nil {
		return root, issuer, nil, err
	}
	t := template(n.Root, n.Body, n.Country, at, at.AddDate(rootYears, 0, 0))
	authority(t, 1)
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return root, issuer, nil, err
	}
	raw, err := secret.Bytes()
	if err != nil {
		return root, issuer, nil, err
	}
	root = Key{ID: a.ids.New(), Kind: Root}
	root.Issuer = root.ID
	if err := a.certify(tx, &root, t, secret.Public(), secret, t); err != nil {
		return root, issuer, nil, err
	}
	rootKey = pem.EncodeToMemory(&pem.Block{Type: "MOTCUA SEALED KEY", Headers: map[string]string{"Key": root.ID.String()}, Bytes: a.box.Seal("root", raw)})
	issuer, err = a.newIssuer(tx, n.Issuer, root, secret, at)
	return root, issuer, rootKey, err
}

// NewIssuer makes an issuer with the root's key as Init gave it. New
// certificates are issued by it; those of older issuers stay valid.
func (a *Authority) NewIssuer(tx *db.Tx, name string, rootKey []byte, at time.Time) (Key, error) {
	root, secret, err := a.root(tx, rootKey)
	if err != nil {
		return Key{}, err
	}
	return a.newIssuer(tx, name, root, secret, at)
}

// root opens the root's key as Init gave it, and finds its certificate.
func (a *Authority) root(tx *db.Tx, rootKey []byte) (Key, *ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(rootKey)
	if block == nil {
		return Key{}, nil, fault.New(fault.Invalid, "sign.rootkey")
	}
	raw, err := a.box.Open("root", block.Bytes)
	if err != nil {
		return Key{}, nil, fmt.Errorf("%w: %w", fault.New(fault.Invalid, "sign.rootkey"), err)
	}
	secret, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return Key{}, nil, fmt.Errorf("key of the root: %w", err)
	}
	roots, err := keys(tx, `where kind = $1`, Root)
	if err != nil {
		return Key{}, nil, err
	}
	for _, root := range roots {
		if secret.PublicKey.Equal(root.Certificate.PublicKey) {
			return root, secret, nil
		}
	}
	return Key{}, nil, fault.New(fault.Invalid, "sign.rootkey")
}

func (a *Authority) newIssuer(tx *db.Tx, name string, root Key, secret *ecdsa.PrivateKey, at time.Time) (Key, error) {
	of := root.Certificate.Subject
	t := template(name, of.Organization[0], of.Country[0], at, at.AddDate(issuerYears, 0, 0))
	authority(t, 0)
	k := Key{ID: a.ids.New(), Kind: Issuer, Issuer: root.ID}
	public, err := a.fresh(&k)
	if err != nil {
		return k, err
	}
	if err := a.certify(tx, &k, t, public, secret, root.Certificate); err != nil {
		return k, err
	}
	if err := a.list(tx, root, secret, at, rootList); err != nil { // while its key is here
		return k, err
	}
	return k, a.list(tx, k, nil, at, issuerList)
}

// A Request is for a certificate. Of a person, Serial is the number by which
// the node knows him and Role his post in the body; the others have neither.
type Request struct {
	Kind        Kind // Person, Seal or Clock
	Name        string
	Body        string
	Code        string // of the body; "" for who signs for himself
	Role        string
	Serial      string
	From, Until time.Time
	Public      crypto.PublicKey // of a key that stays with its person; nil: it is made and kept here
}

// Issue makes a key and its certificate with the newest issuer in force.
func (a *Authority) Issue(tx *db.Tx, r Request) (Key, error) {
	if r.Kind != Person && r.Kind != Seal && r.Kind != Clock || r.Name == "" || (r.Kind == Person) != (r.Serial != "") || !r.Until.After(r.From) {
		return Key{}, fmt.Errorf("issue a certificate for %q: incomplete", r.Name)
	}
	if err := stopped(tx, Issuing, r.Code); err != nil {
		return Key{}, err
	}
	issuers, err := keys(tx, `where kind = $1 and revoked = 0`, Issuer)
	if err == nil && len(issuers) == 0 {
		err = fault.New(fault.Conflict, "sign.noissuer")
	}
	if err != nil {
		return Key{}, err
	}
	issuer := issuers[len(issuers)-1]
	if r.Until.After(issuer.Certificate.NotAfter) {
		return Key{}, fault.New(fault.Conflict, "sign.expired", issuer.Certificate.NotBefore, issuer.Certificate.NotAfter)
	}
	secret, err := a.secret(issuer)
	if err != nil {
		return Key{}, err
	}
	t := template(r.Name, r.Body, issuer.Certificate.Subject.Country[0], r.From, r.Until)
	t.Subject.SerialNumber = r.Serial
	if r.Role != "" {
		t.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: cert.Title, Value: r.Role}}
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{cert.Documents}
	if r.Kind == Clock {
		purpose, oid, err := stamp.Purpose()
		if err != nil {
			return Key{}, err
		}
		t.KeyUsage, t.UnknownExtKeyUsage = x509.KeyUsageDigitalSignature, nil
		t.ExtraExtensions = []pkix.Extension{{Id: oid, Critical: true, Value: purpose}}
	}
	if r.Kind == Seal {
		names, e := cert.Seal(r.Code)
		t.Subject.ExtraNames, t.ExtraExtensions = names, []pkix.Extension{e}
	}
	k := Key{ID: a.ids.New(), Kind: r.Kind, Issuer: issuer.ID, Serial: r.Serial, Body: r.Code}
	public := r.Public
	if public == nil {
		if public, err = a.fresh(&k); err != nil {
			return Key{}, err
		}
	}
	return k, a.certify(tx, &k, t, public, secret, issuer.Certificate)
}

// fresh makes the secret half of k and seals it.
func (a *Authority) fresh(k *Key) (crypto.PublicKey, error) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	raw, err := secret.Bytes()
	if err == nil {
		k.sealed, err = a.box.Wrap("key:"+k.ID.String(), raw)
	}
	return secret.Public(), err
}

func template(name, body, country string, from, until time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name, Organization: []string{body}, Country: []string{country}},
		NotBefore:             from.UTC().Truncate(time.Second),
		NotAfter:              until.UTC().Truncate(time.Second),
		BasicConstraintsValid: true,
	}
}

// authority makes t one that may certify others, depth steps down.
func authority(t *x509.Certificate, depth int) {
	t.IsCA, t.MaxPathLen, t.MaxPathLenZero = true, depth, depth == 0
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
}

// certify makes the certificate of a public key and stores k with it.
func (a *Authority) certify(tx *db.Tx, k *Key, t *x509.Certificate, public crypto.PublicKey, by crypto.Signer, parent *x509.Certificate) error {
	number := make([]byte, 16)
	rand.Read(number)
	number[0] = number[0]&0x7f | 0x40 // positive and always of the same length
	t.SerialNumber = new(big.Int).SetBytes(number)
	if k.Issuer != k.ID && a.URL != "" { // where a reader asks whether it was revoked, and finds who issued it
		t.CRLDistributionPoints = []string{a.URL + ListPath(k.Issuer)}
		t.IssuingCertificateURL = []string{a.URL + CertPath(k.Issuer)}
		if !t.IsCA { // of issuers speaks the root's list alone: its key is not on the machine
			t.OCSPServer = []string{a.URL + StatusPath}
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, public, by)
	if err != nil {
		return fmt.Errorf("certificate for %q: %w", t.Subject.CommonName, err)
	}
	if k.Certificate, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	return k.store(tx)
}

// store inserts k.
func (k *Key) store(tx *db.Tx) error {
	if k.sealed == nil {
		k.sealed = []byte{}
	}
	_, err := tx.Exec(`insert into sign_key (id, kind, issuer, serial, number, cert, sealed, revoked, reason, cause, body)
		values ($1, $2, $3, $4, $5, $6, $7, 0, '', 0, $8)`, k.ID, string(k.Kind), k.Issuer, k.Serial, k.number(), k.Certificate.Raw, k.sealed, k.Body)
	return err
}

// Number is that of a certificate: hexadecimal.
func Number(c *x509.Certificate) string { return fmt.Sprintf("%x", c.SerialNumber) }

// number is what k is found by. Numbers of authorities outside may be the same
// as ours, so those certificates are known by their hash.
func (k *Key) number() string {
	if k.Issuer == 0 {
		return outside(k.Certificate)
	}
	return Number(k.Certificate)
}

func outside(c *x509.Certificate) string { return fmt.Sprintf("outside:%x", sha256.Sum256(c.Raw)) }
