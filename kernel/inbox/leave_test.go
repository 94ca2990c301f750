package inbox_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/who"
)

func TestLeave(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, inbox.System(), doubt.System())
		ctx := context.Background()
		officer, leader := r.Entered(t, "officer", who.Password, who.App), r.As(t, "leader") // a role that is lent needs a second factor too
		d := r.File(t, "1.001193")
		r.Do(t, "clerk", d.ID, "receive", nil)
		d = r.Do(t, "officer", d.ID, "propose", map[string]any{"proposal": "grant", "register_book": "1", "register_no": "2", "register_date": "2020-03-02"})
		leader.Get("/work/delegate").Want(t, 200, "Lê Thu Hà", "Chưa có ai")
		v := url.Values{"role": {"leader@" + kerneltest.Here}, "to": {r.People["officer"].ID.String()}, "until.day": {"4"}, "until.month": {"3"}, "until.year": {"2020"}}
		for name, bad := range map[string]string{"role": "admin@" + kerneltest.Here, "to": r.People["away"].ID.String(), "until.day": "1", "until.year": "2031"} {
			wrong := url.Values{}
			for k, x := range v {
				wrong[k] = x
			}
			wrong.Set(name, bad)
			leader.Post("/work/delegate", wrong).Want(t, 422)
		}
		mine := url.Values{"role": {"officer@" + kerneltest.Here}, "to": v["to"], "until.day": {"4"}, "until.month": {"3"}, "until.year": {"2020"}}
		leader.Post("/work/delegate", mine).Want(t, 422) // not the leader's own role
		officer.Get("/work?view=sign").Want(t, 200)
		if a := leader.Post("/work/delegate", v); a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		leader.Get("/work/delegate").Want(t, 200, "Lê Thu Hà", "Kết thúc")
		officer.Get("/work/delegate").Want(t, 200, "Trần Quốc Toàn")
		officer.Get("/work?view=sign").Want(t, 200, d.ID.String())
		x := r.Do(t, "officer", d.ID, "approve", nil)
		if last := x.Acts[len(x.Acts)-1]; last.Entry.For != r.People["leader"].ID || last.By != r.People["officer"].ID {
			t.Errorf("done by %s for %s", last.By, last.Entry.For)
		}

		// It ends by hand, and by date; what the colleague holds in his own right stays.
		if a := leader.Post("/work/delegate", url.Values{"end": {r.People["officer"].ID.String() + "@leader@" + kerneltest.Here}}); a.Status != 303 {
			t.Fatal(a.Status)
		}
		if p, _ := r.Book.Person(ctx, r.People["officer"].ID); len(p.Grants) != 1 || p.Grants[0].Role != "officer" {
			t.Errorf("grants %v", p.Grants)
		}
		leader.Post("/work/delegate", v)
		r.Later(3 * 24 * time.Hour)
		if p, _ := r.Book.Person(ctx, r.People["officer"].ID); len(p.Grants) != 1 {
			t.Errorf("grants after the last day: %v", p.Grants)
		}
	})
}

func TestTeam(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), []string{"birth"}, inbox.System(), doubt.System())
	for i := range 3 {
		d := r.File(t, "1.001193")
		if i == 0 {
			r.Do(t, "clerk", d.ID, "claim", nil)
		}
	}
	r.Later(14 * 24 * time.Hour)
	r.As(t, "clerk").Get("/work/team").Want(t, 403)
	leader := r.As(t, "leader")
	leader.Get("/work/team").Want(t, 200, "Vũ Minh Châu, Cán bộ một cửa", ">3<", ">1<", ">0<")
	leader.Get("/work?view=all&late=1&desk=clerk&body="+kerneltest.Here).Want(t, 200, "Quá 8 ngày")
	r.As(t, "clerk").Get("/work/shortcuts").Want(t, 200, "Yêu cầu bổ sung")
}
