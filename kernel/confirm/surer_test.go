package confirm_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/who"
)

// TestSecondFactor: who came in by one factor has not the rights to decide, sign,
// seal, stop or give roles; his other rights remain, and he is told how to get these.
func TestSecondFactor(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		was := kernel.System{Name: "test", Routes: func(*kernel.App) []kernel.Route {
			is := func(*kernel.Request) (web.Answer, error) { return web.Raw("text/plain", []byte("let in")), nil }
			return []kernel.Route{{Pattern: "GET /test/clerk", Who: kernel.Roles(who.Clerk), Do: is},
				{Pattern: "GET /test/danger", Who: kernel.Roles(who.Leader, who.Admin, who.Sealer, who.Warden), Do: is},
				{Pattern: "POST /test/danger", Who: kernel.Roles(who.Leader), Do: is}, {Pattern: "GET /test/api", Who: kernel.Roles(who.Leader), API: true, Do: is}}
		}, Ops: func(a *kernel.App, api *web.API) {
			op := web.Op{ID: "test", Method: "GET", Path: "/api/v1/test", Summary: "kernel.nav.api", Detail: "kernel.nav.api", Tag: "kernel.nav.api", Scope: web.ScopeRead}
			kernel.Op(a, api, op, kernel.Roles(who.Leader), func(*kernel.Request, *struct{}) (*struct{}, error) { return new(struct{}), nil })
		}}
		r := kerneltest.Open(t, url, nil, onetime.System(), passkey.System(), confirm.System(), was)
		danger := "/me/surer?to=%2Ftest%2Fdanger"
		for _, c := range []struct {
			ways []who.Way
			sure bool
		}{{nil, false}, {[]who.Way{who.Password}, false}, {[]who.Way{who.Link}, false}, {[]who.Way{who.Recovery}, false}, {[]who.Way{who.Upstream}, false},
			{[]who.Way{who.Password, who.App}, true}, {[]who.Way{who.Password, who.Code}, true}, {[]who.Way{who.Passkey}, true}, {[]who.Way{who.Upstream, who.Twice}, true}} {
			for _, login := range []string{"leader", "root"} {
				a := r.Entered(t, login, c.ways...).Get("/test/danger")
				if in := a.Body == "let in"; in != c.sure || !in && a.To != danger {
					t.Errorf("%s by %v: in %v, status %d, to %q", login, c.ways, in, a.Status, a.To)
				}
			}
		}
		weak := r.Entered(t, "away", who.Password) // clerk, officer and leader
		weak.Get("/test/clerk").Want(t, 200, "let in")
		weak.Post("/test/danger", nil).Want(t, 403)
		weak.Get("/test/api").Want(t, 403, "hai yếu tố")
		weak.Get("/me/surer").Want(t, 200, "Cần thêm yếu tố thứ hai", "Lãnh đạo", "UBND phường Hàng Trống", "/me/ways")
		if a := weak.Get("/me/surer"); strings.Contains(a.Body, "Tiếp nhận") {
			t.Error("the page says that the clerk's role waits too")
		}
		r.Entered(t, "clerk", who.Password).Get("/test/danger").Want(t, 403)
		if a := r.As(t, "leader").Get("/me/surer?to=//evil.example"); a.To != "/me" {
			t.Errorf("led to %q", a.To)
		}
		a := weak.Post("/me/surer", map[string][]string{"to": {"/test/danger"}})
		if !strings.HasPrefix(a.To, "/confirm/") {
			t.Fatalf("led to %q", a.To)
		}
		weak.Get(a.To).Want(t, 200, "/me/ways")

		// A role that is lent, or given while he is signed in, comes with no more than his own.
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			lender, err := r.Book.Find(tx, r.People["leader"].ID)
			if err == nil {
				err = r.Book.Grant(tx, lender, r.People["clerk"].ID, who.Leader, kerneltest.Here, lender.ID, time.Time{})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := r.Entered(t, "clerk", who.Password).Get("/test/danger"); a.To != danger {
			t.Errorf("a lent role by a password: status %d, to %q", a.Status, a.To)
		}
		r.Entered(t, "clerk", who.Password, who.App).Get("/test/danger").Want(t, 200, "let in")

		// What programs say: a browser's session counts as on pages, an app of others never has
		// an office's rights, and a token is given out at the machine alone.
		shown := func(path, secret string) int {
			q := httptest.NewRequest("GET", "https://x.example"+path, nil)
			q.Header.Set("Authorization", "Bearer "+secret)
			w := httptest.NewRecorder()
			r.Handler.ServeHTTP(w, q)
			return w.Code
		}
		bearer := func(sort web.Sort, scope string) int {
			var secret string
			err := r.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				secret, err = r.Sessions.Make(tx, sort, r.People["leader"].ID, scope, "", time.Hour)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return shown("/api/v1/test", secret)
		}
		weak.Get("/api/v1/test").Want(t, 403, "hai yếu tố")
		r.As(t, "leader").Get("/api/v1/test").Want(t, 200)
		for _, c := range []struct {
			sort  web.Sort
			scope string
			want  int
		}{{web.Token, "read write", 200}, {web.App, "read", 403}, {web.App, "read passkey", 403}, {web.Browser, "passkey", 401}, {web.OneTime, "password app", 401}} {
			if got := bearer(c.sort, c.scope); got != c.want {
				t.Errorf("a secret of sort %s for %q as a bearer: %d, want %d", c.sort, c.scope, got, c.want)
			}
		}
		if got := shown("/test/danger", "spent"); got != 401 { // a program cannot sign in by a page: from there it would be sent there again
			t.Errorf("a page for a program whose secret is none: %d", got)
		}

		// The link of a part is enough in the demo alone.
		r.App.Demo = true
		r.Entered(t, "leader", who.Link).Get("/test/danger").Want(t, 200, "let in")
		if a := r.Entered(t, "leader", who.Password).Get("/test/danger"); a.To != danger {
			t.Errorf("status %d", a.Status)
		}
		var n int
		err = r.DB.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from confirm`).Scan(&n) })
		if err != nil || n != 1 {
			t.Errorf("%d confirmations, %v", n, err)
		}
	})
}
