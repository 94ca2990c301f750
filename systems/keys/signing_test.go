package keys_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/blob"
	"motcua/base/cert"
	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/post"
	"motcua/base/verdict"
	"motcua/kernel/confirm"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/leave"
	"motcua/kernel/lists"
	"motcua/kernel/onetime"
	"motcua/kernel/paper"
	"motcua/kernel/passkey"
	"motcua/kernel/register"
	"motcua/kernel/rights"
	"motcua/kernel/sign"
	"motcua/kernel/signed"
	"motcua/kernel/verify"
	"motcua/kernel/who"
	"motcua/systems/keys"
	"motcua/systems/keys/signing"
)

const service = "1.001193"

// A stage is a commune whose leader signs his results himself.
type stage struct {
	*kerneltest.Rig
	t testing.TB
}

func open(t testing.TB, at string) *stage {
	t.Helper()
	s := &stage{kerneltest.Open(t, at, []string{"birth"}, onetime.System(), passkey.System(), confirm.System(), paper.System(), signed.System(), rights.System(), lists.System(), verify.System(), register.System(), leave.System(), keys.System()), t}
	s.Procedures.Get(service).Result.Signed = who.Substantial
	for _, login := range []string{"leader", "applicant"} {
		s.reach(login)
	}
	return s
}

func (s *stage) write(f func(*db.Tx) error) {
	s.t.Helper()
	if err := s.DB.Write(s.t.Context(), f); err != nil {
		s.t.Fatal(err)
	}
}

// reach gives a person a phone that answers, and a proved identity.
func (s *stage) reach(login string) {
	p := s.People[login]
	p.Phone = "09000000" + map[string]string{"leader": "01", "applicant": "02", "clerk2": "03"}[login]
	s.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`update person set phone = $1 where id = $2`, p.Phone, p.ID); err != nil {
			return err
		}
		return onetime.Send(tx, s.App, p, onetime.Contact{Kind: post.SMS, To: p.Phone}, "contact", "confirm.code", "x")
	})
	typed := s.code()
	s.write(func(tx *db.Tx) error {
		ok, err := onetime.Check(tx, s.App, p.ID, "contact", typed)
		if !ok {
			s.t.Errorf("%q is not the code", typed)
		}
		return err
	})
	s.Book.Drop()
}

var sixDigits = regexp.MustCompile(`\d{3} \d{3}`)

// code is the last one that was sent.
func (s *stage) code() string {
	s.t.Helper()
	all, err := post.List(s.t.Context(), s.DB, 0, 1)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d messages, %v", len(all), err)
	}
	return sixDigits.FindString(all[0].Body)
}

func (s *stage) leader() *kerneltest.Browser { return s.Entered(s.t, "leader", who.Password, who.App) }

// certified gives the leader a certificate through his page.
func (s *stage) certified() sign.Key {
	s.t.Helper()
	s.leader().Form("/me/keys", url.Values{"capacity": {"leader@" + kerneltest.Here}, "where": {"here"}}, "", "", nil).Want(s.t, 303)
	return s.key("leader")
}

// key is the newest of a person.
func (s *stage) key(login string) (k sign.Key) {
	s.t.Helper()
	s.write(func(tx *db.Tx) error {
		all, err := s.Keys.Of(tx, s.People[login].ID.String())
		if err == nil && len(all) > 0 {
			k = all[len(all)-1]
		}
		return err
	})
	return k
}

