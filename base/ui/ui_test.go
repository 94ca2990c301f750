package ui

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"rsc.io/qr"

	"motcua/base/lang"
)

func spoken(t *testing.T, l lang.Lang) context.Context {
	t.Helper()
	c, err := lang.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	ctx := lang.With(context.Background(), lang.Voice{Lang: l, Catalogue: c})
	return With(ctx, Skin{URL: "/ui?a=1", Demo: true, Help: "1800 0000"})
}

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// faults are the promises a page breaks towards those who do not see it, or
// towards the content security policy.
func faults(page string) (all []string) {
	fault := func(what, name string) { all = append(all, what+": "+name) }
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	ids, labelled := map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		if id, ok := attr(n, "id"); ok {
			if ids[id] {
				fault("id stands twice", id)
			}
			ids[id] = true
		}
		if f, ok := attr(n, "for"); ok {
			labelled[f] = true
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"):
				fault("the policy forbids "+a.Key, n.Data)
			case a.Key == "aria-describedby", a.Key == "aria-labelledby", a.Key == "for", a.Key == "data-next", a.Key == "data-copy", a.Key == "data-preview":
				for _, id := range strings.Fields(a.Val) {
					if !ids[id] {
						fault(a.Key+" of nothing", id)
					}
				}
			case a.Key == "href" && strings.HasPrefix(a.Val, "#f-") && !ids[a.Val[1:]]:
				fault("a link to no field", a.Val)
			case a.Key == "class" && strings.TrimSpace(a.Val) == "":
				fault("an empty class", n.Data)
			}
		}
		switch n.Data {
		case "style":
			fault("the policy forbids", "<style>")
		case "script":
			if n.FirstChild != nil {
				fault("the policy forbids", "a script in the page")
			}
		case "input", "select", "textarea":
			kind, _ := attr(n, "type")
			id, _ := attr(n, "id")
			name, named := attr(n, "aria-label")
			if kind != "hidden" && !labelled[id] && (!named || name == "") {
				fault("no label", id)
			}
		case "button", "a":
			if strings.TrimSpace(text(n)) == "" {
				fault("no words", n.Data)
			}
		case "img":
			if _, ok := attr(n, "alt"); !ok {
				fault("no alt", "img")
			}
		}
	}
	return append(all, misplaced(page, doc)...)
}

// misplaced are elements that the parser moves, such as a paragraph in a paragraph.
func misplaced(page string, doc *html.Node) (all []string) {
	var written, parsed []string
	depth := 0
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			for n := range doc.Descendants() {
				if n.Type == html.ElementNode {
					d := 0
					for range n.Ancestors() {
						d++
					}
					parsed = append(parsed, strings.Repeat(" ", d-1)+strings.ToLower(n.Data))
				}
			}
			for i := range min(len(written), len(parsed)) {
				if written[i] != parsed[i] {
					return []string{"the parser moves " + strings.TrimSpace(written[i]) + " after " + strings.TrimSpace(written[max(i-1, 0)])}
				}
			}
			return nil
		case html.StartTagToken:
			name := z.Token().Data
			written = append(written, strings.Repeat(" ", depth)+name)
			if !slices.Contains([]string{"meta", "link", "input", "img", "col"}, name) {
				depth++
			}
		case html.SelfClosingTagToken:
			written = append(written, strings.Repeat(" ", depth)+z.Token().Data)
		case html.EndTagToken:
			depth--
		}
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(text(c))
	}
	return b.String()
}

func TestGallery(t *testing.T) {
	for _, l := range lang.All() {
		page := render(t, spoken(t, l), Gallery())
		for _, f := range faults(page) {
			t.Errorf("%s: %s", l, f)
		}
		if i := strings.Index(page, "[ui."); i >= 0 {
			t.Errorf("%s: a text is missing: %s", l, page[i:i+40])
		}
	}
}

// TestFaults keeps the check itself awake.
func TestFaults(t *testing.T) {
	for page, want := range map[string]string{
		`<p id="a"></p><p id="a"></p>`:                            "id stands twice: a",
		`<p style="x"></p>`:                                       "the policy forbids style: p",
		`<input id="a">`:                                          "no label: a",
		`<p aria-describedby="b"></p>`:                            "aria-describedby of nothing: b",
		`<a href="#f-x">x</a>`:                                    "a link to no field: #f-x",
		`<body><p><div></div></p></body>`:                         "the parser moves",
		`<button><svg></svg></button>`:                            "no words: button",
		`<script>x</script>`:                                      "the policy forbids: a script in the page",
		`<b onclick="x"></b>`:                                     "the policy forbids onclick: b",
		`<html><head></head><body><p class=""></p></body></html>`: "an empty class: p",
	} {
		if got := strings.Join(faults(page), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", page, got, want)
		}
	}
}

