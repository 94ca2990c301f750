package rights_test

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/kernel/kerneltest"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// A country has two administrators of the district (admin and admin2), one of a
// ward (warden), the node's (root), and somebody who is nothing yet (new).
type country struct {
	*kerneltest.Rig
	t *testing.T
}

func open(t *testing.T, at string) *country {
	t.Helper()
	c := &country{kerneltest.Open(t, at, nil, rights.System()), t}
	for login, body := range map[string]string{"admin2": kerneltest.Above, "warden": kerneltest.Here, "new": "-", "new2": "-"} {
		c.write(func(tx *db.Tx) error {
			p, err := c.Book.Add(tx, who.Person{}, who.Person{Login: login, Name: login}, "")
			if err == nil && body != "-" {
				err = c.Book.Grant(tx, who.Person{}, p.ID, who.Admin, body, 0, time.Time{})
			}
			c.People[login] = p
			return err
		})
	}
	return c
}

func (c *country) try(f func(tx *db.Tx) error) error { return c.DB.Write(c.t.Context(), f) }

func (c *country) write(f func(tx *db.Tx) error) {
	c.t.Helper()
	if err := c.try(f); err != nil {
		c.t.Fatal(err)
	}
}

// ask is by asking for a role of to, and the number of what is asked.
func (c *country) ask(by, to string, role who.Role, body string) (n id.ID) {
	c.t.Helper()
	c.write(func(tx *db.Tx) error {
		p, err := c.Book.Find(tx, c.People[to].ID)
		if err == nil {
			_, err = rights.Give(tx, c.App, c.People[by], 0, p, role, body, time.Time{})
		}
		if err != nil {
			return err
		}
		return tx.Row(`select id from right_ask where person = $1 and role = $2 and body = $3 and state = 'open'`, p.ID, string(role), body).Scan(&n)
	})
	return n
}

func (c *country) approve(by string, n id.ID) error {
	return c.try(func(tx *db.Tx) error { return rights.Approve(tx, c.App, c.People[by], n) })
}

// want asks for the kind of fault ("": none) and its code.
func (c *country) want(what string, err error, kind fault.Kind, code string) {
	c.t.Helper()
	f, _ := err.(*fault.Error)
	if kind == "" && err != nil || kind != "" && (f == nil || f.Kind != kind || f.Code != code) {
		c.t.Errorf("%s: %v, want %s %s", what, err, kind, code)
	}
}

func (c *country) is(login string, role who.Role, body string) bool {
	c.t.Helper()
	var p who.Person
	c.write(func(tx *db.Tx) (err error) { p, err = c.Book.Find(tx, c.People[login].ID); return err })
	return p.Is(role, body)
}

func (c *country) acts(act string) (n int) {
	c.write(func(tx *db.Tx) error { return tx.Row(`select count(*) from act where act = $1`, act).Scan(&n) })
	return n
}

