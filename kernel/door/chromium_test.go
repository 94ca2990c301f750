package door_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel"
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
	assets "motcua/web"
)

const password = "mật khẩu rất dài"

// A window is a browser before the program.
type window struct {
	*kerneltest.Rig
	t   *testing.T
	ctx context.Context
	url string
}

// systems are the door and what belongs to it, and a page that needs to be very sure.
func systems() []kernel.System {
	sure := kernel.System{Name: "test", Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{{Pattern: "GET /sure", Who: kernel.SignedIn(), Do: func(r *kernel.Request) (web.Answer, error) {
			a, ok, err := confirm.Surer(r, who.High, "/sure")
			if ok {
				return web.Raw("text/plain", []byte("very sure")), nil
			}
			return a, err
		}, Writes: "asks"}}
	}}
	return []kernel.System{door.System(), device.System(), onetime.System(), passkey.System(), second.System(), confirm.System(), contact.System(), ways.System(), sure}
}

func setPassword(t *testing.T, r *kerneltest.Rig, login string) {
	hash, err := r.Guard.Hash(t.Context(), who.Person{}, password)
	if err == nil {
		err = r.DB.Write(t.Context(), func(tx *db.Tx) error { return r.Book.SetPassword(tx, r.People[login], hash) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

func newWindow(t *testing.T) *window {
	t.Helper()
	need := t.Skip
	if os.Getenv("MOTCUA_TEST_NEED_BROWSER") == "1" {
		need = t.Fatal
	}
	if testing.Short() {
		t.Skip("needs a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		need("needs chromium")
	}
	built, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	if built.Path("app.js") == assets.Root+"app.js" {
		need("web/dist is not built")
	}
	w := &window{Rig: kerneltest.Open(t, dbtest.SQLite(t), nil, systems()...), t: t}
	w.Front.Path, w.Front.Files, w.Web.Asset = built.Path, built.Handler(), built.Path
	if w.Handler, err = w.App.Handler(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) { w.Handler.ServeHTTP(out, r) }))
	t.Cleanup(server.Close)
	w.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	w.App.URL = w.url
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	w.ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return w
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *window) open(path string) { w.t.Helper(); w.do(chromedp.Navigate(w.url + path)) }

// at waits until the browser is at a path.
func (w *window) at(path string) {
	w.t.Helper()
	var got string
	for range 200 {
		got, _ = chromedp.Run(w.ctx, chromedp.Location())
		if strings.HasPrefix(got, w.url+path) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	w.t.Fatalf("the browser is at %s, want %s\n%s", got, path, w.text())
}

func (w *window) text() string {
	s, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return s
}

// says waits until the page says something.
func (w *window) says(want string) {
	w.t.Helper()
	for range 200 {
		if strings.Contains(w.text(), want) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	w.t.Fatalf("the page does not say %q:\n%s", want, w.text())
}

// look lets axe look at the page, narrow and wide, light and dark, and keeps
// pictures of it where somebody asked for them.
func (w *window) look(name string) {
	w.t.Helper()
	axe, err := os.ReadFile("../../web/node_modules/axe-core/axe.min.js")
	if err != nil {
		w.t.Fatal(err)
	}
	run := func(script string) string {
		s, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			w.t.Fatal(err)
		}
		return s
	}
	for _, scheme := range []string{"dark", "light"} {
		for _, wide := range []int64{360, 1280} {
			w.do(chromedp.EmulateViewport(wide, 900))
			run(`document.documentElement.dataset.colorScheme = "` + scheme + `"; ""`)
			w.do(chromedp.Sleep(200 * time.Millisecond)) // colours fade into one another
			run(string(axe) + `; ""`)
			found := run(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r => r.violations.map(v => v.id + " " + v.nodes.map(n => n.html).join(" | ")).join("\n"))`)
			if found != "" {
				w.t.Errorf("%s %s %d: %s", name, scheme, wide, found)
			}
			if dir := os.Getenv("MOTCUA_SHOTS"); dir != "" {
				b, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(90))
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, wide)), b, 0o644)
				}
				if err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
}

// device gives the browser an authenticator, as a phone has one.
func (w *window) device() webauthn.AuthenticatorID {
	w.t.Helper()
	r, err := chromedp.Call(w.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.AuthenticatorID
}

// TestCeremony makes a passkey in a real browser, signs in with it, confirms with
// it, and loses the device.
func TestCeremony(t *testing.T) {
	w := newWindow(t)
	setPassword(t, w.Rig, "applicant")
	w.do(chromedp.EmulateViewport(1280, 900))
	if _, err := chromedp.Call(w.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	phone := w.device()

	w.open("/sign-in?to=/me/ways&lang=vi")
	w.look("sign-in")
	w.do(chromedp.SetValue(`[name="login"]`, "applicant"), chromedp.SetValue(`[name="password"]`, password), chromedp.Click(`form[action="/sign-in"] button`))
	w.at("/me/ways")
	w.look("ways")
	w.do(chromedp.SetValue(`[name="name"]`, "Điện thoại của tôi"), chromedp.Click(`[data-passkey="create"] button`))
	w.says("Tạo ngày")
	w.says("Điện thoại của tôi")
	w.look("ways-key")

	// The password alone is not sure enough for the page; the passkey is.
	w.open("/sure")
	w.at("/confirm/")
	w.look("confirm")
	w.do(chromedp.Click(`[data-passkey="get"] button`))
	w.says("very sure")

	w.open("/me")
	w.do(chromedp.Click(`form[action="/sign-out"] button`))
	w.says("Không có trang này") // there is no first page here
	// The browser offers it by itself in the box of the name; nothing is pressed.
	chromedp.Do(w.ctx, chromedp.Navigate(w.url+"/sign-in?to=/sure")) // its loading may be cut short by the answer
	w.says("very sure")

	// Codes on paper, for when the phone is lost.
	w.open("/me/ways")
	w.do(chromedp.Click(`form[action="/me/ways/recovery"] button`))
	w.says("chỉ hiện một lần")
	w.look("ways-codes")
	codes, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("#main code")].map(e => e.textContent)`))
	if err != nil || len(codes) != second.Codes {
		t.Fatalf("%d codes: %v", len(codes), err)
	}
	w.open("/me")
	w.do(chromedp.Click(`form[action="/sign-out"] button`))
	w.says("Không có trang này") // there is no first page here
	if _, err := chromedp.Call(w.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: phone}); err != nil {
		t.Fatal(err)
	}
	w.open("/sign-in/code")
	w.look("code")
	w.open("/sign-in")
	w.do(chromedp.Click(`a[href="/sign-in/recovery"]`))
	w.at("/sign-in/recovery")
	w.look("recovery")
	w.do(chromedp.SetValue(`[name="login"]`, "applicant"), chromedp.SetValue(`[name="code"]`, codes[0]), chromedp.Click(`main form button`))
	w.at("/me/ways")
	w.says("Còn 9 mã")
	w.device()
	w.open("/me/ways")
	w.do(chromedp.SetValue(`[name="name"]`, "Máy mới"), chromedp.Click(`[data-passkey="create"] button`))
	w.says("Máy mới")
	w.do(chromedp.Click(`form[action="/me/ways/app"] button`), chromedp.WaitVisible(`form[action="/me/ways/app/code"]`))
	w.look("ways-app")
}
