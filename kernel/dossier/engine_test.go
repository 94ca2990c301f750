package dossier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/blob"
	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/form"
	"motcua/kernel/ledger"
	"motcua/kernel/who"
)

const body = "H01"

var (
	lan   = who.Person{ID: 1, Name: "Lan Thử"}
	other = who.Person{ID: 2, Name: "Người Khác"}
	clerk = who.Person{ID: 3, Name: "Cán Bộ", Grants: []who.Grant{{Role: who.Clerk, Body: body}}}
	chief = who.Person{ID: 4, Name: "Lãnh Đạo", Grants: []who.Grant{{Role: who.Leader, Body: body}}}
	away  = who.Person{ID: 5, Name: "Nơi Khác", Grants: []who.Grant{{Role: who.Clerk, Body: "H02"}, {Role: who.Leader, Body: "H02"}}}
)

func ask(t *testing.T) *dossier.Kind {
	f := &form.Form{Sections: []form.Section{{ID: "a", Title: lang.Say("A"), Pages: []form.Page{
		{Fields: []form.Field{{Name: "subject", Type: form.Text, Label: lang.Say("Việc gì")}}},
		{Fields: []form.Field{{Name: "old", Type: form.Yes, Label: lang.Say("Đã lâu")}}},
		{When: data.Expr{Text: "old"}, Fields: []form.Field{{Name: "years", Type: form.Number, Label: lang.Say("Mấy năm")}}},
	}}}}
	if err := f.Compile("test"); err != nil {
		t.Fatal(err)
	}
	desk := []dossier.By{dossier.At(who.Clerk)}
	return &dossier.Kind{Name: "test/ask", Version: "1", Title: lang.Say("Hỏi"), Subject: []string{"subject"},
		Papers: []dossier.Paper{{ID: "proof", Name: lang.Say("Giấy"), Optional: true, Reuse: "proof"}},
		Limit:  func(form.Answers, string) clock.Limit { return clock.Limit{Quarters: 8, Unit: clock.Days} },
		Stands: map[dossier.State]dossier.Stand{
			"sent":    {Public: dossier.Submitted, National: 1, Desk: who.Clerk},
			"taken":   {Public: dossier.Progress, National: 4, Desk: who.Leader},
			"waiting": {Public: dossier.Action, National: 5, Waits: clock.Supplement},
			"granted": {Public: dossier.Ready, National: 9, Ends: true, Result: true},
			"closed":  {Public: dossier.Closed, National: 8, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "send", To: "sent", By: []dossier.By{dossier.Applicant, dossier.At(who.Clerk)}, Form: f},
			{Act: "take", From: []dossier.State{"sent"}, To: "taken", By: desk, Starts: true, Claims: true},
			{Act: "supplement", From: []dossier.State{"taken"}, To: "waiting", By: desk, Reasons: true, Opens: true,
				If: func(_ *dossier.Dossier, acts []dossier.Act) bool { return dossier.Did(acts, "supplement") == 0 }},
			{Act: "supply", From: []dossier.State{"waiting"}, To: "taken", By: []dossier.By{dossier.Applicant}, Papers: true},
			{Act: "stop", From: []dossier.State{"waiting"}, To: "closed", By: []dossier.By{dossier.Clock}, After: clock.Limit{Quarters: 4, Unit: clock.Days}},
			{Act: "grant", From: []dossier.State{"taken"}, To: "granted", By: []dossier.By{dossier.At(who.Leader)}, Frees: true},
			{Act: "note", From: []dossier.State{"sent", "taken", "waiting"}, By: append(desk, dossier.At(who.Leader))},
		}}
}

type rig struct {
	*dossier.Engine
	log   *ledger.Log
	store *blob.Store
	due   []dossier.Due
	now   time.Time
}

