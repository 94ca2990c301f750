package confirm_test

import (
	"crypto/sha256"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/who"
)

var sum = sha256.Sum256([]byte("tờ khai"))

const purpose = "test.sign"

// stage is a program with a page that asks for a confirmation and takes it.
type stage struct {
	*kerneltest.Rig
	taken atomic.Int32
}

func open(t *testing.T, at string) *stage {
	s := &stage{}
	test := kernel.System{Name: "test", Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{{Pattern: "POST /test/{least}", Who: kernel.SignedIn(), Do: func(r *kernel.Request) (web.Answer, error) {
			var n id.ID
			err := r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
				n, err = confirm.Ask(tx, r, confirm.Matter{Purpose: purpose, Digest: sum, Title: "Ký tờ khai khai sinh", Facts: ui.Facts{{Term: "Số trang", Text: "2"}},
					Least: who.Level(r.PathValue("least")), Back: "/me"})
				return err
			})
			if err != nil {
				return web.Answer{}, err
			}
			return web.Goto("%s", confirm.Path(n))
		}}}
	}, Confirmed: func(*kernel.App) map[string]func(*kernel.Request, id.ID) (web.Answer, error) {
		return map[string]func(*kernel.Request, id.ID) (web.Answer, error){purpose: func(r *kernel.Request, n id.ID) (web.Answer, error) {
			s.taken.Add(1)
			return web.Goto("/signed")
		}}
	}}
	s.Rig = kerneltest.Open(t, at, nil, onetime.System(), passkey.System(), confirm.System(), test)
	return s
}

func (s *stage) write(t *testing.T, f func(*db.Tx) error) {
	t.Helper()
	if err := s.DB.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

var sixDigits = regexp.MustCompile(`\d{3} \d{3}`)

// code is the last one that was sent.
func (s *stage) code(t *testing.T) string {
	t.Helper()
	all, err := post.List(t.Context(), s.DB, 0, 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d messages, %v", len(all), err)
	}
	return sixDigits.FindString(all[0].Body)
}

// reach gives a person a phone that answers.
func (s *stage) reach(t *testing.T, login string) {
	p := s.People[login]
	p.Phone = "0900000001"
	s.write(t, func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set phone = $1 where id = $2`, p.Phone, p.ID)
		if err != nil {
			return err
		}
		return onetime.Send(tx, s.App, p, onetime.Contact{Kind: post.SMS, To: p.Phone}, "contact", "confirm.code", "x")
	})
	typed := s.code(t)
	s.write(t, func(tx *db.Tx) error {
		ok, err := onetime.Check(tx, s.App, p.ID, "contact", typed)
		if !ok {
			t.Errorf("%q is not the code", typed)
		}
		return err
	})
	s.Book.Drop()
}

func (s *stage) take(t *testing.T, by id.ID, purpose string, sum [32]byte) (said confirm.Said, err error) {
	err = s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		said, err = confirm.Take(tx, s.App, by, purpose, sum)
		return err
	})
	return said, err
}

func TestConfirmByCode(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		me := s.People["applicant"]
		b := s.Entered(t, "applicant", who.Password)
		page := b.Post("/test/substantial", nil).To
		b.Get(page).Want(t, 200, "Ký tờ khai khai sinh", "Số trang", "Chưa có cách nào đủ chắc")
		s.reach(t, "applicant")
		b.Get(page).Want(t, 200, "•••001")

		if a := s.Entered(t, "clerk", who.Password).Get(page); a.Status != 410 {
			t.Errorf("somebody else's matter: %d, want 410", a.Status)
		}
		b.Post(page+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
		all, _ := post.List(t.Context(), s.DB, 0, 1)
		short := regexp.MustCompile(`<code>([0-9A-F ]+)</code>`).FindStringSubmatch(b.Get(page).Body)
		if short == nil || !strings.Contains(all[0].Body, short[1]) {
			t.Errorf("the page shows %v, the message is %q", short, all[0].Body)
		}
		b.Post(page, url.Values{"code": {"000 000"}}).Want(t, 422, "Mã chưa đúng")
		if _, err := s.take(t, me.ID, purpose, sum); !errors.Is(err, fault.Forbidden) {
			t.Errorf("taken before it was confirmed: %v", err)
		}
		code := s.code(t)
		if a := b.Post(page, url.Values{"code": {code}}); a.To != "/signed" || s.taken.Load() != 1 {
			t.Fatalf("confirmed: %d to %q, %d calls", a.Status, a.To, s.taken.Load())
		}
		if a := b.Post(page, url.Values{"code": {code}}); a.Status != 410 {
			t.Errorf("confirmed twice: %d, want 410", a.Status)
		}
		for name, try := range map[string]func() (confirm.Said, error){
			"another person":  func() (confirm.Said, error) { return s.take(t, s.People["clerk"].ID, purpose, sum) },
			"another purpose": func() (confirm.Said, error) { return s.take(t, me.ID, "test.pay", sum) },
			"another digest":  func() (confirm.Said, error) { return s.take(t, me.ID, purpose, sha256.Sum256(nil)) },
		} {
			if _, err := try(); !errors.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v, want forbidden", name, err)
			}
		}

		// Who is undone took nothing; of many at once one takes it.
		broken := errors.New("broken")
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := confirm.Take(tx, s.App, me.ID, purpose, sum); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		var won atomic.Int32
		var said confirm.Said
		var all8 sync.WaitGroup
		for range 8 {
			all8.Go(func() {
				if x, err := s.take(t, me.ID, purpose, sum); err == nil {
					won.Add(1)
					said = x
				}
			})
		}
		all8.Wait()
		if won.Load() != 1 || said.Way != who.Code || said.Level != who.Substantial {
			t.Errorf("%d took it, as %+v", won.Load(), said)
		}
	})
}

func TestConfirmRunsOut(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.reach(t, "applicant")
	b := s.Entered(t, "applicant", who.Password)
	confirmed := func() {
		page := b.Post("/test/low", nil).To
		b.Post(page+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
		b.Post(page, url.Values{"code": {s.code(t)}}).Want(t, 303)
	}
	confirmed()
	s.Later(confirm.Valid + time.Second)
	if _, err := s.take(t, s.People["applicant"].ID, purpose, sum); !errors.Is(err, fault.Forbidden) {
		t.Errorf("an old confirmation: %v, want forbidden", err)
	}

	// A code is good for its time, its tries and its matter.
	page, other := b.Post("/test/low", nil).To, b.Post("/test/low", nil).To
	b.Post(page+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	code := s.code(t)
	b.Post(other, url.Values{"code": {code}}).Want(t, 422)
	for range onetime.Tries {
		b.Post(page, url.Values{"code": {"1"}}).Want(t, 422)
	}
	b.Post(page, url.Values{"code": {code}}).Want(t, 422)
	b.Post(other+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	code = s.code(t)
	s.Later(onetime.Life + time.Second)
	b.Post(other, url.Values{"code": {code}}).Want(t, 422)
	s.Later(confirm.Open)
	b.Get(page).Want(t, 410)

	// They are not sent without end.
	page = b.Post("/test/low", nil).To
	for range 5 {
		b.Post(page+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
	}
	b.Post(page+"/send", url.Values{"contact": {"0"}}).Want(t, 422, "Đã gửi nhiều mã")

	// What the sign-in was counts: a code on top of a code is one factor twice.
	weak := s.Entered(t, "applicant", who.Code)
	weak.Get(weak.Post("/test/substantial", nil).To).Want(t, 200, "Lần đăng nhập này chưa đủ chắc", "/me/ways?to=%2Fconfirm%2F")
}
