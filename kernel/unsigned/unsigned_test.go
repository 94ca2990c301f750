package unsigned_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/base/verdict/verdicttest"
	"motcua/base/web"
	"motcua/kernel/api"
	"motcua/kernel/confirm"
	"motcua/kernel/filing"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/play"
	"motcua/kernel/sign"
	"motcua/kernel/signed"
	"motcua/kernel/start"
	"motcua/kernel/track"
	"motcua/kernel/unsigned"
	"motcua/kernel/who"
)

// asked is a service that asks here for its applicant's signature.
const asked = "1.001193"

// A scene is a program with that service, and a person whose identity is proved.
type scene struct {
	*kerneltest.Rig
	t     *testing.T
	token string // of an app that she lets read and file
}

func open(t *testing.T, at string) *scene {
	t.Helper()
	s := &scene{Rig: kerneltest.Open(t, at, []string{"birth"}, onetime.System(), passkey.System(), confirm.System(), start.System(), filing.System(), signed.System(),
		track.System(), api.System(), unsigned.System()), t: t}
	k := s.Procedures.Get(asked).Kind()
	k.Signs, k.Needs = who.Substantial, who.Substantial
	p := s.People["applicant"]
	p.Phone = "0900000102"
	s.write(func(tx *db.Tx) error {
		if err := level.Reach(tx, s.Book, p, p.ID, level.Proof{Level: who.Substantial, Way: "register", Number: "001093000011", Name: p.Name, Born: "1993-01-01"}); err != nil {
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
			s.People["applicant"], err = s.Book.Find(tx, p.ID)
		}
		return err
	})
	s.Book.Drop()
	s.token = s.app("applicant", "read write")
	return s
}

func (s *scene) write(f func(*db.Tx) error) {
	s.t.Helper()
	if err := s.DB.Write(s.t.Context(), f); err != nil {
		s.t.Fatal(err)
	}
}

// app is the token of an app that a person lets have these scopes.
func (s *scene) app(login, scope string) (token string) {
	s.write(func(tx *db.Tx) (err error) {
		token, err = s.Sessions.Make(tx, web.App, s.People[login].ID, scope, "1", time.Hour)
		return err
	})
	return token
}

func (s *scene) number(said string) id.ID {
	n, err := id.Parse(said)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// code is the last one that was sent.
func (s *scene) code() string {
	s.t.Helper()
	all, err := post.List(s.t.Context(), s.DB, 0, 1)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d messages, %v", len(all), err)
	}
	return regexp.MustCompile(`\d{3} \d{3}`).FindString(all[0].Body)
}

// call is a request of an app; v takes the answer when it is of the status.
func (s *scene) call(token, method, path, key string, body []byte, status int, v any) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, "http://motcua.test"+path, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if strings.HasSuffix(path, "/signature") {
		r.Header.Set("Content-Type", unsigned.PKCS7)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	if w.Code != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	if v != nil {
		if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
			s.t.Fatal(err)
		}
	}
	return w
}

// filing is what an app asks in the applicant's name, with changes of answers.
func (s *scene) filing(change ...string) []byte {
	s.t.Helper()
	x := s.Procedures.Get(asked).Examples[0]
	papers, answers := map[string][]string{}, map[string]any{}
	for name, sort := range x.Papers {
		f, err := play.Sample(sort)
		if err != nil {
			s.t.Fatal(err)
		}
		kept, err := s.Keep(s.t.Context(), s.People["applicant"].ID, 0, bytes.NewReader(f.Bytes), f.Name)
		if err != nil {
			s.t.Fatal(err)
		}
		papers[name] = []string{kept.ID.String()}
	}
	for name, v := range x.Answers {
		answers[name] = v
	}
	for i := 0; i < len(change); i += 2 {
		answers[change[i]] = change[i+1]
	}
	b, err := json.Marshal(map[string]any{"kind": "portal/" + asked, "body": kerneltest.Here, "answers": answers, "papers": papers})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// TestProgramPreparesPersonSigns: an app fills in what its person has to sign. It
// files nothing by itself; she reads, signs and files it in a session of her own,
// and the app sees that. What is sent twice is there once.
func TestProgramPreparesPersonSigns(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		what := s.filing()
		if w := s.call(s.token, "POST", "/api/v1/dossiers", "", what, 403, nil); !strings.Contains(w.Body.String(), "/api/v1/filings") {
			t.Errorf("the refusal does not say how: %s", w.Body)
		}
		s.call(s.token, "POST", "/api/v1/filings", "", s.filing("child_name", ""), 422, nil)
		s.call(s.app("applicant", "read"), "POST", "/api/v1/filings", "", what, 403, nil)
		var f, again unsigned.Filing
		w := s.call(s.token, "POST", "/api/v1/filings", "one", what, 201, &f)
		if f.State != "unsigned" || f.Level != "substantial" || f.Dossier != "" || f.Until == nil || w.Header().Get("Location") != "/api/v1/filings/"+f.ID || !strings.HasSuffix(f.SignAt, "/d/"+f.ID+"/check") {
			t.Fatalf("%+v %v", f, w.Header())
		}
		if w := s.call(s.token, "POST", "/api/v1/filings", "one", what, 201, &again); again.ID != f.ID || w.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("sent again: %s and %s", f.ID, again.ID)
		}
		s.call(s.token, "POST", "/api/v1/filings", "one", s.filing("child_name", "Khác"), 422, nil)
		s.call(s.app("away", "read write"), "GET", "/api/v1/filings/"+f.ID, "", nil, 404, nil)
		s.As(t, "away").Get("/d/"+f.ID+"/check").Want(t, 404)
		if d, err := s.Engine.Drafts(t.Context(), s.People["applicant"].ID); err != nil || len(d) != 1 {
			t.Fatalf("%d drafts, %v", len(d), err)
		}
		// Its papers are kept as long as the filing.
		if gone, err := s.Engine.Sweep(t.Context(), db.At(s.Now().Add(8*24*time.Hour))); err != nil || len(gone) == 0 {
			t.Fatalf("%v %v: what no filing took goes", gone, err)
		}

		b := s.Entered(t, "applicant", who.Password)
		to := "/d/" + f.ID
		b.Get(to+"/check").Want(t, 200, "Một ứng dụng mà bạn cho phép", "Ký và nộp")
		ask := b.Post(to+"/submit", url.Values{"declare": {"yes"}})
		ask.Want(t, 303)
		b.Post(ask.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
		done := b.Post(ask.To, url.Values{"code": {s.code()}})
		done.Want(t, 303)
		again = unsigned.Filing{}
		s.call(s.token, "GET", "/api/v1/filings/"+f.ID, "", nil, 200, &again)
		if again.State != "filed" || done.To != "/c/"+again.Dossier || again.Until != nil {
			t.Errorf("signed, and the app sees %+v; she is led to %s", again, done.To)
		}
		s.call(s.token, "GET", "/api/v1/dossiers/"+again.Dossier, "", nil, 200, nil)
		s.write(func(tx *db.Tx) error { // so the devices of her apps are told
			sent, err := signed.Sent(tx, s.People["applicant"].ID, s.number(again.Dossier))
			if other, wrong := signed.Sent(tx, s.People["away"].ID, s.number(again.Dossier)); !sent || other || wrong != nil {
				t.Errorf("sent by an app: %v, another's: %v %v", sent, other, wrong)
			}
			return err
		})
		if s.call(s.token, "POST", "/api/v1/filings", "one", what, 201, &again); again.ID != f.ID || again.State != "filed" {
			t.Errorf("sent once more: %+v", again)
		}
		b.Get(to+"/check").Want(t, 303)
	})
}

