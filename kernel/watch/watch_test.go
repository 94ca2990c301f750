package watch_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/procedure"
	"motcua/kernel/span"
	"motcua/kernel/watch"
	"motcua/kernel/who"
)

const birth, consulting = "1.001193", "portal/9.000001"

// other is a service whose desk asks another body and waits for it, and whose
// applicant may ask to pause: the birth service with both.
func other(t *testing.T) kernel.System {
	b, err := os.ReadFile("../../packs/vn2020/procedures/birth.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := strings.Replace(string(b), `code: "1.001193"`, `code: "9.000001"`, 1)
	s = strings.Replace(s, "\nintake:", "\npause: true\nintake:", 1)
	s = strings.Replace(s, "    role: officer\n", `    role: officer
    consult: {limit: 1d, waits: true, law: ho-tich-2014 điều 16, bodies: [{body: .STP.001, say: Sở Tư pháp}]}
`, 1)
	return kernel.System{Name: "other", Kinds: func(a *kernel.App) ([]*dossier.Kind, error) {
		p, faults := procedure.Parse("other.yaml", []byte(s), a.Law)
		for _, f := range faults {
			return nil, f
		}
		return []*dossier.Kind{p.Kind()}, nil
	}}
}

func open(t *testing.T, url string) *kerneltest.Rig {
	return kerneltest.Open(t, url, []string{"birth"}, paper.System(), watch.System(), other(t))
}

func state(t *testing.T, r *kerneltest.Rig, n id.ID) *dossier.Dossier {
	t.Helper()
	d, err := r.Engine.Find(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func did(d *dossier.Dossier) (all []string) {
	for _, a := range d.Acts {
		all = append(all, a.Act)
	}
	return all
}

// children are the ids of what d opened.
func children(t *testing.T, r *kerneltest.Rig, n id.ID) (all []id.ID) {
	t.Helper()
	err := r.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `select id from dossier where parent = $1 order by id`, n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func drain(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	if err := r.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sound asks that rows and figures be what the acts add up to.
func sound(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	found, err := r.Engine.Projections(t.Context(), false)
	if err != nil || len(found) > 0 {
		t.Errorf("doctor: %v %v", found, err)
	}
}

func TestApologyIsDraftedAndSigned(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		d := r.Do(t, "clerk", r.File(t, birth).ID, "receive", nil)
		drain(t, r)
		if got := did(state(t, r, d.ID)); slices.Contains(got, "foresee") {
			t.Fatalf("too early: %v", got)
		}
		r.Later(24 * time.Hour) // Tuesday 09:00, promised for 17:00
		drain(t, r)
		d = state(t, r, d.ID)
		kids := children(t, r, d.ID)
		if len(kids) != 1 || d.Acts[len(d.Acts)-1].Act != "foresee" || d.Acts[len(d.Acts)-1].By != 0 {
			t.Fatalf("acts %v, children %v; want an apology drafted by time itself", did(d), kids)
		}
		page, _, err := r.Engine.Rows(t.Context(), dossier.List{Me: r.People["leader"], Inbox: "desk", Limit: 10})
		if err != nil || !slices.ContainsFunc(page, func(x *dossier.Dossier) bool { return x.ID == kids[0] }) {
			t.Fatalf("the draft is not in the head's inbox: %v", err)
		}
		draft := state(t, r, kids[0])
		text, _ := draft.Answers["reason"].(string)
		if !strings.Contains(text, d.Code) || draft.Applicant != 0 {
			t.Errorf("draft %q for %d", text, draft.Applicant)
		}
		if _, _, err := r.Engine.See(t.Context(), r.People["applicant"], kids[0]); fault.Of(err) != fault.NotFound {
			t.Errorf("the applicant reads the draft: %v", err)
		}
		was := d.Due
		r.Do(t, "leader", kids[0], "sign", map[string]any{"more": "2d", "reason": text})
		d = state(t, r, d.ID)
		last := d.Acts[len(d.Acts)-1]
		cal := r.Calendars.For(d.Body)
		if want := cal.Extended(was, clock.Limit{Quarters: 8, Unit: clock.Days}); !d.Due.Equal(want) || last.Act != "extend" || last.Entry.More != "2d" || len(last.Entry.Reasons) != 1 {
			t.Errorf("%s: due %v, want %v; %+v", last.Act, d.Due, want, last.Entry)
		}
		if got := state(t, r, kids[0]).State; got != "signed" {
			t.Errorf("the draft is %s", got)
		}
		if _, err := r.Engine.Act(t.Context(), dossier.Order{Me: r.People["leader"], Dossier: d.ID, Act: "extend", Answers: map[string]any{"more": "1d",
			"reasons": []any{map[string]any{"text": "lần nữa"}}}}); fault.Of(err) != fault.Conflict {
			t.Errorf("a second extension: %v, want conflict", err)
		}
		k, _ := r.Kind(d.Kind, d.KindVersion)
		if x := k.Course(d); !cal.Promise(x).Equal(d.Due) {
			t.Errorf("the course %+v ends %v, promised %v", x, cal.Promise(x), d.Due)
		}
		sound(t, r)
	})
}

func TestEscalatesAndOneThatFailsStopsNoOther(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		var ids []id.ID
		for range 3 {
			ids = append(ids, r.Do(t, "clerk", r.File(t, birth).ID, "receive", nil).ID)
		}
		drain(t, r)
		broken := ids[1]
		if err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update act set body = 'x' where dossier = $1 and version = 1`, broken)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		r.Later(24 * time.Hour)
		if err := r.Jobs.Drain(context.Background()); err == nil || !strings.Contains(err.Error(), broken.String()) {
			t.Errorf("the broken one: got %v", err)
		}
		r.Later(9 * time.Hour) // Tuesday 18:00
		r.Jobs.Drain(context.Background())
		for _, n := range []id.ID{ids[0], ids[2]} {
			d := state(t, r, n)
			kids := children(t, r, n)
			if got := did(d); !slices.Contains(got, "foresee") || got[len(got)-1] != "expire" || len(kids) != 1 || state(t, r, kids[0]).State != "overdue" {
				t.Errorf("%s: acts %v, children %d", d.Code, got, len(kids))
			}
		}
		// Once done, what lay before the head is settled by itself.
		r.Do(t, "officer", ids[0], "propose", map[string]any{"proposal": "refuse"})
		r.Do(t, "leader", ids[0], "refuse", map[string]any{"reasons": []any{map[string]any{"ref": "not_here", "text": "sai nơi"}}})
		if got := state(t, r, children(t, r, ids[0])[0]).State; got != "needless" {
			t.Errorf("the dossier ended; what lay before the head is %s", got)
		}
	})
}

func TestConsultation(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		const asked = "H26.STP.001"
		if err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			return r.Book.Grant(tx, who.Person{}, r.People["away"].ID, who.Officer, asked, 0, time.Time{})
		}); err != nil {
			t.Fatal(err)
		}
		k, err := r.Kind(consulting, "")
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Play.Open(t.Context(), k, r.Procedures.Get(birth).Examples[0])
		if err != nil {
			t.Fatal(err)
		}
		r.Do(t, "clerk", d.ID, "receive", nil)
		due := state(t, r, d.ID).Due
		r.Later(time.Hour)
		d = r.Do(t, "officer", d.ID, "consult", map[string]any{"to": "STP.001", "question": "Có trùng với sổ gốc không?"})
		if d.State != "consulting-examine" || d.Waiting.IsZero() {
			t.Fatalf("state %s, waiting %v", d.State, d.Waiting)
		}
		child := state(t, r, children(t, r, d.ID)[0])
		if child.Body != asked || child.Due.UnixMicro() != d.Acts[len(d.Acts)-1].Entry.Asks.Due {
			t.Errorf("the child is %s's, due %v", child.Body, child.Due)
		}
		r.Later(48 * time.Hour) // a day late
		drain(t, r)
		r.Do(t, "away", child.ID, "answer", map[string]any{"opinion": "agree", "words": "Không trùng."})
		d = state(t, r, d.ID)
		if d.State != "examine" || !d.Due.After(due) || d.Acts[len(d.Acts)-1].Entry.Note != "Không trùng." {
			t.Errorf("state %s, due %v after %v", d.State, d.Due, due)
		}
		cal := r.Calendars.For(d.Body)
		if waited := cal.Working(due, d.Due).Round(time.Minute); waited != 16*time.Hour {
			t.Errorf("the promise moved by %v of office time, want 16h", waited)
		}
		var late time.Duration
		for _, s := range span.Of(d.Acts, k.Stands, r.Now()) {
			if s.Late {
				if s.Body != asked {
					t.Errorf("%s is blamed", s.Body)
				}
				late += s.Length()
			}
		}
		if late < 16*time.Hour || late > 24*time.Hour {
			t.Errorf("the other body was late by %v", late)
		}

		// Without an answer the head may go on; the question is taken back.
		r.Do(t, "officer", d.ID, "consult", map[string]any{"to": "STP.001", "question": "Còn điều này?"})
		r.Do(t, "leader", d.ID, "goon", map[string]any{"reasons": []any{map[string]any{"text": "đã đủ căn cứ"}}})
		kids := children(t, r, d.ID)
		if got := state(t, r, kids[len(kids)-1]).State; got != "recalled" {
			t.Errorf("the question is %s", got)
		}

		// The applicant may ask to wait, and to go on.
		due = state(t, r, d.ID).Due
		d = r.Do(t, "applicant", d.ID, "pause", nil)
		if k.Stands[d.State].Waits != clock.Request {
			t.Errorf("state %s", d.State)
		}
		r.Later(24 * time.Hour)
		if d = r.Do(t, "applicant", d.ID, "resume", nil); cal.Working(due, d.Due).Round(time.Minute) != 8*time.Hour {
			t.Errorf("a day of pause moved the promise by %v", cal.Working(due, d.Due))
		}
		sound(t, r)
	})
}

func TestSupplementOnlyInTime(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := open(t, url)
		d := r.Do(t, "clerk", r.File(t, birth).ID, "receive", nil)
		ask := dossier.Order{Me: r.People["officer"], Dossier: d.ID, Act: "supplement", Answers: map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "chưa rõ", "fix": "ghi rõ"}}}}
		r.Later(4 * 24 * time.Hour) // Friday 09:00: the third working day ended on Thursday
		k, _ := r.Kind(d.Kind, d.KindVersion)
		if slices.ContainsFunc(r.Engine.Possible(r.People["officer"], d, k), func(s *dossier.Step) bool { return s.Act == "supplement" }) {
			t.Error("it is still offered")
		}
		_, err := r.Engine.Act(t.Context(), ask)
		var f *fault.Error
		if fault.Of(err) != fault.Conflict || !errors.As(err, &f) || f.Code != "dossier.within" {
			t.Errorf("got %v", err)
		}
	})
}
