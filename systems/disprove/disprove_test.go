package disprove_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/counter"
	"motcua/kernel/desk"
	"motcua/kernel/device"
	"motcua/kernel/doctor"
	"motcua/kernel/door"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/second"
	"motcua/kernel/who"
	"motcua/systems/disprove"
)

const number = "001193000012"

// A town is a program in which a clerk took one person for another.
type town struct {
	*kerneltest.Rig
	told []who.Level // what systems were told that is left
	org  id.ID
}

func open(t *testing.T, at string, services ...string) *town {
	t.Helper()
	w := &town{}
	hears := kernel.System{Name: "hears", Unproved: func(*kernel.App) func(tx *db.Tx, by, p who.Person) error {
		return func(_ *db.Tx, by, p who.Person) error { w.told = append(w.told, p.Level); return nil }
	}}
	w.Rig = kerneltest.Open(t, at, services, door.System(), second.System(), device.System(), counter.System(), inbox.System(), doubt.System(), desk.System(), disprove.System(), hears)
	p, other := w.People["applicant"], w.People["officer"]
	p.Phone, p.Email = "0900000109", "thu@example.org"
	w.write(t, func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set phone = $1, email = $2 where id = $3`, p.Phone, p.Email, p.ID)
		for _, x := range []level.Proof{{Level: who.Low, Way: level.Contact, Ref: "sms"},
			{Level: who.High, Way: level.Counter, Body: kerneltest.Here, Ref: "identity 1", Number: number, Name: p.Name, Born: "1993-05-06"},
			{Level: who.High, Way: level.Passkey, Ref: "1", Number: number, Name: p.Name, Born: "1993-05-06"}} {
			if err == nil {
				err = level.Reach(tx, w.Book, w.People["clerk"], p.ID, x)
			}
		}
		if err == nil {
			w.org, err = w.Book.AddOrg(tx, w.People["clerk"], "Công ty Thử", "0100000001")
		}
		if err == nil {
			err = w.Book.Mandate(tx, w.People["clerk"], p.ID, w.org)
		}
		if err == nil {
			p.Level = who.High
			_, err = w.Book.Offer(tx, p, who.Mandate{Holder: other.ID, Org: p.ID, Powers: who.Powers()})
		}
		return err
	})
	w.Book.Drop()
	return w
}

func (w *town) write(t *testing.T, f func(*db.Tx) error) {
	t.Helper()
	if err := w.DB.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (w *town) person(t *testing.T) who.Person {
	t.Helper()
	w.Book.Drop()
	p, err := w.Book.Person(t.Context(), w.People["applicant"].ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func said(pairs ...string) url.Values {
	v := url.Values{"number": {number}, "way": {"counter"}, "why": {"Đọc nhầm giấy tờ của người đứng sau."}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// TestTakenBack: two officials take back a proof that was wrong; the level falls
// with all that rested on it, and the person is told why.
func TestTakenBack(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w := open(t, at)
		clerk := w.As(t, "clerk")
		clerk.Get("/counter/proofs").Want(t, 200, "Rút lại lần xác thực sai")
		clerk.Post("/counter/proofs", said("why", "")).Want(t, 422)
		clerk.Post("/counter/proofs", said("number", "001193000013")).Want(t, 422, "Không có tài khoản nào")
		clerk.Post("/counter/proofs", said("way", "register")).Want(t, 422, "Không có lần xác thực nào")
		w.As(t, "away").Post("/counter/proofs", said()).Want(t, 422, "của cơ quan khác")
		w.As(t, "applicant").Post("/counter/proofs", said()).Want(t, 403)
		clerk.Post("/counter/proofs", said()).Want(t, 303)
		clerk.Post("/counter/proofs", said()).Want(t, 422, "đang chờ người thứ hai")
		page := clerk.Get("/counter/proofs")
		page.Want(t, 200, "Đọc nhầm giấy tờ", "Cần một người khác đồng ý")
		one := regexp.MustCompile(`/counter/proofs/[^"]+`).FindString(page.Body)

		yes := url.Values{"answer": {"yes"}}
		clerk.Post(one, yes).Want(t, 403)
		w.As(t, "away").Post(one, yes).Want(t, 404)
		if p := w.person(t); p.Level != who.High {
			t.Fatalf("one official was enough: %q", p.Level)
		}
		w.As(t, "leader").Post(one, yes).Want(t, 303)
		w.As(t, "leader").Post(one, yes).Want(t, 404)

		p := w.person(t)
		if p.Level != who.Low || p.Number != "" || p.Born != "" || p.Name == "" || len(p.Mandates) != 0 {
			t.Errorf("left: level %q, number %q, born %q, name %q, %d mandates", p.Level, p.Number, p.Born, p.Name, len(p.Mandates))
		}
		if len(w.told) == 0 || w.told[len(w.told)-1] != who.Low {
			t.Errorf("systems were told %v", w.told)
		}
		var all []who.Mandate
		w.write(t, func(tx *db.Tx) (err error) { all, err = who.Mandates(tx, 0, p.ID); return err })
		if len(all) != 1 || all[0].State != who.Ended {
			t.Errorf("what he gave in another's name stands: %+v", all)
		}
		notes, err := post.List(t.Context(), w.DB, 1<<62, 10)
		n := 0
		for _, m := range notes {
			if strings.Contains(m.Body, "Đọc nhầm giấy tờ") {
				n++
			}
		}
		if err != nil || n != 2 {
			t.Errorf("told %d times, want by phone and mail: %v", n, err)
		}
		// The one whose number it is proves it now; doctor finds nothing wrong.
		w.write(t, func(tx *db.Tx) error {
			x := w.People["clerk2"]
			return level.Reach(tx, w.Book, x, x.ID, level.Proof{Level: who.Substantial, Way: level.Register, Number: number, Name: x.Name, Born: "1993-05-06"})
		})
		found, err := doctor.Examine(t.Context(), w.App, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !f.OK {
				t.Errorf("doctor: %s: %s", f.Check, f.Detail)
			}
		}
	})
}

