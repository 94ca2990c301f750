package recover_test

import (
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/level"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

// TestFourEyes: for who has reached High, and for officials, one dishonest clerk
// is not enough. Source: NIST SP 800-63B-4, 4.2.2 (repeated proofing); insider
// takeover as in the class of CVE-2026-18963.
func TestFourEyes(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) *town{
		"high": func(t *testing.T) *town { return open(t, dbtest.SQLite(t), who.High) },
		"official": func(t *testing.T) *town {
			w := open(t, dbtest.SQLite(t), who.Substantial)
			w.write(t, func(tx *db.Tx) error {
				return w.Book.Grant(tx, w.me, w.me.ID, who.Officer, "H26.002.00070", 0, time.Time{})
			})
			return w
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := prepare(t)
			w.clerk.Post("/counter/recovery", shown()).Want(t, 200, "Cần thêm một cán bộ nữa")
			w.Later(25 * time.Hour)
			w.drain(t)
			if in := w.sent(t, wayIn); len(in) != 0 {
				t.Fatalf("one clerk was enough: %v", in)
			}
			w.second(t, "clerk", "012345678").Want(t, 422, "một cán bộ khác")
			w.second(t, "applicant", "012345678").Want(t, 403)
			w.second(t, "officer", "012345678").Want(t, 403)
			w.second(t, "away", "012345678").Want(t, 404)
			w.second(t, "clerk2", "999999999").Want(t, 422, "khác với số")
			w.drain(t)
			if in := w.sent(t, wayIn); len(in) != 0 {
				t.Fatalf("the second look was not needed: %v", in)
			}
			w.second(t, "clerk2", "012345678").Want(t, 200)
			w.second(t, "clerk2", "012345678").Want(t, 422, "đã xong hoặc đã dừng")
			w.drain(t)
			way := w.sent(t, wayIn)["0911111111"]
			if way == "" {
				t.Fatal("the way in was not sent")
			}
			if a := w.As(t, "").Post(way, password("một mật khẩu mới dài")); a.Status != 303 {
				t.Errorf("finish: %d\n%s", a.Status, a.Body)
			}
			if got := w.acts(t); got != "ask second done" {
				t.Errorf("acts: %s", got)
			}
		})
	}
}

// TestWrongDocument: a document that fits no account gets none, and the try is
// recorded. Sources: CVE-2026-18963 (reset without proof), CVE-2026-55670
// (an identifier that was another's).
func TestWrongDocument(t *testing.T) {
	w := open(t, dbtest.SQLite(t), who.Substantial)
	for name, v := range map[string][]string{
		"another number":                   {"number", "001093000012"},
		"another number, the sign-in name": {"number", "001093000012", "login", "applicant"},
		"another name":                     {"name", "Nguyễn Văn Khác"},
		"another sign-in name":             {"login", "clerk"},
		"nowhere to send it":               {"phone", ""},
	} {
		w.clerk.Post("/counter/recovery", shown(v...)).Want(t, 422)
		if in := w.sent(t, wayStop); len(in) != 0 {
			t.Errorf("%s: it began", name)
		}
	}
	if got := w.acts(t); strings.Count(got, "refuse") != 5 || strings.Contains(got, "ask") {
		t.Errorf("acts: %s", got)
	}
	for _, login := range []string{"applicant", "officer", "admin", ""} {
		if a := w.As(t, login).Post("/counter/recovery", shown()); a.Status != 403 && a.Status != 401 {
			t.Errorf("%q began a recovery: %d", login, a.Status)
		}
	}
	// Nobody gets his own account back.
	c := w.People["clerk"]
	w.write(t, func(tx *db.Tx) error {
		return level.Reach(tx, w.Book, c, c.ID, level.Proof{Level: who.Substantial, Way: "counter", Number: "001093000055", Name: c.Name, Born: "1993-05-06"})
	})
	w.clerk.Post("/counter/recovery", shown("number", "001093000055", "name", c.Name)).Want(t, 422, "của chính mình")
}

