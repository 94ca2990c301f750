package contact_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/kernel/confirm"
	"motcua/kernel/contact"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/second"
	"motcua/kernel/ways"
	"motcua/kernel/who"
)

const old, fresh = "0900000001", "0911222333"

// A stage is a program, and somebody whose phone answers.
type stage struct {
	*kerneltest.Rig
	t testing.TB
}

func open(t testing.TB, at string) *stage {
	t.Helper()
	s := &stage{kerneltest.Open(t, at, nil, door.System(), device.System(), onetime.System(), passkey.System(), second.System(), confirm.System(), contact.System(), ways.System()), t}
	me := s.People["applicant"]
	me.Phone = old
	s.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`update person set phone = $1 where id = $2`, old, me.ID); err != nil {
			return err
		}
		return onetime.Send(tx, s.App, me, onetime.Contact{Kind: post.SMS, To: old}, "contact/sms/"+old, "ways.code")
	})
	code := s.code(old)
	s.write(func(tx *db.Tx) error {
		_, err := onetime.Check(tx, s.App, me.ID, "contact/sms/"+old, code)
		return err
	})
	s.Book.Drop()
	return s
}

func (s *stage) write(f func(*db.Tx) error) {
	s.t.Helper()
	if err := s.DB.Write(s.t.Context(), f); err != nil {
		s.t.Fatal(err)
	}
}

// last is the newest message to one contact, "" when there is none.
func (s *stage) last(to string) string {
	s.t.Helper()
	all, err := post.List(s.t.Context(), s.DB, 1<<62, 50)
	if err != nil {
		s.t.Fatal(err)
	}
	body, n := "", int64(0)
	for _, m := range all {
		if m.To == to && int64(m.ID) > n {
			body, n = m.Body, int64(m.ID)
		}
	}
	return body
}

func (s *stage) code(to string) string {
	return regexp.MustCompile(`\d{3} \d{3}`).FindString(s.last(to))
}

