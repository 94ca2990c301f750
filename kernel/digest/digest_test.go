package digest_test

import (
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/desk"
	"motcua/kernel/digest"
	"motcua/kernel/doctor"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
)

// A reading that is deleted, changed, given to somebody else or slipped in is found,
// however well the rest fits; nothing is found before.
func TestDigest(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, desk.System(), doubt.System(), inbox.System(), digest.System())
		ctx := t.Context()
		d := r.File(t, "1.001193")
		take := func() {
			t.Helper()
			if err := digest.Take(ctx, r.App, r.Now().Add(1e9)); err != nil {
				t.Fatal(err)
			}
		}
		entries := func() (n int) {
			err := r.DB.Read(ctx, func(tx *db.Tx) error { return tx.Row(`select count(*) from act where act = $1`, digest.Act).Scan(&n) })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		take()
		if n := entries(); n != 0 {
			t.Errorf("%d entries for no reading", n)
		}
		for _, login := range []string{"clerk", "officer"} {
			r.As(t, login).Get("/work/d/"+d.ID.String()).Want(t, 200)
		}
		take()
		take()
		r.As(t, "leader").Get("/work/d/"+d.ID.String()).Want(t, 200)
		take()
		if n := entries(); n != 2 {
			t.Errorf("%d entries, want one for each time that something was read", n)
		}
		look := func() []string {
			t.Helper()
			found, err := digest.Check(ctx, r.App)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if found := look(); len(found) > 0 {
			t.Fatalf("nothing was touched, and yet: %q", found)
		}
		do(t, r, `create table kept as select * from reading`)
		for what, q := range map[string]string{
			"deleted":           `delete from reading where id = (select min(id) from reading)`,
			"the last deleted":  `delete from reading where id = (select max(id) from reading)`,
			"given to another":  `update reading set person = person + 1 where id = (select min(id) from reading)`,
			"dated otherwise":   `update reading set at = at + 1 where id = (select min(id) from reading)`,
			"for other reasons": `update reading set purpose = 'work', way = 'list' where id = (select max(id) from reading)`,
			"slipped in":        `insert into reading (id, dossier, person, body, role, at, way, purpose, about) select max(id) - 1, max(dossier), 1, '', '', 1, 'page', '', 0 from reading`,
		} {
			do(t, r, q)
			if found := look(); len(found) == 0 {
				t.Errorf("%s: nothing is found", what)
			}
			do(t, r, `delete from reading`)
			do(t, r, `insert into reading select * from kept`)
			if found := look(); len(found) > 0 {
				t.Fatalf("all is as it was, and yet: %q", found)
			}
		}
		do(t, r, `delete from reading where person = $1`, r.People["clerk"].ID)
		all, err := doctor.Examine(ctx, r.App, false)
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, f := range all {
			seen = seen || f.Check == "readings" && !f.OK && strings.Contains(f.Detail, "ledger recorded")
		}
		if !seen {
			t.Error("the doctor does not see it")
		}
	})
}

func do(t *testing.T, r *kerneltest.Rig, q string, args ...any) {
	t.Helper()
	err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
