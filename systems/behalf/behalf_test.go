package behalf_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/counter"
	"motcua/kernel/doctor"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/who"
	"motcua/systems/behalf"
)

func (c *crowd) sick(t *testing.T) (found []string) {
	t.Helper()
	all, err := doctor.Examine(t.Context(), c.App, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !f.OK && (f.Check == "mandates" || f.Check == "projections" || f.Check == "acts") {
			found = append(found, f.Check+": "+f.Detail)
		}
	}
	return found
}

// both is registering a birth, for businesses too: a service of the tests' own.
func both(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../packs/vn2020/procedures/birth.yaml")
	s := strings.NewReplacer("1.001193", "9.001193", "\nfor: [citizen]", "\nfor: [citizen, business]").Replace(string(b))
	file := filepath.Join(t.TempDir(), "both.yaml")
	if err = errors.Join(err, os.WriteFile(file, []byte(s), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func prove(t *testing.T, r *kerneltest.Rig, login, number string) {
	t.Helper()
	p := r.People[login]
	err := r.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		if err = level.Reach(tx, r.Book, p, p.ID, level.Proof{Level: who.High, Way: "counter", Number: number, Name: p.Name, Born: "1980-01-01"}); err == nil {
			r.People[login], err = r.Book.Find(tx, p.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func shown(number string, more ...string) url.Values {
	v := url.Values{"number": {number}, "name": {"Nguyễn Văn Thử"}, "born.year": {"1980"}, "born.month": {"1"}, "born.day": {"1"}, "document": {"identity"}, "document_number": {"012345678"}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

var number = regexp.MustCompile(`/me/mandates/([^/"&]+)/`)

// TestBusiness: a representative is established at a counter, gives a mandate,
// which is accepted, used, and taken back; each step by the pages.
func TestBusiness(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, []string{both(t), "birth"}, counter.System(), behalf.System(behalf.Settings{}))
		clerk, boss, helper := r.As(t, "clerk"), r.As(t, "applicant"), r.As(t, "officer")
		v := shown("001093000011", "org_number", "0100000001", "org_name", "Công ty Thử Nghiệm", "paper", "Giấy chứng nhận đăng ký doanh nghiệp số 0100000001")
		clerk.Post("/counter/represents-business", v).Want(t, 422, "Chưa có tài khoản nào")
		prove(t, r, "applicant", "001093000011")
		boss.Post("/counter/represents-business", v).Want(t, 403)
		clerk.Post("/counter/represents-business", v).Want(t, 200, "nay đại diện cho Công ty Thử Nghiệm")
		clerk.Post("/counter/represents-business", v).Want(t, 422, "đã là người đại diện")
		clerk.Get("/counter/represents-nobody").Want(t, 404)

		page := boss.Get("/me/mandates")
		page.Want(t, 200, "Người làm thay Công ty Thử Nghiệm", "Người đại diện")
		org := regexp.MustCompile(`new\?for=([^/"&]+)`).FindAllStringSubmatch(page.Body, -1)[1][1]
		boss.Get("/me/mandates/new?for="+org).Want(t, 200, "Để một người làm thay Công ty Thử Nghiệm")
		helper.Get("/me/mandates/new?for="+org).Want(t, 403)
		kind := "portal/9.001193"
		w := url.Values{"for": {org}, "login": {"officer"}, "powers": {"file", "fees"}, "services": {strings.Replace(kind, "/", "-", 1)}, "until.year": {"2020"}, "until.month": {"3"}, "until.day": {"31"}}
		helper.Post("/me/mandates/new", w).Want(t, 403)
		w.Set("login", "nobody.here")
		boss.Post("/me/mandates/new", w).Want(t, 422, "Không có tên đăng nhập này")
		w.Set("login", "applicant")
		if a := boss.Post("/me/mandates/new", w); a.Status != 303 { // for the business, to himself: he may
			t.Errorf("to oneself for the business: %d", a.Status)
		}
		w.Set("login", "officer")
		if a := boss.Post("/me/mandates/new", w); a.Status != 303 {
			t.Fatalf("offer: %d\n%s", a.Status, a.Body)
		}
		page = helper.Get("/me/mandates")
		page.Want(t, 200, "Nhận uỷ quyền", "31/03/2020", "Nộp phí, lệ phí")
		n := number.FindStringSubmatch(page.Body)[1]
		clerk.Post("/me/mandates/"+n+"/accept", nil).Want(t, 404)
		party, _ := id.Parse(org)
		may := func(want bool) {
			t.Helper()
			p, err := r.Book.Person(t.Context(), r.People["officer"].ID)
			if got := p.May(who.File, kind, party); got != want || err != nil {
				t.Errorf("may file: %t, want %t, %v", got, want, err)
			}
		}
		may(false)
		if a := helper.Post("/me/mandates/"+n+"/accept", nil); a.Status != 303 {
			t.Fatalf("accept: %d", a.Status)
		}
		may(true)
		clerk.Post("/me/mandates/"+n+"/end", nil).Want(t, 404)
		boss.Post("/me/mandates/"+n+"/end", nil)
		may(false)
		boss.Post("/me/mandates/"+n+"/end", nil).Want(t, 409)
		helper.Get("/me/mandates").Want(t, 200, "Đã kết thúc")
	})
}

// TestChild: a parent acts for a child until it is of age; the dossier is the
// child's, and says by which mandate it was filed.
func TestChild(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), []string{both(t), "birth"}, counter.System(), behalf.System(behalf.Settings{}))
	prove(t, r, "applicant", "001093000011")
	clerk := r.As(t, "clerk")
	v := shown("001093000011", "child_number", "001205000077", "child_name", "Nguyễn Thị Con", "child_born.year", "2002", "child_born.month", "3", "child_born.day", "1", "paper", "Giấy khai sinh số 12/2005")
	clerk.Post("/counter/represents-child", v).Want(t, 422, "đã đủ 18 tuổi")
	v.Set("child_born.day", "10")
	clerk.Post("/counter/represents-child", v).Want(t, 200, "nay đại diện cho Nguyễn Thị Con")
	c := &crowd{Rig: r, kinds: []string{"portal/9.001193"}}
	parent := c.fresh(t, r.People["applicant"].ID)
	if len(parent.Mandates) != 1 || !parent.Mandates[0].Private {
		t.Fatalf("mandates %+v", parent.Mandates)
	}
	child := parent.Mandates[0].Org
	d, err := c.open(t, parent.ID, 0, 0, child)
	if err != nil {
		t.Fatal(err)
	}
	if d.Org != child || d.Name != "Nguyễn Thị Con" || d.Acts[0].Entry.Mandate != parent.Mandates[0].ID || d.Acts[0].Entry.As != dossier.Applicant {
		t.Errorf("dossier of %s, %q, act %+v", d.Org, d.Name, d.Acts[0].Entry)
	}
	if _, _, err := r.Engine.See(t.Context(), parent, d.ID); err != nil {
		t.Errorf("the parent: %v", err)
	}
	r.Later(10 * 24 * time.Hour) // the child comes of age
	parent = c.fresh(t, parent.ID)
	if _, err := c.open(t, parent.ID, 0, 0, child); fault.Of(err) != fault.Forbidden {
		t.Errorf("filed for who is of age: %v", err)
	}
	if _, _, err := r.Engine.See(t.Context(), parent, d.ID); fault.Of(err) != fault.NotFound {
		t.Errorf("the parent still reads: %v", err)
	}
	if p := c.fresh(t, child); !d.Asked(p, who.File) {
		t.Error("the child may not act in its own matter")
	}
	if bad := c.sick(t); len(bad) > 0 {
		t.Errorf("doctor: %v", bad)
	}
	c.write(t, func(tx *db.Tx) error {
		_, err := tx.Exec(`update mandate set until = 0`)
		return err
	})
	if bad := c.sick(t); len(bad) != 1 || !strings.Contains(bad[0], "for good") {
		t.Errorf("doctor: %v", bad)
	}
}

// TestTakenBackAtOnce: who was let in a moment ago with a mandate does nothing
// more once it is taken back, even where this program still remembers it.
func TestTakenBackAtOnce(t *testing.T) {
	c, m := gather(t, dbtest.SQLite(t))
	if _, err := c.open(t, c.persons[0].ID, 0, 1, c.orgs[0]); err != nil {
		t.Fatal(err)
	}
	boss := c.fresh(t, c.persons[0].ID) // as a page read him
	for n, g := range m.all {
		if g.Holder == boss.ID {
			c.write(t, func(tx *db.Tx) error { return c.Book.Revoke(tx, boss, n) })
		}
	}
	if _, err := c.openBy(t, boss, 0, 1, c.orgs[0]); fault.Of(err) != fault.Forbidden {
		t.Errorf("filed with a mandate that was taken back: %v", err)
	}
	if _, err := c.open(t, c.persons[2].ID, 0, 1, c.orgs[0]); fault.Of(err) != fault.Forbidden {
		t.Errorf("filed without any mandate: %v", err)
	}
}