// TestIcons: every icon that a component or the gallery names is drawn.
func TestIcons(t *testing.T) {
	sprite, err := os.ReadFile("../../web/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	page := render(t, spoken(t, lang.VI), Gallery())
	n := 0
	for rest := page; ; n++ {
		_, after, ok := strings.Cut(rest, "icons.svg#")
		if !ok {
			break
		}
		name, _, _ := strings.Cut(after, `"`)
		if !strings.Contains(string(sprite), `id="`+name+`"`) {
			t.Errorf("icon %q is not drawn", name)
		}
		rest = after
	}
	if drawn := strings.Count(string(sprite), "<symbol "); len(icons) != drawn || n < drawn {
		t.Errorf("the gallery names %d icons and shows %d, %d are drawn", len(icons), n, drawn)
	}
}

func TestQR(t *testing.T) {
	const what = "https://motcua.example/c/H26.12.02-201123-000123-K7QF"
	c, err := qr.Encode(what, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	got := make([][]bool, c.Size)
	for y := range got {
		got[y] = make([]bool, c.Size)
	}
	for _, run := range strings.Split(squares(c), "M")[1:] {
		var x, y, w int
		if _, err := fmt.Sscanf(run, "%d %dh%d", &x, &y, &w); err != nil {
			t.Fatalf("%q: %v", run, err)
		}
		for i := range w {
			got[y][x+i] = true
		}
	}
	for y := range got {
		for x := range got[y] {
			if got[y][x] != c.Black(x, y) {
				t.Fatalf("field %d,%d: got %v", x, y, got[y][x])
			}
		}
	}
	long := QR{Text: strings.Repeat("x", 5000)}
	if err := long.Render(context.Background(), &strings.Builder{}); err == nil {
		t.Error("5000 letters: got a code, want an error")
	}
}

func TestSwitches(t *testing.T) {
	for _, c := range []struct{ at, key, value, want string }{
		{"/", "lang", "en", "/?lang=en"},
		{"/search?q=khai+sinh", "size", "lg", "/search?q=khai+sinh&size=lg"},
		{"/c/1?lang=vi", "lang", "fr", "/c/1?lang=fr"},
		{"https://elsewhere.example/x", "lang", "fr", "/x?lang=fr"},
		{"/%2fevil.example", "lang", "fr", "/%2fevil.example?lang=fr"},
		{":", "lang", "fr", "?lang=fr"},
	} {
		if got := (Skin{URL: c.at}).turned(c.key, c.value); got != c.want {
			t.Errorf("%s %s=%s: got %s, want %s", c.at, c.key, c.value, got, c.want)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		large, office bool
		want          string
	}{{false, false, "md"}, {true, false, "lg"}, {false, true, "sm"}, {true, true, "md"}} {
		if got := (Skin{Large: c.large}).size(c.office); got != c.want {
			t.Errorf("large %v, office %v: got %s, want %s", c.large, c.office, got, c.want)
		}
	}
}

func TestDateKeepsWhatWasTyped(t *testing.T) {
	ctx := spoken(t, lang.VI)
	stored := Field{Type: Date, Name: "born", Value: "2020-11-05"}.dmy(ctx)
	typed := Field{Type: Date, Name: "born", In: url.Values{"born.day": {"3x"}, "born.year": {"20"}}}.dmy(ctx)
	for i, want := range [][2]string{{"05", "3x"}, {"11", ""}, {"2020", "20"}} {
		if stored[i].value != want[0] || typed[i].value != want[1] {
			t.Errorf("box %d: got %q and %q, want %q", i, stored[i].value, typed[i].value, want)
		}
	}
	if stored[0].id != ID("born") {
		t.Errorf("the first box: got id %s, want %s", stored[0].id, ID("born"))
	}
}

// TestErrorsAreFound: whatever the type, the summary's link finds the field.
func TestErrorsAreFound(t *testing.T) {
	ctx := spoken(t, lang.VI)
	one := []Option{{Value: "a", Label: "A"}}
	for _, kind := range []Type{Text, Long, Number, Money, Date, Choice, Select, Choices, Yes, Tick, Email, Phone, PersonID, Address, File, Secret, Code} {
		f := Field{Type: kind, Name: "x.0.y", Label: "L", Hint: "H", Error: "E", Options: one, Levels: []Level{{Part: "p", Label: "P"}}}
		page := "<!doctype html><html><head></head><body>" + render(t, ctx, ErrorSummary{{Text: "E", Href: Anchor("x.0.y")}}) + render(t, ctx, f) + "</body></html>"
		for _, fault := range faults(page) {
			t.Errorf("%s: %s", kind, fault)
		}
		if !strings.Contains(page, ID("x.0.y")+"-error") {
			t.Errorf("%s does not say its error", kind)
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	page := render(t, spoken(t, lang.VI), Page(Frame{Title: evil, Place: evil, Nav: []Link{{Text: evil, Href: "javascript:alert(1)"}}}))
	page += render(t, spoken(t, lang.VI), Field{Type: Text, Name: evil, Label: evil, Value: evil, Error: evil})
	if strings.Contains(page, "<script>") || strings.Contains(page, "javascript:") {
		t.Error("what somebody wrote became part of the page")
	}
}

func TestPieces(t *testing.T) {
	got := pieces("Call {0} and say {1}.", []string{"1800", "D13"})
	want := []piece{{"Call ", false}, {"1800", true}, {" and say ", false}, {"D13", true}, {".", false}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := pieces("a {9} b", []string{"x"}); !slices.Equal(got, []piece{{"a {9} b", false}}) {
		t.Errorf("a placeholder without argument: got %v", got)
	}
}

func TestFigures(t *testing.T) {
	s := Series{Scale: []Mark{{90, ""}, {100, ""}}, Points: []Point{{Value: 90}, {Value: 95}, {Value: 120}}}
	if got, want := s.path(), "M0 100L50 50L100 0"; got != want {
		t.Errorf("series: got %s, want %s", got, want)
	}
	if got, want := (Spark{1, 1}).path(), "M0 22L100 22"; got != want {
		t.Errorf("flat spark: got %s, want %s", got, want)
	}
	b := Bars{Bars: []Bar{{Value: 4}, {Value: 8}}}
	if got := b.length(4); got != "50" {
		t.Errorf("bar: got %s, want 50", got)
	}
	m := TileMap{Layout: "1 ..|.. 2", Places: map[string]Place{"1": {Name: "A"}, "2": {Name: "B"}}}
	tiles, box := m.tiles()
	if len(tiles) != 2 || tiles[1].x != 81 || tiles[1].y != 43 || box != "0 0 160 84" {
		t.Errorf("map: got %v in %s", tiles, box)
	}
}
