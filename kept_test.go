package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/walk"
)

// TestSessionEnds: somebody is signed out while he types. What he sends is kept,
// he signs in again and goes on where he was.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, u string) {
		town := newTown(t, u)
		w, d := town.prepared(t)
		err := town.DB.Write(t.Context(), func(tx *db.Tx) error {
			return town.Sessions.EndAll(tx, web.Browser, town.people["citizen"].ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		p := sent(t, w, "/d/"+d.String()+"/q/child_name?back=check", "", []byte(url.Values{"child_name": {"Thử Gõ Dở"}}.Encode()))
		if p.URL.Path != "/sign-in" {
			t.Fatalf("asked to %s, want to sign in", p.URL)
		}
		if got := town.draft(t, d).Answers["child_name"]; got != "Thử Gõ Dở" {
			t.Errorf("the draft has %v", got)
		}
		p = sent(t, w, "/d/"+d.String()+papersPage, multi, attached("marriage_paper", "cuoi.jpg", sample("jpg")))
		if p.URL.Path != "/sign-in" || len(town.draft(t, d).Papers["marriage_paper"]) != 2 {
			t.Errorf("the paper was lost: at %s", p.URL)
		}
		_, err = walk.Send(w, p, func(p *walk.Page) *walk.Form { return p.Form("password") }, walk.Answers{"login": "citizen", "password": password}, nil, map[string]bool{})
		if err != nil {
			t.Fatal(err)
		}
		if p, err = w.Open("/d/" + d.String() + "/check"); err != nil || !p.Says("Thử Gõ Dở") {
			t.Errorf("after signing in, %s does not have it: %v", p.URL, err)
		}
	})
}

// TestStale: an official whose page is old is told what happened since; what he
// typed stays.
func TestStale(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, u string) {
		s := newScene(t, newTown(t, u))
		s.renew(t)
		clerk := s.signedIn(t, "clerk")
		at := "/work/d/" + s.fresh.ID.String()
		if _, err := walk.Do(clerk, at, "claim", nil, nil); err != nil {
			t.Fatal(err)
		}
		p := sent(t, clerk, at+"/act/note", "", []byte(url.Values{"version": {"1"}, "key": {"x"}, "note": {"chữ của tôi"}}.Encode()))
		if p.Status != http.StatusConflict || !strings.Contains(string(p.Body), "chữ của tôi") {
			t.Errorf("got %d %q", p.Status, p.Errors())
		}
		for header, want := range map[string]int{"": http.StatusConflict, `"1"`: http.StatusPreconditionFailed} {
			r := httptest.NewRequest("POST", "/api/v1/dossiers/"+s.fresh.ID.String()+"/acts", bytes.NewReader(encoded(map[string]any{"act": "receive", "version": 1})))
			r.Header.Set("Content-Type", "application/json")
			if header != "" {
				r.Header.Set("If-Match", header)
			}
			if a := s.ask(t, "clerk", r); a.Code != want {
				t.Errorf("If-Match %s: got %d, want %d\n%s", header, a.Code, want, a.Body)
			}
		}
		if d, _ := s.Engine.Find(t.Context(), s.fresh.ID); d.Version != 2 {
			t.Errorf("the dossier is at version %d, want 2", d.Version)
		}
	})
}

// TestPapersMissing: nothing is filed without its papers, by whatever door, and
// each door names every paper that is missing.
func TestPapersMissing(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, u string) {
		town := newTown(t, u)
		w, d := town.prepared(t)
		for paper, files := range town.draft(t, d).Papers {
			for _, f := range files {
				sent(t, w, "/d/"+d.String()+papersPage, "", []byte(values("remove", paper+"/"+f.ID.String()).Encode()))
			}
		}
		k, err := town.Kind("portal/"+service, "")
		if err != nil {
			t.Fatal(err)
		}
		check, err := w.Open("/d/" + d.String() + "/check")
		if err != nil {
			t.Fatal(err)
		}
		p := sent(t, w, "/d/"+d.String()+"/submit", "", []byte("declare=yes"))
		draft := town.draft(t, d)
		_, err = town.Engine.Act(t.Context(), dossier.Order{Me: town.people["citizen"], Kind: k.Name, Body: here, Answers: draft.Answers})
		for _, x := range k.Papers {
			asked := !x.Optional && (x.When == nil || x.When(draft.Answers))
			if asked && (!check.Says(x.Name.In("vi")) || !strings.Contains(strings.Join(p.Errors(), "\n"), x.Name.In("vi"))) {
				t.Errorf("%s is not named as missing: %q", x.ID, p.Errors())
			}
			if asked != strings.Contains(fmt.Sprint(err), "/papers/"+x.ID) {
				t.Errorf("%s: the engine says %v", x.ID, err)
			}
		}
		if p.Status != http.StatusUnprocessableEntity || draft.Dossier != 0 || fault.Of(err) != fault.Invalid {
			t.Errorf("got %d and %v", p.Status, err)
		}
	})
}

// TestNotAsked: asked for one paper, the applicant changes nothing else.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, u string) {
		s := newScene(t, newTown(t, u))
		s.renew(t)
		ctx, citizen := t.Context(), s.people["citizen"]
		d, err := s.Engine.Act(ctx, dossier.Order{Me: s.people["clerk"], Dossier: s.fresh.ID, Act: "supplement",
			Answers: form.Answers{"reasons": []any{map[string]any{"ref": "birth_note", "text": "Ảnh bị mờ"}}}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Engine.AddFile(ctx, citizen.ID, 0, d.Papers["birth_note"][0])
		if err != nil {
			t.Fatal(err)
		}
		note := map[string][]id.ID{"birth_note": {f.ID}}
		for name, o := range map[string]dossier.Order{
			"another answer": {Answers: form.Answers{"child_name": "Lộ Thử Khác"}, Papers: note},
			"another paper":  {Papers: map[string][]id.ID{"birth_note": {f.ID}, "declarant_card": {f.ID}}},
			"nothing":        {},
		} {
			o.Me, o.Dossier, o.Act = citizen, d.ID, "supply"
			if _, err := s.Engine.Act(ctx, o); fault.Of(err) != fault.Invalid {
				t.Errorf("%s: got %v, want that it is refused", name, err)
			}
		}
		if _, err := s.Engine.Act(ctx, dossier.Order{Me: citizen, Dossier: d.ID, Act: "supply", Papers: note}); err != nil {
			t.Errorf("what was asked: %v", err)
		}
	})
}
