package roll_test

import (
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/kernel/cutover"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/rights"
	"motcua/kernel/roll"
	"motcua/kernel/who"
)

const list = `login,name,body,role,number,phone,email,to
hoa.lt,Lê Thị Hoa,H26.002.00061,clerk,,0900000111,hoa@example.vn,
hoa.lt,Lê Thị Hoa,H26.002.00061,officer,,,,2020-12-31
binh.nv,Nguyễn Văn Bình,H26.002,leader,,,,
hoa.lt,Trần Văn Khác,H26.002.00061,leader,,,,
an.tt,Trần Thị An,H99,clerk,,,,
an.tt,Trần Thị An,H26.002.00061,king,,,,2019-01-01
x,Tên,H26.002.00061,clerk,,,,
`

func TestPeople(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, nil, cutover.System(), rights.System(), roll.System(), door.System())
		var bad []cutover.Reject
		links := map[string]string{}
		p := &roll.People{App: r.App, By: r.People["root"], DryRun: true, Voice: lang.Voice{Lang: lang.VI, Zone: r.Zone, Catalogue: r.Texts},
			Reject: func(x cutover.Reject) { bad = append(bad, x) }, Invite: func(name, login, link string) { links[login] = link }}
		run := func() {
			t.Helper()
			bad = nil
			if err := p.Run(t.Context(), strings.NewReader(list)); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if len(links) != 0 || p.People != 2 || p.Roles != 2 || p.Asked != 1 || p.Rejected != 4 {
			t.Fatalf("dry run: %+v %v", p.Report, bad)
		}
		p.DryRun = false
		run()
		if p.People != 2 || p.Roles != 2 || p.Asked != 1 || p.Rejected != 4 || len(links) != 2 {
			t.Fatalf("%+v %v %v", p.Report, links, bad)
		}
		for i, want := range []struct {
			line  int
			field string
		}{{5, "/login"}, {6, "/body"}, {7, "/role"}, {7, "/to"}, {8, "/login"}} {
			if i >= len(bad) || bad[i].Line != want.line || bad[i].Field != want.field || strings.HasPrefix(bad[i].Reason, "roll.") {
				t.Errorf("reject %d: %v, want %v", i, bad, want)
			}
		}
		run()
		if p.People != 0 || p.Roles != 0 || p.Asked != 1 || p.Had != 2 {
			t.Errorf("again: %+v", p.Report)
		}
		// The link sets a first password, once, and the roles are there.
		path := strings.TrimPrefix(links["hoa.lt"], r.URL)
		r.As(t, "").Get(path).Want(t, 200)
		staff, err := r.Book.Staff(t.Context(), "H26.002.00061", who.Clerk)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, x := range staff {
			found = found || x.Login == "hoa.lt" && x.Is(who.Officer, "H26.002.00061")
		}
		if !found {
			t.Errorf("staff: %v", staff)
		}
		// Who administers one ward brings nobody into another body.
		p.By = r.People["clerk"]
		run()
		if p.Roles != 0 || p.Had != 0 || p.Rejected != 7 {
			t.Errorf("a clerk: %+v", p.Report)
		}
	})
}