func TestADangerousRoleTakesTwo(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		c := open(t, at)
		here := kerneltest.Here
		// The register itself takes no dangerous role from one person.
		for _, role := range []who.Role{who.Leader, who.Admin} {
			c.want("one alone", c.try(func(tx *db.Tx) error {
				return c.Book.Grant(tx, c.People["root"], c.People["new"].ID, role, here, 0, time.Time{})
			}), fault.Forbidden, "who.eyes")
			c.want("lent by who does not have it", c.try(func(tx *db.Tx) error {
				return c.Book.Grant(tx, c.People["clerk"], c.People["new"].ID, role, here, c.People["clerk"].ID, time.Time{})
			}), fault.Forbidden, "who.eyes")
			c.want("asked and given by the same", c.try(func(tx *db.Tx) error {
				return c.Book.GrantOn(tx, c.People["root"], who.Basis{Ask: 1, Asker: c.People["root"].ID}, c.People["new"].ID, role, here, 0, time.Time{})
			}), fault.Forbidden, "who.eyes")
		}
		n := c.ask("admin", "new", who.Leader, here)
		if again := c.ask("admin", "new", who.Leader, here); again != n || c.acts("role.ask") != 1 || c.is("new", who.Leader, here) {
			t.Errorf("asked twice: %s and %s", n, again)
		}
		c.want("own", c.approve("admin", n), fault.Forbidden, "rights.own")
		c.want("by an official", c.approve("leader", n), fault.NotFound, "rights.none")
		c.want("by the one who gets it", c.approve("new", n), fault.NotFound, "rights.none")
		c.want("by the ward's", c.approve("warden", n), "", "")
		c.want("replayed", c.approve("warden", n), fault.Conflict, "rights.answered")
		c.want("replayed by another", c.approve("root", n), fault.Conflict, "rights.answered")
		c.want("refused after that", c.try(func(tx *db.Tx) error { return rights.Refuse(tx, c.App, c.People["root"], n, "x") }), fault.Conflict, "rights.answered")
		if !c.is("new", who.Leader, here) || c.acts("role.grant") < 2 {
			t.Error("two approved, and the role is not there")
		}
		// One takes it away, and what he lent of it.
		me := who.Person{ID: c.People["new"].ID, Grants: []who.Grant{{Role: who.Leader, Body: here}}}
		c.write(func(tx *db.Tx) error {
			return c.Book.Grant(tx, me, c.People["clerk"].ID, who.Leader, here, me.ID, time.Time{})
		})
		if !c.is("clerk", who.Leader, here) {
			t.Error("a leader cannot let a colleague stand in")
		}
		c.write(func(tx *db.Tx) error { return c.Book.Withdraw(tx, c.People["admin"], me.ID, who.Leader, here) })
		if c.is("new", who.Leader, here) || c.is("clerk", who.Leader, here) {
			t.Error("what is taken from a leader stays with who stood in for him")
		}
		// A role that is not dangerous takes one.
		c.write(func(tx *db.Tx) error {
			_, err := rights.Give(tx, c.App, c.People["warden"], 0, c.People["new"], who.Officer, here, time.Time{})
			return err
		})
		if !c.is("new", who.Officer, here) {
			t.Error("an officer takes two")
		}
	})
}

