package readers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/counter"
	"motcua/kernel/desk"
	"motcua/kernel/door"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/readers"
	"motcua/kernel/register"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

const service = "1.001193"

func open(t *testing.T, at string) *kerneltest.Rig {
	return kerneltest.Open(t, at, []string{"birth"}, door.System(), readers.System(), track.System(), inbox.System(), desk.System(), doubt.System(), counter.System(), register.System())
}

// Whoever opens, looks for or takes away is in the person's log before he sees
// anything; what waits at his own desk is not noted row by row.
func TestLog(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := open(t, at)
		d := r.File(t, service)
		me, clerk, officer := r.As(t, "applicant"), r.As(t, "clerk"), r.As(t, "officer")
		me.Get("/me/readers").Want(t, 200, "Chưa ai xem gì")
		clerk.Get("/work?view=desk").Want(t, 200, d.Name)
		me.Get("/me/readers?all=1").Want(t, 200, "Chưa ai xem gì")
		clerk.Get("/work?view=all&q="+url.QueryEscape(d.Name)).Want(t, 200, d.Name)
		me.Get("/me/readers").Want(t, 200, "Chưa ai xem gì")
		me.Get("/me/readers?all=1").Want(t, 200, "thấy tên trong danh sách", "tìm bằng từ khoá", d.Code)
		clerk.Get("/work/d/"+d.ID.String()).Want(t, 200)
		me.Get("/me/readers").Want(t, 200, "mở hồ sơ", "UBND phường Hàng Bạc", "đang chờ người này xử lý")
		officer.Get("/work/d/"+d.ID.String()).Want(t, 200)
		page := me.Get("/me/readers")
		page.Want(t, 200, "Ngoài việc được giao")
		if strings.Contains(page.Body, "Lê Thu Hà") {
			t.Error("the log names the official")
		}
		if body := r.As(t, "away").Get("/me/readers").Body; strings.Contains(body, d.Code) {
			t.Error("another person's log shows it")
		}
		today := r.Today(kerneltest.Here)
		a := clerk.Post("/work/register", url.Values{"body": {kerneltest.Here}, "first": {today}, "last": {today}})
		if a.Status >= 400 {
			t.Fatalf("%d\n%s", a.Status, a.Body)
		}
	})
}

// The question why is answered by the head, in five working days, and not by who read.
func TestWhy(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := open(t, at)
		d := r.File(t, service)
		me, officer := r.As(t, "applicant"), r.As(t, "officer")
		officer.Get("/work/d/"+d.ID.String()).Want(t, 200)
		form := find(t, me.Get("/me/readers").Body, `/me/readers/`, `/why`)
		r.As(t, "clerk").Post(form, nil).Want(t, 404)
		a := me.Post(form, nil)
		a.Want(t, 303)
		if b := me.Post(form, nil); b.To != a.To {
			t.Errorf("asked twice: %s and %s", a.To, b.To)
		}
		me.Get(a.To).Want(t, 200, d.Code)
		leader := r.As(t, "leader")
		leader.Get("/work/readings").Want(t, 200, "Lê Thu Hà", "Trả lời trước 09/03/2020") // Monday and five working days
		n := strings.TrimPrefix(a.To, "/c/")
		answers := map[string]any{"finding": "error", "answer": "Cán bộ mở nhầm hồ sơ, chúng tôi đã nhắc nhở."}
		why, err := r.Engine.Find(t.Context(), parse(t, n))
		if err != nil {
			t.Fatal(err)
		}
		r.Do(t, "leader", why.ID, "answer", answers)
		me.Get(a.To).Want(t, 200, "Đã trả lời")

		// What the head himself read is asked at the body above.
		leader.Get("/work/d/"+d.ID.String()).Want(t, 200)
		form = find(t, me.Get("/me/readers").Body, `/me/readers/`, `/why`)
		a = me.Post(form, nil)
		up, err := r.Engine.Find(t.Context(), parse(t, strings.TrimPrefix(a.To, "/c/")))
		if err != nil || up.Body != kerneltest.Above {
			t.Errorf("asked at %v, %v, want %s", up, err, kerneltest.Above)
		}

		// He is made the head there too: he still does not answer what he read himself.
		err = r.DB.Write(t.Context(), func(tx *db.Tx) error {
			return r.Book.Grant(tx, who.Person{}, r.People["leader"].ID, who.Leader, kerneltest.Above, 0, time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		both, err := r.Book.Person(t.Context(), r.People["leader"].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Engine.Act(t.Context(), dossier.Order{Me: both, Dossier: up.ID, Act: "answer", Answers: answers}); fault.Of(err) != fault.Forbidden {
			t.Errorf("who read answers himself: %v", err)
		}
	})
}

// A sealed reading is kept from the person until the seal ends, and counted for all.
func TestSeal(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := open(t, at)
		d := r.File(t, service)
		me, officer, leader := r.As(t, "applicant"), r.As(t, "officer"), r.As(t, "leader")
		path := "/work/d/" + d.ID.String()
		bad := url.Values{"person": {r.People["officer"].ID.String()}, "ground": {"curiosity"}, "decision": {"12/QĐ-CSĐT, Công an quận"}}
		leader.Get(path).Want(t, 200, `href="`+path+`/seal"`)
		if strings.Contains(officer.Get(path).Body, path+"/seal") {
			t.Error("a link to what is not the officer's to ask")
		}
		leader.Post(path+"/seal", bad).Want(t, 422)
		bad.Set("ground", "criminal")
		officer.Post(path+"/seal", bad).Want(t, 403)
		a := leader.Post(path+"/seal", bad)
		a.Want(t, 303)
		n := parse(t, strings.TrimPrefix(a.To, "/c/"))
		seal, err := r.Engine.Find(t.Context(), n)
		if err != nil || seal.Body != kerneltest.Above {
			t.Fatalf("proposed at %v, %v", seal, err)
		}
		officer.Get(path).Want(t, 200)
		before := len(offered(me.Get("/me/readers").Body))
		boss(t, r)
		r.Do(t, "boss", n, "accept", nil)
		officer.Get(path).Want(t, 200)
		if got := len(offered(me.Get("/me/readers").Body)); got != before {
			t.Errorf("%d readings show, want %d: a sealed one does not", got, before)
		}
		me.Get("/c/"+d.ID.String()).Want(t, 200, `href="/me/readers?d=`+d.ID.String()+`"`)
		r.As(t, "").Get("/sealed").Want(t, 200, "UBND phường Hàng Bạc")
		r.Later(120 * 24 * time.Hour)
		if err := r.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(offered(me.Get("/me/readers").Body)); got != before+1 {
			t.Errorf("%d readings show after the seal, want %d", got, before+1)
		}
		r.As(t, "").Get("/sealed").Want(t, 200, "Hiện không có")
	})
}
