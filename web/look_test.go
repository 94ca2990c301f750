package assets_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"motcua/base/lang"
	"motcua/base/ui"
	assets "motcua/web"
)

// A stand serves the gallery as the product serves pages, policy included.
type stand struct {
	*httptest.Server
	saved atomic.Value // the last autosaved form
}

func newStand(t *testing.T) *stand {
	t.Helper()
	a, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	if a.Path("app.css") == assets.Root+"app.css" {
		t.Skip("web/dist is not built")
	}
	texts, err := lang.Load(ui.Texts)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{}
	mux := http.NewServeMux()
	mux.Handle(assets.Root, a.Handler())
	mux.HandleFunc("/ui", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Autosave") != "" {
			if err := r.ParseForm(); err == nil {
				s.saved.Store(r.PostForm.Get("name"))
			}
			fmt.Fprint(w, "kept 10:45")
			return
		}
		q := r.URL.Query()
		ctx := lang.With(r.Context(), lang.Voice{Lang: lang.Lang(q.Get("lang")), Catalogue: texts})
		ctx = ui.With(ctx, ui.Skin{Asset: a.Path, URL: r.URL.RequestURI(), Large: q.Get("size") == "lg", Scheme: q.Get("scheme"), Demo: true, Help: "1800 0000"})
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; form-action 'self'")
		if err := ui.Gallery().Render(ctx, w); err != nil {
			t.Error(err)
		}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// browser is a fresh window, or skips the test where there is no Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs chromium")
	}
	o := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), o...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

const (
	axe = `axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes[0].html.slice(0, 200)).join("\n"))`
	// Links in a sentence or a heading are let off: their line is their height;
	// the tiles of a map too: the table below it leads to the same places.
	tooSmall = `[...document.querySelectorAll("a, button, select, textarea, summary, input:not([type=hidden])")]
		.filter((e) => e.localName !== "a" || !e.parentElement.matches("p, h2, svg, .row, .proof > span") || e.classList.contains("fix"))
		.map((e) => e.closest("label") ?? (e.matches("[type=checkbox], [type=radio]") && document.querySelector("label[for='" + e.id + "']") || e))
		.map((e) => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
		.filter(([, r]) => r.width > 1 && r.height < 43.5)
		.map(([html, r]) => Math.round(r.width) + "x" + Math.round(r.height) + " " + html).join("\n")`
)

func TestLook(t *testing.T) {
	s, ctx := newStand(t), browser(t)
	source, err := os.ReadFile("dist-test/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query string
		width int64
	}{
		{"lang=vi", 1280}, {"lang=en&scheme=dark", 1280}, {"lang=vi", 360}, {"lang=fr&scheme=dark", 360}, {"lang=vi&size=lg", 360}, {"lang=fr", 320},
	} {
		t.Run(fmt.Sprint(c.query, " ", c.width), func(t *testing.T) {
			do(t, ctx, chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(s.URL+"/ui?"+c.query))
			if got := eval[int64](t, ctx, "document.documentElement.scrollWidth"); got > c.width {
				t.Errorf("sideways scrolling: %d wide", got)
			}
			eval[bool](t, ctx, string(source)+";true")
			if got := eval[string](t, ctx, axe); got != "" {
				t.Errorf("axe: %s", got)
			}
			if c.width != 360 {
				return
			}
			if got := eval[string](t, ctx, tooSmall); got != "" {
				t.Errorf("smaller than a finger:\n%s", got)
			}
		})
	}
}

