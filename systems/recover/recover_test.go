package recover_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/counter"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/second"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
	"motcua/systems/recover"
)

const number = "001093000011"

// A town is a program with a person who cannot sign in any more.
type town struct {
	*kerneltest.Rig
	me    who.Person
	clerk *kerneltest.Browser
}

func open(t *testing.T, at string, l who.Level) *town {
	t.Helper()
	w := &town{Rig: kerneltest.Open(t, at, nil, door.System(), device.System(), onetime.System(), passkey.System(), second.System(), counter.System(), recover.System(recover.Settings{}))}
	p := w.People["applicant"]
	w.write(t, func(tx *db.Tx) (err error) {
		if err = w.Book.SetContact(tx, p, p.ID, true, "cu@example.org"); err == nil {
			err = w.Book.SetContact(tx, p, p.ID, false, "0900000109")
		}
		if err == nil && l != "" {
			err = level.Reach(tx, w.Book, p, p.ID, level.Proof{Level: l, Way: "counter", Number: number, Name: p.Name, Born: "1993-05-06"})
		}
		if err == nil {
			w.me, err = w.Book.Find(tx, p.ID)
		}
		return err
	})
	w.clerk = w.As(t, "clerk")
	return w
}

func (w *town) write(t *testing.T, f func(tx *db.Tx) error) {
	t.Helper()
	if err := w.DB.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func shown(more ...string) url.Values {
	v := url.Values{"number": {number}, "name": {"nguyễn văn thử"}, "born.year": {"1993"}, "born.month": {"5"}, "born.day": {"6"},
		"document": {"identity"}, "document_number": {"012345678"}, "phone": {"0911111111"}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

var (
	wayIn   = regexp.MustCompile(`https://x\.example(/recovery/[A-Za-z0-9_-]{20,})`)
	wayStop = regexp.MustCompile(`https://x\.example(/recovery/stop/[A-Za-z0-9_-]{20,})`)
)

// sent are the addresses of a kind of link that were sent, by whom they were sent to.
func (w *town) sent(t *testing.T, which *regexp.Regexp) map[string]string {
	t.Helper()
	all, err := post.List(t.Context(), w.DB, 1<<62, 100)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range all {
		if x := which.FindStringSubmatch(m.Body); x != nil && found[m.To] == "" {
			found[m.To] = x[1]
		}
	}
	return found
}

func (w *town) drain(t *testing.T) {
	t.Helper()
	if err := w.Jobs.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// acts are the names of the acts about recovery, in order.
func (w *town) acts(t *testing.T) string {
	t.Helper()
	var all []string
	w.write(t, func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) }, `select act from act where act like 'recover.%' order by id`)
		return err
	})
	return strings.ReplaceAll(strings.Join(all, " "), "recover.", "")
}

func password(s string) url.Values { return url.Values{"password": {s}} }

// TestRecovery goes the whole way: nothing before its time, every contact told,
// and afterwards all that the account could be signed in with before is dead.
func TestRecovery(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w := open(t, at, who.Substantial)
		old := w.As(t, "applicant")
		var token string
		var codes []string
		w.write(t, func(tx *db.Tx) (err error) {
			if codes, err = second.Recovery(tx, w.App, w.me.ID); err == nil {
				err = second.Begin(tx, w.App, w.me.ID)
			}
			if err == nil {
				_, err = tx.Exec(`update second_app set confirmed = 1 where person = $1`, w.me.ID)
			}
			if err != nil {
				return err
			}
			token, err = w.Sessions.Make(tx, web.Token, w.me.ID, "read write", "", time.Hour*1000)
			if err == nil {
				_, err = tx.Exec(`insert into onetime_answered (person, kind, recipient, at) values ($1, 'sms', '0900000109', 1)`, w.me.ID)
			}
			return err
		})
		w.clerk.Post("/counter/recovery", shown()).Want(t, 200, "Đường dẫn sẽ được gửi lúc")
		stops := w.sent(t, wayStop)
		if len(stops) != 2 || stops["cu@example.org"] == "" || stops["0900000109"] == "" || stops["cu@example.org"] == stops["0900000109"] {
			t.Errorf("told %v, want every contact of before, each with a link of its own", stops)
		}
		old.Get("/me").Want(t, 200, "Có người xin lấy lại tài khoản của bạn", "/me/recovery")
		w.clerk.Post("/counter/recovery", shown()).Want(t, 422, "đang được lấy lại rồi")
		w.drain(t)
		if in := w.sent(t, wayIn); len(in) != 0 {
			t.Errorf("the way in was sent at once: %v", in)
		}
		w.Later(23 * time.Hour)
		w.write(t, func(tx *db.Tx) error { // whoever asks for the job before its time
			var n id.ID
			if err := tx.Row(`select id from recover_case`).Scan(&n); err != nil {
				return err
			}
			return job.Add(tx, "recover.ripe", "early", w.Now(), n)
		})
		w.drain(t)
		if in := w.sent(t, wayIn); len(in) != 0 {
			t.Errorf("the way in was sent an hour early: %v", in)
		}
		w.Later(2 * time.Hour)
		w.drain(t)
		in := w.sent(t, wayIn)
		if len(in) != 1 || in["0911111111"] == "" {
			t.Fatalf("the way in was sent to %v", in)
		}
		way, visitor := in["0911111111"], w.As(t, "")
		visitor.Get(way).Want(t, 200, "Đặt mật khẩu mới")
		old.Get("/me").Want(t, 200)
		visitor.Post(way, password("ngắn")).Want(t, 422, "ít nhất")
		if a := visitor.Post(way, password("một mật khẩu mới dài")); a.Status != 303 || a.To != "/sign-in" {
			t.Fatalf("finish: %d to %q\n%s", a.Status, a.To, a.Body)
		}
		visitor.Post(way, password("một mật khẩu khác dài")).Want(t, 410)
		if a := old.Get("/me"); a.Status != 303 {
			t.Errorf("a browser of before is still signed in: %d", a.Status)
		}
		if s, err := w.Sessions.Find(t.Context(), web.Token, token); err != nil || s.Subject != 0 {
			t.Errorf("a token of before still works: %+v, %v", s, err)
		}
		if a := visitor.Post("/sign-in/recovery", url.Values{"login": {"applicant"}, "code": {codes[0]}}); a.Status == 303 {
			t.Errorf("a code on paper of before still lets in, to %q", a.To)
		}
		w.write(t, func(tx *db.Tx) error {
			if has, _, err := second.App(tx, w.me.ID); err != nil || has {
				t.Errorf("the app of before is still asked for: %v", err)
			}
			return nil
		})
		if a := w.As(t, "").Post("/sign-in", url.Values{"login": {"applicant"}, "password": {"một mật khẩu mới dài"}}); a.Status != 303 || a.To != "/my" {
			t.Errorf("he who got it back comes in: %d to %q", a.Status, a.To)
		}
		left := 0
		w.write(t, func(tx *db.Tx) error {
			return tx.Row(`select count(*) from onetime_answered where person = $1`, w.me.ID).Scan(&left)
		})
		if left != 0 {
			t.Error("a contact of before still counts as one that answers")
		}
		if p, err := w.Guard.SignIn(t.Context(), throttle.Try{Account: "applicant"}, "một mật khẩu mới dài"); err != nil || p.Phone != "0911111111" || p.Level != who.Substantial {
			t.Errorf("signed in as %+v, %v", p, err)
		}
		if got := w.acts(t); got != "ask refuse done" {
			t.Errorf("acts: %s", got)
		}
		told := 0
		all, _ := post.List(t.Context(), w.DB, 1<<62, 100)
		for _, m := range all {
			if strings.Contains(m.Body, "được lấy lại tại quầy") && (m.To == "cu@example.org" || m.To == "0900000109") {
				told++
			}
		}
		if told != 2 {
			t.Errorf("%d contacts of before were told of the end, want 2", told)
		}
	})
}

