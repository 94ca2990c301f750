package desk_test

import (
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/desk"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/watch"
)

// An apology leads to the dossier that it is for, and back, and is as urgent.
func TestRelatives(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, paper.System(), watch.System(), inbox.System(), desk.System(), doubt.System())
		d := r.Do(t, "clerk", r.File(t, "1.001193").ID, "receive", nil)
		r.Later(24 * time.Hour) // the apology is drafted
		if err := r.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := r.Engine.Children(t.Context(), d.ID)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d children, %v", len(all), err)
		}
		leader := r.As(t, "leader")
		leader.Get("/work/d/"+d.ID.String()).Want(t, 200, "/work/d/"+all[0].ID.String(), "Hồ sơ liên quan")
		leader.Get("/work/d/"+all[0].ID.String()).Want(t, 200, "/work/d/"+d.ID.String(), "Thuộc hồ sơ")
		page := leader.Get("/work?view=sign")
		page.Want(t, 200, inbox.Short(all[0].Code), "Còn")
		if strings.Contains(page.Body, "Không có hạn") {
			t.Error("an apology that has to be signed today has no limit")
		}
	})
}
