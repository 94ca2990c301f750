package cutover_test

import (
	"context"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/cutover"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
)

// On Friday the old software hands its cases over; on Monday people go on.
func TestACaseIsCarriedOn(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		path := r.file(t, "friday.ndjson",
			r.line(1, nil),
			r.line(2, map[string]any{"state": "Trình ký", "holder": nil, "desk": map[string]any{"register_book": "01/2020", "register_no": "9", "register_date": "2020-03-01", "proposal": "grant"}}),
			r.line(3, map[string]any{"state": "Chờ bổ sung", "holder": "nobody.knows", "asked": []any{map[string]any{"ref": "child_name", "text": "Thiếu chữ đệm"}}}),
			r.line(4, map[string]any{"state": "1", "due": nil, "remaining": "0.5d", "tail": nil, "holder": nil}),
			r.line(5, map[string]any{"answers": map[string]any{"child_name": "Bé Năm", "child_born": "2020-01-05"}, "papers": nil}))
		dry, bad := r.run(t, path, func(x *cutover.Dossiers) { x.DryRun = true })
		if dry.Fresh != 5 || dry.Rejected != 0 || r.count(t, `select count(*) from dossier`) != 0 {
			t.Fatalf("dry run: %+v %v", dry, bad)
		}
		rep, bad := r.run(t, path, nil)
		if rep.Fresh != 5 || rep.Rejected != 0 || rep.Warnings != 1 || !strings.Contains(bad[0].Reason, "nobody.knows") {
			t.Fatalf("%+v %v", rep, bad)
		}

		d := r.find(t, "MC-000001/HB", "K001")
		if d == nil || d.State != "examine" || d.Holder != r.People["officer"].ID || !d.Due.Equal(at("2020-03-04 17:00")) || !d.Opened.Equal(at("2020-02-28 09:30")) {
			t.Fatalf("the first case: %+v", d)
		}
		if got := d.Papers["birth_note"]; len(got) != 1 || got[0].Sum != sum(sample) {
			t.Errorf("its paper: %v", got)
		}
		// Nobody is told anew of what he has a receipt for.
		if n := r.count(t, `select count(*) from post`); n != 0 {
			t.Errorf("%d messages were sent", n)
		}
		// The officer goes on with hers, the leader signs the second, the citizen supplies the third, the clerk receives the fourth.
		rows, _, err := r.Engine.Rows(t.Context(), dossier.List{Me: r.me(t, "officer"), Inbox: "mine"})
		if err != nil || len(rows) != 2 {
			t.Fatalf("her inbox: %d, %v", len(rows), err)
		}
		r.Do(t, "officer", d.ID, "propose", map[string]any{"proposal": "grant", "register_book": "01/2020", "register_no": "7", "register_date": "2020-03-02"})
		d = r.Do(t, "leader", d.ID, "approve", nil)
		if d.State != "granted" || d.Ended.After(d.Due) {
			t.Errorf("granted late: %v, due %v", d.Ended, d.Due)
		}
		if d = r.Do(t, "leader", r.find(t, "MC-000002/HB", "K002").ID, "approve", nil); d.State != "granted" || d.Desk["register_no"] != "9" {
			t.Errorf("the second case: %s %v", d.State, d.Desk)
		}
		d = r.find(t, "mc-000003/hb", "k003")
		if d == nil || d.State != "waiting-examine" || !d.Open {
			t.Fatalf("the third case: %+v", d)
		}
		d = r.Do(t, "clerk", d.ID, "supply", map[string]any{"child_name": "Nguyễn Thử Số Ba"})
		if d.State != "examine" || d.Answers["child_name"] != "Nguyễn Thử Số Ba" || !d.Due.After(at("2020-03-02 09:00")) {
			t.Errorf("after the supplement: %s, due %v", d.State, d.Due)
		}
		var tail string
		for _, x := range rows4(t, r) {
			tail = x.Tail
			if late := x.Due.Sub(at("2020-03-02 14:00")); late < 0 || late > r.Now().Sub(kerneltest.Monday) {
				t.Errorf("half a day that was left at %v: due %v", r.Now(), x.Due)
			}
			if d = r.Do(t, "clerk", x.ID, "receive", nil); d.State != "examine" {
				t.Errorf("the fourth case: %s", d.State)
			}
		}
		if len(tail) != 4 || r.find(t, "MC-000004/HB", tail) == nil {
			t.Errorf("a case without a secret got %q", tail)
		}
		// What today's form asks and was never asked is marked, and stops nobody.
		d = r.find(t, "MC-000005/HB", "K005")
		if len(d.Taken.Missing) == 0 || d.Answers["child_name"] != "Bé Năm" {
			t.Errorf("missing: %v", d.Taken.Missing)
		}
		if d = r.Do(t, "officer", d.ID, "supplement", map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "Viết đủ họ"}}}); d.State != "waiting-examine" {
			t.Fatal(d.State)
		}
		if d = r.Do(t, "clerk", d.ID, "supply", map[string]any{"child_name": "Trần Bé Năm"}); d.State != "examine" {
			t.Errorf("a supplement of a case with questions never asked: %s", d.State)
		}
		// Through the door: the receipt prints, the old code finds it.
		if err := r.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.As(t, "clerk").Get("/c/"+d.ID.String()+"/receipt.pdf").Want(t, 200, "%PDF")
		r.As(t, "").Get("/track?code=MC-000005/HB&tail=K005").Want(t, 200, "MC-000005/HB")
		r.As(t, "").Get("/track?code=MC-000005/HB-K005").Want(t, 200, "MC-000005/HB")
		r.sound(t)
	})
}

