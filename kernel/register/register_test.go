package register_test

import (
	"encoding/csv"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/register"
	"motcua/kernel/sign"
)

// A register holds what the body received in its days and nothing else, stays as
// it was drawn up, is sealed once, and does not exist for others.
func TestRegister(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, []string{"birth"}, paper.System(), register.System())
		one, two := r.File(t, "1.001193"), r.File(t, "1.001193")
		r.Do(t, "clerk", one.ID, "receive", nil)
		clerk, away, officer := r.As(t, "clerk"), r.As(t, "away"), r.As(t, "officer")
		days := url.Values{"body": {kerneltest.Here}, "from": {"2020-03-01"}, "to": {"2020-03-02"}}
		page := clerk.Get("/work/register?" + days.Encode())
		page.Want(t, 200, "1 hồ sơ", "01/03/2020", "Lập sổ từ")
		if strings.Contains(page.Body, two.ID.String()) {
			t.Error("what the body has not received stands in its register")
		}
		officer.Get("/work/register").Want(t, 403)
		away.Get("/work/register?"+days.Encode()).Want(t, 403)
		away.Post("/work/register", days).Want(t, 403)
		if a := clerk.Post("/work/register", days); a.Status != 303 || !strings.HasPrefix(a.To, "/work/register?body="+kerneltest.Here) {
			t.Fatalf("%d to %q", a.Status, a.To)
		}
		page = clerk.Get("/work/register?" + days.Encode())
		link := regexp.MustCompile(`/work/register/[0-9a-z]+/register\.pdf`).FindString(page.Body)
		if link == "" {
			t.Fatalf("no register to download:\n%s", page.Body)
		}
		if err := r.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		why := sign.Stopped{Body: kerneltest.Here, What: sign.Sealing, Since: r.Now(), Why: "diễn tập"}
		if err := r.DB.Write(t.Context(), func(tx *db.Tx) error { return r.Keys.Stop(tx, why) }); err != nil {
			t.Fatal(err)
		}
		clerk.Get(link).Want(t, 503) // nothing is sealed there
		if err := r.DB.Write(t.Context(), func(tx *db.Tx) error { return r.Keys.Go(tx, why.Body, why.What) }); err != nil {
			t.Fatal(err)
		}
		first := clerk.Get(link)
		first.Want(t, 200, "%PDF")
		r.Do(t, "clerk", two.ID, "receive", nil)
		if again := r.As(t, "leader").Get(link); again.Body != first.Body {
			t.Error("a register that was issued has other bytes now")
		}
		lines := clerk.Get(strings.Replace(link, ".pdf", ".csv", 1))
		lines.Want(t, 200, "\ufeffSTT,", one.Code, "Nguyễn Văn Thử", "Còn hạn")
		cells, err := csv.NewReader(strings.NewReader(lines.Body)).ReadAll()
		if err != nil || len(cells) != 2 || strings.Contains(lines.Body, two.Code) {
			t.Errorf("%d lines, want the head and one dossier; %v:\n%s", len(cells), err, lines.Body)
		}
		away.Get(link).Want(t, 404)
		away.Get(strings.Replace(link, ".pdf", ".csv", 1)).Want(t, 404)
		if err := r.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := r.Engine.History(t.Context(), r.Log)
		if err != nil || len(found) > 0 {
			t.Errorf("doctor finds %v, %v", found, err)
		}
	})
}

// What a spreadsheet would run is only text, and comes back as it was.
func TestCells(t *testing.T) {
	line := []string{"=1+1", "+84", "-5", "@x", "bình thường", "", `có "ngoặc", và phẩy`, "'đơn"}
	b, err := register.Write([][]string{line})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "'=1+1,'+84,'-5,'@x,") {
		t.Errorf("a formula would run: %s", b)
	}
	back, err := register.Read(b)
	if err != nil || strings.Join(back[0], "|") != strings.Join(line, "|") {
		t.Errorf("read %q, want %q; %v", back, line, err)
	}
}
