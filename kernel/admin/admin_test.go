package admin_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/admin"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/review"
	"motcua/kernel/rights"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

// The page of an error stands in the frame of who looks at it, and its buttons lead where he works.
func TestTrouble(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, nil, admin.System(), rights.System(), review.System(), door.System())
		for _, x := range []struct {
			who, path, home string
			status          int
			office          bool
		}{
			{"applicant", "/admin", "/", 403, false},
			{"applicant", "/nowhere", "/", 404, false},
			{"leader", "/admin", "/work", 403, true},
			{"clerk", "/nowhere", "/work", 404, true},
			{"root", "/admin/people?body=none", "/admin", 404, true},
		} {
			a := r.As(t, x.who).Get(x.path)
			a.Want(t, x.status, `href="`+x.home+`" class="ds-button" data-variant="secondary">Về trang chủ`)
			if got := strings.Contains(a.Body, `<body class="office"`); got != x.office {
				t.Errorf("%s at %s: the frame of officials is %v, want %v", x.who, x.path, got, x.office)
			}
			if got := strings.Contains(a.Body, `href="/services" class="ds-button">Tìm dịch vụ`); got != (x.status == 404 && !x.office) {
				t.Errorf("%s at %s: led to services is %v", x.who, x.path, got)
			}
		}
	})
}

