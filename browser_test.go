package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/walk"
)

// heaviest is what the first view of a page may weigh, in bytes over the wire.
const heaviest = 140 << 10

const (
	axeAll = `axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 200)).slice(0, 3).join(" ")).join("\n"))`
	// In the other scheme only colours differ.
	axeColour = `(document.documentElement.dataset.colorScheme = document.documentElement.dataset.colorScheme === "dark" ? "light" : "dark",
		axe.run({runOnly: ["color-contrast"]}).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 200)).slice(0, 3).join(" ")).join("\n")))`
	weight = `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((n, e) => n + e.transferSize, 0)`
)

// TestBrowser looks at the nation in Chromium: one page of every route, all
// pages with MOTCUA_LONG=1, in both schemes, both widths, in Vietnamese and
// English. No page has anything that axe names, scrolls sideways, is heavy, or
// says an error to the console.
func TestBrowser(t *testing.T) {
	t.Parallel()
	n := newNation(t, 60)
	c := newChromium(t, n.URL)
	axe, err := os.ReadFile("web/dist-test/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	n.draft(t)
	n.known = n.doors(t)
	var all []place
	routes, seen := map[string]bool{}, map[string]bool{}
	for _, who := range n.visitors() {
		for _, p := range n.crawl(t, who, "vi") {
			if p.path != "" && !seen[p.path] && (long || !routes[p.route]) { // what others saw already differs by the frame alone
				routes[p.route], seen[p.path] = true, true
				all = append(all, p)
			}
		}
	}
	who := ""
	c.leave() // so that it is at a page of the nation
	for i, p := range all {
		if p.who != who {
			who = p.who
			c.do(chromedp.Navigate("about:blank"))
			c.leave()
			n.enter(t, c, who)
		}
		for j, l := range []string{"vi", "en"} {
			if !long && j != i%2 {
				continue
			}
			t.Run(fmt.Sprint(l, " ", p.who, " ", p.route), func(t *testing.T) {
				c.look(t, p, l, []string{"light", "dark"}[(i/2+j)%2], string(axe))
			})
		}
	}
	t.Logf("%d routes, %d pages", len(routes), len(all))
}

// look asks of one page in the browser what a script can ask.
func (c *chromium) look(t *testing.T, p place, language, scheme, axe string) {
	t.Helper()
	c.t = t
	c.do(chromedp.EmulateViewport(1280, 900))
	turned := "&"
	if !strings.Contains(p.path, "?") {
		turned = "?"
	}
	eval[bool](c, fmt.Sprintf("fetch(%q).then(() => true)", p.path+turned+"lang="+language+"&scheme="+scheme))
	page, err := c.Open(p.path)
	if err != nil {
		t.Fatal(err)
	}
	if page.Status != p.status || page.Lang() != language {
		t.Fatalf("%s: %d in %q", p.path, page.Status, page.Lang())
	}
	if got := eval[int](c, weight); got > heaviest {
		t.Errorf("%s weighs %d bytes: %s", p.path, got, eval[string](c, `performance.getEntriesByType("resource").map((e) => e.name + " " + e.transferSize).join("\n")`))
	}
	if got := eval[int](c, "document.documentElement.scrollWidth"); got > 1280 {
		t.Errorf("%s is %d wide", p.path, got)
	}
	c.shoot(language + " " + p.who + " " + p.route + " " + scheme)
	eval[bool](c, axe+";true")
	for _, script := range []string{axeAll, axeColour} {
		if got := eval[string](c, script); got != "" {
			t.Errorf("%s: axe: %s", p.path, got)
		}
	}
	c.do(chromedp.EmulateViewport(360, 800))
	if got := eval[int](c, "document.documentElement.scrollWidth"); got > 360 {
		t.Errorf("%s scrolls sideways on a phone: %d wide", p.path, got)
	}
	c.shoot(language + " " + p.who + " " + p.route + " phone")
	if got := c.errors(); len(got) > 0 && p.status == 200 { // the browser notes the status of others
		t.Errorf("%s: the console says %q", p.path, got)
	}
}

// leave signs out.
func (c *chromium) leave() {
	page, err := c.Open("/me")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range page.Forms() {
		if f.Action.Path == "/sign-out" {
			if _, err := c.Press(f, f.Main()); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// draft leaves the citizen filings that are begun, one of them of a service that
// asks for his signature, so that their pages are looked at.
func (n *nation) draft(t *testing.T) {
	t.Helper()
	w := n.plain(t)
	n.enter(t, w, "citizen")
	town := &town{App: n.App}
	for _, k := range town.told(t) {
		i := slices.IndexFunc(k.stories, func(x procedure.Example) bool { return x.Applicant == "citizen" })
		if k.Name == "portal/"+service || k.Signs != "" && i >= 0 {
			f := town.filing(t, k, k.stories[max(i, 0)])
			for _, q := range k.Opening().Form.Fields() {
				if strings.HasPrefix(q.From, "applicant.") { // her account says it, and may leave nothing to ask
					delete(f.Answers, q.Name)
				}
			}
			if p, err := f.Prepare(w); err != nil {
				t.Fatal(p.URL, err)
			}
		}
	}
}

// TestNoScript files a birth and a workshop's electricity in Chromium with
// scripts taken away, and tells the first story to its end: clerk, officer and
// leader at their pages, then the result and its check by anybody.
func TestNoScript(t *testing.T) {
	t.Parallel()
	w := newTown(t, dbtest.SQLite(t))
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	c := newChromium(t, server.URL)
	c.noScript()
	for _, k := range w.told(t) {
		i := 0
		switch {
		case k.Name == "portal/9.000001":
			i = slices.IndexFunc(k.stories, func(x procedure.Example) bool { return x.Applicant == "business" })
		case k.Name != "portal/"+service && !long:
			continue
		}
		x := k.stories[i]
		t.Run(k.Name+" "+x.Name, func(t *testing.T) {
			c.t = t
			c.leave()
			page, err := w.filing(t, k, x).Submit(c)
			if err != nil {
				c.shoot("failed " + k.Name)
				t.Fatal(err)
			}
			d := w.receipt(t, w.signed(t, c, page))
			c.shoot("receipt " + k.Name)
			if k.Name == "portal/"+service {
				c.decide(w, d, x, func() { payOnline(t, w.App, d.ID) })
			}
			if got := c.errors(); len(got) > 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// decide plays the story at the desks, with pay for the payer's turn, and looks
// at the result as everybody.
func (c *chromium) decide(w *town, d *dossier.Dossier, x procedure.Example, pay func()) {
	c.t.Helper()
	for _, turn := range x.Story {
		if turn.By == procedure.Payer {
			pay()
			continue
		}
		who, at := turn.By, "/work/d/"
		if who == "applicant" {
			who, at = x.Applicant, "/c/"
		}
		c.leave()
		if err := signIn(c, who); err != nil {
			c.t.Fatal(err)
		}
		w.sure(c.t)
		if _, err := walk.Do(c, at+d.ID.String(), turn.Act, walk.Answers(turn.Answers), samples(c.t, turn.Papers)); err != nil {
			c.t.Fatalf("%s by %s: %v", turn.Act, turn.By, err)
		}
	}
	if err := w.Jobs.Drain(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	end, err := w.Engine.Find(context.Background(), d.ID)
	if err != nil || string(end.State) != x.Ends || end.Result == nil {
		c.t.Fatalf("ends %s, the file says %s: %v", end.State, x.Ends, err)
	}
	c.leave()
	for _, login := range []string{x.Applicant, ""} {
		to, says := "/c/"+d.ID.String(), end.Result.Number
		if login == "" {
			to = "/verify/" + end.Result.Act.String()
			c.leave()
		} else if err := signIn(c, login); err != nil {
			c.t.Fatal(err)
		}
		page, err := c.Open(to)
		if err != nil || page.Status != 200 || !page.Says(says) {
			c.t.Errorf("%s as %q does not show the result %s: %v", to, login, says, err)
		}
		c.shoot("result " + login)
	}
}
