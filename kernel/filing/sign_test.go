package filing_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/post"
	"motcua/base/verdict"
	"motcua/base/verdict/verdicttest"
	"motcua/kernel/confirm"
	"motcua/kernel/desk"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/export"
	"motcua/kernel/filing"
	"motcua/kernel/form"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/onetime"
	"motcua/kernel/paper"
	"motcua/kernel/passkey"
	"motcua/kernel/play"
	"motcua/kernel/sign"
	"motcua/kernel/signed"
	"motcua/kernel/start"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

// A signing is a program with a service that asks for its applicant's signature.
type signing struct {
	*kerneltest.Rig
	t     testing.TB
	draft *dossier.Draft
}

const asked = "1.001193"

func openSigning(t testing.TB, at string) *signing {
	t.Helper()
	s := &signing{Rig: kerneltest.Open(t, at, []string{"birth"}, onetime.System(), passkey.System(), confirm.System(), start.System(), filing.System(), signed.System(),
		track.System(), paper.System(), inbox.System(), desk.System(), doubt.System(), export.System()), t: t}
	k := s.Procedures.Get(asked).Kind()
	k.Signs, k.Needs = who.Substantial, who.Substantial
	s.reach("applicant", who.Substantial)
	return s
}

func (s *signing) write(f func(*db.Tx) error) {
	s.t.Helper()
	if err := s.DB.Write(s.t.Context(), f); err != nil {
		s.t.Fatal(err)
	}
}

// reach gives a person a proved identity and a phone that answers.
func (s *signing) reach(login string, l who.Level) {
	s.t.Helper()
	p := s.People[login]
	p.Phone = "0900000102"
	s.write(func(tx *db.Tx) error {
		if err := level.Reach(tx, s.Book, p, p.ID, level.Proof{Level: l, Way: "register", Number: "001093000011", Name: p.Name, Born: "1993-01-01"}); err != nil {
			return err
		}
		if _, err := tx.Exec(`update person set phone = $1 where id = $2`, p.Phone, p.ID); err != nil {
			return err
		}
		return onetime.Send(tx, s.App, p, onetime.Contact{Kind: post.SMS, To: p.Phone}, "contact", "confirm.code", "x")
	})
	typed := s.code()
	s.write(func(tx *db.Tx) (err error) {
		if _, err = onetime.Check(tx, s.App, p.ID, "contact", typed); err == nil {
			s.People[login], err = s.Book.Find(tx, p.ID)
		}
		return err
	})
	s.Book.Drop()
}

// code is the last one that was sent.
func (s *signing) code() string {
	s.t.Helper()
	all, err := post.List(s.t.Context(), s.DB, 0, 1)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d messages, %v", len(all), err)
	}
	return regexp.MustCompile(`\d{3} \d{3}`).FindString(all[0].Body)
}