// TestFirstWithTheNumber: an account that merely says a number is not found by
// it, so that who registers first with another's number gets nothing when that
// one comes to the counter; and an account that was proved is not taken over by
// the sign-in name of one that was not. Source: account pre-hijacking (USENIX
// Security 2022).
func TestFirstWithTheNumber(t *testing.T) {
	w := open(t, dbtest.SQLite(t), "")
	w.clerk.Post("/counter/recovery", shown()).Want(t, 422, "Không có tài khoản nào")
	// With the sign-in name it is the person's own account, which says the same of itself.
	w.clerk.Post("/counter/recovery", shown("login", "Applicant")).Want(t, 200)

	w = open(t, dbtest.SQLite(t), who.Substantial)
	w.write(t, func(tx *db.Tx) error {
		_, err := w.Book.Add(tx, who.Person{}, who.Person{Login: "ke.gian", Name: w.me.Name, Number: number}, "")
		return err
	})
	w.clerk.Post("/counter/recovery", shown("login", "ke.gian")).Want(t, 422, "Không có tài khoản nào")
}

// TestLinksOfOtherSorts: a link does only what it was made for, for the case it
// was made for. Sources: CVE-2026-7507 and CVE-2024-7341 (links and sessions
// used where they were not meant), RFC 9700, 4.
func TestLinksOfOtherSorts(t *testing.T) {
	w := open(t, dbtest.SQLite(t), who.Substantial)
	w.clerk.Post("/counter/recovery", shown()).Want(t, 200)
	stop := strings.TrimPrefix(w.sent(t, wayStop)["cu@example.org"], "/recovery/stop/")
	w.Later(25 * time.Hour)
	w.drain(t)
	in := strings.TrimPrefix(w.sent(t, wayIn)["0911111111"], "/recovery/")
	var signIn, forged, elsewhere string
	w.write(t, func(tx *db.Tx) (err error) {
		other := w.People["officer"].ID
		make := func(subject int64, scope, label string) (s string) {
			if err == nil {
				s, err = w.Sessions.Make(tx, web.OneTime, w.People["applicant"].ID, scope, label, time.Hour)
			}
			return s
		}
		signIn, forged = make(0, "sign-in", ""), make(0, "recover", "zzz")
		var n id.ID
		if err == nil {
			err = tx.Row(`select id from recover_case`).Scan(&n)
		}
		if err == nil {
			elsewhere, err = w.Sessions.Make(tx, web.OneTime, other, "recover", n.String(), time.Hour)
		}
		return err
	})
	v := w.As(t, "")
	for what, path := range map[string]string{"to stop, used to get in": "/recovery/" + stop, "to get in, used to stop": "/recovery/stop/" + in,
		"to sign in, used to get in": "/recovery/" + signIn, "to get in, used to sign in": "/once/" + in, "to get in, used for a password": "/welcome/" + in,
		"of no case": "/recovery/" + forged, "of another person": "/recovery/" + elsewhere, "made up": "/recovery/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if a := v.Post(path, password("một mật khẩu mới dài")); a.Status != 410 && a.Status != 404 {
			t.Errorf("a link %s: %d to %q", what, a.Status, a.To)
		}
	}
	if _, err := w.Guard.SignIn(t.Context(), throttle.Try{Account: "applicant"}, "một mật khẩu mới dài"); err == nil {
		t.Error("one of them set a password")
	}
	// What was refused burnt nothing that is right.
	v.Get("/recovery/stop/"+stop).Want(t, 200)
	v.Get("/recovery/"+in).Want(t, 200)
	w.Later(8 * 24 * time.Hour)
	v.Get("/recovery/"+in).Want(t, 410)
}

// TestChangedContactThenRecover: the contact that the person at the counter
// names is told nothing that the old ones are not, and does not replace them
// until the end. Source: CVE-2026-18963; takeover by a changed contact (OWASP
// ASVS 5.0 V6.4.3, V6.3.7).
func TestChangedContactThenRecover(t *testing.T) {
	w := open(t, dbtest.SQLite(t), who.Substantial)
	w.write(t, func(tx *db.Tx) error { // a thief with the open browser changed the mail just before
		return w.Book.SetContact(tx, w.me, w.me.ID, true, "ke.gian@example.org")
	})
	w.clerk.Post("/counter/recovery", shown()).Want(t, 200)
	stops := w.sent(t, wayStop)
	if stops["0900000109"] == "" || stops["0911111111"] != "" || stops["cu@example.org"] == "" {
		t.Errorf("told %v: want the contacts of before, those changed lately too, and not the new one", stops)
	}
	p, err := w.Book.Person(t.Context(), w.me.ID)
	if err != nil || p.Phone != "0900000109" {
		t.Errorf("the new contact counts already: %q, %v", p.Phone, err)
	}
}
