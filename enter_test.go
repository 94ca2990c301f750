package main

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
	"motcua/walk"
)

// TestLevelFourWithoutPasskey lets a citizen verify his phone, add an app, sign in
// with password and code, and take a service of level 4 from the form to the
// result, in a browser that runs no script and has no passkeys.
func TestLevelFourWithoutPasskey(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w := newTown(t, at)
		var k told
		for _, p := range w.Procedures.All() {
			i := slices.IndexFunc(p.Examples, func(x procedure.Example) bool { return x.Applicant == "citizen" && straight(p, x) })
			if p.Level == 4 && i >= 0 {
				k = told{p.Kind(), "/services/" + p.Code, p.Examples[i : i+1]}
				break
			}
		}
		if k.Kind == nil {
			t.Fatal("no service of level 4 has an example that goes straight through")
		}
		x := k.stories[0]
		me := w.people["citizen"]
		mine := w.signedIn(t, me.Login)
		send := func(path string, pairs ...string) *walk.Page {
			t.Helper()
			v := url.Values{}
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			p, err := mine.Post(path, "application/x-www-form-urlencoded", []byte(v.Encode()))
			if err != nil || p.Status != 200 {
				t.Fatalf("%s: %v\n%s", path, err, p.Text())
			}
			return p
		}
		send("/me/ways/contacts/sms")
		all, err := post.List(t.Context(), w.DB, 0, 1)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d messages: %v", len(all), err)
		}
		if p := send("/me/ways/contacts/sms/code", "code", regexp.MustCompile(`\d{3} \d{3}`).FindString(all[0].Body)); !p.Says("Đã xác minh") {
			t.Fatal(p.Text())
		}
		secret := strings.ReplaceAll(send("/me/ways/app").All("code")[0], " ", "")
		code := func(at time.Time) string {
			c, err := totp.GenerateCode(secret, at)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		send("/me/ways/app/code", "code", code(time.Now()))
		send("/sign-out")
		half := send("/sign-in", "login", me.Login, "password", password)
		if _, err := walk.Send(mine, half, func(p *walk.Page) *walk.Form { return p.Form("code") }, walk.Answers{"code": code(time.Now().Add(30 * time.Second))}, nil, map[string]bool{}); err != nil {
			t.Fatal(err)
		}
		err = w.DB.Read(t.Context(), func(tx *db.Tx) error {
			all, err := w.Sessions.Of(tx, web.Browser, me.ID)
			if err == nil && (len(all) != 1 || who.Strength(who.Ways(all[0].Scope)) != who.Substantial) {
				t.Errorf("signed in as %+v, want password and app", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		f := w.filing(t, k, x)
		for _, known := range []string{"reporter_name", "reporter_number"} { // his account says it, so nobody asks
			delete(f.Answers, known)
		}
		page, err := f.Submit(mine)
		if err != nil {
			t.Fatal(err)
		}
		d := w.receipt(t, page)
		w.tell(t, d, x, map[string]walk.Window{x.Applicant: mine})
		if d, err = w.Engine.Find(t.Context(), d.ID); err != nil || d.Result == nil {
			t.Fatalf("no result: %v", err)
		}
		if got := visits(w.Procedures.Get(strings.TrimPrefix(k.start, "/services/")), d, nil); len(got) > 0 {
			t.Errorf("somebody had to come: %v", got)
		}
	})
}