// TestFiledUnder: what was filed under a proof that was wrong stays as it is, but
// whoever handles it is told, sees it on its page, and finds it in a list until he
// looked at it: results in force too. What was filed since, or is over, is not.
func TestFiledUnder(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		const birth = "1.001193"
		w := open(t, at, "birth")
		w.write(t, func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set email = login || '@example.gov' where id <> $1`, w.People["applicant"].ID)
			return err
		})
		w.Book.Drop()
		w.Later(time.Hour)
		waits := w.Do(t, "clerk", w.File(t, birth).ID, "receive", nil)
		fresh := w.File(t, birth) // nobody took it yet: its desk is the clerks'
		granted := w.Do(t, "clerk", w.File(t, birth).ID, "receive", nil)
		w.Do(t, "officer", granted.ID, "propose", map[string]any{"proposal": "grant", "register_book": "1", "register_no": "2", "register_date": "2020-03-02"})
		w.Do(t, "leader", granted.ID, "approve", nil)
		gone := w.File(t, birth)
		w.Do(t, "applicant", gone.ID, "withdraw", nil)
		officer, leader := w.As(t, "officer"), w.As(t, "leader")
		const note = "Lần xác thực của người nộp là sai"
		if a := officer.Get("/work/d/" + waits.ID.String()); a.Status != 200 || strings.Contains(a.Body, note) {
			t.Errorf("before anybody doubts: %d", a.Status)
		}

		w.As(t, "clerk").Post("/counter/proofs", said()).Want(t, 303)
		one := regexp.MustCompile(`/counter/proofs/[^"]+`).FindString(leader.Get("/counter/proofs").Body)
		leader.Post(one, url.Values{"answer": {"yes"}}).Want(t, 303)
		for range 2 { // a job may come twice
			if err := w.Jobs.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.Later(time.Hour)
		after := w.Do(t, "clerk", w.File(t, birth).ID, "receive", nil)

		told := map[string]string{}
		notes, err := post.List(t.Context(), w.DB, 1<<62, 100)
		for _, m := range notes {
			if strings.Contains(m.Body, "/work/doubts") {
				if told[m.To] != "" {
					t.Errorf("%s is told twice", m.To)
				}
				told[m.To] = m.Body
				if strings.Contains(m.Body, number) || strings.Contains(m.Body, w.People["applicant"].Name) {
					t.Errorf("the mail names the citizen: %s", m.Body)
				}
			}
		}
		for who, code := range map[string]string{"officer": waits.Code, "clerk": fresh.Code, "clerk2": fresh.Code, "leader": granted.Code} {
			if got := told[who+"@example.gov"]; err != nil || !strings.Contains(got, code) || strings.Contains(got, gone.Code) || strings.Contains(got, after.Code) {
				t.Errorf("%s is told %q, want of %s: %v", who, got, code, err)
			}
		}
		if told["away@example.gov"] != "" {
			t.Errorf("another body is told")
		}

		officer.Get("/work/d/"+waits.ID.String()).Want(t, 200, note, "Đọc nhầm giấy tờ của người đứng sau.")
		leader.Get("/work/d/"+granted.ID.String()).Want(t, 200, note)
		if a := officer.Get("/work/d/" + after.ID.String()); a.Status != 200 || strings.Contains(a.Body, note) {
			t.Errorf("filed after it was taken back: %d", a.Status)
		}
		officer.Get("/me").Want(t, 200, "3 hồ sơ của cơ quan bạn cần xem lại")
		list := leader.Get("/work/doubts")
		list.Want(t, 200, waits.ID.String(), fresh.ID.String(), granted.ID.String(), "Kết quả còn hiệu lực")
		for _, d := range []id.ID{gone.ID, after.ID} {
			if strings.Contains(list.Body, d.String()) {
				t.Errorf("the list has %s", d)
			}
		}
		leader.Get("/counter/proofs").Want(t, 200, "Đã rút lại trong 30 ngày qua", "2 hồ sơ đang giải quyết, 1 kết quả còn hiệu lực")
		if a := w.As(t, "away").Get("/work/doubts"); a.Status != 200 || strings.Contains(a.Body, waits.ID.String()) {
			t.Errorf("another body lists it: %d", a.Status)
		}
		w.As(t, "applicant").Get("/work/doubts").Want(t, 403)

		// Who looks again, or takes a result back, is reminded no more.
		w.Do(t, "officer", waits.ID, "note", map[string]any{"note": "Đã gọi điện: đúng người."})
		leader.Get("/me").Want(t, 200, "2 hồ sơ của cơ quan bạn cần xem lại")
		w.Do(t, "leader", granted.ID, "revoke", map[string]any{"reasons": []any{map[string]any{"ref": "", "text": "Không phải người này."}}})
		leader.Get("/me").Want(t, 200, "1 hồ sơ của cơ quan bạn cần xem lại")
		if a := leader.Get("/work/doubts"); strings.Contains(a.Body, granted.ID.String()) || !strings.Contains(a.Body, "Đã xem") {
			t.Errorf("what was revoked is listed: %d", a.Status)
		}
		found, err := doctor.Examine(t.Context(), w.App, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !f.OK {
				t.Errorf("doctor: %s: %s", f.Check, f.Detail)
			}
		}
	})
}

// TestDoctorMissesADoubt: whoever takes a doubt out of the table, makes it narrower,
// gives it to another or slips one in is found out by the acts.
func TestDoctorMissesADoubt(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w := open(t, at)
		w.Later(time.Hour)
		w.As(t, "clerk").Post("/counter/proofs", said()).Want(t, 303)
		leader := w.As(t, "leader")
		one := regexp.MustCompile(`/counter/proofs/[^"]+`).FindString(leader.Get("/counter/proofs").Body)
		leader.Post(one, url.Values{"answer": {"yes"}}).Want(t, 303)
		found := func() (all []string) {
			t.Helper()
			some, err := doctor.Examine(t.Context(), w.App, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range some {
				if f.Check == "doubts" && !f.OK {
					all = append(all, f.Detail)
				}
			}
			return all
		}
		if all := found(); len(all) != 0 {
			t.Fatalf("nobody touched it: %q", all)
		}
		for _, x := range []struct{ harm, mend, want string }{
			{`update doubt set since = since + 1800000000`, `update doubt set since = since - 1800000000`, "narrower"},
			{`update doubt set ended = ended - 1800000000`, `update doubt set ended = ended + 1800000000`, "narrower"},
			{`update doubt set person = person + 1`, `update doubt set person = person - 1`, "speaks of another"},
			{`insert into doubt (said, agreed, person, since, ended, told) select 7, 7, person, since, ended, 0 from doubt`, `delete from doubt where said = 7`, "slipped in"},
			{`delete from doubt`, ``, "is missing"},
		} {
			w.write(t, func(tx *db.Tx) error { _, err := tx.Exec(x.harm); return err })
			if all := found(); len(all) != 1 || !strings.Contains(all[0], x.want) {
				t.Errorf("after %s doctor says %q, want %q", x.harm, all, x.want)
			}
			if x.mend != "" {
				w.write(t, func(tx *db.Tx) error { _, err := tx.Exec(x.mend); return err })
			}
		}
	})
}

