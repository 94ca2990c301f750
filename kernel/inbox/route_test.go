package inbox_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
)

func TestBulk(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, dbURL string) {
		r := kerneltest.Open(t, dbURL, []string{"birth"}, inbox.System(), doubt.System())
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
		page.Want(t, 200, "3 hồ sơ làm được", "1 hồ sơ không làm được")
		shown := 0 // each that the page names is in the log of its person
		err := r.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select count(distinct dossier) from reading where person = $1`, r.People["leader"].ID).Scan(&shown)
		})
		if err != nil || shown != 4 {
			t.Errorf("%d of 4 readings are recorded, %v", shown, err)
		}
		r.Do(t, "leader", parse(t, picked[2]), "note", map[string]any{"note": "x"}) // it changes behind the page's back

		post := url.Values{"act": {"approve"}, "d": append(picked, raw.ID.String()), "v": append(versions, "1"), "view": {"sign"}}
		a := leader.Post("/work/bulk", post)
		if a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		leader.Get(a.To).Want(t, 200, "2 hồ sơ đã xong", "2 hồ sơ chưa làm được")
		for i, s := range picked {
			d, _ := r.Engine.Find(context.Background(), parse(t, s))
			if got := d.State == "granted"; got != (i < 2) {
				t.Errorf("dossier %d is %s", i, d.State)
			}
		}
		r.As(t, "away").Get("/work/bulk?"+q.Encode()).Want(t, 404)

		// Claiming and assigning.
		q = url.Values{"act": {"assign"}, "d": {raw.ID.String()}, "v": {"1"}, "to": {r.People["clerk2"].ID.String()}}
		r.As(t, "clerk").Get("/work/bulk?"+q.Encode()).Want(t, 200, "Đỗ Thị Mận")
		if a := r.As(t, "clerk").Post("/work/bulk", q); a.Status != 303 {
			t.Fatalf("assign: %d", a.Status)
		}
		if d, _ := r.Engine.Find(context.Background(), raw.ID); d.Holder != r.People["clerk2"].ID {
			t.Errorf("holder %s", d.Holder)
		}
		r.As(t, "clerk2").Get("/work").Want(t, 200, raw.ID.String())
	})
}

func parse(t *testing.T, s string) id.ID {
	t.Helper()
	n, err := id.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
