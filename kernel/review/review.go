// Package review is how a body looks, each quarter, at who holds which role and
// whether he still needs it: every role is kept or taken by an administrator, and
// nobody keeps his own. It opens by the clock, is due in 14 days, and is then the
// matter of the body above.
//
// Fourteen days after that, roles of administrators that nobody kept end: those of
// the body above administer it meanwhile, so nothing stops. Roles of those who
// serve people do not end: an administrator's paper that is late must not stop a
// ward's decisions, whose limits are the law's; they stay on the page above, and
// the next review asks again.
package review

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

const (
	within = 14 * 24 * time.Hour // for the body's own administrators
	grace  = 14 * 24 * time.Hour // for those above, until administrators who were not looked at are none
	stood  = 30 * 24 * time.Hour // a role that is younger was looked at when it was given
)

// System is the reviews, their clock and their pages.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	admins := kernel.Roles(who.Admin)
	return kernel.System{Name: "review", Texts: []fs.FS{files}, Schema: schema,
		Held: []held.Table{
			{Name: "review", Told: "work of bodies", Stays: "no word of a person is in it"},
			{Name: "review_right", Of: "person = $1", Tell: "role, said", Times: "at", Stays: "what officials could do and who looked at it: numbers alone"}},
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/reviews", Text: "review.title", Icon: "check", About: "review.about", Who: admins}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /admin/reviews", Who: admins, Do: list}, {Pattern: "GET /admin/reviews/{id}", Who: admins, Do: show},
				{Pattern: "POST /admin/reviews/{id}", Who: admins, Do: answer}}
		},
		Every: []kernel.Task{{Name: "open, escalate and end reviews of roles", Pause: time.Hour, Do: Turn}}}
}

// A Review is one body's in one quarter.
type Review struct {
	ID          id.ID
	Body        string
	Quarter     string // 2020-Q1
	Opened, Due time.Time
	State       string // open, overdue, ended
	Ended       time.Time
	All, Left   int
}

const columns = `r.id, r.body, r.quarter, r.opened, r.due, r.state, r.ended, (select count(*) from review_right x where x.review = r.id), ` + left

// left is how many roles of the review r wait: a role that ended since does not.
const left = `(select count(*) from review_right x join grants g on g.id = x.held where x.review = r.id and x.said = '' and (g.until = 0 or g.until > $1))`

func scan(into func(...any) error) (v Review, err error) {
	var opened, due, ended db.Time
	err = into(&v.ID, &v.Body, &v.Quarter, &opened, &due, &v.State, &ended, &v.All, &v.Left)
	v.Opened, v.Due, v.Ended = opened.Time, due.Time, ended.Time
	return v, err
}

func find(tx *db.Tx, a *kernel.App, n id.ID) (Review, error) {
	all, err := db.List(tx, scan, `select `+columns+` from review r where r.id = $2`, db.At(a.Now()), n)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "review.none")
	}
	if err != nil {
		return Review{}, err
	}
	return all[0], nil
}

// Overdue is how many reviews below wait for those of the bodies above, me among them.
func Overdue(tx *db.Tx, a *kernel.App, me who.Person) (n int, err error) {
	all, err := db.List(tx, scan, `select `+columns+` from review r where r.state = 'overdue'`, db.At(a.Now()))
	for _, v := range all {
		if v.Left > 0 && a.Country.Rules(me, v.Body) {
			n++
		}
	}
	return n, err
}

// entry is what an act about a review says.
type entry struct {
	Review  id.ID    `json:"review,omitempty"`
	Body    string   `json:"body"`
	Quarter string   `json:"quarter,omitempty"`
	Role    who.Role `json:"role,omitempty"`
	Right   id.ID    `json:"right,omitempty"`
	Rights  []id.ID  `json:"rights,omitempty"`
	Due     db.Time  `json:"due,omitzero"`
	Left    int      `json:"left,omitempty"`
}

