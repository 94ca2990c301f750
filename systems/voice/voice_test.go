package voice_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/api"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/kerneltest"
	"motcua/kernel/procedure"
	"motcua/systems/voice"
)

func plays(t *testing.T) (all []procedure.Example) {
	t.Helper()
	b, err := os.ReadFile("testdata/plays.yaml")
	if err == nil {
		err = data.Read("plays.yaml", b, &all)
	}
	if err != nil || len(all) < 6 {
		t.Fatalf("%d plays, %v", len(all), err)
	}
	return all
}

// tell plays until turn n of the story (-1: to its end).
func tell(t *testing.T, r *kerneltest.Rig, x procedure.Example, n int) *dossier.Dossier {
	t.Helper()
	k, err := r.Kind("voice/suggestion", "")
	if err != nil {
		t.Fatal(err)
	}
	if n >= 0 {
		x.Story = x.Story[:n]
	}
	d, err := r.Play.Tell(context.Background(), k, x, func() error { return r.Jobs.Drain(context.Background()) })
	if err != nil {
		t.Fatalf("%s: %v", x.Name, err)
	}
	return d
}

// TestPlays plays what officials can read in testdata/plays.yaml, on both databases.
func TestPlays(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, nil, voice.System())
		for _, x := range plays(t) {
			if d := tell(t, r, x, -1); string(d.State) != x.Ends {
				t.Errorf("%s: ends %s, want %s", x.Name, d.State, x.Ends)
			}
		}
		if got, want := opened(t, r), int64(len(plays(t))); got != want {
			t.Errorf("the figures count %d opened, want %d", got, want)
		}
		if wrong, err := r.Engine.Projections(context.Background(), false); err != nil || len(wrong) > 0 {
			t.Errorf("what the acts add up to differs: %v, %v", wrong, err)
		}
	})
}