// TestNotMe: whoever reads a contact of the account stops it without signing in;
// after that one waits three times as long, and two clerks look.
func TestNotMe(t *testing.T) {
	w := open(t, dbtest.SQLite(t), who.Substantial)
	w.clerk.Post("/counter/recovery", shown()).Want(t, 200)
	stop, visitor := w.sent(t, wayStop)["cu@example.org"], w.As(t, "")
	visitor.Get(stop).Want(t, 200, "Không phải tôi, dừng lại")
	visitor.Get(stop).Want(t, 200) // programs that open links burn nothing
	visitor.Post(stop, nil).Want(t, 200, "Đã dừng")
	visitor.Post(stop, nil).Want(t, 410)
	w.Later(25 * time.Hour)
	w.drain(t)
	if in := w.sent(t, wayIn); len(in) != 0 {
		t.Errorf("the way in was sent after it was stopped: %v", in)
	}
	w.clerk.Post("/counter/recovery", shown()).Want(t, 200, "Cần thêm một cán bộ nữa")
	w.Later(25 * time.Hour)
	w.second(t, "clerk2", "012345678").Want(t, 200)
	w.drain(t)
	if in := w.sent(t, wayIn); len(in) != 0 {
		t.Errorf("the way in was sent after a day, want three: %v", in)
	}
	me := w.As(t, "applicant")
	me.Get("/me/recovery").Want(t, 200, "Dừng việc lấy lại")
	me.Post("/me/recovery", nil).Want(t, 200, "Đã dừng")
	me.Post("/me/recovery", nil).Want(t, 404)
	if got := w.acts(t); got != "ask stop ask second stop" {
		t.Errorf("acts: %s", got)
	}
}

// second lets a clerk look at the only case that waits for a second one.
func (w *town) second(t *testing.T, login, document string) kerneltest.Answer {
	t.Helper()
	var n id.ID
	w.write(t, func(tx *db.Tx) error {
		return tx.Row(`select id from recover_case order by id desc limit 1`).Scan(&n)
	})
	return w.As(t, login).Post("/counter/recovery/"+n.String()+"/second", url.Values{"document_number": {document}})
}

// TestContactChanged: who changed a contact lately may be who asks: it waits
// longer, two clerks look, and the contact of before is told too.
func TestContactChanged(t *testing.T) {
	w := open(t, dbtest.SQLite(t), who.Substantial)
	w.write(t, func(tx *db.Tx) error { return w.Book.SetContact(tx, w.me, w.me.ID, false, "0922222222") })
	w.clerk.Post("/counter/recovery", shown()).Want(t, 200)
	if stops := w.sent(t, wayStop); stops["0900000109"] == "" || stops["0922222222"] == "" {
		t.Errorf("told %v, want the contact of before and the new one", stops)
	}
	w.Later(25 * time.Hour)
	w.drain(t)
	if in := w.sent(t, wayIn); len(in) != 0 {
		t.Errorf("the way in was sent after a day: %v", in)
	}
	w.Later(50 * time.Hour)
	w.drain(t)
	if in := w.sent(t, wayIn); len(in) != 0 {
		t.Errorf("the way in was sent though one clerk alone looked: %v", in)
	}
	w.second(t, "clerk2", "012345678").Want(t, 200)
	w.drain(t)
	if in := w.sent(t, wayIn); in["0911111111"] == "" {
		t.Errorf("the way in was sent to %v", in)
	}
}
