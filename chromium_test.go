package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"motcua/walk"
	assets "motcua/web"
)

// A chromium is a real browser. It is a walk.Window too.
type chromium struct {
	t    *testing.T
	ctx  context.Context
	base string
	bare bool // pages run no scripts
	mu   sync.Mutex
	said []string // errors that pages wrote to the console, the policy's included
}

// newChromium opens a browser on base, or skips the test where there is none.
func newChromium(t *testing.T, base string) *chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	need := t.Skip
	if os.Getenv("MOTCUA_TEST_NEED_BROWSER") == "1" {
		need = t.Fatal
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		need("needs chromium")
	}
	built, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	if built.Path("app.css") == assets.Root+"app.css" {
		need("web/dist is not built")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 60*time.Minute)
	t.Cleanup(cancel)
	c := &chromium{t: t, ctx: ctx, base: base}
	c.do(chromedp.EmulateViewport(1280, 900))
	protocol(c, network.Enable, network.EnableParams{})
	protocol(c, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.IsException() || m.Source == "security" {
				c.mu.Lock()
				c.said = append(c.said, fmt.Sprintf("%s %s %s", m.Source, m.Text, m.URL))
				c.mu.Unlock()
			}
		}
	}()
	return c
}

func (c *chromium) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, steps...); err != nil {
		c.t.Fatal(err)
	}
}

func protocol[P, R any](c *chromium, cmd cdp.Command[P, R], params P) {
	c.t.Helper()
	if _, err := chromedp.Call(c.ctx, cmd, params); err != nil {
		c.t.Fatal(err)
	}
}

func eval[T any](c *chromium, script string) T {
	c.t.Helper()
	v, err := chromedp.Run(c.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Fatalf("%s: %v", script[:min(100, len(script))], err)
	}
	return v
}

// errors are what was written to the console since it was last asked.
func (c *chromium) errors() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, c.said = c.said, nil
	return all
}

// noScript takes scripts away from pages, as their owner may.
func (c *chromium) noScript() {
	c.bare = true
	protocol(c, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Open shows the page at an address.
func (c *chromium) Open(to string) (*walk.Page, error) {
	at, err := url.Parse(c.base)
	if err == nil {
		at, err = at.Parse(to)
	}
	if err != nil {
		return nil, err
	}
	r, err := chromedp.Run(c.ctx, chromedp.NavigateResponse(at.String()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return c.page(r)
}

// page is what the window shows now.
func (c *chromium) page(r *network.Response) (*walk.Page, error) {
	at, err := url.Parse(eval[string](c, "location.href"))
	if err != nil {
		return nil, err
	}
	h := http.Header{"Content-Type": {r.MimeType}}
	return walk.Read(int(r.Status), at, h, []byte(eval[string](c, "document.documentElement.outerHTML")))
}

// Press fills in the form as it was filled in, in the page itself, and clicks.
func (c *chromium) Press(f *walk.Form, b *walk.Control) (*walk.Page, error) {
	count := map[string]int{}
	for _, x := range f.Controls {
		key := x.Tag() + `[name="` + x.Name + `"]`
		n := count[key]
		count[key]++
		if x != b && !x.Touched {
			continue
		}
		// Controls of other forms on the page have other names; a button is found by what it sends.
		find := fmt.Sprintf("[...document.querySelectorAll(%q)][%d]", key, n)
		if x == b && x.Name == "" {
			find = fmt.Sprintf("[...document.querySelectorAll('button:not([name]):not([aria-hidden])')].find((e) => e.textContent.replace(/\\s+/g, ' ').trim() === %q)", x.Text)
		}
		eval[bool](c, `{ const e = `+find+`; document.querySelectorAll("[data-here]").forEach((x) => x.removeAttribute("data-here")); e.setAttribute("data-here", "1"); e.scrollIntoView({block: "center"}); true }`)
		const here = chromedp.CSS("[data-here]")
		var err error
		switch {
		case x == b && eval[bool](c, `!!document.querySelector("[data-here]").closest("[hidden]")`):
			// A script has done what the button is for.
			return c.page(&network.Response{Status: http.StatusOK, MimeType: "text/html"})
		case x == b:
			var r *network.Response
			ctx, cancel := context.WithTimeout(c.ctx, 30*time.Second)
			defer cancel()
			if r, err = chromedp.RunResponse(ctx, chromedp.Click(here)); err == nil {
				return c.page(r)
			}
		case x.Kind == "file":
			var names []string
			for _, file := range x.Files {
				name := filepath.Join(c.t.TempDir(), file.Name)
				if err := os.WriteFile(name, file.Bytes, 0o600); err != nil {
					return nil, err
				}
				names = append(names, name)
			}
			err = chromedp.Do(c.ctx, chromedp.SetUploadFiles(here, names))
		case x.Kind == "checkbox", x.Kind == "radio":
			if x.On || x.Kind == "checkbox" {
				err = chromedp.Do(c.ctx, chromedp.Click(here))
			}
		case x.Kind == "select":
			eval[bool](c, `document.querySelector("[data-here]").value = `+strconv.Quote(x.Value)+`, true`)
			if !c.bare {
				eval[bool](c, chosen)
			}
		default:
			err = chromedp.Do(c.ctx, chromedp.Clear(here), chromedp.SendKeys(here, x.Value))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s %s %q: %w", eval[string](c, "location.href"), x.Kind, x.Name, x.Text, err)
		}
	}
	return nil, fmt.Errorf("the form has no such button")
}

// chosen tells scripts of a choice, and waits for the list that it brings.
const chosen = `(async () => {
	const e = document.querySelector("[data-here]"), next = document.getElementById(e.dataset.next);
	e.dispatchEvent(new Event("change", {bubbles: true}));
	for (let i = 0; next && e.value && next.length < 2 && i < 200; i++) await new Promise((r) => setTimeout(r, 50));
	return true;
})()`

var unsafe = regexp.MustCompile(`[^a-z0-9]+`)

// shoot keeps a picture of the page, where MOTCUA_SHOTS names a folder.
func (c *chromium) shoot(name string) {
	dir := os.Getenv("MOTCUA_SHOTS")
	if dir == "" {
		return
	}
	b, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.Trim(unsafe.ReplaceAllString(strings.ToLower(name), "-"), "-")+".png"), b, 0o644)
	}
	if err != nil {
		c.t.Error(err)
	}
}