// opened is how many suggestions the figures count.
func opened(t *testing.T, r *kerneltest.Rig) (n int64) {
	t.Helper()
	err := r.DB.Read(context.Background(), func(tx *db.Tx) error {
		rows, err := figure.Read(tx, figure.Query{Kinds: []string{"voice/suggestion"}, Measures: []string{"opened"}})
		for _, x := range rows {
			n = x.Count
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWords finds what the pages would call by its key.
func TestWords(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, voice.System())
	k, err := r.Kind("voice/suggestion", "")
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for s := range k.Stands {
		keys = append(keys, "voice.state."+string(s))
	}
	for _, s := range k.Steps {
		keys = append(keys, "voice.act."+s.Act)
	}
	for _, g := range k.Grounds {
		keys = append(keys, "voice.ground."+g)
	}
	for _, key := range keys {
		if !r.Texts.Has(key) {
			t.Errorf("texts.yaml has no %s", key)
		}
	}
}

// TestProgram sends a suggestion as a program does.
func TestProgram(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, voice.System(), api.System())
	x, token := plays(t)[0], ""
	err := r.DB.Write(context.Background(), func(tx *db.Tx) (err error) {
		token, err = r.Sessions.Make(tx, web.Token, r.People["applicant"].ID, "read write", "test", time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(subject string) (int, string) {
		x.Answers["subject"] = subject
		body, err := json.Marshal(map[string]any{"kind": "voice/suggestion", "body": x.Body, "answers": x.Answers})
		if err != nil {
			t.Fatal(err)
		}
		q, w := httptest.NewRequest("POST", "/api/v1/dossiers", bytes.NewReader(body)), httptest.NewRecorder()
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Authorization", "Bearer "+token)
		r.Handler.ServeHTTP(w, q)
		return w.Code, w.Body.String()
	}
	if status, said := send("Đèn đường tắt"); status != 201 || !strings.Contains(said, `"state":"sent"`) || !strings.Contains(said, `"act":"withdraw"`) {
		t.Errorf("got %d %s", status, said)
	}
	if status, said := send("Đèn"); status != 422 || !strings.Contains(said, "/answers/subject") {
		t.Errorf("too short a subject: got %d %s", status, said)
	}
}

// TestWhoMay asks every act of everybody: only an officer of the body answers.
func TestWhoMay(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, voice.System())
	x := plays(t)[0]
	for turn, act := range []string{"take", "answer", "publish"} {
		d := tell(t, r, x, turn)
		for _, by := range []string{"applicant", "clerk", "leader", "admin", "away"} {
			_, err := r.Engine.Act(context.Background(), dossier.Order{Me: r.People[by], Dossier: d.ID, Act: act, Answers: x.Story[turn].Answers})
			if !errors.Is(err, fault.Forbidden) && !errors.Is(err, fault.NotFound) {
				t.Errorf("%s by %s: got %v, want that he may not", act, by, err)
			}
		}
		r.Do(t, "officer", d.ID, act, x.Story[turn].Answers)
	}
}

// TestTime holds the system to the days of its first page: refuse in 2, ask until 5, answer in 15.
func TestTime(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, voice.System())
	cal := r.Calendars.For(kerneltest.Here)
	after := func(from time.Time, d time.Time) int { return int(cal.Left(from, d) / cal.Workday()) }
	x := plays(t)[1]
	d := tell(t, r, x, 0)
	if got := after(d.Opened, d.Due); got != 15 {
		t.Errorf("it is answered within %d working days, want 15", got)
	}
	if got := after(d.Opened, d.DeskDue); got != 2 {
		t.Errorf("it is taken within %d working days, want 2", got)
	}
	due := d.Due
	r.Later(24 * time.Hour)
	d = r.Do(t, "officer", d.ID, "take", nil)
	if !d.Due.Equal(due) {
		t.Errorf("taking it moved the promise from %s to %s", due, d.Due)
	}
	r.Later(24 * time.Hour)
	r.Do(t, "officer", d.ID, "ask", x.Story[1].Answers)
	r.Later(24 * time.Hour)
	d = r.Do(t, "applicant", d.ID, "supply", x.Story[2].Answers)
	if got := after(d.Changed, d.Due); got != 15 {
		t.Errorf("after it was completed %d working days are left, want 15", got)
	}
	if _, err := r.Engine.Act(context.Background(), dossier.Order{Me: r.People["officer"], Dossier: d.ID, Act: "ask", Answers: x.Story[1].Answers}); !errors.Is(err, fault.Conflict) {
		t.Errorf("asking a second time: got %v, want that it is not possible", err)
	}
	late := tell(t, r, x, 1)
	r.Later(7 * 24 * time.Hour) // five working days, and more
	if err := r.Jobs.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if late, _ = r.Engine.Find(context.Background(), late.ID); late.State != "studied" {
		t.Errorf("after five days it is %s, want studied: no more may be asked", late.State)
	}
}

// TestPublic reads the public pages: only what was published, and no longer than it is.
func TestPublic(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, nil, voice.System())
		all := plays(t)
		visitor := r.As(t, "")
		visitor.Get("/voice").Want(t, 200, `href="/start/voice/suggestion"`, "Chưa có trả lời nào")
		d := tell(t, r, all[0], -1)
		list := visitor.Get("/voice")
		list.Want(t, 200, "Đèn đường ngõ 5", "UBND phường Hàng Bạc")
		_, rest, _ := strings.Cut(list.Body, `href="/voice/`)
		n, _, _ := strings.Cut(rest, `"`)
		page := visitor.Get("/voice/" + n)
		page.Want(t, 200, "Ngõ 5 tối om từ đầu tháng.", "trước ngày 15/3/2020")
		for _, secret := range []string{"0900000101", r.People["applicant"].Name, "người già", d.Code, d.ID.String()} {
			if strings.Contains(page.Body+list.Body, secret) {
				t.Errorf("the public reads %q", secret)
			}
		}
		r.Do(t, "officer", d.ID, "hide", map[string]any{"reasons": []any{map[string]any{"text": "Còn sót tên."}}})
		visitor.Get("/voice/"+n).Want(t, 404)
		for _, path := range []string{"/voice/" + d.ID.String(), "/voice/" + id.ID(0).String(), "/voice/x"} {
			visitor.Get(path).Want(t, 404)
		}
		for range 21 {
			tell(t, r, all[0], -1)
		}
		list = visitor.Get("/voice")
		if got := strings.Count(list.Body, `href="/voice/`); got != 20 {
			t.Errorf("the first page lists %d, want 20", got)
		}
		_, rest, _ = strings.Cut(list.Body, `href="/voice?from=`)
		next, _, _ := strings.Cut(rest, `"`)
		if got := strings.Count(visitor.Get("/voice?from="+next).Body, `href="/voice/`); got != 1 {
			t.Errorf("the second page lists %d, want 1", got)
		}
	})
}
