package desk_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/desk"
	"motcua/kernel/kerneltest"
)

// hidden reads the hidden boxes of the first form that a page sends to action.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`type="hidden" name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no hidden %q:\n%s", name, page)
	}
	return m[1]
}

func want(t *testing.T, a kerneltest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d\n%s", a.Status, status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("the page does not say %q:\n%s", w, a.Body)
		}
	}
}

func TestDeskWork(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, desk.System())
		d := r.File(t, "1.001193")
		path := "/work/d/" + d.ID.String()
		clerk, officer, leader, away := r.As(t, "clerk"), r.As(t, "officer"), r.As(t, "leader"), r.As(t, "away")

		want(t, r.As(t, "applicant").Get("/work"), 403)
		want(t, clerk.Get("/work?view=unheld"), 200, "Nguyễn Văn Thử", d.ID.String())
		want(t, clerk.Get("/work?view=unheld&at="+d.ID.String()), 200, d.Code, "Nguyễn Thử An Nhiên")
		if rows, err := r.Engine.Readings(context.Background(), d.ID, 10); err != nil || len(rows) != 0 {
			t.Fatalf("looking at the inbox counts as %d readings: %v", len(rows), err)
		}
		if a := officer.Get("/work?view=unheld"); strings.Contains(a.Body, d.ID.String()) {
			t.Error("the officer sees what waits for the clerk")
		}
		want(t, away.Get(path), 404)
		want(t, away.Get(path+"/papers/birth_note/0"), 404)
		want(t, away.Get(path+"/act/receive"), 404)
		want(t, away.Post(path+"/act/receive", url.Values{"version": {"1"}}), 404)
		if rows, _ := r.Engine.Readings(context.Background(), d.ID, 10); len(rows) != 0 {
			t.Fatalf("%d readings by an official of another body", len(rows))
		}

		page := clerk.Get(path)
		want(t, page, 200, "Nguyễn Thử An Nhiên", "Tiếp nhận", "birth_note/0")
		rows, err := r.Engine.Readings(context.Background(), d.ID, 10)
		if err != nil || len(rows) != 1 || rows[0].Person != r.People["clerk"].ID {
			t.Fatalf("readings %v, %v: want the clerk's", rows, err)
		}
		want(t, clerk.Get(path+"/papers/birth_note/0"), 200)
		want(t, clerk.Get(path+"/papers/birth_note/7"), 404)
		want(t, clerk.Get(path+"/act/approve"), 403)
		want(t, officer.Get(path+"/act/receive"), 403)
		want(t, clerk.Post(path+"/act/approve", url.Values{"version": {"1"}}), 403)

		// Without reasons nothing is asked of the applicant; what was typed stays.
		ask := path + "/act/supplement?view=unheld"
		form := clerk.Get(ask)
		want(t, form, 200, "Câu soạn sẵn")
		v := url.Values{"version": {hidden(t, form.Body, "version")}, "key": {hidden(t, form.Body, "key")}, "note": {"nhớ gọi điện"}}
		want(t, clerk.Post(ask, v), 422, "nhớ gọi điện", "ds-error-summary")
		v.Set("reasons.0.ref", "birth_note")
		v.Set("reasons.0.ready", "unreadable")
		v.Set("reasons.add", "1")
		want(t, clerk.Post(ask, v), 200, "reasons.1.ref")
		v.Del("reasons.add")
		v.Set("preview", "1")
		want(t, clerk.Post(ask, v), 200, "không đọc được", "Kính gửi Nguyễn Văn Thử")
		v.Del("preview")
		if a := clerk.Post(ask, v); a.Status != 303 || !strings.HasPrefix(a.To, "/work?") {
			t.Fatalf("supplement: %d %s\n%s", a.Status, a.To, a.Body)
		}
		if a := clerk.Post(ask, v); a.Status != 303 {
			t.Fatalf("the same click again: %d", a.Status)
		}
		x, _ := r.Engine.Find(context.Background(), d.ID)
		if x.State != "waiting" || len(x.Acts) != 2 || x.Reasons[0].Ref != "birth_note" || x.Reasons[0].Fix == "" {
			t.Fatalf("state %s, %d acts, reasons %+v", x.State, len(x.Acts), x.Reasons)
		}
		want(t, clerk.Get(path), 200, "Tạm dừng", "không đọc được")

		// The clerk's form was open when the dossier moved on: what he typed is still there.
		stale := url.Values{"version": {"1"}, "key": {"other"}, "note": {"chữ của tôi"}, "reasons.0.text": {"?"}}
		want(t, clerk.Post(path+"/act/decline", stale), 409, "chữ của tôi", "Yêu cầu bổ sung")

		d2 := r.File(t, "1.001193")
		r.Do(t, "clerk", d2.ID, "receive", nil)
		path = "/work/d/" + d2.ID.String()
		form = officer.Get(path + "/act/propose?view=desk")
		want(t, form, 200, "Bạn đề xuất thế nào?")
		v = url.Values{"version": {"2"}, "key": {"p"}, "asked": {"proposal"}, "proposal": {"grant"}}
		a := officer.Post(path+"/act/propose?view=desk", v)
		want(t, a, 200, "Quyển số")
		v["asked"] = []string{"proposal", "register_book"}
		for name, s := range map[string]string{"register_book": "01/2020", "register_no": "118", "register_date.day": "2", "register_date.month": "3", "register_date.year": "2020"} {
			v.Set(name, s)
		}
		v.Set("register_no", "")
		want(t, officer.Post(path+"/act/propose?view=desk", v), 422, "01/2020")
		v.Set("register_no", "118")
		if a := officer.Post(path+"/act/propose?view=desk", v); a.Status != 303 {
			t.Fatalf("propose: %d\n%s", a.Status, a.Body)
		}
		want(t, leader.Get("/work?view=sign"), 200, d2.ID.String())
		want(t, clerk.Get(path+"/act/approve"), 403)
		form = leader.Get(path + "/act/approve?view=sign")
		want(t, form, 200, "Duyệt và ký")
		if a := leader.Post(path+"/act/approve?view=sign", url.Values{"version": {hidden(t, form.Body, "version")}, "key": {"k"}}); a.Status != 303 {
			t.Fatalf("approve: %d\n%s", a.Status, a.Body)
		}
		x, _ = r.Engine.Find(context.Background(), d2.ID)
		if x.State != "granted" || x.Result == nil {
			t.Fatalf("state %s result %v", x.State, x.Result)
		}
		want(t, leader.Get(path), 200, "Duyệt và ký", "118")
	})
}