func TestAttacksOnTheSecondPairOfEyes(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		c := open(t, at)
		here, above := kerneltest.Here, kerneltest.Above
		ask := func(by, body string) error {
			return c.try(func(tx *db.Tx) error {
				_, err := rights.Give(tx, c.App, c.People[by], 0, c.People["new"], who.Leader, body, time.Time{})
				return err
			})
		}
		c.want("a ward asks for the district", ask("warden", above), fault.NotFound, "who.body")
		c.want("a ward asks for its neighbour", ask("warden", kerneltest.Away), fault.NotFound, "who.body")
		c.want("a clerk asks", ask("clerk", here), fault.NotFound, "who.body")

		n := c.ask("admin", "new", who.Leader, above)
		c.want("a ward approves for the district", c.approve("warden", n), fault.NotFound, "rights.none")
		c.write(func(tx *db.Tx) error {
			return c.Book.Withdraw(tx, c.People["root"], c.People["admin2"].ID, who.Admin, above)
		})
		c.want("approved after being removed", c.approve("admin2", n), fault.NotFound, "rights.none")

		// Who asked is gone: what he asked for goes with him.
		c.write(func(tx *db.Tx) error {
			return c.Book.Withdraw(tx, c.People["root"], c.People["admin"].ID, who.Admin, above)
		})
		c.want("asked by who is gone", c.approve("root", n), fault.Conflict, "rights.askergone")
		c.write(func(tx *db.Tx) error {
			return rights.Refuse(tx, c.App, c.People["root"], n, "người đề nghị đã nghỉ")
		})
		c.want("approved after a refusal", c.approve("root", n), fault.Conflict, "rights.answered")
		c.want("refused by the ward", c.try(func(tx *db.Tx) error { return rights.Refuse(tx, c.App, c.People["warden"], n, "x") }), fault.NotFound, "rights.none")

		// Nobody approves a role of his own.
		n = c.ask("root", "warden", who.Leader, here)
		c.want("one's own", c.approve("warden", n), fault.Forbidden, "rights.own")

		// Two at the same moment: one of them gives it, once.
		for _, x := range []struct {
			login, body string
		}{{"admin", above}, {"admin2", above}} {
			c.write(func(tx *db.Tx) error {
				return c.Book.Grant(tx, who.Person{}, c.People[x.login].ID, who.Admin, x.body, 0, time.Time{})
			})
		}
		n = c.ask("warden", "new2", who.Leader, here)
		var wg sync.WaitGroup
		errs := make([]error, 3)
		for i, by := range []string{"admin", "admin2", "root"} {
			wg.Go(func() { errs[i] = c.approve(by, n) })
		}
		wg.Wait()
		given, held := 0, 0
		for _, err := range errs {
			if err == nil {
				given++
			} else {
				c.want("the slower one", err, fault.Conflict, "rights.answered")
			}
		}
		c.write(func(tx *db.Tx) error {
			return tx.Row(`select count(*) from grants where person = $1`, c.People["new2"].ID).Scan(&held)
		})
		if given != 1 || held != 1 {
			t.Errorf("%d gave it, and it is held %d times: %v", given, held, errs)
		}

		// After seven days it is over, whether or not the clock has come by.
		n = c.ask("warden", "new2", who.Admin, here)
		c.Later(rights.Life)
		c.want("on the eighth day", c.approve("root", n), fault.Conflict, "rights.over")
		if err := rights.Lapse(t.Context(), c.App); err != nil || c.acts("role.lapse") != 2 { // and warden's own
			t.Errorf("lapsed %d, %v", c.acts("role.lapse"), err)
		}
		if err := rights.Lapse(t.Context(), c.App); err != nil || c.acts("role.lapse") != 2 {
			t.Errorf("lapsed again: %d, %v", c.acts("role.lapse"), err)
		}
		c.want("once more", c.approve("root", n), fault.Conflict, "rights.answered")
	})
}

func TestNobodyInventsHisSecondPairOfEyes(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		c := open(t, at)
		here, above := kerneltest.Here, kerneltest.Above
		// admin makes new an administrator, with root; new makes new2 one, with admin2.
		c.want("", c.approve("root", c.ask("admin", "new", who.Admin, above)), "", "")
		c.want("", c.approve("admin2", c.ask("new", "new2", who.Admin, here)), "", "")
		n := c.ask("admin", "clerk", who.Leader, here)
		c.want("by whom the asker made", c.approve("new", n), fault.Forbidden, "rights.young")
		c.want("by whom that one made", c.approve("new2", n), fault.Forbidden, "rights.young")
		c.write(func(tx *db.Tx) error {
			return c.Book.Withdraw(tx, c.People["admin"], c.People["new"].ID, who.Admin, above)
		})
		c.want("by whom that one made, after he is gone", c.approve("new2", n), fault.Forbidden, "rights.young")
		c.want("by another", c.approve("warden", n), "", "")

		// He may for others; and for the asker too when he is not so young any more.
		c.want("for another", c.approve("new2", c.ask("warden", "clerk2", who.Leader, here)), "", "")
		c.Later(rights.Young)
		c.want("after a month", c.approve("new2", c.ask("admin", "officer", who.Leader, here)), "", "")
	})
}