// filled makes a draft that only has to be submitted.
func (s *signing) filled() string {
	s.t.Helper()
	p, me := s.Procedures.Get(asked), s.People["applicant"]
	d := &dossier.Draft{Owner: me.ID, Kind: p.Kind().Name, KindVersion: p.Version, Body: kerneltest.Here, Answers: form.Answers{}, Papers: map[string][]dossier.File{}}
	if err := s.Engine.Save(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	for name, sort := range p.Examples[0].Papers {
		f, err := play.Sample(sort)
		if err != nil {
			s.t.Fatal(err)
		}
		kept, err := s.Keep(s.t.Context(), me.ID, d.ID, bytes.NewReader(f.Bytes), f.Name)
		if err != nil {
			s.t.Fatal(err)
		}
		d.Papers[name] = []dossier.File{kept}
	}
	d.Answers = p.Examples[0].Answers
	if err := s.Engine.Save(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	s.draft = d
	return "/d/" + d.ID.String()
}

// TestSignAndFile: with the one-time code, without any script. What was signed is
// with the dossier, before the clerk, and in what is taken away.
func TestSignAndFile(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := openSigning(t, at)
		b, draft := s.Entered(t, "applicant", who.Password), s.filled()
		b.Get(draft+"/check").Want(t, 200, "Ký và nộp", "chữ ký số của bạn ở mức Đáng kể", draft+"/sign")
		b.Post(draft+"/submit", nil).Want(t, 422, "Ký và nộp")
		to := b.Post(draft+"/submit", url.Values{"declare": {"yes"}})
		to.Want(t, 303)
		b.Get(to.To).Want(t, 200, "Ký và nộp: Đăng ký khai sinh", "UBND phường Hàng Bạc")
		b.Post(to.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
		b.Post(to.To, url.Values{"code": {"000 000"}}).Want(t, 422)
		filed := b.Post(to.To, url.Values{"code": {s.code()}})
		filed.Want(t, 303)
		if !strings.HasPrefix(filed.To, "/c/") {
			t.Fatalf("filed: to %q", filed.To)
		}
		d, err := s.Engine.FindDraft(t.Context(), s.draft.ID)
		if err != nil || d.Dossier == 0 {
			t.Fatalf("%+v %v", d, err)
		}
		x, err := s.Engine.Find(t.Context(), d.Dossier)
		if err != nil {
			t.Fatal(err)
		}
		e := x.Acts[0].Entry
		sum, err := x.Acts[0].Filed().Sum()
		if err != nil || e.Signed == nil || e.File == nil || e.Signed.Level != who.Substantial || e.Signed.Way != string(who.Code) || e.Signed.Sum != sum {
			t.Fatalf("the act: %+v %+v, want %s, %v", e.Signed, e.File, sum, err)
		}
		v, err := signed.Check(t.Context(), s.App, *e.File, x.Acts[0].At)
		if err != nil || v.State != verdict.Valid || v.Signatures[0].Name != s.People["applicant"].Name || v.Signatures[0].Stamp == nil {
			t.Errorf("%+v %v", v, err)
		}
		s.As(t, "clerk").Get("/work/d/"+x.ID.String()).Want(t, 200, "Chữ ký của người nộp", "Còn nguyên vẹn", "Đáng kể", "Mã một lần")
		b.Get(filed.To).Want(t, 200, filed.To+"/signed.pdf")
		b.Get(filed.To+"/signed.pdf").Want(t, 200, "%PDF-")
		s.As(t, "away").Get(filed.To+"/signed.pdf").Want(t, 404)
		if err := s.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		z := b.Get(filed.To + "/export.zip")
		z.Want(t, 200)
		s.exported(z.Body, e.File.Sum, sum)
		n := 0
		err = s.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select count(*) from act where act = 'keys.confirm' and body like '%substantial%'`).Scan(&n)
		})
		if err != nil || n != 1 {
			t.Errorf("%d acts of confirmation, want 1, %v", n, err)
		}
	})
}

// exported looks for the signed paper in what is taken away, and for the
// fingerprint of what was filed in the act that is proven there.
func (s *signing) exported(file, paper, sum string) {
	s.t.Helper()
	z, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	if err != nil {
		s.t.Fatal(err)
	}
	found := false
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			s.t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			s.t.Fatal(err)
		}
		switch f.Name {
		case "papers/" + paper + ".pdf":
			v, err := pades.Read(b)
			found = err == nil && len(v.Signatures) == 1 && v.Signatures[0].Intact
		case "acts/1.json":
			var said struct{ Body dossier.Entry }
			if err := json.Unmarshal(b, &said); err != nil || said.Body.Signed == nil || said.Body.Signed.Sum != sum {
				s.t.Errorf("the act in the export: %+v %v", said.Body.Signed, err)
			}
		}
	}
	if !found {
		s.t.Error("the export does not hold the signed paper")
	}
}

// TestSignatureRefused: none, too low a one, and one under something else are
// refused with a sentence that says what to do; nothing typed is lost.
func TestSignatureRefused(t *testing.T) {
	s := openSigning(t, dbtest.SQLite(t))
	k, me := s.Procedures.Get(asked).Kind(), s.People["applicant"]
	b, draft := s.Entered(t, "applicant", who.Password), s.filled()
	order := func() dossier.Order {
		files := map[string][]id.ID{}
		for name, all := range s.draft.Papers {
			for _, f := range all {
				files[name] = append(files[name], f.ID)
			}
		}
		return dossier.Order{Me: me, Kind: k.Name, Body: kerneltest.Here, Answers: s.draft.Answers, Papers: files, Draft: s.draft.ID}
	}
	act := func(o dossier.Order, want fault.Kind, code string) {
		t.Helper()
		if _, err := s.Engine.Act(t.Context(), o); fault.Of(err) != want || !strings.Contains(err.Error(), code) {
			t.Errorf("got %v, want %s %s", err, want, code)
		}
	}
	act(order(), fault.Forbidden, "dossier.unsigned")
	o := order()
	good, err := signed.Play(t.Context(), s.App, o)
	if err != nil {
		t.Fatal(err)
	}
	low := *good
	low.Level = who.Low
	o.Signed = &low
	act(o, fault.Forbidden, "dossier.signedlow")
	o = order()
	o.Signed, o.Org = good, 0
	o.Answers = form.Answers{}
	for name, v := range s.draft.Answers {
		o.Answers[name] = v
	}
	o.Answers["child_name"] = "Nguyễn Thị Khác"
	act(o, fault.Conflict, "dossier.signedother")

	// A session that a code alone opened cannot confirm by another code.
	weak := s.Entered(t, "applicant", who.Code)
	to := weak.Post(draft+"/submit", url.Values{"declare": {"yes"}})
	to.Want(t, 303)
	weak.Get(to.To).Want(t, 200, "Lần đăng nhập này chưa đủ chắc", draft+"/check")
	weak.Post(to.To+"/send", url.Values{"contact": {"0"}}).Want(t, 409)
	// High asks for a passkey; what was confirmed at substantial is refused in words.
	to = b.Post(draft+"/submit", url.Values{"declare": {"yes"}})
	b.Post(to.To+"/send", url.Values{"contact": {"0"}})
	s.write(func(tx *db.Tx) error {
		_, err := tx.Exec(`update signed set least = 'high'`)
		return err
	})
	b.Post(to.To, url.Values{"code": {s.code()}}).Want(t, 403, "cần chữ ký ở mức Cao", "chỉ đạt mức Đáng kể", "vẫn nguyên trong bản nháp")
	k.Signs = who.High
	b.Get(draft+"/sign").Want(t, 403, "khóa truy cập")
	k.Signs = who.Substantial

	// What is changed between signature and filing is signed anew.
	to = b.Post(draft+"/submit", url.Values{"declare": {"yes"}})
	b.Post(to.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	if _, err := s.Engine.Change(t.Context(), s.draft.ID, func(d *dossier.Draft) error { d.Answers["child_name"] = "Nguyễn Thị Khác"; return nil }); err != nil {
		t.Fatal(err)
	}
	if a := b.Post(to.To, url.Values{"code": {s.code()}}); a.Status != 303 || !strings.HasPrefix(a.To, "/confirm/") {
		t.Errorf("a changed draft: %d to %q, want another confirmation", a.Status, a.To)
	}
	d, err := s.Engine.FindDraft(t.Context(), s.draft.ID)
	if err != nil || d.Dossier != 0 || d.Answers["child_name"] != "Nguyễn Thị Khác" {
		t.Errorf("the draft: %+v %v", d, err)
	}
}

// TestSignElsewhere: the key stays with its person. Her signature over these very
// bytes by her certificate files the draft; anything else does not.
func TestSignElsewhere(t *testing.T) {
	s := openSigning(t, dbtest.SQLite(t))
	b, draft := s.Entered(t, "applicant", who.Password), s.filled()
	b.Get(draft+"/sign").Want(t, 200, "Ký bằng khóa tôi tự giữ", "Lập tờ khai để ký")
	b.Post(draft+"/sign", nil).Want(t, 422, "chưa có chứng thư nào mà khóa do bạn tự giữ")
	key, other := verdicttest.Key(t), verdicttest.Key(t)
	var k sign.Key
	s.write(func(tx *db.Tx) error {
		q, err := signed.Own(s.App, s.People["applicant"])
		if err == nil {
			q.Public = key.Public()
			k, err = s.Keys.Issue(tx, q)
		}
		return err
	})
	b.Post(draft+"/sign", nil).Want(t, 303)
	b.Get(draft+"/sign").Want(t, 200, "form.bin", "Tệp chữ ký")
	b.Get(draft+"/sign/form.pdf").Want(t, 200, "%PDF-")
	send := func(m cms.Signing, bytes string) kerneltest.Answer {
		sum, err := s.Blobs.PutBytes(t.Context(), []byte(bytes))
		if err != nil {
			t.Fatal(err)
		}
		m.Digest = sum[:]
		m.Chain = append(m.Chain, k.Certificate)
		der, err := cms.Sign(m)
		if err != nil {
			t.Fatal(err)
		}
		return b.Form(draft+"/sign/signature", nil, "signature", "form.p7s", der)
	}
	covered := b.Get(draft + "/sign/form.bin").Body
	b.Form(draft+"/sign/signature", nil, "signature", "form.p7s", []byte("no signature")).Want(t, 422, "không phải là chữ ký CMS")
	send(cms.Signing{Key: key}, covered+" ").Want(t, 422)
	send(cms.Signing{Key: other}, covered).Want(t, 422)
	filed := send(cms.Signing{Key: key}, covered)
	filed.Want(t, 303)
	if !strings.HasPrefix(filed.To, "/c/") {
		t.Fatalf("filed: to %q", filed.To)
	}
	s.As(t, "clerk").Get("/work/d/"+strings.TrimPrefix(filed.To, "/c/")).Want(t, 200, "Còn nguyên vẹn", "Khóa người nộp tự giữ")
}
