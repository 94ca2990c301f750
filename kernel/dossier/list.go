package dossier

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/who"
)

// A List asks for rows of dossiers, by due date and then by id.
type List struct {
	Me        who.Person
	Inbox     string    // "": what I may see as applicant; mine, desk, unheld, late, soon, sign, all: as an official; book: ended ones too; seen: all I may see
	Body      string    // one of my bodies; "": all of them
	State     Public    // "": any
	Stand     State     // "": any
	Kind      string    // "": any
	DueBefore time.Time // zero: any
	Holder    id.ID     // 0: any
	Desk      who.Role  // whose desk it is on; "": any
	Received  time.Time // its legal clock started then or later; zero: any
	Until     time.Time // and before that; zero: any
	Late      bool      // only what is past its due date, its clock running
	Words     string    // in name, subject or code
	Limit     int
	After     Cursor // of the last row of the page before
}

// A Cursor is a place in a list: the due date and id of the last row seen.
type Cursor struct {
	Due int64
	ID  id.ID
}

// String writes the cursor for a URL.
func (c Cursor) String() string {
	if c.ID == 0 {
		return ""
	}
	return fmt.Sprintf("%x.%s", c.Due, c.ID)
}

// ParseCursor reads what String wrote.
func ParseCursor(s string) (c Cursor, err error) {
	if s == "" {
		return c, nil
	}
	due, rest, _ := strings.Cut(s, ".")
	if c.ID, err = id.Parse(rest); err == nil && len(due) <= 16 {
		_, err = fmt.Sscanf(due, "%x", &c.Due)
	}
	if err != nil || c.Due < 0 || c.String() != strings.ToLower(s) {
		return Cursor{}, fault.Wrong(fault.Field{Pointer: "/cursor", Code: "dossier.cursor"})
	}
	return c, nil
}

// Cursor is the place of d in a list.
func (d *Dossier) Cursor() Cursor {
	if d.Due.IsZero() {
		return Cursor{0, d.ID}
	}
	return Cursor{d.Due.UnixMicro(), d.ID}
}

// where collects conditions with their arguments.
type where struct {
	conds []string
	args  []any
}

func (w *where) and(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conds = append(w.conds, cond)
}

func in(n int) string { return "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")" }

// own reports whether the list is of what one may see rather than of work: newest first.
func (l List) own() bool { return l.Inbox == "" || l.Inbox == "seen" }

// conditions turn the list into SQL; false: nothing can match.
func (e *Engine) conditions(l List) (where, bool) {
	var w where
	if l.own() {
		mine := "(applicant = ? and org = 0) or org = ?"
		args := []any{l.Me.ID, l.Me.ID}
		for _, m := range l.Me.Mandates {
			mine, args = mine+" or org = ?", append(args, m.Org)
			if len(m.Services) > 0 {
				mine += " and kind in " + in(len(m.Services))
				for _, s := range m.Services {
					args = append(args, s)
				}
			}
		}
		for _, g := range l.Me.Grants {
			if l.Inbox == "seen" && g.Role.Desk() {
				mine, args = mine+" or body = ?", append(args, g.Body)
			}
		}
		w.and("("+mine+") and parent = 0", args...) // what belongs to a dossier is found on its page
	} else {
		var pairs []string
		var args []any
		for _, g := range l.Me.Grants {
			if !g.Role.Desk() || l.Body != "" && g.Body != l.Body || l.Inbox == "sign" && g.Role != who.Leader {
				continue
			}
			if l.Inbox == "all" || l.Inbox == "book" {
				pairs, args = append(pairs, "body = ?"), append(args, g.Body)
			} else {
				pairs, args = append(pairs, "body = ? and desk = ?"), append(args, g.Body, string(g.Role))
			}
		}
		if len(pairs) == 0 {
			return w, false
		}
		w.and("("+strings.Join(pairs, " or ")+")", args...)
		now := e.Now()
		switch l.Inbox {
		case "mine": // and of those on leave whose work I cover
			mine := []any{l.Me.ID}
			for _, g := range l.Me.Grants {
				if g.For != 0 && !slices.Contains(mine, any(g.For)) {
					mine = append(mine, g.For)
				}
			}
			w.and("holder in "+in(len(mine)), mine...)
		case "unheld":
			w.and("holder = 0")
		case "late":
			w.and("ended = 0 and waiting = 0 and due > 0 and due < ?", db.At(now))
		case "soon":
			w.and("ended = 0 and waiting = 0 and due >= ? and due < ?", db.At(now), db.At(e.Soon(cmp.Or(l.Body, l.Me.Bodies()[0]))))
		case "all":
			if l.Words == "" {
				w.and("ended = 0")
			}
		}
	}
	if l.State != "" {
		states := e.statesOf(l.State)
		args := make([]any, len(states))
		for i, s := range states {
			args[i] = s
		}
		if len(args) == 0 {
			return w, false
		}
		w.and("state in "+in(len(args)), args...)
	}
	if l.Stand != "" {
		w.and("state = ?", string(l.Stand))
	}
	if l.Kind != "" {
		w.and("kind = ?", l.Kind)
	}
	if !l.DueBefore.IsZero() {
		w.and("due > 0 and due < ?", db.At(l.DueBefore))
	}
	if !l.Received.IsZero() {
		w.and("started >= ?", db.At(l.Received))
	}
	if !l.Until.IsZero() {
		w.and("started > 0 and started < ?", db.At(l.Until))
	}
	if l.Late {
		w.and("ended = 0 and waiting = 0 and due > 0 and due < ?", db.At(e.Now()))
	}
	if l.Desk != "" {
		w.and("desk = ?", string(l.Desk))
	}
	if l.Holder != 0 {
		w.and("holder = ?", l.Holder)
	}
	if q := lang.Fold(l.Words); q != "" {
		w.and("(folded like ? or lower(code) like ?)", "%"+q+"%", "%"+strings.ToLower(strings.TrimSpace(l.Words))+"%")
	}
	return w, true
}

