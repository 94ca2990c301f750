package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"motcua/walk"
)

// A place is a page that somebody came to by following links.
type place struct {
	who, route string
	path       string // "" when it is not a page
	status     int
}

// most is how many pages of one route each visitor opens: lists lead to
// thousands that differ by their dossier alone.
func most() int {
	if long {
		return 40
	}
	return 6
}

// crawl follows every link as one visitor, from the home page and the addresses
// he knows. On every page
// it asks what no script is needed for: it is there, says its language, has one
// main heading and a title of its own.
func (n *nation) crawl(t *testing.T, who, language string) (all []place) {
	t.Helper()
	w, mux := n.plain(t), n.routes()
	n.enter(t, w, who)
	w.Header.Set("Accept-Language", language)
	count, seen, titles := map[string]int{}, map[string]bool{}, map[string]place{}
	queue, from := append([]string{"/"}, n.known[who]...), map[string]string{}
	for len(queue) > 0 {
		to := queue[0]
		queue = queue[1:]
		p, err := w.Open(to)
		if err != nil {
			t.Fatal(err)
		}
		if p.Status != http.StatusOK && !strings.Contains(to, "code=X") {
			t.Errorf("%q as %q, linked from %s: %d", to, who, from[to], p.Status)
			continue
		}
		at := p.URL.RequestURI()
		if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			all = append(all, place{who, n.route(mux, p.URL.Path), "", p.Status})
			continue
		}
		if to != at && seen[at] {
			continue
		}
		seen[at] = true
		all = append(all, place{who, n.route(mux, p.URL.Path), at, p.Status})
		n.sound(t, p, all[len(all)-1], language, titles)
		for _, l := range p.Links() {
			next := n.next(l, p)
			if next == "" || seen[next] {
				continue
			}
			if r := n.route(mux, l.To.Path); count[r] < most() {
				count[r]++
				seen[next], from[next] = true, at
				queue = append(queue, next)
			}
		}
	}
	return all
}

// next is where a link of the page leads, "" when it leads out or only turns a switch.
func (n *nation) next(l walk.Link, p *walk.Page) string {
	q := l.To.Query()
	if l.To.Host != p.URL.Host || q.Has("lang") || q.Has("size") || q.Has("scheme") || q.Has("download") {
		return ""
	}
	u := url.URL{Path: l.To.Path, RawQuery: l.To.RawQuery}
	return u.RequestURI()
}

// sound asks of a page what holds for all.
func (n *nation) sound(t *testing.T, p *walk.Page, pl place, language string, titles map[string]place) {
	t.Helper()
	at, who := pl.path, pl.who
	if got := len(p.All("h1")); got != 1 && pl.route != "/ui" { // which shows headings
		t.Errorf("%s as %q has %d main headings", at, who, got)
	}
	if p.Lang() != language {
		t.Errorf("%s as %q says it is in %q, not %q", at, who, p.Lang(), language)
	}
	title := strings.Join(p.All("title"), "|")
	if title == "" {
		t.Errorf("%s as %q has no title", at, who)
	}
	// Two drafts of one service, or two suggestions about one thing, have one name.
	other, taken := titles[title]
	if path, _, _ := strings.Cut(other.path, "?"); taken && path != p.URL.Path && (other.route != pl.route || strings.Contains(pl.route, "{id}") && pl.route != "/voice/{id}") {
		t.Errorf("%s and %s as %q are both called %q", other.path, at, who, title)
	}
	titles[title] = pl
	var ids []string
	for id := range p.IDs() {
		if slices.Contains(ids, id) {
			t.Errorf("%s as %q has the id %q twice", at, who, id)
		}
		ids = append(ids, id)
	}
	if i := strings.Index(p.Text(), "!("); i >= 0 { // a missing text or a wrong format
		t.Errorf("%s as %q says %q", at, who, p.Text()[max(0, i-20):min(len(p.Text()), i+40)])
	}
}