func TestScript(t *testing.T) {
	s, ctx := newStand(t), browser(t)
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.URL+"/ui?lang=en"))
	is := func(what, script, want string) {
		t.Helper()
		if got := eval[string](t, ctx, "String("+script+")"); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	press := func(key string) {
		eval[bool](t, ctx, `(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", {key: "`+key+`", bubbles: true, cancelable: true}))`)
	}
	at := `document.querySelector("tr.at input").value`
	picked := `document.querySelector("[data-picked]").textContent`
	soon := func(script, want string) string {
		return `new Promise((done) => { let n = 0; const look = () => { const v = String(` + script + `); (v === ` + want + ` || n++ > 60) ? done(v) : setTimeout(look, 100); }; look(); })`
	}

	is("the errors", `document.activeElement.className`, "ds-error-summary")
	is("picked at first", picked, "1 picked")
	press("j")
	is("j", at, "000124")
	press("k")
	press("k")
	is("k k", at, "000087")
	press("x")
	is("x", picked, "2 picked")
	press("?")
	is("?", `document.querySelector("[data-keys]").open`, "true")
	eval[bool](t, ctx, `document.getElementById("f-name").focus(), true`)
	press("x")
	is("x while typing", picked, "2 picked")
	press("Escape")
	press("Escape")
	if got := eval[string](t, ctx, soon(picked, `"Với hồ sơ đã chọn"`)); got != "Với hồ sơ đã chọn" {
		t.Errorf("Esc: got %q", got)
	}
	eval[bool](t, ctx, `document.querySelector("[data-all]").click(), true`)
	is("all", picked, "5 picked")

	eval[bool](t, ctx, `{ const f = document.getElementById("f-name"); f.value = "An Nhiên"; f.dispatchEvent(new Event("input", {bubbles: true})); true }`)
	if got := eval[string](t, ctx, soon(`document.querySelector("[data-saved]").textContent`, `"kept 10:45"`)); got != "kept 10:45" {
		t.Errorf("autosave says %q", got)
	}
	if got := s.saved.Load(); got != "An Nhiên" {
		t.Errorf("autosaved: got %v", got)
	}

	// What the server says now takes the place of an older list, unless somebody works in it.
	eval[bool](t, ctx, `(document.activeElement.blur(), document.querySelector("#inbox tbody a").textContent = "old", document.querySelector("[data-all]").click(), true)`)
	is("none picked", picked, "Với hồ sơ đã chọn")
	first := `document.querySelector("#inbox tbody a").textContent.slice(0, 8)`
	eval[bool](t, ctx, `(document.activeElement.blur(), document.dispatchEvent(new Event("visibilitychange")))`)
	if got := eval[string](t, ctx, soon(first, `"Cải chín"`)); got != "Cải chín" {
		t.Errorf("the list is not fresh: %q", got)
	}
	is("picked in the fresh list", picked, "1 picked")
	press("x")
	is("x in the fresh list", picked, "2 picked")

	// A photo of noise, larger than is taken unchanged.
	got := eval[string](t, ctx, `new Promise(async (done) => {
		const c = document.createElement("canvas"); c.width = 3000; c.height = 1000;
		const x = c.getContext("2d"), d = x.createImageData(3000, 1000);
		for (let i = 0; i < d.data.length; i++) d.data[i] = i % 4 === 3 ? 255 : Math.random() * 255;
		x.putImageData(d, 0, 0);
		const png = await new Promise((r) => c.toBlob(r, "image/png"));
		const input = document.getElementById("f-scan"), set = new DataTransfer();
		set.items.add(new File([png], "photo.png", {type: "image/png"}));
		set.items.add(new File(["%PDF-"], "paper.pdf", {type: "application/pdf"}));
		input.files = set.files;
		input.dispatchEvent(new Event("change"));
		const look = () => document.querySelectorAll("#f-scan-seen li").length === 2
			? createImageBitmap(input.files[0]).then((p) => done([...input.files].map((f) => f.name + " " + f.type).join(", ") + ", " + p.width + ", " + (input.files[0].size < png.size)))
			: setTimeout(look, 100);
		look();
	})`)
	if want := "photo.jpg image/jpeg, paper.pdf application/pdf, 2400, true"; got != want {
		t.Errorf("files: got %s, want %s", got, want)
	}

	is("without a script", `document.querySelector("[data-nojs]").hidden`, "true")
	is("copy", `document.querySelector("[data-copy]").hidden`, "false")
	once := eval[string](t, ctx, `(() => { let n = 0; const f = document.querySelector("form[data-autosave]"); f.action = "javascript:0";
		const sends = () => { const e = new SubmitEvent("submit", {bubbles: true, cancelable: true, submitter: f.querySelector("[type=submit]")}); return f.dispatchEvent(e); };
		return [sends(), sends()].join(" "); })()`)
	if once != "true false" {
		t.Errorf("sent twice: got %s, want true false", once)
	}
}

// TestPaper: what a person prints is light, has the code, and has no buttons.
func TestPaper(t *testing.T) {
	s, ctx := newStand(t), browser(t)
	do(t, ctx, chromedp.EmulateViewport(800, 900), chromedp.Navigate(s.URL+"/ui?lang=vi&scheme=dark"))
	if _, err := chromedp.Run(ctx, func(ctx context.Context, w *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	}); err != nil {
		t.Fatal(err)
	}
	got := eval[string](t, ctx, `[getComputedStyle(document.body).backgroundColor, document.querySelector(".code").offsetHeight > 0,
		document.querySelector(".qr").getBoundingClientRect().height > 100, [...document.querySelectorAll(".ds-button, nav")].every((e) => !e.offsetHeight)].join(" ")`)
	if want := "rgb(255, 255, 255) true true true"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOldBrowsers: with the rules an older browser drops, everything is there and in its place.
func TestOldBrowsers(t *testing.T) {
	s, ctx := newStand(t), browser(t)
	do(t, ctx, chromedp.EmulateViewport(360, 900), chromedp.Navigate(s.URL+"/ui?lang=vi"))
	const places = `JSON.stringify([...document.querySelectorAll("main .pick, main .ds-button, main h2")].map((e) => { const r = e.getBoundingClientRect(); return [Math.round(r.left), Math.round(r.width), Math.round(r.height)]; }))`
	before := eval[string](t, ctx, places)
	dropped := eval[int](t, ctx, `(() => { let n = 0; const drop = (rules, owner) => { for (let i = rules.length - 1; i >= 0; i--) {
		if (rules[i] instanceof CSSLayerBlockRule || rules[i].selectorText?.includes(":has(")) { owner.deleteRule(i); n++; }
		else if (rules[i].cssRules) drop(rules[i].cssRules, rules[i]); } };
		for (const sheet of document.styleSheets) drop(sheet.cssRules, sheet); return n; })()`)
	if after := eval[string](t, ctx, places); after != before {
		t.Errorf("%d rules dropped: the page looks different", dropped)
	}
	if got := eval[int64](t, ctx, "document.documentElement.scrollWidth"); got > 360 {
		t.Errorf("sideways scrolling: %d wide", got)
	}
	if !strings.HasPrefix(before, "[[") {
		t.Error("nothing was measured")
	}
}