// Soon is the end of one working day from now at a body: what is due before it is due soon.
func (e *Engine) Soon(body string) time.Time {
	if cal := e.Calendar(body); cal != nil {
		return cal.Spent(e.Now(), clock.Limit{Quarters: 4, Unit: clock.Days})
	}
	return e.Now().Add(24 * time.Hour)
}

// statesOf are the states of all kinds that the public calls so.
func (e *Engine) statesOf(p Public) (all []string) {
	for _, k := range e.Kinds() {
		for s, stand := range k.Stands {
			if stand.Public == p && !slices.Contains(all, string(s)) {
				all = append(all, string(s))
			}
		}
	}
	slices.Sort(all)
	return all
}

// Rows reads a page of the list. What an official is shown beyond what waits for
// him is recorded durably before Rows returns.
func (e *Engine) Rows(ctx context.Context, l List) (all []*Dossier, next Cursor, err error) {
	w, ok := e.conditions(l)
	if !ok {
		return nil, next, nil
	}
	if l.Limit <= 0 || l.Limit > 200 {
		l.Limit = 50
	}
	if c := l.After; c.ID != 0 {
		w.and("(due > ? or due = ? and id > ?)", c.Due, c.Due, c.ID)
	}
	order := "due, id"
	if l.own() {
		order = "id desc"
		if c := l.After; c.ID != 0 {
			w.conds[len(w.conds)-1] = "true"
			w.args = w.args[:len(w.args)-3]
			w.and("id < ?", c.ID)
		}
	}
	q := `select ` + columns + ` from dossier where ` + strings.Join(w.conds, " and ") + ` order by ` + order + fmt.Sprintf(" limit %d", l.Limit+1)
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scan, q, w.args...)
		return err
	})
	if len(all) > l.Limit {
		all = all[:l.Limit]
		next = all[l.Limit-1].Cursor()
	}
	if why := l.looksUp(); err == nil && why != "" {
		err = e.Glance(ctx, l.Me, why, all...)
	}
	return all, next, err
}

// Count says how many rows each of an official's views has, up to 1,000 each.
func (e *Engine) Count(ctx context.Context, l List, views ...string) (map[string]int, error) {
	counts := map[string]int{}
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		for _, v := range views {
			l.Inbox = v
			w, ok := e.conditions(l)
			if !ok {
				continue
			}
			n := 0
			if err := tx.Row(`select count(*) from (select 1 from dossier where `+strings.Join(w.conds, " and ")+` limit 1000) as few`, w.args...).Scan(&n); err != nil {
				return err
			}
			counts[v] = n
		}
		return nil
	})
	return counts, err
}

// Track finds the dossier of a printed code and its tail, for who need not
// sign in. A wrong code and a wrong tail are told alike.
func (e *Engine) Track(ctx context.Context, code, tail string) (*Dossier, *Kind, error) {
	code, tail = strings.TrimSpace(code), strings.ToUpper(strings.TrimSpace(tail))
	if rest, end, ok := cutTail(code); tail == "" && ok {
		code, tail = rest, strings.ToUpper(end)
	} else if i := strings.LastIndexByte(code, '-'); tail == "" && i > 0 { // of other software: shaped in any way
		code, tail = code[:i], strings.ToUpper(code[i+1:])
	}
	var d *Dossier
	var k *Kind
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		var n id.ID
		if err := tx.Row(`select id from dossier where code in ($1, $2) and tail = $3`, strings.ToUpper(code), code, tail).Scan(&n); err != nil {
			return fmt.Errorf("code: %w", fault.New(fault.NotFound, "dossier.code"))
		}
		d, k, err = e.find(tx, n)
		return err
	})
	return d, k, err
}

// Coded finds the dossier of a code without its tail, for the node itself: no
// permission is asked.
func (e *Engine) Coded(ctx context.Context, code string) (d *Dossier, k *Kind, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		var n id.ID
		if err := tx.Row(`select id from dossier where code = $1`, code).Scan(&n); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = fault.New(fault.NotFound, "dossier.code")
			}
			return fmt.Errorf("code: %w", err)
		}
		d, k, err = e.find(tx, n)
		return err
	})
	return d, k, err
}

// cutTail takes the tail off a printed code.
func cutTail(s string) (code, tail string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 || len(s)-i-1 != 4 || strings.Count(s, "-") < 3 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// Printed is the code as it stands on the receipt: with its tail.
func (d *Dossier) Printed() string { return d.Code + "-" + d.Tail }