// unvisited are pages of which the nation has none, with the reason, and
// downloads, which no page replaces.
var unvisited = map[string]string{
	"/me/surer":                           "in the demo a link stands for two factors: TestSecondFactor in kernel/confirm",
	"/pay/{id}":                           "a dossier that waits for its fee: TestHosted in systems/pay",
	"/pay/{id}/qr.png":                    "its picture: TestPicture",
	"/pay/{id}/back":                      "the way back from the gateway: TestHosted",
	"/admin/reviews/{id}":                 "no role of the nation is old enough: TestRolesAreReviewed in kernel/review",
	"/webhooks/{id}":                      "no body of the nation keeps software of its own",
	"/handover/{id}/go":                   "no dossier of the nation is handed over",
	"/work/sync/{body}":                   "no body of the nation reports: TestWhatABodySaysIsComparedWithWhatIsHere in systems/sync",
	"/work/register/{id}/register.csv":    "a download",
	"/work/figures/{body}/tables/{table}": "a download",
	"/work/figures/{body}/time/{table}":   "a download",
	"/work/scores/{body}/tables/{scheme}": "a download",
	"/promises/data/{table}":              "a download",
	"/eid/authorize":                      "portals send people here: TestSignInOncePassThroughTwoPortalsSignOutEverywhere in systems/eid",
	"/eid/logout":                         "portals send people here: the same",
	"/confirm/{id}":                       "what there is to confirm: TestConfirmByCode in kernel/confirm",
	"/work/d/{id}/seal":                   "nobody seals: TestSeal in kernel/readers",
	"/me/data/{copy}":                     "a download",
	"/contact/stop/{secret}":              "by a link that was sent: kernel/contact",
	"/c/{id}/export.zip":                  "a download",
	"/d/{draft}/sign/{file}":              "a download",
	"/work/d/{id}/export.zip":             "a download",
	"/reported":                           "what bodies report of their own: TestOneList in kernel/my",
	"/level/stop/{secret}":                "by a link that was sent: TestKeyNotAlone in systems/assure",
	"/me/name":                            "once, by who has just registered: TestNobodyIsTold in kernel/door",
	"/pki/{file}":                         "for programs: systems/keys",
	"/me/keys/wishes/{wish}":              "a download",
	"/me/keys/certificates/{certificate}": "a download",
	"/me/keys/offers/{offer}":             "nobody of the nation has a certificate from outside: systems/keys",
	"/me/keys/offers/{offer}/says.txt":    "a download",
	"/me/keys/signings/{signing}":         "nobody of the nation signs: systems/keys",
	"/me/keys/signings/{signing}/{nth}":   "a download",
	"/keys/seals/{body}/journal.csv":      "a download",
	"/keys/seals/{body}/journal.xlsx":     "a download",
	"/keys/seals/{body}/request":          "a download",
	"/recovery/{secret}":                  "by a link that was sent: systems/recover",
	"/recovery/stop/{secret}":             "by a link that was sent: systems/recover",
	"/me/recovery":                        "nobody of the nation recovers: systems/recover",
	"/me/recovery/mandates":               "nobody of the nation recovers: systems/recover",
	"/staff/back":                         "the way back from a body's own provider: systems/staffing",
	"/eid/parties/{id}":                   "no body of the nation has registered a portal: systems/eid",
}

// TestCrawl follows every link of the nation as everybody, in each language.
func TestCrawl(t *testing.T) {
	t.Parallel()
	n := newNation(t, 60)
	n.draft(t)
	n.known = n.doors(t)
	reached := map[string]bool{}
	for i, who := range n.visitors() {
		languages := []string{"vi", "en", "fr"}
		if !long {
			languages = languages[i%2 : i%2+1]
		}
		for _, l := range languages {
			t.Run(who+" "+l, func(t *testing.T) {
				all := n.crawl(t, who, l)
				for _, p := range all {
					reached[p.route] = true
				}
				t.Logf("%d pages", len(all))
				if len(all) < 10 {
					t.Errorf("only %d pages are reachable: %v", len(all), all)
				}
			})
		}
	}
	for _, rt := range n.AllRoutes() {
		path, page := strings.CutPrefix(rt.Pattern, "GET ")
		if page && !rt.API && !reached[path] && !strings.HasSuffix(path, ".pdf") && unvisited[path] == "" {
			t.Errorf("nobody came to %s", path)
		}
	}
}
