package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/base/verdict"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/leave"
	"motcua/kernel/paper"
	"motcua/kernel/sign"
	"motcua/kernel/verify"
	"motcua/kernel/who"
	"motcua/systems/keys/signing"
)

const sealPage = "/keys/seals/" + kerneltest.Here

// sealed gives the commune a seal: one administrator asks, a second one agrees.
func (s *stage) sealed() sign.Key {
	s.t.Helper()
	s.As(s.t, "admin").Post(sealPage, url.Values{"origin": {"here"}}).Want(s.t, 303)
	s.As(s.t, "root").Post(sealPage+"/asked", url.Values{"do": {"approve"}}).Want(s.t, 303)
	k, err := s.Keys.Sealing(s.t.Context(), kerneltest.Here, s.Now())
	if err != nil || k.ID == 0 {
		s.t.Fatal("the body has no seal", err)
	}
	return k
}

// check is what /verify says of a file.
func (s *stage) check(b []byte, beside []byte) (verify.Report, string) {
	s.t.Helper()
	if err := s.Log.Advance(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	v := lang.Voice{Lang: lang.All()[0], Zone: s.Zone, Catalogue: s.Texts}
	r, err := verify.Check(s.t.Context(), s.App, v, verify.File{Main: b, Beside: beside})
	if err != nil {
		s.t.Fatal(err)
	}
	var said strings.Builder
	for _, one := range r.Say(v, s.Now()).Signers {
		said.WriteString(one.Name + "\n")
		for _, a := range one.Rows.Rows {
			said.WriteString(a.Ask + ": " + a.Say + " (" + a.Source + ")\n")
		}
	}
	return r, said.String()
}

// A result carries the signature of who decided and then the seal of his body,
// which two administrators gave; each use is in the journal and in the ledger, and
// the switch stops the seal alone.
func TestSeal(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.certified()
		s.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set email = 'root@example.vn' where id = $1`, s.People["root"].ID)
			return err
		})
		s.Book.Drop()
		admin, root := s.As(t, "admin"), s.As(t, "root")
		admin.Post(sealPage, url.Values{"origin": {"here"}}).Want(t, 303)
		admin.Post(sealPage, url.Values{"origin": {"here"}}).Want(t, 409)
		admin.Post(sealPage+"/asked", url.Values{"do": {"approve"}}).Want(t, 403) // who asked
		if n := s.count(`select count(*) from sign_key where kind = 'seal' and body <> ''`); n != 0 {
			t.Fatalf("%d seals by one administrator alone", n)
		}
		root.Get(sealPage).Want(t, 200, "Chờ người quản trị thứ hai", "Đồng ý lập con dấu")
		root.Get("/admin/rights").Want(t, 200, "Con dấu số, UBND phường Hàng Bạc", `href="`+sealPage+`"`)
		var n id.ID
		s.write(func(tx *db.Tx) error {
			return tx.Row(`select id from right_ask where role = 'seal' and state = 'open'`).Scan(&n)
		})
		root.Post("/admin/rights", url.Values{"do": {"approve"}, "ask": {n.String()}}).Want(t, 409, "trang riêng")
		if n := s.count(`select count(*) from post where body like '%' || $1`, sealPage); n != 1 {
			t.Errorf("%d mails to the second administrator, want 1", n)
		}
		root.Post(sealPage+"/asked", url.Values{"do": {"approve"}}).Want(t, 303)
		root.Post(sealPage+"/asked", url.Values{"do": {"approve"}}).Want(t, 409)
		if b := root.Get("/admin/rights").Body; strings.Contains(b, `href="`+sealPage+`"`) {
			t.Error("what was answered waits still")
		}
		admin.Get(sealPage).Want(t, 200, "Con dấu số của UBND phường Hàng Bạc", "Đang dùng được", "Chưa đóng dấu lần nào")

		d, acts := s.granted(2)
		s.confirmed(s.leader(), s.begin(acts[:1])).Want(t, 303)
		a := s.result(d[0])
		a.Want(t, 200)
		r, said := s.check([]byte(a.Body), nil)
		if r.State != verdict.Valid || len(r.Signatures) != 2 || r.Signatures[0].Seal || r.Signatures[0].Name != "Trần Quốc Toàn" || r.Standing == nil || r.Entry == nil || !r.Entry.File {
			t.Fatalf("%+v", r)
		}
		seal := r.Signatures[1]
		if !seal.Seal || seal.Name != "UBND phường Hàng Bạc" || seal.Code != kerneltest.Here || seal.Stamp == nil || !seal.Stamp.Trusted {
			t.Errorf("the seal: %+v", seal)
		}
		if !strings.Contains(said, "Con dấu của UBND phường Hàng Bạc (Mã cơ quan: "+kerneltest.Here+")") {
			t.Errorf("/verify says:\n%s", said)
		}
		root1, _ := certificates(t, s.Rig)
		if v, err := pades.Read([]byte(a.Body), root1.Certificate); err != nil || len(v.Signatures) != 2 || !v.Signatures[1].Seal || v.Signatures[1].Code != kerneltest.Here {
			t.Errorf("without the node: %+v %v", v, err)
		}
		sum := sha256.Sum256([]byte(a.Body))
		journal := admin.Get(sealPage + "/journal.csv")
		journal.Want(t, 200, hex.EncodeToString(sum[:]), d[0].Code, "Tự động")
		admin.Get(sealPage+"/journal.xlsx").Want(t, 200)
		admin.Get(sealPage).Want(t, 200, d[0].Code, "/verify/"+acts[0])
		if n := s.count(`select count(*) from act where act = 'paper.issue' and body like '%"seal":%'`); n != 1 {
			t.Errorf("%d acts of the seal, want 1", n)
		}
		s.As(t, "clerk").Get(sealPage).Want(t, 403)
		s.As(t, "away").Get(sealPage).Want(t, 404)

		// Out of use: the person signs, the paper waits for the seal.
		s.given("clerk2", who.Warden, kerneltest.Here)
		warden := s.As(t, "clerk2")
		warden.Post("/keys/stop", url.Values{"body": {kerneltest.Here}, "what": {"sealing"}, "go": {"0"}, "why": {"con dấu có dấu hiệu bị dùng trái phép"}}).Want(t, 303)
		if _, said = s.check([]byte(a.Body), nil); !strings.Contains(said, "Con dấu hiện không được dùng") || !strings.Contains(said, "bị dùng trái phép") {
			t.Errorf("/verify says:\n%s", said)
		}
		page := s.begin(acts[1:])
		s.confirmed(s.leader(), page).Want(t, 303)
		s.leader().Get(page).Want(t, 200, "Con dấu đang bị tạm dừng", "Chưa ký")
		s.result(d[1]).Want(t, 503)
		if n := s.count(`select count(*) from sign_use where file <> ''`); n != 1 {
			t.Errorf("%d uses of a seal that is stopped", n-1)
		}
		// In use again: what was confirmed is gone on with, though the job gave up.
		s.write(func(tx *db.Tx) error {
			if err := s.Keys.Go(tx, kerneltest.Here, sign.Sealing); err != nil {
				return err
			}
			_, err := tx.Exec(`update job set at = null, fresh = $1, tries = 20 where key = $2`, false, page[strings.LastIndex(page, "/")+1:])
			return err
		})
		if n := s.count(`select count(*) from job where at is null`); n != 1 {
			t.Fatalf("%d jobs gave up, want 1", n)
		}
		s.Later(10 * time.Minute)
		desk := &signing.Desk{App: s.App, Press: paper.NewPress(s.App)}
		for range 2 { // it may be asked for twice
			if err := desk.Resume(t.Context(), s.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.leader().Get(page).Want(t, 200, "Đã ký 1 trên 1 văn bản")
		s.result(d[1]).Want(t, 200)
		if n := s.count(`select count(*) from sign_use where file <> ''`); n != 2 {
			t.Errorf("%d uses of the seal, want 2", n)
		}
		if n := s.count(`select count(*) from keys_signing where confirmed > 0 and ended = 0`); n != 0 {
			t.Errorf("%d signings are still open", n)
		}
	})
}

// The certificate of a body's seal may be of an authority outside: for a key made
// here to which two administrators agreed, and no other. Its body is known, though
// the certificate does not say it, and the switch stops it like any other.
func TestSealOfAnother(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.certified()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Nơi cấp thử"}, NotBefore: s.Now().AddDate(0, -1, 0), NotAfter: s.Now().AddDate(2, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true}
	issue := func(c *x509.Certificate, public any) []byte {
		t.Helper()
		der, err := x509.CreateCertificate(rand.Reader, c, ca, public, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	if ca, err = x509.ParseCertificate(issue(ca, key.Public())); err != nil {
		t.Fatal(err)
	}
	seal := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Con dấu thử"}, NotBefore: ca.NotBefore, NotAfter: s.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}

	admin, root := s.As(t, "admin"), s.As(t, "root")
	admin.Post(sealPage, url.Values{"origin": {"outside"}}).Want(t, 303)
	admin.Get(sealPage+"/request").Want(t, 404) // one alone
	root.Post(sealPage+"/asked", url.Values{"do": {"perhaps"}}).Want(t, 422)
	root.Post(sealPage+"/asked", url.Values{"do": {"approve"}}).Want(t, 303)
	s.As(t, "away").Get(sealPage+"/request").Want(t, 403)
	block, _ := pem.Decode([]byte(admin.Get(sealPage + "/request").Body))
	if block == nil {
		t.Fatal("no request to take to the other authority")
	}
	asked, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	file := issue(seal, asked.PublicKey)
	admin.Form(sealPage+"/certificate", nil, "chain", "c.cer", file).Want(t, 422, "Nơi cấp thử") // nobody trusts it
	s.write(func(tx *db.Tx) error { _, err := s.Keys.Trust(tx, ca, s.Now()); return err })
	admin.Form(sealPage+"/certificate", nil, "chain", "c.cer", issue(seal, key.Public())).Want(t, 422)
	s.As(t, "leader").Form(sealPage+"/certificate", nil, "chain", "c.cer", file).Want(t, 403)
	if n := s.count(`select count(*) from sign_key where kind = 'seal' and body <> ''`); n != 0 {
		t.Fatalf("%d seals, want none yet", n)
	}
	admin.Form(sealPage+"/certificate", nil, "chain", "c.cer", file).Want(t, 303)
	admin.Form(sealPage+"/certificate", nil, "chain", "c.cer", file).Want(t, 404) // no key waits for one
	admin.Get(sealPage).Want(t, 200, "Con dấu thử", "Nơi cấp thử", "Đang dùng được")

	d, acts := s.granted(2)
	s.confirmed(s.leader(), s.begin(acts[:1])).Want(t, 303)
	r, said := s.check([]byte(s.result(d[0]).Body), nil)
	if r.State != verdict.Valid || len(r.Signatures) != 2 || r.Signatures[1].Code != kerneltest.Here || !strings.Contains(said, "Mã cơ quan: "+kerneltest.Here) {
		t.Errorf("%+v\n%s", r, said)
	}
	s.write(func(tx *db.Tx) error {
		return s.Keys.Stop(tx, sign.Stopped{Body: kerneltest.Here, What: sign.Sealing, Since: s.Now(), Why: "diễn tập dừng đóng dấu"})
	})
	s.confirmed(s.leader(), s.begin(acts[1:])).Want(t, 303)
	s.result(d[1]).Want(t, 503)
}

// Who keeps the seal sets it on a document of his choice, after he confirmed it: in
// a PDF, or beside any file. Nobody else does, and a role that was withdrawn
// meanwhile is none.
func TestKeeper(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.reach("clerk2")
	k := s.sealed()
	s.leader().Form(sealPage+"/documents", nil, "file", "a.txt", []byte("x")).Want(t, 403)
	s.given("clerk2", who.Sealer, kerneltest.Here)
	s.Entered(t, "clerk2", who.Password).Form(sealPage+"/documents", nil, "file", "a.txt", []byte("x")).Want(t, 403) // one factor carries no seal
	keeper := func() *kerneltest.Browser { return s.Entered(t, "clerk2", who.Password, who.App) }
	keeper().Form("/keys/seals/"+kerneltest.Away+"/documents", nil, "file", "a.txt", []byte("x")).Want(t, 404)
	keeper().Get(sealPage).Want(t, 200, "Đóng dấu một văn bản", "Chưa đóng dấu lần nào")

	plain := []byte("Danh sách hộ nghèo năm 2020\n")
	a := keeper().Form(sealPage+"/documents", nil, "file", "danh-sach.txt", plain)
	a.Want(t, 303)
	page := a.To
	keeper().Get(page).Want(t, 200, "Đóng dấu của UBND phường Hàng Bạc", "danh-sach.txt", "Xác nhận và đóng dấu")
	s.leader().Get(page).Want(t, 404) // not confirmed yet
	s.confirmed(keeper(), page).Want(t, 303)
	p7s := keeper().Get(page + "/1.p7s")
	p7s.Want(t, 200)
	r, said := s.check([]byte(p7s.Body), plain)
	if one := r.Signatures[0]; r.State != verdict.Valid || !one.Seal || one.Code != kerneltest.Here || one.Stamp == nil || one.At.IsZero() || !one.Certificate.Equal(k.Certificate) {
		t.Errorf("%+v\n%s", r, said)
	}
	if r, _ := s.check([]byte(p7s.Body), append(plain, '.')); r.State != verdict.Changed {
		t.Errorf("another file: %s", r.State)
	}
	if got := keeper().Get(page + "/1.bin").Body; got != string(plain) {
		t.Errorf("the document is %q", got)
	}

	file, err := pdf.Make(pdf.Doc{Size: pdf.A4, Lang: "vi", Title: "GIẤY MỜI", Body: []pdf.Block{pdf.Text{Text: "Họp tổ dân phố"}}}, s.Front.Fonts)
	if err != nil {
		t.Fatal(err)
	}
	a = keeper().Form(sealPage+"/documents", nil, "file", "giay-moi.pdf", file)
	a.Want(t, 303)
	s.confirmed(keeper(), a.To).Want(t, 303)
	made := s.leader().Get(a.To + "/1.pdf").Body // who leads the body may look
	if r, _ := s.check([]byte(made), nil); r.State != verdict.Valid || !r.Signatures[0].Seal {
		t.Errorf("%+v", r)
	}
	one, two := sha256.Sum256(plain), sha256.Sum256([]byte(made))
	keeper().Get(sealPage+"/journal.csv").Want(t, 200, "Đỗ Thị Mận", "danh-sach.txt", hex.EncodeToString(one[:]), "giay-moi.pdf", hex.EncodeToString(two[:]))

	a = keeper().Form(sealPage+"/documents", nil, "file", "b.txt", []byte("y"))
	to := keeper().Post(a.To+"/confirm", nil).To
	b := keeper()
	b.Post(to+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	s.write(func(tx *db.Tx) error {
		return s.Book.Withdraw(tx, who.Person{}, s.People["clerk2"].ID, who.Sealer, kerneltest.Here)
	})
	s.Book.Drop()
	b.Post(to, url.Values{"code": {s.code()}}).Want(t, 403)

	s.As(t, "admin").Post(sealPage+"/revoke", url.Values{"seal": {k.ID.String()}, "cause": {"lost"}}).Want(t, 303)
	if k, err := s.Keys.Sealing(t.Context(), kerneltest.Here, s.Now()); err != nil || k.ID != 0 {
		t.Errorf("revoked, and still %v: %v", k.ID, err)
	}
	if n := s.count(`select count(*) from act where act in ('keys.seal.ask', 'keys.seal', 'keys.revoke')`); n != 3 {
		t.Errorf("%d acts, want 3", n)
	}

	// The document goes when its time is over; that it was sealed stays.
	s.Later(49 * 365 * 24 * time.Hour)
	if err := leave.Nightly(t.Context(), s.App); err != nil {
		t.Fatal(err)
	}
	keeper().Get(page).Want(t, 200)
	s.Later(2 * 366 * 24 * time.Hour)
	if err := leave.Nightly(t.Context(), s.App); err != nil {
		t.Fatal(err)
	}
	keeper().Get(page).Want(t, 404)
	for what, sum := range map[string][32]byte{"what was sealed": one, "the sealed file": two} {
		if f, err := s.Blobs.Get(blob.Sum(sum)); err == nil {
			f.Close()
			t.Errorf("%s is kept after its time", what)
		}
	}
	if n := s.count(`select count(*) from act where act = $1 and body like '%' || $2 || '%'`, dossier.ActErase, hex.EncodeToString(two[:])); n != 1 {
		t.Errorf("%d acts say that it was erased, want 1", n)
	}
	if b := s.leader().Get(sealPage).Body; !strings.Contains(b, "danh-sach.txt") || strings.Contains(b, page) {
		t.Error("the journal forgot it, or leads nowhere")
	}
}
