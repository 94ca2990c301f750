package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
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

var oidTitle = asn1.ObjectIdentifier{2, 5, 4, 12}

// oidDocuments allows the signing of documents (RFC 9336).
var oidDocuments = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

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
	root, secret, err := a.certify(tx, Root, "", t, nil, Key{})
	if err != nil {
		return root, issuer, nil, err
	}
	raw, err := secret.Bytes()
	if err != nil {
		return root, issuer, nil, err
	}
	rootKey = pem.EncodeToMemory(&pem.Block{Type: "MOTCUA SEALED KEY", Headers: map[string]string{"Key": root.ID.String()}, Bytes: a.box.seal("root", raw)})
	issuer, err = a.newIssuer(tx, n.Issuer, root, secret, at)
	return root, issuer, rootKey, err
}

// NewIssuer makes an issuer with the root's key as Init gave it. New
// certificates are issued by it; those of older issuers stay valid.
func (a *Authority) NewIssuer(tx *db.Tx, name string, rootKey []byte, at time.Time) (Key, error) {
	block, _ := pem.Decode(rootKey)
	if block == nil {
		return Key{}, fault.New(fault.Invalid, "sign.rootkey")
	}
	raw, err := a.box.open("root", block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", fault.New(fault.Invalid, "sign.rootkey"), err)
	}
	secret, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return Key{}, fmt.Errorf("key of the root: %w", err)
	}
	roots, err := keys(tx, `where kind = $1`, Root)
	if err != nil {
		return Key{}, err
	}
	for _, root := range roots {
		if secret.PublicKey.Equal(root.Certificate.PublicKey) {
			return a.newIssuer(tx, name, root, secret, at)
		}
	}
	return Key{}, fault.New(fault.Invalid, "sign.rootkey")
}

func (a *Authority) newIssuer(tx *db.Tx, name string, root Key, secret *ecdsa.PrivateKey, at time.Time) (Key, error) {
	of := root.Certificate.Subject
	t := template(name, of.Organization[0], of.Country[0], at, at.AddDate(issuerYears, 0, 0))
	authority(t, 0)
	k, _, err := a.certify(tx, Issuer, "", t, secret, root)
	return k, err
}

// A Request is for a certificate. Of a person, Serial is the number by which
// the node knows him and Role his post in the body; a seal has neither.
type Request struct {
	Kind        Kind // Person or Seal
	Name        string
	Body        string
	Role        string
	Serial      string
	From, Until time.Time
}

// Issue makes a key and its certificate with the newest issuer in force.
func (a *Authority) Issue(tx *db.Tx, r Request) (Key, error) {
	if r.Kind != Person && r.Kind != Seal || r.Name == "" || (r.Kind == Person) != (r.Serial != "") || !r.Until.After(r.From) {
		return Key{}, fmt.Errorf("issue a certificate for %q: incomplete", r.Name)
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
		t.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidTitle, Value: r.Role}}
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{oidDocuments}
	k, _, err := a.certify(tx, r.Kind, r.Serial, t, secret, issuer)
	return k, err
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

// certify makes a new key with its certificate and stores both; without an
// issuer it certifies itself and its secret half is not stored.
func (a *Authority) certify(tx *db.Tx, kind Kind, serial string, t *x509.Certificate, by *ecdsa.PrivateKey, issuer Key) (k Key, secret *ecdsa.PrivateKey, err error) {
	if secret, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return k, nil, err
	}
	number := make([]byte, 16)
	rand.Read(number)
	number[0] = number[0]&0x7f | 0x40 // positive and always of the same length
	t.SerialNumber = new(big.Int).SetBytes(number)

	k = Key{ID: a.ids.New(), Kind: kind, Issuer: issuer.ID, Serial: serial}
	parent := issuer.Certificate
	if by == nil {
		by, parent, k.Issuer = secret, t, k.ID
	} else {
		raw, err := secret.Bytes()
		if err != nil {
			return k, nil, err
		}
		k.sealed = a.box.seal("key:"+k.ID.String(), raw)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, secret.Public(), by)
	if err != nil {
		return k, nil, fmt.Errorf("certificate for %q: %w", t.Subject.CommonName, err)
	}
	if k.Certificate, err = x509.ParseCertificate(der); err != nil {
		return k, nil, err
	}
	sealed := k.sealed
	if sealed == nil {
		sealed = []byte{}
	}
	_, err = tx.Exec(`insert into sign_key (id, kind, issuer, serial, number, cert, sealed, revoked, reason)
		values ($1, $2, $3, $4, $5, $6, $7, 0, '')`, k.ID, string(kind), k.Issuer, serial, hex.EncodeToString(number), der, sealed)
	return k, secret, err
}
