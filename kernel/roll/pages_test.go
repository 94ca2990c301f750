package roll_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/admin"
	"motcua/kernel/cutover"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/review"
	"motcua/kernel/rights"
	"motcua/kernel/roll"
	"motcua/kernel/who"
)

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)"`)

// hiddens are the hidden values of a page, by name; the last of a name.
func hiddens(page string) url.Values {
	all := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		all.Set(m[1], html.UnescapeString(m[2]))
	}
	return all
}

func TestPages(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, nil, cutover.System(), rights.System(), review.System(), roll.System(), door.System(), admin.System())
		boss := r.As(t, "admin")
		boss.Get("/admin").Want(t, 200, `href="/admin/lists"`)
		boss.Get("/admin/lists").Want(t, 200, `enctype="multipart/form-data"`)
		r.As(t, "clerk").Get("/admin/lists").Want(t, 403)
		boss.Form("/admin/lists", values("what", "people"), "", "", nil).Want(t, 422)
		boss.Form("/admin/lists", values("what", "kings"), "list", "a.csv", []byte(list)).Want(t, 422)
		boss.Form("/admin/lists", values("what", "people"), "list", "a.csv", []byte("login,crown\n")).Want(t, 422, "crown")
		boss.Form("/admin/lists", values("what", "people"), "list", "a.csv", []byte(strings.Repeat("\n", 2001))).Want(t, 422)
		boss.Form("/admin/lists", values("what", "people"), "list", "a.csv", []byte("\xff\xfe\x00")).Want(t, 422)

		// A file is never taken at once, whatever comes with it.
		staff := func() int {
			t.Helper()
			all, err := r.Book.Staff(t.Context(), kerneltest.Here, who.Clerk)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		before := staff()
		a := boss.Form("/admin/lists", values("what", "people", "sure", "yes"), "list", "a.csv", []byte(list))
		a.Want(t, 200, "Chưa có gì được ghi", "Lê Thị Hoa", `name="sure"`, "H99")
		if staff() != before || strings.Contains(a.Body, "/welcome/") {
			t.Fatal("looking at a list brought it in")
		}
		seen := hiddens(a.Body)
		if got := boss.Form("/admin/lists/save", values("name", "refused", "text", hiddenOf(a.Body, 0)), "", "", nil); !strings.Contains(got.Body, "H99") || strings.Count(got.Body, "\n") < 5 {
			t.Errorf("the refused lines: %q", got.Body)
		}

		// The page itself brings the list back; a browser writes its lines with CR LF.
		seen.Set("sure", "yes")
		seen.Set("text", strings.ReplaceAll(seen.Get("text"), "\n", "\r\n"))
		a = boss.Form("/admin/lists", seen, "", "", nil)
		a.Want(t, 200, "/welcome/", "hoa.lt", "binh.nv")
		if staff() != before+1 {
			t.Errorf("%d clerks, want %d", staff(), before+1)
		}
		links := boss.Form("/admin/lists/save", values("name", "links", "text", hiddenOf(a.Body, 0)), "", "", nil)
		at := regexp.MustCompile(`https://x\.example(/welcome/\S+)`).FindStringSubmatch(links.Body)
		if at == nil {
			t.Fatalf("no link in %q", links.Body)
		}
		r.As(t, "").Get(at[1]).Want(t, 200)
		boss.Form("/admin/lists", values("what", "people"), "list", "a.csv", []byte("login,name,body,role\nhoa.lt,,H26.002.00061,clerk\n")).Want(t, 200, "không có gì mới")

		// Bodies go the same way.
		a = boss.Form("/admin/lists", values("what", "bodies"), "list", "b.csv", []byte(bodyList))
		a.Want(t, 200, "Mọi dòng đều đúng")
		seen = hiddens(a.Body)
		seen.Set("sure", "yes")
		boss.Form("/admin/lists", seen, "", "", nil).Want(t, 200, "Đã nhập danh sách cơ quan")
		boss.Get("/admin/people?body="+school).Want(t, 200, "Điểm hộ tịch Hàng Bạc", "2 phố Hàng Bạc", "024 3825 0000")
	})
}

// hiddenOf is the n-th hidden text of a page.
func hiddenOf(page string, n int) string {
	var all []string
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		if m[1] == "text" {
			all = append(all, html.UnescapeString(m[2]))
		}
	}
	return all[n]
}

func values(pairs ...string) url.Values {
	all := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		all.Set(pairs[i], pairs[i+1])
	}
	return all
}