func TestBulk(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, desk.System())
		leader := r.As(t, "leader")
		var picked, versions []string
		for range 3 {
			d := r.File(t, "1.001193")
			r.Do(t, "clerk", d.ID, "receive", nil)
			d = r.Do(t, "officer", d.ID, "propose", map[string]any{"proposal": "grant", "register_book": "1", "register_no": "2", "register_date": "2020-03-02"})
			picked, versions = append(picked, d.ID.String()), append(versions, fmt.Sprint(d.Version))
		}
		raw := r.File(t, "1.001193") // not the leader's to approve
		q := url.Values{"act": {"approve"}, "d": append(picked, raw.ID.String()), "view": {"sign"}}
		page := leader.Get("/work/bulk?" + q.Encode())
		want(t, page, 200, "3 hồ sơ làm được", "1 hồ sơ không làm được")
		r.Do(t, "leader", mustID(t, picked[2]), "note", map[string]any{"note": "x"}) // it changes behind the page's back

		post := url.Values{"act": {"approve"}, "d": append(picked, raw.ID.String()), "v": append(versions, "1"), "view": {"sign"}}
		a := leader.Post("/work/bulk", post)
		if a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		want(t, leader.Get(a.To), 200, "2 hồ sơ đã xong", "2 hồ sơ chưa làm được")
		for i, s := range picked {
			d, _ := r.Engine.Find(context.Background(), mustID(t, s))
			if got := d.State == "granted"; got != (i < 2) {
				t.Errorf("dossier %d is %s", i, d.State)
			}
		}
		want(t, r.As(t, "away").Get("/work/bulk?"+q.Encode()), 404)

		// Claiming and assigning.
		q = url.Values{"act": {"assign"}, "d": {raw.ID.String()}, "v": {"1"}, "to": {r.People["clerk2"].ID.String()}}
		want(t, r.As(t, "clerk").Get("/work/bulk?"+q.Encode()), 200, "Đỗ Thị Mận")
		if a := r.As(t, "clerk").Post("/work/bulk", q); a.Status != 303 {
			t.Fatalf("assign: %d", a.Status)
		}
		if d, _ := r.Engine.Find(context.Background(), raw.ID); d.Holder != r.People["clerk2"].ID {
			t.Errorf("holder %s", d.Holder)
		}
		want(t, r.As(t, "clerk2").Get("/work"), 200, raw.ID.String())
	})
}

func mustID(t *testing.T, s string) id.ID {
	t.Helper()
	n, err := id.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