// TestProgramBringsSignature: the app takes the bytes to sign to the key that its
// person keeps, and files with what he signed: with nothing else.
func TestProgramBringsSignature(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		var f unsigned.Filing
		s.call(s.token, "POST", "/api/v1/filings", "", s.filing(), 201, &f)
		path := "/api/v1/filings/" + f.ID
		s.call(s.token, "GET", path+"/form.bin", "", nil, 410, nil)
		s.call(s.token, "POST", path+"/paper", "", nil, 409, nil) // she keeps no key herself
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
		s.call(s.token, "POST", path+"/paper", "", nil, 200, &f)
		covered := s.call(s.token, "GET", path+"/form.bin", "", nil, 200, nil).Body.Bytes()
		if sum := sha256.Sum256(covered); hex.EncodeToString(sum[:]) != f.Covered {
			t.Errorf("the bytes hash to %x, the filing says %s", sum, f.Covered)
		}
		if pdf := s.call(s.token, "GET", path+"/form.pdf", "", nil, 200, nil).Body.String(); !strings.HasPrefix(pdf, "%PDF-") {
			t.Errorf("the paper: %.20q", pdf)
		}
		over := func(m cms.Signing, b []byte) []byte {
			sum := sha256.Sum256(b)
			m.Digest, m.Chain = sum[:], append(m.Chain, k.Certificate)
			der, err := cms.Sign(m)
			if err != nil {
				t.Fatal(err)
			}
			return der
		}
		good := over(cms.Signing{Key: key}, covered)
		for _, bad := range [][]byte{nil, []byte("no signature"), over(cms.Signing{Key: key}, append(covered[:len(covered):len(covered)], ' ')), over(cms.Signing{Key: other}, covered)} {
			s.call(s.token, "POST", path+"/signature", "", bad, 422, nil)
		}
		s.call(s.app("away", "read write"), "POST", path+"/signature", "", good, 404, nil)
		s.call(s.app("applicant", "read"), "POST", path+"/signature", "", good, 403, nil)
		var done, again unsigned.Filing
		s.call(s.token, "POST", path+"/signature", "", good, 200, &done)
		s.call(s.token, "POST", path+"/signature", "", good, 200, &again)
		if done.State != "filed" || done.Dossier == "" || again.Dossier != done.Dossier {
			t.Errorf("filed as %q, then as %q", done.Dossier, again.Dossier)
		}
		d, err := s.Engine.FindDraft(t.Context(), s.number(f.ID))
		if err != nil {
			t.Fatal(err)
		}
		x, err := s.Engine.Find(t.Context(), d.Dossier)
		if err != nil || x.Acts[0].Entry.Signed == nil || x.Acts[0].Entry.Signed.Way != signed.Tool {
			t.Errorf("%+v %v", x, err)
		}

		// Where a passkey is asked for, no key elsewhere will do.
		s.call(s.token, "POST", "/api/v1/filings", "", s.filing(), 201, &f)
		s.Procedures.Get(asked).Kind().Signs = who.High
		s.call(s.token, "POST", "/api/v1/filings/"+f.ID+"/paper", "", nil, 403, nil)
		s.call(s.token, "POST", "/api/v1/filings/"+f.ID+"/signature", "", good, 403, nil)
		s.Procedures.Get(asked).Kind().Signs = ""
		s.call(s.token, "POST", "/api/v1/filings", "", s.filing(), http.StatusConflict, nil)
	})
}
