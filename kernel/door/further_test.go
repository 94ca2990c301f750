package door_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/kerneltest"
	"motcua/kernel/who"
)

// scopes are by which ways somebody's browsers were entered, the latest first.
func scopes(t *testing.T, r *kerneltest.Rig, login string) (all []string) {
	t.Helper()
	err := r.DB.Read(t.Context(), func(tx *db.Tx) error {
		found, err := r.Sessions.Of(tx, web.Browser, r.People[login].ID)
		for _, s := range found {
			all = append(all, s.Scope)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func messages(t *testing.T, r *kerneltest.Rig, about string) (n int) {
	t.Helper()
	all, err := post.List(t.Context(), r.DB, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if strings.Contains(m.Body, about) {
			n++
		}
	}
	return n
}

func TestAppAndRecovery(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, systems()...)
		open := serve(t, r)
		setPassword(t, r, "applicant")
		reach(t, r, "applicant", "0900000001", false)
		me := open("192.0.2.1")
		if to := me.signIn("applicant", password).want(t, 303).to; to != "/my" {
			t.Fatalf("signed in to %q", to)
		}

		// An app: shown, confirmed by its first code, and told.
		me.post("/me/ways/app").want(t, 303)
		page := me.get("/me/ways").want(t, 200, "Hình mã QR", "Không quét được thì gõ")
		secret := strings.ReplaceAll(regexp.MustCompile(`<code>([A-Z2-7 ]+)</code>`).FindStringSubmatch(page.body)[1], " ", "")
		code := func() string {
			c, err := totp.GenerateCode(secret, r.Now())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		me.post("/me/ways/app/code", "code", "000 000").want(t, 422, "Mã chưa đúng")
		first := code()
		me.post("/me/ways/app/code", "code", first).want(t, 303)
		me.get("/me/ways").want(t, 200, "Đang dùng")
		if n := messages(t, r, "thêm cách đăng nhập “Ứng dụng tạo mã”"); n != 1 {
			t.Errorf("told %d times of the app, want once", n)
		}

		// From now on the password is half of it, and a code is good once.
		other := open("192.0.2.2")
		half := other.signIn("applicant", password).want(t, 200, "Mã của ứng dụng")
		if a := other.get("/me"); a.status != 303 {
			t.Errorf("half signed in: %d", a.status)
		}
		other.post("/sign-in/app", "half", half.hidden(t, "half"), "code", first).want(t, 422, "Mã chưa đúng")
		r.Later(31 * time.Second)
		second := code()
		other.post("/sign-in/app", "half", half.hidden(t, "half"), "code", second).want(t, 303)
		if got := scopes(t, r, "applicant")[0]; got != "password app" || who.Strength(who.Ways(got)) != who.Substantial {
			t.Errorf("entered by %q", got)
		}
		again := open("192.0.2.3")
		half2 := again.signIn("applicant", password).want(t, 200)
		again.post("/sign-in/app", "half", half.hidden(t, "half"), "code", second).want(t, 410)
		again.post("/sign-in/app", "half", half2.hidden(t, "half"), "code", second).want(t, 422)
		r.Later(11 * time.Minute)
		again.post("/sign-in/app", "half", half2.hidden(t, "half"), "code", code()).want(t, 410)

		// The password alone is not sure enough any more to change the ways.
		me.signIn("applicant", password)
		if a := me.post("/me/ways/recovery").want(t, 303); !strings.HasPrefix(a.to, "/confirm/") && !strings.HasPrefix(a.to, "/sign-in") {
			t.Errorf("recovery codes for half a sign-in: to %q", a.to)
		}
		r.Later(time.Minute)
		half = other.signIn("applicant", password)
		other.post("/sign-in/app", "half", half.hidden(t, "half"), "code", code()).want(t, 303)

		// Recovery codes: ten, shown once, each good once, told when used.
		shown := other.post("/me/ways/recovery").want(t, 200, "chỉ hiện một lần")
		codes := regexp.MustCompile(`<code>([A-Z2-7]{4}(?: [A-Z2-7]{4}){5})</code>`).FindAllStringSubmatch(shown.body, -1)
		if len(codes) != 10 {
			t.Fatalf("%d codes, want 10", len(codes))
		}
		if a := other.get("/me/ways").want(t, 200, "Còn 10 mã"); strings.Contains(a.body, codes[0][1]) {
			t.Error("a code is shown again")
		}
		lost := open("192.0.2.4")
		lost.post("/sign-in/recovery", "login", "clerk", "code", codes[0][1]).want(t, 422)
		lost.post("/sign-in/recovery", "login", "applicant", "code", "AAAA AAAA AAAA AAAA").want(t, 422, "đã dùng rồi")
		if a := lost.post("/sign-in/recovery", "login", "Applicant ", "code", strings.ToLower(codes[0][1])).want(t, 303); a.to != "/me/ways" {
			t.Errorf("recovered to %q", a.to)
		}
		if got := scopes(t, r, "applicant"); len(got) != 1 || got[0] != "recovery" {
			t.Errorf("signed in by %q, want by recovery alone", got)
		}
		if n := messages(t, r, "mã khôi phục"); n != 1 {
			t.Errorf("told %d times of it, want once", n)
		}
		lost.post("/me/ways/app/remove").want(t, 303)
		open("192.0.2.5").post("/sign-in/recovery", "login", "applicant", "code", codes[0][1]).want(t, 422)
		open("192.0.2.5").signIn("applicant", password).want(t, 303)
	})
}

func TestCodeByMessage(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, systems()...)
		open := serve(t, r)
		reach(t, r, "applicant", "0900000001", true)
		reach(t, r, "officer", "0900000002", false)
		ask := func(c *client, login string) reply {
			t.Helper()
			a := c.post("/sign-in/code", "login", login, "kind", "sms").want(t, 200)
			if err := r.Jobs.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			return a
		}
		me := open("192.0.2.1")
		page := ask(me, "applicant")
		code := lastCode(t, r)
		before := messages(t, r, "mã đăng nhập")
		stranger := open("192.0.2.9")
		for _, login := range []string{"nobody", "officer", "clerk"} { // none, a contact that never answered, no contact
			if a := ask(stranger, login); strings.ReplaceAll(a.body, login, "applicant") != page.body {
				t.Errorf("%s gets another page:\n%s\nwant\n%s", login, a.body, page.body)
			}
			stranger.post("/sign-in/code/enter", "login", login, "code", code).want(t, 422, "Mã chưa đúng")
		}
		if n := messages(t, r, "mã đăng nhập"); n != before {
			t.Errorf("%d messages, want %d", n, before)
		}
		me.post("/sign-in/code/enter", "login", "applicant", "code", "123").want(t, 422, "Mã chưa đúng")
		me.post("/sign-in/code/enter", "login", "applicant", "code", code).want(t, 303)
		if got := scopes(t, r, "applicant"); len(got) != 1 || got[0] != "code" || who.Strength(who.Ways(got[0])) != who.Low {
			t.Errorf("entered by %q", got)
		}
		open("192.0.2.1").post("/sign-in/code/enter", "login", "applicant", "code", code).want(t, 422)

		// Somebody else asks for codes without end: who is known on his device still gets one.
		for range 30 {
			r.Later(16 * time.Minute)
			stranger.post("/sign-in/code", "login", "applicant", "kind", "sms")
			if err := r.Jobs.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := messages(t, r, "mã đăng nhập") - before; n > 20 {
			t.Errorf("%d codes were sent to somebody who did not ask", n)
		}
		me.post("/sign-out").want(t, 303)
		ask(me, "applicant")
		me.post("/sign-in/code/enter", "login", "applicant", "code", lastCode(t, r)).want(t, 303)
	})
}
