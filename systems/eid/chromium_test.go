package eid_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/who"
	parties "motcua/systems/eid/party"
	"motcua/systems/eid/provider"
)

// TestChromiumComesThrough lets a real browser fill in the forms: it holds their
// whole way, on to the portal, to the policy of the page that the form is on.
func TestChromiumComesThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_BROWSER") == "1" {
			t.Fatal("needs chromium")
		}
		t.Skip("needs chromium")
	}
	s := open(t, dbtest.SQLite(t))
	hash, err := s.Guard.Hash(t.Context(), who.Person{}, "mật khẩu rất dài")
	if err == nil {
		err = s.DB.Write(t.Context(), func(tx *db.Tx) error { return s.Book.SetPassword(tx, s.People["applicant"], hash) })
	}
	if err != nil {
		t.Fatal(err)
	}
	door := httptest.NewServer(s.Handler)
	defer door.Close()
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<title>portal</title><p>here with " + r.FormValue("state") + " " + r.FormValue("error")))
	}))
	defer portal.Close()
	x := s.register("a", parties.BySecret, map[string]any{"redirects": portal.URL + "/cb", "leaves": portal.URL + "/bye"})
	x.returns = portal.URL + "/cb"

	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	defer cancel()
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	at := func(want string) {
		t.Helper()
		var got string
		for range 100 {
			got, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? location.href : ""`))
			if err == nil && strings.HasPrefix(got, want) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("the browser is at %s, want %s: %v", got, want, err)
	}
	ask := door.URL + provider.Authorize + "?" + x.request().Encode()
	signIn := func() {
		t.Helper()
		at(door.URL + "/sign-in")
		do(chromedp.SetValue(`[name="login"]`, "applicant"), chromedp.SetValue(`[name="password"]`, "mật khẩu rất dài"), chromedp.Click(`form[action="/sign-in"] button`))
	}
	do(chromedp.Navigate(ask))
	signIn()
	at(door.URL + provider.Authorize)
	do(chromedp.Click(`button[value="yes"]`))
	at(portal.URL + "/cb?code=")

	// Back the next day: from the sign-in page the form's way ends at the portal.
	do(chromedp.Navigate(door.URL + provider.Logout + "?client_id=" + x.id.String() + "&post_logout_redirect_uri=" + portal.URL + "/bye&state=s9"))
	do(chromedp.Click(`main form button`))
	at(portal.URL + "/bye?state=s9")
	do(chromedp.Navigate(ask))
	signIn()
	at(portal.URL + "/cb?code=")

	// A no is told to the portal too.
	do(chromedp.Navigate(ask + "&prompt=consent"))
	do(chromedp.Click(`button[value="no"]`))
	at(portal.URL + "/cb?error=access_denied")
}