func TestTheOneAtTheMachineStandsInForNobodyElse(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		c := open(t, at)
		machine := func(n id.ID) error { return c.try(func(tx *db.Tx) error { return rights.AtMachine(tx, c.App, n) }) }
		c.want("others could", machine(c.ask("admin", "new", who.Leader, kerneltest.Above)), fault.Conflict, "rights.others")
		n := c.ask("root", "new", who.Admin, "")
		c.want("the node's second", machine(n), "", "")
		c.want("replayed", machine(n), fault.Conflict, "rights.answered")
		// From now on they are two, from the first day.
		c.want("with the second", c.approve("new", c.ask("root", "new2", who.Admin, "")), "", "")
		c.want("then it is not the machine's", machine(c.ask("root", "clerk", who.Admin, "")), fault.Conflict, "rights.others")
	})
}

func TestThePageOfWhatWaits(t *testing.T) {
	t.Parallel()
	c := open(t, dbtest.SQLite(t))
	n := c.ask("admin", "new", who.Leader, kerneltest.Here)
	form := func(do, note string, n ...string) url.Values { return url.Values{"do": {do}, "note": {note}, "ask": n} }
	c.As(t, "leader").Get("/admin/rights").Want(t, 403)
	c.As(t, "admin").Get("/admin/rights").Want(t, 200, "Bạn đề nghị, hoặc là vai trò của chính bạn", n.String())
	c.As(t, "admin").Post("/admin/rights", form("approve", "", n.String())).Want(t, 403)
	warden := c.As(t, "warden")
	warden.Get("/admin/rights").Want(t, 200, "Lãnh đạo, UBND phường Hàng Bạc", "Phan Bảo Quản (admin)")
	warden.Post("/admin/rights", form("approve", "")).Want(t, 422, "Chưa chọn vai trò nào")
	warden.Post("/admin/rights", form("refuse", " ", n.String())).Want(t, 422, "Hãy ghi lý do từ chối")
	warden.Post("/admin/rights", form("approve", "", "x")).Want(t, 404)
	m := c.ask("warden", "new2", who.Leader, kerneltest.Here)
	warden.Post("/admin/rights", form("approve", "", n.String(), m.String())).Want(t, 422, "Đã trả lời 1 vai trò", "người khác duyệt")
	warden.Post("/admin/rights", form("refuse", "nhầm người", m.String())).Want(t, 303)
	warden.Get("/admin/rights").Want(t, 200, "Không có vai trò nào chờ duyệt", "Đã duyệt", "nhầm người")
	if !c.is("new", who.Leader, kerneltest.Here) || c.is("new2", who.Leader, kerneltest.Here) || c.acts("role.refuse") != 1 {
		t.Error("not as they answered")
	}
}

// TestOthersAreWrittenTo: who may approve hears of it once for many, who asked
// hears of the answer; the mail names no person.
func TestOthersAreWrittenTo(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, at string) {
		c := open(t, at)
		c.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set email = login || '@vidu.test', lang = 'en' where login in ('admin', 'admin2', 'warden')`)
			return err
		})
		for login := range c.People {
			c.write(func(tx *db.Tx) (err error) { c.People[login], err = c.Book.Find(tx, c.People[login].ID); return err })
		}
		sent := func() (to []string) {
			all, err := post.List(t.Context(), c.DB, 0, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range all {
				if strings.Contains(m.Body, "new") {
					t.Errorf("a mail names whom it is about: %s", m.Body)
				}
				to = append(to, m.To)
			}
			slices.Sort(to)
			return to
		}
		first := c.ask("admin", "new", who.Leader, kerneltest.Here)
		c.ask("admin", "new2", who.Leader, kerneltest.Here)
		want := []string{"admin2@vidu.test", "warden@vidu.test"}
		if got := sent(); !slices.Equal(got, want) {
			t.Errorf("asked: written to %v, want %v", got, want)
		}
		if err := c.approve("warden", first); err != nil {
			t.Fatal(err)
		}
		if got, want := sent(), []string{"admin2@vidu.test", "admin@vidu.test", "warden@vidu.test"}; !slices.Equal(got, want) {
			t.Errorf("answered: written to %v, want %v", got, want)
		}
	})
}
