package review_test

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/doctor"
	"motcua/kernel/kerneltest"
	"motcua/kernel/review"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

const day = 24 * time.Hour

func TestRolesAreReviewed(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, rights.System(), review.System())
		here, above := kerneltest.Here, kerneltest.Above
		write := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := r.DB.Write(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		turn := func() {
			t.Helper()
			if err := review.Turn(t.Context(), r.App); err != nil {
				t.Fatal(err)
			}
		}
		acts := func(act string) (n int) {
			t.Helper()
			write(func(tx *db.Tx) error { return tx.Row(`select count(*) from act where act = $1`, act).Scan(&n) })
			return n
		}
		of := func(body string) (n id.ID) {
			t.Helper()
			write(func(tx *db.Tx) error {
				return tx.Row(`select id from review where body = $1 order by id desc limit 1`, body).Scan(&n)
			})
			return n
		}
		right := func(login, body string) (n id.ID) {
			t.Helper()
			write(func(tx *db.Tx) error {
				return tx.Row(`select id from grants where person = $1 and body = $2 order by id limit 1`, r.People[login].ID, body).Scan(&n)
			})
			return n
		}
		is := func(login string, role who.Role, body string) bool {
			t.Helper()
			var p who.Person
			write(func(tx *db.Tx) (err error) { p, err = r.Book.Find(tx, r.People[login].ID); return err })
			return p.Is(role, body)
		}
		try := func(do func(*db.Tx) error) error { return r.DB.Write(t.Context(), do) }
		want := func(what string, err error, code string) {
			t.Helper()
			f, _ := err.(*fault.Error)
			if f == nil || f.Code != code {
				t.Errorf("%s: %v, want %s", what, err, code)
			}
		}
		keep := func(by string, n, h id.ID) error {
			return try(func(tx *db.Tx) error { return review.Keep(tx, r.App, r.People[by], n, h) })
		}

		turn()
		if acts("review.open") != 0 {
			t.Error("roles were reviewed on the day on which they were given")
		}
		r.Later(31 * day) // 2 April
		write(func(tx *db.Tx) error {
			return r.Book.Grant(tx, r.People["admin"], r.People["clerk2"].ID, who.Officer, here, 0, time.Time{}) // young: not asked about
		})
		turn()
		turn()
		if n := acts("review.open"); n != 4 { // here, away, above, the node
			t.Fatalf("%d reviews were opened", n)
		}
		boss, n := r.As(t, "admin"), of(here)
		boss.Get("/admin/reviews").Want(t, 200, "UBND phường Hàng Bạc", "4/4", "Đang rà soát")
		r.As(t, "leader").Get("/admin/reviews").Want(t, 403)
		page := boss.Get("/admin/reviews/" + n.String())
		page.Want(t, 200, "Vũ Minh Châu", "Ghi trả lời")
		if strings.Contains(page.Body, "[review") || strings.Count(page.Body, `value="keep"`) != 4 {
			t.Errorf("the page asks wrongly:\n%s", page.Body)
		}
		boss.Get("/admin/reviews/"+of("").String()).Want(t, 404)
		boss.Post("/admin/reviews/"+of("").String(), url.Values{}).Want(t, 404)
		boss.Post("/admin/reviews/"+n.String(), url.Values{"r." + right("clerk", here).String(): {"perhaps"}}).Want(t, 422)
		boss.Post("/admin/reviews/"+n.String(), url.Values{"r." + right("clerk", here).String(): {"keep"}, "r." + right("officer", here).String(): {"take"}}).Want(t, 303)
		if !is("clerk", who.Clerk, here) || is("officer", who.Officer, here) || acts("review.confirm") != 1 {
			t.Error("not as was answered")
		}
		want("again", keep("admin", n, right("clerk", here)), "review.answered")
		want("what is over", keep("admin", n, right("officer", here)), "review.answered")
		want("another body's", keep("admin", of(""), right("root", "")), "review.none")
		want("by a clerk", keep("clerk", n, right("clerk2", here)), "review.none")
		want("one's own", keep("admin", of(above), right("admin", above)), "review.own")
		boss.Get("/admin/reviews/"+of(above).String()).Want(t, 200, "Quyền của chính bạn")
		want("a role of another body", keep("admin", n, right("admin", above)), "review.answered")
		// Two at the same moment.
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, by := range []string{"admin", "root"} {
			wg.Go(func() { errs[i] = keep(by, n, right("clerk2", here)) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || acts("review.confirm") != 2 {
			t.Errorf("both or none: %v", errs)
		}
		boss.Post("/admin/reviews/"+n.String(), url.Values{"r." + right("leader", here).String(): {"keep"}}).Want(t, 303)
		if acts("review.end") != 1 {
			t.Error("everybody was looked at, and it is not over")
		}
		boss.Get("/admin/reviews/"+n.String()).Want(t, 200, "Đã xong")

		// Nobody does the others: the body above is told, once, and sees it.
		r.Later(14 * day)
		turn()
		turn()
		if acts("review.overdue") != 3 {
			t.Errorf("%d are overdue", acts("review.overdue"))
		}
		var below int
		write(func(tx *db.Tx) (err error) { below, err = review.Overdue(tx, r.App, r.People["admin"]); return err })
		if below != 2 { // away, and its own
			t.Errorf("%d overdue below", below)
		}
		r.As(t, "root").Get("/admin/reviews").Want(t, 200, "Quá hạn")
		if !is("admin", who.Admin, above) {
			t.Error("an administrator was ended too soon")
		}
		// Two weeks later administrators nobody looked at are none; those who serve stay.
		r.Later(14 * day)
		turn()
		turn()
		if is("admin", who.Admin, above) || !is("away", who.Clerk, kerneltest.Away) || !is("away", who.Leader, kerneltest.Away) || !is("root", who.Admin, "") || acts("review.suspend") != 1 {
			t.Errorf("the wrong ones were ended: %d", acts("review.suspend"))
		}
		boss.Get("/admin/reviews").Want(t, 403)
		// The next quarter asks again, and what was left of the last is over.
		r.Later(70 * day)
		turn()
		if regexp.MustCompile(`2020-Q2`).FindString(r.As(t, "root").Get("/admin/reviews/"+of("").String()).Body) != "" {
			t.Error("the next quarter has no review")
		}
		var open int
		write(func(tx *db.Tx) error {
			return tx.Row(`select count(*) from review where state <> 'ended' and quarter = '2020-Q2'`).Scan(&open)
		})
		if open != 0 {
			t.Errorf("%d reviews of the last quarter go on", open)
		}
		// And nothing of it looks wrong from outside.
		found, err := doctor.Examine(t.Context(), r.App, false)
		for _, f := range found {
			if !f.OK && f.Check == "rights" {
				t.Errorf("doctor: %s", f.Detail)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestAReviewMakesAnAdministratorOneOfMany: who made him one does not count as
// somebody who looked at him.
func TestAReviewMakesAnAdministratorOneOfMany(t *testing.T) {
	t.Parallel()
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, rights.System(), review.System())
	for i, by := range []string{"admin", "root"} {
		k := rights.Ask{By: r.People["admin"].ID, Person: r.People["clerk"].ID, Role: who.Leader, Body: kerneltest.Here, State: rights.Open, Expires: r.Now().Add(day)}
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			if i == 0 { // officer was made an administrator by admin and root
				var n id.ID
				if _, err := rights.Give(tx, r.App, r.People["admin"], 0, r.People["officer"], who.Admin, kerneltest.Here, time.Time{}); err != nil {
					return err
				}
				if err := tx.Row(`select id from right_ask`).Scan(&n); err != nil {
					return err
				}
				if err := rights.Approve(tx, r.App, r.People["root"], n); err != nil {
					return err
				}
			}
			return rights.Confirmed(tx, r.People[by].ID, r.People["officer"].ID, who.Admin, kerneltest.Here)
		})
		if err == nil {
			err = r.DB.Read(t.Context(), func(tx *db.Tx) error { return rights.May(tx, r.App, r.People["officer"], k) })
		}
		if (fault.Of(err) == fault.Forbidden) != (i == 0) || i == 1 && err != nil {
			t.Errorf("confirmed by %s: %v", by, err)
		}
	}
}