// TestStands: a second official may say no, a case that nobody answers is over in
// a week, and neither who asked nor whose account it is decides.
func TestStands(t *testing.T) {
	w := open(t, dbtest.SQLite(t))
	clerk := w.As(t, "clerk")
	ask := func() string {
		t.Helper()
		clerk.Post("/counter/proofs", said()).Want(t, 303)
		return regexp.MustCompile(`/counter/proofs/[^"]+`).FindString(clerk.Get("/counter/proofs").Body)
	}
	one := ask()
	w.As(t, "clerk2").Post(one, url.Values{"answer": {"no"}}).Want(t, 303)
	w.As(t, "leader").Post(one, url.Values{"answer": {"yes"}}).Want(t, 404)
	two := ask()
	w.Later(8 * 24 * time.Hour)
	w.As(t, "leader").Post(two, url.Values{"answer": {"yes"}}).Want(t, 404)
	w.write(t, func(tx *db.Tx) error {
		return w.Book.Grant(tx, who.Person{}, w.People["applicant"].ID, who.Clerk, kerneltest.Here, 0, time.Time{})
	})
	w.Book.Drop()
	three := ask()
	me := w.As(t, "applicant")
	me.Post(three, url.Values{"answer": {"no"}}).Want(t, 403)
	me.Post("/counter/proofs", said()).Want(t, 422, "của chính mình")
	if p := w.person(t); p.Level != who.High || p.Number != number {
		t.Errorf("left: level %q, number %q", p.Level, p.Number)
	}
}
