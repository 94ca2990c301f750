package doubt_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
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