func newRig(t *testing.T, d *db.DB) *rig {
	ctx := context.Background()
	r := &rig{now: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)} // Monday 09:00 in Hanoi
	kind := ask(t)
	if err := kind.Check(); err != nil {
		t.Fatal(err)
	}
	cal, err := clock.Read("test", []byte("hours: [{from: '08:00', to: '12:00'}, {from: '13:00', to: '17:00'}]\ncutoff: '15:00'\nweekend: [saturday, sunday]\nzone: Asia/Ho_Chi_Minh\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Migrate(ctx, "dossier", dossier.Schema()), figure.Open(ctx, d)); err != nil {
		t.Fatal(err)
	}
	key, err := ledger.NewKey("test.example/ledger")
	if err != nil {
		t.Fatal(err)
	}
	if r.log, err = ledger.Open(ctx, d, key); err != nil {
		t.Fatal(err)
	}
	if r.store, err = blob.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	mu := sync.Mutex{}
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return r.now }
	r.Engine = &dossier.Engine{DB: d, IDs: id.NewSource(1, time.Now), Now: now,
		Kind:  func(string, string) (*dossier.Kind, error) { return kind, nil },
		Kinds: func() []*dossier.Kind { return []*dossier.Kind{kind} },
		Body: func(c string) (who.Body, bool) {
			return who.Body{Code: c, Zone: "Asia/Ho_Chi_Minh"}, strings.HasPrefix(c, "H0")
		},
		Calendar: func(string) *clock.Calendar { return cal },
		Env:      func(today string, _ who.Person, _ id.ID) form.Env { return form.Env{Today: today} },
		Pattern:  func(string) (dossier.Pattern, bool) { return dossier.Pattern{Pattern: "{code}-{yymmdd}-{seq4}"}, true },
		Applicant: func(_ *db.Tx, _ who.Person, h dossier.Helped) (who.Person, error) {
			return who.Person{ID: 77, Name: h.Name}, nil
		},
		Alarm: func(_ *db.Tx, _ string, _ time.Time, a dossier.Due) error {
			mu.Lock()
			defer mu.Unlock()
			r.due = append(r.due, a)
			return nil
		}}
	return r
}

func (r *rig) act(t *testing.T, want fault.Kind, o dossier.Order) *dossier.Dossier {
	t.Helper()
	r.now = r.now.Add(time.Minute)
	d, err := r.Act(context.Background(), o)
	if got := fault.Of(err); got != want || err != nil && got == "" {
		t.Fatalf("%s: got %v, want %q", o.Act, err, want)
	}
	return d
}

func sent() dossier.Order {
	return dossier.Order{Me: lan, Kind: "test/ask", Body: body, Answers: form.Answers{"subject": "đèn hỏng", "old": true, "years": 2}}
}

func TestStory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		do := func(me who.Person, n id.ID, act string, a form.Answers) dossier.Order {
			return dossier.Order{Me: me, Dossier: n, Act: act, Answers: a}
		}
		reasons := form.Answers{"reasons": []any{map[string]any{"ref": "subject", "text": "chưa rõ", "fix": "ghi rõ nơi"}}}
		x := r.act(t, "", sent())
		if x.Code != "H01-260302-0001" || len(x.Tail) != 4 || x.State != "sent" || x.Due.IsZero() {
			t.Fatalf("got %s tail %q state %s due %v", x.Code, x.Tail, x.State, x.Due)
		}
		r.act(t, fault.NotFound, do(other, x.ID, "take", nil))
		r.act(t, fault.NotFound, do(away, x.ID, "take", nil))
		r.act(t, fault.Forbidden, do(chief, x.ID, "take", nil))
		r.act(t, fault.Forbidden, do(lan, x.ID, "take", nil))
		r.act(t, fault.Conflict, do(clerk, x.ID, "supplement", reasons))
		r.act(t, fault.Invalid, do(clerk, x.ID, "dance", nil))
		x = r.act(t, "", do(clerk, x.ID, "take", nil))
		if x.Holder != clerk.ID {
			t.Errorf("holder %d, want the clerk", x.Holder)
		}
		r.act(t, fault.Invalid, do(clerk, x.ID, "supplement", nil))
		r.act(t, fault.Invalid, do(clerk, x.ID, "supplement", form.Answers{"reasons": []any{map[string]any{"ref": "shoe", "text": "?"}}}))
		x = r.act(t, "", do(clerk, x.ID, "supplement", reasons))
		r.act(t, fault.Invalid, do(lan, x.ID, "supply", form.Answers{"years": 3}))    // not asked
		r.act(t, fault.Invalid, do(lan, x.ID, "supply", nil))                         // nothing supplied
		r.act(t, fault.Invalid, do(lan, x.ID, "supply", form.Answers{"subject": ""})) // emptied
		before := x.Due
		r.now = r.now.Add(72 * time.Hour)
		x = r.act(t, "", do(lan, x.ID, "supply", form.Answers{"subject": "đèn hỏng ở ngõ 5"}))
		if x.Answers["subject"] != "đèn hỏng ở ngõ 5" || x.Open || !x.Due.After(before) {
			t.Errorf("after supply: %v open %v due %v, before %v", x.Answers, x.Open, x.Due, before)
		}
		r.act(t, fault.Conflict, do(clerk, x.ID, "supplement", reasons)) // at most once
		stale := do(chief, x.ID, "grant", nil)
		stale.Version = 2
		r.act(t, fault.Stale, stale)
		x = r.act(t, "", do(chief, x.ID, "grant", nil))
		if x.Result == nil || x.Result.Number != "1/2026" || x.Holder != 0 || x.Ended.IsZero() {
			t.Errorf("granted: %+v holder %d ended %v", x.Result, x.Holder, x.Ended)
		}
		r.sound(t)
	})
}

