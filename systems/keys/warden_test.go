package keys_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/pades"
	"motcua/base/verdict"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// given gives one of the cast a role, as who founds the node does.
func (s *stage) given(login string, role who.Role, body string) {
	s.t.Helper()
	s.write(func(tx *db.Tx) error {
		return s.Book.Grant(tx, who.Person{}, s.People[login].ID, role, body, 0, time.Time{})
	})
	s.Book.Drop()
}

// Who heads cybersecurity stops signing alone, where he heads it and nowhere
// else; it holds at once and stands in the ledger, and it takes a second person
// to let signing go on. He reads no dossier.
func TestWarden(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.certified()
		d, acts := s.granted(1)
		s.given("clerk2", who.Warden, kerneltest.Above)
		s.given("clerk2", who.Sealer, kerneltest.Here)
		s.write(func(tx *db.Tx) error {
			return s.Book.Withdraw(tx, who.Person{}, s.People["clerk2"].ID, who.Clerk, kerneltest.Here)
		})
		s.Book.Drop()
		warden, root := s.As(t, "clerk2"), s.As(t, "root")
		if p, err := s.Book.Person(t.Context(), s.People["clerk2"].ID); err != nil || !p.Holds(who.Warden) || dossier.Official(p, d[0]) {
			t.Errorf("%+v reads dossiers: %v", p.Grants, err)
		}
		stop := url.Values{"body": {kerneltest.Here}, "what": {"signing"}, "go": {"0"}, "why": {"máy chủ ký có dấu hiệu bị xâm nhập"}}
		everywhere := url.Values{"body": {"*"}, "what": {"signing"}, "go": {"0"}, "why": stop["why"]}
		warden.Post("/keys/stop", everywhere).Want(t, 403)
		warden.Post("/keys/stop", stop).Want(t, 303)
		warden.Get("/keys/stop").Want(t, 200, "tự quyết định", "máy chủ ký có dấu hiệu")
		if n := s.count(`select count(*) from act where act = 'keys.halt' and by = $1`, s.People["clerk2"].ID); n != 1 {
			t.Errorf("%d acts of the stop, want 1", n)
		}
		page := s.begin(acts)
		if a := s.confirmed(s.leader(), page); a.Status != 503 {
			t.Errorf("signed while it is stopped: %d", a.Status)
		}
		warden.Post("/keys/stop", stop).Want(t, 409) // it is stopped

		stop.Set("go", "1")
		warden.Post("/keys/stop", stop).Want(t, 303)
		form := regexp.MustCompile(`/keys/stop/[0-9a-z]+`).FindString(root.Get("/keys/stop").Body)
		warden.Post(form, nil).Want(t, 403)
		if n := s.count(`select count(*) from sign_stop`); n != 1 {
			t.Errorf("%d stops, want the 1: nobody lets signing go on alone", n)
		}
		root.Post(form, nil).Want(t, 303)
		if n := s.count(`select count(*) from sign_stop`); n != 0 {
			t.Errorf("%d stops, want none", n)
		}
	})
}

// What the node seals for a body has a stamp by its clock, and none is sealed
// while signing is stopped there, though the seal is the node's.
func TestSealed(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.Procedures.Get(service).Result.Signed = ""
		d, _ := s.granted(1)
		s.write(func(tx *db.Tx) error {
			return s.Keys.Stop(tx, sign.Stopped{Body: kerneltest.Here, What: sign.Signing, Since: s.Now(), Why: "diễn tập dừng ký"})
		})
		s.result(d[0]).Want(t, 503, "tạm dừng")
		s.write(func(tx *db.Tx) error { return s.Keys.Go(tx, kerneltest.Here, sign.Signing) })
		a := s.result(d[0])
		a.Want(t, 200)
		root, _ := certificates(t, s.Rig)
		v, err := pades.Read([]byte(a.Body), root.Certificate)
		if err != nil || v.State != verdict.Valid || len(v.Signatures) != 1 {
			t.Fatalf("%+v %v", v, err)
		}
		if st := v.Signatures[0].Stamp; st == nil || !st.Trusted || st.At.Before(v.Signatures[0].At) {
			t.Errorf("the stamp: %+v", st)
		}
	})
}