func rows4(t *testing.T, r *rig) []*dossier.Dossier {
	t.Helper()
	rows, _, err := r.Engine.Rows(t.Context(), dossier.List{Me: r.me(t, "clerk"), Inbox: "all", Words: "MC-000004"})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows
}

// What is wrong with a line is said by its place, in the reader's language, and stops no other line.
func TestRejects(t *testing.T) {
	r := open(t, dbtest.SQLite(t))
	cases := []struct {
		change map[string]any
		field  string
	}{
		{map[string]any{"code": "có dấu"}, "/code"},
		{map[string]any{"code": "MC-000000/HB"}, "/code"}, // stands on the first line
		{map[string]any{"tail": "quá dài quá dài"}, "/tail"},
		{map[string]any{"procedure": "9.999999"}, "/procedure"},
		{map[string]any{"body": "H99"}, "/body"},
		{map[string]any{"body": "H26.002"}, "/body"},
		{map[string]any{"state": "Ở đâu đó"}, "/state"},
		{map[string]any{"state": "10"}, "/state"},
		{map[string]any{"received": nil}, "/received"},
		{map[string]any{"received": "hôm qua"}, "/received"},
		{map[string]any{"received": "2031-01-01 08:00"}, "/received"},
		{map[string]any{"due": "2019-01-01 08:00"}, "/due"},
		{map[string]any{"due": nil, "remaining": "3 weeks"}, "/remaining"},
		{map[string]any{"channel": "bồ câu"}, "/channel"},
		{map[string]any{"applicant": map[string]any{}}, "/applicant/name"},
		{map[string]any{"applicant": map[string]any{"name": "A", "number": "12"}}, "/applicant/number"},
		{map[string]any{"answers": map[string]any{"child_sex": "dragon"}}, "/answers/child_sex"},
		{map[string]any{"answers": map[string]any{"no_such": "x"}}, "/answers/no_such"},
		{map[string]any{"desk": map[string]any{"no_such": "x"}}, "/desk/no_such"},
		{map[string]any{"papers": []any{map[string]any{"paper": "none", "file": "paper.pdf", "sha256": sum(sample)}}}, "/papers/0/paper"},
		{map[string]any{"papers": []any{map[string]any{"paper": "birth_note", "file": "paper.pdf", "sha256": "77"}}}, "/papers/0/sha256"},
		{map[string]any{"papers": []any{map[string]any{"paper": "birth_note", "file": "paper.pdf", "sha256": sum(nil)}}}, "/papers/0/file"},
		{map[string]any{"papers": []any{map[string]any{"paper": "birth_note", "file": "../../etc/passwd", "sha256": sum(sample)}}}, "/papers/0/file"},
		{map[string]any{"state": "Chờ bổ sung"}, "/asked"},
		{map[string]any{"state": "Chờ bổ sung", "asked": []any{map[string]any{"ref": "", "text": "x"}}}, "/asked/0/ref"},
		{map[string]any{"colour": "red"}, "/colour"},
		{map[string]any{"answers": 7}, "/answers"},
	}
	lines := []map[string]any{r.line(0, nil)}
	for i, c := range cases {
		lines = append(lines, r.line(i+1, c.change))
	}
	path := r.file(t, "bad.ndjson", lines...)
	rep, bad := r.run(t, path, nil)
	if rep.Fresh != 1 || rep.Rejected != len(cases) {
		t.Errorf("%+v", rep)
	}
	got := map[int][]cutover.Reject{}
	for _, b := range bad {
		got[b.Line] = append(got[b.Line], b)
	}
	for i, c := range cases {
		all := got[i+2]
		if len(all) == 0 || all[0].Field != c.field || !strings.ContainsAny(all[0].Reason, " .") || strings.Contains(all[0].Reason, "cutover.") {
			t.Errorf("line %d, %v: got %v, want %s", i+2, c.change, all, c.field)
		}
	}
	// Who is no administrator of the body brings nothing in.
	rep, bad = r.run(t, r.file(t, "other.ndjson", r.line(900, nil)), func(x *cutover.Dossiers) { x.By = r.People["clerk"] })
	if rep.Fresh != 0 || len(bad) != 1 || bad[0].Field != "/body" {
		t.Errorf("a clerk: %+v %v", rep, bad)
	}
	r.sound(t)
}

