package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"motcua/kernel/who"
	"motcua/walk"
)

const officials = "login,name,body,role\n" +
	"ds.hoa,Lê Thị Danh Hoa," + here + ",clerk\n" +
	"ds.binh,Nguyễn Văn Danh Bình," + here + ",officer\n" +
	"ds.vua,Trần Danh Vua," + here + ",king\n"

// TestLists brings officials in on the administrator's page, with scripts and
// without: what it shows before and after is looked at like every page that a
// link leads to.
func TestLists(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("web/dist-test/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, bare := range []bool{false, true} {
		n := newNation(t, 10)
		c := newChromium(t, n.URL)
		if bare {
			c.noScript()
		}
		n.enter(t, c, "admin")
		wide := func(most int) {
			t.Helper()
			c.do(chromedp.EmulateViewport(int64(most), 900))
			if got := eval[int](c, "document.documentElement.scrollWidth"); got > most {
				t.Errorf("%d wide on a screen of %d", got, most)
			}
		}
		see := func(name string) {
			t.Helper()
			if !bare {
				eval[bool](c, string(axe)+";true")
				for _, script := range []string{axeAll, axeColour} {
					if got := eval[string](c, script); got != "" {
						t.Errorf("%s: axe: %s", name, got)
					}
				}
			}
			wide(1280)
			c.shoot("lists " + name)
			wide(360)
			c.shoot("lists " + name + " phone")
		}
		page, err := c.Open("/admin/lists?lang=vi")
		if err != nil {
			t.Fatal(err)
		}
		see("empty")
		press := func(find string, fill func(*walk.Form)) {
			t.Helper()
			f := page.Form(find)
			if f == nil {
				t.Fatalf("no form with %q in\n%s", find, page.Text())
			}
			fill(f)
			if page, err = c.Press(f, f.Main()); err != nil {
				t.Fatal(err)
			}
		}
		press("list", func(*walk.Form) {})
		if len(page.Errors()) != 2 {
			t.Errorf("an empty form: %q", page.Errors())
		}
		see("wrong")
		press("list", func(f *walk.Form) {
			if err := f.Type("what", "people"); err != nil {
				t.Fatal(err)
			}
			if err := f.Attach("list", walk.File{Name: "a.csv", Type: "text/csv", Bytes: []byte(officials)}); err != nil {
				t.Fatal(err)
			}
		})
		if !page.Says("Chưa có gì được ghi") || !page.Says("king") {
			t.Fatalf("before: %s", page.Text())
		}
		see("before")
		press("sure", func(*walk.Form) {})
		if strings.Count(page.Text(), "/welcome/") != 2 {
			t.Fatalf("after: %s", page.Text())
		}
		see("after")
		staff, err := n.Book.Staff(t.Context(), here, who.Officer)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, p := range staff {
			found = found || p.Login == "ds.binh"
		}
		if !found {
			t.Error("the officer is not in")
		}
	}
}
