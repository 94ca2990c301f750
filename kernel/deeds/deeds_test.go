package deeds_test

import (
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/admin"
	"motcua/kernel/deeds"
	"motcua/kernel/kerneltest"
	"motcua/kernel/review"
	"motcua/kernel/rights"
)

// others are the acts of the registers that are no administrator's doing: a
// person's own account and rights, a clerk's and an officer's work, the node's.
var others = []string{"account.close", "account.leave", "account.stay", "app.add", "app.remove", "consent.give", "consent.withdraw", "contact.ask", "contact.done", "contact.set", "contact.stop", "keys.confirm", "keys.wish",
	"level.reach", "level.refuse", "mydata.copy", "org.add", "passkey.add", "passkey.remove", "password.set", "pay.statement",
	"person.look", "recover.ask", "recover.refuse", "recover.second", "recovery.make", "recovery.use", "register.draw", "register.issue", "sync.statement"}

// TestEveryActOfARegisterIsSomebodys: whoever adds an act to a register says whether it is an
// administrator's; else he would do it unseen.
func TestEveryActOfARegisterIsSomebodys(t *testing.T) {
	t.Parallel()
	record := regexp.MustCompile(`\bRecord(?:As)?\([^"\n]*"([a-z]+\.[a-z]+)"`)
	var found []string
	for _, root := range []string{"../../kernel", "../../systems", "../../packs"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(root + "/" + path)
			for _, m := range record.FindAllSubmatch(b, -1) {
				if found = append(found, string(m[1])); !slices.Contains(others, string(m[1])) && !slices.Contains(deeds.Kinds(), string(m[1])) {
					t.Errorf("%s records %s, which is neither in Kinds nor in others", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, act := range others {
		if !slices.Contains(found, act) {
			t.Errorf("nobody records %s", act)
		}
	}
}

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
		// Who looks, and at what.
		leader := r.As(t, "leader")
		page := leader.Get("/admin/acts")
		page.Want(t, 200, "Đề nghị giao vai trò: Lãnh đạo")
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
	})
}
