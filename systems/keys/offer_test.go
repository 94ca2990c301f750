package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/cades"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/verdict"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/lists"
	"motcua/kernel/who"
)

// number is the leader's in the population register.
const number = "001183000077"

// proved is a person whose number the register confirmed.
func (s *stage) proved(login, number string) {
	s.t.Helper()
	p := s.People[login]
	s.write(func(tx *db.Tx) error {
		return level.Reach(tx, s.Book, p, p.ID, level.Proof{Level: who.Substantial, Way: level.Register, Number: number, Name: p.Name, Born: "1983-01-01"})
	})
	s.Book.Drop()
}

// A shop is an authority outside with one between it and people, and a key of theirs.
type shop struct {
	t             *testing.T
	s             *stage
	root, between *x509.Certificate
	key           *ecdsa.PrivateKey
	last          int64
}

func newShop(t *testing.T, s *stage) *shop {
	x := &shop{t: t, s: s}
	x.key = must2(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ca := func(name string, by *x509.Certificate) *x509.Certificate {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true}
		if by == nil {
			by = c
		}
		return x.certify(c, by, x.key.Public())
	}
	x.root = ca("Nha cap ngoai", nil)
	x.between = ca("Nha cap nguoi dan", x.root)
	return x
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// certify makes c a certificate of a year, by by, whose key is the shop's too.
func (x *shop) certify(c, by *x509.Certificate, public any) *x509.Certificate {
	x.t.Helper()
	x.last++
	c.SerialNumber = big.NewInt(x.last)
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = x.s.Now().AddDate(0, -2, 0), x.s.Now().AddDate(1, 0, 0)
	}
	der := must2(x509.CreateCertificate(rand.Reader, c, by, public, x.key))
	return must2(x509.ParseCertificate(der))
}

// person certifies one by his name and, as authorities of the country write it, his number.
func (x *shop) person(name, number string, public any) *x509.Certificate {
	uid := pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: "CCCD:" + number}
	return x.certify(&x509.Certificate{Subject: pkix.Name{CommonName: name, ExtraNames: []pkix.AttributeTypeAndValue{uid}}, KeyUsage: x509.KeyUsageDigitalSignature}, x.between, public)
}

