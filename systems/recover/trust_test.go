package recover_test

import (
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/kernel/who"
)

// back lets the person get his account back, and returns what he was told of it.
func (w *town) back(t *testing.T) (told []string) {
	t.Helper()
	w.clerk.Post("/counter/recovery", shown()).Want(t, 200)
	w.Later(25 * time.Hour)
	w.drain(t)
	if a := w.As(t, "").Post(w.sent(t, wayIn)["0911111111"], password("một mật khẩu mới dài")); a.Status != 303 {
		t.Fatalf("finish: %d\n%s", a.Status, a.Body)
	}
	w.Book.Drop()
	all, err := post.List(t.Context(), w.DB, 1<<62, 100)
	for _, m := range all {
		if strings.Contains(m.Body, "được lấy lại tại quầy") {
			told = append(told, m.Body)
		}
	}
	if err != nil || len(told) != 2 {
		t.Fatalf("told %q, want by phone and mail: %v", told, err)
	}
	return told
}

// TestWhoMayActIsLookedAtAgain: mandates outlive a recovery, for who acts by them
// has done nothing; but who got the account back is led to look at those from
// before, until he says that they are right or has ended them.
func TestWhoMayActIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	const ask = "Xem lại ai đang được làm thay bạn"
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w := open(t, at, who.Substantial)
		var mine, firms who.Mandate
		w.write(t, func(tx *db.Tx) error {
			firm, err := w.Book.AddOrg(tx, w.People["clerk"], "Công ty Thử", "0100000001")
			if err == nil {
				err = w.Book.Mandate(tx, w.People["clerk"], w.me.ID, firm)
			}
			mine = who.Mandate{Holder: w.People["officer"].ID, Org: w.me.ID, Powers: who.Powers()}
			firms = who.Mandate{Holder: w.People["clerk2"].ID, Org: firm, Powers: who.Powers()}
			ended := who.Mandate{Holder: w.People["leader"].ID, Org: w.me.ID, Powers: who.Powers()}
			if err == nil {
				mine.ID, err = w.Book.Offer(tx, w.me, mine)
			}
			if err == nil {
				err = w.Book.Accept(tx, w.People["officer"], mine.ID)
			}
			if err == nil {
				firms.ID, err = w.Book.Offer(tx, w.me, firms)
			}
			if err == nil {
				ended.ID, err = w.Book.Offer(tx, w.me, ended)
			}
			if err == nil {
				err = w.Book.Revoke(tx, w.me, ended.ID)
			}
			return err
		})
		w.Book.Drop()
		w.As(t, "applicant").Get("/me/recovery/mandates").Want(t, 404)
		for _, m := range w.back(t) {
			if !strings.Contains(m, "2 uỷ quyền cho trước đó vẫn còn") || !strings.Contains(m, "https://x.example/me/recovery/mandates") {
				t.Errorf("the message of the end says nothing of them: %s", m)
			}
		}
		w.Later(time.Hour)
		w.write(t, func(tx *db.Tx) error { // given by himself, since
			_, err := w.Book.Offer(tx, w.me, who.Mandate{Holder: w.People["leader"].ID, Org: w.me.ID, Powers: who.Powers()})
			return err
		})
		w.Book.Drop()
		me := w.As(t, "applicant")
		me.Get("/me").Want(t, 200, ask, "vẫn còn hiệu lực: 2", "/me/recovery/mandates")
		page := me.Get("/me/recovery/mandates")
		page.Want(t, 200, w.People["officer"].Name, w.People["clerk2"].Name, "Công ty Thử", "chưa nhận lời", "/me/mandates")
		if strings.Contains(page.Body, w.People["leader"].Name) {
			t.Error("what he gave since, or had ended, is listed")
		}
		w.As(t, "officer").Get("/me/recovery/mandates").Want(t, 404)
		w.As(t, "officer").Post("/me/recovery/mandates", nil).Want(t, 404)

		w.write(t, func(tx *db.Tx) error { return w.Book.Revoke(tx, w.me, firms.ID) })
		w.Book.Drop()
		me.Get("/me").Want(t, 200, ask, "vẫn còn hiệu lực: 1")
		if a := me.Post("/me/recovery/mandates", nil); a.Status != 303 || a.To != "/me" {
			t.Errorf("looked: %d to %q", a.Status, a.To)
		}
		if a := me.Get("/me"); a.Status != 200 || strings.Contains(a.Body, ask) {
			t.Errorf("he is asked again after he looked: %d", a.Status)
		}
		me.Post("/me/recovery/mandates", nil).Want(t, 404)
		if got := w.acts(t); got != "ask done trust" {
			t.Errorf("acts: %s", got)
		}
		w.write(t, func(tx *db.Tx) error {
			if in, err := who.InForce(tx, mine.ID, w.Now()); err != nil || !in {
				t.Errorf("who acts for him lost his mandate: %v", err)
			}
			return nil
		})
	})
}

// TestNothingToLookAt: who gave no mandates, or has ended those he gave, is told
// of none.
func TestNothingToLookAt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"he gave none", "he ended the one he gave"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, dbtest.SQLite(t), who.Substantial)
			if name != "he gave none" {
				w.write(t, func(tx *db.Tx) error {
					_, err := w.Book.Offer(tx, w.me, who.Mandate{Holder: w.People["officer"].ID, Org: w.me.ID, Powers: who.Powers()})
					return err
				})
			}
			told := w.back(t)
			if had := strings.Contains(told[0], "uỷ quyền"); had != (name != "he gave none") {
				t.Errorf("told %q", told[0])
			}
			w.write(t, func(tx *db.Tx) error {
				all, err := who.Mandates(tx, 0, w.me.ID)
				for _, m := range all {
					if err == nil {
						err = w.Book.Revoke(tx, w.me, m.ID)
					}
				}
				return err
			})
			w.Book.Drop()
			if a := w.As(t, "applicant").Get("/me"); a.Status != 200 || strings.Contains(a.Body, "làm thay bạn") {
				t.Errorf("he is asked to look at nothing: %d", a.Status)
			}
		})
	}
}
