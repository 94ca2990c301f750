package desk_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/desk"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/form"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/play"
	"motcua/kernel/who"
)

func TestDeskWork(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, desk.System(), doubt.System(), inbox.System())
		d := r.File(t, "1.001193")
		path := "/work/d/" + d.ID.String()
		clerk, officer, leader, away := r.As(t, "clerk"), r.Entered(t, "officer", who.Password, who.App), r.As(t, "leader"), r.As(t, "away")

		r.As(t, "applicant").Get("/work").Want(t, 403)
		clerk.Get("/work?view=unheld").Want(t, 200, "Nguyễn Văn Thử", d.ID.String())
		clerk.Get("/work?view=unheld&at="+d.ID.String()).Want(t, 200, d.Code, "Nguyễn Thử An Nhiên")
		if rows, err := r.Engine.Readings(context.Background(), d.ID, 10); err != nil || len(rows) != 0 {
			t.Fatalf("looking at the inbox counts as %d readings: %v", len(rows), err)
		}
		if a := officer.Get("/work?view=unheld"); strings.Contains(a.Body, d.ID.String()) {
			t.Error("the officer sees what waits for the clerk")
		}
		away.Get(path).Want(t, 404)
		away.Get(path+"/papers/birth_note/0").Want(t, 404)
		away.Get(path+"/act/receive").Want(t, 404)
		away.Post(path+"/act/receive", url.Values{"version": {"1"}}).Want(t, 404)
		if rows, _ := r.Engine.Readings(context.Background(), d.ID, 10); len(rows) != 0 {
			t.Fatalf("%d readings by an official of another body", len(rows))
		}

		page := clerk.Get(path)
		page.Want(t, 200, "Nguyễn Thử An Nhiên", "Tiếp nhận", "birth_note/0")
		rows, err := r.Engine.Readings(context.Background(), d.ID, 10)
		if err != nil || len(rows) != 1 || rows[0].Person != r.People["clerk"].ID {
			t.Fatalf("readings %v, %v: want the clerk's", rows, err)
		}
		clerk.Get(path+"/papers/birth_note/0").Want(t, 200)
		clerk.Get(path+"/papers/birth_note/7").Want(t, 404)
		clerk.Get(path+"/act/approve").Want(t, 403)
		officer.Get(path+"/act/receive").Want(t, 403)
		clerk.Post(path+"/act/approve", url.Values{"version": {"1"}}).Want(t, 403)

		// Without reasons nothing is asked of the applicant; what was typed stays.
		more := path + "/act/supplement?view=unheld"
		shown := clerk.Get(more)
		shown.Want(t, 200, "Câu soạn sẵn")
		v := url.Values{"version": {shown.Hidden(t, "version")}, "key": {shown.Hidden(t, "key")}, "note": {"nhớ gọi điện"}}
		clerk.Post(more, v).Want(t, 422, "nhớ gọi điện", "ds-error-summary")
		v.Set("reasons.0.ref", "birth_note")
		v.Set("reasons.0.ready", "unreadable")
		v.Set("reasons.add", "1")
		clerk.Post(more, v).Want(t, 200, "reasons.1.ref")
		v.Del("reasons.add")
		v.Set("preview", "1")
		clerk.Post(more, v).Want(t, 200, "không đọc được", "Kính gửi Nguyễn Văn Thử")
		v.Del("preview")
		if a := clerk.Post(more, v); a.Status != 303 || !strings.HasPrefix(a.To, "/work?") {
			t.Fatalf("supplement: %d %s\n%s", a.Status, a.To, a.Body)
		}
		if a := clerk.Post(more, v); a.Status != 303 {
			t.Fatalf("the same click again: %d", a.Status)
		}
		x, _ := r.Engine.Find(context.Background(), d.ID)
		if x.State != "waiting" || len(x.Acts) != 2 || x.Reasons[0].Ref != "birth_note" || x.Reasons[0].Fix == "" {
			t.Fatalf("state %s, %d acts, reasons %+v", x.State, len(x.Acts), x.Reasons)
		}
		clerk.Get(path).Want(t, 200, "Tạm dừng", "không đọc được")

		// The applicant brings the paper to the counter; a picture that is none is refused, the next try is taken.
		supply := path + "/act/supply"
		clerk.Get(supply).Want(t, 200, `name="birth_note"`, "Giấy chứng sinh")
		clerk.Form(supply, url.Values{"version": {"2"}, "key": {"s1"}, "note": {"mang tới quầy"}}, "birth_note", "a.jpg", []byte("no picture")).Want(t, 422, "mang tới quầy")
		sample, err := play.Sample("jpg")
		if err != nil {
			t.Fatal(err)
		}
		if a := clerk.Form(supply, url.Values{"version": {"2"}, "key": {"s2"}}, "birth_note", "b.jpg", sample.Bytes); a.Status != 303 {
			t.Fatalf("supply: %d %s", a.Status, a.Body)
		}
		x, _ = r.Engine.Find(context.Background(), d.ID)
		if x.State != "submitted" || x.Papers["birth_note"][0].Name != "b.jpg" {
			t.Fatalf("after supply: %s, %v", x.State, x.Papers)
		}
		clerk.Get(path).Want(t, 200, "mới")

		// The clerk's form was open when the dossier moved on: what he typed is still there.
		stale := url.Values{"version": {"1"}, "key": {"other"}, "note": {"chữ của tôi"}, "reasons.0.text": {"?"}}
		clerk.Post(path+"/act/decline", stale).Want(t, 409, "chữ của tôi", "Yêu cầu bổ sung")

		d2 := r.File(t, "1.001193")
		r.Do(t, "clerk", d2.ID, "receive", nil)
		path = "/work/d/" + d2.ID.String()
		shown = officer.Get(path + "/act/propose?view=desk")
		shown.Want(t, 200, "Bạn đề xuất thế nào?")
		v = url.Values{"version": {"2"}, "key": {"p"}, "asked": {"proposal"}, "proposal": {"grant"}}
		a := officer.Post(path+"/act/propose?view=desk", v)
		a.Want(t, 200, "Quyển số")
		v["asked"] = []string{"proposal", "register_book"}
		for name, s := range map[string]string{"register_book": "01/2020", "register_no": "118", "register_date.day": "2", "register_date.month": "3", "register_date.year": "2020"} {
			v.Set(name, s)
		}
		v.Set("register_no", "")
		officer.Post(path+"/act/propose?view=desk", v).Want(t, 422, "01/2020")
		v.Set("register_no", "118")
		if a := officer.Post(path+"/act/propose?view=desk", v); a.Status != 303 {
			t.Fatalf("propose: %d\n%s", a.Status, a.Body)
		}
		leader.Get("/work?view=sign").Want(t, 200, d2.ID.String())
		clerk.Get(path+"/act/approve").Want(t, 403)
		shown = leader.Get(path + "/act/approve?view=sign")
		shown.Want(t, 200, "Duyệt và ký")
		if a := leader.Post(path+"/act/approve?view=sign", url.Values{"version": {shown.Hidden(t, "version")}, "key": {"k"}}); a.Status != 303 {
			t.Fatalf("approve: %d\n%s", a.Status, a.Body)
		}
		x, _ = r.Engine.Find(context.Background(), d2.ID)
		if x.State != "granted" || x.Result == nil {
			t.Fatalf("state %s result %v", x.State, x.Result)
		}
		if err := r.Log.Advance(context.Background()); err != nil {
			t.Fatal(err)
		}
		leader.Get(path).Want(t, 200, "Duyệt và ký", "118", ", mục ")

		// While the leader is away the officer corrects the result for him, and the page says so.
		err = r.DB.Write(context.Background(), func(tx *db.Tx) error {
			return r.Book.Grant(tx, r.People["leader"], r.People["officer"].ID, who.Leader, kerneltest.Here, r.People["leader"].ID, time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		shown = officer.Get(path + "/act/correct")
		shown.Want(t, 200, `value="Nguyễn Thử An Nhiên"`)
		v = url.Values{"version": {shown.Hidden(t, "version")}, "key": {"c"}, "asked": {"child_name"}, "child_name": {"Nguyễn Thử An Yên"}, "reasons.0.text": {"Ghi nhầm tên đệm."}}
		for _, page := range ask.Pages(r.Procedures.Get("1.001193").Form.Shown(x.Answers, r.Env("2020-03-02", r.People["applicant"], 0))) {
			if page.ID() != "child_name" {
				v.Add("asked", page.ID())
				for name, all := range r.Procedures.Get("1.001193").Form.Values(page.ID(), x.Answers) {
					v[name] = all
				}
			}
		}
		if a := officer.Post(path+"/act/correct", v); a.Status != 303 {
			t.Fatalf("correct: %d\n%s", a.Status, a.Body)
		}
		officer.Get(path).Want(t, 200, "Lê Thu Hà, thay mặt Trần Quốc Toàn", "Nguyễn Thử An Yên", "<del>Nguyễn Thử An Nhiên</del>")
	})
}