// TestWordsOfOfficialsAreSeen: what an official writes deceives his colleagues and the
// applicant as little as an answer does: nothing in it turns the direction or is not seen.
func TestWordsOfOfficialsAreSeen(t *testing.T) {
	r := newRig(t, dbtest.Open(t, dbtest.SQLite(t)))
	x := r.act(t, "", sent())
	note := func(want fault.Kind, words string) {
		t.Helper()
		r.act(t, want, dossier.Order{Me: clerk, Dossier: x.ID, Act: "note", Answers: form.Answers{"note": words}})
	}
	note("", "đã gọi\r\n\tkhông ai nghe")
	for _, bad := range []string{"hồ sơ \u202eexe.gnp", "a\u2066b", "a\x00b", "a\xff", "a\x1b[2J"} {
		note(fault.Invalid, bad)
	}
	r.act(t, "", dossier.Order{Me: clerk, Dossier: x.ID, Act: "take"})
	for _, row := range []map[string]any{{"ref": "subject", "text": "chưa \u202erõ", "fix": "ghi rõ"}, {"ref": "subject", "text": "chưa rõ", "fix": "ghi \x00rõ"}} {
		r.act(t, fault.Invalid, dossier.Order{Me: clerk, Dossier: x.ID, Act: "supplement", Answers: form.Answers{"reasons": []any{row}}})
	}
	r.sound(t)
}

// sound checks that what is derived is what the acts say and that the ledger holds them all.
func (r *rig) sound(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	if err := r.log.Advance(ctx); err != nil {
		t.Fatal(err)
	}
	rows, err := r.Projections(ctx, false)
	acts, err2 := r.History(ctx, r.log)
	files, err3 := r.Documents(ctx, r.store)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	for _, f := range append(append(rows, acts...), files...) {
		t.Error(f)
	}
}

func TestClockActs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.act(t, "", sent())
		r.act(t, "", dossier.Order{Me: clerk, Dossier: x.ID, Act: "take"})
		x = r.act(t, "", dossier.Order{Me: clerk, Dossier: x.ID, Act: "supplement",
			Answers: form.Answers{"reasons": []any{map[string]any{"ref": "subject", "text": "chưa rõ"}}}})
		r.act(t, fault.Forbidden, dossier.Order{Me: clerk, Dossier: x.ID, Act: "stop"})
		if len(r.due) != 1 {
			t.Fatalf("%d alarms, want 1", len(r.due))
		}
		// The dossier moved on to where only a person does what time waited for.
		if err := r.Ring(context.Background(), dossier.Due{Dossier: x.ID, Act: "note"}); err != nil {
			t.Errorf("an alarm for what is a person's to do: %v", err)
		}
		stale := r.due[0]
		stale.Version--
		if err := r.Ring(context.Background(), stale); err != nil {
			t.Fatal(err)
		}
		if y, _ := r.Find(context.Background(), x.ID); y.State != "waiting" {
			t.Fatalf("a stale alarm acted: %s", y.State)
		}
		for range 2 { // a job may run twice
			if err := r.Ring(context.Background(), r.due[0]); err != nil {
				t.Fatal(err)
			}
		}
		if y, _ := r.Find(context.Background(), x.ID); y.State != "closed" || y.Acts[3].By != 0 {
			t.Fatalf("state %s, want closed by nobody", y.State)
		}
		r.sound(t)
	})
}

func TestOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var wg sync.WaitGroup
		seen := make([]id.ID, 16)
		for i := range seen {
			wg.Go(func() {
				o := sent()
				o.Key = "click"
				x, err := r.Act(context.Background(), o)
				if err != nil {
					t.Error(err)
					return
				}
				seen[i] = x.ID
			})
		}
		wg.Wait()
		for _, n := range seen {
			if n != seen[0] {
				t.Fatalf("sixteen clicks made %v", seen)
			}
		}
		o := sent()
		o.Key, o.Answers = "click", form.Answers{"subject": "khác", "old": false}
		r.act(t, fault.Invalid, o)
		r.sound(t)
	})
}

func TestManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.act(t, "", sent())
		var wg sync.WaitGroup
		codes, won := sync.Map{}, make(chan bool, 64)
		for i := range 32 {
			wg.Go(func() {
				y, err := r.Act(context.Background(), sent())
				if err != nil {
					t.Error(err)
					return
				}
				if _, dup := codes.LoadOrStore(y.Code, true); dup {
					t.Errorf("code %s twice", y.Code)
				}
				if i%4 == 0 { // eight clerks take the same dossier
					_, err := r.Act(context.Background(), dossier.Order{Me: clerk, Dossier: x.ID, Act: "take", Version: 1})
					if err == nil {
						won <- true
					} else if k := fault.Of(err); k != fault.Conflict && k != fault.Stale {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Errorf("%d clerks took it, want 1", len(won))
		}
		r.sound(t)
	})
}

func TestDoctorNamesTampering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, crime := range map[string]string{
			"edit":     `update act set body = replace(body, 'đèn', 'đen') where version = 1 and dossier = %d`,
			"delete":   `delete from act where version = 2 and dossier = %d`,
			"backdate": `update act set at = at - 1000000 where version = 1 and dossier = %d`,
			"row":      `update dossier set state = 'granted' where id = %d`,
			"slip in":  `insert into act (id, dossier, version, act, by, at, salt, body) values (5, %d, 3, 'grant', 4, 1, null, '{"to":"granted"}')`,
		} {
			r := newRig(t, d)
			x := r.act(t, "", sent())
			r.act(t, "", dossier.Order{Me: clerk, Dossier: x.ID, Act: "take"})
			r.sound(t)
			ctx := context.Background()
			if err := d.Write(ctx, func(tx *db.Tx) error {
				n, err := tx.Exec(fmt.Sprintf(crime, x.ID))
				if err == nil && n != 1 {
					err = fmt.Errorf("the crime changed %d rows", n)
				}
				return err
			}); err != nil {
				t.Fatal(name, err)
			}
			rows, err := r.Projections(ctx, false)
			if err != nil {
				t.Fatal(err)
			}
			acts, err := r.History(ctx, r.log)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows)+len(acts) == 0 || name != "row" && len(acts) == 0 { // a row is mended; history must be told from the ledger
				t.Errorf("%s: found %v in the rows, %v in the history", name, rows, acts)
			}
			if name == "row" {
				if _, err := r.Projections(ctx, true); err != nil {
					t.Fatal(err)
				}
				r.sound(t)
			}
			if err := d.Write(ctx, func(tx *db.Tx) error {
				for _, table := range []string{"act", "dossier", "sequence", "ledger_open", "ledger_entry", "ledger_tile", "ledger_checkpoint", "figure", "figure_open"} {
					if _, err := tx.Exec(`delete from ` + table); err != nil {
						return err
					}
				}
				_, err := tx.Exec(`update ledger_size set n = 0`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParseCursor(f *testing.F) {
	f.Add("1f.0000000000001x")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := dossier.ParseCursor(s); err == nil && c.ID != 0 {
			if again, err := dossier.ParseCursor(c.String()); err != nil || again != c {
				t.Errorf("%q reads as %v, which prints as %q", s, c, c)
			}
		}
	})
}
