package counter_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/counter"
	"motcua/kernel/desk"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/play"
	"motcua/kernel/who"
)

// filled is what the page holds, with all questions of the example answered.
func filled(r *kerneltest.Rig, page kerneltest.Answer) url.Values {
	p := r.Procedures.Get("1.001193")
	v := url.Values{}
	for _, m := range regexp.MustCompile(`type="hidden" name="asked" value="([^"]*)"`).FindAllStringSubmatch(page.Body, -1) {
		v.Add("asked", m[1])
		for name, x := range p.Form.Values(m[1], p.Examples[0].Answers) {
			v[name] = x
		}
	}
	return v
}

func TestCounter(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, counter.System(), inbox.System(), desk.System(), doubt.System())
		ctx := context.Background()
		clerk := r.As(t, "clerk")
		r.As(t, "officer").Get("/counter").Want(t, 403)
		clerk.Get("/counter").Want(t, 200, "Đăng ký khai sinh")
		clerk.Get("/counter/new?q=xe+may").Want(t, 200, "không nhận thủ tục nào")
		a := clerk.Get("/counter/new?q=khai+sinh")
		if a.Status != 303 || !strings.Contains(a.To, "kind=portal%2F1.001193") {
			t.Fatalf("one service fits: %d %s", a.Status, a.To)
		}
		start := a.To
		page := clerk.Get(start)
		page.Want(t, 200, "Số căn cước", "Bạn là gì của bé?")
		clerk.Get(strings.Replace(start, kerneltest.Here, kerneltest.Away, 1)).Want(t, 404)
		clerk.Get(strings.Replace(start, kerneltest.Here, "H26.STP.001", 1)).Want(t, 404)

		// Enter: the draft is made, the number is nobody's yet.
		v := url.Values{"helped_number": {"001 195 000 022"}, "helped_name": {"Trần Thị Mẫu"}, "update": {"1"}}
		a = clerk.Form(start, v, "", "", nil)
		if a.Status != 303 || !strings.HasPrefix(a.To, "/counter/d/") || !strings.Contains(a.To, "known=no") {
			t.Fatalf("update: %d %s", a.Status, a.To)
		}
		path, _, _ := strings.Cut(a.To, "?")
		page = clerk.Get(a.To)
		page.Want(t, 200, `value="001195000022"`, `value="Trần Thị Mẫu"`, "Chưa có ai mang số này")
		r.As(t, "clerk2").Get(path).Want(t, 404)
		clerk.Get("/counter").Want(t, 200, "Trần Thị Mẫu")

		// Questions come up as others are answered; filing asks for them first.
		v = filled(r, page)
		v.Set("file", "1")
		for range 6 {
			a = clerk.Form(path, v, "", "", nil)
			if a.Status != 303 || !strings.Contains(a.To, "more=1") {
				break
			}
			page = clerk.Get(a.To)
			v = filled(r, page)
			v.Set("file", "1")
		}
		a.Want(t, 422, "Còn thiếu giấy tờ", `value="Nguyễn Thử An Nhiên"`)

		sample, err := play.Sample("jpg")
		if err != nil {
			t.Fatal(err)
		}
		send := filled(r, a)
		send.Set("update", "1")
		clerk.Form(path, send, "birth_note", "x.jpg", []byte("no picture")).Want(t, 303)
		for paper := range r.Procedures.Get("1.001193").Examples[0].Papers {
			if a = clerk.Form(path, send, paper, paper+".jpg", sample.Bytes); a.Status != 303 {
				t.Fatalf("%s: %d %s", paper, a.Status, a.Body)
			}
		}
		clerk.Get(path).Want(t, 200, "birth_note.jpg", "Đọc được")
		a = clerk.Form(path, v, "", "", nil)
		if a.Status != 303 || !strings.HasPrefix(a.To, "/counter/done/") {
			t.Fatalf("file: %d %s\n%s", a.Status, a.To, a.Body)
		}
		if b := clerk.Form(path, v, "", "", nil); b.To != a.To {
			t.Errorf("the same click again leads to %s, not %s", b.To, a.To)
		}
		n, err := id.Parse(strings.TrimPrefix(a.To, "/counter/done/"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Engine.Find(ctx, n)
		if err != nil || d.Channel != "counter" || d.Helper != r.People["clerk"].ID || d.Name != "Trần Thị Mẫu" || d.State != "examine" || d.Started.IsZero() {
			t.Fatalf("%+v, %v", d, err)
		}
		clerk.Get(a.To).Want(t, 200, d.Printed(), "receipt.pdf", "Người tiếp theo")
		r.As(t, "away").Get(a.To).Want(t, 404)
		clerk.Get("/counter/handover").Want(t, 200, inbox.Short(d.Code), "Chuyên viên: 1 hồ sơ")
		clerk.Get("/counter/handover?day=2020-03-01").Want(t, 200, "không có hồ sơ nào")
		clerk.Get("/counter/handover?day=tomorrow").Want(t, 422)

		// She comes again: the register knows her, what is about her is filled in, and the look-up is recorded.
		a = clerk.Form(start, url.Values{"helped_number": {"001195000022"}, "update": {"1"}}, "", "", nil)
		if !strings.Contains(a.To, "known=yes") {
			t.Fatal(a.To)
		}
		clerk.Get(a.To).Want(t, 200, `value="Trần Thị Mẫu"`, `value="0900000101"`)
		looks := 0
		err = r.DB.Read(ctx, func(tx *db.Tx) error {
			return tx.Row(`select count(*) from act where act = 'person.look' and by = $1`, r.People["clerk"].ID).Scan(&looks)
		})
		if err != nil || looks != 1 {
			t.Errorf("%d look-ups recorded, want 1: %v", looks, err)
		}

		// It counts as a reading of the dossier that it came from; a clerk elsewhere gets nothing of that.
		if rows, err := r.Engine.Readings(ctx, n, 10); err != nil || len(rows) == 0 || rows[0].Person != r.People["clerk"].ID {
			t.Errorf("readings %v, %v", rows, err)
		}
		away := r.As(t, "away")
		b := away.Form(strings.Replace(start, kerneltest.Here, kerneltest.Away, 1), url.Values{"helped_number": {"001195000022"}, "update": {"1"}}, "", "", nil)
		if !strings.Contains(b.To, "known=yes") || strings.Contains(b.To, d.Code) {
			t.Errorf("a clerk elsewhere is told %s", b.To)
		}
		if b = away.Get(b.To); !strings.Contains(b.Body, `value="Trần Thị Mẫu"`) || strings.Contains(b.Body, "0900000101") {
			t.Error("a clerk elsewhere sees what this body was told")
		}

		// A draft can be thrown away.
		path, _, _ = strings.Cut(a.To, "?")
		clerk.Form(path+"/drop", nil, "", "", nil).Want(t, 303)
		clerk.Get(path).Want(t, 404)
		if rows, _, _ := r.Engine.Rows(ctx, dossier.List{Me: r.People["clerk"], Inbox: "all"}); len(rows) != 1 {
			t.Errorf("%d dossiers, want 1", len(rows))
		}
	})
}