func pems(all ...*x509.Certificate) (b []byte) {
	for _, c := range all {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return b
}

var self = url.Values{"post": {"self"}}

// A certificate of an authority outside whose key stays with its person: he shows
// that he has the key, signs by upload, and takes it away again. That it is his is
// known by his number; of what is not, nothing is taken.
func TestOffer(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	x := newShop(t, s)
	mine := must2(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	const name = "TRAN QUOC TOAN" // as many authorities write names
	good := x.person(name, number, mine.Public())
	b := s.leader()
	offer := func(file []byte) kerneltest.Answer { return b.Form("/me/keys/offers", self, "file", "c.pem", file) }
	offer(pems(good, x.between)).Want(t, 403, "số định danh của bạn, mà số này")
	s.proved("leader", number)
	offer(pems(good, x.between)).Want(t, 422, "Nha cap nguoi dan") // no root that is trusted
	s.write(func(tx *db.Tx) error { _, err := s.Keys.Trust(tx, x.root, s.Now()); return err })
	old := x.certify(&x509.Certificate{Subject: pkix.Name{CommonName: name, SerialNumber: number}, KeyUsage: x509.KeyUsageDigitalSignature, NotBefore: s.Now().AddDate(-1, 0, 0), NotAfter: s.Now().AddDate(0, 0, -1)}, x.between, mine.Public())
	ca := x.certify(&x509.Certificate{Subject: pkix.Name{CommonName: name, SerialNumber: number}, KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true}, x.between, mine.Public())
	other := x.certify(&x509.Certificate{Subject: pkix.Name{CommonName: name, SerialNumber: number}, KeyUsage: x509.KeyUsageKeyEncipherment}, x.between, mine.Public())
	for _, tt := range []struct {
		what string
		file []byte
		says string
	}{
		{"no certificate", []byte("hallo"), "không phải là chứng thư"},
		{"without those above it", pems(good), "không nằm trong số các nơi cấp"},
		{"expired", pems(old, x.between), "hoặc chứng thư đã hết hạn"},
		{"another person's number", pems(x.person(name, "001183000078", mine.Public()), x.between), "số định danh của bạn"},
		{"another person's name", pems(x.person("TRAN QUOC TUAN", number, mine.Public()), x.between), "số định danh của bạn"},
		{"an authority's own", pems(ca, x.between), "số định danh của bạn"},
		{"for secrets, not for signatures", pems(other, x.between), "không dùng để ký văn bản"},
	} {
		if a := offer(tt.file); a.Status != 422 || !strings.Contains(a.Body, tt.says) {
			t.Errorf("%s: %d %s, want 422 and %q", tt.what, a.Status, a.To, tt.says)
		}
	}
	b.Form("/me/keys/offers", url.Values{"post": {"leader@" + kerneltest.Here}}, "file", "c.pem", pems(good, x.between)).Want(t, 422, "không ghi tên hay mã của UBND phường Hàng Bạc")

	a := offer(pems(x.between, good)) // in either order
	a.Want(t, 303)
	page := a.To
	b.Get(page).Want(t, 200, name, "Nha cap nguoi dan", "openssl cms -sign", regexp.MustCompile(`[0-9A-Z]{26}`).FindString(b.Get(page+"/says.txt").Body))
	sign := func(text string, key *ecdsa.PrivateKey, c *x509.Certificate) []byte {
		return must2(cades.Sign(sha256.Sum256([]byte(text)), cades.By{Key: key, Chain: []*x509.Certificate{c}, At: s.Now()}))
	}
	text := b.Get(page + "/says.txt").Body
	message := sign(text, mine, good)
	again := offer(pems(good, x.between)).To
	away := s.As(t, "away")
	away.Get(page).Want(t, 404)
	if a := away.Form(page, nil, "file", "x.p7s", message); a.Status != 404 {
		t.Errorf("by another person: %d, want 404", a.Status)
	}
	stranger := must2(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	for what, m := range map[string][]byte{"over the text of another offer": sign(b.Get(again+"/says.txt").Body, mine, good), "over nothing": sign("", mine, good), "by another key": sign(text, stranger, good),
		"by another certificate of his": sign(text, mine, x.person(name, number, mine.Public())), "garbage": []byte("hallo")} {
		if a := b.Form(page, nil, "file", "x.p7s", m); a.Status != 422 {
			t.Errorf("%s: %d, want 422", what, a.Status)
		}
	}
	if k := s.key("leader"); k.ID != 0 {
		t.Fatal("a key is used of which nothing was shown")
	}
	b.Form(page, nil, "file", "x.p7s", message).Want(t, 303)
	b.Form(page, nil, "file", "x.p7s", message).Want(t, 404)
	b.Form(again, nil, "file", "x.p7s", sign(b.Get(again+"/says.txt").Body, mine, good)).Want(t, 409, "đã có trong hệ thống")
	k := s.key("leader")
	if k.Held() || k.Issuer != 0 || k.Body != "" || s.count(`select count(*) from act where act = 'keys.import' and body like '%"held":false%'`) != 1 || s.count(`select count(*) from post where body like '%có thêm chứng thư ký số%'`) != 1 {
		t.Errorf("%+v, or no act or notice of it", k)
	}
	b.Get("/me/keys").Want(t, 200, name, "Nha cap nguoi dan", "Do tôi tự giữ")

	// It signs by upload, until it is taken away.
	document := func() string {
		a := b.Form("/me/keys/documents", nil, "file", "đơn.txt", []byte("đơn của tôi "+rand.Text()))
		a.Want(t, 303)
		return a.To
	}
	page = document()
	b.Form(page+"/1.p7s", nil, "file", "x.p7s", sign(b.Get(page+"/1.bin").Body, mine, good)).Want(t, 303)
	if r, _ := s.check([]byte(b.Get(page+"/1.p7s").Body), []byte(b.Get(page+"/1.bin").Body)); r.State != verdict.Valid {
		t.Errorf("%+v", r)
	}
	page = document()
	b.Post("/me/keys/certificates/"+k.ID.String()+"/revoke", url.Values{"cause": {"ended"}}).Want(t, 303)
	if a := b.Form(page+"/1.p7s", nil, "file", "x.p7s", sign(b.Get(page+"/1.bin").Body, mine, good)); a.Status != 409 {
		t.Errorf("with one that was taken away: %d, want 409", a.Status)
	}
	b.Form("/me/keys/documents", nil, "file", "đơn.txt", []byte("đơn")).Want(t, 409)
	offer(pems(good, x.between)).Want(t, 409, "đã có trong hệ thống")

	// What its issuer revoked is not taken; a text is signed within a day.
	third := x.person(name, number, mine.Public())
	page = offer(pems(third, x.between)).To
	text = b.Get(page + "/says.txt").Body
	list := must2(x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: s.Now(), NextUpdate: s.Now().AddDate(0, 0, 2),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: third.SerialNumber, RevocationTime: s.Now()}}}, x.between, x.key))
	s.write(func(tx *db.Tx) error { return lists.Keep(tx, s.App, x.between, must2(lists.Read(list))) })
	b.Form(page, nil, "file", "x.p7s", sign(text, mine, third)).Want(t, 409, "thu hồi")
	offer(pems(third, x.between)).Want(t, 409, "thu hồi")
	fourth := x.person(name, number, mine.Public())
	page = offer(pems(fourth, x.between)).To
	text = b.Get(page + "/says.txt").Body
	s.Later(25 * time.Hour)
	s.leader().Form(page, nil, "file", "x.p7s", sign(text, mine, fourth)).Want(t, 404)
}