// A file may be read again, brought up to date, and taken back; what people
// worked on here is never touched.
func TestAgainDeltaAndUndo(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		first := r.file(t, "friday.ndjson", r.line(1, nil), r.line(2, nil), r.line(3, nil))
		rep, _ := r.run(t, first, nil)
		batch := rep.Batch
		acts := r.count(t, `select count(*) from act where act = 'takeover'`)
		if rep, _ = r.run(t, first, nil); rep.Unchanged != 3 || r.count(t, `select count(*) from act where act = 'takeover'`) != acts {
			t.Fatalf("the same file again: %+v", rep)
		}
		r.Do(t, "officer", r.find(t, "MC-000002/HB", "K002").ID, "note", map[string]any{"note": "Đã gọi điện"})
		later := map[string]any{"state": "Trình ký", "holder": nil, "due": "2020-03-05 17:00"}
		newer := r.file(t, "saturday.ndjson", r.line(1, later), r.line(2, later), r.line(3, nil))
		if rep, _ = r.run(t, newer, nil); rep.Newer != 2 || rep.Unchanged != 1 {
			t.Errorf("a newer file without --delta: %+v", rep)
		}
		rep, bad := r.run(t, newer, func(x *cutover.Dossiers) { x.Delta = true })
		if rep.Updated != 1 || rep.Conflicts != 1 || rep.Unchanged != 1 || len(bad) != 1 || bad[0].Code != "MC-000002/HB" {
			t.Errorf("delta: %+v %v", rep, bad)
		}
		d := r.find(t, "MC-000001/HB", "K001")
		if d.State != "sign" || d.Holder != 0 || !d.Due.Equal(at("2020-03-05 17:00")) || len(d.Acts) != 2 || len(d.Papers["birth_note"]) != 1 {
			t.Errorf("brought up to date: %s, due %v, %d acts", d.State, d.Due, len(d.Acts))
		}
		if d = r.find(t, "MC-000002/HB", "K002"); d.State != "examine" {
			t.Errorf("worked on here: %s", d.State)
		}
		r.sound(t)

		x := &cutover.Dossiers{App: r.App, By: r.People["root"]}
		n, kept, err := x.Undo(t.Context(), batch)
		if err != nil || n != 2 || len(kept) != 1 || kept[0] != "MC-000002/HB" {
			t.Fatalf("undone %d, kept %v, %v", n, kept, err)
		}
		id := d.ID
		if d = r.find(t, "MC-000001/HB", "K001"); d != nil {
			t.Error("what was undone is still found")
		}
		if r.find(t, "MC-000002/HB", "K002").ID != id || r.count(t, `select count(*) from dossier`) != 1 {
			t.Error("what was worked on must stay")
		}
		r.sound(t)
		// And taken over anew, as another dossier under its old code.
		if rep, bad = r.run(t, first, nil); rep.Fresh != 2 || r.find(t, "MC-000001/HB", "K001") == nil {
			t.Errorf("after the undoing: %+v %v", rep, bad)
		}
		r.sound(t)
	})
}

// A run that is cut off goes on where it stopped.
func TestCutOff(t *testing.T) {
	r := open(t, dbtest.SQLite(t))
	var lines []map[string]any
	for i := range 450 {
		lines = append(lines, r.line(i, map[string]any{"papers": nil}))
	}
	path := r.file(t, "friday.ndjson", lines...)
	ctx, stop := context.WithCancel(t.Context())
	rep, _, err := r.try(t, ctx, path, func(x *cutover.Dossiers) { x.Step = func(cutover.Report) { stop() } })
	if err == nil || rep.Fresh != 200 {
		t.Fatalf("%+v %v", rep, err)
	}
	again, _ := r.run(t, path, nil)
	if again.Batch != rep.Batch || again.Unchanged != 200 || again.Fresh != 250 || r.count(t, `select count(*) from dossier`) != 450 {
		t.Errorf("%+v", again)
	}
	r.sound(t)
}