// granted are decided dossiers, and the acts that wait for the leader.
func (s *stage) granted(n int) (all []*dossier.Dossier, acts []string) {
	s.t.Helper()
	for i := range n {
		d := s.File(s.t, service)
		s.Do(s.t, "clerk", d.ID, "receive", nil)
		s.Do(s.t, "officer", d.ID, "claim", nil)
		s.Do(s.t, "officer", d.ID, "propose", map[string]any{"proposal": "grant", "register_book": "01/2020", "register_no": fmt.Sprint(7 + i), "register_date": "2020-03-02"})
		d = s.Do(s.t, "leader", d.ID, "approve", nil)
		all, acts = append(all, d), append(acts, d.Acts[len(d.Acts)-1].ID.String())
	}
	if err := s.Log.Advance(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return all, acts
}

// begin picks results on the leader's page; the answer leads to the signing.
func (s *stage) begin(acts []string) string {
	s.t.Helper()
	a := s.leader().Post("/me/keys/sign", url.Values{"act": acts})
	a.Want(s.t, 303)
	return a.To
}

// confirmed confirms a signing by a code.
func (s *stage) confirmed(b *kerneltest.Browser, at string) kerneltest.Answer {
	s.t.Helper()
	a := b.Post(at+"/confirm", nil)
	a.Want(s.t, 303)
	b.Post(a.To+"/send", url.Values{"contact": {"0"}}).Want(s.t, 303)
	return b.Post(a.To, url.Values{"code": {s.code()}})
}

func (s *stage) count(q string, args ...any) (n int) {
	s.t.Helper()
	err := s.DB.Read(s.t.Context(), func(tx *db.Tx) error { return tx.Row(q, args...).Scan(&n) })
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// result is the paper of a decision, as its applicant gets it.
func (s *stage) result(d *dossier.Dossier) kerneltest.Answer {
	return s.Entered(s.t, "applicant", who.Password).Get("/c/" + d.ID.String() + "/result.pdf")
}

// A leader signs several results with one confirmation: each by its own
// signature, with a time stamp, and the list signed too.
func TestBatch(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		all, acts := s.granted(3)
		b := s.leader()
		b.Get("/me/keys/sign").Want(t, 200, all[0].Code, all[2].Code, "Xem những văn bản đã chọn")
		b.Post("/me/keys/sign", url.Values{"act": acts}).Want(t, 409, "chưa có chứng thư")
		k := s.certified()
		s.result(all[0]).Want(t, 503, "đang chờ Trần Quốc Toàn ký số")

		page := s.begin(acts)
		b.Get(page).Want(t, 200, "Xác nhận và ký 3 văn bản", "Dấu vân tay của cả danh sách", "Mức đáng kể")
		list := b.Get(page + "/list.txt").Body
		if strings.Count(list, "\n") != 3 {
			t.Errorf("the list: %q", list)
		}
		bin := b.Get(page + "/2.bin").Body
		if sum := sha256.Sum256([]byte(bin)); !strings.Contains(list, hex.EncodeToString(sum[:])+"  002.bin") {
			t.Error("the list does not name what is to be signed as sha256sum does")
		}
		if a := s.confirmed(b, page); a.Status != 303 || a.To != page {
			t.Fatalf("confirmed: %d to %q %s", a.Status, a.To, a.Body)
		}
		b.Get(page).Want(t, 200, "Đã ký 3 trên 3 văn bản")
		root, _ := certificates(t, s.Rig)
		for _, d := range all {
			a := s.result(d)
			a.Want(t, 200)
			v, err := pades.Read([]byte(a.Body), root.Certificate)
			if err != nil || v.State != verdict.Valid || len(v.Signatures) != 1 {
				t.Fatalf("%+v %v", v, err)
			}
			one := v.Signatures[0]
			if one.Name != "Trần Quốc Toàn" || one.Serial != s.People["leader"].ID.String() || one.Stamp == nil || !strings.Contains(one.Reason, "Mức đáng kể") {
				t.Errorf("%+v", one)
			}
		}
		p7s := b.Get(page + "/list.p7s").Body
		sum := sha256.Sum256([]byte(list))
		if m, err := cms.Read([]byte(p7s)); err != nil || m.Check(sum[:]) != nil || !m.Certificate.Equal(k.Certificate) {
			t.Errorf("the signed list: %v", err)
		}
		b.Get("/me/keys").Want(t, 200, "Mọi lần dùng khóa của tôi", all[0].Code, "Mã dùng một lần", "Mức đáng kể")
		if n := s.count(`select count(*) from act where act = 'keys.confirm'`); n != 1 {
			t.Errorf("%d acts of confirmation, want 1", n)
		}
		b.Get("/me/keys/sign").Want(t, 200, "Không có gì chờ bạn ký", "Ký 3 văn bản")

		// A confirmation is used once, and so is what was signed.
		b.Post(page+"/confirm", nil).Want(t, 409)
		b.Post("/me/keys/sign", url.Values{"act": acts}).Want(t, 303)
	})
}

