package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// TestRightsCommand: who has the machine sees which roles wait and for whom, and is
// the second one where nobody else could be; where somebody could, he is not.
func TestRightsCommand(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a := testApp(t, url)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		people := map[string]who.Person{}
		add := func(login string, roles ...who.Role) {
			t.Helper()
			err := a.DB.Write(ctx, func(tx *db.Tx) error {
				p, err := a.Book.Add(tx, who.Person{}, who.Person{Login: login, Name: "Thử " + login}, "")
				for _, r := range roles {
					if err == nil {
						err = a.Book.Grant(tx, who.Person{}, p.ID, r, "", 0, time.Time{})
					}
				}
				if err == nil {
					people[login], err = a.Book.Find(tx, p.ID)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		ask := func(login string) (n id.ID) {
			t.Helper()
			err := a.DB.Write(ctx, func(tx *db.Tx) error {
				if _, err := rights.Give(tx, a, people["first"], 0, people[login], who.Admin, "", time.Time{}); err != nil {
					return err
				}
				return tx.Row(`select id from right_ask where person = $1 and state = 'open'`, people[login].ID).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		command := func(want int, says string, args ...string) {
			t.Helper()
			var out, errs bytes.Buffer
			code := run(ctx, append([]string{"rights"}, append(args, "--dir", a.Dir, "--db", url)...), &out, &errs)
			if all := out.String() + errs.String(); code != want || !strings.Contains(all, says) {
				t.Errorf("rights %v: exit %d, want %d and %q:\n%s", args, code, want, says, all)
			}
		}
		add("first", who.Admin)
		add("second")
		add("third")
		command(2, "motcua rights list|approve NUMBER")
		command(3, "not found", "approve", "nonsense")
		n := ask("second")
		command(0, "nobody: motcua rights approve "+n.String(), "list")
		command(0, `"person":"Thử second (second)","role":"admin"`, "list", "--json")
		command(0, "", "approve", n.String())
		command(1, "answered", "approve", n.String())
		a.Book.Drop()
		k, err := rights.Ask{}, error(nil)
		if err = a.DB.Read(ctx, func(tx *db.Tx) (err error) { k, err = rights.Find(tx, n); return err }); err != nil || k.State != rights.Given || k.Second != 0 {
			t.Errorf("%+v %v", k, err)
		}
		n = ask("third")
		command(0, "may be approved by second", "list")
		command(1, "can approve it on the page", "approve", n.String())
	})
}