func TestAdmin(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, nil, admin.System(), rights.System(), review.System(), door.System())
		ctx := context.Background()
		boss := r.As(t, "admin")
		r.As(t, "leader").Get("/admin").Want(t, 403)
		boss.Get("/admin?q=hang").Want(t, 200, "UBND quận Hoàn Kiếm", "UBND phường Hàng Bạc")
		boss.Get("/admin/people").Want(t, 200, "Phan Bảo Quản")
		boss.Get("/admin/people?body="+kerneltest.Here+"&q=le+thu").Want(t, 200, "Lê Thu Hà")
		boss.Get("/admin/people?body=H26").Want(t, 404)         // above
		boss.Get("/admin/people?body=H26.STP.001").Want(t, 404) // beside

		root := r.As(t, "root")
		root.Get("/admin").Want(t, 200, "Toàn hệ thống")
		root.Get("/admin/people").Want(t, 200, "Gốc Hệ Thống", "UBND thành phố Hà Nội")
		root.Get("/admin/people?body=H26.STP.001").Want(t, 200, "Chưa có ai")
		root.Post("/admin/people", url.Values{"body": {""}, "login": {"clerk"}, "role": {"leader"}}).Want(t, 422)
		boss.Get("/admin/people?body=").Want(t, 404)

		fresh := url.Values{"body": {kerneltest.Here}, "name": {"Tạ Thị Mới"}, "login": {"moi.ta"}, "role": {"officer"}}
		for name, bad := range map[string]string{"name": "", "login": "Ồ!", "role": "king"} {
			v := url.Values{}
			for k, x := range fresh {
				v[k] = x
			}
			v.Set(name, bad)
			boss.Post("/admin/people", v).Want(t, 422, `value="`+v.Get("login")+`"`)
		}
		boss.Post("/admin/people", url.Values{"body": {"H26"}, "name": {"X Y"}, "login": {"xyz"}, "role": {"leader"}}).Want(t, 404)
		a := boss.Post("/admin/people", fresh)
		a.Want(t, 200, "Tạ Thị Mới")
		m := regexp.MustCompile(`https://x\.example(/welcome/[^<]+)<`).FindStringSubmatch(a.Body)
		if m == nil {
			t.Fatalf("no link:\n%s", a.Body)
		}
		r.As(t, "").Get(m[1]).Want(t, 200)
		if a := r.As(t, "").Post(m[1], url.Values{"password": {"một câu dễ nhớ"}}); a.Status != 303 {
			t.Fatalf("setting the password: %d\n%s", a.Status, a.Body)
		}
		x, err := r.Guard.SignIn(ctx, throttle.Try{Account: "moi.ta"}, "một câu dễ nhớ")
		if err != nil || !x.Is(who.Officer, kerneltest.Here) {
			t.Fatalf("%+v, %v", x, err)
		}

		// A second role, by the list and by the sign-in name; then both are taken back.
		path := "/admin/people/" + x.ID.String()
		boss.Post(path+"/grant", url.Values{"body": {kerneltest.Here}, "role": {"leader"}}).Want(t, 303)
		boss.Post(path+"/grant", url.Values{"body": {kerneltest.Away}, "role": {"leader"}}).Want(t, 404) // does not work there
		boss.Post("/admin/people", url.Values{"body": {kerneltest.Away}, "login": {"moi.ta"}, "role": {"clerk"}}).Want(t, 303)
		if x, _ = r.Book.Person(ctx, x.ID); x.Is(who.Leader, kerneltest.Here) || !x.Is(who.Clerk, kerneltest.Away) {
			t.Errorf("grants %v", x.Grants)
		}
		boss.Get("/admin/people?body="+kerneltest.Here).Want(t, 200, "Lãnh đạo, chờ duyệt")
		boss.Post("/admin/people", url.Values{"body": {kerneltest.Here}, "name": {"Lê Văn Đầu"}, "login": {"dau.le"}, "role": {"leader"}}).Want(t, 200, "Lê Văn Đầu", "/welcome/")
		boss.Post(path+"/withdraw", url.Values{"body": {kerneltest.Here}, "role": {"officer"}}).Want(t, 303)
		if x, _ = r.Book.Person(ctx, x.ID); x.Is(who.Officer, kerneltest.Here) {
			t.Errorf("grants %v", x.Grants)
		}
		me := "/admin/people/" + r.People["admin"].ID.String() + "/withdraw"
		boss.Post(me, url.Values{"body": {kerneltest.Above}, "role": {"admin"}}).Want(t, 409)
		boss.Post(path+"/link", url.Values{"body": {kerneltest.Here}}).Want(t, 200, "/welcome/")

		// One person: what he holds since when by whom, his contacts, and out.
		boss.Get(path+"?body="+kerneltest.Away).Want(t, 200, "Cán bộ một cửa", "Phan Bảo Quản (admin) giao", "Cho nghỉ khỏi cơ quan")
		boss.Get(path+"?body=H26").Want(t, 404)
		boss.Post(path, url.Values{"body": {kerneltest.Away}, "name": {""}}).Want(t, 422)
		boss.Post(path, url.Values{"body": {kerneltest.Away}, "name": {"Tạ Thị Mới Hơn"}, "email": {"moi@x.example"}}).Want(t, 303)
		boss.Get("/admin/people?body="+kerneltest.Away).Want(t, 200, "Tạ Thị Mới Hơn")
		leads := "/admin/people/" + r.People["leader"].ID.String()
		boss.Post(leads, url.Values{"body": {kerneltest.Here}, "name": {"Kẻ Khác"}, "email": {"boss@x.example"}}).Want(t, 403)
		// Who has the link to a leader's password has the leader: that takes two.
		boss.Post(leads+"/link", url.Values{"body": {kerneltest.Here}}).Want(t, 303)
		boss.Post(leads+"/link", url.Values{"body": {kerneltest.Here}}).Want(t, 303)
		var wish id.ID
		if err := r.DB.Read(ctx, func(tx *db.Tx) error { return tx.Row(`select id from right_ask where role = 'password'`).Scan(&wish) }); err != nil {
			t.Fatal(err)
		}
		boss.Post("/admin/rights", url.Values{"do": {"approve"}, "ask": {wish.String()}}).Want(t, 403)
		root.Post("/admin/rights", url.Values{"do": {"approve"}, "ask": {wish.String()}}).Want(t, 303)
		root.Post(leads+"/link", url.Values{"body": {kerneltest.Here}}).Want(t, 303) // he approved it for another
		boss.Post(leads+"/link", url.Values{"body": {kerneltest.Here}}).Want(t, 200, "/welcome/")
		boss.Post(leads+"/link", url.Values{"body": {kerneltest.Here}}).Want(t, 303) // once
		boss.Get("/admin").Want(t, 200, "vai trò chờ duyệt")
		boss.Post(path+"/remove", url.Values{"body": {kerneltest.Here}}).Want(t, 303)
		boss.Post(path+"/remove", url.Values{"body": {kerneltest.Away}}).Want(t, 303)
		if x, _ = r.Book.Person(ctx, x.ID); len(x.Grants) > 0 {
			t.Errorf("grants %v", x.Grants)
		}
		boss.Get(path+"?body="+kerneltest.Here).Want(t, 404)
		boss.Post("/admin/people/"+r.People["admin"].ID.String()+"/remove", url.Values{"body": {kerneltest.Above}}).Want(t, 409)

		acts := map[string]int{}
		err = r.DB.Read(ctx, func(tx *db.Tx) error {
			for _, act := range []string{"person.add", "role.ask", "role.grant", "role.withdraw", "password.link"} {
				n := 0
				if err := tx.Row(`select count(*) from act where act = $1 and by = $2`, act, r.People["admin"].ID).Scan(&n); err != nil {
					return err
				}
				acts[act] = n
			}
			return nil
		})
		if err != nil || acts["person.add"] != 2 || acts["role.ask"] != 3 || acts["role.grant"] != 2 || acts["role.withdraw"] != 2 || acts["password.link"] != 2 {
			t.Errorf("acts %v, %v", acts, err)
		}

		// To give somebody a role here is no way to his account.
		for _, login := range []string{"root", "applicant"} {
			boss.Post("/admin/people", url.Values{"body": {kerneltest.Here}, "login": {login}, "role": {"clerk"}}).Want(t, 303)
			at := "/admin/people/" + r.People[login].ID.String() + "/link"
			boss.Post(at, url.Values{"body": {kerneltest.Here}}).Want(t, 403, "tài khoản riêng của một công dân")
		}
	})
}