// A kind that no procedure describes has the same pages.
func TestPlainKind(t *testing.T) {
	say := lang.Say
	asks := form.Of(say("Việc gì?"), form.Field{Name: "what", Type: form.Long, Label: say("Việc gì?")})
	reply := form.Of(say("Trả lời"), form.Field{Name: "reply", Type: form.Long, Label: say("Trả lời")})
	for _, f := range []*form.Form{asks, reply} {
		if err := f.Compile("test"); err != nil {
			t.Fatal(err)
		}
	}
	desk1 := []dossier.By{dossier.At(who.Officer)}
	kind := &dossier.Kind{Name: "plain/voice", Version: "1", Title: say("Phản ánh"),
		Stands: map[dossier.State]dossier.Stand{
			"new":  {Title: say("Mới"), Public: dossier.Submitted, Desk: who.Officer},
			"done": {Title: say("Đã trả lời"), Public: dossier.Ready, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "send", Title: say("Gửi"), To: "new", By: []dossier.By{dossier.Everyone, dossier.Applicant}, Form: asks},
			{Act: "reply", Title: say("Trả lời"), From: []dossier.State{"new"}, To: "done", By: desk1, Form: reply},
			{Act: "turn", Title: say("Không thuộc thẩm quyền"), From: []dossier.State{"new"}, To: "done", By: desk1, Reasons: true},
		}}
	plain := kernel.System{Name: "plain", Kinds: func(*kernel.App) ([]*dossier.Kind, error) { return []*dossier.Kind{kind}, nil }}
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, plain, desk.System(), doubt.System(), inbox.System())
	d, err := r.Engine.Act(context.Background(), dossier.Order{Me: r.People["applicant"], Kind: kind.Name, Body: kerneltest.Here, Answers: form.Answers{"what": "Đèn đường hỏng <b>"}})
	if err != nil {
		t.Fatal(err)
	}
	officer, path := r.As(t, "officer"), "/work/d/"+d.ID.String()
	officer.Get("/work?view=unheld").Want(t, 200, "Phản ánh", "Không có hạn")
	page := officer.Get(path)
	page.Want(t, 200, "Đèn đường hỏng &lt;b&gt;", "/act/reply", "/act/turn", "Hồ sơ không có giấy tờ")
	for _, no := range []string{"/act/claim", "/act/assign", "/act/note", "Cần kiểm"} {
		if strings.Contains(page.Body, no) {
			t.Errorf("the page offers %s, which the kind has not", no)
		}
	}
	officer.Get(path+"/act/note").Want(t, 404)
	officer.Post(path+"/act/turn", url.Values{"version": {"1"}, "key": {"a"}}).Want(t, 422)
	officer.Post(path+"/act/reply", url.Values{"version": {"1"}, "key": {"b"}, "asked": {"reply"}, "reply": {""}}).Want(t, 422)
	if a := officer.Post(path+"/act/reply", url.Values{"version": {"1"}, "key": {"c"}, "asked": {"reply"}, "reply": {"Đã thay bóng."}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	officer.Get(path).Want(t, 200, "Đã thay bóng.", "Đã trả lời", "Xong, đúng hạn")
	if rows, _ := r.Engine.Readings(context.Background(), d.ID, 50); len(rows) == 0 {
		t.Error("nobody's reading is recorded")
	}
}