// Keep confirms a role: somebody else than its holder says that he still needs it.
func Keep(tx *db.Tx, a *kernel.App, by who.Person, n, right id.ID) error {
	v, h, err := theirs(tx, a, by, n, right)
	if err == nil {
		err = said(tx, a, v, h, "kept", by)
	}
	if err == nil {
		err = rights.Confirmed(tx, by.ID, h.Person, h.Role, v.Body)
	}
	if err != nil {
		return err
	}
	if err := a.Engine.Record(tx, by, "review.confirm", h.Person, entry{Review: v.ID, Body: v.Body, Role: h.Role, Right: right}); err != nil {
		return err
	}
	return finish(tx, a, v)
}

// Take takes a role away.
func Take(tx *db.Tx, a *kernel.App, by who.Person, n, right id.ID) error {
	v, h, err := theirs(tx, a, by, n, right)
	if err == nil {
		err = said(tx, a, v, h, "taken", by)
	}
	if err == nil {
		err = a.Book.Withdraw(tx, by, h.Person, h.Role, v.Body)
	}
	if err != nil {
		return err
	}
	return finish(tx, a, v)
}

// theirs finds a role of a review that by may answer about now.
func theirs(tx *db.Tx, a *kernel.App, by who.Person, n, right id.ID) (v Review, h rights.Held, err error) {
	if v, err = find(tx, a, n); err != nil {
		return v, h, err
	}
	me, err := a.Book.Find(tx, by.ID)
	if err == nil && !a.Country.Rules(me, v.Body) {
		err = fault.New(fault.NotFound, "review.none")
	}
	if err != nil {
		return v, h, err
	}
	held, err := rights.Holders(tx, a.Now(), v.Body)
	for _, x := range held {
		if x.Right == right {
			h = x
		}
	}
	switch {
	case err != nil:
		return v, h, err
	case h.Right == 0 || v.State == "ended":
		return v, h, fault.New(fault.Conflict, "review.answered")
	case h.Person == me.ID:
		return v, h, fault.New(fault.Forbidden, "review.own")
	}
	return v, h, nil
}

// said writes an answer once.
func said(tx *db.Tx, a *kernel.App, v Review, h rights.Held, word string, by who.Person) error {
	n, err := tx.Exec(`update review_right set said = $1, by = $2, at = $3 where review = $4 and held = $5 and said = ''`, word, by.ID, db.At(a.Now()), v.ID, h.Right)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "review.answered")
	}
	return err
}

// finish ends a review in which nothing waits.
func finish(tx *db.Tx, a *kernel.App, v Review) error {
	v, err := find(tx, a, v.ID)
	if err != nil || v.Left > 0 {
		return err
	}
	return end(tx, a, v)
}

func end(tx *db.Tx, a *kernel.App, v Review) error {
	n, err := tx.Exec(`update review set state = 'ended', ended = $1 where id = $2 and state <> 'ended'`, db.At(a.Now()), v.ID)
	if err != nil || n == 0 {
		return err
	}
	return a.Engine.Record(tx, who.Person{}, "review.end", 0, entry{Review: v.ID, Body: v.Body, Quarter: v.Quarter, Left: v.Left})
}

// quarter is the one of a moment.
func quarter(t time.Time) string { return fmt.Sprintf("%d-Q%d", t.Year(), (t.Month()+2)/3) }

// Turn does what it is time for: it opens the quarter's reviews, tells the bodies
// above of those that are overdue, and ends what nobody looked at. Each is a
// transaction of its own, and done again it does nothing.
func Turn(ctx context.Context, a *kernel.App) error {
	now := a.Now()
	q := quarter(now.In(a.Zone))
	var bodies []string
	var late []Review
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		bodies, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
			`select distinct g.body from grants g where g.covers = 0 and g.since <= $1 and (g.until = 0 or g.until > $2)
				and not exists (select 1 from review r where r.body = g.body and r.quarter = $3) order by g.body`, db.At(now.Add(-stood)), db.At(now), q)
		if err == nil {
			late, err = db.List(tx, scan, `select `+columns+` from review r where r.state <> 'ended' and r.due <= $1`, db.At(now))
		}
		return err
	})
	do := func(f func(tx *db.Tx) error) { err = errors.Join(err, a.DB.Write(ctx, f)) }
	for _, v := range late {
		do(func(tx *db.Tx) error { return escalate(tx, a, v.ID, q) })
	}
	for _, body := range bodies {
		do(func(tx *db.Tx) error { return open(tx, a, body, q) })
	}
	return err
}

