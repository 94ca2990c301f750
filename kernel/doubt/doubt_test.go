package doubt_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/api"
	"motcua/kernel/desk"
	"motcua/kernel/door"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
)

// cast says that whatever the applicant filed until now is in doubt.
func cast(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
		said, err := r.Engine.RecordAs(tx, r.People["clerk"], "disprove.ask", r.People["applicant"].ID, map[string]any{"why": "Nhầm người.", "body": kerneltest.Here})
		if err != nil {
			return err
		}
		agreed, err := r.Engine.RecordAs(tx, r.People["leader"], "disprove.agree", r.People["applicant"].ID, map[string]any{})
		if err != nil {
			return err
		}
		return doubt.Cast(tx, r.App, doubt.Doubt{Said: said, Agreed: agreed, Person: r.People["applicant"].ID, Ended: db.At(r.Now())})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFinishedOnesHideNothing: however many of the newest are over, the one that
// is open is listed and told of; what was looked at stands behind what was not,
// and pages lead to all of them, each once.
func TestFinishedOnesHideNothing(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		const birth = "1.001193"
		r := kerneltest.Open(t, at, []string{"birth"}, door.System(), inbox.System(), doubt.System(), desk.System())
		oldest := r.File(t, birth)
		for range 201 {
			r.Do(t, "applicant", r.File(t, birth).ID, "withdraw", nil)
		}
		r.Later(time.Minute)
		cast(t, r)
		r.Later(time.Minute)
		clerk := r.As(t, "clerk")
		clerk.Get("/me").Want(t, 200, "1 hồ sơ của cơ quan bạn cần xem lại")
		page := clerk.Get(doubt.Path)
		page.Want(t, 200, oldest.ID.String())
		if n := strings.Count(page.Body, "/work/d/"); n != 1 {
			t.Errorf("%d are listed, want the one that is open", n)
		}

		r.Do(t, "clerk", oldest.ID, "receive", nil)
		fresh := map[id.ID]bool{}
		for range 50 {
			fresh[r.File(t, birth).ID] = true
		}
		r.Later(time.Minute)
		cast(t, r) // the oldest is under two doubts now: under one of them somebody looked at it
		clerk.Get("/me").Want(t, 200, "51 hồ sơ của cơ quan bạn cần xem lại")
		listed, path, pages := []string(nil), doubt.Path, 0
		for path != "" && pages < 5 {
			page := clerk.Get(path)
			page.Want(t, 200)
			for _, m := range regexp.MustCompile(`href="/work/d/([^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
				listed = append(listed, m[1])
			}
			path = ""
			if m := regexp.MustCompile(`/work/doubts\?cursor=[^"]+`).FindString(page.Body); m != "" {
				path = m
			}
			pages++
		}
		if pages != 2 || len(listed) != 52 || listed[50] != oldest.ID.String() || listed[51] != oldest.ID.String() {
			t.Errorf("%d on %d pages, the last %v; want 52 on two, and the oldest last, under either doubt", len(listed), pages, listed[max(0, len(listed)-2):])
		}
		for _, n := range listed[:50] {
			if x, _ := id.Parse(n); !fresh[x] {
				t.Errorf("%s is listed twice, or among those filed lately", n)
			} else {
				delete(fresh, x)
			}
		}
		clerk.Get(doubt.Path+"?cursor=2.x.y").Want(t, 422)
	})
}

// TestMarkedWhereOfficialsLook: the line of the inbox and what an official's
// programs read say that who filed a dossier is in doubt; nobody else's do.
func TestMarkedWhereOfficialsLook(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		const birth = "1.001193"
		r := kerneltest.Open(t, at, []string{"birth"}, door.System(), inbox.System(), doubt.System(), desk.System(), api.System())
		doubted := r.File(t, birth)
		r.Later(time.Minute)
		cast(t, r)
		r.Later(time.Minute)
		fresh := r.File(t, birth)

		const mark = "Nghi ngờ người nộp"
		line := func(page string, n id.ID) string {
			_, rest, _ := strings.Cut(page, `<tr id="d-`+n.String()+`"`)
			line, _, _ := strings.Cut(rest, "</tr>")
			return line
		}
		page := r.As(t, "clerk").Get("/work?view=desk")
		page.Want(t, 200)
		if l := line(page.Body, doubted.ID); !strings.Contains(l, mark) || !strings.Contains(l, "<svg") {
			t.Errorf("the line of what is in doubt is not marked by words and icon: %s", l)
		}
		if l := line(page.Body, fresh.ID); l == "" || strings.Contains(l, mark) {
			t.Errorf("the line of what is in no doubt is marked: %s", l)
		}

		read := func(login, path string, into any) {
			t.Helper()
			var token string
			err := r.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				token, err = r.Sessions.Make(tx, web.Token, r.People[login].ID, "read", "", time.Hour)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			q := httptest.NewRequest("GET", "/api/v1/dossiers"+path, nil)
			q.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			r.Handler.ServeHTTP(w, q)
			if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), into) != nil {
				t.Fatalf("%s %s: %d %s", login, path, w.Code, w.Body)
			}
		}
		for _, x := range []struct {
			login   string
			dossier id.ID
			want    string
		}{
			{"clerk", doubted.ID, "true"},
			{"leader", doubted.ID, "true"},
			{"clerk", fresh.ID, "false"},
			{"applicant", doubted.ID, ""},
			{"applicant", fresh.ID, ""},
		} {
			var list struct{ Items []map[string]json.RawMessage }
			var one map[string]json.RawMessage
			read(x.login, "/"+x.dossier.String(), &one)
			if got := string(one["in_doubt"]); got != x.want {
				t.Errorf("%s reads %s: in_doubt %q, want %q", x.login, x.dossier, got, x.want)
			}
			path := ""
			if x.login != "applicant" {
				path = "?inbox=all"
			}
			read(x.login, path, &list)
			listed := false
			for _, d := range list.Items {
				if strings.Contains(string(d["id"]), x.dossier.String()) {
					if listed = true; string(d["in_doubt"]) != x.want {
						t.Errorf("%s lists %s: in_doubt %q, want %q", x.login, x.dossier, d["in_doubt"], x.want)
					}
				}
			}
			if !listed {
				t.Errorf("%s does not list %s", x.login, x.dossier)
			}
		}
	})
}
