package deeds_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/admin"
	"motcua/kernel/deeds"
	"motcua/kernel/kerneltest"
	"motcua/kernel/review"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

func TestWhatAdministratorsDidIsSeen(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, admin.System(), rights.System(), review.System(), deeds.System())
		boss, here, away := r.As(t, "admin"), kerneltest.Here, kerneltest.Away
		for login, body := range map[string]string{"moi.ta": here, "moi.le": away} {
			boss.Post("/admin/people", url.Values{"body": {body}, "name": {"Người " + login}, "login": {login}, "role": {"officer"}}).Want(t, 200)
		}
		boss.Post("/admin/people", url.Values{"body": {here}, "login": {"moi.ta"}, "role": {"leader"}}).Want(t, 303)
		fold := func() {
			t.Helper()
			if err := r.Log.Advance(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := deeds.Fold(t.Context(), r.App); err != nil {
				t.Fatal(err)
			}
		}
		fold()
		fold() // again: nothing twice
		a := boss.Get("/admin/acts")
		a.Want(t, 200, "Giao vai trò: Chuyên viên", "Đề nghị giao vai trò: Lãnh đạo", "Người moi.ta (moi.ta)", "Phan Bảo Quản (admin)", "Thêm người")
		if n := strings.Count(a.Body, "/proof.json"); strings.Contains(a.Body, "[deeds") || n < 5 {
			t.Errorf("%d deeds:\n%s", n, a.Body)
		}
		// What is done at the machine is seen by who administers the node, with the machine's user.
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := r.Book.Add(tx, who.Person{}, who.Person{Login: "tu.dang.ky", Name: "Người tự đăng ký"}, ""); err != nil {
				return err
			}
			return r.Engine.Record(tx, who.Person{}, "token.create", 0, map[string]any{"label": "x", "user": "vanhanh"})
		})
		if err != nil {
			t.Fatal(err)
		}
		fold()
		r.As(t, "root").Get("/admin/acts?what=token.create").Want(t, 200, "Tại máy chủ (vanhanh)")
		if page := r.As(t, "root").Get("/admin/acts?what=person.add"); strings.Contains(page.Body, "Người tự đăng ký") {
			t.Error("who registers himself is no administrator's doing")
		}
		boss.Get("/admin/acts?what=token.create").Want(t, 200, "Không có việc nào như vậy")
		// Who looks, and at what.
		leader := r.As(t, "leader")
		page := leader.Get("/admin/acts")
		page.Want(t, 200, "Đề nghị giao vai trò: Lãnh đạo", `href="/admin/acts"`, ">Việc quản trị")
		if strings.Contains(page.Body, "moi.le") {
			t.Error("a leader sees what was done in the ward beside his")
		}
		leader.Get("/admin/acts?body="+away).Want(t, 404)
		leader.Get("/admin/acts?body="+kerneltest.Above).Want(t, 404)
		leader.Get("/admin/acts.csv?body="+away).Want(t, 404)
		r.As(t, "clerk").Get("/admin/acts").Want(t, 403)
		r.As(t, "").Get("/admin/acts").Want(t, 303)
		r.As(t, "root").Get("/admin/acts").Want(t, 200, "toàn hệ thống")
		// By person, by kind, by day.
		if got := boss.Get("/admin/acts?what=role.ask"); strings.Count(got.Body, "/proof.json") != 1 {
			t.Errorf("what was asked for:\n%s", got.Body)
		}
		boss.Get("/admin/acts?by=root").Want(t, 200, "Không có việc nào như vậy")
		boss.Get("/admin/acts?from=2020-03-03").Want(t, 200, "Không có việc nào như vậy")
		boss.Get("/admin/acts?from=2020-03-02&to=2020-03-02&by=ADMIN").Want(t, 200, "Giao vai trò: Chuyên viên")
		boss.Get("/admin/acts?from=mai").Want(t, 422)
		boss.Get("/admin/acts?what=x.y").Want(t, 404)
		boss.Get("/admin/acts?before=1").Want(t, 200)
		boss.Get("/admin/acts.csv?what=role.grant&by=admin").Want(t, 200, "2020-03-02T", "Phan Bảo Quản (admin)", away)
		// The proof, for those who may read the deed.
		path := regexp.MustCompile(`/admin/acts/[^"]+/proof\.json`).FindString(boss.Get("/admin/acts?what=role.grant&body=" + away).Body)
		boss.Get(path).Want(t, 200, `"salt"`, `"checkpoint"`, "role.grant")
		leader.Get(path).Want(t, 404)
		leader.Get("/admin/acts/x/proof.json").Want(t, 404)
		// What is asked for and is no role is said in its own words.
		err = r.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := rights.Allowed(tx, r.App, r.People["root"], rights.Provider, r.People["new"].ID, kerneltest.Here, "https://id.example.vn motcua")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		fold()
		r.As(t, "root").Get("/admin/acts?what=role.ask").Want(t, 200, "Nơi đăng nhập của cơ quan", "https://id.example.vn motcua")
	})
}