// What was confirmed and cut short is gone on with: nothing is signed twice.
func TestCutShort(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.certified()
		all, acts := s.granted(4)
		page := s.begin(acts)
		if a := s.confirmed(s.leader(), page); a.Status != 303 {
			t.Fatal(a.Body)
		}
		first := s.result(all[0]).Body
		second := s.result(all[1]).Body
		n, err := id.Parse(page[strings.LastIndex(page, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		// As a killed program leaves it: the first is noted, the second was kept and not noted, the others were not begun.
		s.write(func(tx *db.Tx) error {
			for _, q := range []string{`update keys_item set state = 'waits', signed = '' where nth > 1 and signing = $1`, `update keys_signing set ended = 0, manifest = '' where id = $1`} {
				if _, err := tx.Exec(q, n); err != nil {
					return err
				}
			}
			for _, d := range all[2:] {
				if _, err := tx.Exec(`delete from paper where dossier = $1 and sort = 'result'`, d.ID); err != nil {
					return err
				}
			}
			return nil
		})
		before := s.count(`select count(*) from act where act = 'paper.issue'`)
		desk := &signing.Desk{App: s.App, Press: paper.NewPress(s.App)}
		var wg sync.WaitGroup
		for range 3 { // the job, and others that believe they are the only one
			wg.Go(func() {
				if err := desk.Run(t.Context(), n); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := s.count(`select count(*) from act where act = 'paper.issue'`) - before; got != 2 {
			t.Errorf("%d papers were issued, want the 2 that were missing", got)
		}
		if s.result(all[0]).Body != first || s.result(all[1]).Body != second {
			t.Error("a paper was signed anew")
		}
		for _, d := range all {
			s.result(d).Want(t, 200)
		}
		if got := s.count(`select count(*) from keys_item where state = 'done' and signing = $1`, n); got != 4 {
			t.Errorf("%d are done, want 4", got)
		}
		if got := s.count(`select count(*) from keys_item i join paper p on p.act = i.act and p.sort = 'result' and p.sum = i.signed where i.signing = $1`, n); got != 4 {
			t.Errorf("of %d documents the person is shown what his applicant gets, want 4", got)
		}
		if err := s.Jobs.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// One that cannot be signed leaves the others done, and the page says which.
func TestPartly(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.certified()
	all, acts := s.granted(2)
	page := s.begin(acts)
	s.Do(t, "leader", all[0].ID, "revoke", map[string]any{"reasons": []any{map[string]any{"text": "cấp nhầm người, thu hồi lại"}}})
	if a := s.confirmed(s.leader(), page); a.Status != 303 {
		t.Fatal(a.Body)
	}
	s.leader().Get(page).Want(t, 200, "Đã ký 1 trên 2 văn bản", "Không ký được", "không còn hiệu lực nên không ký nữa")
	s.result(all[1]).Want(t, 200)
}

// What somebody might try, and why it does not work.
func TestNotWithout(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	k := s.certified()
	_, acts := s.granted(3)
	one, two := s.begin(acts[:1]), s.begin(acts[1:2])
	b := s.leader()
	for name, a := range map[string]kerneltest.Answer{
		"another person sees it":       s.As(t, "away").Get(one),
		"another person confirms it":   s.As(t, "away").Post(one+"/confirm", nil),
		"another person's result":      s.As(t, "away").Post("/me/keys/sign", url.Values{"act": acts[2:]}),
		"another person's certificate": s.As(t, "away").Post("/me/keys/certificates/"+k.ID.String()+"/revoke", url.Values{"cause": {"lost"}}),
	} {
		if a.Status != 404 {
			t.Errorf("%s: %d, want 404", name, a.Status)
		}
	}
	s.As(t, "applicant").Form("/me/keys", url.Values{"capacity": {"leader@" + kerneltest.Here}, "where": {"here"}}, "", "", nil).Want(t, 403)
	s.As(t, "applicant").Form("/me/keys", url.Values{"capacity": {"self"}, "where": {"here"}}, "", "", nil).Want(t, 403, "mức đáng kể")

	// A confirmation that is sent again, and one that was for another digest.
	a := b.Post(one+"/confirm", nil)
	b.Post(a.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	code := url.Values{"code": {s.code()}}
	b.Post(a.To, code).Want(t, 303)
	b.Post(a.To, code).Want(t, 410)
	a = b.Post(two+"/confirm", nil)
	b.Post(a.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	var was string
	swap := func(to string) {
		s.write(func(tx *db.Tx) error {
			if err := tx.Row(`select digest from keys_signing where confirmed = 0`).Scan(&was); err != nil {
				return err
			}
			_, err := tx.Exec(`update keys_signing set digest = $1 where confirmed = 0`, to)
			return err
		})
	}
	swap(hex.EncodeToString(make([]byte, 32)))
	b.Post(a.To, url.Values{"code": {s.code()}}).Want(t, 403)
	if n := s.count(`select count(*) from sign_use`); n != 1 {
		t.Errorf("%d uses, want the 1 that was confirmed", n)
	}
	swap(was)

	// Revoked between looking and confirming; expired.
	a = b.Post(two+"/confirm", nil)
	a.Want(t, 303)
	b.Post(a.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	b.Post("/me/keys/certificates/"+k.ID.String()+"/revoke", url.Values{"cause": {"lost"}}).Want(t, 303)
	b.Post(a.To, url.Values{"code": {s.code()}}).Want(t, 409, "thu hồi")
	b.Get("/me/keys").Want(t, 200, "Đã thu hồi")
	s.certified()
	three := s.begin(acts[2:])
	s.Later(3 * 365 * 24 * time.Hour)
	b = s.leader()
	if a := s.confirmed(b, three); a.Status != 409 {
		t.Errorf("with an expired certificate: %d, want 409", a.Status)
	}
}

// A key at the person's side: openssl makes it, asks for the certificate, and
// signs what is to be signed; no other signature is taken.
func TestOwnTool(t *testing.T) {
	tool(t, "openssl")
	s := open(t, dbtest.SQLite(t))
	b, dir := s.leader(), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	get := func(name string) []byte {
		t.Helper()
		x, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	put := func(name string, x []byte) {
		t.Helper()
		if err := os.WriteFile(in(name), x, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", in("key"), "-subj", "/CN=somebody else", "-out", in("csr"))
	ask := url.Values{"capacity": {"leader@" + kerneltest.Here}, "where": {"mine"}}
	b.Form("/me/keys", ask, "file", "x.csr", []byte("hallo")).Want(t, 422, "yêu cầu cấp chứng thư")
	b.Form("/me/keys", ask, "file", "x.csr", get("csr")).Want(t, 303)
	k := s.key("leader")
	if k.Held() || k.Certificate.Subject.CommonName != "Trần Quốc Toàn" {
		t.Fatalf("held %v, for %q", k.Held(), k.Certificate.Subject.CommonName)
	}
	put("cert", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw}))

	all, acts := s.granted(2)
	page, other := s.begin(acts[:1]), s.begin(acts[1:])
	b.Get(page).Want(t, 200, "Khóa do bạn tự giữ", "openssl cms -sign")
	signed := func(name, from string) []byte {
		put(name, []byte(b.Get(from+"/1.bin").Body))
		run("cms", "-sign", "-binary", "-outform", "DER", "-cades", "-md", "sha256", "-signer", in("cert"), "-inkey", in("key"), "-in", in(name), "-out", in(name+".p7s"))
		return get(name + ".p7s")
	}
	good, wrong := signed("1", page), signed("2", other)
	run("req", "-x509", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", in("key2"), "-subj", "/CN=Trần Quốc Toàn", "-utf8", "-out", in("cert2"))
	run("cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-signer", in("cert2"), "-inkey", in("key2"), "-in", in("1"), "-out", in("forged"))
	for name, x := range map[string][]byte{"over another document": wrong, "by another key": get("forged"), "garbage": []byte("hallo"), "cut off": good[:len(good)-5]} {
		if a := b.Form(page+"/1.p7s", nil, "file", "x.p7s", x); a.Status != 422 {
			t.Errorf("%s: %d, want 422", name, a.Status)
		}
	}
	if a := s.As(t, "away").Form(page+"/1.p7s", nil, "file", "x.p7s", good); a.Status != 404 {
		t.Errorf("by another person: %d", a.Status)
	}
	b.Form(page+"/1.p7s", nil, "file", "x.p7s", good).Want(t, 303)
	b.Form(page+"/1.p7s", nil, "file", "x.p7s", good).Want(t, 409)
	root, _ := certificates(t, s.Rig)
	a := s.result(all[0])
	a.Want(t, 200)
	v, err := pades.Read([]byte(a.Body), root.Certificate)
	if err != nil || v.State != verdict.Valid || v.Signatures[0].Name != "Trần Quốc Toàn" {
		t.Errorf("%+v %v", v, err)
	}
	if st := v.Signatures[0].Stamp; st == nil || !st.Trusted {
		t.Errorf("a signature from the person's side, by nobody's clock but his: %+v", st)
	}
	b.Get("/me/keys").Want(t, 200, "Công cụ ký của mình")
}

// TestFilesGoWithTheLastRow: what waits to be signed came as a file of nobody's
// too. That one's time is over and the content stays; then nobody confirms the
// signing, and it goes.
func TestFilesGoWithTheLastRow(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.certified()
		_, acts := s.granted(1)
		s.begin(acts)
		var name string
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`select prepared from keys_item`).Scan(&name); err != nil {
				return err
			}
			_, err := tx.Exec(`insert into file (id, owner, draft, dossier, sort, name, type, size, sum, at) values (1, 1, 0, 0, '', 'x.pdf', 'application/pdf', 1, $1, 0)`, name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = filepath.WalkDir(s.Dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && filepath.Base(path) == name {
				long := s.Now().AddDate(0, 0, -30)
				err = os.Chtimes(path, long, long)
			}
			return err
		})
		sum, bad := blob.Parse(name)
		if err != nil || bad != nil {
			t.Fatal(err, bad)
		}
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if f, err := s.Blobs.Get(sum); err != nil {
			t.Fatalf("what waits to be signed is gone: %v", err)
		} else {
			f.Close()
		}
		if n := s.count(`select count(*) from file where id = 1`); n != 0 {
			t.Errorf("%d rows of the file are left", n)
		}
		err = s.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update keys_signing set made = made - $1`, (48 * time.Hour).Microseconds())
			return err
		})
		for _, x := range s.Systems {
			for _, task := range x.Every {
				if err == nil && task.Name == "sweep signings" {
					err = task.Do(t.Context(), s.App)
				}
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if f, err := s.Blobs.Get(sum); err == nil {
			f.Close()
			t.Error("what nobody confirmed is kept for ever")
		}
		if n := s.count(`select count(*) from keys_item`); n != 0 {
			t.Errorf("%d rows of what nobody confirmed are left", n)
		}
	})
}

// The list of a batch is signed however late: when signing is stopped between the
// last document and the list, it waits like the documents do.
func TestListWaits(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.certified()
	_, acts := s.granted(2)
	page := s.begin(acts)
	s.confirmed(s.leader(), page).Want(t, 303)
	n, err := id.Parse(page[strings.LastIndex(page, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	s.write(func(tx *db.Tx) error { // as who was killed before it left it
		if _, err := tx.Exec(`update keys_signing set ended = 0, manifest = ''`); err != nil {
			return err
		}
		return s.Keys.Stop(tx, sign.Stopped{Body: kerneltest.Here, What: sign.Signing, Since: s.Now(), Why: "diễn tập dừng ký"})
	})
	desk := &signing.Desk{App: s.App, Press: paper.NewPress(s.App)}
	for want := range 2 {
		if err := desk.Run(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if got := s.count(`select count(*) from keys_signing where ended > 0 and manifest <> ''`); got != want || s.count(`select count(*) from keys_signing where ended > 0`) != want {
			t.Errorf("%d lists signed, want %d", got, want)
		}
		s.write(func(tx *db.Tx) error {
			if want > 0 {
				return nil
			}
			return s.Keys.Go(tx, kerneltest.Here, sign.Signing)
		})
	}
}

// A certificate of an authority outside: the key is made here, openssl certifies
// its request, and what is not trusted or of another key is refused.
func TestOutside(t *testing.T) {
	tool(t, "openssl")
	s := open(t, dbtest.SQLite(t))
	b, dir := s.leader(), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	b.Post("/me/keys/wish", nil).Want(t, 403, "số định danh")
	s.proved("leader", number)
	b.Post("/me/keys/wish", nil).Want(t, 303)
	wish := regexp.MustCompile(`/me/keys/wishes/[^"]+`).FindString(b.Get("/me/keys").Body)
	csr := b.Get(wish)
	csr.Want(t, 200, "BEGIN CERTIFICATE REQUEST")
	if bytes.Contains([]byte(csr.Body), []byte("PRIVATE")) {
		t.Error("the secret key left")
	}
	s.As(t, "away").Get(wish).Want(t, 404)
	if err := os.WriteFile(in("csr"), []byte(csr.Body), 0o600); err != nil {
		t.Fatal(err)
	}
	run("req", "-x509", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", in("ca.key"), "-subj", "/CN=Nha cap khac", "-days", "3650", "-out", in("ca"))
	run("x509", "-req", "-in", in("csr"), "-CA", in("ca"), "-CAkey", in("ca.key"), "-CAcreateserial", "-days", "30", "-out", in("cert"))
	run("x509", "-in", in("cert"), "-noout", "-pubkey", "-out", in("pub"))
	certs, err := cert.Read(must(os.ReadFile(in("ca"))))
	if err != nil {
		t.Fatal(err)
	}
	s.Later(time.Since(kerneltest.Monday) + time.Hour) // openssl certifies as of now
	b = s.leader()
	chain := must(os.ReadFile(in("cert")))
	b.Form(wish, nil, "file", "c.pem", chain).Want(t, 422, "Nha cap khac")
	s.write(func(tx *db.Tx) error { _, err := s.Keys.Trust(tx, certs[0], s.Now()); return err })
	b.Form(wish, nil, "file", "c.pem", must(os.ReadFile(in("ca")))).Want(t, 422, "Không có chứng thư nào trong tệp thuộc về khóa này")
	run("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", in("x.key"), "-subj", "/CN=Trần Quốc Toàn/serialNumber=PNOVN-001193000099", "-utf8", "-out", in("x.csr"))
	run("x509", "-req", "-in", in("x.csr"), "-force_pubkey", in("pub"), "-CA", in("ca"), "-CAkey", in("ca.key"), "-CAcreateserial", "-days", "30", "-out", in("x"))
	b.Form(wish, nil, "file", "c.pem", must(os.ReadFile(in("x")))).Want(t, 422, "số định danh của bạn") // another person of this name
	b.Form(wish, nil, "file", "c.pem", chain).Want(t, 303)
	b.Get("/me/keys").Want(t, 200, "Nha cap khac")
	if k := s.key("leader"); k.Issuer != 0 || !k.Held() {
		t.Errorf("%+v", k)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Two administrators stop signing; it holds at the next use, in another program
// of the same database too, and the pages say so.
func TestEmergency(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.certified()
		_, acts := s.granted(1)
		page := s.begin(acts)
		root, admin := s.As(t, "root"), s.As(t, "admin")
		stop := url.Values{"body": {kerneltest.Here}, "what": {"signing"}, "go": {"0"}, "why": {"diễn tập: khóa có thể đã lộ"}}
		s.leader().Post("/keys/stop", stop).Want(t, 403)
		s.As(t, "admin").Post("/keys/stop", url.Values{"body": {"*"}, "what": {"signing"}, "why": {"diễn tập: dừng tất cả"}}).Want(t, 403)
		admin.Post("/keys/stop", stop).Want(t, 303)
		form := regexp.MustCompile(`/keys/stop/[0-9a-z]+`).FindString(root.Get("/keys/stop").Body)
		if form == "" {
			t.Fatal("the second administrator does not see the proposal")
		}
		admin.Post(form, nil).Want(t, 403, "Người đề nghị không tự đồng ý được")
		other := kerneltest.Reopen(t, at, []string{"birth"}, onetime.System(), passkey.System(), confirm.System(), paper.System(), keys.System())
		began := time.Now()
		root.Post(form, nil).Want(t, 303)
		root.Post(form, nil).Want(t, 404)
		if a := s.confirmed(s.leader(), page); a.Status != 503 || !strings.Contains(a.Body, "Việc ký số đang bị tạm dừng") {
			t.Errorf("signing here: %d", a.Status)
		}
		k := s.key("leader")
		err := other.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := other.Keys.Permit(tx, k.Serial, sign.Use{Key: k.ID, Digest: sha256.Sum256(nil), At: s.Now()})
			return err
		})
		if err == nil {
			t.Error("the other program signs")
		}
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("it took %v, want two minutes at most", took)
		}
		for _, path := range []string{"/me/keys", "/me/keys/sign", page} {
			s.leader().Get(path).Want(t, 200, "Việc ký số đang bị tạm dừng", "khóa có thể đã lộ")
		}
		if n := s.count(`select count(*) from sign_use`); n != 0 {
			t.Errorf("%d uses while it was stopped", n)
		}
		stop.Set("go", "1")
		root.Post("/keys/stop", stop).Want(t, 303)
		form = regexp.MustCompile(`/keys/stop/[0-9a-z]+`).FindString(admin.Get("/keys/stop").Body)
		admin.Post(form, nil).Want(t, 303)
		if a := s.confirmed(s.leader(), page); a.Status != 303 {
			t.Errorf("after it goes on: %d %s", a.Status, a.Body)
		}
		s.leader().Get(page).Want(t, 200, "Đã ký 1 trên 1 văn bản")
		if n := s.count(`select count(*) from act where act in ('keys.halt', 'keys.halt.ask')`); n != 4 {
			t.Errorf("%d acts of the switch, want 4", n)
		}
	})
}
