package desk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel/admin"
	"motcua/kernel/counter"
	"motcua/kernel/desk"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/review"
	"motcua/kernel/rights"
	assets "motcua/web"
)

// A window is a Chromium before the officials' pages.
type window struct {
	t   *testing.T
	rig *kerneltest.Rig
	url string
	ctx context.Context
}

func newWindow(t *testing.T) *window {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil || testing.Short() {
		t.Skip("needs chromium")
	}
	built, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	if built.Path("app.css") == assets.Root+"app.css" {
		t.Skip("web/dist is not built")
	}
	r := kerneltest.Open(t, dbtest.SQLite(t), []string{"birth"}, desk.System(), doubt.System(), inbox.System(), counter.System(), admin.System(), review.System(), rights.System(), paper.System())
	r.App.Web.HTTPS = false // as the server below
	r.App.Front.Path, r.App.Front.Files, r.App.Web.Asset = built.Path, built.Handler(), built.Path
	if r.Handler, err = r.App.Handler(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/as" {
			r.Handler.ServeHTTP(w, q)
			return
		}
		v := q.URL.Query()
		for _, name := range []string{"motcua", "scheme", "lang"} {
			http.SetCookie(w, &http.Cookie{Name: name, Value: v.Get(name), Path: "/"})
		}
		http.Redirect(w, q, v.Get("to"), http.StatusSeeOther)
	}))
	t.Cleanup(server.Close)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return &window{t, r, server.URL, ctx}
}

// open shows a page to one of the cast.
func (w *window) open(login, scheme, path string, wide int64) {
	w.t.Helper()
	var secret string
	err := w.rig.DB.Write(context.Background(), func(tx *db.Tx) (err error) {
		secret, err = w.rig.Sessions.Make(tx, web.Browser, w.rig.People[login].ID, "password app", "", web.Life)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	v := url.Values{"motcua": {secret}, "scheme": {scheme}, "lang": {"vi"}, "to": {path}}
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(wide, 900), chromedp.Navigate(w.url+"/as?"+v.Encode())); err != nil {
		w.t.Fatal(err)
	}
}

func eval[T any](w *window, script string) T {
	w.t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%s: %v", script[:min(80, len(script))], err)
	}
	return v
}

// proposed files a birth and brings it to the leader.
func (w *window) proposed() *dossier.Dossier {
	d := w.rig.File(w.t, "1.001193")
	w.rig.Do(w.t, "clerk", d.ID, "receive", nil)
	return w.rig.Do(w.t, "officer", d.ID, "propose", map[string]any{"proposal": "grant", "register_book": "1", "register_no": "2", "register_date": "2020-03-02"})
}

func TestEverybodyCanUseIt(t *testing.T) {
	w := newWindow(t)
	axe, err := os.ReadFile("../../web/dist-test/axe.min.js")
	if err != nil {
		t.Skip("axe is not there")
	}
	raw, sent := w.rig.File(t, "1.001193"), w.proposed()
	w.rig.Do(t, "officer", w.proposed().ID, "note", map[string]any{"note": "đã gọi điện"})
	begin := "/counter/new?" + url.Values{"kind": {"portal/1.001193"}, "body": {kerneltest.Here}}.Encode()
	for _, p := range []struct{ who, path string }{
		{"clerk", "/work?view=unheld"}, {"leader", "/work?view=sign"}, {"away", "/work"},
		{"clerk", "/work/d/" + raw.ID.String()}, {"leader", "/work/d/" + sent.ID.String() + "?view=sign"},
		{"clerk", "/work/d/" + raw.ID.String() + "/act/supplement"}, {"leader", "/work/d/" + sent.ID.String() + "/act/refuse"},
		{"leader", "/work/bulk?act=approve&d=" + sent.ID.String() + "&d=" + raw.ID.String()},
		{"leader", "/work/team"}, {"leader", "/work/delegate"}, {"leader", "/work/shortcuts"},
		{"clerk", "/counter"}, {"clerk", begin}, {"clerk", "/counter/done/" + sent.ID.String()}, {"clerk", "/counter/handover"},
		{"admin", "/admin?q=hang"}, {"admin", "/admin/people?body=" + kerneltest.Here},
	} {
		for _, look := range []struct {
			wide   int64
			scheme string
		}{{1280, "light"}, {360, "dark"}} {
			w.open(p.who, look.scheme, p.path, look.wide)
			if got := eval[int64](w, "document.documentElement.scrollWidth"); got > look.wide {
				t.Errorf("%s scrolls sideways: %d of %d", p.path, got, look.wide)
			}
			if got := eval[int64](w, "document.querySelectorAll('tbody tr').length"); got == 0 && p.path == "/counter/handover" {
				t.Errorf("%s is looked at without rows", p.path)
			}
			if title := eval[string](w, "document.title + document.body.innerText"); strings.Contains(title, "[") && strings.Contains(title, "]") {
				t.Errorf("%s says a text that is not there: %s", p.path, title)
			}
			eval[any](w, string(axe)+";0")
			if got := eval[string](w, `axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes[0].html.slice(0, 200)).join("\n"))`); got != "" {
				t.Errorf("%s at %d, %s:\n%s", p.path, look.wide, look.scheme, got)
			}
		}
	}
}

// Ten dossiers are read and signed without a pointer in at most sixty keys.
func TestTenByKeyboard(t *testing.T) {
	w := newWindow(t)
	for range 10 {
		w.proposed()
	}
	w.open("leader", "light", "/work?view=sign", 1280)
	pressed := 0
	press := func(key string) {
		t.Helper()
		pressed++
		here := eval[string](w, "location.href")
		if err := chromedp.Do(w.ctx, chromedp.KeyEvent(key)); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if s := eval[string](w, "document.readyState + location.href"); strings.HasPrefix(s, "complete") && s != "complete"+here {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatalf("key %q leads nowhere from %s", key, here)
	}
	press(kb.Enter)
	for range 10 {
		press("y") // to the form
		press("y") // sign, and on to the next
	}
	rows, _, err := w.rig.Engine.Rows(context.Background(), dossier.List{Me: w.rig.People["leader"], Inbox: "sign"})
	if err != nil || len(rows) != 0 {
		t.Errorf("%d wait to be signed after %d keys: %v", len(rows), pressed, err)
	}
	if pressed > 60 {
		t.Errorf("%d keys", pressed)
	}
}