func open(tx *db.Tx, a *kernel.App, body, q string) error {
	now := a.Now()
	var n int
	if err := tx.Row(`select count(*) from review where body = $1 and quarter = $2`, body, q).Scan(&n); err != nil || n > 0 {
		return err
	}
	held, err := rights.Holders(tx, now, body)
	if err != nil {
		return err
	}
	e := entry{Body: body, Quarter: q, Due: db.At(now.Add(within))}
	held = slices.DeleteFunc(held, func(h rights.Held) bool { // what is lent ends with what it is lent from
		return h.Covers != 0 || h.Since.After(now.Add(-stood))
	})
	for _, h := range held {
		e.Rights = append(e.Rights, h.Right)
	}
	e.Review, err = a.Engine.RecordAs(tx, who.Person{}, "review.open", 0, e)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`insert into review (id, body, quarter, opened, due, state, ended) values ($1, $2, $3, $4, $5, 'open', 0)`,
		e.Review, body, q, db.At(now), e.Due); err != nil {
		return err
	}
	for _, h := range held {
		if _, err := tx.Exec(`insert into review_right (review, held, person, role, said, by, at) values ($1, $2, $3, $4, '', 0, 0)`, e.Review, h.Right, h.Person, string(h.Role)); err != nil {
			return err
		}
	}
	return tell(tx, a, body, false)
}

// escalate does what is due with a review that is late.
func escalate(tx *db.Tx, a *kernel.App, n id.ID, q string) error {
	v, err := find(tx, a, n)
	if err != nil || v.State == "ended" {
		return err
	}
	now := a.Now()
	if v.Left == 0 || v.Quarter != q && now.After(v.Due.Add(grace)) { // the next one asks again
		if v.Left > 0 {
			err = suspend(tx, a, v)
		}
		if err == nil {
			v, err = find(tx, a, n)
		}
		if err == nil {
			err = end(tx, a, v)
		}
		return err
	}
	if v.State == "open" {
		if _, err := tx.Exec(`update review set state = 'overdue' where id = $1`, v.ID); err != nil {
			return err
		}
		if err := a.Engine.Record(tx, who.Person{}, "review.overdue", 0, entry{Review: v.ID, Body: v.Body, Quarter: v.Quarter, Left: v.Left}); err != nil {
			return err
		}
		return tell(tx, a, v.Body, true)
	}
	if now.Before(v.Due.Add(grace)) {
		return nil
	}
	return suspend(tx, a, v)
}

// suspend ends the roles of administrators that nobody looked at, but never the
// last of the node: somebody has to be left who can mend it.
func suspend(tx *db.Tx, a *kernel.App, v Review) error {
	held, err := rights.Holders(tx, a.Now(), v.Body)
	if err != nil {
		return err
	}
	admins := 0
	for _, h := range held {
		if h.Role == who.Admin && h.Covers == 0 {
			admins++
		}
	}
	for _, h := range held {
		var word string
		err := tx.Row(`select said from review_right where review = $1 and held = $2`, v.ID, h.Right).Scan(&word)
		switch {
		case fault.Of(err) == fault.NotFound || err == nil && (word != "" || h.Role != who.Admin) || v.Body == "" && admins == 1:
			continue
		case err == nil:
			err = said(tx, a, v, h, "suspended", who.Person{})
		}
		if err == nil {
			err = a.Engine.Record(tx, who.Person{}, "review.suspend", h.Person, entry{Review: v.ID, Body: v.Body, Role: h.Role, Right: h.Right})
		}
		if err == nil {
			err = a.Book.Withdraw(tx, who.Person{}, h.Person, h.Role, v.Body)
		}
		if err != nil {
			return err
		}
		admins--
	}
	return finish(tx, a, v)
}