func (s *stage) phone() string {
	s.t.Helper()
	p, err := s.Book.Person(s.t.Context(), s.People["applicant"].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return p.Phone
}

// begin asks for the new phone and lets it answer.
func (s *stage) begin(b *kerneltest.Browser) {
	s.t.Helper()
	b.Post("/me/ways/contacts/sms/new", url.Values{"new-sms": {"0911 222 333"}}).Want(s.t, 303)
	b.Get("/me/ways").Want(s.t, 200, "Đã gửi đến "+fresh)
	b.Post("/me/ways/contacts/sms/new/code", url.Values{"new-sms": {"000 000"}}).Want(s.t, 422)
	b.Post("/me/ways/contacts/sms/new/code", url.Values{"new-sms": {s.code(fresh)}}).Want(s.t, 303)
}

func (s *stage) acts(name string) (n int) {
	s.t.Helper()
	err := s.DB.Read(s.t.Context(), func(tx *db.Tx) error {
		return tx.Row(`select count(*) from act where act = $1`, name).Scan(&n)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// entered asks for a code to come in with, and says whether one was sent to that contact.
func (s *stage) entered(to string) bool {
	s.t.Helper()
	was := s.last(to)
	s.As(s.t, "").Post("/sign-in/code", url.Values{"login": {"applicant"}, "kind": {"sms"}}).Want(s.t, 200)
	if err := s.Jobs.Drain(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return s.last(to) != was
}

// TestConfirmed: the new one answers, the old one confirms this very change, and it is done at once.
func TestConfirmed(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		b := s.Entered(t, "applicant", who.Password)
		if !s.entered(old) {
			t.Fatal("no code to come in with goes to a contact that answered")
		}
		b.Post("/me/ways/contacts/sms/new", url.Values{"new-sms": {"nhầm"}}).Want(t, 422)
		b.Post("/me/ways/contacts/sms/new", url.Values{"new-sms": {old}}).Want(t, 422, "Đây đã là")
		s.begin(b)
		b.Get("/me/ways").Want(t, 200, "Sẽ đổi thành "+fresh, "Xác nhận để đổi ngay")
		b.Get("/me").Want(t, 200, "Số điện thoại của bạn sẽ đổi thành")
		if s.phone() != old || !strings.Contains(s.last(old), "/contact/stop/") {
			t.Fatalf("phone %s before it was confirmed; the old one was told %q", s.phone(), s.last(old))
		}
		to := b.Post("/me/ways/contacts/sms/new/now", nil)
		to.Want(t, 303)
		b.Get(to.To).Want(t, 200, "Đổi số điện thoại thành "+fresh, "001")
		b.Post(to.To+"/send", url.Values{"contact": {"0"}}).Want(t, 303)
		b.Post(to.To, url.Values{"code": {s.code(old)}}).Want(t, 303)
		if s.phone() != fresh || !strings.Contains(s.last(old), "đã đổi") {
			t.Errorf("phone %s, the old one was told %q", s.phone(), s.last(old))
		}
		if s.acts("contact.ask") != 1 || s.acts("contact.set") != 1 || s.acts("contact.done") != 1 {
			t.Error("asking, setting and done are not one act each")
		}
		b.Post(to.To, url.Values{"code": {s.code(old)}}).Want(t, 410)
		// Just changed it is not enough to come in with alone.
		if s.entered(fresh) {
			t.Error("a contact that was changed a moment ago lets somebody in")
		}
		s.Later(onetime.Settle + time.Hour)
		if !s.entered(fresh) {
			t.Error("a week later it does not either")
		}
	})
}

// TestStolen: who has a session that is not his gets no contact into the account.
func TestStolen(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	thief := s.Entered(t, "applicant", who.Password)
	s.Later(20 * time.Minute)
	if a := thief.Post("/me/ways/contacts/sms/new", url.Values{"new-sms": {fresh}}); a.Status != 303 || !strings.HasPrefix(a.To, "/sign-in?again=1") {
		t.Fatalf("an old session: %d to %q, want another sign-in", a.Status, a.To)
	}
	// He knows the password too. The owner reads his messages and stops it, without signing in.
	thief = s.Entered(t, "applicant", who.Password)
	s.begin(thief)
	link := regexp.MustCompile(`/contact/stop/\S+`).FindString(s.last(old))
	owner := s.As(t, "")
	owner.Get(link).Want(t, 200, "Không phải tôi, dừng lại", "•••333")
	owner.Post(link, nil).Want(t, 200, "Đã dừng")
	owner.Post(link, nil).Want(t, 410)
	thief.Post("/me/ways/contacts/sms/new/now", nil).Want(t, 410)
	s.Later(contact.Wait + time.Hour)
	if err := s.Jobs.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s.phone() != old || s.acts("contact.stop") != 1 {
		t.Errorf("phone %s after it was stopped", s.phone())
	}
	// Others' links and changes do not exist for others.
	thief = s.Entered(t, "applicant", who.Password)
	s.begin(thief)
	s.Entered(t, "clerk", who.Password).Post("/me/ways/contacts/sms/new/stop", nil).Want(t, 410)
	s.Entered(t, "clerk", who.Password).Post("/me/ways/contacts/sms/new/now", nil).Want(t, 410)
	// Nobody stops it: after the wait, and not an hour before.
	s.Later(contact.Wait - time.Hour)
	for _, want := range []string{old, fresh} {
		if err := s.Jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if s.phone() != want {
			t.Errorf("phone %s, want %s", s.phone(), want)
		}
		s.Later(2 * time.Hour)
	}
	// A session that a code alone opened does not confirm with another code.
	weak := s.Entered(t, "applicant", who.Code)
	weak.Post("/me/ways/contacts/mail/new", url.Values{"new-mail": {"ke.gian@example.org"}}).Want(t, 303)
	weak.Post("/me/ways/contacts/mail/new/code", url.Values{"new-mail": {s.code("ke.gian@example.org")}}).Want(t, 303)
	to := weak.Post("/me/ways/contacts/mail/new/now", nil)
	weak.Post(to.To+"/send", url.Values{"contact": {"0"}}).Want(t, 409)
}