// A service stands in a clerk's list once, also where he covers a colleague; if
// several of his bodies take it, he then says which.
func TestEachServiceOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, counter.System(), inbox.System(), desk.System(), doubt.System())
		give := func(body string, covers id.ID) *kerneltest.Browser {
			if err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
				return r.Book.Grant(tx, who.Person{}, r.People["clerk"].ID, who.Clerk, body, covers, time.Time{})
			}); err != nil {
				t.Fatal(err)
			}
			return r.As(t, "clerk")
		}
		link := regexp.MustCompile(`href="(/counter[^"]*kind=portal%2F1\.001193)"`)
		at := regexp.MustCompile(`href="/counter/new\?body=([^"&]*)&amp;kind=portal%2F1\.001193"`)
		a := give(kerneltest.Here, r.People["officer"].ID).Get("/counter")
		if got := at.FindAllStringSubmatch(a.Body, -1); len(got) != 1 || got[0][1] != kerneltest.Here {
			t.Errorf("one body, held twice: got %v", got)
		}
		b := give(kerneltest.Away, 0)
		found := link.FindAllStringSubmatch(b.Get("/counter").Body, -1)
		if len(found) != 1 || found[0][1] != "/counter?kind=portal%2F1.001193" {
			t.Fatalf("two bodies: got %v, want one link to choose", found)
		}
		got := at.FindAllStringSubmatch(b.Get(found[0][1]).Body, -1)
		if len(got) != 2 || got[0][1] == got[1][1] {
			t.Errorf("to choose from: got %v, want each of the two", got)
		}
	})
}
